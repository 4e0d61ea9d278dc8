"""Many people at once: whoever comes first is served, nobody is served twice, nothing is left over."""

from collections import Counter

from booked.domain.errors import BookedError, OverTicketLimit, TooFewTickets
from booked.domain.model.ids import EventId, UserId
from booked.domain.model.programme.events import EventRevision
from tests.concurrency.conftest import OpenProcess
from tests.concurrency.processes import Process, Truth, agrees, together
from tests.guards import Guards


async def rush(process: Process, event_id: EventId, buyers: list[UserId]) -> list[object]:
    return await together([process.buy(buyer, event_id) for buyer in buyers])


async def test_64_buyers_on_20_tickets_buy_each_ticket_once(process: Process, truth: Truth) -> None:
    event_id = await process.event(seats=20)
    buyers = await process.people(64)

    results = await rush(process, event_id, buyers)

    served = [numbers for numbers in results if isinstance(numbers, list)]
    assert sorted(number for numbers in served for number in numbers) == list(range(1, 21))
    assert Counter(type(result) for result in results) == {list: 20, TooFewTickets: 44}
    assert await truth.sold(event_id) == list(range(1, 21))


async def test_control_without_marking_tickets_and_the_index_tickets_are_sold_twice(
    process: Process, truth: Truth, guards: Guards
) -> None:
    guards.remove("taken")
    guards.remove("foreign hold")
    await truth.drop_unique_index()
    event_id = await process.event(seats=20)
    buyers = await process.people(8)

    # One after the other up to the reservation: each is given the ticket that the one before was given.
    tickets = [await process.sale.reserve(buyer, event_id, 1) for buyer in buyers]

    assert len({id_ for ids in tickets for id_ in ids}) < len(buyers)


async def test_an_event_sells_out_exactly_across_processes_and_parties(open_process: OpenProcess, truth: Truth) -> None:
    processes = [await open_process() for _ in range(3)]
    event_id = await processes[0].event(seats=97)
    buyers = await processes[0].people(60)

    await together([processes[i % 3].buy(buyer, event_id, 1 + i % 4) for i, buyer in enumerate(buyers)])
    # What is left is too little for the larger parties; single buyers take it.
    await together([processes[i % 3].buy(buyer, event_id) for i, buyer in enumerate(buyers)])

    assert await truth.sold(event_id) == list(range(1, 98))
    assert await agrees(processes[0], event_id)


async def test_32_parallel_books_of_one_hold_make_one_booking(process: Process, truth: Truth) -> None:
    event_id = await process.event(seats=10)
    [ann] = await process.people(1)
    tickets = await process.sale.reserve(ann, event_id, 3)

    results = await together([process.sale.book(ann, tickets) for _ in range(32)])

    assert results == [None] * 32
    assert [booking.tickets for booking in await process.sale.bookings(ann)] == [3]
    assert len(await truth.sold(event_id)) == 3


async def test_control_without_the_claim_one_hold_makes_several_bookings(
    process: Process, truth: Truth, guards: Guards
) -> None:
    guards.remove("claims do not lapse")
    guards.remove("earlier claim")
    await truth.drop_unique_index()
    event_id = await process.event(seats=10)
    [ann] = await process.people(1)
    tickets = await process.sale.reserve(ann, event_id, 3)

    await together([process.sale.book(ann, tickets) for _ in range(32)])

    assert len(await truth.sold(event_id)) > 3


async def test_parallel_books_of_overlapping_tickets_book_all_of_them_once(process: Process, truth: Truth) -> None:
    event_id = await process.event(seats=10)
    [ann] = await process.people(1)
    one, two, three = await process.sale.reserve(ann, event_id, 3)

    results = await together([process.sale.book(ann, pair) for pair in ([one, two], [two, three], [one, three])])

    assert results == [None] * 3
    assert await truth.sold(event_id) == [1, 2, 3]


