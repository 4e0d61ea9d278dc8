"""Counters of an event: a sale keeps them equal to their rows, and a difference is found."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from booked.adapters.postgres.database import PostgresDatabase
from booked.bootstrap import open_maintenance, open_services
from booked.domain.model.ids import EventId, ticket_id
from booked.domain.model.people.users import Identity, NewUser, Role
from booked.domain.model.programme.seating import Block, SeatBlock
from booked.domain.model.programme.ticket_types import TicketPlan, TicketType
from booked.domain.model.sale.cancellations import CancellationWish
from booked.settings import Settings
from tests.builders import a_user, an_entry, an_event

WITHOUT_PARTS = "WHERE part_of IS NULL AND NOT EXISTS (SELECT FROM bookings AS part WHERE part.part_of = bookings.id)"
HALL = TicketPlan((TicketType(1, "Stalls", "", 2000, None, 20),), (Block(1, 20, 1, SeatBlock("A", 2, 10)),))


@pytest.fixture
def settings(database_url: str, redis_url: str) -> Settings:
    return Settings(database_url=database_url, redis_url=redis_url, jwt_secret="s" * 32)


@pytest.fixture
async def sold(settings: Settings) -> AsyncIterator[EventId]:
    """An event with a limit and all that moves a counter: bookings, seats more and less, a fee, a block, a party."""
    async with open_services(settings) as services:
        database: Any = services.bookings.database
        ann, boss = a_user(), a_user(role=Role.ADMIN)
        for user in (ann, boss):
            await database.users.add(user)
        event = an_event(ticket_limit=6)
        await database.events.add(event, HALL)
        admin = await services.accounts.present(_identity(boss))
        await services.blocking.block(admin, event.id, [ticket_id(event.id, 3), ticket_id(event.id, 4)])
        await services.blocking.unblock(admin, event.id, [ticket_id(event.id, 4)])
        await services.bookings.book_tickets(ann.id, await services.sale.reserve(ann.id, event.id, 2))
        tickets = await services.sale.reserve(ann.id, event.id, 2)
        booking = await services.bookings.book_tickets(ann.id, tickets)
        await services.bookings.add_seat(_identity(ann), booking.record.id, ticket_id(event.id, 15))
        await services.bookings.remove_seat(_identity(ann), booking.record.id, tickets[0])
        wish = CancellationWish([tickets[1]], refund=1500)
        await services.bookings.cancel(_identity(boss), booking.record.id, wish=wish)
        async with database.transaction(at=event.id) as unit:
            await unit.events.lock(event.id)
            await unit.waitlist.add(an_entry(event.id, ann.id, 2))
            await unit.waitlist.add(replace(an_entry(event.id, boss.id), type_number=1))
        yield event.id


def _identity(user: NewUser) -> Identity:
    return Identity(user.id, user.role, 0)


async def test_a_healthy_event_with_a_limit_and_a_blocked_seat_is_in_order(settings: Settings, sold: EventId) -> None:
    async with open_maintenance(settings) as services:
        report = await services.verification.verify(sold)

    assert (report.cold, report.findings) == (False, [])


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        ("UPDATE events SET blocked = blocked + 1", "blocked tickets"),
        ("UPDATE events SET revenue = revenue - 1", "revenue"),
        ("UPDATE tickets SET fee = 0", "revenue"),
        ("UPDATE tickets SET fee = 0", "revenue of a type by day"),
        ("UPDATE events SET cancelled = cancelled + 1", "cancelled tickets"),
        ("UPDATE events SET sold_by_type[1] = sold_by_type[1] + 1", "tickets of a type"),
        ("UPDATE events SET sold_by_type[2] = 1", "tickets of a type"),
        ("UPDATE events SET sold_by_type = '{}'", "tickets of a type"),
        ("UPDATE events SET waiting = waiting + 1", "tickets waited for"),
        ("UPDATE waitlist_entries SET state = 'lapsed'", "tickets waited for"),
        ("UPDATE waiting_counts SET entries = entries + 1", "parties that wait"),
        ("DELETE FROM waiting_counts", "parties that wait"),
        ("UPDATE waiting_types SET tickets = tickets + 1", "tickets of a type waited for"),
        ("DELETE FROM waiting_types", "tickets of a type waited for"),
        ("UPDATE event_quarters SET booked = booked + 1", "tickets of a type by day"),
        ("UPDATE event_quarters SET refunded = refunded + 1", "revenue of a type by day"),
        ("DELETE FROM event_quarters", "cancelled tickets"),
        ("UPDATE event_buyers SET tickets = 1", "tickets of a buyer"),
        ("DELETE FROM event_buyers", "tickets of a buyer"),
        ("UPDATE bookings SET standing = standing + 1 WHERE standing > 0", "tickets of a booking"),
        ("DELETE FROM bookings WHERE status = 'blocked'", "tickets of a booking"),
        (f"DELETE FROM bookings {WITHOUT_PARTS}", "tickets of a booking"),
    ],
)
async def test_a_counter_that_drifted_is_found(database_url: str, sold: EventId, damage: str, what: str) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute(damage)
    await connection.close()
    database = await PostgresDatabase.connect(database_url)

    miscounts = await database.ledgers.miscounted(sold)

    assert what in {miscount.what for miscount in miscounts}
    await database.close()
