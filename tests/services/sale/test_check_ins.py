"""Checking tickets in: who may, once, and what their owner cannot do any more."""

from dataclasses import dataclass

import pytest

from booked.domain.errors import (
    AlreadyCancelled,
    AlreadyCheckedIn,
    Busy,
    CancellationClosed,
    CheckInUndone,
    IdempotencyKeyReused,
    InvalidGate,
    NoSuchBooking,
    NoSuchSeat,
    NotAnAdmin,
)
from booked.domain.model.ids import BookingId, EventId, TicketId, UserId, ticket_id
from booked.domain.model.people.users import Identity
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.sale.cancellations import CancellationWish
from booked.domain.model.sale.idempotency import IdempotencyKey
from tests.memory.check_ins import MemoryCheckIns
from tests.services.box_office import BoxOffice
from tests.services.stage import Staff, identity, numbers, seats, these

PRICE = 3990


@dataclass(frozen=True)
class Door:
    """A booking of the seats 1 and 2, its owner, and those who run its event."""

    office: BoxOffice
    event_id: EventId
    id: BookingId
    first: TicketId
    second: TicketId
    owner: Identity
    organizer: Identity
    admin: Identity
    stranger: Identity

    async def check_in(self, ticket: TicketId, gate: str = "") -> None:
        await self.office.check_ins.check_in(self.organizer, self.id, ticket, gate)

    async def gates(self) -> list[str | None]:
        """Return where each ticket was checked in, None for one that was not."""
        view = await self.office.bookings.get(self.owner, self.id)
        return [None if placed.ticket.checked_in_at is None else placed.ticket.gate for placed in view.tickets]


@pytest.fixture
async def door(office: BoxOffice, hall: EventId, crew: Staff, ann: UserId) -> Door:
    booked = await office.bookings.book_now(ann, hall, these(hall, 1, 2))
    first, second = seats(hall, 1, 2)
    people = [await identity(office, id_) for id_ in (ann, crew.ora.id, crew.root.id, crew.otto.id)]
    return Door(office, hall, booked.record.id, first, second, *people)


def key_of(door: Door, fingerprint: bytes = b"") -> IdempotencyKey:
    return IdempotencyKey(door.organizer.user_id, "key", fingerprint)


async def test_those_who_run_the_event_check_tickets_in(office: BoxOffice, door: Door) -> None:
    view = await office.check_ins.check_in(door.organizer, door.id, door.first, " North ")
    await office.check_ins.check_in(door.admin, door.id, door.second)

    assert view.ticket(1).ticket.checked_in_at == office.clock.now()
    assert await door.gates() == ["North", ""]


async def test_the_second_time_it_is_said_when_and_where_it_was_the_first(office: BoxOffice, door: Door) -> None:
    at = office.clock.now()
    await door.check_in(door.first, "North")
    await door.check_in(door.second)
    office.clock.advance(office.policy.hold_ttl)

    with pytest.raises(AlreadyCheckedIn) as north:
        await door.check_in(door.first, "South")
    with pytest.raises(AlreadyCheckedIn) as somewhere:
        await door.check_in(door.second, "South")

    assert north.value.detail == f"It was checked in at {at:%Y-%m-%d %H:%M:%S} UTC at the gate North."
    assert somewhere.value.detail == f"It was checked in at {at:%Y-%m-%d %H:%M:%S} UTC."
    assert await door.gates() == ["North", ""]


async def test_nobody_else_checks_tickets_in_or_undoes_it(office: BoxOffice, door: Door) -> None:
    for identity_, refusal in ((door.stranger, NoSuchBooking), (door.owner, NotAnAdmin)):
        with pytest.raises(refusal):
            await office.check_ins.check_in(identity_, door.id, door.first)
        with pytest.raises(refusal):
            await office.check_ins.undo(identity_, door.id, door.first)

    assert await door.gates() == [None, None]


async def test_only_a_ticket_that_stands_in_the_booking_is_checked_in(
    office: BoxOffice, door: Door, concert: EventId
) -> None:
    await office.bookings.cancel(door.organizer, door.id, wish=CancellationWish([door.second]))

    for ticket in (door.second, ticket_id(door.event_id, 3), ticket_id(concert, 1)):
        with pytest.raises(NoSuchSeat):
            await door.check_in(ticket)
        with pytest.raises(NoSuchSeat):
            await office.check_ins.undo(door.organizer, door.id, ticket)
    await office.bookings.cancel(door.organizer, door.id)
    with pytest.raises(AlreadyCancelled):
        await door.check_in(door.first)

    assert await door.gates() == [None, None]


