"""The commit of sales: whoever books at the same moment shares one transaction."""

from collections.abc import Sequence

import asyncpg

from booked.adapters.postgres.session import PoolSession
from booked.batching import Batcher
from booked.domain.errors import StoreError
from booked.domain.model.bookings import Verdict
from booked.domain.model.ids import EventId
from booked.domain.model.tickets import Claim

SALES_A_BATCH = 64

# Any number of bookings in one statement, so that they are one round trip and one transaction. The events' rows are
# locked first, in the order of their ids: what follows happens for one batch of an event at a time. A claim has no
# effect if its epoch is not the event's any more, the event is withdrawn, or its booking id is taken; a constraint that
# objects undoes the whole batch.
COMMIT = """
    WITH claim AS (
        SELECT *
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::integer[], $5::uuid[], $6::integer[])
            AS claim (booking_id, event_id, user_id, epoch, entry_id, tickets)
    ), event AS (
        SELECT id, hold_epoch, ticket_limit
        FROM events
        WHERE id = ANY ($2::uuid[]) AND withdrawn_at IS NULL
        ORDER BY id
        FOR NO KEY UPDATE
    ), booking AS (
        INSERT INTO bookings (id, event_id, user_id, status)
        SELECT booking_id, event_id, user_id, 'booked'
        FROM claim
        JOIN event ON event.id = claim.event_id AND event.hold_epoch = claim.epoch
        ON CONFLICT (id) DO NOTHING
        RETURNING id, event_id, user_id, booked_at
    ), sold AS (
        INSERT INTO tickets (booking_id, number, event_id, user_id, booked_at)
        SELECT booking.id, number, event_id, user_id, booked_at
        FROM booking
        JOIN unnest($7::uuid[], $8::integer[]) AS ticket (booking_id, number) ON ticket.booking_id = booking.id
    ), buyer AS (
        INSERT INTO event_buyers (event_id, user_id, tickets, ticket_limit)
        SELECT booking.event_id, booking.user_id, sum(claim.tickets), min(ticket_limit)
        FROM booking
        JOIN claim ON claim.booking_id = booking.id
        JOIN event ON event.id = booking.event_id
        GROUP BY booking.event_id, booking.user_id
        ON CONFLICT (event_id, user_id) DO UPDATE
        SET tickets = event_buyers.tickets + excluded.tickets, ticket_limit = excluded.ticket_limit
    ), tally AS (
        SELECT booking.event_id, min(booked_at) AS booked_at, sum(claim.tickets) AS tickets
        FROM booking
        JOIN claim ON claim.booking_id = booking.id
        GROUP BY booking.event_id
    ), day AS (
        INSERT INTO event_days (event_id, day, booked)
        SELECT event_id, (booked_at AT TIME ZONE 'UTC')::date, tickets
        FROM tally
        ON CONFLICT (event_id, day) DO UPDATE
        SET booked = event_days.booked + excluded.booked
    ), entry AS (
        SELECT id, event_id, CASE state WHEN 'waiting' THEN tickets ELSE 0 END AS waited_for
        FROM waitlist_entries
        WHERE id IN (SELECT entry_id FROM claim JOIN booking ON booking.id = claim.booking_id)
          AND state IN ('waiting', 'offered')
        FOR UPDATE
    ), served AS (
        UPDATE waitlist_entries
        SET state = 'booked'
        FROM entry
        WHERE waitlist_entries.id = entry.id
    ), queue AS (
        SELECT event_id, sum(waited_for) AS shorter_by
        FROM entry
        GROUP BY event_id
    ), counted AS (
        UPDATE events
        SET sold = sold + tally.tickets,
            waiting = waiting - coalesce(queue.shorter_by, 0),
            waiting_version = waiting_version + CASE WHEN queue.shorter_by > 0 THEN 1 ELSE 0 END
        FROM tally
        LEFT JOIN queue ON queue.event_id = tally.event_id
        WHERE events.id = tally.event_id
    )
    SELECT id FROM booking
"""

# Why a claim had no effect: what its booking id stands for, and the epoch of an event that is on sale.
WHY_NOT = """
    SELECT
        (SELECT status FROM bookings WHERE id = $1) AS status,
        (SELECT hold_epoch FROM events WHERE id = $2 AND withdrawn_at IS NULL) AS epoch
"""

# What it means that a constraint objects.
VERDICTS = {
    "tickets_sold_once": Verdict.ALREADY_SOLD,
    "events_sold_within_capacity": Verdict.ALREADY_SOLD,
    "event_buyers_within_limit": Verdict.OVER_LIMIT,
    "bookings_user_id_fkey": Verdict.UNKNOWN_USER,
}


class Sales:
    """A queue for each event, so that whoever locks an event holds up no other one's sale."""

    def __init__(self, session: PoolSession) -> None:
        self._session = session
        self._queues: dict[EventId, Batcher[Claim, Verdict]] = {}

    async def commit(self, claim: Claim) -> Verdict:
        queue = self._queues.setdefault(claim.event_id, Batcher(self._commit_all, SALES_A_BATCH))
        try:
            return await queue.run(claim)
        finally:
            if queue.idle:
                self._queues.pop(claim.event_id, None)

    async def _commit_all(self, claims: Sequence[Claim]) -> Sequence[Verdict | Exception]:
        # The same claim can come twice, from a buyer who pressed the button twice.
        distinct = {claim.booking_id: claim for claim in claims}
        results = await self._commit_distinct(list(distinct.values()))
        verdicts = dict(zip(distinct, results, strict=True))
        return [verdicts[claim.booking_id] for claim in claims]

    async def _commit_distinct(self, claims: Sequence[Claim]) -> Sequence[Verdict | Exception]:
        try:
            booked = await self._write(claims)
        except asyncpg.IntegrityConstraintViolationError as objection:
            if len(claims) == 1:
                return [_verdict(objection)]
            # Somebody's booking is refused and took the others' down with it: now each stands for itself.
            return [await self._alone(claim) for claim in claims]
        return [Verdict.BOOKED if claim.booking_id in booked else await self._find_out(claim) for claim in claims]

    async def _alone(self, claim: Claim) -> Verdict | Exception:
        try:
            [result] = await self._commit_distinct([claim])
        except Exception as error:
            return error
        return result

    async def _write(self, claims: Sequence[Claim]) -> set[str]:
        rows = await self._session.write(
            COMMIT,
            [claim.booking_id for claim in claims],
            [claim.event_id for claim in claims],
            [claim.user_id for claim in claims],
            [claim.epoch for claim in claims],
            [claim.entry_id for claim in claims],
            [len(claim.numbers) for claim in claims],
            [claim.booking_id for claim in claims for _ in claim.numbers],
            [number for claim in claims for number in claim.numbers],
        )
        return {str(row["id"]) for row in rows}

    async def _find_out(self, claim: Claim) -> Verdict | Exception:
        # Not knowing why one was refused is no reason to keep from the others that they are booked.
        try:
            return await self._why_not(claim)
        except StoreError as error:
            return error

    async def _why_not(self, claim: Claim) -> Verdict:
        [row] = await self._session.read(WHY_NOT, claim.booking_id, claim.event_id)
        if row["status"] is not None:
            return Verdict.BOOKED if row["status"] == "booked" else Verdict.VOID
        return Verdict.WITHDRAWN if row["epoch"] is None else Verdict.STALE_EPOCH


def _verdict(objection: asyncpg.IntegrityConstraintViolationError) -> Verdict:
    verdict = VERDICTS.get(objection.constraint_name or "")
    if verdict is None:
        raise objection
    return verdict
