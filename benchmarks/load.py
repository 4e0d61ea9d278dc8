"""A load: operations that connections repeat, and what came of them. What it costs is part of every report."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from tests.client import Connection


@dataclass(slots=True)
class Tally:
    """What came of a load: how long each operation took (in seconds), how many tickets, and what went wrong."""

    latencies: list[float] = field(default_factory=list)
    tickets: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    exhausted: bool = False  # nothing is left to sell, so the load ends early

    @property
    def rate(self) -> float:
        """Operations a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """The latency in milliseconds that this share of the operations stayed under."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000 if ordered else float("nan")


Operation = Callable[[Connection, Tally], Awaitable[None]]


async def drive(port: int, operations: Iterable[Operation], seconds: float) -> Tally:
    """Run each operation over and over on a connection of its own, all at once, for some seconds."""
    tally = Tally()
    operations = list(operations)
    connections = [await Connection.open(port) for _ in operations]
    started = time.perf_counter()
    end = started + seconds

    async def repeat(connection: Connection, operation: Operation) -> None:
        while not tally.exhausted and (now := time.perf_counter()) < end:
            await operation(connection, tally)
            tally.latencies.append(time.perf_counter() - now)

    await asyncio.gather(*(repeat(*pair) for pair in zip(connections, operations, strict=True)))
    tally.seconds = time.perf_counter() - started
    for connection in connections:
        connection.close()
    return tally
