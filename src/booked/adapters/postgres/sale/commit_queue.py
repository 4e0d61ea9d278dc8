"""The commit of sales: bookings made at the same moment share one transaction."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

import asyncpg

from booked.adapters.postgres.statements import REFUSED, Statements
from booked.batching import Batcher
from booked.domain.errors import StoreWriteFailed
from booked.domain.model.ids import EventId
from booked.domain.model.sale.bookings import Verdict
from booked.domain.model.sale.holds import Claim, Terms

SALES_A_BATCH = 64
MOMENT = 0.1  # seconds that a batch of several events waits for a lock, or a tenth of the time limit

# Any number of bookings in one statement, so that they are one round trip and one transaction. The events' rows are
# locked first, in the order of their ids: what follows happens for one batch of an event at a time. A claim has no
# effect if its epoch is not the event's any more, the event is not on sale, its booking id or key is taken, or what it
# is to be part of is not the user's or is cancelled; a constraint that objects undoes the whole batch.
# That booking may have been cancelled while the event's lock was waited for: only a locked row is read as it is then.
# The patience is the transaction's, so it holds for every lock; it is set before the first event is looked for.
COMMIT = """
    WITH patience AS MATERIALIZED (
        SELECT set_config('lock_timeout', coalesce($16::text, current_setting('lock_timeout')), true)
    ), claim AS (
        SELECT *
        FROM unnest(
            $1::uuid[], $2::uuid[], $3::uuid[], $4::integer[], $5::uuid[], $6::integer[],
            $7::timestamptz[], $8::uuid[], $15::uuid[], $9::text[], $10::bytea[], $13::integer[]
        ) AS claim (
            booking_id, event_id, user_id, epoch, entry_id, tickets,
            priced_at, part_of, caller_id, key, fingerprint, last
        )
    ), event AS (
        SELECT id, status, hold_epoch, first_epoch() AS first_epoch, ticket_limit, type_limits, seat_count
        FROM events
        WHERE id = ANY ($2::uuid[])
          AND EXISTS (SELECT FROM patience) -- guard: patience of a batch
        ORDER BY id
        FOR NO KEY UPDATE
    ), part AS (
        SELECT claim.booking_id
        FROM claim
        JOIN event ON event.id = claim.event_id
        JOIN bookings AS whole ON whole.id = claim.part_of
        WHERE (whole.user_id, whole.event_id) = (claim.user_id, claim.event_id)
          AND whole.status = 'booked' AND whole.part_of IS NULL
          AND whole.standing > 0 -- guard: standing whole
        FOR NO KEY UPDATE OF whole -- guard: lock of a whole
    ), used AS (
        SELECT booking_id
        FROM claim
        JOIN idempotency_keys AS used ON used.caller_id = claim.caller_id AND used.key = claim.key
    ), booking AS (
        INSERT INTO bookings (id, event_id, user_id, status, part_of, standing)
        SELECT booking_id, event_id, nullif(user_id, event_id),
            CASE user_id WHEN event_id THEN 'blocked' ELSE 'booked' END,
            part_of, CASE WHEN part_of IS NULL AND user_id <> event_id THEN tickets ELSE 0 END
        FROM claim
        JOIN event ON event.id = claim.event_id AND event.status = 'published'
        WHERE (part_of IS NULL OR booking_id IN (SELECT booking_id FROM part))
          AND claim.epoch = hold_epoch -- guard: epoch of a claim
          AND last <= seat_count -- guard: capacity
          AND booking_id NOT IN (SELECT booking_id FROM used) -- guard: used key
          AND claim.epoch >= first_epoch -- guard: timeline
        ON CONFLICT (id) DO NOTHING
        RETURNING id, event_id, user_id, part_of, booked_at
    ), enlarged AS (
        UPDATE bookings
        SET standing = standing + part.tickets
        FROM (
            SELECT booking.event_id, booking.part_of, sum(claim.tickets) AS tickets
            FROM booking
            JOIN claim ON claim.booking_id = booking.id
            WHERE booking.part_of IS NOT NULL
            GROUP BY booking.event_id, booking.part_of
        ) AS part
        WHERE bookings.event_id = part.event_id AND bookings.id = part.part_of
    ), remembered AS (
        INSERT INTO idempotency_keys (caller_id, key, fingerprint, subject)
        SELECT caller_id, key, fingerprint, coalesce(booking.part_of, booking.id)
        FROM booking
        JOIN claim ON claim.booking_id = booking.id
        WHERE key IS NOT NULL
        ORDER BY caller_id, key
    ), sold AS (
        INSERT INTO tickets (booking_id, number, event_id, user_id, booked_at, type_number, price)
        SELECT booking.id, wanted.number, booking.event_id, claim.user_id, booked_at, type.number,
            CASE
                WHEN booking.user_id IS NULL THEN 0
                ELSE price_at(type, coalesce(wanted.reserved_at, claim.priced_at, now()))
            END
        FROM booking
        JOIN claim ON claim.booking_id = booking.id
        JOIN unnest($11::uuid[], $12::integer[], $14::timestamptz[]) AS wanted (booking_id, number, reserved_at)
            ON wanted.booking_id = booking.id
        LEFT JOIN ticket_types AS type ON type.event_id = booking.event_id AND type.number = (
            SELECT type_number
            FROM blocks
            WHERE event_id = booking.event_id AND first <= wanted.number
            ORDER BY first DESC
            LIMIT 1
        )
        RETURNING event_id, user_id, type_number, price
    ), buyer AS (
        INSERT INTO event_buyers (event_id, user_id, tickets, ticket_limit)
        SELECT booking.event_id, booking.user_id, sum(claim.tickets), min(ticket_limit)
        FROM booking
        JOIN claim ON claim.booking_id = booking.id
        JOIN event ON event.id = booking.event_id
        WHERE booking.user_id IS NOT NULL
        GROUP BY booking.event_id, booking.user_id
        ON CONFLICT (event_id, user_id) DO UPDATE
        SET tickets = event_buyers.tickets + excluded.tickets, ticket_limit = excluded.ticket_limit
    ), type_buyer AS (
        INSERT INTO type_buyers (event_id, user_id, type_number, tickets, type_limit)
        SELECT event_id, user_id, type_number, count(*), min(type_limits[type_number])
        FROM sold
        JOIN event ON event.id = sold.event_id
        WHERE type_limits[type_number] IS NOT NULL AND user_id <> event_id
        GROUP BY event_id, user_id, type_number
        ON CONFLICT (event_id, user_id, type_number) DO UPDATE
        SET type_limit = excluded.type_limit,
            tickets = type_buyers.tickets + excluded.tickets -- guard: limit of a type
    ), tally AS (
        SELECT event_id, type_number, user_id = event_id AS blocked, count(*) AS tickets, sum(price) AS revenue
        FROM sold
        GROUP BY event_id, type_number, user_id = event_id
    ), quarter AS (
        INSERT INTO event_quarters (event_id, since, type_number, booked, revenue)
        SELECT event_id, quarter_of(now()), type_number, tickets, revenue
        FROM tally
        WHERE NOT blocked
        ON CONFLICT (event_id, since, type_number) DO UPDATE
        SET booked = event_quarters.booked + excluded.booked, revenue = event_quarters.revenue + excluded.revenue
    ), entry AS (
        SELECT id, event_id, CASE state WHEN 'waiting' THEN tickets ELSE 0 END AS waited_for
        FROM waitlist_entries
        WHERE (event_id, id) IN (
            SELECT booking.event_id, entry_id FROM claim JOIN booking ON booking.id = claim.booking_id
        )
          AND state IN ('waiting', 'offered')
        FOR UPDATE
    ), served AS (
        UPDATE waitlist_entries
        SET state = 'booked'
        FROM entry
        WHERE waitlist_entries.event_id = entry.event_id AND waitlist_entries.id = entry.id
    ), queue AS (
        SELECT event_id, sum(waited_for) AS shorter_by
        FROM entry
        GROUP BY event_id
    ), total AS (
        SELECT event_id, sum(tickets)::integer AS tickets, sum(revenue) AS revenue,
            sum(CASE WHEN blocked THEN tickets ELSE 0 END)::integer AS blocked,
            array_agg(type_number) AS types, array_agg(tickets::integer) AS tickets_of_types
        FROM tally
        GROUP BY event_id
    ), counted AS (
        UPDATE events
        SET sold = sold + total.tickets,
            sold_by_type = counted_by_type(sold_by_type, total.types, total.tickets_of_types),
            blocked = events.blocked + total.blocked,
            revenue = events.revenue + total.revenue,
            waiting = waiting - coalesce(queue.shorter_by, 0),
            waiting_version = waiting_version + CASE WHEN queue.shorter_by > 0 THEN 1 ELSE 0 END
        FROM total
        LEFT JOIN queue ON queue.event_id = total.event_id
        WHERE events.id = total.event_id
    )
    SELECT id FROM booking
