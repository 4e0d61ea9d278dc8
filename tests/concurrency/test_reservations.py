"""Reservations that are made, changed and ended at once. Each guard has a control that goes red without it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from booked.domain.errors import NoSuchReservation, OverTicketLimit
from booked.domain.model.ids import EventId, UserId
from booked.domain.model.sale.holds import Release, house_of
from booked.domain.model.sale.reservations import AnyOf, Exactly, Reservation, Selection
from booked.ports.holds import NotHeld
from tests.builders import a_booking_id, key_by
from tests.concurrency.conftest import Guards, OpenHouse
from tests.concurrency.house import House, Truth, together

TTL = timedelta(minutes=10)
LIMIT = 4


@pytest.fixture
async def limited(open_house: OpenHouse) -> House:
    return await open_house(ticket_limit=LIMIT)


async def warm_event(house: House, seats: int = 20) -> EventId:
    event_id = await house.event(seats)
    await house.inventory.repair(event_id)
    return event_id


async def parts_of(house: House, reservation: Reservation) -> tuple[int, ...]:
    """The numbers that a reservation has now."""
    seen = await house.holds.reservation(reservation.id)
    return seen.numbers if seen else ()


# The limit, whatever a user's requests do at once.


async def enlarge_in_parallel(house: House) -> list[object]:
    event_id = await warm_event(house, seats=100)
    [ann] = await house.people(1)
    made = await house.holds.make_reservation(event_id, ann, AnyOf(1), TTL)
    selections: list[Selection] = [AnyOf(1), Exactly([50])] * 16
    results = await together([house.holds.enlarge(made.id, ann, selection) for selection in selections])
    return [len(await parts_of(house, made)), OverTicketLimit in map(type, results)]


async def test_32_parallel_enlargements_stay_within_the_limit(limited: House) -> None:
    assert await enlarge_in_parallel(limited) == [LIMIT, True]


async def test_control_without_the_limit_enlargements_pass_it(limited: House, guards: Guards) -> None:
    guards.remove_from_prelude("if meta.ticket_limit == 0 or user == HOUSE then return false", "do return false")

    [numbers, _] = await enlarge_in_parallel(limited)

    assert numbers == 18


async def test_control_without_its_exemption_the_house_is_bound_by_the_limit(limited: House, guards: Guards) -> None:
    guards.remove_from_prelude("meta.ticket_limit == 0 or user == HOUSE", "meta.ticket_limit == 0")
    event_id = await warm_event(limited)

    with pytest.raises(OverTicketLimit):
        await limited.holds.make_reservation(event_id, house_of(event_id), AnyOf(LIMIT + 1), TTL)


# One effect, however often a request arrives.


async def make_twins(house: House) -> int:
    event_id = await warm_event(house, seats=100)
    [ann] = await house.people(1)
    idempotency_key = key_by(ann, fingerprint=b"a fingerprint")
    await together([house.holds.make_reservation(event_id, ann, AnyOf(2), TTL, idempotency_key) for _ in range(32)])
    return (await house.holds.stock(event_id)).held


async def test_32_twins_reserve_once(house: House) -> None:
    assert await make_twins(house) == 2


async def test_control_without_looking_for_the_key_every_twin_reserves(house: House, guards: Guards) -> None:
    guards.remove_from_lua("make_reservation", "if before then", "if false then")

    assert await make_twins(house) == 64


# A reservation that has lapsed has no say over tickets that are somebody else's by now.


async def change_after_lapse(house: House, truth: Truth, change: str) -> tuple[object, set[int]]:
    """What ann is answered who changes a lapsed reservation, and what ben holds of the same tickets afterwards."""
    event_id = await warm_event(house)
    ann, ben = await house.people(2)
    anns = await house.holds.make_reservation(event_id, ann, Exactly([7, 8]), TTL)
    for number in anns.numbers:
        await truth.lapse(event_id, ann, number)
    await house.holds.make_reservation(event_id, ben, Exactly([7, 8]), TTL)
    changes: dict[str, Callable[[], Awaitable[object]]] = {
        "give back": lambda: house.holds.give_back(anns.id, ann),
        "reduce": lambda: house.holds.reduce(anns.id, ann, 1),
        "extend": lambda: house.holds.extend(anns.id, ann, TTL, most=1),
    }
    [answer] = await together([changes[change]()])
    return answer, set((await house.holds.taken_among(event_id, (7, 8))).held)


@pytest.mark.parametrize("change", ["give back", "reduce", "extend"])
async def test_a_lapsed_reservation_cannot_be_changed(house: House, truth: Truth, change: str) -> None:
    answer, kept = await change_after_lapse(house, truth, change)

    assert isinstance(answer, NoSuchReservation)
    assert kept == {7, 8}


OWN_TICKETS = "if owner == user and part_of == mark and (booking ~= '' or now < reservation.deadline) then"


async def test_control_giving_back_without_asking_whose_tickets_they_are_frees_somebody_elses(
    house: House, truth: Truth, guards: Guards
) -> None:
    guards.remove_from_libraries(OWN_TICKETS, "do")

    answer, kept = await change_after_lapse(house, truth, "give back")

    assert (answer, kept) == (None, set())


async def test_control_without_asking_whether_tickets_are_still_held_a_lapsed_reservation_is_extended(
    house: House, truth: Truth, guards: Guards
) -> None:
    guards.remove_from_libraries(OWN_TICKETS, "do")

    answer, _ = await change_after_lapse(house, truth, "extend")

    assert isinstance(answer, Reservation)


async def buy_again(house: House) -> tuple[int, ...]:
    """What of ann's new reservation is left when she ends an old one that was booked and cancelled since."""
    event_id = await warm_event(house)
    [ann] = await house.people(1)
    old = await house.holds.make_reservation(event_id, ann, Exactly([1, 2]), TTL)
    claim = await house.holds.claim(event_id, ann, old.numbers, a_booking_id())
    await house.holds.settle(event_id, claim.booking_id)
    await house.holds.release(Release(event_id, ann, old.numbers, claim.epoch, 1))
    new = await house.holds.make_reservation(event_id, ann, Exactly([1, 2]), TTL)
    await together([house.holds.give_back(old.id, ann)])
    return await parts_of(house, new)


