"""What the HTTP contracts are given to serve: the box office's services and a few bounds."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from booked.adapters.http.requests.addresses import LOOPBACK, Network
from booked.domain.services.figures.analytics import AnalyticsService
from booked.domain.services.people.accounts import AccountService
from booked.domain.services.people.api_keys import ApiKeyService
from booked.domain.services.people.limits import LimitService
from booked.domain.services.people.organizations import OrganizationService
from booked.domain.services.people.sessions import SessionService
from booked.domain.services.programme.catalogue import CatalogueService
from booked.domain.services.programme.concerts import ConcertService
from booked.domain.services.programme.events import EventService
from booked.domain.services.programme.ticket_types import TicketTypeService
from booked.domain.services.programme.venues import VenueService
from booked.domain.services.sale.bookings import BookingService
from booked.domain.services.sale.counter import CounterService
from booked.domain.services.sale.reservations import ReservationService
from booked.domain.services.sale.sales import SaleService
from booked.domain.services.sale.seats import SeatService
from booked.domain.services.sale.waitlist import WaitlistService
from booked.ports.security import Tokens


@dataclass(frozen=True, slots=True)
class Services:
    """`readiness` asks every store whether it answers, by name."""

    accounts: AccountService
    sessions: SessionService
    organizations: OrganizationService
    venues: VenueService
    events: EventService
    catalogue: CatalogueService
    ticket_types: TicketTypeService
    seats: SeatService
    reservations: ReservationService
    sale: SaleService
    bookings: BookingService
    counter: CounterService
    api_keys: ApiKeyService
    concerts: ConcertService
    waitlist: WaitlistService
    analytics: AnalyticsService
    limits: LimitService
    tokens: Tokens
    readiness: Callable[[], Awaitable[Mapping[str, bool]]]


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """`body_limit` in bytes; `body_deadline` in seconds, for the whole body to arrive.

    `trusted_proxies` are believed about where requests come from, and are not limited themselves.
    `metrics_readers` may read `/metrics`.
    """

    body_limit: int = 64 * 1024
    body_deadline: float = 10.0
    trusted_proxies: tuple[Network, ...] = LOOPBACK
    metrics_readers: tuple[Network, ...] = LOOPBACK
