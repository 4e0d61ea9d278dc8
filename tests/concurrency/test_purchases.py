"""Races of what is bought on terms, blocked, and given back by number; each guard with its control."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import asyncpg
import pytest

from booked.adapters.postgres.sale import commit_statements
from booked.adapters.postgres.statements import PoolStatements
from booked.adapters.redis.store import RedisHoldStore
from booked.domain.errors import NoSuchBooking, NotYourTicket, OverTicketLimit, StoreError, TicketNotReserved
from booked.domain.model.ids import BookingId, EventId, UserId, number_of
from booked.domain.model.sale.bookings import BookingRecord, OwnedTicket, Verdict
from booked.domain.model.sale.cancellations import CancellationOrder
from booked.domain.model.sale.holds import Claim, Terms, house_of
from booked.domain.model.sale.idempotency import IdempotencyKey
from booked.domain.model.sale.reservations import TicketRequest
from booked.domain.services.sale import reservations
from booked.domain.services.sale.sales import SaleService
from tests.builders import OPENING, TTL, a_claim, a_user_id, an_admission, an_event, key_by
from tests.concurrency.conftest import OpenProcess
from tests.concurrency.processes import Gate, Process, Truth, agrees, together
from tests.guards import Guards

AT_FULL_PRICE = Terms(priced_at=OPENING)


async def a_gala(process: Process) -> EventId:
    """An event of twenty priced tickets that the hold store knows."""
    event = an_event(name="Gala")
    await process.database.events.add(event, an_admission())
    await process.inventory.repair(event.id)
    return event.id


async def hold(process: Process, user_id: UserId, event_id: EventId, count: int = 1) -> list[int]:
    return [number_of(ticket) for ticket in await process.sale.reserve(user_id, event_id, count)]


async def revenue_of(truth: Truth, event_id: EventId) -> tuple[int, int]:
    """What the event has earned by its own counter, and by its days."""
    own = await truth.connection.fetchval("SELECT revenue FROM events WHERE id = $1", event_id)
    days = await truth.connection.fetchval(
        "SELECT coalesce(sum(revenue - refunded), 0)::bigint FROM event_quarters WHERE event_id = $1", event_id
    )
    return own, days


# One key, many requests


async def requests_with_one_key(open_process: OpenProcess) -> tuple[EventId, list[object]]:
    """32 requests of one user in two processes, with one key, each for a ticket that it holds already."""
    processes = [await open_process() for _ in range(2)]
    event_id = await processes[0].event(seats=40)
    [ann] = await processes[0].people(1)
    numbers = await hold(processes[0], ann, event_id, 32)
    results = await together(
        [
            processes[place % 2].sale.buy(ann, event_id, [number], Terms(idempotency_key=key_by(ann)))
            for place, number in enumerate(numbers)
        ]
    )
    assert await agrees(processes[0], event_id)
    return event_id, results


async def test_32_parallel_requests_with_one_key_make_one_booking(open_process: OpenProcess, truth: Truth) -> None:
    event_id, results = await requests_with_one_key(open_process)

    assert len(set(results)) == 1
    assert isinstance(results[0], str)
    assert len(await truth.sold(event_id)) == 1


async def test_control_without_the_key_of_keys_they_make_many(
    open_process: OpenProcess, truth: Truth, guards: Guards
) -> None:
    guards.remove("used key")
    await truth.connection.execute("ALTER TABLE idempotency_keys DROP CONSTRAINT idempotency_keys_pkey")

    event_id, results = await requests_with_one_key(open_process)

    assert len(set(results)) > 1
    assert len(await truth.sold(event_id)) > 1


async def test_a_twin_is_not_the_undoing_of_those_who_are_booked_with_it(process: Process, truth: Truth) -> None:
    event_id = await process.event(seats=40)
    ann, *others = await process.people(17)
    twins = await hold(process, ann, event_id, 16)
    tickets = {user: await hold(process, user, event_id) for user in others}

    results = await together(
        [process.sale.buy(ann, event_id, [number], Terms(idempotency_key=key_by(ann))) for number in twins]
        + [process.sale.buy(user, event_id, numbers) for user, numbers in tickets.items()]
    )

    assert len(set(results[:16])) == 1
    assert len(set(results[16:])) == 16
    assert len(await truth.sold(event_id)) == 17


async def test_a_purchase_is_not_refused_while_its_second_reservation_is_just_being_booked(
    open_process: OpenProcess, truth: Truth
) -> None:
    slow, quick = await open_process(), await open_process()
    event_id, [ann] = await slow.event(seats=1), await slow.people(1)
    key = key_by(ann)
    gone = await slow.reservations.make(ann, event_id, TicketRequest(1), key)
    await slow.reservations.give_back(ann, gone.reservation.id)
    gate = Gate(slow.database.bookings, "commit")
    first = asyncio.create_task(slow.bookings.book_now(ann, event_id, TicketRequest(1), key))
    await gate.reached.wait()

    repeated = await quick.bookings.book_now(ann, event_id, TicketRequest(1), key)
    gate.open()

    assert repeated.record.id == (await first).record.id
    assert await truth.sold(event_id) == [1]


async def test_a_purchase_goes_on_when_its_reservations_were_gone_too_often(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reservations, "MADE_AGAIN_MOST", 1)
    event_id, [ann] = await process.event(seats=1), await process.people(1)
    key = key_by(ann)
    gone = await process.reservations.make(ann, event_id, TicketRequest(1), key)
    await process.reservations.give_back(ann, gone.reservation.id)

    made = await process.bookings.book_now(ann, event_id, TicketRequest(1), key)

    assert [ticket.number for ticket in made.record.standing] == [1]


@dataclass(slots=True)
class Batches:
    """How many sales each statement has carried."""

    sizes: list[int]


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> Batches:
    seen = Batches([])
    write = PoolStatements.write

    async def count(session: PoolStatements, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        if commit_statements.BOOKING in statement:
            booking_ids, *_ = arguments
            seen.sizes.append(len(booking_ids))
        return await write(session, statement, *arguments)

    monkeypatch.setattr(PoolStatements, "write", count)
    return seen


async def commit_at_once(process: Process, key: IdempotencyKey, twins: int) -> list[Verdict]:
    """The verdicts on so many sales with one key, and on 16 others of the same moment."""
    event_id = await process.event(seats=40)
    users = await process.people(17)
    claims = [a_claim(event_id, users[0], {number}) for number in range(1, twins + 1)]
    others = [a_claim(event_id, user, {number}) for number, user in enumerate(users[1:], start=21)]
    commit = process.database.bookings.commit
    return await asyncio.gather(
        *(commit(claim, Terms(idempotency_key=key)) for claim in claims), *(commit(claim) for claim in others)
    )


async def test_of_two_with_one_key_only_the_second_is_committed_alone(process: Process, batches: Batches) -> None:
    verdicts = await commit_at_once(process, key_by(a_user_id()), twins=2)

    assert verdicts == [Verdict.BOOKED, Verdict.DONE_BEFORE, *[Verdict.BOOKED] * 16]
    assert batches.sizes == [17, 1]


async def test_a_key_that_was_used_before_undoes_no_batch(process: Process, batches: Batches) -> None:
    key = key_by(a_user_id())
    await commit_at_once(process, key, twins=1)

    verdicts = await commit_at_once(process, key, twins=1)

    assert verdicts == [Verdict.DONE_BEFORE, *[Verdict.BOOKED] * 16]
    assert batches.sizes == [17, 17]


async def test_control_without_a_look_at_used_keys_batches_are_halved(
    process: Process, batches: Batches, guards: Guards
) -> None:
    guards.remove("used key")
    key = key_by(a_user_id())
    await commit_at_once(process, key, twins=1)

    await commit_at_once(process, key, twins=1)

    assert batches.sizes == [17, 17, 8, 4, 2, 1, 1, 2, 4, 9]


@dataclass(frozen=True, slots=True)
class Shared:
    """What became of an addition with a key, while another request booked the same tickets."""

    whole: BookingId
    added: object
    other: object
    remembered: list[str | None]  # the bookings that the addition's and the other request's keys stand for
    booking: BookingRecord


async def added_while_another_books(open_process: OpenProcess) -> Shared:
    """Ann adds a ticket to a booking; before the commit, another request of hers books the ticket by its number."""
    first, second = await open_process(), await open_process()
    event_id = await a_gala(first)
    [ann] = await first.people(1)
    whole = await first.sale.buy(ann, event_id, await hold(first, ann, event_id))
    numbers = await hold(first, ann, event_id)
    addition, purchase = key_by(ann, "an addition"), key_by(ann, "a purchase")
    gate = Gate(first.database.bookings, "commit")
    adding = asyncio.create_task(first.sale.buy(ann, event_id, numbers, Terms(part_of=whole, idempotency_key=addition)))
    await gate.reached.wait()

    [other] = await together([second.sale.buy(ann, event_id, numbers, Terms(idempotency_key=purchase))])
    gate.open()
    [added] = await together([adding])

    booking = await first.database.bookings.get(whole)
    assert booking is not None
    assert await agrees(first, event_id)
    keys = first.database.idempotency_keys
    return Shared(whole, added, other, [await keys.find(addition), await keys.find(purchase)], booking)


async def test_a_claim_is_committed_on_the_terms_of_the_request_that_made_it(open_process: OpenProcess) -> None:
    shared = await added_while_another_books(open_process)

    assert shared.added == shared.other == shared.whole
    assert len(shared.booking.standing) == 2
    assert shared.remembered == [shared.whole, None]


async def test_control_on_the_terms_of_whoever_commits_it_an_addition_is_none(
    open_process: OpenProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = RedisHoldStore.claim

    async def on_own_terms(self: RedisHoldStore, *arguments: Any) -> Claim:
        *_, terms = arguments
        return replace(await claim(self, *arguments), terms=terms)

    monkeypatch.setattr(RedisHoldStore, "claim", on_own_terms)

    shared = await added_while_another_books(open_process)

    assert shared.added == shared.whole, "told that it was added"
    assert len(shared.booking.standing) == 1
    assert shared.remembered[0] is None


async def test_who_shares_a_claim_that_cannot_be_committed_books_on_their_own_terms(open_process: OpenProcess) -> None:
    first, second = await open_process(), await open_process()
    event_id = await a_gala(first)
    [ann] = await first.people(1)
    bought = await hold(first, ann, event_id)
    whole = await first.sale.buy(ann, event_id, bought)
    numbers = await hold(first, ann, event_id)
    gate = Gate(first.database.bookings, "commit")
    adding = asyncio.create_task(first.sale.buy(ann, event_id, numbers, Terms(part_of=whole)))
    await gate.reached.wait()
    await second.sale.release(event_id, ann, [OwnedTicket(whole, bought[0])])

    [other] = await together([second.sale.buy(ann, event_id, numbers)])
    gate.open()
    await together([adding])

    assert isinstance(other, str)
    assert other != whole
    record = await first.database.bookings.get(BookingId(other))
    assert record is not None
    assert [ticket.number for ticket in record.standing] == numbers


async def test_an_event_may_bring_in_more_than_a_bigint_has_room_for(process: Process, truth: Truth) -> None:
    event_id = await a_gala(process)
    [ann] = await process.people(1)
    most = 2**63 - 1
    await truth.connection.execute("UPDATE events SET revenue = $2 WHERE id = $1", event_id, most)
    await truth.connection.execute(
        "INSERT INTO event_quarters (event_id, since, type_number, revenue) VALUES ($1, quarter_of(now()), 1, $2)",
        event_id,
        most,
    )

    await process.sale.buy(ann, event_id, await hold(process, ann, event_id))

    [figures] = await process.database.analytics.figures(None, None, 1)
    [day] = await process.database.analytics.days(event_id)
    assert figures.revenue == day.revenue > most


# Additions and the limit


async def additions(open_process: OpenProcess, truth: Truth) -> tuple[EventId, list[object]]:
    """32 tickets that two processes add at once to a booking of one; four are allowed, but the hold store forgot."""
    processes = [await open_process() for _ in range(2)]
    event_id = await processes[0].event(seats=40)
    [ann] = await processes[0].people(1)
    whole = await processes[0].sale.buy(ann, event_id, await hold(processes[0], ann, event_id))
    numbers = await hold(processes[0], ann, event_id, 32)
    await truth.connection.execute("UPDATE events SET ticket_limit = 4 WHERE id = $1", event_id)
    results = await together(
        [
            processes[place % 2].sale.buy(ann, event_id, [number], Terms(part_of=whole))
            for place, number in enumerate(numbers)
        ]
    )
    assert {result for result in results if isinstance(result, str)} == {whole}
    return event_id, results


async def test_32_parallel_additions_stay_within_the_limit(open_process: OpenProcess, truth: Truth) -> None:
    event_id, results = await additions(open_process, truth)

    assert sum(isinstance(result, OverTicketLimit) for result in results) == 29
    assert len(await truth.sold(event_id)) == 4
    standing = "SELECT standing FROM bookings WHERE event_id = $1 AND part_of IS NULL AND status = 'booked'"
    assert await truth.connection.fetchval(standing, event_id) == 4


async def test_control_without_the_constraint_additions_pass_the_limit(open_process: OpenProcess, truth: Truth) -> None:
    await truth.connection.execute("ALTER TABLE event_buyers DROP CONSTRAINT event_buyers_within_limit")

    event_id, _ = await additions(open_process, truth)

    assert len(await truth.sold(event_id)) == 33


# Many requests of a user and the limit of a ticket type


async def buy_at_once(open_process: OpenProcess, truth: Truth) -> tuple[EventId, list[object]]:
    """32 tickets of a type that a user holds and books at once in two processes; four are allowed."""
    processes = [await open_process() for _ in range(2)]
    event_id = await processes[0].event(seats=40)
    [ann] = await processes[0].people(1)
    numbers = await hold(processes[0], ann, event_id, 32)
    await truth.connection.execute("UPDATE events SET type_limits = '{4}' WHERE id = $1", event_id)
    buying = [processes[place % 2].sale.buy(ann, event_id, [number]) for place, number in enumerate(numbers)]
    return event_id, await together(buying)


async def test_32_parallel_purchases_stay_within_the_limit_of_a_type(open_process: OpenProcess, truth: Truth) -> None:
    event_id, results = await buy_at_once(open_process, truth)

    assert sum(isinstance(result, OverTicketLimit) for result in results) == 28
    assert len(await truth.sold(event_id)) == 4


async def test_control_without_its_count_purchases_pass_the_limit_of_a_type(
    open_process: OpenProcess, truth: Truth, guards: Guards
) -> None:
    guards.remove("limit of a type", "tickets = excluded.tickets")

    event_id, _ = await buy_at_once(open_process, truth)

    assert len(await truth.sold(event_id)) == 32


async def buy_while_a_limit_comes(open_process: OpenProcess, truth: Truth) -> tuple[EventId, object]:
    """Ann's purchase of two tickets waits for the event, of whose type she may have one as soon as the lock is free."""
    process = await open_process()
    event_id = await process.event(seats=2)
    [ann] = await process.people(1)
    numbers = await hold(process, ann, event_id, 2)
    async with truth.connection.transaction():
        await truth.connection.execute("UPDATE events SET type_limits = '{1}' WHERE id = $1", event_id)
        buying = asyncio.create_task(process.sale.buy(ann, event_id, numbers))
        await truth.wait_for_blocked_backends()
    [bought] = await together([buying])
    return event_id, bought


