"""Concerts to look at: published events, and all their seats in one list."""

from contextlib import suppress
from dataclasses import dataclass, replace

from booked.domain.errors import NoEventFound
from booked.domain.model.ids import EventId, TicketId
from booked.domain.model.programme.events import Event, EventStatus
from booked.domain.model.programme.search import EventCursor, EventSearch, EventSort, FoundEvent, cursor_behind
from booked.domain.services.programme.search import ProgrammeService
from booked.domain.services.sale.seats import SeatFilter, SeatService, SeatState

CONCERTS_LOOKED_AT = 20  # for a page of seats, however few of them have any

PUBLISHED = frozenset({EventStatus.PUBLISHED})


@dataclass(frozen=True, slots=True)
class SeatCursor:
    """Where a page of seats begins: after a seat of a concert, by its number."""

    concert: EventCursor
    number: int


@dataclass(frozen=True, slots=True)
class ConcertSeats:
    """A page of seats, perhaps fewer than were asked for. The next page begins after `end`, None after the last."""

    seats: list[tuple[Event, SeatState]]
    end: SeatCursor | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcertService:
    programme: ProgrammeService
    places: SeatService

    async def search(
        self, search: EventSearch, after: EventCursor | None, limit: int, *, past: bool = True
    ) -> list[FoundEvent]:
        """Return matching concerts, with `past` also those that are over."""
        return await self.programme.search(None, replace(search, statuses=PUBLISHED), after, limit, past=past)

    async def concert(self, event_id: EventId) -> FoundEvent:
        """Return a concert. Raises `NoEventFound`."""
        found = await self.programme.event(None, event_id)
        if found.event.status is not EventStatus.PUBLISHED:
            raise NoEventFound
        return found

    async def seat(self, ticket: TicketId) -> tuple[Event, SeatState]:
        """Return a seat. Raises `NoEventFound` or `NoSuchSeat`."""
        event, state = await self.places.seat(None, ticket)
        if event.status is not EventStatus.PUBLISHED:
            raise NoEventFound
        return event, state

    async def seats(self, concert_id: EventId | None, after: SeatCursor | None, limit: int) -> ConcertSeats:
        """Return seats of a concert, or of all that are not over by their start. Raises `NoEventFound`."""
        if concert_id is not None:
            concerts, are_all = [(await self.concert(concert_id), after.number if after else 0)], True
        else:
            concerts, are_all = await self._from(after)
        seats: list[tuple[Event, SeatState]] = []
        end: SeatCursor | None = None
        for place, (concert, number) in enumerate(concerts, start=1):
            page = await self.places.page(None, concert.event.id, SeatFilter(), number, limit - len(seats))
            seats += [(page.event, state) for state in page.seats]
            here = cursor_behind(concert, EventSort.STARTS)
            if page.next_after is not None:
                return ConcertSeats(seats, SeatCursor(here, page.next_after))
            end = SeatCursor(here, concert.event.seat_count)
            if len(seats) == limit:
                return ConcertSeats(seats, None if are_all and place == len(concerts) else end)
        return ConcertSeats(seats, None if are_all else end)

    async def _from(self, after: SeatCursor | None) -> tuple[list[tuple[FoundEvent, int]], bool]:
        """Return concerts, each with the number after which seats are wanted, and whether no others follow."""
        begun: list[tuple[FoundEvent, int]] = []
        if after is not None:
            with suppress(NoEventFound):
                begun = [(await self.concert(after.concert.event_id), after.number)]
        begin = after.concert if after else None
        following = await self.search(EventSearch(), begin, CONCERTS_LOOKED_AT, past=False)
        return [*begun, *((concert, 0) for concert in following)], len(following) < CONCERTS_LOOKED_AT