async def test_nobody_is_admitted_to_an_event_that_is_called_off(office: BoxOffice, door: Door) -> None:
    await office.database.events.set_status(door.event_id, EventStatus.CANCELLED)

    with pytest.raises(AlreadyCancelled):
        await door.check_in(door.first)


@pytest.mark.parametrize("gate", ["x" * 101, "a\u202eb", "a\nb", "a\0"])
async def test_a_gate_has_a_short_plain_name(door: Door, gate: str) -> None:
    with pytest.raises(InvalidGate):
        await door.check_in(door.first, gate)

    await door.check_in(door.first, "x" * 100)


async def test_a_repeated_request_is_answered_as_the_first_one(office: BoxOffice, door: Door) -> None:
    for _ in range(2):
        view = await office.check_ins.check_in(door.organizer, door.id, door.first, "North", key_of(door))
        office.clock.advance(office.policy.hold_ttl)

        assert view.ticket(1).ticket.gate == "North"
    with pytest.raises(IdempotencyKeyReused):
        await office.check_ins.check_in(door.organizer, door.id, door.second, "", key_of(door, b"another"))

    assert await door.gates() == ["North", None]


async def test_a_refused_request_may_use_its_key_again(office: BoxOffice, door: Door) -> None:
    await door.check_in(door.first)
    with pytest.raises(AlreadyCheckedIn):
        await office.check_ins.check_in(door.organizer, door.id, door.first, "South", key_of(door))
    await office.check_ins.undo(door.organizer, door.id, door.first)

    await office.check_ins.check_in(door.organizer, door.id, door.first, "South", key_of(door))

    assert await door.gates() == ["South", None]


async def test_a_repeated_request_does_not_say_that_somebody_is_inside_who_is_not(
    office: BoxOffice, door: Door
) -> None:
    async def admit() -> None:
        await office.check_ins.check_in(door.organizer, door.id, door.first, "North", key_of(door))

    await admit()
    await office.check_ins.undo(door.organizer, door.id, door.first)
    with pytest.raises(CheckInUndone):
        await admit()
    await door.check_in(door.first, "South")
    await admit()
    await office.bookings.cancel(door.organizer, door.id, wish=CancellationWish([door.first]))
    with pytest.raises(NoSuchSeat):
        await admit()


async def test_a_ticket_whose_check_in_is_undone_is_admitted_again(office: BoxOffice, door: Door) -> None:
    await door.check_in(door.first, "North")

    for _ in range(2):
        await office.check_ins.undo(door.organizer, door.id, door.first)
        assert await door.gates() == [None, None]
    await door.check_in(door.first, "South")

    assert await door.gates() == ["South", None]


async def test_who_comes_while_another_check_in_is_undone_tries_again(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def too_late(*_: object) -> bool:
        return False

    monkeypatch.setattr(MemoryCheckIns, "add", too_late)

    with pytest.raises(Busy):
        await door.check_in(door.first)


# Giving back


async def test_an_owner_keeps_what_was_checked_in_and_gives_back_the_rest(office: BoxOffice, door: Door) -> None:
    await door.check_in(door.first)
    theirs, all_of_it = CancellationWish([door.first]), CancellationWish()

    for wish in (theirs, all_of_it):
        with pytest.raises(CancellationClosed):
            await office.bookings.cancel(door.owner, door.id, wish=wish)
    before = await office.bookings.get(door.owner, door.id)
    after = await office.bookings.cancel(door.owner, door.id, wish=CancellationWish([door.second]))

    assert (before.refund, before.refunds) == (None, {2: PRICE})
    assert (after.refund, after.refunds) == (None, {})
    assert numbers(after) == [1]


async def test_an_owner_who_cancels_a_number_of_tickets_keeps_what_was_checked_in(
    office: BoxOffice, door: Door
) -> None:
    await door.check_in(door.second)

    with pytest.raises(CancellationClosed):
        await office.sale.cancel(door.owner.user_id, door.event_id, 1)
    with pytest.raises(CancellationClosed):
        await office.bookings.resize(door.owner, door.id, 1)

    assert numbers(await office.bookings.get(door.owner, door.id)) == [1, 2]


async def test_organizers_cancel_what_was_checked_in(office: BoxOffice, door: Door) -> None:
    await door.check_in(door.first, "North")

    view = await office.bookings.cancel(door.organizer, door.id)

    assert (numbers(view), view.refund) == ([], 2 * PRICE)
    assert await door.gates() == ["North", None]


async def test_an_owner_gives_back_a_ticket_whose_check_in_is_undone(office: BoxOffice, door: Door) -> None:
    await door.check_in(door.first)
    await office.check_ins.undo(door.organizer, door.id, door.first)

    view = await office.bookings.cancel(door.owner, door.id)

    assert numbers(view) == []
