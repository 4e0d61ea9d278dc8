"""Seats an organizer keeps from sale, chosen row by row in the hall.

`actor` is an organizer or an admin, as the database has just confirmed.
"""

from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from booked.domain.errors import TicketNotReserved
from booked.domain.model.ids import EventId, TicketId, ticket_id
from booked.domain.model.people.users import User
from booked.domain.model.programme.halls import ShownHall, ShownSection
from booked.domain.model.sale.holds import TICKETS_A_REQUEST, house_of
from booked.domain.services.programme.search import ProgrammeService
from booked.domain.services.sale.blocking import BlockingService
from booked.ports.database import Database

Step = Callable[[User, EventId, Iterable[TicketId]], Coroutine[Any, Any, None]]


class Halls(Protocol):
    """What this service needs of the one that shows halls."""

    async def hall(self, viewer: User | None, event_id: EventId, *, whole: bool = False) -> ShownHall: ...

    async def section(
        self,
        viewer: User | None,
        event_id: EventId,
        number: int,
        first_row: int | None,
        chosen: Sequence[int],
        *,
        whole: bool = False,
    ) -> ShownSection: ...


@dataclass(frozen=True, slots=True)
class SeatsChosen:
    """Seats by their numbers and rows by theirs, among the rows of a section from `first_row` on."""

    section: int
    first_row: int | None
    seats: Sequence[int]
    rows: Sequence[int]

    @property
    def is_empty(self) -> bool:
        return not self.seats and not self.rows


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseSeatService:
    database: Database
    programme: ProgrammeService
    halls: Halls
    blocking: BlockingService

    async def hall(self, actor: User, event_id: EventId) -> tuple[ShownHall, frozenset[int]]:
        """Return the sections of an event with the numbers of its blocked seats. Raises as `HallService.hall` does."""
        await self.programme.require_organizer(actor, event_id)
        hall = await self.halls.hall(actor, event_id, whole=True)
        return hall, await self.database.bookings.owned(event_id, house_of(event_id))

    async def section(
        self, actor: User, event_id: EventId, number: int, first_row: int | None
    ) -> tuple[ShownSection, frozenset[int]]:
        """Return rows of a section with the numbers of the blocked seats in them.

        Raises as `HallService.section` does.
        """
        await self.programme.require_organizer(actor, event_id)
        shown = await self.halls.section(actor, event_id, number, first_row, [], whole=True)
        numbers = [seat.number for row in shown.rows for seat in row.seats()]
        blocked = await self.database.bookings.standing(event_id, house_of(event_id), numbers)
        return shown, frozenset(ticket.number for ticket in blocked)

    async def block(self, actor: User, event_id: EventId, chosen: SeatsChosen) -> None:
        """Keep chosen seats from sale, and of chosen rows what is free. What is blocked already stays so.

        A hundred seats at a time, all of them or none. Raises as `BlockingService.block` does.
        """
        shown, blocked = await self.section(actor, event_id, chosen.section, chosen.first_row)
        wanted = (set(chosen.seats) - blocked) | (_in_rows(shown, chosen.rows) & shown.free)
        await self._take(self.blocking.block, actor, event_id, chosen, wanted)

    async def unblock(self, actor: User, event_id: EventId, chosen: SeatsChosen) -> None:
        """Put on sale again what is blocked among chosen seats and rows. Raises as `BlockingService.unblock` does."""
        shown, blocked = await self.section(actor, event_id, chosen.section, chosen.first_row)
        wanted = blocked & (_in_rows(shown, chosen.rows) | set(chosen.seats))
        await self._take(self.blocking.unblock, actor, event_id, chosen, wanted)

    async def _take(
        self, step: Step, actor: User, event_id: EventId, chosen: SeatsChosen, numbers: Iterable[int]
    ) -> None:
        if chosen.is_empty:
            raise TicketNotReserved("Choose at least one seat or one row.")
        tickets = [ticket_id(event_id, number) for number in sorted(numbers)]
        for first in range(0, len(tickets), TICKETS_A_REQUEST):
            await step(actor, event_id, tickets[first : first + TICKETS_A_REQUEST])


def _in_rows(shown: ShownSection, rows: Sequence[int]) -> set[int]:
    """Return the numbers of all seats in these of the shown rows."""
    return {
        seat.number for number, row in enumerate(shown.rows, shown.first_row) if number in rows for seat in row.seats()
    }
