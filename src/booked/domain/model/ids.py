"""Ids, kept as canonical lower-case UUID text, and the arithmetic by which a ticket's id carries its event's.

An event id is a UUIDv7 (RFC 9562) whose last 32 bits are zero; a ticket id is the same UUID with the ticket's number,
counted from 1, in those bits. Whoever has a ticket id therefore knows its event without looking anything up.
"""

import re
from collections.abc import Iterable
from typing import NewType
from uuid import UUID

from booked.domain.errors import InvalidUUID

UserId = NewType("UserId", str)
EventId = NewType("EventId", str)
TicketId = NewType("TicketId", str)
BookingId = NewType("BookingId", str)
EntryId = NewType("EntryId", str)

_CANONICAL = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_EVENT_PART = 28  # characters of a ticket id that belong to its event: all but the last 8 digits, which are 32 bits
_NO_TICKET = "00000000"


def parse_uuid(text: str) -> str:
    """The canonical form of a UUID; `InvalidUUID` for anything but 32 hexadecimal digits in their five groups."""
    canonical = text.lower() if len(text) == 36 else ""
    if not _CANONICAL.fullmatch(canonical):
        raise InvalidUUID
    return canonical


def event_id_from(unique: UUID) -> EventId:
    """The event id that a fresh UUID makes room for tickets in."""
    return EventId(str(unique)[:_EVENT_PART] + _NO_TICKET)


def ticket_id(event_id: EventId, number: int) -> TicketId:
    return TicketId(f"{event_id[:_EVENT_PART]}{number:08x}")


def ticket_ids(event_id: EventId, numbers: Iterable[int]) -> list[TicketId]:
    return [ticket_id(event_id, number) for number in numbers]


def event_of(ticket: TicketId) -> EventId:
    return EventId(ticket[:_EVENT_PART] + _NO_TICKET)


def number_of(ticket: TicketId) -> int:
    """The ticket's number at its event; 0 for an id that names no ticket."""
    return int(ticket[_EVENT_PART:], 16)