"""

# Of some events those whose rows nobody has locked at this moment.
FREE = "SELECT id FROM events WHERE id = ANY ($1::uuid[]) FOR NO KEY UPDATE SKIP LOCKED"

# Why a claim had no effect: what its booking id stands for, and epoch and capacity of an event that is on sale. The
# claim may be booked already, which is confirmed by this, so it returns when a synchronous standby has that.
WHY_NOT = """
    SELECT
        (SELECT pg_logical_emit_message(true, 'booked', '')), -- guard: a verdict is replicated
        (SELECT status FROM bookings WHERE id = $1 AND event_id = $2) AS status,
        (SELECT greatest(hold_epoch, first_epoch()) FROM events WHERE id = $2 AND status = 'published') AS epoch,
        (SELECT seat_count FROM events WHERE id = $2 AND status = 'published') AS capacity
"""

KEY_IS_USED = "SELECT FROM idempotency_keys WHERE caller_id = $1 AND key = $2"

# What it means that a constraint objects.
VERDICTS = {
    "tickets_sold_once": Verdict.ALREADY_SOLD,
    "events_sold_within_capacity": Verdict.ALREADY_SOLD,
    "event_buyers_within_limit": Verdict.OVER_LIMIT,
    "type_buyers_within_limit": Verdict.OVER_LIMIT,
    "bookings_user_id_fkey": Verdict.UNKNOWN_USER,
    "idempotency_keys_pkey": Verdict.DONE_BEFORE,
    "bookings_have_codes_of_their_own": Verdict.CODE_TAKEN,
}


@dataclass(frozen=True, slots=True)
class PendingCommit:
    claim: Claim
    terms: Terms

    @property
    def key(self) -> tuple[str, str]:
        """Return what no two sales of a batch may share: a caller's key or, without one, the booking's id."""
        idempotency_key = self.terms.idempotency_key
        return (idempotency_key.caller, idempotency_key.key) if idempotency_key else (self.claim.booking_id, "")


class LockedOut(Exception):
    """A batch did not get a lock within its patience. Nothing was written."""


Outcome: TypeAlias = bool | Exception  # whether a sale took effect, or what was raised for it


class CommitQueue:
    """One queue for all events: sales of different events share batches.

    A batch waits for locks for a moment only. A sale that is locked out goes to its event's own queue, which waits for
    as long as a statement may; later sales of the event follow it there until that queue is empty. So a locked event
    holds up the others for a moment. With `shared=False` each event has a queue of its own at all times.
    """

    def __init__(self, statements: Statements, timeout: float, *, shared: bool = True) -> None:
        self._statements = statements
        self._patience = f"{max(1, int(min(MOMENT, timeout / 10) * 1000))}ms"
        self._shared = shared
        self._queue: Batcher[PendingCommit, bool] = Batcher(self._commit_unlocked, SALES_A_BATCH)
        self._own_queues: dict[EventId, Batcher[PendingCommit, bool]] = {}

    async def commit(self, claim: Claim, terms: Terms) -> Verdict:
        sale = PendingCommit(claim, terms)
        try:
            # A refused request asks for the reason here, where nobody waits behind it.
            return Verdict.BOOKED if await self._take_turn(sale) else await self._why_not(sale)
        except asyncpg.IntegrityConstraintViolationError as objection:
            return await self._objected(sale, objection)

    async def _take_turn(self, sale: PendingCommit) -> bool:
        event_id = sale.claim.event_id
        if self._shared and event_id not in self._own_queues:
            with suppress(LockedOut):
                return await self._queue.run(sale)
        queue = self._own_queues.setdefault(event_id, Batcher(self._commit_all, SALES_A_BATCH))
        try:
            return await queue.run(sale)
        finally:
            if queue.idle and self._own_queues.get(event_id) is queue:
                del self._own_queues[event_id]

    async def _commit_unlocked(self, sales: Sequence[PendingCommit]) -> Sequence[Outcome]:
        """Commit sales of any events; `LockedOut` for those that would have to wait for a lock."""
        try:
            return await self._commit_all(sales, self._patience)
        except LockedOut:
            rows = await self._statements.write(FREE, list({sale.claim.event_id for sale in sales}))
        free = {str(row["id"]) for row in rows}
        rest = [sale for sale in sales if sale.claim.event_id in free]
        outcomes: dict[str, Outcome] = {}
        with suppress(LockedOut):  # again, and it is not an event's row: then each event waits by itself
            results = await self._commit_all(rest, self._patience) if rest else []
            outcomes = dict(zip([sale.claim.booking_id for sale in rest], results, strict=True))
        return [outcomes.get(sale.claim.booking_id, LockedOut()) for sale in sales]

    async def _commit_all(self, sales: Sequence[PendingCommit], patience: str | None = None) -> Sequence[Outcome]:
        # The same claim can come twice, from a buyer who pressed the button twice.
        distinct = {sale.claim.booking_id: sale for sale in sales}
        # A second one with the same key would be the undoing of the whole batch.
        firsts = {sale.key: id_ for id_, sale in reversed(distinct.items())}
        batch = {id_: sale for id_, sale in distinct.items() if firsts[sale.key] == id_}
        results = await self._commit_distinct(list(batch.values()), patience)
        outcomes = dict(zip(batch, results, strict=True))
        for id_ in distinct.keys() - batch.keys():
            [outcomes[id_]] = await self._commit_some([distinct[id_]], patience)
        return [outcomes[sale.claim.booking_id] for sale in sales]

    async def _commit_distinct(self, sales: Sequence[PendingCommit], patience: str | None) -> Sequence[Outcome]:
        try:
            booked = await self._write(sales, patience)
        except asyncpg.IntegrityConstraintViolationError as objection:
            if len(sales) == 1:
                return [objection]
            # Somebody's booking is refused and took the others' down with it: halve until it stands alone.
            middle = len(sales) // 2
            return [
                *await self._commit_some(sales[:middle], patience),
                *await self._commit_some(sales[middle:], patience),
            ]
        return [sale.claim.booking_id in booked for sale in sales]

    async def _commit_some(self, sales: Sequence[PendingCommit], patience: str | None) -> Sequence[Outcome]:
        # What befalls these says nothing of the rest of the batch, which may be booked.
        try:
            return await self._commit_distinct(sales, patience)
        except Exception as error:
            return [error] * len(sales)

    async def _write(self, sales: Sequence[PendingCommit], patience: str | None) -> set[str]:
        claims = [sale.claim for sale in sales]
        terms = [sale.terms for sale in sales]
        try:
            rows = await self._statements.write(
                COMMIT,
                [claim.booking_id for claim in claims],
                [claim.event_id for claim in claims],
                [claim.user_id for claim in claims],
                [claim.epoch for claim in claims],
                [claim.entry_id for claim in claims],
                [len(claim.numbers) for claim in claims],
                [one.priced_at for one in terms],
                [one.part_of for one in terms],
                [one.idempotency_key.key if one.idempotency_key else None for one in terms],
                [one.idempotency_key.fingerprint if one.idempotency_key else None for one in terms],
                [claim.booking_id for claim in claims for _ in claim.numbers],
                [number for claim in claims for number in claim.numbers],
                [max(claim.numbers) for claim in claims],
                [reserved_at for claim in claims for reserved_at in claim.reservation_times],
                [one.idempotency_key.caller if one.idempotency_key else None for one in terms],
                patience,
            )
        except StoreWriteFailed as failure:
            if patience and isinstance(failure.__cause__, REFUSED):
                raise LockedOut from failure
            raise
        return {str(row["id"]) for row in rows}

    async def _why_not(self, sale: PendingCommit) -> Verdict:
        [row] = await self._statements.write(WHY_NOT, sale.claim.booking_id, sale.claim.event_id)
        if row["status"] is not None:
            return Verdict.VOID if row["status"] == "void" else Verdict.BOOKED
        if await self._is_done(sale):
            return Verdict.DONE_BEFORE
        if row["epoch"] == sale.claim.epoch and sale.terms.part_of is not None:
            return Verdict.NO_SUCH_BOOKING
        if row["capacity"] is not None and max(sale.claim.numbers) > row["capacity"]:
            return Verdict.ALREADY_SOLD  # nobody can buy such a number: the hold store was wrong
        return Verdict.WITHDRAWN if row["epoch"] is None else Verdict.STALE_EPOCH

    async def _objected(self, sale: PendingCommit, objection: asyncpg.IntegrityConstraintViolationError) -> Verdict:
        verdict = VERDICTS.get(objection.constraint_name or "")
        if verdict is None:
            raise objection
        return Verdict.DONE_BEFORE if await self._is_done(sale) else verdict

    async def _is_done(self, sale: PendingCommit) -> bool:
        # What a request has brought about may itself stand in the way of its twin, who is to hear the same answer.
        idempotency_key = sale.terms.idempotency_key
        return idempotency_key is not None and bool(
            await self._statements.read(KEY_IS_USED, idempotency_key.caller, idempotency_key.key)
        )
