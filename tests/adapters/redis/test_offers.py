"""What offers make of what an older version of the scripts left in Valkey, and of very many tickets that came back."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis

from booked.adapters.redis.store import RedisHoldStore
from booked.domain.model.ids import EventId
from booked.domain.model.programme.seating import Block
from booked.domain.model.sale.holds import Release
from booked.domain.model.sale.waitlist import CameBack, Demand, WantedTickets
from tests.builders import ANN, BEN, TTL, an_entry, an_event_id, install, sold_tickets

OFFER_TTL = timedelta(minutes=15)
FRONT, BACK = Block(1, 10, 1), Block(11, 20, 2)


@pytest.fixture
async def hall(holds: RedisHoldStore) -> EventId:
    """An event of which the front came back while parties wait for either type."""
    event_id = an_event_id()
    await install(holds, event_id, sold_tickets([(1, 10)]))
    wanted = (WantedTickets(10, (FRONT,)), WantedTickets(2, (BACK,)))
    await holds.set_demand(Demand(event_id, tickets=12, version=1, wanted=wanted))
    await holds.release(Release(event_id, ANN, tuple(range(1, 11)), epoch=1, number=1))
    return event_id


async def test_an_offer_takes_nothing_that_is_held_though_it_is_said_to_have_come_back(
    holds: RedisHoldStore, valkey: Redis, hall: EventId
) -> None:
    held = await holds.reserve(hall, ANN, 2, TTL, [[BACK]])
    for number in held.numbers:
        await valkey.setbit(f"came-back:{{{hall}}}", number - 1, 1)

    offer = await holds.offer(an_entry(hall, BEN, 2), 1, OFFER_TTL, [BACK])

    assert offer is not None
    assert (held.numbers, offer.numbers) == ((11, 12), (13, 14))
    assert await holds.came_back_among(hall, [[BACK]]) == [0]


async def test_what_is_returned_of_a_type_is_forgotten_whole_and_nothing_beside_it(
    holds: RedisHoldStore, valkey: Redis, hall: EventId
) -> None:
    length = await valkey.strlen(f"came-back:{{{hall}}}")
    middle = Block(2, 9, 1)
    groups = [CameBack(8, (middle,), stay_aside=False), CameBack(0, (Block(11, 1_000_000, 2),), stay_aside=False)]

    assert await holds.return_surplus(Demand(hall, tickets=12, version=1), await holds.stock(hall), 8, groups)

    assert await holds.came_back_among(hall, [[Block(1, 1, 1)], [middle], [Block(10, 10, 1)]]) == [1, 0, 1]
    assert await valkey.strlen(f"came-back:{{{hall}}}") == length
