"""Postgres lost its last second, and the hold store did not: the event is sold on by Postgres' word."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from booked.domain.errors import TicketNotReserved
from booked.domain.model.ids import EventId, number_of
from booked.domain.model.programme.events import EventRevision
from booked.domain.model.sale.holds import EPOCHS_A_TIMELINE
from tests.builders import first_epoch_is
from tests.concurrency.processes import Process

COLUMNS = "seat_count, sold, releases, hold_epoch, waiting, waiting_version, cancelled, revenue"
TABLES = ("waitlist_entries", "tickets", "bookings", "event_buyers", "event_quarters")

Forget = Callable[[], Awaitable[None]]


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def remember(connection: Any, event_id: EventId, first_epoch: int = EPOCHS_A_TIMELINE) -> Forget:
    """Return a function that makes the database forget what has happened since, in a new timeline."""
    before = await connection.fetchrow(f"SELECT {COLUMNS} FROM events WHERE id = $1", event_id)
    kept = await connection.fetch("SELECT id FROM bookings")

    async def forget() -> None:
        await connection.execute("DELETE FROM waitlist_entries WHERE event_id = $1", event_id)
        ids = [row["id"] for row in kept]
        await connection.execute("DELETE FROM tickets WHERE booking_id <> ALL ($1)", ids)
        await connection.execute("DELETE FROM bookings WHERE id <> ALL ($1)", ids)
        await connection.execute(
            f"UPDATE events SET ({COLUMNS}) = ($2, $3, $4, $5, $6, $7, $8, $9) WHERE id = $1", event_id, *before
        )
        await connection.execute("UPDATE ticket_types SET quota = $2 WHERE event_id = $1", event_id, before[0])
        await connection.execute("UPDATE blocks SET last = $2 WHERE event_id = $1", event_id, before[0])
        await connection.execute(first_epoch_is(first_epoch))

    return forget


async def audit(process: Process, event_id: EventId) -> None:
    """Audit twice: the second one repairs what the first has found as well."""
    for _ in range(2):
        await process.inventory.audit(event_id)
        process.clock.advance(timedelta(seconds=5))


async def test_nothing_stays_set_aside_for_an_entry_that_is_lost(process: Process, connection: Any) -> None:
    event = await process.event(3)
    owner, ann, ben = await process.people(3)
    await process.buy(owner, event, 3)
    forget = await remember(connection, event)
    await process.waitlist.join(ann, event, 2)
    await forget()
    await process.sale.cancel(owner, event, 2)

    await audit(process, event)

    assert (await process.holds.stock(event)).aside == 0
    assert await process.buy(ben, event, 2)


async def test_control_in_the_same_timeline_it_stays_set_aside(process: Process, connection: Any) -> None:
    event = await process.event(3)
    owner, ann = await process.people(2)
    await process.buy(owner, event, 3)
    forget = await remember(connection, event, first_epoch=0)
    await process.waitlist.join(ann, event, 2)
    await forget()
    await process.sale.cancel(owner, event, 2)

    await audit(process, event)

    assert (await process.holds.stock(event)).aside == 2


async def test_the_first_booking_after_epochs_were_lost_succeeds(process: Process, connection: Any) -> None:
    event = await process.event(10)
    [ann] = await process.people(1)
    forget = await remember(connection, event)
    for _ in range(8):
        await process.inventory.repair(event)
    tickets = await process.sale.reserve(ann, event, 1)
    await forget()

    await process.sale.book(ann, tickets)

    assert (await process.holds.stock(event)).epoch == EPOCHS_A_TIMELINE


async def test_a_ticket_whose_sale_is_lost_is_on_sale_again(process: Process, connection: Any) -> None:
    event = await process.event(1)
    ann, ben = await process.people(2)
    forget = await remember(connection, event)
    await process.buy(ann, event, 1)
    await forget()

    await audit(process, event)

    assert await process.buy(ben, event, 1) == [1]


async def test_no_ticket_is_sold_of_those_whose_growth_is_lost(process: Process, connection: Any) -> None:
    event = await process.event(2)
    ann, ben = await process.people(2)
    forget = await remember(connection, event)
    await process.events.change_on_sale(event, EventRevision(seat_count=4))
    kept = await process.sale.reserve(ann, event, 2)
    lost = await process.sale.reserve(ben, event, 1)
    assert number_of(lost[0]) == 3
    await forget()

    with pytest.raises(TicketNotReserved):
        await process.sale.book(ben, lost)
    await process.sale.book(ann, kept)

    stock = await process.holds.stock(event)
    assert (stock.capacity, stock.sold, stock.free) == (2, 2, 0)
