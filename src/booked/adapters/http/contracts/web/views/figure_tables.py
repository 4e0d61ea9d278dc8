"""Figures of an event as tables to take along: one for each table of their page."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from booked.adapters.http.requests.fields import amount_text
from booked.adapters.http.responses.csv_tables import Cell, csv_table
from booked.domain.model.figures.analytics import DayTotals, Funnel, TypeFigures
from booked.domain.model.figures.hours import SpanTotals
from booked.domain.model.figures.reports import EventReport
from booked.domain.model.money import Money

SALES = ["booked", "cancelled", "revenue", "refunded", "currency"]


class FiguresTable(StrEnum):
    """A table by its name in addresses."""

    DAYS = "days"
    HOURS = "hours"
    TYPES = "types"
    FUNNEL = "funnel"


def figures_table(report: EventReport, table: FiguresTable) -> bytes:
    """Return a table of a report as CSV."""
    currency = report.totals.event.currency
    if table is FiguresTable.TYPES:
        return _types(report.types, currency)
    if table is FiguresTable.FUNNEL:
        return _funnel(report.funnel)
    if table is FiguresTable.HOURS:
        hours = ([hour.since.isoformat(), *_sales(hour, currency)] for hour in report.hours)
        return csv_table(["hour", *SALES, "timezone"], _in_zone(hours, report.timezone))
    days = ([day.day.isoformat(), *_sales(day, currency)] for day in report.days)
    return csv_table(["day", *SALES, "timezone"], _in_zone(days, report.timezone))


def _types(types: Sequence[TypeFigures], currency: str) -> bytes:
    rows: list[list[Cell]] = [
        [
            each.sales.type.name,
            each.sales.type.quota,
            each.sales.sold,
            each.booked,
            each.cancelled,
            amount_text(Money(each.revenue, currency)),
            currency,
        ]
        for each in types
    ]
    return csv_table(["ticket_type", "seats", "sold", "booked", "cancelled", "revenue", "currency"], rows)


def _funnel(funnel: Funnel) -> bytes:
    columns = ["reserved", "booked", "lapsed", "given_back"]
    return csv_table(columns, [[funnel.reserved, funnel.booked, funnel.lapsed, funnel.given_back]])


def _sales(totals: DayTotals | SpanTotals, currency: str) -> list[Cell]:
    revenue, refunded = (amount_text(Money(amount, currency)) for amount in (totals.revenue, totals.refunded))
    return [totals.booked, totals.cancelled, revenue, refunded, currency]


def _in_zone(rows: Iterable[list[Cell]], timezone: str) -> list[list[Cell]]:
    return [[*row, timezone] for row in rows]
