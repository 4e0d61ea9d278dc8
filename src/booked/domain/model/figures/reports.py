"""What services tell of an event and its ticket types, put together from both stores."""

from dataclasses import dataclass

from booked.domain.model.figures.analytics import DayTotals, EventFigures, Funnel, TypeFigures
from booked.domain.model.figures.hours import SpanTotals
from booked.domain.model.programme.events import Event
from booked.domain.model.programme.ticket_types import TypeSales
from booked.domain.model.programme.type_rules import Offering


@dataclass(frozen=True, slots=True)
class TypeReport:
    """A ticket type as somebody is shown it: with its price and its offering at this moment.

    `to_organizer` if they run the event.
    """

    event: Event
    sales: TypeSales
    present_price: int
    seated: bool
    to_organizer: bool
    offering: Offering


@dataclass(frozen=True, slots=True)
class Overview:
    """An event's figures, and how many of its tickets anyone could reserve right now. `timezone` is the event's."""

    figures: EventFigures
    available: int
    timezone: str


@dataclass(frozen=True, slots=True)
class EventReport:
    """Everything the counters tell of an event; `held` tickets are reserved just now, `available` ones can be.

    `days` are those of `timezone`, and `hours` those of one of these days, of which there are none if none is chosen.
    """

    totals: EventFigures
    types: list[TypeFigures]
    days: list[DayTotals]
    held: int
    available: int
    funnel: Funnel
    timezone: str
    hours: list[SpanTotals]
