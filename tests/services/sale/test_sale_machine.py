"""The whole sale as a state machine: whatever people, processes and the hold store do, in whatever order.

Processes may pause for ever or die between any two steps, and the hold store may forget everything at any moment.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from booked.domain.errors import (
    AlreadyWaiting,
    InvalidWaitlistCount,
    OverTicketLimit,
    ReservationFixed,
    TooFewTickets,
)
from booked.domain.model.ids import EventId, UserId, number_of, ticket_ids
from booked.domain.model.programme.events import EventRevision
from booked.domain.model.sale.bookings import OwnedTicket, Verdict
from booked.domain.model.sale.holds import Claim, Release
from booked.domain.model.sale.reservations import AnyOf, Reservation
from booked.domain.model.sale.waitlist import Entry
from booked.domain.model.upkeep.inventory import SoldTickets
from booked.ports.holds import EventIsCold, NotHeld, TurnIsOver
from tests.builders import TTL, a_booking_id
from tests.services.box_office import CLAIM_TIMEOUT, OFFER_TTL, BoxOffice

T = TypeVar("T")

SEATS = 4
PEOPLE = 3
LIMIT = 3
PERSON = st.integers(min_value=0, max_value=PEOPLE - 1)
COUNT = st.integers(min_value=1, max_value=2)


class Sale(RuleBasedStateMachine):
    """One event: what the model knows to be bought by whom, promised to whom until when, and asked to be booked."""

    claims = Bundle("claims")  # made by processes that have not committed them yet, and may never do
    committed = Bundle("committed")  # committed by processes that have not told the hold store yet
    releases = Bundle("releases")  # cancelled tickets of which the hold store has not heard, or may hear again
    readings = Bundle("readings")  # what repairs have read and not installed yet

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.bought: dict[int, UserId] = {}
        self.promised: dict[tuple[UserId, int], datetime] = {}
        self.asked_for: set[tuple[UserId, int]] = set()

    def run(self, steps: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(steps)

    @initialize(
        limited=st.booleans(),
        buyers=st.lists(PERSON, min_size=SEATS - 2, max_size=SEATS),
        parties=st.lists(st.tuples(PERSON, COUNT), max_size=PEOPLE),
    )
    def open(self, limited: bool, buyers: list[int], parties: list[tuple[int, int]]) -> None:
        self.limit = LIMIT if limited else None
        self.office = BoxOffice(tickets_per_user=self.limit)
        self.event: EventId = self.run(self.office.event(SEATS))
        self.people = [self.run(self.office.user()) for _ in range(PEOPLE)]
        for person in buyers:
            self.buy(person, 1)
        for person, count in parties:
            self.join_the_waitlist(person, count)

    # What people do

    @rule(person=PERSON, count=COUNT)
    def reserve(self, person: int, count: int) -> None:
        user = self.people[person]
        try:
            tickets = self.run(self.office.sale.reserve(user, self.event, count))
        except (TooFewTickets, OverTicketLimit):
            return
        assert len(set(tickets)) == count
        for ticket in tickets:
            # An offered ticket is given again; it keeps its deadline, which may be sooner than a new hold's.
            self.promised.setdefault((user, number_of(ticket)), self.office.clock.now() + TTL)

    @rule(person=PERSON, count=COUNT)
    def make_reservation(self, person: int, count: int) -> None:
        user, office = self.people[person], self.office
        try:
            made = self.run(
                office.inventory.when_warm(
                    self.event, lambda: office.holds.make_reservation(self.event, user, AnyOf(count), TTL)
                )
            )
        except (TooFewTickets, OverTicketLimit):
            return
        assert len(made.numbers) == count
        for number in made.numbers:
            self.promised.setdefault((user, number), made.expires_at)

    @precondition(lambda self: self.promised)
    @rule(person=PERSON, change=st.sampled_from(["enlarge", "reduce", "extend", "give_back"]))
    def change_reservation(self, person: int, change: str) -> None:
        user, holds = self.people[person], self.office.holds
        made = next(iter(self.run(holds.reservations(user))), None)
        if made is None:
            return
        changes: dict[str, Callable[[], Coroutine[Any, Any, Reservation | None]]] = {
            "enlarge": lambda: holds.enlarge(made.id, user, AnyOf(1)),
            "reduce": lambda: holds.reduce(made.id, user, 1),
            "extend": lambda: holds.extend(made.id, user, TTL, most=1),
            "give_back": lambda: holds.give_back(made.id, user),
        }
        try:
            changed = self.run(changes[change]())
        except (TooFewTickets, OverTicketLimit, ReservationFixed):
            return
        after = dict.fromkeys(changed.numbers, changed.expires_at) if changed else {}
        for number in {*made.numbers, *after}:
            self.promised.pop((user, number), None)
        self.promised |= {(user, number): deadline for number, deadline in after.items()}

    @rule(person=PERSON, count=COUNT)
    def buy(self, person: int, count: int) -> None:
        self.reserve(person, count)
        self.book(person, part=SEATS)

    @precondition(lambda self: self.promised)
    @rule(person=PERSON, part=st.integers(min_value=1, max_value=SEATS))
    def book(self, person: int, part: int) -> None:
        user = self.people[person]
        numbers = self.held_by(user)[:part]
        if not numbers:
            return
        self.asked_for |= {(user, number) for number in numbers}
        self.run(self.office.sale.book(user, ticket_ids(self.event, numbers)))
        # A claim of the user's that was under way with one of these tickets is booked as a whole.
        assert set(numbers) <= self.owned(user)
        self.note_sold(user, self.owned(user))

    @precondition(lambda self: self.bought)
    @rule(person=PERSON, count=COUNT)
    def cancel(self, person: int, count: int) -> None:
        user = self.people[person]
        before = self.owned(user)
        try:
            self.run(self.office.sale.cancel(user, self.event, count))
        except TooFewTickets:
            assert len(before) < count
            return
        self.note_cancelled(before - self.owned(user), count)

    @precondition(lambda self: len(self.bought) + len(self.promised) >= SEATS)
    @rule(person=PERSON, count=COUNT)
    def join_the_waitlist(self, person: int, count: int) -> None:
        try:
            self.run(self.office.waitlist.join(self.people[person], self.event, count))
        except (AlreadyWaiting, InvalidWaitlistCount, OverTicketLimit):
            return

    @rule(person=PERSON)
    def leave_the_waitlist(self, person: int) -> None:
        user = self.people[person]
        for place in self.run(self.office.waitlist.places(user)):
            event = self.office.holds.events.get(self.event)
            offered = [offer for offer in event.offers if offer.entry_id == place.entry_id] if event else []
            self.run(self.office.waitlist.leave(user, place.entry_id))
            for number in chain.from_iterable(offer.numbers for offer in offered):
                self.promised.pop((user, number), None)

    @rule(more=st.integers(min_value=0, max_value=2))
    def grow(self, more: int) -> None:
        capacity = self.run(self.office.ledger(self.event)).capacity
        if capacity + more <= SEATS + 4:
            self.run(self.office.events.change_on_sale(self.event, EventRevision(seat_count=capacity + more)))

    # What processes do that are interrupted

    @precondition(lambda self: self.promised)
    @rule(target=claims, person=PERSON, part=st.integers(min_value=1, max_value=SEATS))
    def claim_and_pause(self, person: int, part: int) -> Any:
        user = self.people[person]
        numbers = self.held_by(user)[:part]
        if not numbers:
            return multiple()
        try:
            claim = self.run(self.office.holds.claim(self.event, user, numbers, a_booking_id()))
            self.asked_for |= {(user, number) for number in numbers}
            return claim
        except (EventIsCold, NotHeld):  # what is sold already cannot be claimed
            return multiple()

    @rule(target=committed, claim=consumes(claims))
    def wake_and_commit(self, claim: Claim) -> Any:
        known = set(claim.numbers) <= {number for number, owner in self.bought.items() if owner == claim.user_id}
        verdict = self.run(self.office.database.bookings.commit(claim))
        assert verdict in {Verdict.BOOKED, Verdict.VOID, Verdict.STALE_EPOCH} or known
        if verdict is Verdict.BOOKED and not self.was_cancelled(claim):
            self.note_sold(claim.user_id, claim.numbers)
            return claim
        return multiple()

    @rule(claim=consumes(committed))
    def settle_late(self, claim: Claim) -> None:
        try:
            self.run(self.office.holds.settle(self.event, claim.booking_id))
        except EventIsCold:
            return

    @precondition(lambda self: self.bought)
    @rule(target=releases, person=PERSON, count=COUNT)
    def cancel_and_pause(self, person: int, count: int) -> Any:
        user = self.people[person]
        if len(self.owned(user)) < count:
            return multiple()
        release, tickets = self.run(self._cancel(user, count))
        self.note_cancelled(frozenset(release.numbers), count)
        return release, tickets

    @rule(cancelled=releases)
    def release_late_or_again(self, cancelled: tuple[Release, list[OwnedTicket]]) -> None:
        release, tickets = cancelled
        try:
            for ticket in tickets:
                self.run(self.office.holds.settle(self.event, ticket.booking_id))
            self.run(self.office.holds.release(release))
        except EventIsCold:
            return

    @rule(target=readings)
    def repair_and_pause(self) -> tuple[str, SoldTickets]:
        permit = self.run(self.office.holds.permit_flip(self.event))
        self.run(self.office.database.ledgers.next_epoch(self.event))
        sold = self.run(self.office.database.ledgers.sold_tickets(self.event))
        assert sold is not None
        return permit, sold

    @rule(reading=readings)
    def flip_late_or_again(self, reading: tuple[str, SoldTickets]) -> None:
        self.run(self.office.holds.flip(self.event, *reading))

    @precondition(lambda self: self.queue())
    @rule()
    def offer_and_die(self) -> None:
        try:
            epoch = self.run(self.office.holds.stock(self.event)).epoch
            self.run(self.office.holds.offer(self.queue()[0], epoch, OFFER_TTL))
        except (EventIsCold, TooFewTickets, TurnIsOver, OverTicketLimit):
            return

    # What the worker, the clock and the hold store do

    @rule(seconds=st.sampled_from([1, 16, 601]))
    def look_after_events_later(self, seconds: int) -> None:
        self.office.clock.advance(timedelta(seconds=seconds))
        self.run(self.office.upkeep.look_after_events())
        assert not self.office.observer.named("setback")

    @rule(seconds=st.sampled_from([0, 601, 901, 3601]))
    def serve_waitlists_later(self, seconds: int) -> None:
        self.office.clock.advance(timedelta(seconds=seconds))
        self.run(self.office.upkeep.serve_waitlists())
        assert not self.office.observer.named("setback")

    @rule(flushed=st.booleans())
    def restart(self, flushed: bool) -> None:
        self.office.open()
        if flushed:
            self.office.holds.flush()
            self.promised.clear()

    # What must always hold

    @invariant()
    def what_was_bought_is_owned_and_nothing_else(self) -> None:
        owned = {number: user for user in self.people for number in self.owned(user)}
        assert owned == self.bought
        assert self.run(self.office.ledger(self.event)).sold == len(self.bought)

    @invariant()
    def nobody_has_more_than_the_limit(self) -> None:
        if self.limit is not None:
            assert all(len(self.owned(user)) <= self.limit for user in self.people)

    @invariant()
    def the_database_never_had_to_refuse_a_ticket_for_being_sold(self) -> None:
        refusals = [verdict for _, _, verdict in self.office.observer.named("refused")]
        assert Verdict.ALREADY_SOLD not in refusals
        assert Verdict.OVER_LIMIT not in refusals

    @invariant()
    def every_ticket_is_in_one_place(self) -> None:
        if self.event not in self.office.holds.events:
            return
        stock = self.run(self.office.holds.stock(self.event))
        assert stock.sold + stock.held + stock.claimed + stock.free == stock.capacity
        assert stock.marked == stock.sold + stock.held + stock.claimed
        assert 0 <= stock.aside <= stock.free

    @invariant()
    def every_reserved_ticket_is_accounted_for(self) -> None:
        if self.event not in self.office.holds.events:
            return
        funnel, stock = self.run(self.office.holds.funnel(self.event)), self.run(self.office.holds.stock(self.event))
        gone = funnel.booked + funnel.lapsed + funnel.given_back
        assert funnel.reserved == gone + stock.held + stock.claimed

    @invariant()
    def what_is_sold_is_not_on_offer(self) -> None:
        if self.event in self.office.holds.events:
            inspection = self.run(self.office.holds.inspect(self.event))
            assert set(self.bought) <= inspection.sold | inspection.claimed

    def teardown(self) -> None:
        """Once nothing goes on any more, nothing is stuck anywhere either."""
        try:
            if hasattr(self, "event"):
                self.come_to_rest()
        finally:
            self.loop.close()

    def come_to_rest(self) -> None:
        office = self.office
        for _ in range(PEOPLE + 2):
            office.clock.advance(max(TTL, OFFER_TTL, CLAIM_TIMEOUT) + timedelta(hours=1))
            self.run(office.upkeep.look_after_events())
            office.clock.advance(timedelta(seconds=1))
            self.run(office.upkeep.look_after_events())
            self.run(office.upkeep.serve_waitlists())
        self.what_was_bought_is_owned_and_nothing_else()
        report = self.run(office.verification.verify(self.event))
        assert report.findings == []
        if report.cold:
            self.run(office.inventory.repair(self.event))
        self.nothing_is_kept_from_sale()

    def nothing_is_kept_from_sale(self) -> None:
        ledger = self.run(self.office.ledger(self.event))
        stock = self.run(self.office.holds.stock(self.event))
        assert (stock.sold, stock.claimed) == (len(self.bought), 0)
        assert stock.aside <= ledger.waiting
        offered = self.run(self.office.database.waitlist.offered(self.event))
        assert stock.held == sum(len(offer.numbers) for offer in offered)

    # What the model knows

    def held_by(self, user: UserId) -> list[int]:
        """Tickets that this user was promised and could book right now."""
        now = self.office.clock.now()
        return sorted(
            number for (holder, number), deadline in self.promised.items() if holder == user and now < deadline
        )

    def queue(self) -> list[Entry]:
        return self.run(self.office.database.waitlist.queue(self.event, PEOPLE))

    def owned(self, user: UserId) -> frozenset[int]:
        return self.run(self.office.database.bookings.owned(self.event, user))

    def note_sold(self, user: UserId, numbers: Iterable[int]) -> None:
        for number in numbers:
            assert self.bought.get(number, user) == user
            assert (user, number) in self.asked_for
            self.bought[number] = user

    def note_cancelled(self, numbers: frozenset[int], count: int) -> None:
        assert len(numbers) == count
        for number in numbers:
            user = self.bought.pop(number)
            self.promised.pop((user, number), None)

    def was_cancelled(self, claim: Claim) -> bool:
        """Whether a claim that somebody else committed meanwhile was cancelled since."""
        return not set(claim.numbers) <= self.owned(claim.user_id)

    async def _cancel(self, user: UserId, count: int) -> tuple[Release, list[OwnedTicket]]:
        async with self.office.database.transaction() as unit:
            await unit.events.lock(self.event)
            tickets = await unit.bookings.newest(self.event, user, count)
            return await unit.bookings.cancel(self.event, user, [ticket.number for ticket in tickets]), tickets


TestSale = Sale.TestCase
TestSale.settings = settings(max_examples=250, stateful_step_count=50, suppress_health_check=[HealthCheck.too_slow])
