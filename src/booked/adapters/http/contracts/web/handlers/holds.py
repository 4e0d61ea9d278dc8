"""What somebody holds: looking at it, booking it, changing it, giving it back."""

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.web.forms import NO_COMPLAINTS, Complaints, KeyForm, complaints
from booked.adapters.http.contracts.web.notices import Notice
from booked.adapters.http.contracts.web.once import new_key, read_once
from booked.adapters.http.contracts.web.pages import Pages
from booked.adapters.http.contracts.web.queries import ChoiceForm
from booked.adapters.http.contracts.web.rendering import lead_to, render
from booked.adapters.http.contracts.web.views.holds import GoneView, HoldView
from booked.adapters.http.contracts.web.visits import user_of, visit_of
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.domain.errors import (
    BelowMinimum,
    BookedError,
    NoEventFound,
    NoSuchReservation,
    OverTicketLimit,
    TooFewTickets,
)
from booked.domain.model.ids import ReservationId, event_of

GONE = 410

FIELDS: dict[type[BookedError], str] = {TooFewTickets: "number", BelowMinimum: "number", OverTicketLimit: "number"}

pages = Pages(Access.USER, in_time=True)


class NumberForm(KeyForm, frozen=True):
    number: str = ""

    @property
    def count(self) -> int:
        """Return how many, 0 if the text is no number: it is refused as too few."""
        return ChoiceForm(number=self.number).count


@pages.get("/hold/{reservation_id:str}")
async def show_hold(request: ApiRequest, reservation_id: PathId[ReservationId]) -> Answer[bytes]:
    return await _hold(request, reservation_id, NO_COMPLAINTS)


@pages.post("/hold/{reservation_id:str}")
async def book(request: ApiRequest, reservation_id: PathId[ReservationId]) -> Answer[bytes]:
    """Book what is held. Sent twice, the form leads to the same booking."""
    _, key = read_once(request, await request.form_body(), KeyForm)
    try:
        booked = await request.services.bookings.book_reservation(user_of(request).id, reservation_id, key)
    except BookedError as refusal:
        return await _hold(request, reservation_id, complaints(request, refusal))
    return lead_to(request, f"/my/bookings/{booked.record.id}", Notice.BOOKED)


@pages.post("/hold/{reservation_id:str}/number", page="/hold/{reservation_id:str}")
async def change_number(request: ApiRequest, reservation_id: PathId[ReservationId]) -> Answer[bytes]:
    form, key = read_once(request, await request.form_body(), NumberForm)
    try:
        await request.services.reservations.resize(user_of(request).id, reservation_id, form.count, key)
    except BookedError as refusal:
        return await _hold(request, reservation_id, complaints(request, refusal, FIELDS), form.number)
    return lead_to(request, f"/hold/{reservation_id}", Notice.CHANGED)


@pages.post("/hold/{reservation_id:str}/extend", page="/hold/{reservation_id:str}")
async def extend(request: ApiRequest, reservation_id: PathId[ReservationId]) -> Answer[bytes]:
    _, key = read_once(request, await request.form_body(), KeyForm)
    try:
        await request.services.reservations.extend(user_of(request).id, reservation_id, key, on_page=True)
    except BookedError as refusal:
        return await _hold(request, reservation_id, complaints(request, refusal))
    return lead_to(request, f"/hold/{reservation_id}", Notice.EXTENDED)


@pages.post("/hold/{reservation_id:str}/back", page="/hold/{reservation_id:str}")
async def give_back(request: ApiRequest, reservation_id: PathId[ReservationId]) -> Answer[bytes]:
    try:
        await request.services.reservations.give_back(user_of(request).id, reservation_id)
    except NoSuchReservation as refusal:
        return await _gone(request, reservation_id, complaints(request, refusal))
    except BookedError as refusal:
        return await _hold(request, reservation_id, complaints(request, refusal))
    return lead_to(request, f"/e/{event_of(reservation_id)}", Notice.GIVEN_BACK)


async def _hold(
    request: ApiRequest, reservation_id: ReservationId, told: Complaints, number: str | None = None
) -> Answer[bytes]:
    try:
        held = await request.services.reservations.get(user_of(request).id, reservation_id)
    except NoSuchReservation as refusal:
        return await _gone(request, reservation_id, complaints(request, refusal))
    if not held.tickets:
        return await _gone(request, reservation_id, Complaints(status=GONE))
    found = await request.services.programme.event(visit_of(request).viewer, held.event.id)
    return render(request, "hold.html", HoldView.of(held, found, new_key(), told, number), told.status)


async def _gone(request: ApiRequest, reservation_id: ReservationId, told: Complaints) -> Answer[bytes]:
    try:
        event = (await request.services.programme.event(visit_of(request).viewer, event_of(reservation_id))).event
        view = GoneView(event.id, event.name, told)
    except NoEventFound:
        view = GoneView("", "", told)
    return render(request, "gone.html", view, told.status)
