"""Ids, kept as canonical lower-case UUID text. The ids of an event's parts carry the event's id.

An event id is a UUIDv7 (RFC 9562) whose last 32 bits are zero. Its parts have the same UUID with something in those
bits: the number of a ticket, counted from 1; with the highest bit set, the mark of a reservation; with the two highest
bits set, the number of a ticket type. So the event of a part is known without looking anything up.
"""

import re
from collections.abc import Iterable
from typing import NewType
from uuid import UUID

from booked.domain.errors import InvalidUUID

UserId = NewType("UserId", str)
SessionId = NewType("SessionId", str)
EventId = NewType("EventId", str)
TicketId = NewType("TicketId", str)
BookingId = NewType("BookingId", str)
EntryId = NewType("EntryId", str)
ReservationId = NewType("ReservationId", str)
TicketTypeId = NewType("TicketTypeId", str)
OrganizationId = NewType("OrganizationId", str)
VenueId = NewType("VenueId", str)
CategoryId = NewType("CategoryId", str)
ApiKeyId = NewType("ApiKeyId", str)
CounterId = NewType("CounterId", str)

RESERVATION_MARKS = 1 << 30

_CANONICAL = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_EVENT_PART = 28  # characters of a ticket id that belong to its event: all but the last 8 digits, which are 32 bits
_NO_TICKET = "00000000"
_RESERVATION = 0b10 << 30
_TICKET_TYPE = 0b11 << 30


def parse_uuid(text: str) -> str:
    """Return the canonical form of a UUID.

    Raises `InvalidUUID` for anything but 32 hexadecimal digits in their five groups.
    """
    canonical = text.lower() if len(text) == 36 else ""
    if not _CANONICAL.fullmatch(canonical):
        raise InvalidUUID
    return canonical


def event_id_from(unique: UUID) -> EventId:
    """Return the event id made of a fresh UUID, with room for ticket numbers."""
    return EventId(str(unique)[:_EVENT_PART] + _NO_TICKET)


def ticket_id(event_id: EventId, number: int) -> TicketId:
    return TicketId(f"{event_id[:_EVENT_PART]}{number:08x}")


def ticket_ids(event_id: EventId, numbers: Iterable[int]) -> list[TicketId]:
    return [ticket_id(event_id, number) for number in numbers]


def event_of(part: TicketId | ReservationId | TicketTypeId) -> EventId:
    """Return the event of a ticket, a reservation or a ticket type."""
    return EventId(part[:_EVENT_PART] + _NO_TICKET)


def number_of(ticket: TicketId) -> int:
    """Return the ticket's number at its event; 0 for an id that names no ticket."""
    return int(ticket[_EVENT_PART:], 16)


def reservation_id(event_id: EventId, mark: int) -> ReservationId:
    """Return the id of an event's reservation with this mark, from 0 to below `RESERVATION_MARKS`."""
    return ReservationId(f"{event_id[:_EVENT_PART]}{_RESERVATION | mark:08x}")


def ticket_type_id(event_id: EventId, number: int) -> TicketTypeId:
    return TicketTypeId(f"{event_id[:_EVENT_PART]}{_TICKET_TYPE | number:08x}")


def type_number_of(ticket_type: TicketTypeId) -> int:
    """Return the ticket type's number at its event; 0 for an id that names no ticket type."""
    bits = int(ticket_type[_EVENT_PART:], 16)
    return bits & ~_TICKET_TYPE if bits & _TICKET_TYPE == _TICKET_TYPE else 0
