"""Chosen seats as forms and addresses carry them: ticket numbers, in addresses with dots between them."""

import re
from collections.abc import Iterable
from itertools import islice
from typing import Annotated

import msgspec
from msgspec import Meta

from booked.adapters.http.contracts.web.forms import KeyForm
from booked.domain.model.ids import EventId, ticket_id
from booked.domain.model.sale.holds import TICKETS_A_REQUEST
from booked.domain.model.sale.reservations import TicketRequest

CHOSEN_LENGTH = 900  # characters, for 100 seats of an event with ten million

_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_ROW = re.compile(r"[1-9][0-9]{0,5}")

TO_HALL = "hall"  # where `go` leads to the other sections


class SeatsForm(KeyForm, frozen=True):
    """The ticked seats, and the first row shown. `go` asks for other rows, or for the hall, instead of a hold."""

    seat: tuple[str, ...] = ()
    row: str = ""
    go: str = ""

    @property
    def numbers(self) -> tuple[int, ...]:
        return numbers_in(self.seat)

    @property
    def first_row(self) -> int | None:
        return row_in(self.row)

    def wish(self, event_id: EventId) -> TicketRequest:
        """Return what to reserve: exactly the ticked seats."""
        return TicketRequest(seats=[ticket_id(event_id, number) for number in self.numbers])


class SeatsQuery(msgspec.Struct, frozen=True):
    """Seats to tick, and the first row to show. `kept` says that they were chosen before logging in."""

    seat: Annotated[str, Meta(max_length=CHOSEN_LENGTH)] = ""
    row: Annotated[str, Meta(max_length=9)] = ""
    kept: str = ""

    @property
    def numbers(self) -> tuple[int, ...]:
        return numbers_in(self.seat.split("."))

    @property
    def first_row(self) -> int | None:
        return row_in(self.row)


def hall_path(event_id: EventId, numbers: Iterable[int]) -> str:
    """Return the address of an event's hall, with what is chosen."""
    return f"/e/{event_id}/hall{_query(numbers)}"


def section_path(event_id: EventId, section: int, numbers: Iterable[int], row: int | None = None) -> str:
    """Return the address of a section, with what is chosen."""
    return f"/e/{event_id}/hall/{section}{_query(numbers, row)}"


def row_in(text: str) -> int | None:
    """Return the number of a row, None if the text is none."""
    return int(text) if _ROW.fullmatch(text) else None


def _query(numbers: Iterable[int], row: int | None = None) -> str:
    seats = ".".join(map(str, islice(numbers, TICKETS_A_REQUEST)))  # pages refuse more
    pairs = [f"{name}={value}" for name, value in (("row", row), ("seat", seats)) if value]
    return f"?{'&'.join(pairs)}" if pairs else ""


def numbers_in(texts: Iterable[str]) -> tuple[int, ...]:
    """Return what is a number, each once, in order."""
    return tuple(sorted({int(text) for text in texts if _NUMBER.fullmatch(text)}))
