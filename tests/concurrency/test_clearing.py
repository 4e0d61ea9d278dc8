"""Clearing the box office in the middle of a rush."""

import asyncio

from booked.domain.errors import BookedError
from booked.domain.model.ids import EventId, UserId
from tests.concurrency.conftest import OpenProcess
from tests.concurrency.processes import Process, Truth

BUYERS = 40
SEATS = 100_000
LAPSING = {"permit", "due", "discarded"}  # of repairs that somebody began, and of what was cleared
ENOUGH = 200  # tickets that are sold before it is cleared


async def test_whoever_buys_meanwhile_leaves_no_trace(open_process: OpenProcess, truth: Truth) -> None:
    processes = [await open_process() for _ in range(3)]
    people, event = await processes[0].people(BUYERS), await processes[0].event(SEATS)
    sold: list[int] = []
    enough = asyncio.Event()
    buyers = [
        asyncio.create_task(buy_until_refused(processes[index % 3], user, event, sold, enough))
        for index, user in enumerate(people)
    ]
    await enough.wait()

    await processes[0].clearance.clear()

    refusals = await asyncio.gather(*buyers)
    assert len(sold) >= ENOUGH
    assert len(refusals) == BUYERS
    for table in ("events", "bookings", "tickets", "event_buyers", "event_quarters", "users"):
        assert await truth.connection.fetchval(f"SELECT count(*) FROM {table}") == 0
    keys = {key.decode().partition(":")[0] async for key in truth.valkey.scan_iter(f"*{{{event}}}*")}
    assert keys <= LAPSING


async def buy_until_refused(
    process: Process, user: UserId, event: EventId, sold: list[int], enough: asyncio.Event
) -> BookedError:
    while True:
        try:
            sold += await process.buy(user, event)
        except BookedError as refusal:
            return refusal
        if len(sold) >= ENOUGH:
            enough.set()
