"""Bookings of an event as a table, for programs and for the office: a line per booking, to be looked up at the door."""

from collections.abc import AsyncIterator
from typing import Any

from booked.adapters.http.errors import InvalidQuery
from booked.adapters.http.requests.fields import amount_text
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.csv_tables import Cell, CsvTable, csv_answer
from booked.domain.model.sale.bookings import PlacedTicket
from booked.domain.services.sale.booking_views import BookingView

ROWS_MOST = 100_000
BOOKING_COLUMNS = [
    *["booking_id", "code", "status", "name", "email", "num_tickets", "ticket_types", "seats"],
    *["total", "refunded", "currency", "booked_at", "num_checked_in"],
]


async def booking_table(views: AsyncIterator[BookingView]) -> Answer[Any]:
    """Answer with all of these bookings. Raises `InvalidQuery` for more than a spreadsheet can be asked to hold."""
    table = CsvTable(BOOKING_COLUMNS)
    rows = 0
    async for view in views:
        rows += 1
        if rows > ROWS_MOST:
            raise InvalidQuery(f"That is a table of more than {ROWS_MOST:,} rows. Ask for fewer with `status` or `q`.")
        table.add(booking_row(view))
    return csv_answer("attendees", table.encoded())


def booking_row(view: BookingView) -> list[Cell]:
    """Return a booking with its standing tickets. `refunded` is what came back of the others."""
    record = view.record
    standing = set(record.standing)
    tickets = [placed for placed in view.tickets if placed.ticket in standing]
    booked_at = record.booked_at.isoformat(timespec="seconds").replace("+00:00", "Z")
    who: list[Cell] = [record.id, record.code, record.status.upper(), record.buyer.name, record.buyer.email]
    what: list[Cell] = [len(tickets), _types(tickets), _seats(tickets)]
    paid: list[Cell] = [amount_text(record.total), amount_text(record.refunded), record.event.currency]
    return [*who, *what, *paid, booked_at, record.checked_in]


def _types(tickets: list[PlacedTicket]) -> str:
    """Return how many tickets there are of each type, such as "2 × Stalls, 1 × Balcony"."""
    counts: dict[str, int] = {}
    for placed in tickets:
        counts[placed.type.name] = counts.get(placed.type.name, 0) + 1
    return ", ".join(f"{count} × {name}" for name, count in counts.items())


def _seats(tickets: list[PlacedTicket]) -> str:
    """Return the seats, such as "Stalls A 17, Stalls A 18"."""
    seats = (placed.seat for placed in tickets)
    return ", ".join(f"{seat.section} {seat.row} {seat.seat}" for seat in seats if seat)
