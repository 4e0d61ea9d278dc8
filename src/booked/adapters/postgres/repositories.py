"""All repositories, on a pool or on one transaction."""

from datetime import datetime

from booked.adapters.postgres.figures.analytics import PostgresAnalytics
from booked.adapters.postgres.people.api_keys import PostgresApiKeys
from booked.adapters.postgres.people.browser_sessions import PostgresBrowserSessions
from booked.adapters.postgres.people.guests import PostgresGuests
from booked.adapters.postgres.people.organizations import PostgresOrganizations
from booked.adapters.postgres.people.sessions import PostgresSessions
from booked.adapters.postgres.people.users import PostgresUsers
from booked.adapters.postgres.people.voided_tokens import PostgresVoidedTokens
from booked.adapters.postgres.programme.categories import PostgresCategories
from booked.adapters.postgres.programme.events import PostgresEvents
from booked.adapters.postgres.programme.plans import PostgresTicketPlans
from booked.adapters.postgres.programme.venues import PostgresVenues
from booked.adapters.postgres.sale.bookings import PostgresBookings
from booked.adapters.postgres.sale.check_ins import PostgresCheckIns
from booked.adapters.postgres.sale.commit_queue import CommitQueue
from booked.adapters.postgres.sale.idempotency import PostgresIdempotencyKeys
from booked.adapters.postgres.sale.waiting_parties import PostgresWaitingParties
from booked.adapters.postgres.sale.waitlist import PostgresWaitlist
from booked.adapters.postgres.statements import Pool, Reads, Statements
from booked.adapters.postgres.upkeep.ledgers import PostgresLedgers

NOW = "SELECT clock_timestamp() AS now"


class PostgresRepositories:
    """All repositories on the same session. Bookings outside a transaction share the queue's commits."""

    def __init__(
        self,
        statements: Statements,
        queue: CommitQueue,
        pool: Pool,
        timeout: float,
        long_reads: Reads | None = None,
    ) -> None:
        self._statements = statements
        self.users = PostgresUsers(statements)
        self.voided_tokens = PostgresVoidedTokens(statements)
        self.sessions = PostgresSessions(statements)
        self.browser_sessions = PostgresBrowserSessions(statements)
        self.organizations = PostgresOrganizations(statements)
        self.guests = PostgresGuests(statements)
        self.api_keys = PostgresApiKeys(statements)
        self.venues = PostgresVenues(statements)
        self.categories = PostgresCategories(statements)
        self.events = PostgresEvents(statements, long_reads)
        self.ticket_plans = PostgresTicketPlans(statements)
        self.bookings = PostgresBookings(statements, queue)
        self.check_ins = PostgresCheckIns(statements)
        self.idempotency_keys = PostgresIdempotencyKeys(statements)
        self.waitlist = PostgresWaitlist(statements)
        self.waiting_parties = PostgresWaitingParties(statements)
        self.analytics = PostgresAnalytics(statements)
        self.ledgers = PostgresLedgers(statements, pool, timeout)

    async def now(self) -> datetime:
        [row] = await self._statements.read(NOW)
        moment: datetime = row["now"]
        return moment
