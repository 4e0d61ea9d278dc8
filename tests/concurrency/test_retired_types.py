"""A ticket type is deleted while people reserve, book and wait for its tickets; guards have controls."""

import asyncio
from contextlib import suppress
from dataclasses import replace

import pytest

from booked.domain.errors import BookedError, NoSuchTicketType, StillInUse, TicketNotReserved, TooFewTickets
from booked.domain.model.ids import EventId, UserId, number_of
from booked.domain.model.people.users import NewUser, Role, User
from booked.domain.model.programme.ticket_types import TicketTypeDraft
from booked.domain.model.sale.holds import Release
from booked.domain.model.sale.reservations import TicketRequest
from booked.domain.services.sale.waitlist import WaitlistService
from tests.builders import a_specification, a_user_id
from tests.concurrency.conftest import OpenProcess
from tests.concurrency.processes import Gate, Process, Truth, agrees, together
from tests.guards import Guards

FLOOR, BALCONY = 1, 2
ATTEMPTS = 20


@pytest.fixture
async def root(process: Process) -> User:
    return await process.database.users.add(NewUser(a_user_id(), "Root", "", "root@example.com", "-", Role.ADMIN))


async def put_on(process: Process, floor: int = 3, balcony: int = 4) -> EventId:
    """Put an event on sale that Valkey knows, with two types at the same price."""
    types = [TicketTypeDraft("Floor", 0, quota=floor), TicketTypeDraft("Balcony", 0, quota=balcony)]
    event_id = await process.events.put_on(replace(a_specification(), tickets=types))
    await process.inventory.repair(event_id)
    return event_id


async def test_a_deleted_type_is_not_sold_any_more_and_the_others_are(
    process: Process, open_process: OpenProcess, root: User
) -> None:
    other = await open_process()
    ann, ben = await process.people(2)
    event_id = await put_on(process)
    held = await other.sale.reserve(ann, event_id, 1)

    await process.ticket_types.remove(root, event_id, BALCONY)

    with pytest.raises(TooFewTickets):
        await other.sale.reserve(ben, event_id, 3)
    await other.sale.book(ann, held)
    assert await other.buy(ben, event_id, 2) == [2, 3]
    assert await agrees(process, event_id)
    report = await process.verification.verify(event_id)
    assert report.findings == []


async def test_tickets_of_a_type_that_is_added_later_have_numbers_of_their_own(process: Process, root: User) -> None:
    [ann] = await process.people(1)
    event_id = await put_on(process)
    await process.ticket_types.remove(root, event_id, BALCONY)

    await process.ticket_types.add(root, event_id, [TicketTypeDraft("Late", 0, quota=2)])

    assert await process.buy(ann, event_id, 5) == [1, 2, 3, 8, 9]
    [floor, late] = await process.ticket_types.reports(None, event_id)
    assert (late.sales.type.number, late.sales.sold, floor.sales.sold) == (3, 2, 3)
    assert await agrees(process, event_id)


async def epoch_of(process: Process, event_id: EventId) -> int:
    return (await process.holds.stock(event_id)).epoch


async def buy(process: Process, user_id: UserId, event_id: EventId) -> str:
    """What becomes of somebody's purchase of the last four tickets: what they hold they can book, or it is lost."""
    try:
        tickets = await process.sale.reserve(user_id, event_id, 4)
    except TooFewTickets:
        return "too few"
    try:
        await process.sale.book(user_id, tickets)
    except BookedError:
        return "lost"
    return "booked"


async def delete_while_somebody_buys(process: Process, other: Process, root: User) -> tuple[str, str]:
    """Return what became of the type, and of the purchase of its tickets."""
    event_id = await put_on(process, floor=1)
    ann, ben = await process.people(2)
    await process.buy(ann, event_id)
    deletion, purchase = await together(
        [process.ticket_types.remove(root, event_id, BALCONY), buy(other, ben, event_id)]
    )
    assert deletion is None or isinstance(deletion, StillInUse), deletion
    assert await agrees(process, event_id)
    return "deleted" if deletion is None else "kept", purchase


async def test_a_type_is_either_deleted_or_sold(process: Process, open_process: OpenProcess, root: User) -> None:
    other = await open_process()
    for _ in range(ATTEMPTS):
        outcome = await delete_while_somebody_buys(process, other, root)

        assert outcome in {("deleted", "too few"), ("kept", "booked")}, outcome


async def delete_what_somebody_holds(process: Process, other: Process, root: User) -> list[object]:
    """What deleting a type, and then booking tickets of it that were reserved before, come to."""
    event_id = await put_on(process, floor=1)
    [ann] = await process.people(1)
    held = await other.sale.reserve(ann, event_id, 5)
    deletion = await together([process.ticket_types.remove(root, event_id, BALCONY)])
    return deletion + await together([other.sale.book(ann, held)])


async def test_a_type_whose_tickets_are_held_stays(process: Process, open_process: OpenProcess, root: User) -> None:
    deletion, booking = await delete_what_somebody_holds(process, await open_process(), root)

    assert isinstance(deletion, StillInUse)
    assert not isinstance(booking, BaseException)


