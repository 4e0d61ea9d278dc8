"""Figures for organizers, as JSON and as CSV."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Annotated
from urllib.parse import urlencode

import msgspec

from booked.adapters.http.access.roles import Access
from booked.adapters.http.contracts.resource import Resource
from booked.adapters.http.contracts.v1.csv_tables import Cell, Format, csv_answer, csv_table, wants_csv
from booked.adapters.http.contracts.v1.tickets import EVENT, STALLS, EventRef, TicketTypeRef
from booked.adapters.http.requests.fields import Amount, Currency, amount_text, shown
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.parameters import Params
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.pages import Page, PageQuery, id_behind, page_by_id
from booked.domain.errors import NoEventFound, NotYourOrganization
from booked.domain.model.figures.analytics import DayTotals, Funnel, TypeFigures
from booked.domain.model.ids import EventId
from booked.domain.model.money import Money
from booked.domain.model.programme.seating import SEATS_MOST
from booked.domain.services.figures.analytics import EventReport, Overview

resource = Resource("/api/v1/analytics/events/", "v1 · Analytics", Access.ORGANIZER)

Count = Annotated[int, shown("A number of tickets.", minimum=0)]
Seats = Annotated[int, shown("How many tickets there are.", minimum=1, maximum=SEATS_MOST)]
Rate = Annotated[float, shown("Tickets cancelled by tickets ever booked.", minimum=0, maximum=1)]
ChosenFormat = Annotated[Format, shown("In place of the header Accept.")]


class EventFiguresBody(msgspec.Struct, frozen=True):
    """`booked` counts every sale, `cancelled` those of them that were taken back; `sold` is what stands.

    `revenue` is what the tickets that stand have cost. `blocked` tickets are kept from sale by you.
    """

    event: EventRef
    seats: Seats
    sold: Count
    blocked: Count
    available: Count
    booked: Count
    cancelled: Count
    revenue: Amount
    currency: Currency
    cancellation_rate: Rate

    @classmethod
    def of(cls, overview: Overview) -> "EventFiguresBody":
        figures = overview.figures
        return cls(
            event=EventRef.of(figures.event),
            seats=figures.event.seat_count,
            sold=figures.sold,
            blocked=figures.event.blocked,
            available=overview.available,
            booked=figures.booked,
            cancelled=figures.cancelled,
            revenue=_amount(figures.event.currency, figures.revenue),
            currency=figures.event.currency,
            cancellation_rate=figures.cancellation_rate,
        )


class TotalsBody(msgspec.Struct, frozen=True):
    seats: Seats
    sold: Count
    blocked: Count
    held: Count
    available: Count
    booked: Count
    cancelled: Count
    revenue: Amount
    cancellation_rate: Rate


class TypeFiguresBody(TotalsBody, frozen=True):
    ticket_type: TicketTypeRef

    @classmethod
    def of(cls, event_id: EventId, currency: str, figures: TypeFigures) -> "TypeFiguresBody":
        return cls(
            ticket_type=TicketTypeRef.of(event_id, figures.sales.type),
            seats=figures.sales.type.quota,
            sold=figures.sales.sold,
            blocked=figures.sales.blocked,
            held=figures.held,
            available=figures.sales.available,
            booked=figures.booked,
            cancelled=figures.cancelled,
            revenue=_amount(currency, figures.revenue),
            cancellation_rate=figures.cancellation_rate,
        )


class DayBody(msgspec.Struct, frozen=True):
    """What happened on a day, in UTC. `revenue` is of the tickets booked on it, `refunded` of those cancelled on it."""

    day: date
    booked: Count
    cancelled: Count
    revenue: Amount
    refunded: Amount

    @classmethod
    def of(cls, currency: str, day: DayTotals) -> "DayBody":
        revenue, refunded = (_amount(currency, amount) for amount in (day.revenue, day.refunded))
        return cls(day.day, day.booked, day.cancelled, revenue, refunded)


class FunnelBody(msgspec.Struct, frozen=True):
    """What became of tickets that people reserved; the rest of them is still held."""

    reserved: Count
    booked: Count
    lapsed: Count
    given_back: Count

    @classmethod
    def of(cls, funnel: Funnel) -> "FunnelBody":
        return cls(funnel.reserved, funnel.booked, funnel.lapsed, funnel.given_back)


class ReportBody(msgspec.Struct, frozen=True):
    """`days` are the last thousand on which anything happened."""

    event: EventRef
    currency: Currency
    totals: TotalsBody
    ticket_types: list[TypeFiguresBody]
    days: list[DayBody]
    funnel: FunnelBody

    @classmethod
    def of(cls, report: EventReport) -> "ReportBody":
        totals, event = report.totals, report.totals.event
        return cls(
            event=EventRef.of(event),
            currency=event.currency,
            totals=TotalsBody(
                seats=event.seat_count,
                sold=totals.sold,
                blocked=event.blocked,
                held=report.held,
                available=report.available,
                booked=totals.booked,
                cancelled=totals.cancelled,
                revenue=_amount(event.currency, totals.revenue),
                cancellation_rate=totals.cancellation_rate,
            ),
            ticket_types=[TypeFiguresBody.of(event.id, event.currency, type_) for type_ in report.types],
            days=[DayBody.of(event.currency, day) for day in report.days],
            funnel=FunnelBody.of(report.funnel),
        )


class FiguresQuery(PageQuery, frozen=True, kw_only=True):
    format: ChosenFormat | None = None


class ReportQuery(msgspec.Struct, frozen=True, kw_only=True):
    format: ChosenFormat | None = None


EVENT_COLUMNS = [
    *["event_id", "event", "starts_at", "seats", "sold", "blocked", "available", "booked", "cancelled"],
    *["revenue", "currency", "cancellation_rate"],
]
REPORT_COLUMNS = [
    *["of", "ticket_type", "day", "seats", "sold", "blocked", "held", "available", "booked", "cancelled"],
    *["revenue", "refunded", "cancellation_rate", "reserved", "lapsed", "given_back", "currency"],
]


def event_row(body: EventFiguresBody) -> list[Cell]:
    starts_at = body.event.starts_at.isoformat().replace("+00:00", "Z")
    figures = [body.seats, body.sold, body.blocked, body.available, body.booked, body.cancelled]
    return [body.event.id, body.event.name, starts_at, *figures, body.revenue, body.currency, body.cancellation_rate]


def report_rows(body: ReportBody) -> Iterator[list[Cell]]:
    """A row on the event, one on each ticket type, one on each day; what a row has nothing to say of is empty."""
    rows: list[dict[str, Cell]] = [{"of": "event", **_cells(body.funnel), **_cells(body.totals)}]
    rows += [
        {"of": "ticket type", **_cells(type_), "ticket_type": type_.ticket_type.name} for type_ in body.ticket_types
    ]
    rows += [{"of": "day", **_cells(day), "day": day.day.isoformat()} for day in body.days]
    for row in rows:
        yield [row.get(column) for column in REPORT_COLUMNS[:-1]] + [body.currency]


def _cells(figures: TotalsBody | FunnelBody | TypeFiguresBody | DayBody) -> dict[str, Cell]:
    return {name: value for name, value in msgspec.structs.asdict(figures).items() if isinstance(value, Cell)}


def _amount(currency: str, amount: int) -> str:
    return amount_text(Money(amount, currency))


FIGURES = EventFiguresBody(EVENT, 800, 611, 12, 170, 640, 29, "29988.10", "EUR", 29 / 640)
REPORT = ReportBody(
    event=EVENT,
    currency="EUR",
    totals=TotalsBody(800, 611, 12, 7, 170, 640, 29, "29988.10", 29 / 640),
    ticket_types=[TypeFiguresBody(800, 611, 12, 7, 170, 640, 29, "29988.10", 29 / 640, STALLS)],
    days=[DayBody(datetime(2026, 10, 1, tzinfo=UTC).date(), 640, 29, "31435.20", "1447.10")],
    funnel=FunnelBody(702, 640, 40, 15),
)
FIGURES_TABLE = csv_table(EVENT_COLUMNS, [event_row(FIGURES)]).decode()
REPORT_TABLE = csv_table(REPORT_COLUMNS, report_rows(REPORT)).decode()


@resource.get(
    "", "A page of events, the newest first.", returns=Page([FIGURES], None), also={"text/csv": FIGURES_TABLE}
)
async def compare_events(request: ApiRequest, params: Params[FiguresQuery]) -> Answer[Page[EventFiguresBody]]:
    """Compare events of your organizations; as an admin, all.

    As CSV, the header `Link` leads to the next page.
    """
    after = id_behind(params, EventId)
    events = await request.services.analytics.overview(request.user, after, params.limit + 1)
    page = page_by_id(events, params, EventFiguresBody.of, EventId, lambda event: event.figures.event.id)
    if not wants_csv(request, params.format):
        return Answer(page)
    return csv_answer("events", EVENT_COLUMNS, map(event_row, page.items), **_next(params, page.next_cursor))


@resource.get(
    "/api/v1/events/{event_id:str}/analytics/",
    "The figures.",
    returns=REPORT,
    also={"text/csv": REPORT_TABLE},
    refuses=[NoEventFound, NotYourOrganization],
)
async def report_on_event(
    request: ApiRequest, event_id: PathId[EventId], params: Params[ReportQuery]
) -> Answer[ReportBody]:
    """Report on an event of your organization: sales by ticket type and by day, and what became of reservations."""
    report = await request.services.analytics.report(request.user, event_id)
    body = ReportBody.of(report)
    if not wants_csv(request, params.format):
        return Answer(body)
    return csv_answer("analytics", REPORT_COLUMNS, report_rows(body))


def _next(params: FiguresQuery, cursor: str | None) -> dict[str, str]:
    """The header that leads to the next page (RFC 8288), if there is one."""
    if cursor is None:
        return {}
    query = {"limit": params.limit, "cursor": cursor} | ({"format": params.format.value} if params.format else {})
    return {"Link": f'</api/v1/analytics/events/?{urlencode(query)}>; rel="next"'}
