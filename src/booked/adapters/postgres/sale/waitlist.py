"""The waitlist's queue and its offers."""

from collections.abc import Mapping, Sequence

import asyncpg

from booked.adapters.postgres.sale.waitlist_rows import demand_of, entry_of, offer_of, place_of
from booked.adapters.postgres.statements import Statements
from booked.domain.errors import AlreadyWaiting, InvalidToken
from booked.domain.model.ids import EntryId, EventId, UserId
from booked.domain.model.sale.waitlist import NOTHING, Demand, Entry, EntryState, Offer, WaitlistPlace

ANY_TYPE = 0

ADD = """
    WITH event AS (
        UPDATE events
        SET waiting = waiting + $4, waiting_version = waiting_version + 1
        WHERE id = $2
        RETURNING id, waiting, waiting_version
    ), entry AS (
        INSERT INTO waitlist_entries (id, event_id, user_id, tickets, type_number, version)
        SELECT $1, id, $3, $4, $5, waiting_version
        FROM event
    )
    SELECT id, waiting, waiting_version
    FROM event
"""

# The first in the queue, and the first of those who fit: of each type and size no more than could be served. The order
# by size keeps the planner from reading the whole queue for a size that nobody wants.
QUEUE = """
    WITH first AS (
        SELECT place, id, event_id, user_id, tickets, type_number, passed, gathering_since, version
        FROM waitlist_entries
        WHERE event_id = $1 AND state = 'waiting'
        ORDER BY place
        LIMIT $2
    ), fitting AS (
        SELECT party.*
        FROM unnest($3::smallint[], $4::integer[]) AS share (type_number, free)
        CROSS JOIN LATERAL generate_series(1, least(free, 100)) AS size
        CROSS JOIN LATERAL (
            SELECT place, id, event_id, user_id, tickets, type_number, passed, gathering_since, version
            FROM waitlist_entries
            WHERE event_id = $1 AND state = 'waiting' AND tickets BETWEEN size AND size
              AND type_number = share.type_number
            ORDER BY tickets, place
            LIMIT least($2, free / size)
        ) AS party
        ORDER BY place
        LIMIT $2
    )
    SELECT * FROM first
    UNION
    SELECT * FROM fitting
    ORDER BY place
"""

WANTED = "SELECT type_number, tickets FROM waiting_types WHERE event_id = $1 AND tickets > 0 ORDER BY type_number"

# From event to event, however many wait for each.
EVENTS_WITH_ENTRIES = """
    WITH RECURSIVE waited_for (event_id) AS (
        (
            SELECT event_id
            FROM waitlist_entries
            WHERE state IN ('waiting', 'offered')
            ORDER BY event_id
            LIMIT 1
        )
        UNION ALL
        SELECT (
            SELECT event_id
            FROM waitlist_entries
            WHERE state IN ('waiting', 'offered') AND event_id > waited_for.event_id
            ORDER BY event_id
            LIMIT 1
        )
        FROM waited_for
        WHERE event_id IS NOT NULL
    )
    SELECT id
    FROM events
    JOIN waited_for ON event_id = id
    WHERE status = 'published'
"""

OFFERED = """
    SELECT id, event_id, user_id, offered_numbers, offer_expires_at, version, told
    FROM waitlist_entries
    WHERE event_id = $1 AND state = 'offered'
    ORDER BY place
"""

# Whoever changes an entry and its event locks the event first, as the commit of a booking does.
LOCKED_EVENT = """
    event AS (
        SELECT events.id, events.waiting_version, greatest(events.hold_epoch, first_epoch()) AS epoch
        FROM events
        JOIN waitlist_entries ON waitlist_entries.event_id = events.id
        WHERE waitlist_entries.id = $1
        FOR NO KEY UPDATE OF events
    )"""

RECORD_OFFER = f"""
    WITH {LOCKED_EVENT}, entry AS (
        UPDATE waitlist_entries
        SET state = 'offered', offered_numbers = $2, offer_expires_at = $3, told = false
        FROM event
        WHERE waitlist_entries.id = $1
          AND state = 'waiting'
          AND version = $4
          AND epoch = $5::integer -- guard: epoch of a record
        RETURNING event_id, tickets
    )
    UPDATE events
    SET waiting = waiting - entry.tickets, waiting_version = waiting_version + 1
    FROM entry
    WHERE events.id = entry.event_id
    RETURNING events.id, waiting, waiting_version
"""

