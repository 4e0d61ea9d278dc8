"""Bookings and the tickets in them: the sale itself."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from booked.domain.model.ids import BookingId, EventId, UserId
from booked.domain.model.programme.seating import SEATS_MOST, block_of
from booked.domain.model.programme.words import folded
from booked.domain.model.sale.bookings import (
    UNEXPLAINED,
    BookedEvent,
    BookedTicket,
    Booking,
    BookingRecord,
    BookingSearch,
    Buyer,
    Cancellation,
    OwnedTicket,
    Verdict,
    code_bytes,
    confirmation_code,
)
from booked.domain.model.sale.holds import USUAL, Claim, Release, Terms, house_of
from booked.domain.model.sale.waitlist import EntryState
from booked.ports.system import Clock
from tests.memory.tables import BookingRow, EventRow, KeyRow, Session, Tables, TicketRow
from tests.memory.waitlist import end


@dataclass(frozen=True, slots=True)
class MemoryBookings:
    _session: Session
    _clock: Clock

    async def commit(self, claim: Claim, terms: Terms = USUAL) -> Verdict:
        async with self._session.change() as tables:
            earlier = tables.bookings.get(claim.booking_id)
            if earlier is not None:
                return Verdict.VOID if earlier.void else Verdict.BOOKED
            row = tables.on_sale(claim.event_id)
            objection = _objection(claim, terms, row, tables)
            if row is None or objection is not None:
                return objection or Verdict.WITHDRAWN
            self._write(claim, terms, row, tables)
            return Verdict.BOOKED

    async def void(self, claim: Claim) -> Verdict:
        async with self._session.change() as tables:
            void = BookingRow(claim.event_id, claim.user_id, self._clock.now(), void=True)
            booking = tables.bookings.setdefault(claim.booking_id, void)
            return Verdict.VOID if booking.void else Verdict.BOOKED

    async def owned(self, event_id: EventId, user_id: UserId) -> frozenset[int]:
        return frozenset(row.number for row in self._standing(event_id, user_id))

    async def newest(self, event_id: EventId, user_id: UserId, count: int) -> list[OwnedTicket]:
        newest = reversed(self._standing(event_id, user_id))
        return [_owned(row) for row in islice(newest, count)]

    async def standing(self, event_id: EventId, user_id: UserId, numbers: Sequence[int]) -> list[OwnedTicket]:
        standing = [row for row in self._standing(event_id, user_id) if row.number in numbers]
        return [_owned(row) for row in sorted(standing, key=lambda row: row.number)]

    async def standing_in(self, event_id: EventId, booking_id: BookingId) -> list[OwnedTicket]:
        tables = self._session.tables
        parts = {booking_id, *(id_ for id_, row in tables.bookings.items() if row.part_of == booking_id)}
        rows = [row for row in tables.standing(event_id) if row.booking_id in parts]
        rows.sort(key=lambda row: (row.booked_at, row.booking_id, row.number))
        return [_owned(row) for row in rows]

    async def cancel(
        self, event_id: EventId, user_id: UserId, numbers: Sequence[int], cancellation: Cancellation = UNEXPLAINED
    ) -> Release:
        async with self._session.change() as tables:
            tickets = [row for row in self._standing(event_id, user_id) if row.number in numbers]
            row = _cancel(tables, event_id, tickets, self._clock.now(), cancellation)
            cancelled = sorted(ticket.number for ticket in tickets)
            return Release(event_id, user_id, tuple(cancelled), row.epoch, row.releases)

    async def cancel_all(self, event_id: EventId, after: int = 0, at_most: int = SEATS_MOST) -> int | None:
        async with self._session.change() as tables:
            left = sorted(row.number for row in tables.standing(event_id) if row.number > after)
            numbers = left[:at_most]
            tickets = [row for row in tables.standing(event_id) if row.number in numbers]
            row = _cancel(tables, event_id, tickets, self._clock.now())
            tables.events[event_id] = replace(row, called_off=(*row.called_off, *tickets))
            return numbers[-1] if len(numbers) == at_most else None

    async def of_user(self, user_id: UserId) -> list[Booking]:
        tables = self._session.tables
        records = _records(tables, lambda row: row.user_id == user_id)
        counted = ((record, _tickets(tables, record)) for record in records)
        return [
            Booking(record.id, BookedEvent.of(record.event), count, record.booked_at)
            for record, count in counted
            if count
        ]

    async def get(self, booking_id: BookingId) -> BookingRecord | None:
        row = self._session.tables.bookings.get(booking_id)
        return _record(self._session.tables, booking_id, row) if row and row.is_whole else None

    async def owning(self, event_id: EventId, user_id: UserId, numbers: Sequence[int]) -> BookingId | None:
        owning = [row.booking_id for row in self._standing(event_id, user_id) if row.number in numbers]
        return self._session.tables.bookings[max(owning)].part_of or max(owning) if owning else None

    async def search(self, search: BookingSearch, after: BookingId | None, limit: int) -> list[BookingRecord]:
        records = _records(self._session.tables, lambda row: search.user_id in {None, row.user_id})
        found = (
            record
            for record in records
            if (after is None or record.id < after)
            and search.event_id in {None, record.event.id}
            and (search.organizations is None or record.event.organization_id in search.organizations)
            and search.status in {None, record.status}
            and (not search.code or code_bytes(record.code) == code_bytes(search.code))
            and (not search.part or _has(record, search.part))
            and (search.over_at is None or _end(record) <= search.over_at)
            and (search.not_over_at is None or _end(record) > search.not_over_at)
        )
        return list(islice(found, limit))

    def _standing(self, event_id: EventId, user_id: UserId) -> list[TicketRow]:
        return [row for row in self._session.tables.standing(event_id) if row.user_id == user_id]

    def _write(self, claim: Claim, terms: Terms, row: EventRow, tables: Tables) -> None:
        now = self._clock.now()
        tables.bookings[claim.booking_id] = BookingRow(claim.event_id, claim.user_id, now, part_of=terms.part_of)
        tickets = [
            _sold(claim, number, row, reserved_at or terms.priced_at or now, now)
            for number, reserved_at in zip(claim.numbers, claim.reservation_times, strict=True)
        ]
        for ticket in tickets:
            tables.tickets[claim.booking_id, ticket.number] = ticket
        tables.events[claim.event_id] = _count(row, tickets, 1)
        if claim.entry_id is not None:
            end(tables, claim.entry_id, EntryState.BOOKED)
        if terms.idempotency_key is not None:
            subject = terms.part_of or claim.booking_id
            tables.keys[terms.idempotency_key.caller, terms.idempotency_key.key] = KeyRow(
                terms.idempotency_key.fingerprint, subject, now
            )


def _has(record: BookingRecord, part: str) -> bool:
    buyer = record.buyer
    names = folded(f"{buyer.first_name} {buyer.last_name} {buyer.email}")
    return folded(part) in names or code_bytes(part) == code_bytes(record.code)


def _end(record: BookingRecord) -> datetime:
    return record.event.ends_at or record.event.starts_at + timedelta(days=1)


def _objection(claim: Claim, terms: Terms, row: EventRow | None, tables: Tables) -> Verdict | None:
    is_house = claim.user_id == house_of(claim.event_id)
    standing = list(tables.standing(claim.event_id))
    owned = sum(ticket.user_id == claim.user_id for ticket in standing) + len(claim.numbers)
    limit = row.event.ticket_limit if row else None
    objections = {
        Verdict.DONE_BEFORE: terms.idempotency_key is not None
        and (terms.idempotency_key.caller, terms.idempotency_key.key) in tables.keys,
        Verdict.WITHDRAWN: row is None,
        Verdict.STALE_EPOCH: row is not None and claim.epoch != row.epoch,
        Verdict.NO_SUCH_BOOKING: terms.part_of is not None and not _is_whole_of(claim, terms.part_of, tables),
        Verdict.CODE_TAKEN: terms.part_of is None and not is_house and _is_code_taken(claim, tables),
        Verdict.UNKNOWN_USER: not is_house and not tables.knows(claim.user_id),
        Verdict.ALREADY_SOLD: not {ticket.number for ticket in standing}.isdisjoint(claim.numbers)
        or (row is not None and any(block_of(row.plan.blocks, number) is None for number in claim.numbers)),
        Verdict.OVER_LIMIT: not is_house
        and ((limit is not None and owned > limit) or (row is not None and _is_over_type_limit(claim, standing, row))),
    }
    return next((verdict for verdict, is_raised in objections.items() if is_raised), None)


def _is_over_type_limit(claim: Claim, standing: Iterable[TicketRow], row: EventRow) -> bool:
    """Whether a claim would give its user more tickets of a type than the type allows."""
    numbers = [*claim.numbers, *(ticket.number for ticket in standing if ticket.user_id == claim.user_id)]
    types = Counter(block.type_number for number in numbers if (block := block_of(row.plan.blocks, number)))
    limits = {type_.number: type_.rules.max_per_user for type_ in row.plan.types}
    return any((limit := limits[type_]) is not None and count > limit for type_, count in types.items())


def _is_code_taken(claim: Claim, tables: Tables) -> bool:
    """Whether another booking of the event has the confirmation code that this one would have."""
    code = confirmation_code(claim.booking_id)
    wholes = (id_ for id_, row in tables.bookings.items() if row.event_id == claim.event_id and row.is_whole)
    return any(confirmation_code(id_) == code for id_ in wholes)


def _tickets(tables: Tables, record: BookingRecord) -> int:
    """Return how many tickets of a booking stand, or stood when its event was called off."""
    called_off = tables.events[record.event.id].called_off
    parts = {record.id, *(id_ for id_, row in tables.bookings.items() if row.part_of == record.id)}
    return len(record.standing) + sum(ticket.booking_id in parts for ticket in called_off)


def _is_whole_of(claim: Claim, booking_id: BookingId, tables: Tables) -> bool:
    """Whether a claim can become part of this booking."""
    whole = tables.bookings.get(booking_id)
    if whole is None or not whole.is_whole or (whole.user_id, whole.event_id) != (claim.user_id, claim.event_id):
        return False
    return bool(_record(tables, booking_id, whole).standing)


def _sold(claim: Claim, number: int, row: EventRow, priced_at: datetime, now: datetime) -> TicketRow:
    """The sale of a ticket, as what and for how much."""
    block = block_of(row.plan.blocks, number)
    [type_] = [type_ for type_ in row.plan.types if block and type_.number == block.type_number]
    price = 0 if claim.user_id == house_of(claim.event_id) else type_.price_at(priced_at)
    return TicketRow(claim.booking_id, number, claim.event_id, claim.user_id, now, type_.number, price)


def _count(row: EventRow, tickets: Sequence[TicketRow], sign: int) -> EventRow:
    """An event with these tickets sold (1), or given back (-1)."""
    sold = row.event.sold + sign * len(tickets)
    blocked = row.event.blocked + sign * sum(ticket.blocked for ticket in tickets)
    return replace(row, event=replace(row.event, sold=sold, blocked=blocked))


def _owned(row: TicketRow) -> OwnedTicket:
    return OwnedTicket(row.booking_id, row.number, row.price, row.booked_at, row.checked_in_at)


def _cancel(
    tables: Tables,
    event_id: EventId,
    tickets: Sequence[TicketRow],
    now: datetime,
    cancellation: Cancellation = UNEXPLAINED,
) -> EventRow:
    """Give tickets back and return the event as it is then, one release later."""
    for ticket in tickets:
        tables.tickets[ticket.booking_id, ticket.number] = replace(
            ticket,
            cancelled_at=now,
            cancelled_by=cancellation.by,
            cancel_reason=cancellation.reason,
            fee=cancellation.fees.get(ticket.number, 0),
        )
    row = _count(tables.events[event_id], tickets, -1)
    tables.events[event_id] = row = replace(row, releases=row.releases + 1)
    return row


def _records(tables: Tables, is_wanted: Callable[[BookingRow], bool]) -> Iterator[BookingRecord]:
    """Bookings, newest first."""
    for booking_id in sorted(tables.bookings, reverse=True):
        row = tables.bookings[booking_id]
        if row.is_whole and is_wanted(row):
            yield _record(tables, booking_id, row)


def _record(tables: Tables, booking_id: BookingId, row: BookingRow) -> BookingRecord:
    parts = {booking_id, *(id_ for id_, part in tables.bookings.items() if part.part_of == booking_id)}
    tickets = [ticket for ticket in tables.tickets.values() if ticket.booking_id in parts]
    tickets.sort(key=lambda ticket: (ticket.booked_at, ticket.booking_id, ticket.number))
    return BookingRecord(
        id=booking_id,
        event=tables.events[row.event_id].event,
        user_id=row.user_id,
        buyer=_buyer(tables, row.user_id),
        tickets=tuple(
            BookedTicket(
                ticket.number,
                ticket.type_number,
                ticket.price,
                ticket.booked_at,
                ticket.cancelled_at,
                ticket.cancelled_by,
                ticket.cancel_reason,
                ticket.fee,
                ticket.checked_in_at,
                ticket.gate,
            )
            for ticket in tickets
        ),
        booked_at=row.booked_at,
        updated_at=max(ticket.cancelled_at or ticket.booked_at for ticket in tickets),
    )


def _buyer(tables: Tables, user_id: UserId) -> Buyer:
    if (user := tables.users.get(user_id)) is not None:
        return Buyer(user.first_name, user.last_name, user.email)
    return Buyer(tables.guests[user_id].name, "", "")
