"""A whole box office in memory: every service on the memory adapters, and doubles for passwords and tokens."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from booked.adapters.security import HmacRefreshTokens
from booked.domain.errors import Busy, InvalidToken
from booked.domain.model.ids import EventId, UserId, number_of
from booked.domain.model.people.users import Identity, User
from booked.domain.model.sale.bookings import Verdict
from booked.domain.model.sale.holds import USUAL, Claim, Ledger, Terms
from booked.domain.services.figures.analytics import AnalyticsService
from booked.domain.services.people.accounts import AccountService
from booked.domain.services.people.api_keys import ApiKeyService
from booked.domain.services.people.organizations import OrganizationService
from booked.domain.services.people.sessions import SessionService
from booked.domain.services.programme.catalogue import CatalogueService
from booked.domain.services.programme.concerts import ConcertService
from booked.domain.services.programme.events import EventService
from booked.domain.services.programme.plans import PlanCache
from booked.domain.services.programme.ticket_types import TicketTypeService
from booked.domain.services.programme.venues import VenueService
from booked.domain.services.sale.bookings import BookingService
from booked.domain.services.sale.counter import CounterService
from booked.domain.services.sale.reservations import ReservationService
from booked.domain.services.sale.sales import SaleService
from booked.domain.services.sale.seats import SeatService
from booked.domain.services.sale.waitlist import WaitlistService
from booked.domain.services.upkeep.inventory import InventoryService
from booked.domain.services.upkeep.upkeep import UpkeepService
from booked.domain.services.upkeep.verification import VerificationService
from booked.ports.sale import Bookings
from tests.builders import LONGEST_HOLD, TTL, a_draft, a_user
from tests.memory.clock import FrozenClock
from tests.memory.database import MemoryDatabase
from tests.memory.holds import MemoryHoldStore
from tests.memory.ids import CountingIds
from tests.memory.notifier import RecordingNotifier
from tests.memory.observer import RecordingObserver

CLAIM_TIMEOUT = timedelta(seconds=15)
OFFER_TTL = timedelta(minutes=15)
TOKEN_TTL = timedelta(hours=1)
REFRESH_TTL = timedelta(days=14)
NEXT_AUDIT = timedelta(seconds=1)


class BackwardsHasher:
    """A password's hash is the password backwards. `checked` has every hash that a password was compared with.

    Where it is `full`, it has no place for anybody.
    """

    def __init__(self) -> None:
        self.checked: list[str | None] = []
        self.full = False

    @contextmanager
    def place(self) -> Iterator["BackwardsHasher"]:
        if self.full:
            raise Busy
        yield self

    async def hash(self, password: str) -> str:
        return password[::-1]

    async def verify(self, password: str, password_hash: str | None) -> bool:
        self.checked.append(password_hash)
        return password[::-1] == password_hash


class RememberedTokens:
    """Tokens are numbers; whose they are is remembered."""

    def __init__(self) -> None:
        self._issued: dict[str, Identity] = {}

    def issue(self, user: User) -> str:
        token = str(len(self._issued))
        self._issued[token] = Identity(user.id, user.role, user.token_version)
        return token

    def verify(self, token: str) -> Identity:
        if token not in self._issued:
            raise InvalidToken
        return self._issued[token]


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


@dataclass
class BoxOffice:
    """One process and its stores. `another` is a second process on the same ones."""

    ticket_limit: int | None = None
    conceal_accounts: bool = False
    clock: FrozenClock = field(default_factory=FrozenClock)
    ids: CountingIds = field(default_factory=CountingIds)
    notifier: RecordingNotifier = field(default_factory=RecordingNotifier)
    observer: RecordingObserver = field(default_factory=RecordingObserver)
    passwords: BackwardsHasher = field(default_factory=BackwardsHasher)
    tokens: RememberedTokens = field(default_factory=RememberedTokens)
    refresh_tokens: HmacRefreshTokens = field(default_factory=lambda: HmacRefreshTokens("the secret of a test"))

    def __post_init__(self) -> None:
        self.database = MemoryDatabase(self.clock)
        self.holds = MemoryHoldStore(self.clock)
        self.open()

    def open(self) -> None:
        """Start the process anew: what it kept in memory is gone, the stores are as they were."""
        database, holds, clock, observer = self.database, self.holds, self.clock, self.observer
        self.inventory = InventoryService(database, holds, clock, observer, CLAIM_TIMEOUT, LONGEST_HOLD)
        self.sale = SaleService(database, holds, self.inventory, self.ids, clock, observer, TTL)
        self.events = EventService(database, holds, self.ids, self.ticket_limit)
        self.plans = PlanCache(database, clock)
        self.waitlist = WaitlistService(
            database, holds, self.inventory, self.plans, self.notifier, self.ids, clock, observer, OFFER_TTL
        )
        self.accounts = AccountService(
            database, self.passwords, self.tokens, self.ids, clock, 8, self.conceal_accounts, TOKEN_TTL
        )
        self.sessions = SessionService(
            self.accounts,
            database,
            self.passwords,
            self.tokens,
            self.refresh_tokens,
            self.ids,
            clock,
            8,
            TOKEN_TTL,
            REFRESH_TTL,
        )
        self.organizations = OrganizationService(database, self.ids)
        self.venues = VenueService(database, self.organizations, self.ids)
        self.catalogue = CatalogueService(
            database, self.inventory, self.plans, self.events, self.venues, self.organizations, self.ids
        )
        self.ticket_types = TicketTypeService(
            database, holds, self.inventory, self.plans, self.catalogue, self.venues, clock, TTL, OFFER_TTL
        )
        self.reservations = ReservationService(holds, self.inventory, self.plans, clock, observer, TTL)
        self.bookings = BookingService(
            database, self.sale, self.reservations, self.plans, self.accounts, self.organizations
        )
        self.seats = SeatService(database, holds, self.inventory, self.catalogue, self.sale, clock)
        self.counters = CounterService(
            database, self.catalogue, self.plans, self.bookings, self.ids, clock, self.ticket_limit
        )
        self.api_keys = ApiKeyService(database, self.ids, clock, open_to_all=False)
        self.concerts = ConcertService(self.catalogue, self.seats)
        self.analytics = AnalyticsService(database, holds, self.catalogue, self.ticket_types, self.organizations)
        self.verification = VerificationService(database, holds, clock)
        self.upkeep = UpkeepService(database, self.events, self.inventory, self.waitlist, clock, observer)

    async def event(self, seats: int = 20) -> EventId:
        return (await self.events.create(a_draft(seats=seats))).id

    async def user(self, name: str = "Ann") -> UserId:
        return (await self.database.users.add(a_user(name))).id

    async def buy(self, user_id: UserId, event_id: EventId, count: int) -> frozenset[int]:
        """The numbers of tickets that a user has reserved and booked."""
        tickets = await self.sale.reserve(user_id, event_id, count)
        await self.sale.book(user_id, tickets)
        return frozenset(number_of(ticket) for ticket in tickets)

    async def ledger(self, event_id: EventId) -> Ledger:
        ledger = await self.database.events.ledger(event_id)
        assert ledger is not None
        return ledger

    async def audit_until_quiet(self, event_id: EventId) -> None:
        """Audit as often as it takes for what one of them finds to be repaired."""
        for _ in range(3):
            self.clock.advance(NEXT_AUDIT)
            await self.inventory.audit(event_id)