MARK_TOLD = """
    UPDATE waitlist_entries
    SET told = true
    WHERE event_id = $1 AND id = $2 AND state = 'offered' AND version = $3
"""

RECORD_PASSES = """
    UPDATE waitlist_entries
    SET passed = change.passed, gathering_since = change.gathering_since
    FROM unnest($1::uuid[], $2::integer[], $3::timestamptz[]) AS change (id, passed, gathering_since)
    WHERE waitlist_entries.id = change.id
"""

# Only an entry that still waits counts among the tickets waited for.
CLOSE = f"""
    WITH {LOCKED_EVENT}, entry AS (
        SELECT waitlist_entries.id, event_id, CASE state WHEN 'waiting' THEN tickets ELSE 0 END AS waited_for
        FROM event
        JOIN waitlist_entries ON waitlist_entries.event_id = event.id
        WHERE waitlist_entries.id = $1 AND state IN ('waiting', 'offered')
        FOR UPDATE OF waitlist_entries
    ), closed AS (
        UPDATE waitlist_entries
        SET state = $2
        FROM entry
        WHERE waitlist_entries.id = entry.id
    )
    UPDATE events
    SET waiting = waiting - entry.waited_for, waiting_version = waiting_version + 1
    FROM entry
    WHERE events.id = entry.event_id
    RETURNING events.id, waiting, waiting_version
"""

CLOSE_WAITING = """
    WITH event AS (
        SELECT id
        FROM events
        WHERE id = $1
        FOR NO KEY UPDATE
    ), entry AS (
        SELECT waitlist_entries.id
        FROM event
        JOIN waitlist_entries ON event_id = event.id
        WHERE state = 'waiting'
        ORDER BY place
        LIMIT $2
        FOR UPDATE OF waitlist_entries
    ), closed AS (
        UPDATE waitlist_entries
        SET state = 'lapsed'
        FROM entry
        WHERE waitlist_entries.event_id = $1 AND waitlist_entries.id = entry.id
        RETURNING tickets
    )
    UPDATE events
    SET waiting = waiting - (SELECT coalesce(sum(tickets), 0) FROM closed), waiting_version = waiting_version + 1
    FROM event
    WHERE events.id = event.id
    RETURNING events.id, waiting, waiting_version
"""

# `$2` is the state that it was seen in, `$3` the turn.
LAPSE = f"""
    WITH {LOCKED_EVENT}, entry AS (
        UPDATE waitlist_entries
        SET state = 'lapsed'
        FROM event
        WHERE waitlist_entries.id = $1
          AND state = $2::text
          AND version = $3
        RETURNING event_id, CASE $2::text WHEN 'waiting' THEN tickets ELSE 0 END AS waited_for
    )
    UPDATE events
    SET waiting = waiting - entry.waited_for, waiting_version = waiting_version + 1
    FROM entry
    WHERE events.id = entry.event_id
    RETURNING events.id, waiting, waiting_version
"""

CLOSE_ALL = """
    WITH counts AS (
        DELETE FROM waiting_counts WHERE event_id = $1
    ), types AS (
        DELETE FROM waiting_types WHERE event_id = $1
    ), entries AS (
        UPDATE waitlist_entries
        SET state = 'withdrawn'
        WHERE event_id = $1 AND state IN ('waiting', 'offered')
    )
    UPDATE events
    SET waiting = 0, waiting_version = waiting_version + 1
    WHERE id = $1
"""

REINSTATE = f"""
    WITH {LOCKED_EVENT}, entry AS (
        UPDATE waitlist_entries
        SET state = 'waiting', offered_numbers = NULL, offer_expires_at = NULL, version = event.waiting_version + 1
        FROM event
        WHERE waitlist_entries.id = $1
          AND state = $2::text
          AND version = $3::integer -- guard: turn of a reinstatement
        RETURNING event_id, CASE $2::text WHEN 'offered' THEN tickets ELSE 0 END AS waits_again_for
    )
    UPDATE events
    SET waiting = waiting + entry.waits_again_for, waiting_version = events.waiting_version + 1
    FROM entry
    WHERE events.id = entry.event_id
    RETURNING events.id, waiting, events.waiting_version
"""

REINSTATE_ALL = """
    WITH entries AS (
        UPDATE waitlist_entries
        SET state = 'waiting', offered_numbers = NULL, offer_expires_at = NULL,
            version = (SELECT waiting_version + 1 FROM events WHERE id = $1)
        WHERE event_id = $1 AND state IN ('waiting', 'offered')
        RETURNING tickets
    )
    UPDATE events
    SET waiting = (SELECT coalesce(sum(tickets), 0) FROM entries), waiting_version = waiting_version + 1
    WHERE id = $1
"""

