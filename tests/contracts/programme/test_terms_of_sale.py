"""The promises of the bookings repository about prices, parts of bookings, the house, and keys."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from booked.domain.model.ids import BookingId, EventId
from booked.domain.model.money import PRICE_MOST, Money
from booked.domain.model.people.users import User
from booked.domain.model.programme.events import Event, EventStatus
from booked.domain.model.programme.seating import Block
from booked.domain.model.programme.ticket_types import EarlyBird, FormerPrice, TicketPlan, TicketType
from booked.domain.model.sale.bookings import BookedTicket, BookingRecord, BookingSearch, Verdict
from booked.domain.model.sale.holds import USUAL, Claim, Terms, house_of
from booked.ports.database import Database
from tests.builders import OPENING, FrozenClock, a_booking_id, a_claim, an_admission, an_event, an_event_id, key_by

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
LONG_AGO, LATE = datetime(2001, 1, 1, tzinfo=UTC), datetime(2199, 1, 1, tzinfo=UTC)


async def event_of(database: Database, event_id: EventId) -> Event:
    found = await database.events.found(event_id)
    assert found is not None
    return found.event


async def revenue_of(database: Database, event_id: EventId) -> int:
    [revenue] = [row.revenue for row in await database.analytics.figures(None, None, 100) if row.event.id == event_id]
    return revenue


async def record_of(database: Database, booking_id: BookingId) -> BookingRecord:
    record = await database.bookings.get(booking_id)
    assert record is not None
    return record


async def prices(database: Database, booking_id: BookingId) -> dict[int, int]:
    return {ticket.number: ticket.price for ticket in (await record_of(database, booking_id)).tickets}


async def sell(database: Database, claim: Claim, terms: Terms = USUAL) -> BookingId:
    """Commit a claim that is expected to succeed."""
    assert await database.bookings.commit(claim, terms) is Verdict.BOOKED
    return claim.booking_id


def house_claim(event_id: EventId, numbers: set[int]) -> Claim:
    return a_claim(event_id, house_of(event_id), numbers)


# Prices


async def test_a_ticket_costs_what_its_type_costs(database: Database, gala: Event, ann: User) -> None:
    booking_id = await sell(database, a_claim(gala.id, ann.id, {9, 10, 11, 12}), Terms(priced_at=OPENING))

    record = await record_of(database, booking_id)
    assert record.tickets == (
        BookedTicket(9, 1, 2000, record.booked_at),
        BookedTicket(10, 1, 2000, record.booked_at),
        BookedTicket(11, 2, 5000, record.booked_at),
        BookedTicket(12, 2, 5000, record.booked_at),
    )
    assert record.total == Money(14_000, "EUR")
    assert await revenue_of(database, gala.id) == 14_000


async def test_each_ticket_costs_what_it_did_when_it_was_reserved_whoever_commits(
    database: Database, gala: Event, ann: User
) -> None:
    claim = a_claim(gala.id, ann.id, {1, 2, 3}, reserved_at=(OPENING - SECOND, OPENING, None))

    booking_id = await sell(database, claim, Terms(priced_at=OPENING - SECOND))

    assert await prices(database, booking_id) == {1: 1500, 2: 2000, 3: 1500}
    assert await revenue_of(database, gala.id) == 5000


@pytest.mark.parametrize(("priced_at", "price"), [(OPENING - SECOND, 1500), (OPENING, 2000), (OPENING + SECOND, 2000)])
async def test_who_reserved_early_pays_the_early_price(
    database: Database, gala: Event, ann: User, priced_at: datetime, price: int
) -> None:
    booking_id = await sell(database, a_claim(gala.id, ann.id, {1, 11}), Terms(priced_at))

    assert await prices(database, booking_id) == {1: price, 11: 5000}


@pytest.mark.parametrize(("until", "price"), [(LONG_AGO, 2000), (LATE, 1500)])
async def test_a_ticket_costs_what_it_costs_now_unless_terms_say_otherwise(
    database: Database, ann: User, until: datetime, price: int
) -> None:
    event, plan = an_event(), an_admission()
    early = TicketType(1, "Stalls", "", 2000, EarlyBird(1500, until), 10)
    await database.events.add(event, TicketPlan((early, plan.types[1]), plan.blocks))

    booking_id = await sell(database, a_claim(event.id, ann.id, {1}))

    assert await prices(database, booking_id) == {1: price}


async def test_a_later_change_of_price_changes_no_booking(database: Database, gala: Event, ann: User) -> None:
    before = await sell(database, a_claim(gala.id, ann.id, {11}))
    dearer = TicketType(2, "Circle", "", 9000, None, 10)
    async with database.transaction() as unit:
        await unit.events.lock(gala.id)
        await unit.ticket_plans.save(gala.id, TicketPlan((an_admission().types[0], dearer), an_admission().blocks))

    after = await sell(database, a_claim(gala.id, ann.id, {12}))

    assert await prices(database, before) == {11: 5000}
    assert await prices(database, after) == {12: 9000}


@pytest.mark.parametrize(
    ("priced_at", "price"),
    [
        (OPENING - MINUTE - SECOND, 700),  # the early price that there was before two changes
        (OPENING - MINUTE, 800),  # the price before two changes
        (OPENING - SECOND, 900),  # the early price that there was before the change
        (OPENING, 1000),  # the price before the change
        (OPENING + MINUTE - SECOND, 1000),
        (OPENING + MINUTE, 1500),  # the early price after the change
        (OPENING + 2 * MINUTE, 2000),
        (None, 1500),
    ],
)
async def test_what_was_reserved_before_a_change_of_price_costs_what_it_did(
    database: Database, clock: FrozenClock, ann: User, priced_at: datetime | None, price: int
) -> None:
    event, plan = an_event(), an_admission()
    first = FormerPrice(800, EarlyBird(700, OPENING - MINUTE), OPENING - SECOND)
    former = FormerPrice(1000, EarlyBird(900, OPENING), OPENING + MINUTE)
    present = EarlyBird(1500, OPENING + 2 * MINUTE)
    if priced_at is None:
        first, former = replace(first, until=LONG_AGO - MINUTE), replace(former, until=LONG_AGO)
        present = replace(present, until=LATE)
    changed = TicketType(1, "Stalls", "", 2000, present, 10, (first, former))
    await database.events.add(event, TicketPlan((changed, plan.types[1]), plan.blocks))

    booking_id = await sell(database, a_claim(event.id, ann.id, {1, 11}), Terms(priced_at))

    assert await prices(database, booking_id) == {1: price, 11: 5000}
    assert changed.price_at(priced_at or clock.now()) == price


async def test_what_is_not_reserved_costs_the_former_price_until_the_new_one_counts(
    database: Database, ann: User
) -> None:
    event, plan = an_event(), an_admission()
    announced = replace(plan.types[1], former=(FormerPrice(900, None, LATE),))
    await database.events.add(event, TicketPlan((plan.types[0], announced), plan.blocks))

    booking_id = await sell(database, a_claim(event.id, ann.id, {11}))

    assert await prices(database, booking_id) == {11: 900}
    found = await database.events.found(event.id)
    assert found is not None
    assert found.lowest_price == 900


async def test_the_highest_price_is_sold_counted_and_refunded_whatever_it_adds_up_to(
    database: Database, ann: User
) -> None:
    event = an_event(seats=100)
    dearest = TicketType(1, "Box", "", PRICE_MOST, EarlyBird(PRICE_MOST - 1, LONG_AGO), 100)
    await database.events.add(event, TicketPlan((dearest,), (Block(1, 100, 1),)))

    found = await database.events.found(event.id)

    booking_id = await sell(database, a_claim(event.id, ann.id, set(range(1, 101))))

    assert set((await prices(database, booking_id)).values()) == {PRICE_MOST}
    [figures] = await database.analytics.figures(None, None, 1)
    [day] = await database.analytics.days(event.id)
    assert found is not None
    assert (found.lowest_price, found.highest_price) == (PRICE_MOST, PRICE_MOST)
    assert figures.revenue == day.revenue == 100 * PRICE_MOST
    async with database.transaction() as unit:
        await unit.events.lock(event.id)
        await unit.bookings.cancel(event.id, ann.id, range(1, 101))
    [figures] = await database.analytics.figures(None, None, 1)
    [day] = await database.analytics.days(event.id)
    assert (figures.revenue, day.refunded) == (0, 100 * PRICE_MOST)


async def test_what_was_paid_is_refunded_when_tickets_are_cancelled(
    database: Database, gala: Event, ann: User, ben: User
) -> None:
    await sell(database, a_claim(gala.id, ann.id, {1, 2, 11}), Terms(priced_at=OPENING))
    await sell(database, a_claim(gala.id, ben.id, {3, 12}), Terms(priced_at=LONG_AGO))

    await database.bookings.cancel(gala.id, ann.id, [2, 11])
    once_cancelled = await revenue_of(database, gala.id)
    await database.bookings.cancel(gala.id, ann.id, [2, 11])
    twice_cancelled = await revenue_of(database, gala.id)
    async with database.transaction() as unit:
        await unit.events.lock(gala.id)
        await unit.bookings.cancel_all(gala.id)
        await unit.events.set_status(gala.id, EventStatus.CANCELLED)

    assert once_cancelled == twice_cancelled == 2000 + 1500 + 5000
    assert await revenue_of(database, gala.id) == 0


async def test_buyers_of_every_type_in_one_rush_are_all_counted(database: Database, gala: Event, ann: User) -> None:
    claims = [a_claim(gala.id, ann.id, {number}) for number in range(1, 21)]

    await asyncio.gather(*(database.bookings.commit(claim, Terms(priced_at=OPENING)) for claim in claims))

    assert (await event_of(database, gala.id)).sold == 20
    assert await revenue_of(database, gala.id) == 10 * 2000 + 10 * 5000
    assert {(day.type_number, day.booked, day.revenue) for day in await database.analytics.days(gala.id)} == {
        (1, 10, 20_000),
        (2, 10, 50_000),
    }


# Parts


async def test_a_part_belongs_to_the_booking_that_it_was_added_to(database: Database, gala: Event, ann: User) -> None:
    whole = await sell(database, a_claim(gala.id, ann.id, {1, 2}), Terms(priced_at=OPENING))

    part = await sell(database, a_claim(gala.id, ann.id, {11}), Terms(part_of=whole))

    record = await record_of(database, whole)
    assert [ticket.number for ticket in record.tickets] == [1, 2, 11]
    assert record.total == Money(9000, "EUR")
    assert await database.bookings.get(part) is None
    assert [(row.id, row.tickets) for row in await database.bookings.of_user(ann.id)] == [(whole, 3)]
    assert await database.bookings.search(BookingSearch(), None, 10) == [record]
    assert await database.bookings.owning(gala.id, ann.id, [11]) == whole


async def test_a_part_counts_once_however_often_it_is_committed(database: Database, gala: Event, ann: User) -> None:
    whole = await sell(database, a_claim(gala.id, ann.id, {1}))
    part = a_claim(gala.id, ann.id, {2, 3})

    verdicts = await asyncio.gather(*(database.bookings.commit(part, Terms(part_of=whole)) for _ in range(8)))

    assert set(verdicts) == {Verdict.BOOKED}
    assert [row.tickets for row in await database.bookings.of_user(ann.id)] == [3]
    assert (await event_of(database, gala.id)).sold == 3


async def test_a_voided_part_is_never_added(database: Database, gala: Event, ann: User) -> None:
    whole = await sell(database, a_claim(gala.id, ann.id, {1}))
    part = a_claim(gala.id, ann.id, {2})
    await database.bookings.void(part)

    assert await database.bookings.commit(part, Terms(part_of=whole)) is Verdict.VOID
    assert [row.tickets for row in await database.bookings.of_user(ann.id)] == [1]


async def test_nothing_is_added_to_what_is_not_a_booking_of_the_user_at_the_event(
    database: Database, gala: Event, show: Event, ann: User, ben: User
) -> None:
    anns = await sell(database, a_claim(gala.id, ann.id, {1}))
    blocked = await sell(database, house_claim(gala.id, {19}))
    voided = a_claim(gala.id, ann.id, {18})
    await database.bookings.void(voided)
    wrong = [
        await sell(database, a_claim(gala.id, ben.id, {2})),
        await sell(database, a_claim(show.id, ann.id, {3})),
        await sell(database, a_claim(gala.id, ann.id, {4}), Terms(part_of=anns)),
        blocked,
        voided.booking_id,
        a_booking_id(),
    ]
    before = await event_of(database, gala.id)
    claims = [a_claim(gala.id, ann.id, {5}) for _ in wrong]

    verdicts = [
        await database.bookings.commit(claim, Terms(part_of=whole, idempotency_key=key_by(ann.id)))
        for claim, whole in zip(claims, wrong, strict=True)
    ]
    of_house = await database.bookings.commit(house_claim(gala.id, {5}), Terms(part_of=blocked))

    assert {*verdicts, of_house} == {Verdict.NO_SUCH_BOOKING}
    assert await event_of(database, gala.id) == before
    assert await database.idempotency_keys.find(key_by(ann.id)) is None
    assert await database.bookings.commit(claims[0], Terms(part_of=anns)) is Verdict.BOOKED


async def test_nothing_is_added_to_a_booking_that_is_cancelled(database: Database, gala: Event, ann: User) -> None:
    whole = await sell(database, a_claim(gala.id, ann.id, {1}))
    await sell(database, a_claim(gala.id, ann.id, {2}), Terms(part_of=whole))
    await database.bookings.cancel(gala.id, ann.id, [1])
    last = a_claim(gala.id, ann.id, {3})
    await sell(database, last, Terms(part_of=whole))  # a part of it still stands
    await database.bookings.cancel(gala.id, ann.id, [2, 3])
    late = a_claim(gala.id, ann.id, {4})

    verdicts = [await database.bookings.commit(claim, Terms(part_of=whole)) for claim in (late, last)]

    assert verdicts == [Verdict.NO_SUCH_BOOKING, Verdict.BOOKED]
    assert (await event_of(database, gala.id)).sold == 0
    assert await database.bookings.of_user(ann.id) == []
    assert await database.bookings.commit(late) is Verdict.BOOKED


async def test_parts_count_towards_the_limit(database: Database, ann: User) -> None:
    event = an_event(ticket_limit=4)
    await database.events.add(event)
    whole = await sell(database, a_claim(event.id, ann.id, {1, 2}))
    parts = [a_claim(event.id, ann.id, {number}) for number in range(3, 11)]

    verdicts = await asyncio.gather(*(database.bookings.commit(part, Terms(part_of=whole)) for part in parts))

    assert Counter(verdicts) == {Verdict.BOOKED: 2, Verdict.OVER_LIMIT: 6}
    assert [row.tickets for row in await database.bookings.of_user(ann.id)] == [4]


async def test_a_booking_lives_as_long_as_a_ticket_of_one_of_its_parts(
    database: Database, gala: Event, ann: User
) -> None:
    whole = await sell(database, a_claim(gala.id, ann.id, {1, 2}))
    await sell(database, a_claim(gala.id, ann.id, {3, 4}), Terms(part_of=whole))

    await database.bookings.cancel(gala.id, ann.id, [1, 2, 3])
    partly = [row.tickets for row in await database.bookings.of_user(ann.id)]
    await database.bookings.cancel(gala.id, ann.id, [4])

    assert partly == [1]
    assert await database.bookings.of_user(ann.id) == []


async def test_a_ticket_that_was_cancelled_can_come_back_as_a_part(database: Database, gala: Event, ann: User) -> None:
    whole = await sell(database, a_claim(gala.id, ann.id, {1, 2}))
    await database.bookings.cancel(gala.id, ann.id, [2])

    await sell(database, a_claim(gala.id, ann.id, {2}), Terms(part_of=whole))

    record = await record_of(database, whole)
    assert [(ticket.number, ticket.cancelled_at is None) for ticket in record.tickets] == [
        (1, True),
        (2, False),
        (2, True),
    ]
    assert [row.tickets for row in await database.bookings.of_user(ann.id)] == [2]


# The house


async def test_a_blocked_ticket_is_nobodys_and_costs_nothing(database: Database, gala: Event, ann: User) -> None:
    claim = house_claim(gala.id, {1, 11})

    verdicts = [await database.bookings.commit(claim) for _ in range(2)]

    event = await event_of(database, gala.id)
    assert verdicts == [Verdict.BOOKED] * 2
    assert (event.sold, event.blocked, await revenue_of(database, gala.id)) == (2, 2, 0)
    assert await database.bookings.owned(gala.id, house_of(gala.id)) == {1, 11}
    assert await database.bookings.get(claim.booking_id) is None
    assert await database.bookings.search(BookingSearch(), None, 10) == []
    assert await database.analytics.days(gala.id) == []
    assert await database.bookings.commit(a_claim(gala.id, ann.id, {11})) is Verdict.ALREADY_SOLD


async def test_a_sold_ticket_cannot_be_blocked(database: Database, gala: Event, ann: User) -> None:
    await sell(database, a_claim(gala.id, ann.id, {1}))

    assert await database.bookings.commit(house_claim(gala.id, {1, 2})) is Verdict.ALREADY_SOLD
    assert (await event_of(database, gala.id)).blocked == 0


async def test_of_a_block_and_a_sale_at_once_one_gets_the_ticket(database: Database, gala: Event, ann: User) -> None:
    pairs = [(house_claim(gala.id, {number}), a_claim(gala.id, ann.id, {number})) for number in range(1, 21)]
    claims = [claim for place, pair in enumerate(pairs) for claim in (pair if place % 2 else pair[::-1])]

    verdicts = await asyncio.gather(*map(database.bookings.commit, claims))

    assert Counter(verdicts) == {Verdict.BOOKED: 20, Verdict.ALREADY_SOLD: 20}
    event, owned = await event_of(database, gala.id), await database.bookings.owned(gala.id, ann.id)
    assert (event.sold, event.blocked) == (20, 20 - len(owned))


async def test_no_limit_binds_the_house(database: Database, ann: User) -> None:
    event = an_event(ticket_limit=2)
    await database.events.add(event)

    await sell(database, house_claim(event.id, set(range(1, 11))))

    assert await database.bookings.commit(a_claim(event.id, ann.id, {11, 12, 13})) is Verdict.OVER_LIMIT
    sold = await database.ledgers.sold_tickets(event.id)
    assert sold is not None
    assert (list(sold.ranges), list(sold.per_user)) == ([(1, 10)], [])


async def test_an_unblocked_ticket_was_never_sold_and_can_be(database: Database, gala: Event, ann: User) -> None:
    await sell(database, house_claim(gala.id, {1, 2, 3}))

    release = await database.bookings.cancel(gala.id, house_of(gala.id), [2, 3, 4])

    event = await event_of(database, gala.id)
    assert (release.user_id, release.numbers, release.number) == (house_of(gala.id), (2, 3), 1)
    assert (event.sold, event.blocked) == (1, 1)
    assert await database.analytics.days(gala.id) == []
    assert [(row.booked, row.cancelled) for row in await database.analytics.cancellations()] == [(0, 0)]
    assert await database.bookings.commit(a_claim(gala.id, ann.id, {2})) is Verdict.BOOKED


async def test_a_cancelled_event_has_nothing_blocked(database: Database, gala: Event, ann: User) -> None:
    await sell(database, house_claim(gala.id, {1, 2, 3}))
    await sell(database, a_claim(gala.id, ann.id, {4}), Terms(priced_at=OPENING))

    async with database.transaction() as unit:
        await unit.events.lock(gala.id)
        await unit.bookings.cancel_all(gala.id)
        await unit.events.set_status(gala.id, EventStatus.CANCELLED)

    event = await event_of(database, gala.id)
    assert (event.sold, event.blocked, await revenue_of(database, gala.id)) == (0, 0, 0)
    assert await database.bookings.owned(gala.id, house_of(gala.id)) == frozenset()
    [day] = await database.analytics.days(gala.id)
    assert (day.booked, day.cancelled, day.revenue, day.refunded) == (1, 1, 2000, 2000)


async def test_a_claim_of_the_house_can_be_voided_unless_it_was_committed(database: Database, gala: Event) -> None:
    voided, committed = house_claim(gala.id, {1}), house_claim(gala.id, {2})
    await database.bookings.commit(committed)

    assert [await database.bookings.void(claim) for claim in (voided, committed)] == [Verdict.VOID, Verdict.BOOKED]
    assert await database.bookings.commit(voided) is Verdict.VOID
    assert await database.bookings.owned(gala.id, house_of(gala.id)) == {2}


async def test_nobody_blocks_tickets_of_an_event_that_is_not_on_sale(database: Database) -> None:
    assert await database.bookings.commit(house_claim(an_event_id(), {1})) is Verdict.WITHDRAWN


# Keys


async def test_a_key_is_remembered_with_the_booking_that_its_request_made(
    database: Database, gala: Event, ann: User
) -> None:
    whole = await sell(database, a_claim(gala.id, ann.id, {1}), Terms(idempotency_key=key_by(ann.id)))
    more = key_by(ann.id, "another key", b"to add a ticket")
    await sell(database, a_claim(gala.id, ann.id, {2}), Terms(part_of=whole, idempotency_key=more))

    assert await database.idempotency_keys.find(key_by(ann.id)) == whole
    assert await database.idempotency_keys.find(more) == whole


async def test_of_all_requests_with_a_key_one_books(database: Database, gala: Event, ann: User, ben: User) -> None:
    twins = [a_claim(gala.id, ann.id, {number}) for number in range(1, 11)]
    others = [a_claim(gala.id, ben.id, {number}) for number in range(11, 21)]

    verdicts = await asyncio.gather(
        *(
            database.bookings.commit(claim, terms)
            for twin, other in zip(twins, others, strict=True)
            for claim, terms in ((twin, Terms(idempotency_key=key_by(ann.id))), (other, USUAL))
        )
    )

    assert Counter(verdicts[::2]) == {Verdict.BOOKED: 1, Verdict.DONE_BEFORE: 9}
    assert set(verdicts[1::2]) == {Verdict.BOOKED}
    [booking] = await database.bookings.of_user(ann.id)
    assert await database.idempotency_keys.find(key_by(ann.id)) == booking.id
    assert (await event_of(database, gala.id)).sold == 11


async def test_a_key_is_a_users_own(database: Database, gala: Event, ann: User, ben: User) -> None:
    await sell(database, a_claim(gala.id, ann.id, {1}), Terms(idempotency_key=key_by(ann.id)))

    assert await database.idempotency_keys.find(key_by(ben.id)) is None
    assert (
        await database.bookings.commit(a_claim(gala.id, ben.id, {2}), Terms(idempotency_key=key_by(ben.id)))
        is Verdict.BOOKED
    )


async def test_a_claim_with_a_key_can_be_committed_again(database: Database, gala: Event, ann: User) -> None:
    claim = a_claim(gala.id, ann.id, {1})

    verdicts = await asyncio.gather(
        *(database.bookings.commit(claim, Terms(idempotency_key=key_by(ann.id))) for _ in range(8))
    )

    assert set(verdicts) == {Verdict.BOOKED}
    assert (await event_of(database, gala.id)).sold == 1


async def test_a_request_that_was_done_before_hears_so_whatever_else_stands_against_it(
    database: Database, ann: User
) -> None:
    event = an_event(ticket_limit=2)
    await database.events.add(event)
    await sell(database, a_claim(event.id, ann.id, {1, 2}), Terms(idempotency_key=key_by(ann.id)))
    sold, over_limit = a_claim(event.id, ann.id, {1}), a_claim(event.id, ann.id, {3})
    stale, unknown = a_claim(event.id, ann.id, {3}, epoch=7), a_claim(an_event_id(), ann.id, {3})

    verdicts = [
        await database.bookings.commit(claim, Terms(part_of=part_of, idempotency_key=key_by(ann.id)))
        for claim, part_of in (
            (sold, None),
            (over_limit, None),
            (stale, None),
            (unknown, None),
            (over_limit, a_booking_id()),
        )
    ]

    assert verdicts == [Verdict.DONE_BEFORE] * 5


async def test_a_refused_claim_uses_no_key(database: Database, gala: Event, ann: User, ben: User) -> None:
    await sell(database, a_claim(gala.id, ben.id, {1}))

    assert (
        await database.bookings.commit(a_claim(gala.id, ann.id, {1}), Terms(idempotency_key=key_by(ann.id)))
        is Verdict.ALREADY_SOLD
    )
    assert await database.idempotency_keys.find(key_by(ann.id)) is None
    assert (
        await database.bookings.commit(a_claim(gala.id, ann.id, {2}), Terms(idempotency_key=key_by(ann.id)))
        is Verdict.BOOKED
    )


async def test_a_key_of_who_blocks_a_seat_is_their_own(database: Database, gala: Event, ann: User) -> None:
    claim = house_claim(gala.id, {1})

    await sell(database, claim, Terms(idempotency_key=key_by(ann.id)))

    assert await database.idempotency_keys.find(key_by(ann.id)) == claim.booking_id
    assert (
        await database.bookings.commit(house_claim(gala.id, {2}), Terms(idempotency_key=key_by(ann.id)))
        is Verdict.DONE_BEFORE
    )
