"""A small sale in a storm: buyers, two processes that share the stores, and a background worker."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from booked.domain.errors import BookedError, Busy, StoreError, TooFewTickets
from booked.domain.model.ids import EventId, TicketId, UserId, number_of
from booked.domain.model.people.users import NewUser, Role
from booked.domain.model.sale.holds import disagreement
from booked.domain.services.wiring import Policy
from tests.builders import a_specification
from tests.memory.clock import NEW_YEAR
from tests.memory.database import MemoryDatabase
from tests.memory.holds import MemoryHoldStore
from tests.memory.ids import CountingIds
from tests.simulation.loop import SimulatedLoop
from tests.simulation.weather import Reached, Weather
from tests.wiring import Wired, ports_on

SEATS = 4
BUYERS = 4
VISITS = 2  # of each buyer
TRIES = 6  # of a request that was answered 503
ROUNDS = 4  # of the background worker
ACCIDENTS = 3
UNDER_WAY = timedelta(hours=1)  # longer than anything that is under way lasts


class BrokenPromise(AssertionError):
    """What must never be, is."""


@dataclass(slots=True)
class SimulatedClock:
    """Goes with the loop's time. The time of day may be set, apart from others'."""

    loop: SimulatedLoop
    ahead: timedelta = timedelta(0)

    def now(self) -> datetime:
        return NEW_YEAR + self.loop.elapsed + self.ahead

    def monotonic(self) -> timedelta:
        return self.loop.elapsed

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class SimulatedProcess(Wired):
    """All services, on stores that others use as well."""

    def __init__(self, world: "World") -> None:
        self.clock = SimulatedClock(world.loop)
        database, holds = Reached(world.database, world.weather), Reached(world.holds, world.weather)
        self.wire(ports_on(database, holds, self.clock, ids=world.ids), Policy())


@dataclass(slots=True)
class Account:
    """What a buyer was told."""

    booked: set[int] = field(default_factory=set)
    """Numbers whose booking was confirmed."""
    perhaps: set[int] = field(default_factory=set)
    """Numbers whose booking was not answered."""
    cancelled: int = 0
    """How many cancellations were sent, with and without success."""


class World:
    """One run. The seed determines all of it."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.loop = SimulatedLoop(self.random)  # type: ignore[abstract]  # nobody asks it for files or sockets
        self.weather = Weather(self.random)
        self.clock = SimulatedClock(self.loop)
        self.database = MemoryDatabase(self.clock)
        self.holds = MemoryHoldStore(self.clock)
        self.ids = CountingIds()
        self.accounts: dict[UserId, Account] = {}
        self.processes = [SimulatedProcess(self) for _ in range(2)]

    def run(self) -> None:
        """Sell in the storm, then look in calm weather. Raises `BrokenPromise`."""
        try:
            event_id = self.loop.run(self._open())
            self.weather.calm = False
            self.loop.run(self._storm(event_id))
            self.weather.calm = True
            process = SimulatedProcess(self)
            self.loop.run(self._settle_down(process, event_id))
            self.loop.run(self._check(process, event_id))
            self.loop.run(self._sell_the_rest(process, event_id))
        finally:
            self.weather.calm = True
            self.loop.close()

    async def _open(self) -> EventId:
        for i in range(BUYERS + 1):
            buyer = UserId(str(self.ids.unique()))
            await self.database.users.add(NewUser(buyer, f"Buyer {i}", "", f"{i}@example.com", "-", Role.USER))
            self.accounts[buyer] = Account()
        return await self.processes[0].events.put_on(a_specification(seats=SEATS))

    async def _storm(self, event_id: EventId) -> None:
        for i, buyer in enumerate(list(self.accounts)[:BUYERS]):
            self.loop.create_task(self._shop(self.processes[i % 2], buyer, event_id))
        for process in self.processes:
            self.loop.create_task(self._look_after(process, event_id))
        self.loop.create_task(self._have_accidents())

    async def _shop(self, process: SimulatedProcess, buyer: UserId, event_id: EventId) -> None:
        account = self.accounts[buyer]
        for _ in range(VISITS):
            tickets = await self._reserve(process, buyer, event_id)
            if not tickets:
                continue
            await asyncio.sleep(self.random.choice((0.0, 1.0, 300.0, 700.0)))
            await self._book(process, buyer, tickets)
            if self.random.random() < 0.3 and account.booked:
                account.cancelled += 1
                with suppress(BookedError):
                    await process.sale.cancel(buyer, event_id, 1)

    async def _reserve(self, process: SimulatedProcess, buyer: UserId, event_id: EventId) -> list[TicketId]:
        for _ in range(TRIES):
            try:
                return list(await process.sale.reserve(buyer, event_id, self.random.randint(1, 2)))
            except (StoreError, Busy):
                await asyncio.sleep(1)
            except BookedError:
                break
        return []

    async def _book(self, process: SimulatedProcess, buyer: UserId, tickets: list[TicketId]) -> None:
        account, numbers = self.accounts[buyer], {number_of(ticket) for ticket in tickets}
        account.perhaps |= numbers
        for _ in range(TRIES):
            try:
                await process.sale.book(buyer, tickets)
            except (StoreError, Busy):
                await asyncio.sleep(1)
            except BookedError:
                return
            else:
                account.booked |= numbers
                return

    async def _look_after(self, process: SimulatedProcess, event_id: EventId) -> None:
        for _ in range(ROUNDS):
            await asyncio.sleep(self.random.choice((1.0, 5.0, 20.0, 300.0)))
            for duty in (process.inventory.sweep, process.inventory.audit):
                with suppress(BookedError):
                    await duty(event_id)

    async def _have_accidents(self) -> None:
        for _ in range(ACCIDENTS):
            await asyncio.sleep(self.random.choice((0.0, 0.5, 10.0, 300.0)))
            match self.random.randrange(4):
                case 0:
                    self.holds.flush()
                case 1:
                    self.loop.jump(self.random.choice((16.0, 40.0, 601.0)))
                case 2:
                    self.clock.ahead += timedelta(seconds=self.random.choice((-30, 30, 600)))
                case _:
                    process = self.random.choice(self.processes)
                    process.clock.ahead += timedelta(hours=self.random.choice((-3, 3)))

    async def _settle_down(self, process: SimulatedProcess, event_id: EventId) -> None:
        """Let everything lapse, and let a new process put right what was left behind."""
        for _ in range(4):
            self.loop.jump(UNDER_WAY.total_seconds())
            await process.inventory.sweep(event_id)
            await process.inventory.audit(event_id)

    async def _check(self, process: SimulatedProcess, event_id: EventId) -> None:
        tickets = list(self.database.committed.tables.standing(event_id))
        numbers = sorted(ticket.number for ticket in tickets)
        self._require(len(set(numbers)) == len(numbers), f"a ticket is sold twice: {numbers}")
        for buyer, account in self.accounts.items():
            owned = {ticket.number for ticket in tickets if ticket.user_id == buyer}
            told = account.booked if not account.cancelled else set()
            self._require(told <= owned, f"a confirmed booking is lost: {sorted(told - owned)}")
            self._require(owned <= account.perhaps, f"somebody owns what they never booked: {owned - account.perhaps}")
        stock = await process.inventory.when_warm(event_id, lambda: self.holds.stock(event_id))
        ledger = await self.database.ledgers.get(event_id)
        self._require(ledger is not None and ledger.sold == len(numbers), "the count of sold tickets is wrong")
        self._require(ledger is None or not disagreement(ledger, stock), f"the stores disagree: {ledger}, {stock}")

    async def _sell_the_rest(self, process: SimulatedProcess, event_id: EventId) -> None:
        last = list(self.accounts)[-1]
        with suppress(TooFewTickets):
            for _ in range(SEATS):
                await process.sale.book(last, await process.sale.reserve(last, event_id, 1))
        sold = {ticket.number for ticket in self.database.committed.tables.standing(event_id)}
        self._require(sold == set(range(1, SEATS + 1)), f"tickets cannot be sold any more: only {sorted(sold)} are")

    @staticmethod
    def _require(holds: bool, otherwise: str) -> None:
        if not holds:
            raise BrokenPromise(otherwise)
