"""Booking what is reserved, and booking in one go."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from booked.domain.errors import (
    NoSuchReservation,
    NotYourTicket,
    OverTicketLimit,
    StoreReadFailed,
    TicketNotReserved,
    TooFewTickets,
    TransactionFailed,
)
from booked.domain.model.ids import BookingId, EventId, UserId, ticket_ids
from booked.domain.model.money import Money
from booked.domain.model.people.users import Identity
from booked.domain.model.programme import former_prices
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.programme.former_prices import PRICE_NOTICE
from booked.domain.model.programme.ticket_types import TicketTypeChanges
from booked.domain.model.programme.times import SalesWindow
from booked.domain.model.sale.bookings import BookingRecord, BookingSearch, BookingStatus, Verdict
from booked.domain.model.sale.holds import Claim
from booked.domain.model.sale.reservations import TicketRequest
from booked.domain.services.programme.plans import USABLE_FOR, PlanCache
from booked.ports.sale import Bookings
from tests.builders import TTL
from tests.services.box_office import CLAIM_TIMEOUT, BoxOffice, InterruptedBookings
from tests.services.sale.commits import Commit, refuse
from tests.services.stage import BALCONY, EARLY_UNTIL, STALLS, Staff, held, numbers, put_on, seats, sold, these

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
    monkeypatch.setattr(former_prices, "PRICE_NOTICE", timedelta(0))
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
    assert view.record.total == Money(2 * 1500, "EUR")
    assert await held(office, hall) == 1


async def test_an_offer_is_booked_by_the_ids_of_its_tickets(
    office: BoxOffice, hall: EventId, ann: UserId, ben: UserId
) -> None:
    await office.buy(ben, hall, 50)
    await office.waitlist.join(ann, hall, 2)
    await office.sale.cancel(ben, hall, 2)
    await office.offers.serve(hall)
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
    [view] = await office.bookings.search(owner, BookingSearch(), None, 10)
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
