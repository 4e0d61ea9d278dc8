"""What somebody has: held, waited for and booked."""

from collections.abc import Iterable, Mapping, Sequence

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.web.pages import Pages
from booked.adapters.http.contracts.web.queries import read_query
from booked.adapters.http.contracts.web.rendering import render
from booked.adapters.http.contracts.web.views.bookings import BookingCard
from booked.adapters.http.contracts.web.views.holds import HoldCard
from booked.adapters.http.contracts.web.views.mine import MineView, PastView
from booked.adapters.http.contracts.web.views.waiting import PlaceCard
from booked.adapters.http.contracts.web.visits import user_of, visit_of
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.pages import Page, PageQuery, id_behind, page_by_id
from booked.domain.model.ids import BookingId, EventId
from booked.domain.model.programme.search import FoundEvent
from booked.domain.services.sale.booking_views import BookingView

MINE = "/my"
PAST = "/my/past"
SHOWN_MOST = 50  # of what is held, and of places on waitlists

pages = Pages(Access.USER)


@pages.get(MINE)
async def show_mine(request: ApiRequest) -> Answer[bytes]:
    user_id, services = user_of(request).id, request.services
    held = await services.reservations.of_user(user_id, None, SHOWN_MOST)
    waiting = await services.waitlist.page(user_id, None, SHOWN_MOST)
    owned = await _owned(request, past=False)
    known = {*_events_of(owned), *(each.event.id for each in held), *(each.event.id for each in waiting)}
    found = await _found(request, known)
    bookings = _page(request, owned, found)
    view = MineView(
        held=[HoldCard.of(each, found[each.event.id]) for each in held if each.tickets],
        places=[PlaceCard.of(each, found[each.event.id]) for each in waiting],
        bookings=bookings.items,
        next_path=_next_path(MINE, bookings),
    )
    return render(request, "mine.html", view)


@pages.get(PAST)
async def show_past(request: ApiRequest) -> Answer[bytes]:
    owned = await _owned(request, past=True)
    bookings = _page(request, owned, await _found(request, _events_of(owned)))
    return render(request, "past.html", PastView(bookings.items, _next_path(PAST, bookings)))


async def _owned(request: ApiRequest, *, past: bool) -> Sequence[BookingView]:
    """Return bookings of the page asked for, and one more where there is another page."""
    query = _query(request)
    return await request.services.bookings.of_buyer(
        user_of(request).id, id_behind(query, BookingId), query.limit + 1, past=past
    )


def _page(request: ApiRequest, owned: Sequence[BookingView], found: Mapping[EventId, FoundEvent]) -> Page[BookingCard]:
    return page_by_id(
        owned,
        _query(request),
        lambda view: BookingCard.of(view, found[view.record.event.id]),
        BookingId,
        lambda view: view.record.id,
    )


def _query(request: ApiRequest) -> PageQuery:
    return read_query(request.scope["query_string"], PageQuery)


def _events_of(owned: Iterable[BookingView]) -> Iterable[EventId]:
    return (view.record.event.id for view in owned)


async def _found(request: ApiRequest, event_ids: Iterable[EventId]) -> Mapping[EventId, FoundEvent]:
    return await request.services.programme.events(visit_of(request).viewer, event_ids)


def _next_path(path: str, page: Page[BookingCard]) -> str | None:
    return f"{path}?cursor={page.next_cursor}" if page.next_cursor else None
