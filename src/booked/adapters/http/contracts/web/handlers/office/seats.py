"""Keeping seats from sale: the hall of an event, and the seats of one section to tick."""

import msgspec
from litestar.params import FromPath

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.web.forms import NO_COMPLAINTS, Complaints, complaints, read_form
from booked.adapters.http.contracts.web.notices import Notice
from booked.adapters.http.contracts.web.pages import Pages
from booked.adapters.http.contracts.web.queries import read_query
from booked.adapters.http.contracts.web.rendering import lead_to, render
from booked.adapters.http.contracts.web.seat_choice import SeatsQuery, numbers_in, row_in
from booked.adapters.http.contracts.web.views.house_seats import HouseHallView, HouseSectionView
from booked.adapters.http.contracts.web.visits import user_of
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.domain.errors import BookedError, NoEventFound, NotYourOrganization
from booked.domain.model.ids import EventId
from booked.domain.services.sale.house_seats import SeatsChosen

BLOCK = "block"

pages = Pages(Access.ORGANIZER)


class HouseSeatsForm(msgspec.Struct, frozen=True):
    """Ticked seats and rows, and the first row shown. `step` is "block", and for everything else they are unblocked."""

    seat: tuple[str, ...] = ()
    line: tuple[str, ...] = ()
    row: str = ""
    step: str = ""

    def chosen(self, section: int) -> SeatsChosen:
        return SeatsChosen(section, row_in(self.row), numbers_in(self.seat), numbers_in(self.line))


@pages.get("/office/events/{event_id:str}/seats")
async def show_house_hall(request: ApiRequest, event_id: PathId[EventId]) -> Answer[bytes]:
    hall, blocked = await request.services.house_seats.hall(user_of(request), event_id)
    return render(request, "office_seats.html", HouseHallView.of(hall, blocked))


@pages.get("/office/events/{event_id:str}/seats/{section:int}")
async def show_house_section(request: ApiRequest, event_id: PathId[EventId], section: FromPath[int]) -> Answer[bytes]:
    query = read_query(request.scope["query_string"], SeatsQuery)
    return await _section(request, event_id, SeatsChosen(section, query.first_row, (), ()), NO_COMPLAINTS)


@pages.post("/office/events/{event_id:str}/seats/{section:int}")
async def keep_seats(request: ApiRequest, event_id: PathId[EventId], section: FromPath[int]) -> Answer[bytes]:
    """Block or unblock what is ticked. After a refusal it is still ticked."""
    form = read_form(await request.form_body(), HouseSeatsForm)
    chosen = form.chosen(section)
    service = request.services.house_seats
    step, notice = (service.block, Notice.BLOCKED) if form.step == BLOCK else (service.unblock, Notice.UNBLOCKED)
    try:
        await step(user_of(request), event_id, chosen)
    except (NoEventFound, NotYourOrganization):
        raise
    except BookedError as refusal:
        return await _section(request, event_id, chosen, complaints(request, refusal))
    return lead_to(request, f"/office/events/{event_id}/seats/{section}?row={chosen.first_row or 1}", notice)


async def _section(request: ApiRequest, event_id: EventId, chosen: SeatsChosen, told: Complaints) -> Answer[bytes]:
    shown, blocked = await request.services.house_seats.section(
        user_of(request), event_id, chosen.section, chosen.first_row
    )
    view = HouseSectionView.of(shown, blocked, told, seats=chosen.seats, rows=chosen.rows)
    return render(request, "office_section.html", view, told.status)
