"""Services as the programs wire them, on stores of a test's choice and with doubles for the other ports."""

from typing import Any

from booked.adapters.security import HmacRefreshTokens
from booked.adapters.system.ids import UUIDv7Ids
from booked.adapters.system.limiter import MemoryLimiter
from booked.domain.services.wiring import Policy, Ports, Services, wire
from booked.ports.database import Database
from booked.ports.hold_store import HoldStore
from booked.ports.system import Clock
from tests.memory.notifier import RecordingNotifier
from tests.memory.observer import RecordingObserver
from tests.memory.security import BackwardsHasher, RememberedTokens

SECRET = "a secret of the tests, long enough to sign with"


def ports_on(database: Database, holds: HoldStore, clock: Clock, **others: Any) -> Ports:
    """Return ports with these stores and this clock. `others` replaces doubles by the names of their ports."""
    doubles: dict[str, Any] = {
        "ids": UUIDv7Ids(),
        "observer": RecordingObserver(),
        "notifier": RecordingNotifier(),
        "passwords": BackwardsHasher(),
        "tokens": RememberedTokens(),
        "refresh_tokens": HmacRefreshTokens(SECRET),
        "limiter": MemoryLimiter(clock),
        "local_limiter": MemoryLimiter(clock),
    }
    return Ports(database=database, holds=holds, clock=clock, **(doubles | others))


class Wired:
    """The services of one process, by short names."""

    def wire(self, ports: Ports, policy: Policy) -> Services:
        """Make all services. To do so again is to start the process anew: what it kept in memory is gone."""
        services = wire(ports=ports, policy=policy)
        self.accounts = services.accounts
        self.sessions = services.sessions
        self.browser_sessions = services.browser_sessions
        self.organizations = services.organizations
        self.api_keys = services.api_keys
        self.venues = services.venues
        self.events = services.events
        self.office = services.office
        self.programme = services.programme
        self.ticket_types = services.ticket_types
        self.concerts = services.concerts
        self.halls = services.halls
        self.blocking = services.blocking
        self.house_seats = services.house_seats
        self.seats = services.seats
        self.live = services.live
        self.plans = services.reservations.plans
        self.reservations = services.reservations
        self.sale = services.sale
        self.bookings = services.bookings
        self.check_ins = services.check_ins
        self.counter = services.counter
        self.waitlist = services.waitlist
        self.offers = services.offers
        self.analytics = services.analytics
        self.inventory = services.inventory
        self.upkeep = services.upkeep
        self.verification = services.verification
        self.clearance = services.clearance
        self.readiness = services.readiness
        return services
