"""An event is removed while people reserve and book its tickets."""

import asyncio

import pytest

from booked.domain.errors import BookedError, EventUsed, NoEventFound
from booked.domain.model.ids import EventId, UserId
from booked.domain.model.people.users import NewUser, Role, User
from tests.builders import a_user_id
from tests.concurrency.conftest import OpenProcess
from tests.concurrency.processes import Process, Truth, together
from tests.guards import Guards

ATTEMPTS = 20


@pytest.fixture
async def root(process: Process) -> User:
    return await process.database.users.add(NewUser(a_user_id(), "Root", "", "root@example.com", "-", Role.ADMIN))


async def lasting_keys(truth: Truth, event_id: EventId) -> list[bytes]:
    """What the hold store would keep of an event for ever."""
    keys = [key async for key in truth.valkey.scan_iter(match=f"*{{{event_id}}}*")]
    return [key for key in keys if await truth.valkey.ttl(key) < 0]


async def exists(truth: Truth, event_id: EventId) -> bool:
    return bool(await truth.connection.fetchval("SELECT count(*) FROM events WHERE id = $1", event_id))


async def remove_amid_a_purchase(process: Process, other: Process, root: User) -> list[object]:
    """What removing an event, and then booking what was reserved before, come to."""
    [ann] = await process.people(1)
    event_id = await process.event(seats=3)
    tickets = await other.sale.reserve(ann, event_id, 2)
    removal = await together([process.events.remove(root, event_id, None)])
    return removal + await together([other.sale.book(ann, tickets)])


async def test_who_reserved_before_can_book(process: Process, open_process: OpenProcess, root: User) -> None:
    removal, booking = await remove_amid_a_purchase(process, await open_process(), root)

    assert isinstance(removal, EventUsed)
    assert not isinstance(booking, BaseException)


async def test_control_without_the_look_at_holds_people_lose_what_they_hold(
    process: Process, open_process: OpenProcess, root: User, guards: Guards
) -> None:
    guards.remove("unused")

    removal, booking = await remove_amid_a_purchase(process, await open_process(), root)

    assert removal is None
    assert isinstance(booking, BookedError)


async def test_who_reserves_while_the_event_goes_finds_no_event(
    process: Process, open_process: OpenProcess, truth: Truth, root: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await open_process()
    [ann] = await process.people(1)
    event_id = await process.event(seats=3)
    await process.inventory.repair(event_id)
    reservations: list[asyncio.Task[object]] = []
    discard_unused = process.holds.discard_unused

    async def discard_slowly(event_id: EventId, epoch: int) -> bool:
        done = await discard_unused(event_id, epoch)
        reservations.append(asyncio.create_task(other.sale.reserve(ann, event_id, 1)))
        await truth.wait_for_blocked_backends()
        return done

    monkeypatch.setattr(process.holds, "discard_unused", discard_slowly)
    await process.events.remove(root, event_id, None)

    [outcome] = await together(reservations)
    assert isinstance(outcome, NoEventFound)
    assert await lasting_keys(truth, event_id) == []


async def test_an_event_that_cannot_be_removed_after_all_goes_on_selling(
    process: Process, truth: Truth, root: User
) -> None:
    [ann] = await process.people(1)
    event_id = await process.event(seats=3)
    await process.inventory.repair(event_id)
    await truth.connection.execute(
        "INSERT INTO bookings (id, event_id, user_id, status) VALUES ($1, $2, $3, 'void')", a_user_id(), event_id, ann
    )

    with pytest.raises(EventUsed):
        await process.events.remove(root, event_id, None)

    assert await process.buy(ann, event_id, 2) == [1, 2]


async def buy(process: Process, user_id: UserId, event_id: EventId) -> str:
    """What becomes of somebody's purchase: what they hold they can book, or it is lost."""
    try:
        tickets = await process.sale.reserve(user_id, event_id, 1)
    except NoEventFound:
        return "no event"
    try:
        await process.sale.book(user_id, tickets)
    except BookedError:
        return "lost"
    return "booked"


async def remove_while_people_buy(process: Process, other: Process, root: User, truth: Truth) -> set[str]:
    """Return what became of the purchases, and of the event."""
    event_id = await process.event(seats=8)
    await process.inventory.repair(event_id)
    people = await process.people(3)
    removal, *purchases = await together(
        [process.events.remove(root, event_id, None), *(buy(other, user, event_id) for user in people)]
    )
    assert removal is None or isinstance(removal, EventUsed)
    assert await exists(truth, event_id) == (removal is not None)
    if removal is None and await lasting_keys(truth, event_id):
        return {"left behind"}
    return {*purchases, "removed" if removal is None else "kept"}


async def test_an_event_is_either_removed_or_sold(
    process: Process, open_process: OpenProcess, truth: Truth, root: User
) -> None:
    other = await open_process()
    for _ in range(ATTEMPTS):
        outcome = await remove_while_people_buy(process, other, root, truth)

        assert outcome in ({"removed", "no event"}, {"kept", "booked"}), outcome
