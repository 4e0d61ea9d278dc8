"""A ticket is admitted once, and is not given back by its owner meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from booked.adapters.postgres.sale.bookings import PostgresBookings
from booked.domain.errors import AlreadyCancelled, AlreadyCheckedIn, CancellationClosed
from booked.domain.model.ids import EventId, TicketId, UserId, ticket_id
from booked.domain.model.people.users import Identity, NewUser, Role
from booked.domain.model.sale.bookings import BookingRecord
from booked.domain.model.sale.cancellations import CancellationOrder
from booked.domain.model.sale.idempotency import IdempotencyKey
from booked.domain.services.sale.booking_views import BookingView
from tests.concurrency.conftest import OpenProcess
from tests.concurrency.processes import Process, Truth, together
from tests.guards import Guards

LOCK = "SELECT FROM tickets WHERE event_id = $1 FOR UPDATE"
ADMIT = "UPDATE tickets SET checked_in_at = now() WHERE event_id = $1"


@dataclass(frozen=True)
class Door:
    """A booking of one ticket, its owner, and two processes that somebody at the doors asks."""

    processes: tuple[Process, Process]
    event_id: EventId
    booking: BookingRecord
    ticket: TicketId
    ann: UserId
    admin: Identity

    async def check_in(self, process: Process, gate: str, key: IdempotencyKey | None = None) -> BookingView:
        return await process.check_ins.check_in(self.admin, self.booking.id, self.ticket, gate, key)


GiveBack = Callable[[Door], Awaitable[object]]


@pytest.fixture
async def door(open_process: OpenProcess) -> Door:
    first, second = [await open_process() for _ in range(2)]
    event_id = await first.event(seats=1)
    [ann] = await first.people(1)
    [number] = await first.buy(ann, event_id)
    booking_id = await first.database.bookings.owning(event_id, ann, [number])
    booking = await first.database.bookings.get(booking_id) if booking_id else None
    assert booking is not None
    id_ = UserId(str(uuid7()))
    admin = await first.database.users.add(NewUser(id_, "Root", "", f"{id_}@example.com", "-", Role.ADMIN))
    identity = Identity(admin.id, admin.role, admin.token_version)
    return Door((first, second), event_id, booking, ticket_id(event_id, number), ann, identity)


def of_the_booking(door: Door) -> Awaitable[object]:
    return door.processes[0].sale.give_back(door.booking, lambda standing: standing, CancellationOrder(door.ann))


def of_the_newest(door: Door) -> Awaitable[object]:
    return door.processes[0].sale.cancel(door.ann, door.event_id, 1)


WAYS = [(of_the_booking, "not admitted meanwhile"), (of_the_newest, "the newest are not admitted meanwhile")]


# Two doors


async def two_doors(door: Door, truth: Truth, key: IdempotencyKey | None = None) -> list[Any]:
    """Show a ticket at two doors at once. Return what they were answered."""
    async with truth.connection.transaction():
        await truth.connection.execute(LOCK, door.event_id)
        attempts = [
            asyncio.create_task(door.check_in(process, gate, key))
            for process, gate in zip(door.processes, ("North", "South"), strict=True)
        ]
        await truth.wait_for_blocked_backends(2)
    return await together(attempts)


async def test_of_two_doors_at_once_one_admits_a_ticket(door: Door, truth: Truth) -> None:
    answers = await two_doors(door, truth)

    [admitted] = [answer for answer in answers if isinstance(answer, BookingView)]
    [refused] = [answer for answer in answers if isinstance(answer, AlreadyCheckedIn)]
    assert f"at the gate {admitted.record.tickets[0].gate}." in str(refused)


async def test_control_without_the_condition_both_doors_admit_it(door: Door, truth: Truth, guards: Guards) -> None:
    guards.remove("admitted once")

    assert [type(answer) for answer in await two_doors(door, truth)] == [BookingView, BookingView]


async def test_twins_with_the_same_key_are_answered_alike(door: Door, truth: Truth) -> None:
    first, second = await two_doors(door, truth, IdempotencyKey(door.admin.user_id, "key", b""))

    assert first.record == second.record


# Who comes while the ticket is given back


async def come_while_it_is_given_back(door: Door, truth: Truth, give_back: GiveBack) -> Any:
    """Check a ticket in after its owner's request has read it, and before that cancels it. Return what the door got."""
    cancel, reached, opened = PostgresBookings.cancel, asyncio.Event(), asyncio.Event()

    async def late(self: PostgresBookings, *arguments: Any) -> object:
        reached.set()
        await opened.wait()
        return await cancel(self, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PostgresBookings, "cancel", late)
        cancelling = asyncio.ensure_future(give_back(door))
        await reached.wait()
        coming = asyncio.create_task(door.check_in(door.processes[1], "North"))
        await truth.wait_until_done_or_blocked(coming)
        opened.set()
        await cancelling
    assert await truth.sold(door.event_id) == []
    [answer] = await together([coming])
    return answer


@pytest.mark.parametrize("give_back", [way for way, _ in WAYS])
async def test_nobody_is_admitted_with_a_ticket_that_is_given_back_meanwhile(
    door: Door, truth: Truth, give_back: GiveBack
) -> None:
    assert isinstance(await come_while_it_is_given_back(door, truth, give_back), AlreadyCancelled)
    assert await admitted(door, truth) == 0


async def admitted(door: Door, truth: Truth) -> int:
    """Return how many tickets were checked in, cancelled ones included."""
    count: int = await truth.connection.fetchval(
        "SELECT count(checked_in_at) FROM tickets WHERE event_id = $1", door.event_id
    )
    return count


@pytest.mark.parametrize(("give_back", "guard"), [*WAYS, (of_the_booking, "standing at the door")])
async def test_control_without_the_lock_or_the_condition_somebody_comes_in_and_is_refunded(
    door: Door, truth: Truth, guards: Guards, give_back: GiveBack, guard: str
) -> None:
    guards.remove(guard)

    await come_while_it_is_given_back(door, truth, give_back)

    assert await admitted(door, truth) == 1


# Who gives the ticket back while somebody comes


async def give_back_while_somebody_comes(door: Door, truth: Truth, give_back: GiveBack) -> Any:
    async with truth.connection.transaction():
        await truth.connection.execute(ADMIT, door.event_id)
        cancelling = asyncio.ensure_future(give_back(door))
        await truth.wait_for_blocked_backends()
    [answer] = await together([cancelling])
    return answer


@pytest.mark.parametrize("give_back", [way for way, _ in WAYS])
async def test_a_ticket_is_not_given_back_by_its_owner_while_somebody_comes(
    door: Door, truth: Truth, give_back: GiveBack
) -> None:
    assert isinstance(await give_back_while_somebody_comes(door, truth, give_back), CancellationClosed)
    assert await truth.sold(door.event_id) == [1]


@pytest.mark.parametrize(("give_back", "guard"), WAYS)
async def test_control_without_the_lock_who_is_inside_is_refunded(
    door: Door, truth: Truth, guards: Guards, give_back: GiveBack, guard: str
) -> None:
    guards.remove(guard)

    assert not isinstance(await give_back_while_somebody_comes(door, truth, give_back), BaseException)
    assert await truth.sold(door.event_id) == []
