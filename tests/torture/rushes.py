"""Buyers who buy one ticket after the other, each in one request: what a box office can do in a second."""

import asyncio
import time
from collections.abc import Sequence

from booked.domain.model.ids import EventId, ticket_type_id
from tests.torture.calls import Caller, Reply
from tests.torture.offices import Office

SEATS = 5_000_000
BOUGHT = 201
PATH = "/api/v1/bookings/"
Wish = dict[str, object]


async def on_sale(office: Office) -> Wish:
    """Put an event on sale that does not sell out. Return what buys a ticket of it."""
    event_id = await office.inside.event(SEATS)
    return {"ticket_type_id": ticket_type_id(EventId(event_id), 1), "num_tickets": 1}


async def rush(callers: Sequence[Caller], wish: Wish, seconds: float) -> float:
    """Let all buy for some time, each as soon as it has been answered. Return how many tickets a second were sold."""
    ends = time.monotonic() + seconds

    async def buy(caller: Caller) -> int:
        sold = 0
        while time.monotonic() < ends:
            require_bought(await caller.ask("POST", PATH, wish))
            sold += 1
        return sold

    return sum(await asyncio.gather(*map(buy, callers))) / seconds


def require_bought(reply: Reply) -> None:
    assert reply.status == BOUGHT, (reply.status, reply.body)
