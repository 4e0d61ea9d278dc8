"""How stale the live stream is, and what many open streams cost a sale."""

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from typing import cast

from benchmarks.bench import Bench
from benchmarks.load import Tally, drive
from benchmarks.scenarios import People, Scene, buy
from booked.connections import connections
from booked.domain.model.ids import EventId, number_of
from tests.client import Connection, request

SEATS, ROWS = 20_000, 100
HOLDS_A_SECOND = 300
HOLDERS = 32  # connections that hold
SELLERS = 16  # connections that reserve and book as fast as they can
OPENED_AT_ONCE = 50
WARM_UP = 2.5  # seconds: an event at which nothing happened is looked at every two
FAREWELL = 1.0  # seconds for the frames of the last holds

_DATA, _END = b"\ndata: ", b"\n\n"


@dataclass(slots=True)
class Watchers:
    """What all streams saw: of each frame that arrives one of its tickets, another one at each stream."""

    arrivals: list[tuple[int, float]] = field(default_factory=list)
    refused: int = 0
    _frames: dict[bytes, list[int]] = field(default_factory=dict)

    def arrived(self, frame: bytes) -> None:
        taken = self._frames.get(frame)
        if taken is None:
            taken = self._frames[frame] = json.loads(frame).get("taken") or []
        if taken:
            self.arrivals.append((taken[len(self.arrivals) % len(taken)], time.perf_counter()))

    def staleness(self, held_at: dict[int, float]) -> Tally:
        """Return how long it took from the answer to a hold to its frame, 0 where the frame came first."""
        tally = Tally()
        tally.latencies = [max(0.0, at - held_at[number]) for number, at in self.arrivals if number in held_at]
        return tally


class Stream(asyncio.Protocol):
    """A reader of server-sent events, as far as the benchmark has to understand them."""

    def __init__(self, watchers: Watchers, opened: "asyncio.Future[None]") -> None:
        self._watchers = watchers
        self._opened = opened
        self._received = bytearray()
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if not self._opened.done():
            self._watchers.refused += data[9:12] != b"200"
            self._opened.set_result(None)
        self._received += data
        while (start := self._received.find(_DATA)) >= 0 and (end := self._received.find(_END, start)) >= 0:
            self._watchers.arrived(bytes(self._received[start + len(_DATA) : end]))
            del self._received[:end]

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002
        if not self._opened.done():
            self._watchers.refused += 1
            self._opened.set_result(None)


async def open_streams(port: int, event_id: EventId, count: int, watchers: Watchers) -> list[Stream]:
    """Open streams of an event. Those that the server refuses are counted."""
    loop = asyncio.get_running_loop()
    asked = request("GET", f"/api/v1/events/{event_id}/live/")
    streams: list[Stream] = []

    async def open_one() -> None:
        opened = loop.create_future()
        _, stream = await loop.create_connection(lambda: Stream(watchers, opened), "127.0.0.1", port)
        assert stream.transport is not None
        stream.transport.write(asked)
        await opened
        streams.append(stream)

    for start in range(0, count, OPENED_AT_ONCE):
        await asyncio.gather(*(open_one() for _ in range(min(OPENED_AT_ONCE, count - start))))
    return streams


async def hold_steadily(
    port: int, event_id: EventId, tokens: Iterator[str], seconds: float
) -> tuple[Tally, dict[int, float]]:
    """Hold so many seats a second, and no more. Return how long each took, and when each ticket was held."""
    tally, held_at = Tally(), dict[int, float]()
    body = json.dumps({"event_id": event_id, "num_tickets": 1}).encode()
    places = [await Connection.open(port) for _ in range(HOLDERS)]
    started = time.perf_counter()
    turns = iter(range(int(HOLDS_A_SECOND * seconds)))

    async def hold(connection: Connection) -> None:
        for turn in turns:
            await asyncio.sleep(max(0.0, started + turn / HOLDS_A_SECOND - time.perf_counter()))
            asked = time.perf_counter()
            status, answer = await connection.send(request("POST", "/api/v1/reservations/", next(tokens), body))
            at = time.perf_counter()
            if status != 201:
                tally.failures[f"HTTP {status}"] = tally.failures.get(f"HTTP {status}", 0) + 1
                continue
            tally.latencies.append(at - asked)
            held_at[number_of(json.loads(answer)["tickets"][0]["id"])] = at

    await asyncio.gather(*map(hold, places))
    tally.seconds = time.perf_counter() - started
    for connection in places:
        connection.close()
    return tally, held_at


async def sell_and_hold(bench: Bench, sale: Scene, event_id: EventId, tokens: Iterator[str], seconds: float) -> Tally:
    """Sell as fast as it goes while seats of another event are held steadily. Return what came of the sale."""
    holding = asyncio.create_task(hold_steadily(bench.port, event_id, tokens, seconds))
    sold = await drive(bench.port, [buy(sale)] * SELLERS, seconds)
    await holding
    return sold


async def measure_streams(bench: Bench, people: People, count: int, seconds: float) -> dict[str, str]:
    """Hold and sell without streams, then with `count` of them open, each for so many seconds.

    The sale is measured once more after the streams. Were it measured only before, each slower moment of the machine
    and each sold ticket would count as a cost of the streams.
    """
    connections()  # lets this process open as many files as it needs
    event_id = await bench.event(SEATS, 0, ROWS)
    sale = Scene.of([await bench.event(1_000_000, 0)], people)
    holders = cycle(people.buyers)
    await drive(bench.port, [buy(sale)], 0.2)
    alone, _ = await hold_steadily(bench.port, event_id, holders, seconds)
    sold_before = await sell_and_hold(bench, sale, event_id, holders, seconds)

    watchers = Watchers()
    streams = await open_streams(bench.port, event_id, count, watchers)
    await hold_steadily(bench.port, event_id, holders, WARM_UP)
    watched, held_at = await hold_steadily(bench.port, event_id, holders, seconds)
    await asyncio.sleep(FAREWELL)
    staleness = watchers.staleness(held_at)
    sold_watched = await sell_and_hold(bench, sale, event_id, holders, seconds)
    for stream in streams:
        if stream.transport is not None:
            stream.transport.close()
    sold_after = await sell_and_hold(bench, sale, event_id, holders, seconds)
    return {
        "streams": f"{count - watchers.refused:,} open, {watchers.refused:,} refused",
        "staleness with streams": _in_words(staleness),
        "holds with streams": _holds(watched),
        "holds without streams": _holds(alone),
        "pairs a second before, with and after streams": _beside(sold_before.rate, sold_watched.rate, sold_after.rate),
    }


def _in_words(tally: Tally) -> str:
    times = ", ".join(f"p{share * 100:.0f} {tally.percentile(share):.0f} ms" for share in (0.5, 0.95, 0.99))
    return f"{times} of {len(tally.latencies):,} looks"


def _beside(before: float, watched: float, after: float) -> str:
    return f"{before:,.0f}, {watched:,.0f} and {after:,.0f}, {2 * watched / (before + after):.2f} ×"


def _holds(tally: Tally) -> str:
    failed = f", {tally.failures}" if tally.failures else ""
    return f"{tally.rate:,.0f} a second, p99 {tally.percentile(0.99):.1f} ms{failed}"
