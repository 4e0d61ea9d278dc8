"""Choosing seats: the hall with its sections, one section with its seats, and holding the ticked ones."""

from litestar.params import FromPath

from booked.adapters.http.contracts.web.forms import NO_COMPLAINTS, complaints, read_form
from booked.adapters.http.contracts.web.once import key_of_choice, new_key
from booked.adapters.http.contracts.web.pages import Pages
from booked.adapters.http.contracts.web.queries import YES, read_query
from booked.adapters.http.contracts.web.rendering import lead_to, render
from booked.adapters.http.contracts.web.seat_choice import (
    TO_HALL,
    SeatsForm,
    SeatsQuery,
    hall_path,
    row_in,
    section_path,
)
from booked.adapters.http.contracts.web.views.hall import HallView, SectionView
from booked.adapters.http.contracts.web.visits import to_login, visit_of
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.domain.errors import BookedError, NoEventFound, OverTicketLimit, SeatTaken
from booked.domain.model.ids import EventId
from booked.domain.model.sale.holds import TICKETS_A_REQUEST

pages = Pages(in_time=True)


@pages.get("/e/{event_id:str}/hall")
async def show_hall(request: ApiRequest, event_id: PathId[EventId]) -> Answer[bytes]:
    query = read_query(request.scope["query_string"], SeatsQuery)
    hall = await request.services.halls.hall(visit_of(request).viewer, event_id)
    return render(request, "hall.html", HallView.of(hall, query.numbers), public=True)


@pages.get("/e/{event_id:str}/hall/{section:int}")
async def show_section(request: ApiRequest, event_id: PathId[EventId], section: FromPath[int]) -> Answer[bytes]:
    query = read_query(request.scope["query_string"], SeatsQuery)
    shown = await request.services.halls.section(
        visit_of(request).viewer, event_id, section, query.first_row, query.numbers
    )
    view = SectionView.of(shown, new_key(), NO_COMPLAINTS, kept=query.kept == YES)
    return render(request, "section.html", view, public=True)


@pages.post("/e/{event_id:str}/hall/{section:int}")
async def reserve_seats(request: ApiRequest, event_id: PathId[EventId], section: FromPath[int]) -> Answer[bytes]:
    """Hold the ticked seats, or lead on to other rows with the ticks kept. Sent twice, the form leads to the same hold.

    Somebody who is not logged in yet comes back to their choice. Where seats are gone, the others stay ticked.
    """
    body = await request.form_body()
    form = read_form(body, SeatsForm)
    if len(form.numbers) > TICKETS_A_REQUEST:  # which no address has room for
        return await _refused(request, event_id, section, form, OverTicketLimit())
    if form.go == TO_HALL:
        return lead_to(request, hall_path(event_id, form.numbers))
    if form.go:
        return lead_to(request, section_path(event_id, section, form.numbers, row_in(form.go)))
    user = visit_of(request).user
    if user is None:
        return to_login(f"{section_path(event_id, section, form.numbers, form.first_row or 1)}&kept={YES}")
    key = key_of_choice(request, body, form)
    try:
        limited = await request.services.limits.reserve(user.id, request.client_address)
        made = await request.services.reservations.make_held(
            user.id, event_id, form.wish(event_id), key, limited=limited
        )
    except NoEventFound:
        raise
    except BookedError as refusal:
        return await _refused(request, event_id, section, form, refusal)
    return lead_to(request, f"/hold/{made.reservation.id}")


async def _refused(
    request: ApiRequest, event_id: EventId, section: int, form: SeatsForm, refusal: BookedError
) -> Answer[bytes]:
    gone = refusal.numbers if isinstance(refusal, SeatTaken) else ()
    told = complaints(request, refusal)
    left = [number for number in form.numbers if number not in gone]
    shown = await request.services.halls.section(
        visit_of(request).viewer, event_id, section, form.first_row, left, gone=gone
    )
    view = SectionView.of(shown, new_key(), told, kept=False)
    return render(request, "section.html", view, told.status, path=view.path_here)