async def test_an_old_reservation_does_not_own_what_was_reserved_anew(house: House) -> None:
    assert await buy_again(house) == (1, 2)


async def test_control_without_marks_an_old_reservation_takes_back_the_new_one(house: House, guards: Guards) -> None:
    guards.remove_from_libraries("and part_of == mark", "")

    assert await buy_again(house) == ()


# A reservation that is being booked is not pulled from under the booking.


async def give_back_while_booking(house: House) -> set[int]:
    """What is free although it is just being booked."""
    event_id = await warm_event(house)
    [ann] = await house.people(1)
    made = await house.holds.make_reservation(event_id, ann, AnyOf(2), TTL)
    await house.holds.claim(event_id, ann, made.numbers, a_booking_id())
    await together([house.holds.give_back(made.id, ann)])
    taken = await house.holds.taken_among(event_id, made.numbers)
    return set(made.numbers) - taken.held - taken.sold


async def test_tickets_that_are_being_booked_are_not_given_back(house: House) -> None:
    assert await give_back_while_booking(house) == set()


async def test_control_without_the_check_tickets_are_free_while_they_are_booked(house: House, guards: Guards) -> None:
    guards.remove_from_libraries("if reservation.booking then return nil, { 'booking' } end")

    assert await give_back_while_booking(house) == {1, 2}


# Everything at once.


async def test_reservations_that_are_changed_booked_and_given_back_at_once_leave_nothing_behind(
    open_house: OpenHouse, truth: Truth
) -> None:
    houses = [await open_house() for _ in range(3)]
    event_id = await warm_event(houses[0], seats=60)
    people = await houses[0].people(24)

    async def go(index: int, user: UserId) -> None:
        house = houses[index % 3]
        made = await house.holds.make_reservation(event_id, user, AnyOf(1), TTL)
        await together(
            [
                house.holds.enlarge(made.id, user, AnyOf(1)),
                house.holds.reduce(made.id, user, 1),
                house.holds.extend(made.id, user, TTL, most=1),
                house.holds.claim(event_id, user, made.numbers, a_booking_id()),
                house.holds.give_back(made.id, user),
                house.holds.enlarge(made.id, user, AnyOf(2)),
            ]
        )
        for claim in await house.holds.stale_claims(event_id, timedelta(0)):
            if claim.user_id == user:
                await house.holds.abandon(event_id, claim.booking_id)
        await together([house.holds.give_back(made.id, user)])

    results = await together([go(index, user) for index, user in enumerate(people)])

    assert results == [None] * len(people)
    stock = await houses[0].holds.stock(event_id)
    assert (stock.free, stock.marked, stock.aside) == (60, 0, 0)
    funnel = await houses[0].holds.funnel(event_id)
    assert funnel.reserved == funnel.given_back
    assert not await truth.valkey.exists(f"expiry:{{{event_id}}}")
    with pytest.raises(NotHeld):
        await houses[0].holds.claim(event_id, people[0], [1], a_booking_id())
