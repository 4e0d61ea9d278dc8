"""Results as a table for people, as JSON for programs, and as a plot for the documentation."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement. `rate` counts operations a second; times are milliseconds, CPU times are per operation.

    The bare server's CPU is the server's.
    """

    scenario: str
    connections: int
    seats: int
    sold_share: float
    rate: float
    to_floor: float | None
    p50: float
    p95: float
    p99: float
    server_cpu: float
    postgres_cpu: float
    valkey_cpu: float
    client_cpu: float
    failures: dict[str, int]
    exact: bool | None


def show(rows: Sequence[Row], facts: dict[str, str]) -> None:
    table = Table(title="Booked: operations a second")
    for column in ("scenario", "conns", "seats", "sold", "rate/s", "÷ floor", "p50 ms", "p95", "p99"):
        table.add_column(column, justify="left" if column == "scenario" else "right")
    for column in ("server", "postgres", "valkey", "client"):
        table.add_column(f"{column}\nCPU ms", justify="right")
    table.add_column("exact")
    for row in rows:
        table.add_row(
            row.scenario,
            str(row.connections),
            f"{row.seats:,}" if row.seats else "",
            f"{row.sold_share:.0%}" if row.seats else "",
            f"{row.rate:,.0f}",
            "" if row.to_floor is None else f"{row.to_floor:.2f}",
            *(f"{value:.1f}" for value in (row.p50, row.p95, row.p99)),
            *(f"{value:.3f}" for value in (row.server_cpu, row.postgres_cpu, row.valkey_cpu, row.client_cpu)),
            {None: "", True: "yes", False: "[red]NO"}[row.exact] + (f" [red]{row.failures}" if row.failures else ""),
        )
    console = Console(width=150)
    if rows:
        console.print(table)
    for name, value in facts.items():
        console.print(f"{name}: {value}")


def save(rows: Sequence[Row], facts: dict[str, str], path: Path) -> None:
    path.write_text(json.dumps({"facts": facts, "rows": [asdict(row) for row in rows]}, indent=1) + "\n")


def plot(rows: Sequence[Row], path: Path) -> None:
    """Throughput against the size of the event, a line per scenario and share sold."""
    import pygal
    from pygal.style import CleanStyle

    by_size = [row for row in rows if row.scenario in {"reserve", "reserve + book"}]
    sizes = sorted({row.seats for row in by_size})
    chart = pygal.Line(
        style=CleanStyle,
        title="Throughput does not depend on the size of the event",
        x_title="seats",
        y_title="operations a second",
        range=(0, max(row.rate for row in by_size) * 1.1),
        legend_at_bottom=True,
        js=[],
    )
    chart.x_labels = [f"{size:,}" for size in sizes]
    for scenario, share in sorted({(row.scenario, row.sold_share) for row in by_size}):
        rates = {row.seats: row.rate for row in by_size if (row.scenario, row.sold_share) == (scenario, share)}
        chart.add(f"{scenario}, {share:.0%} sold", [round(rates[size]) if size in rates else None for size in sizes])
    chart.render_to_file(str(path))
