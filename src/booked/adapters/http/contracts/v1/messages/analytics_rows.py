"""Figures for organizers as rows of a table."""

from collections.abc import Iterator

import msgspec

from booked.adapters.http.contracts.v1.messages.analytics import (
    DayBody,
    EventFiguresBody,
    FunnelBody,
    ReportBody,
    TotalsBody,
    TypeFiguresBody,
)
from booked.adapters.http.responses.csv_tables import Cell

EVENT_COLUMNS = [
    *["event_id", "event", "starts_at", "seats", "sold", "blocked", "available", "booked", "cancelled"],
    *["revenue", "currency", "cancellation_rate"],
]
REPORT_COLUMNS = [
    *["of", "ticket_type", "day", "seats", "sold", "blocked", "held", "available", "booked", "cancelled"],
    *["revenue", "refunded", "cancellation_rate", "reserved", "lapsed", "given_back", "currency"],
    "timezone",
]


def event_row(body: EventFiguresBody) -> list[Cell]:
    starts_at = body.event.starts_at.isoformat().replace("+00:00", "Z")
    figures = [body.seats, body.sold, body.blocked, body.available, body.booked, body.cancelled]
    return [body.event.id, body.event.name, starts_at, *figures, body.revenue, body.currency, body.cancellation_rate]


def report_rows(body: ReportBody) -> Iterator[list[Cell]]:
    """Return a row on the event, then rows on its ticket types, then rows on its days, which are those of `timezone`.

    Columns may be empty.
    """
    rows: list[dict[str, Cell]] = [{"of": "event", **_cells(body.funnel), **_cells(body.totals)}]
    rows += [
        {"of": "ticket type", **_cells(type_), "ticket_type": type_.ticket_type.name} for type_ in body.ticket_types
    ]
    rows += [{"of": "day", **_cells(day), "day": day.day.isoformat()} for day in body.days]
    for row in rows:
        yield [{**row, "currency": body.currency, "timezone": body.timezone}.get(column) for column in REPORT_COLUMNS]


def _cells(figures: TotalsBody | FunnelBody | TypeFiguresBody | DayBody) -> dict[str, Cell]:
    return {name: value for name, value in msgspec.structs.asdict(figures).items() if isinstance(value, Cell)}