PLACE = """
    SELECT entry.*, events.name AS event_name,
           CASE state WHEN 'waiting' THEN (
               SELECT coalesce(sum(entries), 0)
               FROM waiting_counts
               WHERE event_id = entry.event_id AND block < entry.place / 1000
           ) + (
               SELECT count(*)
               FROM waitlist_entries AS ahead
               WHERE ahead.event_id = entry.event_id AND ahead.state = 'waiting'
                 AND ahead.place BETWEEN entry.place / 1000 * 1000 AND entry.place
           ) END AS position
    FROM waitlist_entries AS entry
    JOIN events ON events.id = entry.event_id
"""

OF_USER = f"{PLACE} WHERE user_id = $1 AND state IN ('waiting', 'offered') ORDER BY place"

ENTRY = f"{PLACE} WHERE entry.id = $1"


class PostgresWaitlist:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def add(self, entry: Entry) -> Demand:
        try:
            rows = await self._statements.write(
                ADD, entry.id, entry.event_id, entry.user_id, entry.count, entry.type_number or ANY_TYPE
            )
        except asyncpg.UniqueViolationError as cause:
            raise AlreadyWaiting from cause
        except asyncpg.ForeignKeyViolationError as cause:
            raise InvalidToken from cause
        return demand_of(rows[0])

    async def queue(self, event_id: EventId, limit: int, free: Mapping[int | None, int] = NOTHING) -> list[Entry]:
        types = [type_number or ANY_TYPE for type_number in free]
        return [
            entry_of(row) for row in await self._statements.read(QUEUE, event_id, limit, types, list(free.values()))
        ]

    async def wanted(self, event_id: EventId) -> dict[int, int]:
        return {row["type_number"]: row["tickets"] for row in await self._statements.read(WANTED, event_id)}

    async def events_with_entries(self) -> list[EventId]:
        return [EventId(str(row["id"])) for row in await self._statements.read(EVENTS_WITH_ENTRIES)]

    async def offered(self, event_id: EventId) -> list[Offer]:
        return [offer_of(row) for row in await self._statements.read(OFFERED, event_id)]

    async def record_offer(self, offer: Offer, epoch: int) -> Demand | None:
        return await self._change(RECORD_OFFER, offer.entry_id, offer.numbers, offer.expires_at, offer.version, epoch)

    async def mark_told(self, offer: Offer) -> None:
        await self._statements.write(MARK_TOLD, offer.event_id, offer.entry_id, offer.version)

    async def record_passes(self, entries: Sequence[Entry]) -> None:
        await self._statements.write(
            RECORD_PASSES,
            [entry.id for entry in entries],
            [entry.passed for entry in entries],
            [entry.gathering_since for entry in entries],
        )

    async def close(self, entry_id: EntryId, state: EntryState = EntryState.LAPSED) -> Demand | None:
        return await self._change(CLOSE, entry_id, state)

    async def close_waiting(self, event_id: EventId, limit: int) -> Demand | None:
        return await self._change(CLOSE_WAITING, event_id, limit)

    async def lapse(self, seen: Entry | Offer) -> Demand | None:
        return await self._change(LAPSE, *_as_seen(seen))

    async def close_all(self, event_id: EventId) -> None:
        await self._statements.write(CLOSE_ALL, event_id)

    async def reinstate(self, seen: Entry | Offer) -> Demand | None:
        return await self._change(REINSTATE, *_as_seen(seen))

    async def reinstate_all(self, event_id: EventId) -> None:
        await self._statements.write(REINSTATE_ALL, event_id)

    async def of_user(self, user_id: UserId) -> list[WaitlistPlace]:
        return [place_of(row) for row in await self._statements.read(OF_USER, user_id)]

    async def get(self, entry_id: EntryId) -> WaitlistPlace | None:
        rows = await self._statements.read(ENTRY, entry_id)
        return place_of(rows[0]) if rows else None

    async def _change(self, statement: str, *arguments: object) -> Demand | None:
        rows = await self._statements.write(statement, *arguments)
        return demand_of(rows[0]) if rows else None


def _as_seen(seen: Entry | Offer) -> tuple[EntryId, EntryState, int]:
    if isinstance(seen, Entry):
        return seen.id, EntryState.WAITING, seen.version
    return seen.entry_id, EntryState.OFFERED, seen.version
