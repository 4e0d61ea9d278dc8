"""Commits that are disturbed, refused or never heard of."""

from collections.abc import Awaitable, Callable
from typing import Any, cast

from booked.domain.errors import TransactionFailed
from booked.domain.model.ids import EventId, UserId
from booked.domain.model.sale.bookings import Verdict
from booked.domain.model.sale.holds import Claim, Release
from tests.services.box_office import BoxOffice, InterruptedBookings

Commit = Callable[[Claim], Awaitable[Verdict]]


def interrupt(office: BoxOffice, *interruptions: Callable[[Claim, Commit], Awaitable[Verdict]]) -> InterruptedBookings:
    """Have these called in place of the next commits."""
    interrupted = InterruptedBookings(office.database.bookings)
    interrupted.interruptions += interruptions
    office.database.bookings = cast("Any", interrupted)
    return interrupted


async def reply_lost(claim: Claim, commit: Commit) -> Verdict:
    await commit(claim)
    raise TransactionFailed


async def connection_lost(claim: Claim, commit: Commit) -> Verdict:
    raise TransactionFailed


async def cancel_without_telling(office: BoxOffice, user: UserId, event_id: EventId, count: int) -> Release:
    """Cancel as a process does that dies before it tells the hold store."""
    async with office.database.transaction() as unit:
        await unit.events.lock(event_id)
        newest = await unit.bookings.newest(event_id, user, count)
        return await unit.bookings.cancel(event_id, user, [ticket.number for ticket in newest])


async def refuse(claim: Claim, commit: Commit) -> Verdict:
    return Verdict.OVER_LIMIT
