"""What the HTTP contracts are given to serve: the box office's services and a few bounds."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from booked.domain.services.accounts import AccountService
from booked.domain.services.analytics import AnalyticsService
from booked.domain.services.bookings import BookingService
from booked.domain.services.events import EventService
from booked.domain.services.waitlist import WaitlistService
from booked.ports.security import Tokens


@dataclass(frozen=True, slots=True)
class Services:
    """`readiness` asks every store whether it answers, by name."""

    accounts: AccountService
    events: EventService
    bookings: BookingService
    waitlist: WaitlistService
    analytics: AnalyticsService
    tokens: Tokens
    readiness: Callable[[], Awaitable[Mapping[str, bool]]]


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """`body_limit` in bytes; `body_deadline` in seconds, for the whole body to arrive."""

    body_limit: int = 64 * 1024
    body_deadline: float = 10.0