async def test_a_limit_holds_that_came_while_a_purchase_waited(open_process: OpenProcess, truth: Truth) -> None:
    event_id, bought = await buy_while_a_limit_comes(open_process, truth)

    assert isinstance(bought, OverTicketLimit)
    assert await truth.sold(event_id) == []


async def test_control_a_limit_that_came_while_a_purchase_waited_is_overlooked(
    open_process: OpenProcess, truth: Truth, guards: Guards
) -> None:
    guards.remove("no limit is overlooked")

    event_id, _ = await buy_while_a_limit_comes(open_process, truth)

    assert await truth.sold(event_id) == [1, 2]


# Adding to a booking in the moment it is cancelled


async def add_to_what_is_being_cancelled(open_process: OpenProcess, truth: Truth) -> tuple[Process, EventId, object]:
    """Ann's addition has begun, and waits for the event, when the only ticket of her booking is cancelled."""
    first, second = await open_process(), await open_process()
    event_id = await first.event(seats=2)
    [ann] = await first.people(1)
    whole = await first.sale.buy(ann, event_id, await hold(first, ann, event_id))
    numbers = await hold(first, ann, event_id)
    async with second.database.transaction() as unit:
        await unit.events.lock_any(event_id)
        adding = asyncio.create_task(first.sale.buy(ann, event_id, numbers, Terms(part_of=whole)))
        await truth.wait_for_blocked_backends()
        release = await unit.bookings.cancel(event_id, ann, [1])
    await second.holds.release(release)
    [added] = await together([adding])
    return first, event_id, added


