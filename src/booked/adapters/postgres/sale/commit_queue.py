"""The commit of sales: bookings made at the same moment share one transaction."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass

import asyncpg

from booked.adapters.postgres.statements import Statements
from booked.batching import Batcher
from booked.domain.errors import StoreError
from booked.domain.model.ids import EventId
from booked.domain.model.sale.bookings import Verdict
from booked.domain.model.sale.holds import Claim, Terms

SALES_A_BATCH = 64

# Any number of bookings in one statement, so that they are one round trip and one transaction. The events' rows are
# locked first, in the order of their ids: what follows happens for one batch of an event at a time. A claim has no
# effect if its epoch is not the event's any more, the event is not on sale, its booking id or key is taken, or what it
# is to be part of is not the user's or is cancelled; a constraint that objects undoes the whole batch.
# That booking may have been cancelled while the event's lock was waited for: only a locked row is read as it is then.
COMMIT = """
    WITH claim AS (
        SELECT *
        FROM unnest(
            $1::uuid[], $2::uuid[], $3::uuid[], $4::integer[], $5::uuid[], $6::integer[],
            $7::timestamptz[], $8::uuid[], $15::uuid[], $9::text[], $10::bytea[], $13::integer[]
        ) AS claim (
            booking_id, event_id, user_id, epoch, entry_id, tickets,
            priced_at, part_of, caller_id, key, fingerprint, last
        )
    ), event AS (
        SELECT id, status, hold_epoch, first_epoch() AS first_epoch, ticket_limit, seat_count
        FROM events
        WHERE id = ANY ($2::uuid[])
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
            SELECT booking.part_of, sum(claim.tickets) AS tickets
            FROM booking
            JOIN claim ON claim.booking_id = booking.id
            WHERE booking.part_of IS NOT NULL
            GROUP BY booking.part_of
        ) AS part
        WHERE bookings.id = part.part_of
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

# Why a claim had no effect: what its booking id stands for, and epoch and capacity of an event that is on sale.
WHY_NOT = """
    SELECT
        (SELECT status FROM bookings WHERE id = $1) AS status,
        (SELECT greatest(hold_epoch, first_epoch()) FROM events WHERE id = $2 AND status = 'published') AS epoch,
        (SELECT seat_count FROM events WHERE id = $2 AND status = 'published') AS capacity
"""

KEY_IS_USED = "SELECT FROM idempotency_keys WHERE caller_id = $1 AND key = $2"

# What it means that a constraint objects.
VERDICTS = {
    "tickets_sold_once": Verdict.ALREADY_SOLD,
    "events_sold_within_capacity": Verdict.ALREADY_SOLD,
    "event_buyers_within_limit": Verdict.OVER_LIMIT,
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


class CommitQueue:
    """A queue for each event: a locked event does not hold up the sales of others."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self._queues: dict[EventId, Batcher[PendingCommit, Verdict]] = {}

    async def commit(self, claim: Claim, terms: Terms) -> Verdict:
        queue = self._queues.get(claim.event_id)
        if queue is None:
            queue = self._queues[claim.event_id] = Batcher(self._commit_all, SALES_A_BATCH)
        try:
            return await queue.run(PendingCommit(claim, terms))
        finally:
            if queue.idle:
                self._queues.pop(claim.event_id, None)

    async def _commit_all(self, sales: Sequence[PendingCommit]) -> Sequence[Verdict | Exception]:
        # The same claim can come twice, from a buyer who pressed the button twice.
        distinct = {sale.claim.booking_id: sale for sale in sales}
        # A second one with the same key would be the undoing of the whole batch.
        firsts = {sale.key: id_ for id_, sale in reversed(distinct.items())}
        batch = {id_: sale for id_, sale in distinct.items() if firsts[sale.key] == id_}
        results = await self._commit_distinct(list(batch.values()))
        verdicts = dict(zip(batch, results, strict=True))
        for id_ in distinct.keys() - batch.keys():
            verdicts[id_] = await self._alone(distinct[id_])
        return [verdicts[sale.claim.booking_id] for sale in sales]

    async def _commit_distinct(self, sales: Sequence[PendingCommit]) -> Sequence[Verdict | Exception]:
        try:
            booked = await self._write(sales)
        except asyncpg.IntegrityConstraintViolationError as objection:
            if len(sales) == 1:
                return [await self._find_out(self._objected(sales[0], objection))]
            # Somebody's booking is refused and took the others' down with it: now each stands for itself.
            return [await self._alone(sale) for sale in sales]
        return [
            Verdict.BOOKED if sale.claim.booking_id in booked else await self._find_out(self._why_not(sale))
            for sale in sales
        ]

    async def _alone(self, sale: PendingCommit) -> Verdict | Exception:
        try:
            [result] = await self._commit_distinct([sale])
        except Exception as error:
            return error
        return result

    async def _write(self, sales: Sequence[PendingCommit]) -> set[str]:
        claims = [sale.claim for sale in sales]
        terms = [sale.terms for sale in sales]
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
        )
        return {str(row["id"]) for row in rows}

    async def _find_out(self, verdict: Awaitable[Verdict]) -> Verdict | Exception:
        # Not knowing why one was refused is no reason to keep from the others that they are booked.
        try:
            return await verdict
        except StoreError as error:
            return error

    async def _why_not(self, sale: PendingCommit) -> Verdict:
        [row] = await self._statements.read(WHY_NOT, sale.claim.booking_id, sale.claim.event_id)
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
