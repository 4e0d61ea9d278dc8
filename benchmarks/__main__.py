"""Runs the scenarios one after the other against one server, and checks after each that what was sold is exact."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import uvloop
from rich.console import Console
from rich.progress import Progress

from benchmarks.bench import Bench, open_bench
from benchmarks.hops import measure_hops
from benchmarks.load import Tally, drive
from benchmarks.report import Row, plot, save, show
from benchmarks.scenarios import (
    People,
    Scenario,
    Scene,
    best_available,
    buy,
    chosen_seats,
    floor,
    in_turn,
    look,
    refusal,
    reserve,
)
from benchmarks.streams import measure_streams
from benchmarks.upkeep import measure_upkeep
from booked.domain.model.ids import EventId
from booked.domain.model.people.users import Role

PEOPLE = 2_000
ENOUGH_TICKETS = 40_000  # on sale in a measurement, or a hundred events' worth of them
EVENTS_MOST = 100
MANY_EVENTS = 50  # on sale at once
HALL = 100_000  # seats
ROWS = 500
MANY_HELD = 100_000
CROWD = 10_000  # events to look at lists among
LOOKING = 8  # connections
LOOKS = {
    "a seat": "/api/v1/events/{event}/seats/{seat}/",
    "100 seats": "/api/v1/events/{event}/seats/?limit=100",
    "the availability": "/api/v1/events/{event}/seats/availability/",
    "the counts": "/api/v1/events/{event}/tickets/",
}
EVENT_LIST = look("/event/?limit=10")
SHOP = look("/", accept="text/html")
SHOP_IN_JSON = look("/api/v1/events/")
PAGES = {
    "shop page": SHOP,
    "shop page in JSON": SHOP_IN_JSON,
    "event page": look("/e/{event}", accept="text/html"),
    "event page in JSON": look("/api/v1/events/{event}/", "/api/v1/events/{event}/tickets/"),
}
CROWDED = {
    "event list": EVENT_LIST,
    "shop page": SHOP,
    "shop page in JSON": SHOP_IN_JSON,
    "analytics": look("/analytics/", by_admin=True),
}
SOAK_CONNECTIONS = 4  # a load that leaves the machine room for other things


@dataclass(frozen=True, slots=True)
class Measurement:
    """A scenario at events of so many seats of which a share is sold; `on_sale` events at the same time.

    `held` tickets are held from the start, and at least `among` events are there.
    """

    name: str
    scenario: Scenario
    connections: int
    seats: int = 1_000
    sold_share: float = 0.0
    rows: int | None = None
    held: int = 0
    on_sale: int = 1
    among: int = 0

    @property
    def sold(self) -> int:
        return int(self.seats * self.sold_share)

    @property
    def events(self) -> int:
        """How many events are sold one after the other, in place of each that is on sale."""
        left = max(1, self.seats - self.sold)
        return 1 if self.scenario is refusal else min(EVENTS_MOST, -(-ENOUGH_TICKETS // left))


def plan(connections: Sequence[int], seats: Sequence[int], shares: Sequence[float]) -> Iterator[Measurement]:
    """Every figure at every number of connections, then sales at 64 of them for every size of event."""
    for count in connections:
        yield Measurement("floor", floor, count)
        yield Measurement("event list", EVENT_LIST, count)
        yield Measurement("sold-out refusal", refusal, count, sold_share=1.0)
        yield Measurement("reserve", reserve, count, 1_000_000)
        yield Measurement("reserve + book", buy, count, 1_000_000)
        yield Measurement(f"reserve + book, {MANY_EVENTS} events", buy, count, 1_000_000, on_sale=MANY_EVENTS)
    yield Measurement(f"reserve + book, {MANY_HELD:,} held", buy, 64, 1_000_000, held=MANY_HELD)
    yield Measurement("best two seats", best_available, 64, HALL, rows=ROWS)
    yield Measurement("two chosen seats", chosen_seats, 64, HALL, rows=ROWS)
    for what, path in LOOKS.items():
        for held in (0, HALL):
            yield Measurement(f"look at {what}, {held:,} held", look(path), LOOKING, HALL, rows=ROWS, held=held)
    for name, scenario in PAGES.items():
        yield Measurement(name, scenario, LOOKING)
    yield Measurement("floor", floor, 64)
    for size in seats:
        for share in shares:
            yield Measurement("reserve", reserve, 64, size, share)
            yield Measurement("reserve + book", buy, 64, size, share)
    for what, scenario in CROWDED.items():
        yield Measurement(f"{what} among {CROWD:,} events", scenario, LOOKING, among=CROWD)


async def run(
    bench: Bench, wanted: Sequence[Measurement], seconds: float, streams: int, *, weigh: bool, upkeep: bool
) -> tuple[list[Row], dict[str, str]]:
    people = People(await bench.people(PEOPLE), *await bench.people(1, Role.ADMIN))
    rows: list[Row] = []
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=len(wanted))
        for each in wanted:
            what = f"{each.name}, {each.connections} connections, {each.seats:,} seats"
            progress.update(task, description=what)
            floors = [row.rate for row in rows if row.scenario == "floor" and row.connections == each.connections]
            beside = floors[-1] if floors and each.scenario is not floor else None
            row = await measure(bench, each, people, seconds, beside)
            rows.append(row)
            progress.advance(task)
            if not progress.console.is_terminal:
                progress.console.print(f"{what}: {row.rate:,.0f} a second")
    facts = pages_to_json(rows)
    if weigh:
        facts |= await memory(bench, people, seconds)
    if streams:
        facts |= await measure_streams(bench, people, streams, seconds)
    if upkeep:
        facts |= await measure_upkeep(bench)
    return rows, facts


async def measure(bench: Bench, wanted: Measurement, people: People, seconds: float, floor_rate: float | None) -> Row:
    total = wanted.events * wanted.on_sale
    events = [await bench.event(wanted.seats, wanted.sold, wanted.rows) for _ in range(total)]
    await bench.crowd(wanted.among)
    scenes = [Scene.of(events[place :: wanted.on_sale], people) for place in range(wanted.on_sale)]
    operations = [wanted.scenario(scene) for scene in scenes]
    operation = in_turn(operations)
    port = bench.bare_port if wanted.scenario is floor else bench.port
    warm_up = await drive(port, operations, 0.2)
    if wanted.held:
        await bench.hold(scenes[0].event_id, wanted.held)
    usage = bench.usage()
    tally = await drive(port, [operation] * wanted.connections, seconds)
    used = bench.usage().since(usage)
    per_operation = 1000 / max(1, len(tally.latencies))
    sells = wanted.scenario is buy
    return Row(
        scenario=wanted.name,
        connections=wanted.connections,
        seats=wanted.seats if wanted.scenario not in {floor, *CROWDED.values()} else 0,
        sold_share=wanted.sold_share,
        rate=tally.rate,
        to_floor=tally.rate / floor_rate if floor_rate else None,
        p50=tally.percentile(0.5),
        p95=tally.percentile(0.95),
        p99=tally.percentile(0.99),
        server_cpu=used.server * per_operation,
        postgres_cpu=used.postgres * per_operation,
        valkey_cpu=used.valkey * per_operation,
        client_cpu=used.client * per_operation,
        failures=tally.failures,
        exact=await is_exact(bench, events, wanted, warm_up, tally) if sells else None,
    )


async def is_exact(bench: Bench, events: Sequence[EventId], wanted: Measurement, warm_up: Tally, tally: Tally) -> bool:
    """Whether exactly the tickets were sold whose sale was acknowledged: none lost, none more."""
    expected = wanted.sold * len(events) + warm_up.tickets + tally.tickets
    counts = [await bench.sold(event_id) for event_id in events]
    return [sum(column) for column in zip(*counts, strict=True)] == [expected, expected]


def pages_to_json(rows: Sequence[Row]) -> dict[str, str]:
    """Say what pages cost beside the JSON of what they show, of the same run."""
    known = {row.scenario: row for row in rows}
    return {
        f"{what} page to JSON": (
            f"{json.rate / page.rate:.2f} × the time, {page.server_cpu / json.server_cpu:.2f} × the server's CPU"
        )
        for what in ("shop", "event")
        if (page := known.get(f"{what} page")) and (json := known.get(f"{what} page in JSON"))
    }


async def memory(bench: Bench, people: People, seconds: float) -> dict[str, str]:
    """What holds, sales and workers weigh."""
    scene = Scene.of([await bench.event(1_000_000, 0)], people)
    empty = await bench.valkey_memory()
    held = await drive(bench.port, [reserve(scene)] * 16, seconds)
    bitmap = 1_000_000 // 8
    per_hold = (await bench.valkey_memory() - empty - bitmap) / len(held.latencies)
    unsold = await bench.postgres_bytes()
    sales = await drive(bench.port, [buy(scene)] * 16, seconds)
    per_sale = (await bench.postgres_bytes() - unsold) / sales.tickets
    return {
        "Valkey bytes per held ticket": f"{per_hold:.0f}",
        "Postgres bytes per sold ticket, indexes included": f"{per_sale:.0f}",
        "resident memory of each HTTP worker": _mebibytes(bench.server_memory()),
    }


async def soak(bench: Bench, minutes: int) -> dict[str, str]:
    """Whether memory grows while tickets are sold without a pause."""
    people = People(await bench.people(PEOPLE), *await bench.people(1, Role.ADMIN))
    scene = Scene.of([await bench.event(10_000_000, 0)], people)
    facts = {}
    for minute in range(1, minutes + 1):
        sales = await drive(bench.port, [buy(scene)] * SOAK_CONNECTIONS, 60)
        workers, valkey = _mebibytes(bench.server_memory()), _mebibytes([await bench.valkey_memory()])
        facts[f"after minute {minute}"] = f"{sales.tickets:,} more sold, HTTP workers {workers}, Valkey {valkey}"
    return facts


def _mebibytes(sizes: Sequence[int]) -> str:
    return ", ".join(f"{size / 2**20:.1f} MiB" for size in sizes)


def numbers(text: str) -> list[int]:
    return [int(part) for part in text.replace("_", "").split(",")]


@click.command()
@click.option("--connections", default="1,16,64,256", show_default=True)
@click.option("--seats", default="1_000,100_000,1_000_000,10_000_000", show_default=True)
@click.option("--sold", default="0,90", show_default=True, help="Per cent of the seats sold beforehand.")
@click.option("--seconds", default=3.0, show_default=True, help="How long each measurement lasts.")
@click.option("--workers", default=1, show_default=True, help="HTTP processes.")
@click.option("--only", default="", help="Measure only scenarios with this in their name.")
@click.option("--streams", default=2_000, show_default=True, help="Watch a sale by this many live streams; 0 for none.")
@click.option("--soak", "soak_minutes", default=0, help="Instead, sell for this many minutes and watch memory.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Also write the results here.")
@click.option("--plot", "plot_file", type=click.Path(path_type=Path), help="Draw throughput against size here (SVG).")
def main(
    *,
    connections: str,
    seats: str,
    sold: str,
    seconds: float,
    workers: int,
    only: str,
    streams: int,
    soak_minutes: int,
    json_file: Path | None,
    plot_file: Path | None,
) -> None:
    """Measure a sale end to end on this machine: server, stores and load generator share it."""
    planned = plan(numbers(connections), numbers(seats), [share / 100 for share in numbers(sold)])
    wanted = [each for each in planned if only in each.name]
    with open_bench(workers) as bench:
        watched = streams if only in "streams" else 0
        rows, facts = uvloop.run(
            _measured(bench, wanted, seconds, watched, soak_minutes, weigh=only in "memory", upkeep=only in "upkeep")
        )
    if only in "cluster" and not soak_minutes:
        facts |= measure_hops(workers, seconds)
    show(rows, facts)
    if json_file:
        save(rows, facts, json_file)
    if plot_file:
        plot(rows, plot_file)
    if any(row.exact is False for row in rows):
        raise SystemExit("What was sold is not what was acknowledged.")


async def _measured(
    bench: Bench,
    wanted: Sequence[Measurement],
    seconds: float,
    streams: int,
    soak_minutes: int,
    *,
    weigh: bool,
    upkeep: bool,
) -> tuple[list[Row], dict[str, str]]:
    try:
        if soak_minutes:
            return [], await soak(bench, soak_minutes)
        return await run(bench, wanted, seconds, streams, weigh=weigh, upkeep=upkeep)
    finally:
        await bench.close()


if __name__ == "__main__":
    main()
