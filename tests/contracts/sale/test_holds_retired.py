"""Tickets of a deleted type leave the hold store: the event is installed anew, and nobody can take them."""

import pytest

from booked.domain.errors import TooFewTickets
from booked.domain.model.ids import EventId
from booked.domain.model.programme.seating import Block
from booked.domain.model.sale.reservations import AnyOf
from booked.ports.hold_store import HoldStore
from booked.ports.holds import EventIsCold
from tests.builders import ANN, BEN, TTL, a_booking_id, an_event_id, install, sold_tickets
from tests.contracts.conftest import Lapse

BALCONY = (Block(11, 15, 2), Block(19, 20, 2))
RETIRED = [(block.first, block.last) for block in BALCONY]


async def test_an_event_is_cold_until_its_retired_tickets_are_known(holds: HoldStore, concert: EventId) -> None:
    held = await holds.make_reservation(concert, ANN, AnyOf(2), TTL)

    assert await holds.retire(concert, 2, BALCONY)

    with pytest.raises(EventIsCold):
        await holds.stock(concert)
    assert await holds.available([concert]) == [None]
    assert not await install(holds, concert, sold_tickets(epoch=2))
    assert await install(holds, concert, sold_tickets(RETIRED, epoch=3))
    assert (await holds.stock(concert)).free == 11
    assert await holds.reservation(held.id) == held
    assert (await holds.claim(concert, ANN, held.numbers, a_booking_id())).numbers == held.numbers


async def test_nobody_gets_a_retired_ticket(holds: HoldStore, concert: EventId) -> None:
    await holds.retire(concert, 2, BALCONY)
    await install(holds, concert, sold_tickets(RETIRED, epoch=3))

    with pytest.raises(TooFewTickets):
        await holds.make_reservation(concert, ANN, AnyOf(1, BALCONY), TTL)
    everything = await holds.reserve(concert, BEN, 13, TTL)
    assert everything.numbers == (*range(1, 11), *range(16, 19))


@pytest.mark.parametrize("then", ["held", "claimed", "sold"])
async def test_taken_tickets_are_not_retired(holds: HoldStore, concert: EventId, then: str) -> None:
    hold = await holds.make_reservation(concert, ANN, AnyOf(1, BALCONY), TTL)
    if then != "held":
        claim = await holds.claim(concert, ANN, hold.numbers, a_booking_id())
        if then == "sold":
            await holds.settle(concert, claim.booking_id)
    before = await holds.stock(concert)

    assert not await holds.retire(concert, 2, BALCONY)

    after = await holds.stock(concert)
    assert (after.epoch, after.free, after.held) == (before.epoch, before.free, before.held)


async def test_what_has_lapsed_is_retired(holds: HoldStore, concert: EventId, lapse: Lapse) -> None:
    hold = await holds.make_reservation(concert, ANN, AnyOf(1, BALCONY), TTL)
    await lapse(concert, hold.numbers)

    assert await holds.retire(concert, 2, BALCONY)


async def test_tickets_of_a_cold_event_are_retired(holds: HoldStore) -> None:
    event_id = an_event_id()

    assert await holds.retire(event_id, 2, BALCONY)

    assert not await install(holds, event_id, sold_tickets(epoch=2))
    assert await install(holds, event_id, sold_tickets(RETIRED, epoch=3))
