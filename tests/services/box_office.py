"""A box office in memory."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any

from booked.domain.model.ids import EventId, UserId, number_of
from booked.domain.model.sale.bookings import Verdict
from booked.domain.model.sale.holds import USUAL, Claim, Ledger, Terms
from booked.domain.services.wiring import Policy
from booked.ports.sale import Bookings
from tests.builders import a_specification, a_user
from tests.memory.clock import FrozenClock
from tests.memory.database import MemoryDatabase
from tests.memory.holds import MemoryHoldStore
from tests.memory.ids import CountingIds
from tests.memory.notifier import RecordingNotifier
from tests.memory.observer import RecordingObserver
from tests.memory.security import BackwardsHasher, RememberedTokens
from tests.wiring import Wired, ports_on

CLAIM_TIMEOUT = Policy().claim_timeout
OFFER_TTL = Policy().offer_ttl
TOKEN_TTL = Policy().token_ttl
REFRESH_TTL = Policy().refresh_ttl
NEXT_AUDIT = timedelta(seconds=1)


class InterruptedBookings:
    """Bookings whose next commits call `interruptions`, first come first served, instead of what they would do.

    An interruption is given the claim and the real commit: it can act before, after or in place of that.
    """

    def __init__(self, real: Bookings) -> None:
        self.real = real
        self.interruptions: list[Callable[[Claim, Callable[[Claim], Awaitable[Verdict]]], Awaitable[Verdict]]] = []

    async def commit(self, claim: Claim, terms: Terms = USUAL) -> Verdict:
        commit = partial(self.real.commit, terms=terms)
        if self.interruptions:
            return await self.interruptions.pop(0)(claim, commit)
        return await commit(claim)

    def __getattr__(self, name: str) -> object:
        return getattr(self.real, name)


class BoxOffice(Wired):
    """One process and its stores. Arguments are values of `Policy`."""

    def __init__(self, clock: FrozenClock | None = None, **policy: Any) -> None:
        self.policy = Policy(**policy)
        self.clock = clock or FrozenClock()
        self.database = MemoryDatabase(self.clock)
        self.holds = MemoryHoldStore(self.clock)
        self.ids = CountingIds()
        self.observer = RecordingObserver()
        self.notifier = RecordingNotifier()
        self.passwords = BackwardsHasher()
        self.tokens = RememberedTokens()
        self.open()

    def open(self) -> None:
        """Start the process anew: what it kept in memory is gone, the stores are as they were."""
        ports = ports_on(
            self.database,
            self.holds,
            self.clock,
            ids=self.ids,
            observer=self.observer,
            notifier=self.notifier,
            passwords=self.passwords,
            tokens=self.tokens,
        )
        self.wire(ports, self.policy)

    async def event(self, seats: int = 20) -> EventId:
        return await self.events.put_on(a_specification(seats=seats))

    async def user(self, name: str = "Ann") -> UserId:
        return (await self.database.users.add(a_user(name))).id

    async def buy(self, user_id: UserId, event_id: EventId, count: int) -> frozenset[int]:
        """Reserve and book tickets. Return their numbers."""
        tickets = await self.sale.reserve(user_id, event_id, count)
        await self.sale.book(user_id, tickets)
        return frozenset(number_of(ticket) for ticket in tickets)

    async def ledger(self, event_id: EventId) -> Ledger:
        ledger = await self.database.ledgers.get(event_id)
        assert ledger is not None
        return ledger

    async def audit_until_quiet(self, event_id: EventId) -> None:
        """Audit as often as it takes for what one of them finds to be repaired."""
        for _ in range(3):
            self.clock.advance(NEXT_AUDIT)
            await self.inventory.audit(event_id)
