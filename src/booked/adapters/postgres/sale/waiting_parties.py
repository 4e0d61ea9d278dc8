"""Who is in an event's queue, with their names."""

import asyncpg

from booked.adapters.postgres.statements import Statements
from booked.domain.model.ids import EntryId, EventId
from booked.domain.model.people.users import name_of
from booked.domain.model.sale.waitlist import WaitingCounts, WaitingParty

# Both states have runs of an index of their own, each read as far as the page goes. The positions count on from those
# that wait at the places before it.
PAGE = """
    WITH party AS (
        (
            SELECT *
            FROM waitlist_entries
            WHERE event_id = $1 AND state = 'waiting' AND place > $2
            ORDER BY place
            LIMIT $3
        )
        UNION ALL
        (
            SELECT *
            FROM waitlist_entries
            WHERE event_id = $1 AND state = 'offered' AND place > $2
            ORDER BY place
            LIMIT $3
        )
        ORDER BY place
        LIMIT $3
    ), ahead AS (
        SELECT (
            SELECT coalesce(sum(entries), 0)
            FROM waiting_counts
            WHERE event_id = $1 AND block < $2 / 1000
        ) + (
            SELECT count(*)
            FROM waitlist_entries
            WHERE event_id = $1 AND state = 'waiting' AND place BETWEEN $2 / 1000 * 1000 AND $2
        ) AS entries
    )
    SELECT party.id, party.place, party.tickets, party.type_number, party.joined_at, party.offer_expires_at,
        users.first_name, users.last_name, users.email,
        CASE state
            WHEN 'waiting' THEN ahead.entries + count(*) FILTER (WHERE state = 'waiting') OVER (ORDER BY party.place)
        END AS position
    FROM party
    JOIN users ON users.id = party.user_id
    CROSS JOIN ahead
    ORDER BY party.place
"""

COUNTS = """
    SELECT
        (SELECT coalesce(sum(entries), 0) FROM waiting_counts WHERE event_id = $1) AS parties,
        coalesce((SELECT waiting FROM events WHERE id = $1), 0) AS tickets,
        (SELECT count(*) FROM waitlist_entries WHERE event_id = $1 AND state = 'offered') AS offers
"""


class PostgresWaitingParties:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def page(self, event_id: EventId, after: int, limit: int) -> list[WaitingParty]:
        return [_party(row) for row in await self._statements.read(PAGE, event_id, after, limit)]

    async def counts(self, event_id: EventId) -> WaitingCounts:
        [row] = await self._statements.read(COUNTS, event_id)
        return WaitingCounts(int(row["parties"]), row["tickets"], row["offers"])


def _party(row: asyncpg.Record) -> WaitingParty:
    email = row["email"] or ""
    return WaitingParty(
        entry_id=EntryId(str(row["id"])),
        place=row["place"],
        name=name_of(row["first_name"], row["last_name"], email),
        email=email,
        count=row["tickets"],
        type_number=row["type_number"] or None,
        position=None if row["position"] is None else int(row["position"]),
        joined_at=row["joined_at"],
        offer_expires_at=row["offer_expires_at"],
    )
