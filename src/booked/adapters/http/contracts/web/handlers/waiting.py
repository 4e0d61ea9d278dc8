"""Places on waitlists: accepting what is offered, leaving."""

import msgspec

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.web.forms import read_form
from booked.adapters.http.contracts.web.local_paths import local_path
from booked.adapters.http.contracts.web.notices import Notice
from booked.adapters.http.contracts.web.pages import Pages
from booked.adapters.http.contracts.web.rendering import lead_to
from booked.adapters.http.contracts.web.visits import user_of
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.domain.errors import NoSuchEntry, TicketNotReserved, TooFewTickets
from booked.domain.model.ids import EntryId
from booked.domain.model.sale.waitlist import EntryState

pages = Pages(Access.USER, in_time=True)


class LeaveForm(msgspec.Struct, frozen=True):
    next: str = ""


@pages.post("/my/places/{entry_id:str}/accept", page="/my")
async def accept(request: ApiRequest, entry_id: PathId[EntryId]) -> Answer[bytes]:
    """Make a reservation of what is offered. It is booked on the page of what is held.

    An offer that is over leads back to what somebody has.
    """
    user_id = user_of(request).id
    try:
        place = await request.services.waitlist.own_place(user_id, entry_id)
        if place.state is EntryState.BOOKED:
            return lead_to(request, "/my")
        accepted = await request.services.reservations.accept(user_id, place)
    except (NoSuchEntry, TicketNotReserved, TooFewTickets):  # too few: others took what was offered
        return lead_to(request, "/my", Notice.OFFER_OVER)
    return lead_to(request, f"/hold/{accepted.reservation.id}")


@pages.post("/my/places/{entry_id:str}/leave", page="/my")
async def leave(request: ApiRequest, entry_id: PathId[EntryId]) -> Answer[bytes]:
    """Leave a waitlist, or decline what it offers."""
    form = read_form(await request.form_body(), LeaveForm)
    await request.services.waitlist.leave(user_of(request).id, entry_id)
    return lead_to(request, local_path(form.next), Notice.LEFT)
