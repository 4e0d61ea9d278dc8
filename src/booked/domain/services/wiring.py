"""All services on the ports they need, the same for the programs, the demo and the tests."""

from dataclasses import dataclass, field
from datetime import timedelta

from booked.domain.model.programme.timezones import UTC_NAME
from booked.domain.model.sale.holds import CLAIM_GRACE
from booked.domain.model.sale.reservations import longest_life
from booked.domain.services.figures.analytics import AnalyticsService
from booked.domain.services.people.accounts import AccountService
from booked.domain.services.people.api_keys import ApiKeyService
from booked.domain.services.people.browser_sessions import BrowserSessionService
from booked.domain.services.people.limits import Limits, LimitService
from booked.domain.services.people.organizations import OrganizationService
from booked.domain.services.people.sessions import SessionService
from booked.domain.services.programme.concerts import ConcertService
from booked.domain.services.programme.events import EventService
from booked.domain.services.programme.office import OfficeService
from booked.domain.services.programme.plans import PlanCache
from booked.domain.services.programme.search import ProgrammeService
from booked.domain.services.programme.shop import ShopService
from booked.domain.services.programme.ticket_types import TicketTypeService
from booked.domain.services.programme.venues import VenueService
from booked.domain.services.sale.attendees import AttendeeService
from booked.domain.services.sale.blocking import BlockingService
from booked.domain.services.sale.bookings import BookingService
from booked.domain.services.sale.check_ins import CheckInService
from booked.domain.services.sale.counter import CounterService
from booked.domain.services.sale.demand import DemandService
from booked.domain.services.sale.halls import HallService
from booked.domain.services.sale.house_seats import HouseSeatService
from booked.domain.services.sale.live import LiveService
from booked.domain.services.sale.offers import OfferService
from booked.domain.services.sale.reservations import ReservationService
from booked.domain.services.sale.sales import SaleService
from booked.domain.services.sale.seats import SeatService
from booked.domain.services.sale.waiting_parties import WaitingPartyService
from booked.domain.services.sale.waitlist import WaitlistService
from booked.domain.services.upkeep.clearance import ClearanceService
from booked.domain.services.upkeep.inventory import InventoryService
from booked.domain.services.upkeep.readiness import ReadinessService
from booked.domain.services.upkeep.upkeep import UpkeepService
from booked.domain.services.upkeep.verification import VerificationService
from booked.ports.database import Database
from booked.ports.hold_store import HoldStore
from booked.ports.observer import Notifier, Observer
from booked.ports.people import Limiter
from booked.ports.security import PasswordHasher, RefreshTokens, Tokens
from booked.ports.system import Clock, Ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """What the services use. `limiter` counts for all processes, `local_limiter` for this one."""

    database: Database
    holds: HoldStore
    clock: Clock
    ids: Ids
    observer: Observer
    notifier: Notifier
    passwords: PasswordHasher
    tokens: Tokens
    refresh_tokens: RefreshTokens
    limiter: Limiter
    local_limiter: Limiter


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What an operator decides about the sale and about accounts. `docs/settings.md` describes each value."""

    hold_ttl: timedelta = timedelta(minutes=10)
    offer_ttl: timedelta = timedelta(minutes=15)
    claim_timeout: timedelta = timedelta(seconds=15)
    token_ttl: timedelta = timedelta(hours=1)
    refresh_ttl: timedelta = timedelta(days=14)
    password_min_length: int = 8
    conceal_accounts: bool = False
    tickets_per_user: int | None = None
    counter_open: bool = False
    streams_most: int = 2_000
    timezone: str = UTC_NAME
    limits: Limits = field(default_factory=Limits)

    @property
    def longest_reservation(self) -> timedelta:
        """Return how long after it was made a reservation can be booked at most."""
        return longest_life(self.hold_ttl, self.offer_ttl)

    @property
    def longest_hold(self) -> timedelta:
        """Return how long a hold can last at most."""
        return self.longest_reservation + CLAIM_GRACE


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What people can do, and what is done beside the sale."""

    accounts: AccountService
    sessions: SessionService
    browser_sessions: BrowserSessionService
    organizations: OrganizationService
    api_keys: ApiKeyService
    limits: LimitService
    tokens: Tokens
    venues: VenueService
    events: EventService
    office: OfficeService
    programme: ProgrammeService
    ticket_types: TicketTypeService
    concerts: ConcertService
    shop: ShopService
    halls: HallService
    seats: SeatService
    blocking: BlockingService
    house_seats: HouseSeatService
    live: LiveService
    reservations: ReservationService
    sale: SaleService
    bookings: BookingService
    attendees: AttendeeService
    check_ins: CheckInService
    counter: CounterService
    waitlist: WaitlistService
    offers: OfferService
    waiting_parties: WaitingPartyService
    analytics: AnalyticsService
    inventory: InventoryService
    upkeep: UpkeepService
    verification: VerificationService
    clearance: ClearanceService
    readiness: ReadinessService


