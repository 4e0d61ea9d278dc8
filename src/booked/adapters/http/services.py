"""What the HTTP contracts are given to serve: the box office's services and a few bounds."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from booked.adapters.http.addresses import LOOPBACK, Network
from booked.domain.services.accounts import AccountService
from booked.domain.services.analytics import AnalyticsService
from booked.domain.services.api_keys import ApiKeyService
from booked.domain.services.booking_desk import BookingDesk
from booked.domain.services.bookings import BookingService
from booked.domain.services.box_office import BoxOfficeService
from booked.domain.services.catalogue import CatalogueService
from booked.domain.services.concerts import ConcertService
from booked.domain.services.events import EventService
from booked.domain.services.limits import LimitService
from booked.domain.services.organizations import OrganizationService
from booked.domain.services.reservations import ReservationService
from booked.domain.services.seats import SeatService
from booked.domain.services.sessions import SessionService
from booked.domain.services.ticket_types import TicketTypeService
from booked.domain.services.venues import VenueService
from booked.domain.services.waitlist import WaitlistService
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
    bookings: BookingService
    desk: BookingDesk
    box_office: BoxOfficeService
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
