"""The commit of sales: bookings made at the same moment share one transaction."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

import asyncpg

from booked.adapters.postgres.sale.commit_statements import FREE, KEY_IS_USED, WHY_NOT, commit_of
from booked.adapters.postgres.statements import REFUSED, Statements
from booked.domain.batching import Batcher
from booked.domain.bounded import BoundedDict
from booked.domain.errors import StoreWriteFailed
from booked.domain.model.ids import EventId
from booked.domain.model.sale.bookings import Verdict
from booked.domain.model.sale.holds import Claim, Terms

SALES_A_BATCH = 64
EVENTS_REMEMBERED = 10_000
MOMENT = 0.1  # seconds that a batch of several events waits for a lock, or a tenth of the time limit

# What a violated constraint means. An empty `type_number`: no type on sale has the ticket.
VERDICTS = {
    "type_number": Verdict.ALREADY_SOLD,
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

    A batch waits for locks for a moment only. A locked-out sale goes to its event's own queue, which waits for as long
    as a statement may; later sales of the event follow it there until that queue is empty. So a locked event
    holds up the others for a moment. With `shared=False` each event has a queue of its own at all times.

    Events whose ticket types have limits are remembered. The first sale of one costs a second statement.
    """

    def __init__(self, statements: Statements, timeout: float, *, shared: bool = True) -> None:
        self._statements = statements
        self._patience = f"{max(1, int(min(MOMENT, timeout / 10) * 1000))}ms"
        self._shared = shared
        self._queue: Batcher[PendingCommit, bool] = Batcher(self._commit_unlocked, SALES_A_BATCH)
        self._own_queues: dict[EventId, Batcher[PendingCommit, bool]] = {}
        self._limited: BoundedDict[EventId, None] = BoundedDict(EVENTS_REMEMBERED)

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
            written = await self._write(sales, patience)
        except asyncpg.IntegrityConstraintViolationError as objection:
            if len(sales) == 1:
                return [objection]
            # Somebody's booking is refused and took the others' down with it: halve until it stands alone.
            middle = len(sales) // 2
            return [
                *await self._commit_some(sales[:middle], patience),
                *await self._commit_some(sales[middle:], patience),
            ]
        outcomes: dict[str, Outcome] = {sale.claim.booking_id: sale.claim.booking_id in written for sale in sales}
        if limited := [sale for sale in sales if sale.claim.event_id in written]:
            self._limited |= {sale.claim.event_id: None for sale in limited}
            results = await self._commit_some(limited, patience)
            outcomes |= zip([sale.claim.booking_id for sale in limited], results, strict=True)
        return [*outcomes.values()]

    async def _commit_some(self, sales: Sequence[PendingCommit], patience: str | None) -> Sequence[Outcome]:
        # What befalls these says nothing of the rest of the batch, which may be booked.
        try:
            return await self._commit_distinct(sales, patience)
        except Exception as error:
            return [error] * len(sales)

    async def _write(self, sales: Sequence[PendingCommit], patience: str | None) -> set[str]:
        """Return the ids of the sales that took effect, and of events whose limits were not known before."""
        claims = [sale.claim for sale in sales]
        terms = [sale.terms for sale in sales]
        keys = [one.idempotency_key for one in terms]
        parts = [one.part_of for one in terms]
        entries = [claim.entry_id for claim in claims]
        references = any(parts) or any(entries)
        keyed = references or any(keys)
        arguments: list[object] = [
            [claim.booking_id for claim in claims],
            [claim.event_id for claim in claims],
            [claim.user_id for claim in claims],
            [claim.epoch for claim in claims],
            [len(claim.numbers) for claim in claims],
            [max(claim.numbers) for claim in claims],
            parts,
            [claim.booking_id for claim in claims for _ in claim.numbers],
            [number for claim in claims for number in claim.numbers],
            [at or sale.terms.priced_at for sale in sales for at in sale.claim.reservation_times],
            patience,
        ]
        if keyed:
            arguments += [
                [key and key.caller for key in keys],
                [key and key.key for key in keys],
                [key and key.fingerprint for key in keys],
            ]
        if references:
            arguments.append(entries)
        limits = any(claim.event_id in self._limited for claim in claims)
        try:
            rows = await self._statements.write(commit_of(keys=keyed, references=references, limits=limits), *arguments)
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
        verdict = VERDICTS.get(objection.constraint_name or objection.column_name or "")
        if verdict is None:
            raise objection
        return Verdict.DONE_BEFORE if await self._is_done(sale) else verdict

    async def _is_done(self, sale: PendingCommit) -> bool:
        # What a request has brought about may itself stand in the way of its twin, who is to hear the same answer.
        idempotency_key = sale.terms.idempotency_key
        return idempotency_key is not None and bool(
            await self._statements.read(KEY_IS_USED, idempotency_key.caller, idempotency_key.key)
        )