async def test_a_booking_that_is_cancelled_stays_cancelled(open_process: OpenProcess, truth: Truth) -> None:
    process, event_id, added = await add_to_what_is_being_cancelled(open_process, truth)

    assert isinstance(added, NoSuchBooking)
    assert await truth.sold(event_id) == []
    assert await agrees(process, event_id)


@pytest.mark.parametrize("guard", ["lock of a whole", "standing whole"])
async def test_control_without_the_lock_or_the_condition_a_cancelled_booking_comes_back_to_life(
    open_process: OpenProcess, truth: Truth, guards: Guards, guard: str
) -> None:
    guards.remove(guard)

    _, event_id, added = await add_to_what_is_being_cancelled(open_process, truth)

    assert isinstance(added, str)
    assert await truth.sold(event_id) == [2]


async def add_and_cancel_at_once(open_process: OpenProcess, truth: Truth) -> list[list[int]]:
    """In ten rounds one request adds a ticket to a booking that another one cancels. Return what stands after each."""
    processes = [await open_process() for _ in range(2)]
    event_id = await processes[0].event(seats=40)
    [ann] = await processes[0].people(1)
    left = []
    for place in range(10):
        whole = await processes[0].sale.buy(ann, event_id, await hold(processes[0], ann, event_id))
        record = await processes[0].database.bookings.get(whole)
        assert record is not None
        more = await hold(processes[0], ann, event_id)
        async with truth.connection.transaction():
            await truth.connection.execute("SELECT FROM events WHERE id = $1 FOR UPDATE", event_id)
            attempts = [
                processes[0].sale.buy(ann, event_id, more, Terms(part_of=whole)),
                processes[1].sale.give_back(record, lambda standing: standing, CancellationOrder(ann)),
            ]
            requests = []
            for attempt in attempts if place % 2 else reversed(attempts):
                requests.append(asyncio.create_task(attempt))
                await truth.wait_for_blocked_backends(len(requests))
        results = await together(requests)
        assert all(isinstance(result, (str, frozenset, NoSuchBooking)) for result in results)
        left.append([ticket.number for ticket in await processes[0].database.bookings.standing_in(event_id, whole)])
    return left