async def test_12_parallel_cancels_give_back_each_ticket_once(process: Process, truth: Truth) -> None:
    event_id = await process.event(seats=10)
    [ann] = await process.people(1)
    await process.buy(ann, event_id, 8)

    results = await together([process.sale.cancel(ann, event_id, 1) for _ in range(12)])

    assert results.count(None) == 8
    assert await truth.sold(event_id) == []
    stock = await process.holds.stock(event_id)
    assert (stock.free, stock.sold, stock.released) == (10, 0, 8)


async def test_control_without_the_event_lock_parallel_cancels_give_back_the_same_ticket(
    process: Process, truth: Truth, guards: Guards
) -> None:
    guards.remove("lock of an event on sale")
    guards.remove("lock of an event")
    guards.remove("the newest are not admitted meanwhile")
    event_id = await process.event(seats=10)
    [ann] = await process.people(1)
    await process.buy(ann, event_id, 8)

    results = await together([process.sale.cancel(ann, event_id, 1) for _ in range(8)])

    assert results.count(None) > 8 - len(await truth.sold(event_id))


async def test_32_parallel_requests_of_one_user_stay_within_the_ticket_limit(
    open_process: OpenProcess, truth: Truth
) -> None:
    process = await open_process(tickets_per_user=4)
    event_id = await process.event(seats=100)
    [ann] = await process.people(1)

    results = await together([process.buy(ann, event_id) for _ in range(32)])

    assert len(await truth.sold(event_id)) == 4
    assert {type(result) for result in results} == {list, OverTicketLimit}


async def test_the_database_refuses_what_the_hold_store_lets_pass_over_the_limit(
    open_process: OpenProcess, truth: Truth, guards: Guards
) -> None:
    guards.remove("ticket limit")
    process = await open_process(tickets_per_user=4)
    event_id = await process.event(seats=100)
    [ann] = await process.people(1)

    results = await together([process.buy(ann, event_id) for _ in range(12)])

    assert len(await truth.sold(event_id)) == 4
    assert sum(isinstance(result, OverTicketLimit) for result in results) == 8


async def test_control_without_the_constraint_too_the_limit_is_passed(
    open_process: OpenProcess, truth: Truth, guards: Guards
) -> None:
    guards.remove("ticket limit")
    await truth.connection.execute("ALTER TABLE event_buyers DROP CONSTRAINT event_buyers_within_limit")
    process = await open_process(tickets_per_user=4)
    event_id = await process.event(seats=100)
    [ann] = await process.people(1)

    await together([process.buy(ann, event_id) for _ in range(12)])

    assert len(await truth.sold(event_id)) == 12


async def test_16_parallel_growths_end_at_the_largest(process: Process, truth: Truth) -> None:
    event_id = await process.event(seats=10)
    [ann] = await process.people(1)
    await process.buy(ann, event_id, 10)

    results = await together(
        [process.events.change_on_sale(event_id, EventRevision(seat_count=10 + extra)) for extra in range(1, 17)]
    )

    assert all(result is None or isinstance(result, BookedError) for result in results)
    stock = await process.holds.stock(event_id)
    assert (stock.capacity, stock.free) == (26, 16)
    assert len(await process.buy(ann, event_id, 16)) == 16


async def test_a_refused_booking_does_not_fail_those_committed_with_it(
    open_process: OpenProcess, truth: Truth, guards: Guards
) -> None:
    guards.remove("ticket limit")
    process = await open_process(tickets_per_user=2)
    event_id = await process.event(seats=100)
    greedy, *others = await process.people(21)
    tickets = {user: await process.sale.reserve(user, event_id, 1) for user in others}
    too_many = await process.sale.reserve(greedy, event_id, 3)

    results = await together(
        [process.sale.book(greedy, too_many)] + [process.sale.book(user, ids) for user, ids in tickets.items()]
    )

    assert isinstance(results[0], OverTicketLimit)
    assert results[1:] == [None] * 20
    assert len(await truth.sold(event_id)) == 20
