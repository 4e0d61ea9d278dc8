"""Ids, kept as canonical lower-case UUID text, and the arithmetic by which a ticket's id carries its event's.

An event id is a UUIDv7 (RFC 9562) whose last 32 bits are zero. The ids of what belongs to an event are the same UUID
with something in those bits: the number of a ticket, counted from 1; with the highest bit set, the mark of a
reservation; with the two highest bits set, the number of a ticket type. Whoever has one of these ids therefore knows
the event without looking anything up.
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


def event_of(part: TicketId | ReservationId | TicketTypeId) -> EventId:
    """The event that a ticket, a reservation or a ticket type belongs to."""
    return EventId(part[:_EVENT_PART] + _NO_TICKET)


def number_of(ticket: TicketId) -> int:
    """The ticket's number at its event; 0 for an id that names no ticket."""
    return int(ticket[_EVENT_PART:], 16)


def reservation_id(event_id: EventId, mark: int) -> ReservationId:
    """The id of an event's reservation with this mark, from 0 to below `RESERVATION_MARKS`."""
    return ReservationId(f"{event_id[:_EVENT_PART]}{_RESERVATION | mark:08x}")


def ticket_type_id(event_id: EventId, number: int) -> TicketTypeId:
    return TicketTypeId(f"{event_id[:_EVENT_PART]}{_TICKET_TYPE | number:08x}")


def type_number_of(ticket_type: TicketTypeId) -> int:
    """The ticket type's number at its event; 0 for an id that names no ticket type."""
    bits = int(ticket_type[_EVENT_PART:], 16)
    return bits & ~_TICKET_TYPE if bits & _TICKET_TYPE == _TICKET_TYPE else 0
