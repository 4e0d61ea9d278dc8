"""Keeping seats from sale, and putting them back.

`actor` is an organizer or an admin, as the database has just confirmed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from booked.domain.errors import NoEventFound, NoSuchSeat, SeatTaken
from booked.domain.model.ids import EventId, TicketId, UserId
from booked.domain.model.people.users import User
from booked.domain.model.programme.seating import Block
from booked.domain.model.sale.holds import Terms, house_of
from booked.domain.model.sale.idempotency import IdempotencyKey
from booked.domain.model.sale.reservations import Exactly, Reservation, require_seats, seat_names, with_seats_named
from booked.domain.services.programme.search import ProgrammeService
from booked.domain.services.sale.idempotency import tried_once
from booked.domain.services.sale.sales import SaleService
from booked.domain.services.upkeep.inventory import InventoryService
from booked.ports.database import Database
from booked.ports.holds import Reservations

BLOCKING = timedelta(minutes=1)  # how long a seat is held while it is being blocked
HELD_AGAIN_MOST = 20  # times under a key that others find


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockingService:
    database: Database
    holds: Reservations
    inventory: InventoryService
    programme: ProgrammeService
    sale: SaleService

    async def block(
        self, actor: User, event_id: EventId, seats: Iterable[TicketId], idempotency_key: IdempotencyKey | None = None
    ) -> None:
        """Keep seats from sale, all or none. Those that are blocked already stay so.

        Raises `SeatTaken` where somebody has one, or `NoSuchSeat`.
        """
        await self.programme.require_organizer(actor, event_id)
        blocks = await self._blocks(event_id)
        numbers = require_seats(event_id, seats, blocks)
        # A sale to the house: the same steps and guards as any other.
        house = house_of(event_id)

        async def block() -> None:
            blocked = await self.database.bookings.standing(event_id, house, numbers)
            wanted = set(numbers) - {ticket.number for ticket in blocked}
            if not wanted:
                await self._remember(idempotency_key, event_id)
                return
            try:
                held = await self._held(event_id, house, sorted(wanted))
            except SeatTaken as refusal:
                raise with_seats_named(refusal, blocks) from refusal
            await self.sale.buy(house, event_id, held.numbers, Terms(idempotency_key=idempotency_key))

        await tried_once(block, lambda: self._earlier(idempotency_key))

    async def unblock(
        self, actor: User, event_id: EventId, seats: Iterable[TicketId], idempotency_key: IdempotencyKey | None = None
    ) -> None:
        """Put blocked seats on sale again, all or none. Raises `NoSuchSeat` if one is not blocked."""
        await self.programme.require_organizer(actor, event_id)
        blocks = await self._blocks(event_id)
        numbers = require_seats(event_id, seats, blocks)
        house = house_of(event_id)

        async def unblock() -> None:
            blocked = await self.database.bookings.standing(event_id, house, numbers)
            if others := set(numbers) - {ticket.number for ticket in blocked}:
                raise NoSuchSeat(f"Not blocked: {seat_names(sorted(others), blocks)}. Unblock the other ones.")
            await self.sale.release(event_id, house, blocked, idempotency_key, event_id)

        await tried_once(unblock, lambda: self._earlier(idempotency_key))

    async def _blocks(self, event_id: EventId) -> Sequence[Block]:
        plan = await self.database.ticket_plans.get(event_id)
        if plan is None:
            raise NoEventFound
        return plan.blocks

    async def _held(self, event_id: EventId, house: UserId, numbers: Sequence[int]) -> Reservation:
        """Hold seats for the house, or find what a request that was cut off holds or claims of the same ones."""
        for again in range(HELD_AGAIN_MOST):  # what was held then may be gone
            held = await self._make_held(event_id, house, numbers, _blocking_of(house, numbers, again))
            if held.numbers:
                return held
        return await self._make_held(event_id, house, numbers, None)

    async def _make_held(
        self, event_id: EventId, house: UserId, numbers: Sequence[int], key: IdempotencyKey | None
    ) -> Reservation:
        return await self.inventory.when_warm(
            event_id, lambda: self.holds.make_reservation(event_id, house, Exactly(numbers), BLOCKING, key)
        )

    async def _earlier(self, idempotency_key: IdempotencyKey | None) -> str | None:
        """Return what an earlier request with the same key was about; None if none took effect."""
        return await self.database.idempotency_keys.find(idempotency_key) if idempotency_key else None

    async def _remember(self, idempotency_key: IdempotencyKey | None, event_id: EventId) -> None:
        if idempotency_key is not None:
            async with self.database.transaction(at=event_id) as unit:
                await unit.idempotency_keys.remember(idempotency_key, event_id)


def _blocking_of(house: UserId, numbers: Sequence[int], again: int) -> IdempotencyKey:
    """Return the key of a hold of seats that are being blocked, which all who block the same ones share."""
    return IdempotencyKey(house, f"block {numbers} {again}", b"")
