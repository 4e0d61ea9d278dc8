"""Bookings and the tickets in them: the sale itself."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

from booked.adapters.memory.tables import BookingRow, EventRow, Session, Tables, TicketRow
from booked.adapters.memory.waitlist import end
from booked.domain.model.bookings import Booking, OwnedTicket, Verdict
from booked.domain.model.ids import BookingId, EventId, UserId
from booked.domain.model.tickets import Claim, Release
from booked.domain.model.waitlist import EntryState
from booked.ports.system import Clock


@dataclass(frozen=True, slots=True)
class MemoryBookings:
    _session: Session
    _clock: Clock

    async def commit(self, claim: Claim) -> Verdict:
        async with self._session.change() as tables:
            earlier = tables.bookings.get(claim.booking_id)
            if earlier is not None:
                return Verdict.VOID if earlier.void else Verdict.BOOKED
            row = tables.on_sale(claim.event_id)
            if row is None:
                return Verdict.WITHDRAWN
            objection = _objection(claim, row, list(tables.standing(claim.event_id)))
            if claim.user_id not in tables.users:
                objection = Verdict.UNKNOWN_USER
            if objection is None:
                self._write(claim, row, tables)
            return objection or Verdict.BOOKED

    async def void(self, claim: Claim) -> Verdict:
        async with self._session.change() as tables:
            void = BookingRow(claim.event_id, claim.user_id, self._clock.now(), void=True)
            booking = tables.bookings.setdefault(claim.booking_id, void)
            return Verdict.VOID if booking.void else Verdict.BOOKED

    async def owned(self, event_id: EventId, user_id: UserId) -> frozenset[int]:
        return frozenset(row.number for row in self._standing(event_id, user_id))

    async def newest(self, event_id: EventId, user_id: UserId, count: int) -> list[OwnedTicket]:
        newest = reversed(self._standing(event_id, user_id))
        return [OwnedTicket(row.booking_id, row.number) for row in islice(newest, count)]

    async def cancel(self, event_id: EventId, user_id: UserId, numbers: Sequence[int]) -> Release:
        async with self._session.change() as tables:
            wanted = [row for row in tables.standing(event_id) if row.number in numbers]
            row = _cancel(tables, event_id, [ticket for ticket in wanted if ticket.user_id == user_id])
            return Release(event_id, user_id, tuple(numbers), row.epoch, row.releases)

    async def cancel_all(self, event_id: EventId) -> None:
        async with self._session.change() as tables:
            _cancel(tables, event_id, list(tables.standing(event_id)))

    async def of_user(self, user_id: UserId) -> list[Booking]:
        tables = self._session.tables
        bookings = [
            Booking(id_, tables.events[row.event_id].event, _count_standing(tables, id_), row.booked_at)
            for id_, row in reversed(tables.bookings.items())
            if row.user_id == user_id
        ]
        return [booking for booking in bookings if booking.tickets]

    def _standing(self, event_id: EventId, user_id: UserId) -> list[TicketRow]:
        return [row for row in self._session.tables.standing(event_id) if row.user_id == user_id]

    def _write(self, claim: Claim, row: EventRow, tables: Tables) -> None:
        now = self._clock.now()
        tables.bookings[claim.booking_id] = BookingRow(claim.event_id, claim.user_id, now)
        for number in claim.numbers:
            ticket = TicketRow(claim.booking_id, number, claim.event_id, claim.user_id, now)
            tables.tickets[claim.booking_id, number] = ticket
        sold = replace(row.event, sold=row.event.sold + len(claim.numbers))
        tables.events[claim.event_id] = replace(row, event=sold)
        if claim.entry_id is not None:
            end(tables, claim.entry_id, EntryState.BOOKED)


def _objection(claim: Claim, row: EventRow, standing: Sequence[TicketRow]) -> Verdict | None:
    owned = sum(ticket.user_id == claim.user_id for ticket in standing) + len(claim.numbers)
    if claim.epoch != row.epoch:
        return Verdict.STALE_EPOCH
    if not {ticket.number for ticket in standing}.isdisjoint(claim.numbers):
        return Verdict.ALREADY_SOLD
    if row.event.ticket_limit is not None and owned > row.event.ticket_limit:
        return Verdict.OVER_LIMIT
    return None


def _cancel(tables: Tables, event_id: EventId, tickets: Sequence[TicketRow]) -> EventRow:
    """Give tickets back and return the event as it is then, one release later."""
    for ticket in tickets:
        tables.tickets[ticket.booking_id, ticket.number] = replace(ticket, cancelled=True)
    row = tables.events[event_id]
    row = replace(row, event=replace(row.event, sold=row.event.sold - len(tickets)), releases=row.releases + 1)
    tables.events[event_id] = row
    return row


def _count_standing(tables: Tables, booking_id: BookingId) -> int:
    return sum(row.booking_id == booking_id and not row.cancelled for row in tables.tickets.values())
