"""Choosing seats: the sections of an event's hall with what is free in them, and the rows of one section.

`viewer` is anybody, None for somebody unknown.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from booked.domain.errors import NoSuchSeat
from booked.domain.model.figures.reports import TypeReport
from booked.domain.model.ids import EventId
from booked.domain.model.people.users import User
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.programme.halls import (
    Row,
    Section,
    ShownHall,
    ShownSection,
    nearest_free,
    row_with,
    rows_of,
    sections_of,
)
from booked.domain.model.programme.seating import Block, Seat, block_of, seat_of
from booked.domain.model.programme.ticket_types import TicketPlan
from booked.domain.services.programme.plans import PlanCache
from booked.domain.services.programme.shop import ShopService
from booked.domain.services.upkeep.inventory import InventoryService
from booked.ports.holds import Availability
from booked.ports.system import Clock

SEATS_A_VIEW = 600
SEATS_AROUND = 500  # on each side of a row, among which the nearest free ones are looked for
OFFERED_MOST = 10  # instead of those that are gone


@dataclass(frozen=True, slots=True, kw_only=True)
class HallService:
    shop: ShopService
    plans: PlanCache
    inventory: InventoryService
    holds: Availability
    clock: Clock

    async def hall(self, viewer: User | None, event_id: EventId, *, whole: bool = False) -> ShownHall:
        """Return the sections of an event. The `whole` hall has seats not on offer or set aside, too.

        Raises `NoEventFound`, or `NoSuchSeat` where it has none.
        """
        shown, types = await self.shop.event(viewer, event_id)
        plan = await self._plan(event_id)
        sections = _sections_of(plan, types, whole=whole)
        free = [0] * len(sections)
        if shown.found.event.status is EventStatus.PUBLISHED:
            withheld = self._withheld(plan, whole=whole)
            groups = [[block for block in section.blocks if block not in withheld] for section in sections]
            count = self.holds.free_among if whole else self.holds.on_offer_among
            free = await self.inventory.when_warm(event_id, lambda: count(event_id, groups))
        return ShownHall(shown, types, sections, free)

    async def section(
        self,
        viewer: User | None,
        event_id: EventId,
        number: int,
        first_row: int | None,
        chosen: Sequence[int],
        *,
        gone: Sequence[int] = (),
        whole: bool = False,
    ) -> ShownSection:
        """Return the rows of a section from `first_row` on, by default those with the first chosen seat.

        Of the `whole` hall, seats not on offer or set aside are shown, too. Raises `NoEventFound`, or `NoSuchSeat` for
        a section or a row the event does not have.
        """
        shown, types = await self.shop.event(viewer, event_id)
        plan = await self._plan(event_id)
        section = next((each for each in _sections_of(plan, types, whole=whole) if each.number == number), None)
        if section is None:
            raise NoSuchSeat("There is no such section. Choose one of those in the hall.")
        rows = rows_of(section)
        a_view = max(1, SEATS_A_VIEW // len(section.seats_across))
        if first_row is None:
            wanted = next((index for each in (*chosen, *gone) if (index := row_with(rows, each)) is not None), 0)
            first_row = wanted - wanted % a_view + 1
        if not 1 <= first_row <= len(rows):
            raise NoSuchSeat("There is no such row. Go back to the first rows of the section.")
        viewed = rows[first_row - 1 : first_row - 1 + a_view]
        on_sale = shown.found.event.status is EventStatus.PUBLISHED
        free = await self._free(event_id, viewed, whole=whole) if on_sale else frozenset()
        instead = await self._instead(event_id, section, rows, gone[:OFFERED_MOST], chosen) if on_sale and gone else []
        return ShownSection(
            shown=shown,
            types=types,
            section=section,
            rows=viewed,
            first_row=first_row,
            rows_of_all=len(rows),
            rows_a_view=a_view,
            free=free,
            chosen=_seats(plan, types, chosen),
            gone=_seats(plan, types, gone),
            instead=instead,
        )

    async def _plan(self, event_id: EventId) -> TicketPlan:
        return (await self.plans.of(event_id)).plan

    async def _instead(
        self, event_id: EventId, section: Section, rows: Sequence[Row], gone: Sequence[int], chosen: Sequence[int]
    ) -> list[Seat]:
        index = next((index for each in gone if (index := row_with(rows, each)) is not None), None)
        if index is None:
            return []
        distance = max(1, SEATS_AROUND // len(section.seats_across))
        around = rows[max(0, index - distance) : index + distance + 1]
        return nearest_free(around, gone, await self._free(event_id, around) - set(chosen))

    def _withheld(self, plan: TicketPlan, *, whole: bool) -> Sequence[Block]:
        return () if whole else plan.withheld(self.clock.now())

    async def _free(self, event_id: EventId, rows: Sequence[Row], *, whole: bool = False) -> frozenset[int]:
        """Return the free tickets of some rows. Rows with successive numbers are one look."""
        withheld = self._withheld(await self._plan(event_id), whole=whole)
        free: set[int] = set()
        for first, last in _stretches(rows):
            look = partial(self.holds.seat_map, event_id, first, last)
            seats = await self.inventory.when_warm(event_id, look)
            seats = seats if whole else seats.for_public()
            free.update(seats.without(withheld, 0).free_numbers() if withheld else seats.free_numbers())
        return frozenset(free)


def _stretches(rows: Sequence[Row]) -> list[tuple[int, int]]:
    """Return the first and the last number of every stretch of successive tickets in some rows."""
    found: list[tuple[int, int]] = []
    for numbers in sorted((part for row in rows for _, part in row.parts), key=lambda part: part.start):
        if found and found[-1][1] + 1 == numbers.start:
            found[-1] = (found[-1][0], numbers.stop - 1)
        else:
            found.append((numbers.start, numbers.stop - 1))
    return found


def _sections_of(plan: TicketPlan, types: Sequence[TypeReport], *, whole: bool) -> list[Section]:
    sections = sections_of(plan, plan.blocks if whole else _of_types(plan.for_public.blocks, types))
    if not sections:
        raise NoSuchSeat("Nobody has a seat of their own at this event. Ask for a number of tickets.")
    return sections


def _of_types(blocks: Iterable[Block], types: Sequence[TypeReport]) -> list[Block]:
    """Return the blocks of these types. Another process may have deleted or hidden one that a plan still has."""
    numbers = {report.sales.type.number for report in types}
    return [block for block in blocks if block.type_number in numbers]


def _seats(plan: TicketPlan, types: Sequence[TypeReport], numbers: Sequence[int]) -> list[Seat]:
    """Return the seats with these numbers. Numbers that are none, or of hidden types, are left out."""
    blocks = _of_types(plan.for_public.blocks, types)
    located = ((block_of(blocks, number), number) for number in numbers)
    return [seat for block, number in located if block and (seat := seat_of(block, number))]