def wire(*, ports: Ports, policy: Policy) -> Services:
    """Make every service. They share one inventory and one cache of plans."""
    database, holds, ids, clock, observer = ports.database, ports.holds, ports.ids, ports.clock, ports.observer
    inventory = InventoryService(
        database=database,
        holds=holds,
        clock=clock,
        observer=observer,
        claim_timeout=policy.claim_timeout,
        longest_hold=policy.longest_hold,
    )
    plans = PlanCache(database=database, clock=clock)
    accounts = AccountService(
        database=database,
        passwords=ports.passwords,
        tokens=ports.tokens,
        ids=ids,
        clock=clock,
        password_min_length=policy.password_min_length,
        conceal_accounts=policy.conceal_accounts,
        token_ttl=policy.token_ttl,
    )
    venues = VenueService(database=database, ids=ids)
    programme = ProgrammeService(database=database, holds=holds, clock=clock, timezone=policy.timezone)
    organizations = OrganizationService(database=database, ids=ids)
    events = EventService(
        database=database,
        holds=holds,
        inventory=inventory,
        plans=plans,
        programme=programme,
        venues=venues,
        ids=ids,
        ticket_limit=policy.tickets_per_user,
    )
    ticket_types = TicketTypeService(
        database=database,
        holds=holds,
        inventory=inventory,
        plans=plans,
        programme=programme,
        clock=clock,
        longest_reservation=policy.longest_reservation,
    )
    sale = SaleService(
        database=database,
        holds=holds,
        inventory=inventory,
        plans=plans,
        ids=ids,
        clock=clock,
        observer=observer,
        hold_ttl=policy.hold_ttl,
    )
    reservations = ReservationService(
        holds=holds, inventory=inventory, plans=plans, clock=clock, observer=observer, hold_ttl=policy.hold_ttl
    )
    bookings = BookingService(
        database=database,
        sale=sale,
        reservations=reservations,
        plans=plans,
        accounts=accounts,
        clock=clock,
    )
    seats = SeatService(database=database, holds=holds, inventory=inventory, programme=programme, clock=clock)
    blocking = BlockingService(database=database, holds=holds, inventory=inventory, programme=programme, sale=sale)
    shop = ShopService(
        programme=programme, ticket_types=ticket_types, reservations=reservations, plans=plans, clock=clock
    )
    demand = DemandService(holds=holds, plans=plans)
    offers = OfferService(
        database=database,
        holds=holds,
        inventory=inventory,
        plans=plans,
        demand=demand,
        notifier=ports.notifier,
        observer=observer,
        offer_ttl=policy.offer_ttl,
    )
    halls = HallService(shop=shop, plans=plans, inventory=inventory, holds=holds, clock=clock)
    return Services(
        accounts=accounts,
        sessions=SessionService(
            accounts=accounts,
            database=database,
            passwords=ports.passwords,
            tokens=ports.tokens,
            refresh_tokens=ports.refresh_tokens,
            ids=ids,
            clock=clock,
            password_min_length=policy.password_min_length,
            token_ttl=policy.token_ttl,
            refresh_ttl=policy.refresh_ttl,
        ),
        browser_sessions=BrowserSessionService(accounts=accounts, database=database, clock=clock),
        organizations=organizations,
        api_keys=ApiKeyService(database=database, ids=ids, clock=clock, open_to_all=policy.counter_open),
        limits=LimitService(limiter=ports.limiter, local=ports.local_limiter, observer=observer, limits=policy.limits),
        tokens=ports.tokens,
        venues=venues,
        events=events,
        office=OfficeService(
            database=database,
            organizations=organizations,
            events=events,
            programme=programme,
            ticket_limit=policy.tickets_per_user,
        ),
        programme=programme,
        ticket_types=ticket_types,
        concerts=ConcertService(programme=programme, places=seats),
        shop=shop,
        halls=halls,
        seats=seats,
        blocking=blocking,
        house_seats=HouseSeatService(database=database, programme=programme, halls=halls, blocking=blocking),
        live=LiveService(
            programme=programme,
            plans=plans,
            holds=holds,
            inventory=inventory,
            clock=clock,
            streams_most=policy.streams_most,
        ),
        reservations=reservations,
        sale=sale,
        bookings=bookings,
        attendees=AttendeeService(programme=programme, bookings=bookings),
        check_ins=CheckInService(database=database, plans=plans, accounts=accounts, clock=clock),
        counter=CounterService(
            database=database,
            programme=programme,
            events=events,
            plans=plans,
            bookings=bookings,
            ids=ids,
            clock=clock,
        ),
        waitlist=WaitlistService(
            database=database,
            holds=holds,
            inventory=inventory,
            plans=plans,
            demand=demand,
            ids=ids,
            clock=clock,
        ),
        offers=offers,
        waiting_parties=WaitingPartyService(database=database, programme=programme),
        analytics=AnalyticsService(
            database=database,
            holds=holds,
            programme=programme,
            ticket_types=ticket_types,
        ),
        inventory=inventory,
        upkeep=UpkeepService(
            database=database, events=events, inventory=inventory, offers=offers, clock=clock, observer=observer
        ),
        verification=VerificationService(database=database, holds=holds, clock=clock),
        clearance=ClearanceService(database=database, holds=holds),
        readiness=ReadinessService(database=database, holds=holds),
    )
