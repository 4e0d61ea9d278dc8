"""A node of a Valkey Cluster that dies or freezes while its event, and others, are being sold."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import pytest

from booked.domain.errors import Busy, StoreError, TicketError, TooFewTickets
from booked.domain.model.ids import EventId, UserId
from tests.clusters import Cluster, Node, wait_until
from tests.concurrency.conftest import OpenProcess
from tests.concurrency.processes import Process, Truth, agrees

SEATS = 60
BUYERS = 12  # of each event
Answer = TypeVar("Answer")

pytestmark = pytest.mark.parametrize("redis_url", ["cluster"], indirect=True)


@dataclass
class Sale:
    """Buyers of one event, each of whom buys ticket after ticket and asks again after a 503.

    From `most_before` tickets sold, they wait until the event's node was struck.
    """

    event_id: EventId
    processes: Sequence[Process]
    most_before: int
    struck: asyncio.Event = field(default_factory=asyncio.Event)
    sold: int = 0
    failures: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, buyers: Sequence[UserId]) -> None:
        await asyncio.gather(*(self._buy(self.processes[i % 2], buyer) for i, buyer in enumerate(buyers)))

    async def _buy(self, process: Process, buyer: UserId) -> None:
        while not self.over.is_set():
            if self.sold >= self.most_before:
                await self.struck.wait()
            try:
                tickets = await self._until_answered(lambda: process.sale.reserve(buyer, self.event_id, 1))
                await self._until_answered(lambda: process.sale.book(buyer, tickets))  # noqa: B023
                self.sold += 1
            except TooFewTickets:
                return
            except TicketError:
                continue  # the hold is lost, as the replica had not heard of it
            await asyncio.sleep(0.01)

    async def _until_answered(self, attempt: Callable[[], Awaitable[Answer]]) -> Answer:
        while True:
            try:
                return await attempt()
            except (StoreError, Busy):
                self.failures += 1
                await asyncio.sleep(0.02)


@pytest.fixture
async def sales(cluster: Cluster, open_process: OpenProcess) -> dict[Node, Sale]:
    """An event at each node, sold by two processes. That of the first node has few seats, the others have many."""
    processes = [await open_process(), await open_process()]
    sales: dict[Node, Sale] = {}
    while len(sales) < len(cluster.primaries()):
        seats, most_before = (100_000, 100_000) if sales else (SEATS, SEATS // 2)
        event_id = await processes[0].event(seats)
        sales.setdefault(cluster.owner(event_id), Sale(event_id, processes, most_before))
    return sales


@pytest.mark.parametrize("blow", [signal.SIGKILL, pytest.param(signal.SIGSTOP, marks=pytest.mark.slow)])
async def test_a_node_that_is_struck_in_mid_sale_is_survived_and_others_sell_on(
    cluster: Cluster, sales: dict[Node, Sale], truth: Truth, blow: signal.Signals
) -> None:
    (node, struck), *others = sales.items()
    process = struck.processes[0]
    replica = cluster.replica(node)
    running = [asyncio.create_task(sale.run(await process.people(BUYERS))) for sale in sales.values()]
    while not all(sale.sold for sale in sales.values()):
        await asyncio.sleep(0)
    epochs = [(await process.holds.stock(sale.event_id)).epoch for _, sale in others]
    while struck.sold < SEATS // 4:
        await asyncio.sleep(0)

    before = [sale.sold for _, sale in others]
    node.process.send_signal(blow)
    struck.struck.set()
    try:
        await asyncio.to_thread(wait_until, lambda: replica.primary, "nobody takes over")
        meanwhile = [sale.sold - count for (_, sale), count in zip(others, before, strict=True)]
        await running[0]
        for _, sale in others:
            sale.over.set()
        await asyncio.gather(*running)
    finally:
        node.process.send_signal(signal.SIGCONT)  # the tests that come next share the cluster

    assert struck.failures, "its buyers notice"
    await buy_what_lapsed(struck, truth)
    assert await truth.sold(struck.event_id) == list(range(1, SEATS + 1))
    assert all(meanwhile), "others sell on"
    assert [sale.failures for _, sale in others] == [0, 0]
    assert [(await process.holds.stock(sale.event_id)).epoch for _, sale in others] == epochs, "they were never cold"
    for sale in sales.values():
        assert await agrees(process, sale.event_id)
        assert len(await truth.sold(sale.event_id)) == len(set(await truth.sold(sale.event_id))) >= sale.sold


async def buy_what_lapsed(sale: Sale, truth: Truth) -> None:
    """Let holds lapse whose buyers never heard of them, and sell their tickets."""
    process = sale.processes[0]
    [buyer] = await process.people(1)
    members: list[bytes] = await truth.valkey.zrange(f"expiry:{{{sale.event_id}}}", 0, -1)  # type: ignore[assignment]
    for member in members:
        number, _, user_id = member.decode().partition(":")
        await truth.lapse(sale.event_id, UserId(user_id), int(number))
    await sale.run([buyer])
