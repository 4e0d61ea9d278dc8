"""What a Valkey Cluster of three costs beside one Valkey, on the same machine."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import astuple
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import uvloop

from benchmarks.bench import Bench, open_bench
from benchmarks.load import Operation, drive
from benchmarks.scenarios import People, Scene, buy, in_turn
from tests.clusters import PRIMARIES, Cluster, a_cluster

CONNECTIONS = 64
SEATS = 1_000_000
EVENTS = (1, 50)  # on sale at once
BUYERS = 2_000
ROUNDS = 4

Figures = tuple[float, ...]  # pairs a second; CPU of server, Postgres, Valkey and client for one, in milliseconds


def measure_hops(workers: int, seconds: float) -> dict[str, str]:
    """Sell through one Valkey and through three primaries in turn, and compare what a pair costs.

    The cluster's replicas are ended first, and it writes its log to disk as often as the other one does.
    """
    with TemporaryDirectory(prefix="booked-bench-") as directory, ExitStack() as stack:
        cluster = stack.enter_context(a_cluster(Path(directory)))
        _like_one(cluster)
        benches = {"one Valkey": stack.enter_context(open_bench(workers))}
        benches[f"a cluster of {PRIMARIES}"] = stack.enter_context(open_bench(workers, cluster))
        return uvloop.run(_compared(benches, seconds))


def _like_one(cluster: Cluster) -> None:
    for node in cluster.nodes[PRIMARIES:]:
        node.kill()
    for node in cluster.nodes[:PRIMARIES]:
        node.run("CONFIG SET", "appendonly", "yes", "appendfsync", "everysec")


async def _compared(benches: Mapping[str, Bench], seconds: float) -> dict[str, str]:
    found: dict[str, list[Figures]] = {}
    scenes = {(name, count): await _on_sale(bench, count) for name, bench in benches.items() for count in EVENTS}
    for number in range(ROUNDS):
        turns = list(scenes.items())
        for (name, count), operation in turns if number % 2 == 0 else turns[::-1]:
            figures = await _pairs(benches[name], operation, seconds)
            found.setdefault(f"pairs, events on sale {count}, {name}", []).append(figures)
    for bench in benches.values():
        await bench.close()
    return {what: _told(figures) for what, figures in found.items()}


async def _on_sale(bench: Bench, count: int) -> Operation:
    people = People(await bench.people(BUYERS), "")
    operations = [buy(Scene.of([await bench.event(SEATS, 0)], people)) for _ in range(count)]
    await drive(bench.port, operations, 0.2)
    return in_turn(operations)


async def _pairs(bench: Bench, operation: Operation, seconds: float) -> Figures:
    usage = bench.usage()
    tally = await drive(bench.port, [operation] * CONNECTIONS, seconds)
    if tally.failures:
        raise SystemExit(f"Sales failed: {tally.failures}")
    used = bench.usage().since(usage)
    return tally.rate, *(1000 * each / tally.tickets for each in astuple(used))


def _told(figures: Sequence[Figures]) -> str:
    rate, server, postgres, valkey, client = (median(column) for column in zip(*figures, strict=True))
    return (
        f"{rate:,.0f} a second; CPU ms of a pair: server {server:.3f}, Postgres {postgres:.3f}, "
        f"Valkey {valkey:.3f}, client {client:.3f}"
    )
