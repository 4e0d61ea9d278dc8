"""Bookings as records: what is booked for how much, who sees it, who changes it, and what is booked once only."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from booked.domain.errors import (
    AlreadyCancelled,
    CancellationClosed,
    IdempotencyKeyReused,
    IllegalStatus,
    NoSuchBooking,
    NoSuchReservation,
    NoSuchSeat,
    NotAnAdmin,
    NotYourTicket,
    OverTicketLimit,
    SeatTaken,
    StoreReadFailed,
    StoreWriteFailed,
    TicketNotReserved,
    TooFewTickets,
    TransactionFailed,
)
from booked.domain.model.ids import BookingId, EventId, UserId, ticket_ids
from booked.domain.model.money import Money
from booked.domain.model.people.api_keys import OPEN_COUNTER
from booked.domain.model.people.users import Identity
from booked.domain.model.programme import ticket_types
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.programme.ticket_types import PRICE_NOTICE, TicketTypeChanges, TicketTypeDraft, lay_out
from booked.domain.model.programme.times import SalesWindow
from booked.domain.model.sale.bookings import BookingRecord, BookingStatus, Verdict
from booked.domain.model.sale.holds import Claim
from booked.domain.model.sale.reservations import TicketRequest
from booked.domain.services.programme.plans import USABLE_FOR, PlanCache
from booked.domain.services.sale.bookings import BookingView
from booked.ports.sale import Bookings
from tests.builders import TTL, a_booking_id, key_by
from tests.services.box_office import CLAIM_TIMEOUT, BoxOffice, InterruptedBookings
from tests.services.stage import (
    BALCONY,
    EARLY_UNTIL,
    STALLS,
    STANDING,
    Staff,
    held,
    identity,
    put_on,
    seats,
    sold,
    staff,
    these,
)

Commit = Callable[[Claim], Awaitable[Verdict]]


@pytest.fixture
async def crew(office: BoxOffice) -> Staff:
    return await staff(office)


@pytest.fixture
async def hall(office: BoxOffice, crew: Staff) -> EventId:
    return await put_on(office, crew.organization_id)


@pytest.fixture
async def limited(office: BoxOffice) -> EventId:
    """The same, with four tickets for each user."""
    return await put_on(office, ticket_limit=4)


@pytest.fixture
async def owner(office: BoxOffice, ann: UserId) -> Identity:
    return await identity(office, ann)


@pytest.fixture
def commits(office: BoxOffice) -> InterruptedBookings:
    """Interruptions of the commits that come next."""
    interrupted = InterruptedBookings(office.database.bookings)
    office.database.bookings = interrupted  # type: ignore[assignment]
    return interrupted


def numbers(view: BookingView) -> list[int]:
    return [ticket.number for ticket in view.record.standing]


async def refuse(claim: Claim, commit: Commit) -> Verdict:
    return Verdict.OVER_LIMIT


async def fail(claim: Claim, commit: Commit) -> Verdict:
    raise StoreWriteFailed


# Booking what is reserved


async def test_a_reservation_is_booked_for_what_it_cost_when_it_was_made(
    office: BoxOffice, hall: EventId, ann: UserId, owner: Identity
) -> None:
    made = await office.reservations.make(ann, hall, these(hall, 6, 22))
    office.clock.moment = EARLY_UNTIL

    view = await office.bookings.book_reservation(ann, made.reservation.id)

    assert [(placed.ticket.number, placed.type.name, placed.ticket.price) for placed in view.tickets] == [
        (6, "Stalls", 3990),
        (22, "Balcony", 2990),
    ]
    assert [(seat.section, seat.row, seat.seat) for placed in view.tickets if (seat := placed.seat)] == [
        ("Stalls", "B", 1),
        ("Balcony", "1", 2),
    ]
    assert (view.record.status, view.record.total) == (BookingStatus.ACTIVE, Money(6980, "EUR"))
    assert (view.record.user_id, view.record.event.id) == (ann, hall)
    assert await office.bookings.get(owner, view.record.id) == view
    ended = await office.reservations.get(ann, made.reservation.id)
    assert (ended.tickets, ended.seconds_left) == ([], 0)


async def two_requests_with_one_claim(
    office: BoxOffice, hall: EventId, ann: UserId, commits: InterruptedBookings, change: Callable[[Claim], Claim]
) -> dict[int, int]:
    """Book an early and a late reservation together; before that is committed, book the early one alone.

    Return what each ticket cost. `change` is made to each claim before its commit.
    """
    early = (await office.reservations.make(ann, hall, these(hall, 6))).reservation
    office.clock.moment = EARLY_UNTIL
    late = (await office.reservations.make(ann, hall, these(hall, 7))).reservation

    async def commit_first(claim: Claim, commit: Commit) -> Verdict:
        return await commit(change(claim))

    async def overtaken(claim: Claim, commit: Commit) -> Verdict:
        commits.interruptions.append(commit_first)
        await office.bookings.book_reservation(ann, early.id)
        return await commit(change(claim))

    commits.interruptions.append(overtaken)
    view = await office.bookings.book_tickets(ann, ticket_ids(hall, [*early.numbers, *late.numbers]))
    return {ticket.number: ticket.price for ticket in view.record.standing}


async def test_requests_that_share_a_claim_leave_each_ticket_its_price(
    office: BoxOffice, hall: EventId, ann: UserId, commits: InterruptedBookings
) -> None:
    assert await two_requests_with_one_claim(office, hall, ann, commits, lambda claim: claim) == {6: 3990, 7: 4990}


async def test_control_without_the_times_in_the_claim_an_early_ticket_costs_what_a_late_one_does(
    office: BoxOffice, hall: EventId, ann: UserId, commits: InterruptedBookings
) -> None:
    def timeless(claim: Claim) -> Claim:
        return replace(claim, reserved_at=())

    assert await two_requests_with_one_claim(office, hall, ann, commits, timeless) == {6: 4990, 7: 4990}


async def test_what_was_reserved_too_late_for_the_early_price_costs_the_other(
    office: BoxOffice, hall: EventId, ann: UserId
) -> None:
    office.clock.moment = EARLY_UNTIL
    made = await office.reservations.make(ann, hall, TicketRequest(1, STALLS))

    view = await office.bookings.book_reservation(ann, made.reservation.id)

    assert made.total == view.record.total == Money(4990, "EUR")


async def test_a_reservation_is_booked_for_what_it_cost_although_the_price_was_changed_since(
    office: BoxOffice, hall: EventId, crew: Staff, ann: UserId
) -> None:
    made = await office.reservations.make(ann, hall, TicketRequest(2, BALCONY))
    await office.ticket_types.change(crew.ora, hall, BALCONY, TicketTypeChanges(price=9990))
    office.clock.advance(PRICE_NOTICE)
    later = await office.reservations.make(ann, hall, TicketRequest(1, BALCONY))

    shown = await office.reservations.get(ann, made.reservation.id)
    views = [await office.bookings.book_reservation(ann, each.reservation.id) for each in (made, later)]

    assert shown.total == made.total == views[0].record.total == Money(2 * 2990, "EUR")
    assert later.total == views[1].record.total == Money(9990, "EUR")


async def test_who_reserves_where_a_new_price_is_not_known_yet_pays_what_they_were_told(
    office: BoxOffice, hall: EventId, crew: Staff, ann: UserId
) -> None:
    elsewhere = replace(office.reservations, plans=PlanCache(database=office.database, clock=office.clock))
    await elsewhere.make(ann, hall, TicketRequest(1, BALCONY))
    await office.ticket_types.change(crew.ora, hall, BALCONY, TicketTypeChanges(price=9990))
    office.clock.advance(USABLE_FOR - timedelta(milliseconds=1))

    made = await elsewhere.make(ann, hall, TicketRequest(1, BALCONY))
    office.clock.advance(timedelta(minutes=1))
    view = await office.bookings.book_reservation(ann, made.reservation.id)

    assert view.record.total == made.total == Money(2990, "EUR")


async def test_a_clock_that_is_set_back_keeps_no_old_price_alive(office: BoxOffice, hall: EventId, crew: Staff) -> None:
    elsewhere = PlanCache(database=office.database, clock=office.clock)
    await elsewhere.of(hall)
    await office.ticket_types.change(crew.ora, hall, BALCONY, TicketTypeChanges(name="Gods"))
    office.clock.set_ahead(-timedelta(hours=1))
    office.clock.advance(USABLE_FOR)

    known = await elsewhere.of(hall)

    assert known.plan.types[BALCONY - 1].name == "Gods"


async def test_control_without_notice_they_pay_more(
    office: BoxOffice, hall: EventId, crew: Staff, ann: UserId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticket_types, "PRICE_NOTICE", timedelta(0))
    elsewhere = replace(office.reservations, plans=PlanCache(database=office.database, clock=office.clock))
    await elsewhere.make(ann, hall, TicketRequest(1, BALCONY))
    await office.ticket_types.change(crew.ora, hall, BALCONY, TicketTypeChanges(price=9990))

    made = await elsewhere.make(ann, hall, TicketRequest(1, BALCONY))
    view = await office.bookings.book_reservation(ann, made.reservation.id)

    assert (made.total, view.record.total) == (Money(2990, "EUR"), Money(9990, "EUR"))


async def test_every_reservation_costs_what_held_when_it_was_made_however_often_the_price_changes(
    office: BoxOffice, hall: EventId, crew: Staff, ann: UserId
) -> None:
    made = [await office.reservations.make(ann, hall, TicketRequest(1, BALCONY))]
    for price in (1, 9990, 8990):  # the first one was a slip
        await office.ticket_types.change(crew.ora, hall, BALCONY, TicketTypeChanges(price=price))
        office.clock.advance(PRICE_NOTICE)
        made.append(await office.reservations.make(ann, hall, TicketRequest(1, BALCONY)))
    for each in made:
        await office.reservations.extend(ann, each.reservation.id)
    office.clock.advance(2 * TTL - 3 * PRICE_NOTICE - timedelta(microseconds=1))

    views = [await office.bookings.book_reservation(ann, each.reservation.id) for each in made]

    assert [view.record.total.amount for view in views] == [2990, 1, 9990, 8990]
    assert [view.record.total for view in views] == [each.total for each in made]


async def test_the_price_of_a_draft_is_changed_as_often_as_one_likes(office: BoxOffice, crew: Staff) -> None:
    draft = await put_on(office, crew.organization_id, status=EventStatus.DRAFT)

    for price in (100, 200, 300):
        await office.ticket_types.change(crew.ora, draft, BALCONY, TicketTypeChanges(price=price))

    changed = (await office.ticket_types.reports(crew.ora, draft))[BALCONY - 1]
    assert (changed.present_price, changed.sales.type.price, changed.sales.type.former) == (300, 300, ())


async def test_what_has_lapsed_cannot_be_booked(office: BoxOffice, hall: EventId, ann: UserId) -> None:
    made = await office.reservations.make(ann, hall, TicketRequest(2))
    office.clock.advance(TTL)

    with pytest.raises(TicketNotReserved):
        await office.bookings.book_reservation(ann, made.reservation.id)

    assert await sold(office, hall) == 0


async def test_nobody_else_can_book_a_reservation(office: BoxOffice, hall: EventId, ann: UserId, ben: UserId) -> None:
    made = await office.reservations.make(ann, hall, TicketRequest(2))

    with pytest.raises(NoSuchReservation):
        await office.bookings.book_reservation(ben, made.reservation.id)

    assert await office.reservations.get(ann, made.reservation.id) == made


async def test_a_reservation_that_was_made_in_time_is_booked_after_the_sales_window_has_closed(
    office: BoxOffice, ann: UserId
) -> None:
    event_id = await put_on(office, sales=SalesWindow(None, office.clock.now() + timedelta(minutes=1)))
    made = await office.reservations.make(ann, event_id, TicketRequest(2))
    office.clock.advance(timedelta(minutes=2))

    view = await office.bookings.book_reservation(ann, made.reservation.id)

    assert len(view.record.standing) == 2


async def test_held_tickets_are_booked_by_their_ids(office: BoxOffice, hall: EventId, ann: UserId) -> None:
    tickets = await office.sale.reserve(ann, hall, 3)

    view = await office.bookings.book_tickets(ann, tickets[:2])

    assert ticket_ids(hall, numbers(view)) == tickets[:2]
    assert view.record.total == Money(2 * 3990, "EUR")
    assert await held(office, hall) == 1


async def test_an_offer_is_booked_by_the_ids_of_its_tickets(
    office: BoxOffice, hall: EventId, ann: UserId, ben: UserId
) -> None:
    await office.buy(ben, hall, 50)
    await office.waitlist.join(ann, hall, 2)
    await office.sale.cancel(ben, hall, 2)
    await office.waitlist.serve(hall)
    [place] = await office.waitlist.places(ann)

    view = await office.bookings.book_tickets(ann, ticket_ids(hall, place.numbers))

    assert tuple(numbers(view)) == place.numbers
    assert await office.waitlist.places(ann) == []


async def test_only_tickets_that_one_holds_are_booked_by_their_ids(
    office: BoxOffice, hall: EventId, ann: UserId, ben: UserId
) -> None:
    elsewhere = await put_on(office)
    bens = await office.sale.reserve(ben, hall, 1)
    anns = await office.sale.reserve(ann, hall, 1)

    for tickets, refusal in [
        ([*anns, *bens], NotYourTicket),
        ([*anns, *seats(hall, 20)], TicketNotReserved),
        ([*anns, *seats(elsewhere, 1)], TicketNotReserved),
        ([], TicketNotReserved),
        (seats(hall, *range(1, 102)), OverTicketLimit),
    ]:
        with pytest.raises(refusal):
            await office.bookings.book_tickets(ann, tickets)

    assert await sold(office, hall) == 0
    assert await held(office, hall) == 2


# Booking in one go


async def test_tickets_of_a_type_are_booked_in_one_go(office: BoxOffice, hall: EventId, ann: UserId) -> None:
    view = await office.bookings.book_now(ann, hall, TicketRequest(3, BALCONY, best_available=True))

    assert [placed.seat.seat for placed in view.tickets if placed.seat] == [1, 2, 3]
    assert view.record.total == Money(3 * 2990, "EUR")
    assert await held(office, hall) == 0


async def test_where_there_are_too_few_nothing_is_booked_nor_held(
    office: BoxOffice, hall: EventId, ann: UserId
) -> None:
    with pytest.raises(TooFewTickets):
        await office.bookings.book_now(ann, hall, TicketRequest(11, BALCONY))

    assert (await held(office, hall), await sold(office, hall)) == (0, 0)


async def test_what_cannot_be_booked_is_given_back(
    office: BoxOffice, hall: EventId, ann: UserId, commits: InterruptedBookings
) -> None:
    commits.interruptions.append(refuse)

    with pytest.raises(OverTicketLimit):
        await office.bookings.book_now(ann, hall, TicketRequest(3, BALCONY))

    assert (await held(office, hall), await sold(office, hall)) == (0, 0)


async def test_what_may_be_booked_is_not_given_back(
    office: BoxOffice, hall: EventId, ann: UserId, owner: Identity, commits: InterruptedBookings
) -> None:
    async def lose_the_answer(claim: Claim, commit: Commit) -> Verdict:
        await commit(claim)
        raise TransactionFailed

    async def fail_for_long(claim: Claim, commit: Commit) -> Verdict:
        office.clock.advance(timedelta(seconds=10))
        raise StoreReadFailed

    commits.interruptions += [lose_the_answer, fail_for_long]

    with pytest.raises(TransactionFailed):
        await office.bookings.book_now(ann, hall, TicketRequest(3, BALCONY))

    office.clock.advance(CLAIM_TIMEOUT)
    await office.inventory.sweep(hall)
    [view] = await office.bookings.search(owner, None, None, None, 10)
    assert len(numbers(view)) == 3
    assert (await held(office, hall), await sold(office, hall)) == (0, 3)


async def test_whoever_has_booked_is_not_told_to_try_again(
    office: BoxOffice, hall: EventId, ann: UserId, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unreadable(booking_id: BookingId) -> BookingRecord:
        raise StoreReadFailed

    real: Bookings = office.database.bookings
    commits = InterruptedBookings(real)
    monkeypatch.setattr(office.database, "bookings", commits)
    monkeypatch.setattr(commits, "get", unreadable, raising=False)

    with pytest.raises(TransactionFailed):
        await office.bookings.book_now(ann, hall, TicketRequest(3, BALCONY))

    assert (await held(office, hall), await sold(office, hall)) == (0, 3)


# Who sees and changes what


async def test_owners_and_admins_change_a_booking_and_organizers_of_its_event_see_and_cancel_it(
    office: BoxOffice, hall: EventId, crew: Staff, ann: UserId, ben: UserId
) -> None:
    view = await office.bookings.book_now(ann, hall, these(hall, 1, 2))
    id_ = view.record.id
    [seat] = seats(hall, 3)
    people = {
        "owner": await identity(office, ann),
        "stranger": await identity(office, ben),
        "organizer": await identity(office, crew.ora.id),
        "other organizer": await identity(office, crew.otto.id),
        "admin": await identity(office, crew.root.id),
    }
    actions: dict[str, Callable[[Identity], Awaitable[BookingView]]] = {
        "see": lambda who: office.bookings.get(who, id_),
        "add a seat": lambda who: office.bookings.add_seat(who, id_, seat),
        "remove a seat": lambda who: office.bookings.remove_seat(who, id_, seat),
        "resize": lambda who: office.bookings.resize(who, id_, 2),
    }

    outcomes = {
        (name, action): type(outcome)
        for name, who in people.items()
        for action, act in actions.items()
        for outcome in await asyncio.gather(act(who), return_exceptions=True)
    }
    cancelled = [
        type(outcome)
        for name in ("stranger", "other organizer", "organizer", "admin")
        for outcome in await asyncio.gather(office.bookings.cancel(people[name], id_), return_exceptions=True)
    ]

    allowed, hidden, forbidden = BookingView, NoSuchBooking, NotAnAdmin
    assert outcomes == {
        **{("owner", action): allowed for action in actions},
        **{("admin", action): allowed for action in actions},
        **{("organizer", action): forbidden for action in actions},
        ("organizer", "see"): allowed,
        ("organizer", "remove a seat"): NoSuchSeat,  # which the owner has removed
        **{("stranger", action): hidden for action in actions},
        **{("other organizer", action): hidden for action in actions},
    }
    assert cancelled == [hidden, hidden, allowed, AlreadyCancelled]
    assert (await office.bookings.get(people["owner"], id_)).record.status is BookingStatus.CANCELLED


async def test_what_an_admin_adds_belongs_to_the_owner(
    office: BoxOffice, hall: EventId, crew: Staff, ann: UserId
) -> None:
    view = await office.bookings.book_now(ann, hall, these(hall, 1))
    admin = await identity(office, crew.root.id)

    added = await office.bookings.add_seat(admin, view.record.id, seats(hall, 2)[0], key_by(admin.user_id))
    again = await office.bookings.add_seat(admin, view.record.id, seats(hall, 2)[0], key_by(admin.user_id))

    assert added.record.user_id == ann
    assert again == added
    assert await office.database.bookings.owned(hall, ann) == {1, 2}


async def test_there_is_no_booking_that_was_never_made(office: BoxOffice, owner: Identity) -> None:
    for attempt in (
        office.bookings.get(owner, a_booking_id()),
        office.bookings.cancel(owner, a_booking_id()),
        office.bookings.resize(owner, a_booking_id(), 1),
    ):
        with pytest.raises(NoSuchBooking):
            await attempt


# Listing


async def test_everybody_is_shown_the_bookings_that_are_theirs_to_see(
    office: BoxOffice, hall: EventId, crew: Staff, ann: UserId, ben: UserId
) -> None:
    elsewhere = await put_on(office)
    anns = [(await office.bookings.book_now(ann, hall, TicketRequest(1))).record.id for _ in range(3)]
    bens = (await office.bookings.book_now(ben, elsewhere, TicketRequest(1))).record.id
    oras = (await office.bookings.book_now(crew.ora.id, elsewhere, TicketRequest(1))).record.id
    await office.bookings.cancel(await identity(office, ann), anns[1])

    async def shown(
        user_id: UserId,
        event_id: EventId | None = None,
        status: BookingStatus | None = None,
        after: BookingId | None = None,
        limit: int = 10,
        *,
        mine: bool = False,
    ) -> list[BookingId]:
        who = await identity(office, user_id)
        return [view.record.id for view in await office.bookings.search(who, event_id, status, after, limit, mine=mine)]

    newest_first = [oras, bens, *reversed(anns)]
    assert await shown(ann) == list(reversed(anns))
    assert await shown(ben) == [bens]
    assert await shown(crew.ora.id) == list(reversed(anns))
    assert await shown(crew.ora.id, mine=True) == [oras]
    assert await shown(crew.otto.id) == []
    assert await shown(crew.root.id) == newest_first
    assert await shown(crew.root.id, mine=True) == []
    assert await shown(crew.root.id, elsewhere) == [oras, bens]
    assert await shown(ann, elsewhere) == []
    assert await shown(ann, status=BookingStatus.CANCELLED) == [anns[1]]
    assert await shown(ann, hall, BookingStatus.ACTIVE) == [anns[2], anns[0]]
    assert await shown(crew.root.id, after=bens, limit=2) == [anns[2], anns[1]]


async def test_the_ticket_types_of_a_page_of_bookings_are_asked_for_at_once(
    office: BoxOffice, ann: UserId, owner: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Asked:
        def __getattr__(self, name: str) -> object:
            asked.append(name)
            return getattr(real, name)

    asked: list[str] = []
    real = office.database.ticket_plans
    for event_id in [await put_on(office) for _ in range(3)]:
        await office.bookings.book_now(ann, event_id, TicketRequest(1))
    office.open()  # a process that knows none of the events yet
    monkeypatch.setattr(office.database, "ticket_plans", Asked())

    views = await office.bookings.search(owner, None, None, None, 10)

    assert len(views) == 3
    assert asked == ["get_all"]


async def test_a_booking_is_shown_whole_although_the_event_grew_just_now(
    office: BoxOffice, hall: EventId, ann: UserId, owner: Identity
) -> None:
    await office.bookings.get(owner, (await office.bookings.book_now(ann, hall, TicketRequest(1))).record.id)
    before = await office.database.ticket_plans.get(hall)
    assert before is not None
    await office.database.ticket_plans.save(hall, lay_out([TicketTypeDraft("Late", 900, quota=5)], [], before))
    await office.holds.grow(hall, 55)

    view = await office.bookings.book_now(ann, hall, TicketRequest(5, 4))

    assert [placed.type.name for placed in view.tickets] == ["Late"] * 5


# Cancelling


async def test_a_cancelled_booking_stays_and_its_tickets_are_free_again(
    office: BoxOffice, hall: EventId, ann: UserId, ben: UserId, owner: Identity
) -> None:
    view = await office.bookings.book_now(ann, hall, these(hall, 1, 2))
    office.clock.advance(timedelta(minutes=1))

    cancelled = await office.bookings.cancel(owner, view.record.id)

    assert (cancelled.record.status, cancelled.record.total) == (BookingStatus.CANCELLED, Money(0, "EUR"))
    assert [placed.ticket.cancelled_at for placed in cancelled.tickets] == [office.clock.now()] * 2
    assert [placed.ticket.price for placed in cancelled.tickets] == [3990, 3990]
    assert cancelled.record.updated_at == office.clock.now()
    assert numbers(await office.bookings.book_now(ben, hall, these(hall, 1, 2))) == [1, 2]
    with pytest.raises(AlreadyCancelled):
        await office.bookings.cancel(owner, view.record.id)
    assert await sold(office, hall) == 2


async def test_a_booking_is_cancelled_once_however_many_ask(
    office: BoxOffice, hall: EventId, ann: UserId, owner: Identity
) -> None:
    view = await office.bookings.book_now(ann, hall, these(hall, 1, 2))

    outcomes = await asyncio.gather(
        *(office.bookings.cancel(owner, view.record.id) for _ in range(10)), return_exceptions=True
    )

    assert {type(outcome) for outcome in outcomes} <= {BookingView, AlreadyCancelled}
    [day] = await office.database.analytics.days(hall)
    assert (day.booked, day.cancelled, day.refunded) == (2, 2, 2 * 3990)
    assert await sold(office, hall) == 0


async def test_nothing_is_added_to_a_cancelled_booking(
    office: BoxOffice, hall: EventId, ann: UserId, owner: Identity
) -> None:
    view = await office.bookings.book_now(ann, hall, these(hall, 1))
    await office.bookings.cancel(owner, view.record.id)

    for attempt in (
        office.bookings.resize(owner, view.record.id, 2),
        office.bookings.add_seat(owner, view.record.id, seats(hall, 2)[0]),
        office.bookings.remove_seat(owner, view.record.id, seats(hall, 1)[0]),
    ):
        with pytest.raises(AlreadyCancelled):
            await attempt

    assert (await held(office, hall), await sold(office, hall)) == (0, 0)


async def test_nothing_is_added_to_a_booking_that_is_cancelled_in_that_moment(
    office: BoxOffice, hall: EventId, ann: UserId, owner: Identity, commits: InterruptedBookings
) -> None:
    async def cancel_first(claim: Claim, commit: Commit) -> Verdict:
        await office.bookings.cancel(owner, view.record.id)
        return await commit(claim)

    view = await office.bookings.book_now(ann, hall, these(hall, 1))
    commits.interruptions += [cancel_first]

    with pytest.raises(AlreadyCancelled):
        await office.bookings.add_seat(owner, view.record.id, seats(hall, 2)[0])

    assert (await office.bookings.get(owner, view.record.id)).record.status is BookingStatus.CANCELLED
    assert (await held(office, hall), await sold(office, hall)) == (0, 0)


async def test_bookings_of_a_cancelled_event_are_cancelled(
    office: BoxOffice, hall: EventId, ann: UserId, owner: Identity
) -> None:
    view = await office.bookings.book_now(ann, hall, TicketRequest(2))

    await office.events.go_on_as(hall, EventStatus.CANCELLED)

    assert (await office.bookings.get(owner, view.record.id)).record.status is BookingStatus.CANCELLED
    with pytest.raises(AlreadyCancelled):
        await office.bookings.cancel(owner, view.record.id)


async def test_a_booking_of_a_postponed_event_can_be_cancelled(
    office: BoxOffice, hall: EventId, ann: UserId, owner: Identity
) -> None:
    view = await office.bookings.book_now(ann, hall, TicketRequest(2))
    await office.events.go_on_as(hall, EventStatus.POSTPONED)

    cancelled = await office.bookings.cancel(owner, view.record.id)

    assert cancelled.record.status is BookingStatus.CANCELLED
    await office.events.go_on_as(hall, EventStatus.PUBLISHED)
    assert await sold(office, hall) == 0
    assert await held(office, hall) == 0


async def test_bookings_of_an_event_that_is_over_stay_as_they_are(
    office: BoxOffice, hall: EventId, ann: UserId, owner: Identity
) -> None:
    view = await office.bookings.book_now(ann, hall, TicketRequest(2))
    await office.events.go_on_as(hall, EventStatus.COMPLETED)

    with pytest.raises(IllegalStatus):
        await office.bookings.cancel(owner, view.record.id)
    with pytest.raises(CancellationClosed):
        await office.sale.cancel(ann, hall, 1)

    assert (await office.bookings.get(owner, view.record.id)).record.status is BookingStatus.ACTIVE


async def test_a_booking_is_cancelled_until_the_deadline_and_then_only_by_who_runs_the_event(
    office: BoxOffice, crew: Staff, ann: UserId, owner: Identity
) -> None:
    deadline = office.clock.now() + timedelta(hours=1)
    event_id = await put_on(office, crew.organization_id, cancellable_until=deadline)
    view = await office.bookings.book_now(ann, event_id, these(event_id, 1, 2, 3, 4, 5))
    guest = await office.counter.book(OPEN_COUNTER, event_id, "guest", 1)
    id_ = view.record.id

    in_time = await office.bookings.remove_seat(owner, id_, seats(event_id, 5)[0])
    office.clock.advance(timedelta(hours=1))
    for attempt in (
        office.bookings.cancel(owner, id_),
        office.bookings.resize(owner, id_, 1),
        office.bookings.remove_seat(owner, id_, seats(event_id, 1)[0]),
        office.sale.cancel(ann, event_id, 1),
        office.counter.cancel(OPEN_COUNTER, guest.record.id),
    ):
        with pytest.raises(CancellationClosed):
            await attempt
    still = await office.bookings.get(owner, id_)
    larger = await office.bookings.resize(owner, id_, 5)
    by_organizer = await office.bookings.remove_seat(await identity(office, crew.ora.id), id_, seats(event_id, 1)[0])
    by_admin = await office.bookings.cancel(await identity(office, crew.root.id), id_)

    assert [len(state.record.standing) for state in (in_time, still, larger, by_organizer, by_admin)] == [4, 4, 5, 4, 0]


async def test_who_runs_an_event_cancels_bookings_of_their_own_at_any_time(office: BoxOffice, crew: Staff) -> None:
    event_id = await put_on(office, crew.organization_id, cancellable_until=office.clock.now())
    views = {
        person.id: await office.bookings.book_now(person.id, event_id, TicketRequest(1))
        for person in (crew.ora, crew.root, crew.otto)
    }

    for person in (crew.ora, crew.root):
        cancelled = await office.bookings.cancel(await identity(office, person.id), views[person.id].record.id)
        assert cancelled.record.status is BookingStatus.CANCELLED
    with pytest.raises(CancellationClosed):  # an organizer of something else
        await office.bookings.cancel(await identity(office, crew.otto.id), views[crew.otto.id].record.id)


async def test_tickets_of_a_postponed_event_can_be_cancelled_by_their_number(
    office: BoxOffice, hall: EventId, ann: UserId, owner: Identity
) -> None:
    view = await office.bookings.book_now(ann, hall, TicketRequest(2))
    await office.events.go_on_as(hall, EventStatus.POSTPONED)

    await office.sale.cancel(ann, hall, 1)

    assert len((await office.bookings.get(owner, view.record.id)).record.standing) == 1


# Changing how many


async def test_a_booking_with_more_tickets_is_still_one(
    office: BoxOffice, hall: EventId, ann: UserId, owner: Identity
) -> None:
    view = await office.bookings.book_now(ann, hall, these(hall, 21, 1))
    office.clock.moment = EARLY_UNTIL

    added = await office.bookings.add_seat(owner, view.record.id, seats(hall, 2)[0])
    more = await office.bookings.resize(owner, view.record.id, 5)

    assert (added.record.id, more.record.id) == (view.record.id, view.record.id)
    assert [placed.type.number for placed in more.tickets] == [STALLS, BALCONY, STALLS, STALLS, STALLS]
    assert more.record.total == Money(3990 + 2990 + 3 * 4990, "EUR")
    assert more.record.code == view.record.code
    assert (more.record.booked_at, more.record.updated_at) == (view.record.booked_at, EARLY_UNTIL)
    assert await office.bookings.search(owner, None, None, None, 10) == [more]
    assert [(booking.id, booking.tickets) for booking in await office.sale.bookings(ann)] == [(view.record.id, 5)]


async def test_a_booking_with_fewer_tickets_has_those_that_were_bought_first(
    office: BoxOffice, hall: EventId, ann: UserId, owner: Identity
) -> None:
    view = await office.bookings.book_now(ann, hall, these(hall, 11, 12))
    office.clock.advance(timedelta(seconds=1))
    await office.bookings.add_seat(owner, view.record.id, seats(hall, 1)[0])

    fewer = await office.bookings.resize(owner, view.record.id, 2)
    same = await office.bookings.resize(owner, view.record.id, 2)

    assert numbers(fewer) == [11, 12]
    assert same == fewer
    assert len(fewer.tickets) == 3
    assert fewer.record.total == Money(2 * 3990, "EUR")


@pytest.mark.parametrize("count", [0, -1])
async def test_a_booking_has_a_ticket_at_least(
    office: BoxOffice, hall: EventId, ann: UserId, owner: Identity, count: int
) -> None:
    view = await office.bookings.book_now(ann, hall, TicketRequest(2))

    with pytest.raises(TooFewTickets):
        await office.bookings.resize(owner, view.record.id, count)

    assert await office.bookings.get(owner, view.record.id) == view


async def test_more_tickets_than_there_are_or_than_one_may_have_are_not_added(
    office: BoxOffice, hall: EventId, limited: EventId, ann: UserId, owner: Identity
) -> None:
    few = await office.bookings.book_now(ann, hall, TicketRequest(2, BALCONY))
    some = await office.bookings.book_now(ann, limited, TicketRequest(2))

    with pytest.raises(TooFewTickets):
        await office.bookings.resize(owner, few.record.id, 11)
    with pytest.raises(OverTicketLimit):
        await office.bookings.resize(owner, some.record.id, 5)

    assert await office.bookings.get(owner, few.record.id) == few
    assert (await held(office, hall), await held(office, limited)) == (0, 0)


async def test_who_asks_many_times_at_once_for_so_many_tickets_gets_so_many(
    office: BoxOffice, hall: EventId, ann: UserId, owner: Identity
) -> None:
    view = await office.bookings.book_now(ann, hall, TicketRequest(2, STANDING))

    views = await asyncio.gather(*(office.bookings.resize(owner, view.record.id, 4) for _ in range(4)))

    assert [len(numbers(view)) for view in views] == [4] * 4
    assert (await held(office, hall), await sold(office, hall)) == (0, 4)


@pytest.mark.parametrize("meanwhile", [3, 4, 5])
async def test_who_asks_again_while_tickets_are_added_buys_none_twice(
    office: BoxOffice, hall: EventId, ann: UserId, commits: InterruptedBookings, meanwhile: int
) -> None:
    owner = await identity(office, ann)
    view = await office.bookings.book_now(ann, hall, TicketRequest(2, STANDING))

    async def be_overtaken(claim: Claim, commit: Commit) -> Verdict:
        await office.bookings.resize(owner, view.record.id, meanwhile)
        return await commit(claim)

    commits.interruptions.append(be_overtaken)
    resized = await office.bookings.resize(owner, view.record.id, 4)

    assert (len(numbers(resized)), len(resized.tickets)) == (4, max(4, meanwhile))
    assert (await held(office, hall), await sold(office, hall)) == (0, 4)


# Single seats


async def test_only_a_free_seat_of_the_event_is_added(
    office: BoxOffice, hall: EventId, ann: UserId, ben: UserId, owner: Identity
) -> None:
    elsewhere = await put_on(office)
    await office.bookings.book_now(ben, hall, these(hall, 2))
    view = await office.bookings.book_now(ann, hall, these(hall, 1))

    for [seat], refusal in [
        (seats(hall, 1), SeatTaken),
        (seats(hall, 2), SeatTaken),
        (seats(hall, 31), NoSuchSeat),
        (seats(elsewhere, 3), NoSuchSeat),
    ]:
        with pytest.raises(refusal):
            await office.bookings.add_seat(owner, view.record.id, seat)

    assert await office.bookings.get(owner, view.record.id) == view


async def test_a_booking_ends_with_its_last_seat(
    office: BoxOffice, hall: EventId, ann: UserId, owner: Identity
) -> None:
    view = await office.bookings.book_now(ann, hall, these(hall, 1, 2))

    one = await office.bookings.remove_seat(owner, view.record.id, seats(hall, 1)[0])
    with pytest.raises(NoSuchSeat):
        await office.bookings.remove_seat(owner, view.record.id, seats(hall, 1)[0])
    none = await office.bookings.remove_seat(owner, view.record.id, seats(hall, 2)[0])

    assert (numbers(one), one.record.status) == ([2], BookingStatus.ACTIVE)
    assert (numbers(none), none.record.status) == ([], BookingStatus.CANCELLED)


async def test_seats_of_other_bookings_are_not_removed(
    office: BoxOffice, hall: EventId, ann: UserId, owner: Identity
) -> None:
    view = await office.bookings.book_now(ann, hall, these(hall, 1))
    await office.bookings.book_now(ann, hall, these(hall, 2))
    elsewhere = await put_on(office)

    for [seat] in (seats(hall, 2), seats(elsewhere, 1), seats(hall, 3)):
        with pytest.raises(NoSuchSeat):
            await office.bookings.remove_seat(owner, view.record.id, seat)

    assert await sold(office, hall) == 2


# Repeating


async def test_a_repeated_request_books_a_reservation_once(office: BoxOffice, hall: EventId, ann: UserId) -> None:
    made = await office.reservations.make(ann, hall, TicketRequest(2))

    views = await asyncio.gather(
        *(office.bookings.book_reservation(ann, made.reservation.id, key_by(ann)) for _ in range(32))
    )
    later = await office.bookings.book_reservation(ann, made.reservation.id, key_by(ann))

    assert [*views, later] == [later] * 33
    assert await sold(office, hall) == 2


@pytest.mark.parametrize("key", ["", "a key"])
async def test_a_reservation_that_is_booked_again_without_the_key_is_the_same_booking(
    office: BoxOffice, hall: EventId, ann: UserId, ben: UserId, key: str
) -> None:
    made = await office.reservations.make(ann, hall, TicketRequest(2))
    view = await office.bookings.book_reservation(ann, made.reservation.id)

    again = await office.bookings.book_reservation(ann, made.reservation.id, key_by(ann, key) if key else None)
    office.holds.events.clear()
    afterwards = await office.bookings.book_reservation(ann, made.reservation.id)
    with pytest.raises(NoSuchReservation):
        await office.bookings.book_reservation(ben, made.reservation.id)

    assert again == afterwards == view
    assert await sold(office, hall) == 2


async def test_a_repeated_request_books_in_one_go_once(office: BoxOffice, limited: EventId, ann: UserId) -> None:
    views = await asyncio.gather(
        *(office.bookings.book_now(ann, limited, TicketRequest(3), key_by(ann)) for _ in range(32))
    )
    later = await office.bookings.book_now(ann, limited, TicketRequest(3), key_by(ann))

    assert [*views, later] == [later] * 33
    assert (await held(office, limited), await sold(office, limited)) == (0, 3)


async def test_a_repeated_request_books_held_tickets_once(office: BoxOffice, hall: EventId, ann: UserId) -> None:
    tickets = await office.sale.reserve(ann, hall, 2)

    views = await asyncio.gather(*(office.bookings.book_tickets(ann, tickets, key_by(ann)) for _ in range(32)))
    later = await office.bookings.book_tickets(ann, tickets, key_by(ann))

    assert [*views, later] == [later] * 33


async def test_a_repeated_request_adds_a_seat_once(
    office: BoxOffice, hall: EventId, ann: UserId, owner: Identity
) -> None:
    view = await office.bookings.book_now(ann, hall, these(hall, 1))
    [seat] = seats(hall, 2)

    views = await asyncio.gather(
        *(office.bookings.add_seat(owner, view.record.id, seat, key_by(ann)) for _ in range(32))
    )
    later = await office.bookings.add_seat(owner, view.record.id, seat, key_by(ann))

    assert [*views, later] == [later] * 33
    assert numbers(later) == [1, 2]


async def test_twins_that_book_are_not_in_each_others_way(
    office: BoxOffice, limited: EventId, ann: UserId, commits: InterruptedBookings
) -> None:
    answers = []

    async def be_overtaken(claim: Claim, commit: Commit) -> Verdict:
        answers.append(await office.bookings.book_now(ann, limited, TicketRequest(3), key_by(ann)))
        return await commit(claim)

    commits.interruptions.append(be_overtaken)
    answers.append(await office.bookings.book_now(ann, limited, TicketRequest(3), key_by(ann)))

    assert answers[0] == answers[1]
    assert (await held(office, limited), await sold(office, limited)) == (0, 3)


async def test_twins_that_add_a_seat_are_not_in_each_others_way(
    office: BoxOffice, limited: EventId, ann: UserId, owner: Identity, commits: InterruptedBookings
) -> None:
    view = await office.bookings.book_now(ann, limited, TicketRequest(3))
    [seat] = seats(limited, 11)
    answers = []

    async def be_overtaken(claim: Claim, commit: Commit) -> Verdict:
        answers.append(await office.bookings.add_seat(owner, view.record.id, seat, key_by(ann)))
        return await commit(claim)

    commits.interruptions.append(be_overtaken)
    answers.append(await office.bookings.add_seat(owner, view.record.id, seat, key_by(ann)))

    assert answers[0] == answers[1]
    assert (await held(office, limited), await sold(office, limited)) == (0, 4)


async def test_a_repeated_request_cancels_once(office: BoxOffice, hall: EventId, ann: UserId, owner: Identity) -> None:
    view = await office.bookings.book_now(ann, hall, these(hall, 1))

    first = await office.bookings.cancel(owner, view.record.id, key_by(ann))
    again = await office.bookings.cancel(owner, view.record.id, key_by(ann))

    assert again == first
    assert first.record.status is BookingStatus.CANCELLED


async def test_a_key_is_for_one_request_of_one_user(
    office: BoxOffice, hall: EventId, ann: UserId, ben: UserId, owner: Identity
) -> None:
    view = await office.bookings.book_now(ann, hall, these(hall, 1), key_by(ann))

    for attempt in (
        office.bookings.book_now(ann, hall, these(hall, 2), key_by(ann, fingerprint=b"something else")),
        office.bookings.cancel(owner, view.record.id, key_by(ann, fingerprint=b"something else")),
        office.bookings.add_seat(owner, view.record.id, seats(hall, 2)[0], key_by(ann, fingerprint=b"something else")),
        office.bookings.book_tickets(ann, seats(hall, 2), key_by(ann, fingerprint=b"something else")),
    ):
        with pytest.raises(IdempotencyKeyReused):
            await attempt
    bens = await office.bookings.book_now(ben, hall, these(hall, 2), key_by(ben))

    assert bens.record.id != view.record.id
    assert (await held(office, hall), await sold(office, hall)) == (0, 2)


async def test_a_request_that_failed_can_be_repeated_with_its_key(
    office: BoxOffice, hall: EventId, ann: UserId, commits: InterruptedBookings
) -> None:
    commits.interruptions.append(refuse)
    with pytest.raises(OverTicketLimit):
        await office.bookings.book_now(ann, hall, these(hall, 1, 2), key_by(ann))

    view = await office.bookings.book_now(ann, hall, these(hall, 1, 2), key_by(ann))
    again = await office.bookings.book_now(ann, hall, these(hall, 1, 2), key_by(ann))

    assert numbers(view) == [1, 2]
    assert again == view


async def test_while_the_database_is_down_nothing_is_booked_and_the_request_can_be_repeated(
    office: BoxOffice, hall: EventId, ann: UserId, commits: InterruptedBookings
) -> None:
    commits.interruptions.append(fail)
    with pytest.raises(StoreWriteFailed):
        await office.bookings.book_now(ann, hall, these(hall, 1, 2), key_by(ann))

    view = await office.bookings.book_now(ann, hall, these(hall, 1, 2), key_by(ann))

    assert numbers(view) == [1, 2]
    assert (await held(office, hall), await sold(office, hall)) == (0, 2)


# The limit


async def test_however_one_asks_at_once_one_has_no_more_tickets_than_the_limit(
    office: BoxOffice, limited: EventId, ann: UserId, owner: Identity
) -> None:
    view = await office.bookings.book_now(ann, limited, these(limited, 1))
    made = await office.reservations.make(ann, limited, these(limited, 2))

    await asyncio.gather(
        *(office.bookings.book_now(ann, limited, TicketRequest(1)) for _ in range(8)),
        *(office.reservations.make(ann, limited, TicketRequest(1)) for _ in range(8)),
        *(office.bookings.add_seat(owner, view.record.id, seat) for seat in seats(limited, *range(11, 19))),
        *(office.reservations.enlarge(ann, made.reservation.id, 1) for _ in range(8)),
        return_exceptions=True,
    )

    assert await held(office, limited) + await sold(office, limited) == 4
