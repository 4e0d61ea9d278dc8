"""Checking tickets in at the door, by those who run the event."""

from dataclasses import dataclass

from booked.domain.errors import Busy, CheckInUndone, NoSuchBooking, NotAnAdmin, RequestInFlight
from booked.domain.model.ids import BookingId, TicketId
from booked.domain.model.people.users import Identity
from booked.domain.model.sale.bookings import BookingRecord
from booked.domain.model.sale.check_ins import require_gate, require_not_checked_in, require_ticket
from booked.domain.model.sale.idempotency import IdempotencyKey
from booked.domain.services.sale.booking_views import BookingView, BookingViews
from booked.domain.services.sale.idempotency import make_once
from booked.ports.database import Repositories


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInService(BookingViews):
    """Its methods raise `NoSuchBooking`, or `NotAnAdmin` for an owner of the booking who does not run the event."""

    async def check_in(
        self,
        identity: Identity,
        booking_id: BookingId,
        ticket: TicketId,
        gate: str = "",
        idempotency_key: IdempotencyKey | None = None,
    ) -> BookingView:
        """Admit a ticket of a booking, at a gate or "". Return the booking as it is then.

        Raises `AlreadyCheckedIn`, `AlreadyCancelled`, `InvalidGate`, `NoSuchSeat` for a ticket that does not stand in
        the booking, or `CheckInUndone` for a repeated request whose check-in does not stand any more.
        """
        record = await self._run(identity, booking_id)
        gate = require_gate(gate)

        async def admit(unit: Repositories) -> None:
            admitted = require_ticket(record, ticket)
            if await unit.check_ins.add(record.event.id, booking_id, admitted.number, gate):
                return
            seen = await unit.bookings.get(booking_id) or record
            require_not_checked_in(require_ticket(seen, ticket))
            raise Busy  # another check-in was undone in this moment

        try:
            await make_once(self.database, idempotency_key, ticket, admit)
        except RequestInFlight:  # its twin has ended by now
            await make_once(self.database, idempotency_key, ticket, admit)
        record = await self.database.bookings.get(booking_id) or record
        if require_ticket(record, ticket).checked_in_at is None:
            raise CheckInUndone
        return await self._view(record)

    async def undo(self, identity: Identity, booking_id: BookingId, ticket: TicketId) -> None:
        """Let a ticket that was checked in by mistake be admitted again. Idempotent.

        Raises `AlreadyCancelled` or `NoSuchSeat` as `check_in` does.
        """
        record = await self._run(identity, booking_id)
        await self.database.check_ins.undo(record.event.id, booking_id, require_ticket(record, ticket).number)

    async def _run(self, identity: Identity, booking_id: BookingId) -> BookingRecord:
        """Return a booking to those who run its event."""
        record = await self.database.bookings.get(booking_id)
        user = await self.accounts.present(identity)
        if record is None:
            raise NoSuchBooking
        if not await self._is_run_by(user, record.event):
            raise NotAnAdmin if record.user_id == user.id else NoSuchBooking
        return record
