"""Messages about figures for organizers."""

from datetime import date
from typing import Annotated

import msgspec

from booked.adapters.http.contracts.v1.messages.tickets import EventRef, TicketTypeRef
from booked.adapters.http.errors import InvalidQuery
from booked.adapters.http.requests.fields import Amount, Currency, Time, Timezone, amount_text, shown, utc
from booked.adapters.http.responses.csv_tables import ChosenFormat
from booked.adapters.http.responses.pages import PageQuery
from booked.domain.model.figures.analytics import DayTotals, Funnel, TypeFigures
from booked.domain.model.figures.hours import SpanTotals
from booked.domain.model.figures.reports import EventReport, Overview
from booked.domain.model.ids import EventId
from booked.domain.model.money import Money
from booked.domain.model.programme.seating import SEATS_MOST
from booked.domain.model.programme.timezones import require_timezone

Count = Annotated[int, shown("A number of tickets.", minimum=0)]
Seats = Annotated[int, shown("How many tickets there are.", minimum=1, maximum=SEATS_MOST)]
Rate = Annotated[float, shown("Tickets cancelled by tickets ever booked.", minimum=0, maximum=1)]


class EventFiguresBody(msgspec.Struct, frozen=True):
    """`booked` counts every sale, `cancelled` the sales taken back, and `sold` the rest.

    `revenue` is what the sold tickets have cost. You keep `blocked` tickets from sale.
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
    """What happened on a day. `revenue` is of the tickets booked on it, `refunded` of those cancelled on it."""

    day: date
    booked: Count
    cancelled: Count
    revenue: Amount
    refunded: Amount

    @classmethod
    def of(cls, currency: str, day: DayTotals) -> "DayBody":
        revenue, refunded = (_amount(currency, amount) for amount in (day.revenue, day.refunded))
        return cls(day.day, day.booked, day.cancelled, revenue, refunded)


class HourBody(msgspec.Struct, frozen=True):
    """What happened in an hour."""

    starts_at: Time
    booked: Count
    cancelled: Count
    revenue: Amount
    refunded: Amount

    @classmethod
    def of(cls, currency: str, hour: SpanTotals) -> "HourBody":
        revenue, refunded = (_amount(currency, amount) for amount in (hour.revenue, hour.refunded))
        return cls(utc(hour.since), hour.booked, hour.cancelled, revenue, refunded)


class FunnelBody(msgspec.Struct, frozen=True):
    """What became of reserved tickets; the rest is still held."""

    reserved: Count
    booked: Count
    lapsed: Count
    given_back: Count

    @classmethod
    def of(cls, funnel: Funnel) -> "FunnelBody":
        return cls(funnel.reserved, funnel.booked, funnel.lapsed, funnel.given_back)


class ReportBody(msgspec.Struct, frozen=True):
    """`days` are the last thousand on which anything happened, in the time zone `timezone`.

    `hours` are all hours of one of these days.
    """

    event: EventRef
    currency: Currency
    totals: TotalsBody
    ticket_types: list[TypeFiguresBody]
    days: list[DayBody]
    funnel: FunnelBody
    timezone: Timezone
    hours: list[HourBody]

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
            timezone=report.timezone,
            hours=[HourBody.of(event.currency, hour) for hour in report.hours],
        )


class FiguresQuery(PageQuery, frozen=True, kw_only=True):
    format: ChosenFormat | None = None


class ReportQuery(msgspec.Struct, frozen=True, kw_only=True):
    format: ChosenFormat | None = None
    timezone: (
        Annotated[str, shown("Whose days are counted, by its IANA name; by default the event's.", examples=["UTC"])]
        | None
    ) = None
    day: Annotated[date, shown("Whose hours are shown; by default the last on which anything happened.")] | None = None

    @property
    def zone(self) -> str | None:
        """Return the time zone asked for. Raises `InvalidQuery` if there is no such zone."""
        return None if self.timezone is None else require_timezone(self.timezone, InvalidQuery)


def _amount(currency: str, amount: int) -> str:
    return amount_text(Money(amount, currency))
