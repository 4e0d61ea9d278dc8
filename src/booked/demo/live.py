"""A sale to watch: people come by chance, hold tickets for some seconds, and book most of them."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from booked.demo.audience import PARTIES
from booked.domain.errors import BookedError
from booked.domain.model.ids import EventId, ReservationId, UserId, ticket_id
from booked.domain.model.programme.search import EventSearch
from booked.domain.model.programme.seating import Block
from booked.domain.model.sale.reservations import TicketRequest
from booked.domain.services.wiring import Services
from booked.ports.system import Clock

VISITS_A_SECOND = 2.5  # on average
THINKS = (2.0, 9.0)  # seconds for which tickets are held, at least and at most
BOOKS = 0.85  # of those who hold
CHOOSES_SEATS = 0.6  # of those who buy where there are seats
FAVOURITE = 0.6  # of the visits
EVENTS_MOST = 100


@dataclass(frozen=True, slots=True)
class Bounds:
    """When a sale to watch ends: after so many visits of buyers or as much time. The first of both ends it."""

    visits: int
    lasts: timedelta


@dataclass(slots=True)
class LiveSale:
    """Buyers and what came of them. Most of their visits, which `begun` counts, are for the `favourite`."""

    services: Services
    clock: Clock
    buyers: Sequence[UserId]
    favourite: EventId | None
    bounds: Bounds
    random: Random = field(default_factory=Random)
    begun: int = field(default=0, init=False)
    booked: int = field(default=0, init=False)
    tickets: int = field(default=0, init=False)
    given_back: int = field(default=0, init=False)
    _blocks: dict[EventId, Sequence[Block]] = field(default_factory=dict, init=False)

    async def run(self) -> None:
        """Buy until a bound is reached or cancelled; what is held then is given back."""
        for each in await self.services.shop.upcoming(None, EventSearch(), None, EVENTS_MOST):
            if each.can_be_bought:
                event, plan = await self.services.seats.layout(None, each.found.event.id)
                self._blocks[event.id] = plan.blocks
        if not self._blocks:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(self.bounds.lasts.total_seconds()), asyncio.TaskGroup() as group:
                while self.begun < self.bounds.visits:
                    await self.clock.sleep(self.random.expovariate(VISITS_A_SECOND))
                    self.begun += 1
                    group.create_task(self._visit(self.random.choice(self.buyers)))

    async def _visit(self, buyer: UserId) -> None:
        with suppress(BookedError):  # Somebody was faster, or a store is away for a moment.
            await self._buy(buyer)

    async def _buy(self, buyer: UserId) -> None:
        event_id = self._chosen_event()
        held = (await self.services.reservations.make(buyer, event_id, self._wish(event_id))).reservation
        try:
            await self.clock.sleep(self.random.uniform(*THINKS))
            if self.random.random() < BOOKS:
                await self.services.bookings.book_reservation(buyer, held.id)
                self.booked += 1
                self.tickets += len(held.numbers)
                return
        except asyncio.CancelledError:
            await self._give_back(buyer, held.id)
            raise
        await self._give_back(buyer, held.id)

    async def _give_back(self, buyer: UserId, held: ReservationId) -> None:
        await self.services.reservations.give_back(buyer, held)
        self.given_back += 1

    def _chosen_event(self) -> EventId:
        if self.favourite and self.favourite in self._blocks and self.random.random() < FAVOURITE:
            return self.favourite
        return self.random.choice(list(self._blocks))

    def _wish(self, event_id: EventId) -> TicketRequest:
        """Return what to ask for: seats that are side by side somewhere, or as many tickets of any type."""
        blocks = self._blocks[event_id]
        [block] = self.random.choices(blocks, [block.size for block in blocks])
        party = self.random.choice(PARTIES)
        if block.seats is None:
            return TicketRequest(party, block.type_number)
        if self.random.random() > CHOOSES_SEATS:
            return TicketRequest(party, block.type_number, best_available=True, split=True)
        across = block.seats.seats_per_row
        row, seat = self.random.randrange(block.seats.rows), self.random.randrange(max(1, across - party))
        first = block.first + row * across + seat
        return TicketRequest(seats=[ticket_id(event_id, first + place) for place in range(min(party, across))])
