"""The promises about tickets admitted at the door."""

from booked.domain.model.ids import BookingId
from booked.domain.model.people.users import User
from booked.domain.model.programme.events import Event
from booked.ports.database import Database
from tests.builders import a_booking_id
from tests.contracts.sale.test_booking_records import sell


async def gates(database: Database, booking_id: BookingId) -> list[str | None]:
    """Return where each ticket of a booking was checked in, None for one that was not."""
    record = await database.bookings.get(booking_id)
    assert record is not None
    return [None if ticket.checked_in_at is None else ticket.gate for ticket in record.tickets]


async def test_a_ticket_is_checked_in_once(database: Database, gala: Event, ann: User) -> None:
    booking_id = await sell(database, gala.id, ann.id, {1, 2})
    before = await database.now()

    assert await database.check_ins.add(gala.id, booking_id, 1, "North")
    assert not await database.check_ins.add(gala.id, booking_id, 1, "South")

    record = await database.bookings.get(booking_id)
    assert record is not None
    first, second = record.tickets
    assert first.checked_in_at is not None
    assert before <= first.checked_in_at <= await database.now()
    assert (first.gate, second.checked_in_at, second.gate) == ("North", None, "")
    assert record.checked_in == 1
    assert record.updated_at == record.booked_at


async def test_a_ticket_of_a_part_is_checked_in_with_the_booking(database: Database, gala: Event, ann: User) -> None:
    booking_id = await sell(database, gala.id, ann.id, {1})
    await sell(database, gala.id, ann.id, {2}, part_of=booking_id)

    assert await database.check_ins.add(gala.id, booking_id, 2, "")

    assert await gates(database, booking_id) == [None, ""]


async def test_only_what_stands_in_the_booking_is_checked_in(
    database: Database, gala: Event, show: Event, ann: User, ben: User
) -> None:
    booking_id = await sell(database, gala.id, ann.id, {1, 2})
    await database.bookings.cancel(gala.id, ann.id, [2])
    bens = await sell(database, gala.id, ben.id, {2})

    assert not await database.check_ins.add(gala.id, booking_id, 2, "")
    assert not await database.check_ins.add(gala.id, booking_id, 3, "")
    assert not await database.check_ins.add(gala.id, a_booking_id(), 1, "")
    assert not await database.check_ins.add(show.id, booking_id, 1, "")

    assert await gates(database, booking_id) == [None, None]
    assert await gates(database, bens) == [None]


async def test_a_check_in_is_undone(database: Database, gala: Event, ann: User) -> None:
    booking_id = await sell(database, gala.id, ann.id, {1, 2})
    for number in (1, 2):
        await database.check_ins.add(gala.id, booking_id, number, "North")

    await database.check_ins.undo(gala.id, booking_id, 1)
    await database.check_ins.undo(gala.id, booking_id, 1)

    assert await gates(database, booking_id) == [None, "North"]
    assert await database.check_ins.add(gala.id, booking_id, 1, "South")
    assert await gates(database, booking_id) == ["South", "North"]


async def test_a_cancelled_ticket_keeps_its_check_in(database: Database, gala: Event, ann: User) -> None:
    booking_id = await sell(database, gala.id, ann.id, {1})
    await database.check_ins.add(gala.id, booking_id, 1, "North")
    await database.bookings.cancel(gala.id, ann.id, [1])

    await database.check_ins.undo(gala.id, booking_id, 1)

    assert await gates(database, booking_id) == ["North"]


async def test_standing_tickets_say_whether_they_were_checked_in(database: Database, gala: Event, ann: User) -> None:
    booking_id = await sell(database, gala.id, ann.id, {1, 2})
    await database.check_ins.add(gala.id, booking_id, 1, "")

    found = [
        await database.bookings.standing_in(gala.id, booking_id),
        await database.bookings.standing(gala.id, ann.id, [1, 2]),
        (await database.bookings.newest(gala.id, ann.id, 2))[::-1],
    ]

    assert [[ticket.checked_in_at is not None for ticket in tickets] for tickets in found] == [[True, False]] * 3
