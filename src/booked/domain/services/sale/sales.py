"""The sale: reserve, book, cancel."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from booked.domain.errors import (
    Busy,
    NoEventFound,
    NoSuchBooking,
    StoreError,
    TicketNotReserved,
    TooFewTickets,
    TooManyRequests,
    TransactionFailed,
)
from booked.domain.model.ids import BookingId, EventId, TicketId, UserId, ticket_ids
from booked.domain.model.sale.bookings import FINAL, REFUSALS, Booking, BookingRecord, OwnedTicket, Verdict
from booked.domain.model.sale.cancellations import CancellationOrder
from booked.domain.model.sale.holds import (
    USUAL,
    Claim,
    Hold,
    Release,
    Terms,
    not_reserved,
    require_count,
    require_one_event,
)
from booked.domain.model.sale.idempotency import IdempotencyKey
from booked.domain.model.sale.reservations import CheapestOf, Maximum, TicketRequest, cheapest_first, maximums
from booked.domain.services.programme.plans import EventPlan, PlanCache
from booked.domain.services.upkeep.inventory import InventoryService
from booked.ports.database import Database, Repositories
from booked.ports.holds import EventHasGrown, EventIsCold, Holds, NotHeld
from booked.ports.observer import Observer
from booked.ports.system import Clock, Ids

OUTCOME_KNOWN_WITHIN = timedelta(seconds=8)
RETRY_DELAY = 0.1  # seconds
ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class SaleOutcome:
    """How tickets became a user's: by the booking their request made, or else by another request.

    The other one came before, or has the same idempotency key, or shared its claim.
    """

    booking_id: BookingId | None


BY_ANOTHER_REQUEST = SaleOutcome(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleService:
    """`hold_ttl` is how long a reservation lasts."""

    database: Database
    holds: Holds
    inventory: InventoryService
    plans: PlanCache
    ids: Ids
    clock: Clock
    observer: Observer
    hold_ttl: timedelta

    async def reserve(self, user_id: UserId, event_id: EventId, count: int, *, limited: bool = False) -> list[TicketId]:
        """Hold the cheapest tickets for a user: all of them or, with `TooFewTickets` or `OverTicketLimit`, none.

        Raises `TooManyRequests` during a cool-down of a user who is `limited`. While the database does not say what
        costs what, they are any tickets.
        """
        require_count(count)
        known = await self.plans.soon(event_id)
        try:
            hold = await self._hold(user_id, event_id, count, known, limited=limited)
        except EventHasGrown as grown:
            hold = await self.plans.once_known(
                event_id,
                grown.capacity,
                lambda known, capacity: self._hold(user_id, event_id, count, known, capacity, limited=limited),
            )
        self.observer.reserved(event_id, count)
        return ticket_ids(event_id, hold.numbers)

    async def _hold(
        self,
        user_id: UserId,
        event_id: EventId,
        count: int,
        known: EventPlan | None,
        capacity: int = 0,
        *,
        limited: bool,
    ) -> Hold:
        """Hold tickets by what is known of an event, of which there are `capacity` tickets."""
        most: Sequence[Maximum] = ()
        if known:
            wish = cheapest_first(TicketRequest(count), known.plan, self.clock.now(), capacity)
            most = maximums(known.plan)
        else:
            wish = CheapestOf(count, ())
        try:
            return await self.inventory.ration(
                event_id,
                lambda: self.holds.reserve(
                    event_id,
                    user_id,
                    count,
                    self.hold_ttl,
                    wish.by_price,
                    withheld=wish.withheld,
                    known_capacity=wish.known_capacity,
                    limited=limited,
                    maximums=most,
                ),
            )
        except TooManyRequests as refusal:
            self.observer.limited(refusal.policy)
            raise

    async def book(self, user_id: UserId, tickets: Iterable[TicketId]) -> None:
        """Make a user the owner of tickets they hold, all or none. What they own already stays theirs.

        Raises `TicketNotReserved`, `NotYourTicket`, `OverTicketLimit` or `NoEventFound`; `TransactionFailed`
        where the outcome could not be found out in time, and then the same request can be repeated.
        """
        event_id, wanted = require_one_event(tickets)
        await self._sell(user_id, event_id, wanted, USUAL)

    async def buy(
        self, user_id: UserId, event_id: EventId, numbers: Collection[int], terms: Terms = USUAL
    ) -> BookingId:
        """Book held tickets. Return the id of the booking they belong to: the parent's if `terms.part_of` is set.

        If a request with the same idempotency key was faster, that is the booking it made, and the tickets stay held.
        Raises what `book` raises, `NoSuchBooking` if `terms.part_of` is no booking of the user, or
        `IdempotencyKeyReused`.
        """
        purchase = await self._sell(user_id, event_id, frozenset(numbers), terms)
        if purchase.booking_id:
            return purchase.booking_id
        if terms.idempotency_key and (subject := await self.database.idempotency_keys.find(terms.idempotency_key)):
            return BookingId(subject)
        if owning := await self.database.bookings.owning(event_id, user_id, list(numbers)):
            return owning
        raise TicketNotReserved  # booked, and cancelled at once by somebody else

    async def cancel(self, user_id: UserId, event_id: EventId, count: int) -> None:
        """Give back a user's newest tickets of an event.

        Raises `TooFewTickets` if they own fewer, or `CancellationClosed`.
        """
        require_count(count)

        async def newest(unit: Repositories) -> list[OwnedTicket]:
            owned = await unit.bookings.newest(event_id, user_id, count)
            if len(owned) < count:
                raise TooFewTickets(f"You own {len(owned)} tickets of this event. Cancel no more than that.")
            return owned

        try:
            await self._cancel(event_id, user_id, newest, CancellationOrder(user_id))
        except NoEventFound as cause:
            raise TooFewTickets("You own no tickets of this event.") from cause

    async def give_back(
        self,
        booking: BookingRecord,
        choose: Callable[[Sequence[int]], Collection[int]],
        order: CancellationOrder,
        idempotency_key: IdempotencyKey | None = None,
    ) -> frozenset[int]:
        """Cancel tickets of one booking and return their numbers.

        `choose` gets the standing numbers under the event's lock, oldest first, and returns those to cancel. So
        a late request never reaches a ticket bought again in another booking. Raises what
        `CancellationOrder.carried_out` raises, or `RequestInFlight` if a request with the same key was faster.
        """

        async def chosen(unit: Repositories) -> list[OwnedTicket]:
            standing = await unit.bookings.standing_in(booking.event.id, booking.id)
            numbers = choose([ticket.number for ticket in standing])
            return [ticket for ticket in standing if ticket.number in numbers]

        return await self._cancel(
            booking.event.id, booking.user_id, chosen, order, idempotency_key=idempotency_key, subject=booking.id
        )

    async def release(
        self,
        event_id: EventId,
        owner: UserId,
        tickets: Collection[OwnedTicket],
        idempotency_key: IdempotencyKey | None = None,
        subject: str = "",
    ) -> frozenset[int]:
        """Cancel tickets a user or the house was seen to own. Return the numbers of those that still stood.

        Everything paid is refunded. A ticket bought again since is in another booking and stays. With a key, the
        request is remembered as being about `subject`. Raises `RequestInFlight` if a request with the same key was
        faster, or `NoEventFound`.
        """

        async def still_owned(unit: Repositories) -> list[OwnedTicket]:
            standing = await unit.bookings.standing(event_id, owner, [ticket.number for ticket in tickets])
            return [ticket for ticket in standing if ticket in tickets]

        order = CancellationOrder(owner, for_organizer=True)
        return await self._cancel(event_id, owner, still_owned, order, idempotency_key=idempotency_key, subject=subject)

    async def _cancel(
        self,
        event_id: EventId,
        owner: UserId,
        choose: Callable[[Repositories], Awaitable[list[OwnedTicket]]],
        order: CancellationOrder,
        *,
        idempotency_key: IdempotencyKey | None = None,
        subject: str = "",
    ) -> frozenset[int]:
        """Cancel what is chosen under the event's lock: no purchase and no other cancellation comes in between."""
        async with self.database.transaction(at=event_id) as unit:
            event = await unit.events.lock_any(event_id)
            if event is None:
                raise NoEventFound
            if idempotency_key is not None:
                await unit.idempotency_keys.remember(idempotency_key, subject)
            owned = await choose(unit)
            if not owned:
                return frozenset()
            cancellation = order.carried_out(event, owned, await unit.now())
            numbers = [ticket.number for ticket in owned]
            release = await unit.bookings.cancel(event_id, owner, numbers, cancellation)
        await self._free(release, owned)
        return frozenset(release.numbers)

    async def bookings(self, user_id: UserId) -> list[Booking]:
        return await self.database.bookings.of_user(user_id)

    async def _sell(self, user_id: UserId, event_id: EventId, wanted: frozenset[int], terms: Terms) -> SaleOutcome:
        """Make a user the owner of tickets, in up to `ATTEMPTS` bookings. Raises what `book` raises."""
        asked_for, by_others = terms.part_of, False
        for _ in range(ATTEMPTS):
            booking_id = BookingId(str(self.ids.unique()))
            claim, owned = await self._claim(user_id, event_id, wanted, booking_id, terms)
            if claim is None:
                return BY_ANOTHER_REQUEST
            # Owned once is enough: they may be cancelled before the rest is booked.
            wanted -= owned
            by_others = by_others or bool(owned)
            is_own = claim.terms == terms  # a claim of another request may be refused what this one is not
            try:
                verdict = await self._commit(claim)
            except NoSuchBooking:
                if is_own and terms.part_of == asked_for:
                    raise
                if is_own:
                    terms = replace(terms, part_of=None)  # what the rest was to be part of was cancelled just now
                continue
            if verdict is Verdict.DONE_BEFORE and is_own:
                return BY_ANOTHER_REQUEST
            by_others = by_others or claim.booking_id != booking_id
            if verdict is not Verdict.BOOKED:
                continue
            wanted -= frozenset(claim.numbers)
            if not wanted:
                return BY_ANOTHER_REQUEST if by_others else SaleOutcome(terms.part_of or booking_id)
            terms = await self._terms_of_the_rest(claim, terms)
        raise Busy

    async def _terms_of_the_rest(self, claim: Claim, terms: Terms) -> Terms:
        """Return the terms for tickets a claim did not have: they join its booking. Its key was used with it."""
        part_of = terms.part_of
        if part_of is None:
            part_of = await self.database.bookings.owning(claim.event_id, claim.user_id, claim.numbers)
        return Terms(terms.priced_at, part_of, None if claim.terms == terms else terms.idempotency_key)

    async def _claim(
        self, user_id: UserId, event_id: EventId, wanted: frozenset[int], booking_id: BookingId, terms: Terms
    ) -> tuple[Claim | None, frozenset[int]]:
        """Claim the wanted tickets that the user does not own yet. Return the claim and the tickets they own.

        An earlier claim still under way is returned as it is; None if the user owns all of them.
        """
        rest = wanted
        while rest:
            try:
                return await self._claim_held(user_id, event_id, rest, booking_id, terms), wanted - rest
            except NotHeld as refusal:
                owned = rest & await self.database.bookings.owned(event_id, user_id)
                if not refusal.numbers <= owned:
                    raise not_reserved(event_id, refusal.numbers - owned) from refusal
            rest -= owned  # meanwhile another request may book more of them
        return None, wanted

    def _claim_held(
        self, user_id: UserId, event_id: EventId, numbers: frozenset[int], booking_id: BookingId, terms: Terms
    ) -> Awaitable[Claim]:
        return self.inventory.when_warm(
            event_id, lambda: self.holds.claim(event_id, user_id, numbers, booking_id, terms)
        )

    async def _commit(self, claim: Claim) -> Verdict:
        """Commit a claim and return what became of it. Unless it is booked or was done before, claim again."""
        verdict = await self._decide(claim)
        booked = verdict is Verdict.BOOKED
        if verdict in FINAL:
            # Another request may carry the same claim: it is given up only when nobody can commit it any more.
            booked = await self.database.bookings.void(claim) is Verdict.BOOKED
        if not booked:
            self.observer.refused(claim.event_id, verdict)
            await self._refuse(claim, verdict)
            return verdict
        self.observer.booked(claim.event_id, len(claim.numbers))
        await self._finish(claim)
        return verdict if verdict is Verdict.DONE_BEFORE else Verdict.BOOKED

    async def _decide(self, claim: Claim) -> Verdict:
        """Return the database's verdict.

        While it is unknown the same claim is committed again, which cannot count twice. A further attempt ends with
        the time there is, so that nobody waits for longer.
        """
        give_up = self.clock.monotonic() + OUTCOME_KNOWN_WITHIN
        uncertain = False
        while True:
            try:
                commit = self.database.bookings.commit(claim, claim.terms)
                if uncertain:
                    return await asyncio.wait_for(commit, (give_up - self.clock.monotonic()).total_seconds())
                return await commit
            except (StoreError, TimeoutError) as setback:
                uncertain = uncertain or isinstance(setback, TransactionFailed)
                if not uncertain:
                    raise  # nothing was sent, and the claim waits for the next attempt
                if self.clock.monotonic() >= give_up:
                    raise TransactionFailed from setback
                self.observer.uncertain(claim.event_id)
            await self.clock.sleep(RETRY_DELAY)

    async def _free(self, release: Release, cancelled: Sequence[OwnedTicket]) -> None:
        """Tell the hold store of returned tickets. Should it miss the news, the audit brings it."""
        self.observer.cancelled(release.event_id, len(release.numbers))
        bookings = {ticket.booking_id for ticket in cancelled}
        try:
            # A cancelled ticket was booked; if its claim is not settled yet, settling comes before freeing.
            with suppress(EventIsCold):
                await asyncio.gather(*(self.holds.settle(release.event_id, id_) for id_ in bookings))
            await self.holds.release(release)
        except (EventIsCold, StoreError):
            return

    async def _finish(self, claim: Claim) -> None:
        # The tickets are booked, whatever the hold store answers; a claim left there is settled by the sweep.
        try:
            await self.holds.settle(claim.event_id, claim.booking_id)
        except (EventIsCold, StoreError):
            return

    async def _refuse(self, claim: Claim, verdict: Verdict) -> None:
        """Undo a claim that was not booked; raises unless it is worth claiming again."""
        if verdict is Verdict.STALE_EPOCH:
            return await self.inventory.repair(claim.event_id, past=claim.epoch)
        if verdict is Verdict.WITHDRAWN:
            return await self.inventory.forget_withdrawn(claim.event_id)  # or else it is on sale again by now
        if verdict is Verdict.ALREADY_SOLD:
            await self.inventory.repair(claim.event_id, past=claim.epoch)
            raise TicketNotReserved
        if verdict not in FINAL:
            return await self.inventory.give_up(claim)
        await self.inventory.when_warm(claim.event_id, lambda: self.holds.abandon(claim.event_id, claim.booking_id))
        if verdict in REFUSALS:
            raise REFUSALS[verdict]
        return None
