"""Who may see a booking, and what they see of it."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace

from booked.domain.errors import NoSuchBooking, NotAnAdmin
from booked.domain.model.ids import BookingId, UserId
from booked.domain.model.people.users import Identity, Role, User
from booked.domain.model.programme.cancellation import CancellationTerms
from booked.domain.model.programme.events import Event
from booked.domain.model.programme.seating import are_together
from booked.domain.model.sale.bookings import BookingRecord, BookingSearch, PlacedTicket, placed
from booked.domain.model.sale.cancellations import refund_of, refunds_of, terms_of
from booked.domain.services.people.accounts import AccountService
from booked.domain.services.people.rights import organizations_of
from booked.domain.services.programme.plans import PlanCache
from booked.ports.database import Database
from booked.ports.system import Clock

ROWS_AT_ONCE = 100  # of a long list: other requests are served between two pages of it


@dataclass(frozen=True, slots=True)
class BookingView:
    """A booking with what its tickets are, cancelled ones included.

    `terms` are those of its cancellation just now, and `refund` is what comes back then, None if its owner cannot
    cancel all of it any more. Of a cancelled booking it is what came back. `refunds` is what comes back of each ticket
    that its owner can cancel, by its number.
    """

    record: BookingRecord
    tickets: list[PlacedTicket]
    terms: CancellationTerms
    refund: int | None
    refunds: Mapping[int, int]

    @property
    def together(self) -> bool | None:
        """Return whether the standing tickets are seats next to each other."""
        standing = set(self.record.standing)
        return are_together(placed.seat for placed in self.tickets if placed.ticket in standing)

    def ticket(self, number: int) -> PlacedTicket:
        """Return the ticket with this number, the one that was bought last."""
        return next(placed for placed in reversed(self.tickets) if placed.ticket.number == number)


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingViews:
    database: Database
    plans: PlanCache
    accounts: AccountService
    clock: Clock

    async def get(self, identity: Identity, booking_id: BookingId) -> BookingView:
        """Return a booking to its owner, an organizer of its event, or an admin. Raises `NoSuchBooking` for others."""
        return await self._view(await self._seen(identity, booking_id))

    async def search(
        self,
        identity: Identity,
        wanted: BookingSearch,
        after: BookingId | None,
        limit: int,
        *,
        mine: bool = False,
    ) -> list[BookingView]:
        """Return bookings, newest first: an admin gets all, an organizer those of their events, a user their own."""
        return await self.page(await self._seen_by(identity, wanted, mine), after, limit)

    async def each(
        self, identity: Identity, wanted: BookingSearch, *, mine: bool = False
    ) -> AsyncIterator[BookingView]:
        """Yield all bookings `search` finds."""
        async for view in self.all(await self._seen_by(identity, wanted, mine)):
            yield view

    async def of_buyer(
        self, user_id: UserId, after: BookingId | None, limit: int, *, past: bool = False
    ) -> list[BookingView]:
        """Return a user's own bookings, newest first: of events that are not over or, with `past`, that are."""
        now = self.clock.now()
        over = BookingSearch(user_id, over_at=now) if past else BookingSearch(user_id, not_over_at=now)
        return await self.page(over, after, limit)

    async def page(self, search: BookingSearch, after: BookingId | None, limit: int) -> list[BookingView]:
        """Return the bookings a search finds, newest first, after one of them: who asks was looked at before."""
        records = await self.database.bookings.search(search, after, limit)
        await self.plans.of_all(record.event for record in records)
        return [await self._view(record) for record in records]

    async def all(self, search: BookingSearch) -> AsyncIterator[BookingView]:
        """Yield all bookings a search finds, newest first, read a page at a time."""
        after: BookingId | None = None
        while True:
            views = await self.page(search, after, ROWS_AT_ONCE)
            for view in views:
                yield view
            if len(views) < ROWS_AT_ONCE:
                return
            after = views[-1].record.id

    async def _seen_by(self, identity: Identity, wanted: BookingSearch, mine: bool) -> BookingSearch:
        user = await self.accounts.present(identity)
        if mine or user.role is Role.USER:
            return replace(wanted, user_id=user.id)
        if user.role is Role.ORGANIZER:
            return replace(wanted, organizations=await organizations_of(self.database.organizations, user))
        return wanted

    async def _seen(self, identity: Identity, booking_id: BookingId) -> BookingRecord:
        record = await self.database.bookings.get(booking_id)
        if record is None:
            raise NoSuchBooking
        if record.user_id != identity.user_id:
            user = await self.accounts.present(identity)
            if not await self._is_run_by(user, record.event):
                raise NoSuchBooking
        return record

    async def _owned(self, identity: Identity, booking_id: BookingId) -> BookingRecord:
        """Return a booking to those who may change it: its owner, or an admin."""
        record = await self._seen(identity, booking_id)
        if record.user_id != identity.user_id and (await self.accounts.present(identity)).role is not Role.ADMIN:
            raise NotAnAdmin
        return record

    async def _runs(self, identity: Identity, event: Event) -> bool:
        """Return whether somebody is an organizer of an event, or an admin."""
        if identity.role is Role.USER:
            return False
        return await self._is_run_by(await self.accounts.present(identity), event)

    async def _is_run_by(self, user: User, event: Event) -> bool:
        if user.role is Role.ORGANIZER:
            return event.organization_id in await organizations_of(self.database.organizations, user)
        return user.role is Role.ADMIN

    async def _view(self, record: BookingRecord) -> BookingView:
        highest = max((ticket.number for ticket in record.tickets), default=0)
        known = await self.plans.of(record.event.id, up_to=highest)
        now = self.clock.now()
        tickets = placed(record.tickets, known.plan)
        return BookingView(record, tickets, terms_of(record, now), refund_of(record, now), refunds_of(record, now))
