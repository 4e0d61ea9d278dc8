"""The promises about how many tickets of a type a user holds at once."""

import pytest

from booked.domain.errors import OverTicketLimit
from booked.domain.model.ids import EventId
from booked.domain.model.sale.holds import house_of
from booked.domain.model.sale.reservations import AnyOf, BestOf, CheapestOf, Exactly, Maximum, Selection
from booked.ports.hold_store import HoldStore
from tests.builders import ANN, BEN, TTL, a_booking_id
from tests.contracts.conftest import Lapse
from tests.contracts.sale.halls import BACK, FRONT, STANDING

THREE = [Maximum(3, [STANDING])]  # tickets 15 to 20
BY_PRICE = [[STANDING], [BACK], [FRONT]]


async def test_a_user_holds_as_many_of_a_type_as_it_allows(holds: HoldStore, concert: EventId) -> None:
    made = await holds.make_reservation(concert, ANN, AnyOf(2, [STANDING]), TTL, maximums=THREE)

    for selection in (AnyOf(2, [STANDING]), Exactly([1, 19, 20])):
        with pytest.raises(OverTicketLimit, match="at most 3"):
            await holds.make_reservation(concert, ANN, selection, TTL, maximums=THREE)
        with pytest.raises(OverTicketLimit, match="at most 3"):
            await holds.enlarge(made.id, ANN, selection, maximums=THREE)

    assert len((await holds.enlarge(made.id, ANN, AnyOf(1, [STANDING]), maximums=THREE)).numbers) == 3
    await holds.make_reservation(concert, ANN, AnyOf(5, [BACK]), TTL, maximums=THREE)
    await holds.make_reservation(concert, BEN, AnyOf(3, [STANDING]), TTL, maximums=THREE)


async def test_best_seats_are_no_more_than_the_type_allows(holds: HoldStore, concert: EventId) -> None:
    two = [Maximum(2, [FRONT])]
    await holds.make_reservation(concert, ANN, BestOf(2, [FRONT]), TTL, maximums=two)

    with pytest.raises(OverTicketLimit, match="at most 2"):
        await holds.make_reservation(concert, ANN, BestOf(2, [FRONT]), TTL, maximums=two)


async def test_the_cheapest_tickets_pass_over_a_type_of_which_a_user_holds_enough(
    holds: HoldStore, concert: EventId
) -> None:
    first = await holds.reserve(concert, ANN, 2, TTL, BY_PRICE, withheld=[STANDING], maximums=THREE)
    second = await holds.reserve(concert, ANN, 2, TTL, BY_PRICE, withheld=[STANDING], maximums=THREE)
    wish = CheapestOf(1, BY_PRICE, [STANDING])
    third = await holds.make_reservation(concert, ANN, wish, TTL, maximums=THREE)

    assert (first.numbers, second.numbers, third.numbers) == ((15, 16), (7, 8), (17,))
    with pytest.raises(OverTicketLimit, match="at most 3"):
        await holds.reserve(concert, ANN, 1, TTL, [[STANDING]], withheld=[FRONT, BACK, STANDING], maximums=THREE)


@pytest.mark.parametrize("selection", [AnyOf(1, [STANDING]), Exactly([20])])
async def test_what_is_given_back_lapses_or_is_sold_is_not_held(
    holds: HoldStore, concert: EventId, lapse: Lapse, selection: Selection
) -> None:
    made = [await holds.make_reservation(concert, ANN, AnyOf(1, [STANDING]), TTL, maximums=THREE) for _ in range(3)]
    await holds.claim(concert, ANN, made[0].numbers, booking_id := a_booking_id())
    with pytest.raises(OverTicketLimit):
        await holds.make_reservation(concert, ANN, selection, TTL, maximums=THREE)

    await holds.settle(concert, booking_id)
    await holds.give_back(made[1].id, ANN)
    await lapse(concert, [*made[2].numbers])
    later = [await holds.make_reservation(concert, ANN, selection, TTL, maximums=THREE)]
    later.append(await holds.make_reservation(concert, ANN, AnyOf(2, [STANDING]), TTL, maximums=THREE))

    assert [len(each.numbers) for each in later] == [1, 2]


async def test_the_house_holds_as_many_as_it_likes(holds: HoldStore, concert: EventId) -> None:
    made = await holds.make_reservation(concert, house_of(concert), Exactly(range(15, 21)), TTL, maximums=THREE)

    assert len(made.numbers) == 6
