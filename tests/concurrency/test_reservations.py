"""Reservations that are made, changed and ended at once. Each guard has a control that goes red without it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from booked.domain.errors import Busy, NoSuchReservation, OverTicketLimit, ReservationFixed, TooFewTickets
from booked.domain.model.ids import EventId, UserId
from booked.domain.model.programme.seating import Block
from booked.domain.model.sale.holds import Hold, Release, house_of
from booked.domain.model.sale.idempotency import IdempotencyKey
from booked.domain.model.sale.reservations import AnyOf, CheapestOf, Exactly, Maximum, Minimum, Reservation, Selection
from booked.domain.model.sale.waitlist import Demand, WantedTickets
from booked.domain.services.sale.reservations import PricedReservation
from booked.ports.holds import NotHeld
from tests.builders import a_booking_id, key_by
from tests.concurrency.conftest import OpenProcess
from tests.concurrency.processes import Process, Truth, together
from tests.guards import Guards

TTL = timedelta(minutes=10)
LIMIT = 4


@pytest.fixture
async def limited(open_process: OpenProcess) -> Process:
    return await open_process(tickets_per_user=LIMIT)


async def warm_event(process: Process, seats: int = 20) -> EventId:
    event_id = await process.event(seats)
    await process.inventory.repair(event_id)
    return event_id


async def parts_of(process: Process, reservation: Reservation) -> tuple[int, ...]:
    """The numbers that a reservation has now."""
    seen = await process.holds.reservation(reservation.id)
    return seen.numbers if seen else ()


# The limit, whatever a user's requests do at once.


async def enlarge_in_parallel(process: Process) -> list[object]:
    event_id = await warm_event(process, seats=100)
    [ann] = await process.people(1)
    made = await process.holds.make_reservation(event_id, ann, AnyOf(1), TTL)
    selections: list[Selection] = [AnyOf(1), Exactly([50])] * 16
    results = await together([process.holds.enlarge(made.id, ann, selection) for selection in selections])
    return [len(await parts_of(process, made)), OverTicketLimit in map(type, results)]


async def test_32_parallel_enlargements_stay_within_the_limit(limited: Process) -> None:
    assert await enlarge_in_parallel(limited) == [LIMIT, True]


async def test_control_without_the_limit_enlargements_pass_it(limited: Process, guards: Guards) -> None:
    guards.remove("ticket limit")

    [numbers, _] = await enlarge_in_parallel(limited)

    assert numbers == 18


async def test_control_without_its_exemption_the_house_is_bound_by_the_limit(limited: Process, guards: Guards) -> None:
    guards.remove("house without limit")
    event_id = await warm_event(limited)

    with pytest.raises(OverTicketLimit):
        await limited.holds.make_reservation(event_id, house_of(event_id), AnyOf(LIMIT + 1), TTL)


# The cheapest tickets, however many ask for them at once.

CHEAP, DEAR = Block(21, 30, 2), Block(1, 20, 1)
BY_PRICE = [[CHEAP], [DEAR]]


async def crowd_for_the_cheapest(process: Process) -> tuple[int, int]:
    """How many of eight parties of three got cheap tickets alone, and how many dear ones alone."""
    event_id = await warm_event(process, seats=30)
    people = await process.people(8)
    answers = await together(
        [
            process.holds.make_reservation(event_id, user, CheapestOf(3, BY_PRICE), TTL)
            if index % 2
            else process.holds.reserve(event_id, user, 3, TTL, BY_PRICE)
            for index, user in enumerate(people)
        ]
    )
    given = [answer.numbers for answer in answers if isinstance(answer, Reservation | Hold)]
    numbers = [number for party in given for number in party]
    assert len(numbers) == len(set(numbers)) == len((await process.holds.inspect(event_id)).held) == 24
    cheap, dear = [sum(all(number in block for number in party) for party in given) for block in (CHEAP, DEAR)]
    return cheap, dear


async def test_parties_that_ask_at_once_get_the_cheapest_tickets_until_these_are_gone(process: Process) -> None:
    assert await crowd_for_the_cheapest(process) == (3, 5)


async def test_control_without_looking_for_one_type_parties_are_split(process: Process, guards: Guards) -> None:
    guards.remove("one type")

    assert await crowd_for_the_cheapest(process) == (3, 4)


async def refuse_parties(process: Process) -> tuple[int, int]:
    """How many tickets are held and how many bits are set, after two parties that nothing is left for."""
    event_id = await warm_event(process, seats=30)
    house, (ann, ben) = house_of(event_id), await process.people(2)
    await process.holds.make_reservation(event_id, house, Exactly(range(3, 29)), TTL)
    back = await process.holds.make_reservation(event_id, house, Exactly([1, 2, 29, 30]), TTL)
    await process.holds.set_demand(Demand(event_id, tickets=1, version=1, wanted=(WantedTickets(1, (CHEAP,)),)))
    await process.holds.give_back(back.id, house)
    for refused in (
        process.holds.make_reservation(event_id, ann, CheapestOf(3, BY_PRICE), TTL),
        process.holds.reserve(event_id, ben, 3, TTL, BY_PRICE),
    ):
        with pytest.raises(TooFewTickets):
            await refused
    stock = await process.holds.stock(event_id)
    return stock.held, stock.marked


async def test_of_the_cheapest_tickets_a_party_that_is_refused_takes_none(process: Process) -> None:
    assert await refuse_parties(process) == (26, 26)


async def test_control_without_giving_them_up_a_refused_party_leaves_tickets_taken(
    process: Process, guards: Guards
) -> None:
    guards.remove("all or none")

    assert await refuse_parties(process) == (26, 28)


# One effect, however often a request arrives.


async def make_twins(process: Process) -> int:
    event_id = await warm_event(process, seats=100)
    [ann] = await process.people(1)
    idempotency_key = key_by(ann, fingerprint=b"a fingerprint")
    await together([process.holds.make_reservation(event_id, ann, AnyOf(2), TTL, idempotency_key) for _ in range(32)])
    return (await process.holds.stock(event_id)).held


async def test_32_twins_reserve_once(process: Process) -> None:
    assert await make_twins(process) == 2


async def test_control_without_looking_for_the_key_every_twin_reserves(process: Process, guards: Guards) -> None:
    guards.remove("answered before")

    assert await make_twins(process) == 64


CHANGES: dict[str, Callable[[Process, Reservation, UserId, IdempotencyKey], Awaitable[object]]] = {
    "enlarge": lambda process, made, ann, key: process.holds.enlarge(made.id, ann, AnyOf(2), key),
    "reduce": lambda process, made, ann, key: process.holds.reduce(made.id, ann, 2, key),
}


async def change_as_twins(process: Process, change: str) -> int:
    """How many tickets a reservation of five has after four requests with one key that change it by two."""
    event_id = await warm_event(process)
    [ann] = await process.people(1)
    made = await process.holds.make_reservation(event_id, ann, AnyOf(5), TTL)
    idempotency_key = key_by(ann, fingerprint=b"a fingerprint")
    await together([CHANGES[change](process, made, ann, idempotency_key) for _ in range(4)])
    return len(await parts_of(process, made))


@pytest.mark.parametrize(("change", "left"), [("enlarge", 7), ("reduce", 3)])
async def test_twins_change_a_reservation_once(process: Process, change: str, left: int) -> None:
    assert await change_as_twins(process, change) == left


@pytest.mark.parametrize(
    ("change", "guard", "left"), [("enlarge", "enlarged before", 13), ("reduce", "reduced before", 1)]
)
async def test_control_without_looking_for_the_key_every_twin_changes_a_reservation(
    process: Process, guards: Guards, change: str, guard: str, left: int
) -> None:
    guards.remove(guard)

    assert await change_as_twins(process, change) == left


async def resize_from_many_pages(process: Process, before: int, after: int) -> int:
    """How many tickets a reservation has in the end that three pages set to this number at once."""
    event_id = await warm_event(process)
    [ann] = await process.people(1)
    made = await process.holds.make_reservation(event_id, ann, AnyOf(before), TTL)
    pages = [key_by(ann, key=f"page {number}") for number in range(3)]
    answers = await together([process.reservations.resize(ann, made.id, after, page) for page in pages])
    assert not [answer for answer in answers if isinstance(answer, Busy)]
    return len(await parts_of(process, made))


@pytest.mark.parametrize(("before", "after"), [(2, 4), (9, 7)])
async def test_a_reservation_that_many_pages_set_to_a_number_has_that_number(
    process: Process, before: int, after: int
) -> None:
    assert await resize_from_many_pages(process, before, after) == after


@pytest.mark.parametrize(("before", "after", "guard"), [(2, 4, "enlarged as seen"), (9, 7, "reduced as seen")])
async def test_control_without_asking_what_was_seen_every_page_makes_the_difference(
    process: Process, guards: Guards, before: int, after: int, guard: str
) -> None:
    guards.remove(guard)

    with pytest.raises(AssertionError):
        assert await resize_from_many_pages(process, before, after) == after


async def accept_twice(process: Process, open_process: OpenProcess) -> set[object]:
    """What two processes answer that accept an offer of one ticket at once: the ids of reservations, or errors."""
    event_id = await process.event(seats=2)
    owner, ann = await process.people(2)
    await process.buy(owner, event_id, 2)
    await process.waitlist.join(ann, event_id, 1)
    await process.sale.cancel(owner, event_id, 1)
    await process.offers.serve(event_id)
    [place] = await process.waitlist.places(ann)
    other = await open_process()
    answers = await together([each.reservations.accept(ann, place) for each in (process, other) * 2])
    return {answer.reservation.id if isinstance(answer, PricedReservation) else type(answer) for answer in answers}


async def test_an_offer_that_is_accepted_by_twins_becomes_one_reservation(
    process: Process, open_process: OpenProcess
) -> None:
    [answer] = await accept_twice(process, open_process)

    assert isinstance(answer, str)


async def test_control_without_looking_for_the_key_an_accepted_offer_is_refused_to_its_owner(
    process: Process, open_process: OpenProcess, guards: Guards
) -> None:
    guards.remove("answered before")

    assert TooFewTickets in await accept_twice(process, open_process)


# A reservation that has lapsed has no say over tickets that are somebody else's by now.


async def change_after_lapse(process: Process, truth: Truth, change: str) -> tuple[object, set[int]]:
    """What ann is answered who changes a lapsed reservation, and what ben holds of the same tickets afterwards."""
    event_id = await warm_event(process)
    ann, ben = await process.people(2)
    anns = await process.holds.make_reservation(event_id, ann, Exactly([7, 8]), TTL)
    for number in anns.numbers:
        await truth.lapse(event_id, ann, number)
    await process.holds.make_reservation(event_id, ben, Exactly([7, 8]), TTL)
    changes: dict[str, Callable[[], Awaitable[object]]] = {
        "give back": lambda: process.holds.give_back(anns.id, ann),
        "reduce": lambda: process.holds.reduce(anns.id, ann, 1),
        "extend": lambda: process.holds.extend(anns.id, ann, TTL, most=1),
    }
    [answer] = await together([changes[change]()])
    return answer, set((await process.holds.taken_among(event_id, (7, 8))).held)


@pytest.mark.parametrize("change", ["give back", "reduce", "extend"])
async def test_a_lapsed_reservation_cannot_be_changed(process: Process, truth: Truth, change: str) -> None:
    answer, kept = await change_after_lapse(process, truth, change)

    assert isinstance(answer, NoSuchReservation)
    assert kept == {7, 8}


async def test_control_giving_back_without_asking_whose_tickets_they_are_frees_somebody_elses(
    process: Process, truth: Truth, guards: Guards
) -> None:
    guards.remove("still held")

    answer, kept = await change_after_lapse(process, truth, "give back")

    assert (answer, kept) == (None, set())


async def test_control_without_asking_whether_tickets_are_still_held_a_lapsed_reservation_is_extended(
    process: Process, truth: Truth, guards: Guards
) -> None:
    guards.remove("still held")

    answer, _ = await change_after_lapse(process, truth, "extend")

    assert isinstance(answer, Reservation)


async def buy_again(process: Process) -> set[int]:
    """Which tickets are still held when ann has two anew and ends an old reservation, booked and cancelled since."""
    event_id = await warm_event(process)
    [ann] = await process.people(1)
    old = await process.holds.make_reservation(event_id, ann, Exactly([1, 2]), TTL)
    claim = await process.holds.claim(event_id, ann, old.numbers, a_booking_id())
    await process.holds.settle(event_id, claim.booking_id)
    await process.holds.release(Release(event_id, ann, old.numbers, claim.epoch, 1))
    await process.holds.make_reservation(event_id, ann, Exactly([1, 2]), TTL)
    await together([process.holds.give_back(old.id, ann)])
    return set((await process.holds.taken_among(event_id, (1, 2))).held)


async def test_an_old_reservation_does_not_own_what_was_reserved_anew(process: Process) -> None:
    assert await buy_again(process) == {1, 2}


async def test_control_without_marks_an_old_reservation_takes_back_the_new_one(
    process: Process, guards: Guards
) -> None:
    guards.remove("still held")

    assert await buy_again(process) == set()


# A reservation that is being booked is not pulled from under the booking.


async def give_back_while_booking(process: Process) -> set[int]:
    """What is free although it is just being booked."""
    event_id = await warm_event(process)
    [ann] = await process.people(1)
    made = await process.holds.make_reservation(event_id, ann, AnyOf(2), TTL)
    await process.holds.claim(event_id, ann, made.numbers, a_booking_id())
    await together([process.holds.give_back(made.id, ann)])
    taken = await process.holds.taken_among(event_id, made.numbers)
    return set(made.numbers) - taken.held - taken.sold


async def test_tickets_that_are_being_booked_are_not_given_back(process: Process) -> None:
    assert await give_back_while_booking(process) == set()


async def test_control_without_the_check_tickets_are_free_while_they_are_booked(
    process: Process, guards: Guards
) -> None:
    guards.remove("being booked")

    assert await give_back_while_booking(process) == {1, 2}


# Everything at once.


async def test_reservations_that_are_changed_booked_and_given_back_at_once_leave_nothing_behind(
    open_process: OpenProcess, truth: Truth
) -> None:
    processes = [await open_process() for _ in range(3)]
    event_id = await warm_event(processes[0], seats=60)
    people = await processes[0].people(24)

    async def go(index: int, user: UserId) -> None:
        process = processes[index % 3]
        made = await process.holds.make_reservation(event_id, user, AnyOf(1), TTL)
        await together(
            [
                process.holds.enlarge(made.id, user, AnyOf(1)),
                process.holds.reduce(made.id, user, 1),
                process.holds.extend(made.id, user, TTL, most=1),
                process.holds.claim(event_id, user, made.numbers, a_booking_id()),
                process.holds.give_back(made.id, user),
                process.holds.enlarge(made.id, user, AnyOf(2)),
            ]
        )
        for claim in await process.holds.stale_claims(event_id, timedelta(0)):
            if claim.user_id == user:
                await process.holds.abandon(event_id, claim.booking_id)
        await together([process.holds.give_back(made.id, user)])

    results = await together([go(index, user) for index, user in enumerate(people)])

    assert results == [None] * len(people)
    stock = await processes[0].holds.stock(event_id)
    assert (stock.free, stock.marked, stock.aside) == (60, 0, 0)
    funnel = await processes[0].holds.funnel(event_id)
    assert funnel.reserved == funnel.given_back
    assert not await truth.valkey.exists(f"expiry:{{{event_id}}}")
    with pytest.raises(NotHeld):
        await processes[0].holds.claim(event_id, people[0], [1], a_booking_id())


# An extension beyond the first, while somebody waits.


async def extend_while_others_wait(process: Process) -> list[object]:
    """What ann is answered who extends her reservation twice while somebody waits for a ticket."""
    event_id = await warm_event(process)
    [ann] = await process.people(1)
    made = await process.holds.make_reservation(event_id, ann, AnyOf(1), TTL)
    await process.holds.set_demand(Demand(event_id, tickets=1, version=1))
    extend = process.holds.extend
    return [answer for _ in range(2) for answer in await together([extend(made.id, ann, TTL, 1, most_unwanted=4)])]


async def test_a_second_extension_is_refused_while_others_wait(process: Process) -> None:
    [first, second] = await extend_while_others_wait(process)

    assert isinstance(first, Reservation)
    assert isinstance(second, ReservationFixed)


async def test_control_without_asking_who_waits_every_extension_is_given(process: Process, guards: Guards) -> None:
    guards.remove("others wait")

    assert [type(answer) for answer in await extend_while_others_wait(process)] == [Reservation, Reservation]


async def reduce_from_many_pages(process: Process) -> int:
    """How many tickets a reservation of four has in the end, of at least three, of which three pages give one back."""
    event_id = await warm_event(process)
    [ann] = await process.people(1)
    made = await process.holds.make_reservation(event_id, ann, AnyOf(4), TTL)
    three = [Minimum(3, [Block(1, 10, 1)])]
    await together([process.holds.reduce(made.id, ann, 1, minimums=three) for _ in range(3)])
    return len(await parts_of(process, made))


async def test_a_reservation_that_many_pages_reduce_keeps_its_minimum(process: Process) -> None:
    assert await reduce_from_many_pages(process) == 3


async def test_control_without_the_look_at_what_is_left_a_reservation_falls_below_its_minimum(
    process: Process, guards: Guards
) -> None:
    guards.remove("least of a type")

    assert await reduce_from_many_pages(process) == 1


async def hold_from_many_pages(process: Process) -> int:
    """How many tickets of a type somebody holds who asks for them 32 times at once and may have four."""
    event_id = await warm_event(process, seats=100)
    [ann] = await process.people(1)
    four, selection = [Maximum(LIMIT, [Block(1, 100, 1)])], AnyOf(1, [Block(1, 100, 1)])
    await together([process.holds.make_reservation(event_id, ann, selection, TTL, maximums=four) for _ in range(32)])
    return len((await process.holds.inspect(event_id)).held)


async def test_32_parallel_reservations_hold_no_more_of_a_type_than_it_allows(process: Process) -> None:
    assert await hold_from_many_pages(process) == LIMIT


async def test_control_without_the_look_at_what_is_held_a_user_holds_more_of_a_type(
    process: Process, guards: Guards
) -> None:
    guards.remove("held of a type")

    assert await hold_from_many_pages(process) == 32
