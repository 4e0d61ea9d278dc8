"""Held, offered or booked tickets as lines: those of a type and a row together."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from booked.domain.model.money import Money
from booked.domain.model.programme.seating import Seat
from booked.domain.model.programme.ticket_types import TicketType
from booked.domain.model.sale.bookings import PlacedTicket
from booked.domain.model.sale.reservations import PricedTicket


@dataclass(frozen=True, slots=True)
class TicketLine:
    """Tickets of one type and price, with the seats of one row or, in general admission, none."""

    type: str
    section: str
    row: str
    seats: tuple[str, ...]
    count: int
    price: Money
    total: Money


def lines_of(tickets: Iterable[PricedTicket | PlacedTicket], currency: str) -> list[TicketLine]:
    """Return tickets as lines, in the order of their types, rows and seats."""
    parts = sorted(map(_parts, tickets), key=_place)
    return [_line(list(group), currency) for _, group in groupby(parts, _row)]


_Parts = tuple[TicketType, Seat | None, int, int]


def _parts(ticket: PricedTicket | PlacedTicket) -> _Parts:
    if isinstance(ticket, PlacedTicket):
        return ticket.type, ticket.seat, ticket.ticket.price, ticket.ticket.number
    return ticket.type, ticket.seat, ticket.price, ticket.number


def _place(parts: _Parts) -> tuple[int, int, int]:
    type_, _, price, number = parts
    return type_.number, price, number


def _row(parts: _Parts) -> tuple[int, int, str, str]:
    type_, seat, price, _ = parts
    return type_.number, price, seat.section if seat else "", seat.row if seat else ""


def _line(group: list[_Parts], currency: str) -> TicketLine:
    type_, seat, price, _ = group[0]
    return TicketLine(
        type=type_.name,
        section=seat.section if seat else "",
        row=seat.row if seat else "",
        seats=tuple(str(each.seat) for _, each, _, _ in group if each),
        count=len(group),
        price=Money(price, currency),
        total=Money(price * len(group), currency),
    )