async def test_control_without_the_look_at_taken_tickets_people_lose_what_they_hold(
    process: Process, open_process: OpenProcess, root: User, guards: Guards
) -> None:
    guards.remove("taken tickets of a type")

    deletion, booking = await delete_what_somebody_holds(process, await open_process(), root)

    assert deletion is None
    assert isinstance(booking, BookedError)


async def delete_amid_a_repair(process: Process, other: Process, root: User) -> object:
    """A type is deleted when a repair has read what is sold; what ben gets who then reserves more than is left."""
    event_id = await put_on(process)
    [ben] = await process.people(1)
    gate = Gate(other.holds, "flip")
    repair = asyncio.create_task(other.inventory.repair(event_id))
    await gate.reached.wait()
    await process.ticket_types.remove(root, event_id, BALCONY)
    gate.open()
    await repair
    [reserved] = await together([process.sale.reserve(ben, event_id, 4)])
    return [number_of(ticket) for ticket in reserved] if isinstance(reserved, list) else reserved


async def test_a_repair_under_way_does_not_bring_a_deleted_type_back(
    process: Process, open_process: OpenProcess, root: User
) -> None:
    assert isinstance(await delete_amid_a_repair(process, await open_process(), root), TooFewTickets)


async def test_control_without_the_epoch_a_repair_brings_it_back(
    process: Process, open_process: OpenProcess, root: User, guards: Guards
) -> None:
    guards.remove("epoch of retired tickets")

    assert await delete_amid_a_repair(process, await open_process(), root) == [1, 2, 3, 4]


async def book_what_the_hold_store_forgot(process: Process, root: User) -> list[int]:
    """A type is deleted, and somebody takes the mark of one of its tickets from Valkey; which of them ann gets."""
    ann, ben = await process.people(2)
    event_id = await put_on(process, floor=2)
    await process.ticket_types.remove(root, event_id, BALCONY)
    await process.sale.reserve(ben, event_id, 1)
    await process.holds.release(Release(event_id, ann, (3,), await epoch_of(process, event_id), 1))
    tickets = await process.sale.reserve(ann, event_id, 2)
    with suppress(TicketNotReserved):
        await process.sale.book(ann, tickets)
    return sorted(await process.database.bookings.owned(event_id, ann))


async def test_the_database_sells_no_ticket_of_a_deleted_type(process: Process, root: User) -> None:
    assert await book_what_the_hold_store_forgot(process, root) == []


async def test_control_without_the_mark_it_sells_one(process: Process, root: User, guards: Guards) -> None:
    guards.remove("retired type")

    assert await book_what_the_hold_store_forgot(process, root) == [2, 3]


async def test_nobody_begins_to_wait_for_a_type_that_was_deleted_a_moment_ago(
    process: Process, open_process: OpenProcess, root: User
) -> None:
    other = await open_process()
    ann, ben = await process.people(2)
    event_id = await put_on(process)
    await other.buy(ann, event_id)  # now this process knows the types
    await process.ticket_types.remove(root, event_id, BALCONY)

    with pytest.raises(NoSuchTicketType):
        await other.waitlist.join(ben, event_id, 1, type_number=BALCONY)

    assert await process.waitlist.places(ben) == []


async def join_amid_a_deletion(process: Process, other: Process, root: User, truth: Truth) -> list[object]:
    """Ben joins for a type when its deletion has the event's lock. Return what his request and the deletion came to.

    The type is sold out when he looks, and not any more when the hold store is asked whether it can be deleted.
    """
    event_id = await put_on(process)
    ann, ben = await process.people(2)
    held = await process.reservations.make(ann, event_id, TicketRequest(4, type_number=BALCONY))
    gate = Gate(process.holds, "retire")
    deletion = asyncio.create_task(process.ticket_types.remove(root, event_id, BALCONY))
    await gate.reached.wait()
    joining = asyncio.create_task(other.waitlist.join(ben, event_id, 1, type_number=BALCONY))
    await truth.wait_for_blocked_backends()
    await process.reservations.give_back(ann, held.reservation.id)

    gate.open()
    return [*await together([joining, deletion]), [place.type_number for place in await process.waitlist.places(ben)]]


async def test_nobody_begins_to_wait_for_a_type_whose_deletion_has_begun(
    process: Process, open_process: OpenProcess, root: User, truth: Truth
) -> None:
    joined, deleted, waiting = await join_amid_a_deletion(process, await open_process(), root, truth)

    assert isinstance(joined, NoSuchTicketType)
    assert (deleted, waiting) == (None, [])


async def test_control_without_the_look_at_the_types_somebody_waits_for_a_deleted_one(
    process: Process, open_process: OpenProcess, root: User, truth: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def require_nothing(*_: object) -> None:
        pass

    monkeypatch.setattr(WaitlistService, "_require_type", require_nothing)

    _, deleted, waiting = await join_amid_a_deletion(process, await open_process(), root, truth)

    assert (deleted, waiting) == (None, [BALCONY])