async def test_nothing_stands_of_a_booking_that_was_cancelled_while_it_grew(
    open_process: OpenProcess, truth: Truth
) -> None:
    assert await add_and_cancel_at_once(open_process, truth) == [[]] * 10


async def test_control_what_was_read_before_the_lock_leaves_a_paid_ticket(
    open_process: OpenProcess, truth: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def as_it_was(self: SaleService, booking: BookingRecord, *_: object) -> frozenset[int]:
        tickets = [OwnedTicket(booking.id, ticket.number) for ticket in booking.standing]
        return await self.release(booking.event.id, booking.user_id, tickets)

    monkeypatch.setattr(SaleService, "give_back", as_it_was)

    assert any(await add_and_cancel_at_once(open_process, truth))


async def test_who_adds_and_who_gives_back_at_once_do_not_wait_for_each_other(
    open_process: OpenProcess, truth: Truth
) -> None:
    processes = [await open_process() for _ in range(2)]
    event_id = await processes[0].event(seats=40)
    [ann] = await processes[0].people(1)
    owned = await hold(processes[0], ann, event_id, 16)
    whole = await processes[0].sale.buy(ann, event_id, owned)
    more = await hold(processes[0], ann, event_id, 16)

    results = await together(
        [
            attempt
            for place, (old, new) in enumerate(zip(owned, more, strict=True))
            for attempt in (
                processes[place % 2].sale.release(event_id, ann, [OwnedTicket(whole, old)]),
                processes[(place + 1) % 2].sale.buy(ann, event_id, [new], Terms(part_of=whole)),
            )
        ]
    )

    added = sum(isinstance(result, str) for result in results)
    assert sum(isinstance(result, (frozenset, str, NoSuchBooking)) for result in results) == 32
    assert len(await truth.sold(event_id)) == added
    standing = "SELECT standing FROM bookings WHERE id = $1"
    assert await truth.connection.fetchval(standing, whole) == added
    assert await agrees(processes[0], event_id)


# Blocking a seat while it is sold


async def block_in_mid_sale(open_process: OpenProcess, truth: Truth) -> tuple[EventId, object, object]:
    """Ann's commit waits while the hold store loses everything and the house blocks her ticket."""
    first, second = await open_process(), await open_process()
    event_id = await first.event(seats=1)
    [ann] = await first.people(1)
    numbers = await hold(first, ann, event_id)
    gate = Gate(first.database.bookings, "commit")
    buying = asyncio.create_task(first.sale.buy(ann, event_id, numbers))
    await gate.reached.wait()
    await truth.valkey.flushall()

    await second.inventory.repair(event_id)
    await second.holds.reserve(event_id, house_of(event_id), 1, TTL)
    [blocked] = await together([second.sale.buy(house_of(event_id), event_id, [1])])
    gate.open()
    [bought] = await together([buying])
    return event_id, bought, blocked


async def test_a_seat_is_sold_or_blocked_but_never_both(open_process: OpenProcess, truth: Truth) -> None:
    event_id, bought, blocked = await block_in_mid_sale(open_process, truth)

    assert isinstance(bought, (TicketNotReserved, NotYourTicket))
    assert isinstance(blocked, str)
    assert await truth.sold(event_id) == [1]
    assert await truth.connection.fetchval("SELECT blocked FROM events WHERE id = $1", event_id) == 1


async def test_control_without_epoch_and_index_a_seat_is_sold_and_blocked(
    open_process: OpenProcess, truth: Truth, guards: Guards
) -> None:
    guards.remove("epoch of a claim")
    await truth.drop_capacity()
    await truth.drop_unique_index()

    event_id, bought, blocked = await block_in_mid_sale(open_process, truth)

    assert isinstance(bought, str)
    assert isinstance(blocked, str)
    assert await truth.sold(event_id) == [1, 1]


async def test_many_block_and_sell_the_same_seats_and_every_ticket_is_one_or_the_other(
    open_process: OpenProcess, truth: Truth
) -> None:
    first, second = await open_process(), await open_process()
    event_id = await a_gala(first)
    house = house_of(event_id)
    people = await first.people(20)

    async def block() -> BookingId:
        held = await second.holds.reserve(event_id, house, 1, TTL)
        return await second.sale.buy(house, event_id, held.numbers)

    await together([attempt for user in people for attempt in (first.buy(user, event_id), block())])

    row = await truth.connection.fetchrow("SELECT sold, blocked FROM events WHERE id = $1", event_id)
    blocked = await first.database.bookings.owned(event_id, house)
    assert await truth.sold(event_id) == list(range(1, 21))
    assert tuple(row or ()) == (20, len(blocked))
    assert await agrees(first, event_id)


# Giving the same tickets back at once


async def give_back_at_once(open_process: OpenProcess, truth: Truth) -> tuple[Process, EventId, list[object]]:
    """16 requests in eight processes to cancel a booking of 120.00; somebody else has one of 50.00.

    All of them have begun before any of them can end.
    """
    processes = [await open_process() for _ in range(8)]
    event_id = await a_gala(processes[0])
    ann, ben = await processes[0].people(2)
    numbers = await hold(processes[0], ann, event_id, 12)
    booking_id = await processes[0].sale.buy(ann, event_id, numbers[9:], AT_FULL_PRICE)
    bought = [OwnedTicket(booking_id, number) for number in numbers[9:]]
    await processes[0].sale.buy(ben, event_id, await hold(processes[0], ben, event_id), AT_FULL_PRICE)
    async with truth.connection.transaction():
        await truth.connection.execute("SELECT FROM events WHERE id = $1 FOR UPDATE", event_id)
        requests = [
            asyncio.create_task(processes[place % 8].sale.release(event_id, ann, bought)) for place in range(16)
        ]
        await truth.wait_for_blocked_backends(16)
    return processes[0], event_id, await together(requests)


async def test_16_parallel_cancellations_refund_once(open_process: OpenProcess, truth: Truth) -> None:
    process, event_id, results = await give_back_at_once(open_process, truth)

    assert sorted(len(result) for result in results if isinstance(result, frozenset)) == [0] * 15 + [3]
    assert await revenue_of(truth, event_id) == (5000, 5000)
    assert len(await truth.sold(event_id)) == 1
    assert await agrees(process, event_id)


async def test_control_without_lock_and_condition_only_a_constraint_keeps_them_from_refunding_again(
    open_process: OpenProcess, truth: Truth, guards: Guards
) -> None:
    guards.remove("lock of an event on sale")
    guards.remove("lock of an event")
    guards.remove("not cancelled yet")

    _, _, results = await give_back_at_once(open_process, truth)

    assert any(isinstance(result, asyncpg.CheckViolationError) for result in results)


# The order of locks: the event, then the key


async def key_meets_event(
    process: Process, truth: Truth, other: Callable[[UserId, EventId], Awaitable[object]]
) -> object:
    """A booking has locked its event; another request of its user begins; then the booking takes their common key."""
    event_id = await process.event(seats=20)
    [ann] = await process.people(1)
    await process.buy(ann, event_id, 20)
    booking = truth.connection.transaction()
    await booking.start()
    await truth.connection.execute("SELECT FROM events WHERE id = $1 FOR UPDATE", event_id)
    request = asyncio.ensure_future(other(ann, event_id))
    await truth.wait_for_blocked_backends()
    try:
        await truth.connection.execute(
            "INSERT INTO idempotency_keys (caller_id, key, fingerprint, subject) VALUES ($1, $2, $3, $4)",
            *(ann, "a key", b"a request", event_id),
        )
    except asyncpg.DeadlockDetectedError as deadlock:
        await booking.rollback()
        await together([request])
        return deadlock
    await booking.commit()
    [result] = await together([request])
    return result


async def test_joining_a_waitlist_takes_the_event_before_the_key(process: Process, truth: Truth) -> None:
    result = await key_meets_event(process, truth, lambda ann, event: process.waitlist.join(ann, event, 1, key_by(ann)))

    assert not isinstance(result, (asyncpg.DeadlockDetectedError, StoreError))


async def test_control_the_key_before_the_event_deadlocks(process: Process, truth: Truth) -> None:
    async def join(ann: UserId, event_id: EventId) -> None:
        async with process.database.transaction() as unit:
            await unit.idempotency_keys.remember(key_by(ann), event_id)
            await unit.events.lock(event_id)

    result = await key_meets_event(process, truth, join)

    assert isinstance(result, (asyncpg.DeadlockDetectedError, StoreError))
