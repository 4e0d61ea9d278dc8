"""The promises of the hold store: the limit, the sales window, the waitlist and blocked seats."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from booked.domain.errors import OverTicketLimit, SalesClosed, TooFewTickets
from booked.domain.model.ids import EventId
from booked.domain.model.programme.times import SalesWindow
from booked.domain.model.sale.holds import Release, house_of
from booked.domain.model.sale.reservations import AnyOf, BestOf, Exactly, Reservation, Selection
from booked.domain.model.sale.waitlist import Demand
from booked.ports.hold_store import HoldStore
from tests.builders import ANN, BEN, OPENING, TTL, an_entry, an_event_id, install, make_offer, sold_tickets
from tests.contracts.conftest import Lapse
from tests.contracts.sale.halls import FRONT, HALL, STANDING, YEAR, close_sales, sell, take

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def closed(holds: HoldStore, concert: EventId) -> EventId:
    """An event whose sales are over."""
    await close_sales(holds, concert)
    return concert


# The limit, the sales window, the waitlist and the house


@pytest.mark.parametrize("selection", [AnyOf(2), AnyOf(2, [FRONT]), BestOf(2, [FRONT]), Exactly([1, 2])])
async def test_nobody_reserves_more_than_the_event_allows(
    holds: HoldStore, limited: EventId, selection: Selection
) -> None:
    await take(holds, limited, 18, 19, 20, user=ANN)

    with pytest.raises(OverTicketLimit):
        await holds.make_reservation(limited, ANN, selection, TTL)

    await holds.make_reservation(limited, ANN, AnyOf(1), TTL)


async def test_the_limit_stands_against_32_parallel_reservations(holds: HoldStore, limited: EventId) -> None:
    selections: list[Selection] = [AnyOf(1), AnyOf(1, [FRONT]), BestOf(1, HALL), AnyOf(1, [STANDING])] * 8

    outcomes = await asyncio.gather(
        *(holds.make_reservation(limited, ANN, selection, TTL) for selection in selections), return_exceptions=True
    )

    assert Counter(type(outcome) for outcome in outcomes) == {Reservation: 4, OverTicketLimit: 28}


async def test_nothing_is_reserved_after_sales_have_closed(holds: HoldStore, closed: EventId) -> None:
    for selection in (AnyOf(1), AnyOf(1, [FRONT]), BestOf(1, HALL), Exactly([1])):
        with pytest.raises(SalesClosed):
            await holds.make_reservation(closed, ANN, selection, TTL)
    with pytest.raises(SalesClosed):
        await holds.reserve(closed, ANN, 1, TTL)
    with pytest.raises(SalesClosed):
        await make_offer(holds, an_entry(closed, ANN), TTL, epoch=2)

    assert (await holds.stock(closed)).held == 0


async def test_nothing_is_reserved_before_sales_open(holds: HoldStore) -> None:
    event_id = an_event_id()
    await install(holds, event_id, sold_tickets(sales=SalesWindow(start=OPENING + 90 * YEAR)))

    with pytest.raises(SalesClosed):
        await holds.reserve(event_id, ANN, 1, TTL)


async def test_within_the_sales_window_tickets_are_sold(holds: HoldStore) -> None:
    event_id = an_event_id()
    window = SalesWindow(OPENING - 30 * YEAR, OPENING + 90 * YEAR)
    await install(holds, event_id, sold_tickets(sales=window, ticket_limit=3))

    await holds.reserve(event_id, ANN, 1, TTL)

    stock = await holds.stock(event_id)
    assert (stock.sales, stock.ticket_limit) == (window, 3)


async def test_what_was_reserved_in_time_can_be_booked_and_extended_after_sales_have_closed(
    holds: HoldStore, concert: EventId
) -> None:
    made = await holds.make_reservation(concert, ANN, AnyOf(2), TTL)
    await close_sales(holds, concert)

    await holds.extend(made.id, ANN, MINUTE, most=1)
    await sell(holds, made)

    assert (await holds.inspect(concert)).sold == set(made.numbers)


async def test_offered_tickets_can_be_taken_after_sales_have_closed(holds: HoldStore, concert: EventId) -> None:
    offer = await make_offer(holds, an_entry(concert, ANN, 2), TTL)
    await close_sales(holds, concert)

    assert (await holds.reserve(concert, ANN, 2, TTL)).numbers == offer.numbers
    assert (await holds.make_reservation(concert, ANN, AnyOf(2), TTL)).numbers == offer.numbers
    with pytest.raises(SalesClosed):
        await holds.make_reservation(concert, ANN, AnyOf(1), TTL)


@pytest.mark.parametrize("selection", [AnyOf(3), AnyOf(3, [STANDING]), BestOf(3, HALL), Exactly([1, 2, 3])])
async def test_tickets_set_aside_are_not_reserved(holds: HoldStore, concert: EventId, selection: Selection) -> None:
    await holds.set_demand(Demand(concert, tickets=18, version=1))
    taken = await holds.make_reservation(concert, BEN, AnyOf(20), TTL)
    await holds.give_back(taken.id, BEN)

    with pytest.raises(TooFewTickets):
        await holds.make_reservation(concert, ANN, selection, TTL)

    assert len((await holds.make_reservation(concert, ANN, AnyOf(2), TTL)).numbers) == 2


async def test_an_offered_user_reserves_the_offered_tickets_under_the_offers_deadline(
    holds: HoldStore, concert: EventId
) -> None:
    offer = await make_offer(holds, an_entry(concert, ANN, 2), 15 * MINUTE)

    made = await holds.make_reservation(concert, ANN, AnyOf(3), TTL)

    assert set(offer.numbers) < set(made.numbers)
    assert made.expires_at == offer.expires_at
    assert (await holds.stock(concert)).held == 3
    assert (await holds.reservation(made.id)) == made


async def test_offered_tickets_are_reserved_once(holds: HoldStore, concert: EventId) -> None:
    offer = await make_offer(holds, an_entry(concert, ANN, 2), TTL)

    first = await holds.make_reservation(concert, ANN, AnyOf(2), TTL)
    second = await holds.make_reservation(concert, ANN, AnyOf(2), TTL)

    assert first.numbers == offer.numbers
    assert not {*second.numbers} & {*first.numbers}
    assert await holds.reservation(first.id) == first


async def test_who_asks_for_certain_tickets_is_not_given_offered_ones(holds: HoldStore, concert: EventId) -> None:
    offer = await make_offer(holds, an_entry(concert, ANN, 2), TTL)

    made = await holds.make_reservation(concert, ANN, AnyOf(2, [STANDING]), TTL)

    assert not {*made.numbers} & {*offer.numbers}


async def test_offered_tickets_that_are_given_back_go_to_the_next_and_not_to_the_same_party_again(
    holds: HoldStore, concert: EventId
) -> None:
    entry = an_entry(concert, ANN, 20)
    offer = await make_offer(holds, entry, TTL)
    made = await holds.make_reservation(concert, ANN, AnyOf(20), TTL)
    await holds.set_demand(Demand(concert, tickets=5, version=1))

    reduced = await holds.reduce(made.id, ANN, 8)
    await holds.give_back(made.id, ANN)

    assert reduced.numbers == offer.numbers[:12]
    stock = await holds.stock(concert)
    assert (stock.free, stock.aside) == (20, 5)
    [standing] = await holds.offers(concert)
    assert (standing.entry_id, standing.numbers, standing.expires_at) == (entry.id, (), offer.expires_at)
    assert (await make_offer(holds, entry, TTL)).numbers == ()


async def test_neither_limit_nor_sales_window_nor_waitlist_bind_the_house(holds: HoldStore) -> None:
    event_id = an_event_id()
    house = house_of(event_id)
    over = SalesWindow(end=OPENING - 30 * YEAR)
    kept = sold_tickets(ticket_limit=2, sales=over, waiting=20, waiting_version=1, came_back=20)
    await install(holds, event_id, kept)

    made = await holds.make_reservation(event_id, house, Exactly(range(1, 18)), TTL)

    assert made.numbers == tuple(range(1, 18))
    stock = await holds.stock(event_id)
    assert (stock.held, stock.free, stock.aside) == (17, 3, 3)


async def test_what_the_house_keeps_counts_as_nobodys(holds: HoldStore, limited: EventId, lapse: Lapse) -> None:
    house = house_of(limited)
    await sell(holds, await take(holds, limited, 1, 2, 3, 4, 5, 6, user=house))
    held = await take(holds, limited, 7, 8, 9, user=house)
    await holds.reduce(held.id, house, 1)
    await lapse(limited, [7])
    await holds.give_back(held.id, house)
    await holds.release(Release(limited, house, (1, 2), epoch=1, number=1))

    funnel = await holds.funnel(limited)
    assert (funnel.reserved, funnel.booked, funnel.lapsed, funnel.given_back) == (0, 0, 0, 0)
    stock = await holds.stock(limited)
    assert (stock.sold, stock.held, stock.marked) == (4, 0, 4)
    await take(holds, limited, *range(7, 18), user=house)
