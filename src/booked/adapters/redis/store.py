"""The hold store port on Valkey: each method is one script, called once."""

import asyncio
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import chain
from secrets import randbelow, token_hex
from typing import Any, cast

from redis.asyncio import Redis
from redis.exceptions import (
    BusyLoadingError,
    ClusterDownError,
    MasterDownError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from booked.adapters.redis import bitmap
from booked.adapters.redis.claims import claim_of, terms_argument
from booked.adapters.redis.client import client_of
from booked.adapters.redis.reservations import mark_of, moment, ranges, refusal, reservation_of, wish_argument
from booked.adapters.redis.scripts import Argument, Call, Reply, ScriptRunner
from booked.adapters.redis.wire import Command, Wire
from booked.batching import Batcher
from booked.domain.errors import NotYourTicket, StoreError, StoreReadFailed, StoreWriteFailed
from booked.domain.model.figures.analytics import Funnel
from booked.domain.model.ids import (
    RESERVATION_MARKS,
    BookingId,
    EntryId,
    EventId,
    ReservationId,
    UserId,
    event_of,
    reservation_id,
)
from booked.domain.model.programme.seating import Block
from booked.domain.model.programme.times import SalesWindow
from booked.domain.model.sale.availability import SeatMap, TakenTickets
from booked.domain.model.sale.holds import (
    CLAIM_GRACE,
    TICKETS_A_REQUEST,
    USUAL,
    Claim,
    Hold,
    Release,
    Stock,
    Terms,
    house_of,
)
from booked.domain.model.sale.idempotency import IdempotencyKey
from booked.domain.model.sale.lapses import LAST_PART, cool_downs
from booked.domain.model.sale.reservations import Reservation, Selection, type_selected
from booked.domain.model.sale.waitlist import Demand, Entry, Offer
from booked.domain.model.upkeep.inventory import Inspection, SoldTickets
from booked.ports.holds import NO_TIME, EventIsCold, NotHeld, TurnIsOver

UNREACHABLE = (
    OSError,
    RedisConnectionError,
    RedisTimeoutError,
    BusyLoadingError,
    ClusterDownError,
    MasterDownError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
)
REFUSALS = ("BUSY ", "MISCONF ", "NOREPLICAS ")  # of a server that cannot serve now; the client has no class for them
PERMITTED_FOR = timedelta(minutes=2)  # longer than the database may take to say what is sold
DUE_WITHIN = timedelta(seconds=3)
ONCE_FOR = timedelta(days=1)
LISTED_FOR = timedelta(days=1)
LISTED_MOST = 200
NOTES_AN_EXCHANGE = 128
EPOCH = datetime.fromtimestamp(0, UTC)
USERS_A_STAGE = 5_000


class RedisHoldStore:
    """Use `connect`. It succeeds without a server: calls fail until there is one, and work from then on."""

    def __init__(self, client: Redis, held_per_user: int | None = None) -> None:
        self._client = client
        self._held_per_user = held_per_user or 0
        self._scripts = ScriptRunner(client)
        self._wire = Wire(client.connection_pool)
        self._notes = Batcher[Sequence[Command], None](self._note_all, NOTES_AN_EXCHANGE)

    @classmethod
    def connect(
        cls, url: str, pool_size: int = 32, timeout: float = 2.0, held_per_user: int | None = None
    ) -> "RedisHoldStore":
        """A store that talks to the server at this URL over at most `pool_size` connections.

        A user may hold at most `held_per_user` tickets of an event at once; None is any number.

        A call waits at most `timeout` seconds for a connection and as long for its answer. It is never repeated
        behind the caller's back: a reservation that was lost on the way back must not be made twice.
        """
        return cls(client_of(url, pool_size, timeout), held_per_user)

    async def close(self) -> None:
        await self._scripts.close()
        await self._wire.close()
        await self._client.aclose(close_connection_pool=True)

    async def ping(self) -> None:
        with failing_as(StoreReadFailed):
            await self._client.ping()

    async def reserve(
        self, event_id: EventId, user_id: UserId, count: int, ttl: timedelta, *, limited: bool = False
    ) -> Hold:
        terms = (self._held_per_user, _cool_downs_argument(ttl) if limited else "")
        _, deadline, *numbers = await self._write("reserve", event_id, user_id, count, _ms(ttl), *terms)
        return Hold(event_id, user_id, tuple(numbers), moment(deadline))

    async def make_reservation(
        self,
        event_id: EventId,
        user_id: UserId,
        selection: Selection,
        ttl: timedelta,
        idempotency_key: IdempotencyKey | None = None,
        *,
        limited: bool = False,
    ) -> Reservation:
        terms = (*_once_arguments(idempotency_key), self._held_per_user, _cool_downs_argument(ttl) if limited else "")
        arguments = (wish_argument(selection), type_selected(selection) or "", _ms(ttl), *terms)
        status, *rest = (b"used",)
        while status == b"used":
            mark = mark_of(reservation_id(event_id, randbelow(RESERVATION_MARKS)))
            status, *rest = await self._write("make_reservation", event_id, user_id, mark, *arguments)
        reservation = reservation_of(event_id, rest)
        await self._list(reservation)
        return reservation

    async def reservation(self, reservation_id: ReservationId) -> Reservation | None:
        return await self._reservation(reservation_id, even_cold=False)

    async def reservations(self, user_id: UserId) -> list[Reservation]:
        with failing_as(StoreReadFailed):
            ids = cast(list[bytes], await self._client.zrange(_listed_of(user_id), 0, -1))
        reservations = await asyncio.gather(
            *(self._reservation(ReservationId(id_.decode()), even_cold=True) for id_ in ids)
        )
        holding = [reservation for reservation in reservations if reservation and reservation.numbers]
        return sorted(holding, key=lambda reservation: (reservation.expires_at, reservation.id))

    async def answered(self, event_id: EventId, idempotency_key: IdempotencyKey) -> Reservation | None:
        key, fingerprint, _ = _once_arguments(idempotency_key)
        status, *rest = await self._read("answered", event_id, key, fingerprint)
        return reservation_of(event_id, rest) if status == b"reservation" else None

    async def enlarge(
        self,
        reservation_id: ReservationId,
        user_id: UserId,
        selection: Selection,
        idempotency_key: IdempotencyKey | None = None,
    ) -> Reservation:
        arguments = (
            wish_argument(selection),
            TICKETS_A_REQUEST,
            *_once_arguments(idempotency_key),
            self._held_per_user,
        )
        return await self._change("enlarge", reservation_id, user_id, *arguments)

    async def reduce(
        self, reservation_id: ReservationId, user_id: UserId, count: int, idempotency_key: IdempotencyKey | None = None
    ) -> Reservation:
        return await self._change("reduce", reservation_id, user_id, count, *_once_arguments(idempotency_key))

    async def extend(
        self,
        reservation_id: ReservationId,
        user_id: UserId,
        ttl: timedelta,
        most: int,
        idempotency_key: IdempotencyKey | None = None,
    ) -> Reservation:
        extended = await self._change(
            "extend", reservation_id, user_id, _ms(ttl), most, *_once_arguments(idempotency_key)
        )
        await self._list(extended)
        return extended

    async def give_back(self, reservation_id: ReservationId, user_id: UserId) -> None:
        await self._write("give_back", event_of(reservation_id), user_id, mark_of(reservation_id), LAST_PART)

    async def claim(
        self,
        event_id: EventId,
        user_id: UserId,
        numbers: Collection[int],
        booking_id: BookingId,
        terms: Terms = USUAL,
    ) -> Claim:
        status, *rest = await self._write(
            "claim", event_id, user_id, booking_id, terms_argument(terms), *sorted(numbers)
        )
        if status == b"foreign":
            raise NotYourTicket
        if status == b"missing":
            raise NotHeld(rest)
        epoch, *claim = rest
        return claim_of(event_id, epoch, claim)

    async def settle(self, event_id: EventId, booking_id: BookingId) -> bool:
        [status] = await self._write("settle", event_id, booking_id)
        return bool(status == b"settled")

    async def abandon(self, event_id: EventId, booking_id: BookingId, at_least: timedelta = NO_TIME) -> bool:
        [status] = await self._write("abandon", event_id, booking_id, _ms(at_least))
        return bool(status == b"abandoned")

    async def release(self, release: Release) -> bool:
        [status] = await self._write(
            "release",
            release.event_id,
            release.user_id,
            release.epoch,
            release.number,
            _ms(PERMITTED_FOR),
            *release.numbers,
        )
        return bool(status == b"released")

    async def stale_claims(self, event_id: EventId, older_than: timedelta) -> list[Claim]:
        _, epoch, *claims = await self._read("stale_claims", event_id, _ms(older_than))
        return [claim_of(event_id, epoch, claim) for claim in claims]

    async def shorten(self, event_id: EventId, longest: timedelta) -> int:
        shortened, some = 0, True
        while some:
            _, some = await self._write("shorten", event_id, _ms(longest))
            shortened += some
        return shortened

    async def stock(self, event_id: EventId) -> Stock:
        _, *counts = await self._read("stock", event_id)
        return _stock(counts)

    async def available(self, event_ids: Sequence[EventId]) -> list[int | None]:
        with failing_as(StoreReadFailed):
            replies = await asyncio.gather(*(self._scripts.run(Call("available", id_)) for id_ in event_ids))
        return [None if reply[0] == b"cold" else reply[1] for reply in replies]

    async def free_among(self, event_id: EventId, groups: Sequence[Sequence[Block]]) -> list[int]:
        _, *counts = await self._read("free_among", event_id, *map(ranges, groups))
        return counts

    async def seat_map(self, event_id: EventId, first: int, last: int) -> SeatMap:
        _, capacity, free, part = await self._read("seat_map", event_id, first, last)
        last = min(last, capacity)
        return SeatMap(capacity, free, first, last, bitmap.starting_with(first, last, part))

    async def taken_among(self, event_id: EventId, numbers: Collection[int]) -> TakenTickets:
        _, sold, held = await self._read("taken_among", event_id, *numbers)
        return TakenTickets(frozenset(sold), frozenset(held))

    async def funnel(self, event_id: EventId) -> Funnel:
        _, *counts = await self._read("funnel", event_id)
        return Funnel(*counts)

    async def permit_flip(self, event_id: EventId) -> str:
        self._scripts.forget()
        permit = token_hex(8)
        await self._write("permit_flip", event_id, permit, _ms(PERMITTED_FOR), _ms(DUE_WITHIN))
        return permit

    async def flip_is_due(self, event_id: EventId) -> bool:
        _, due = await self._read("flip_is_due", event_id)
        return bool(due)

    async def flip(self, event_id: EventId, permit: str, sold: SoldTickets) -> bool:
        ledger = sold.ledger
        await self._stage(event_id, permit, sold)
        [status] = await self._write(
            "flip",
            event_id,
            permit,
            ledger.epoch,
            ledger.capacity,
            ledger.sold,
            ledger.released,
            ledger.ticket_limit or 0,
            ledger.waiting,
            ledger.waiting_version,
            _ms(CLAIM_GRACE),
            _ms_of(ledger.sales.start),
            _ms_of(ledger.sales.end),
            sold.came_back,
        )
        return bool(status == b"flipped")

    async def grow(self, event_id: EventId, capacity: int) -> None:
        await self._write("grow", event_id, capacity)

    async def discard(self, event_id: EventId, epoch: int) -> None:
        while (await self._write("discard", event_id, epoch, _ms(PERMITTED_FOR)))[0] == b"more":
            continue

    async def set_demand(self, demand: Demand) -> None:
        known = [] if demand.wanted is None else [[(each.tickets, ranges(each.blocks)) for each in demand.wanted]]
        await self._write("set_demand", demand.event_id, demand.tickets, demand.version, *known)

    async def offer(self, entry: Entry, epoch: int, ttl: timedelta, blocks: Sequence[Block] = ()) -> Offer | None:
        within = ranges(sorted(blocks, key=lambda block: block.first))
        party = (entry.user_id, entry.id, entry.count)
        status, *offer = await self._write("offer", entry.event_id, *party, _ms(ttl), epoch, entry.version, within)
        if status == b"over":
            raise TurnIsOver
        return None if status == b"late" else replace(_offer(entry.event_id, offer), version=entry.version)

    async def offers(self, event_id: EventId) -> list[Offer]:
        _, *offers = await self._read("offers", event_id)
        return [_offer(event_id, offer) for offer in offers]

    async def decline(self, event_id: EventId, user_id: UserId, entry_id: EntryId) -> bool:
        [status] = await self._write("decline", event_id, user_id, entry_id)
        return bool(status == b"declined")

    async def return_surplus(self, demand: Demand, seen: Stock, tickets: int) -> bool:
        [status] = await self._write("return_surplus", demand.event_id, tickets, seen.epoch, seen.aside, demand.version)
        return bool(status == b"returned")

    async def inspect(self, event_id: EventId) -> Inspection:
        _, counts, taken, holds, claimed_numbers = await self._read("inspect", event_id)
        held = _held(holds)
        claimed = frozenset(claimed_numbers)
        return Inspection(_stock(counts), frozenset(bitmap.numbers(taken)) - held - claimed, held, claimed)

    async def _reservation(self, id_: ReservationId, *, even_cold: bool) -> Reservation | None:
        event_id = event_of(id_)
        script = Call("reservation", event_id, (mark_of(id_), int(even_cold)))
        with failing_as(StoreReadFailed):
            status, *rest = await self._scripts.run(script)
        if status == b"cold":
            raise EventIsCold
        return reservation_of(event_id, rest) if status == b"reservation" else None

    async def _change(
        self, script: str, reservation_id: ReservationId, user_id: UserId, *arguments: Argument
    ) -> Reservation:
        event_id = event_of(reservation_id)
        _, *rest = await self._write(script, event_id, user_id, mark_of(reservation_id), *arguments)
        return reservation_of(event_id, rest)

    async def _list(self, reservation: Reservation) -> None:
        """Note whose reservation this is, in the user's own slot. Should that fail, only the list misses it."""
        if reservation.user_id == house_of(reservation.event_id):
            return
        key = _listed_of(reservation.user_id)
        note: list[Command] = [
            ("ZREMRANGEBYSCORE", key, "-inf", _ms_of(reservation.made_at)),
            ("ZADD", key, _ms_of(reservation.expires_at), reservation.id),
            ("ZREMRANGEBYRANK", key, 0, -LISTED_MOST - 1),
            ("EXPIRE", key, _ms(LISTED_FOR) // 1000),
        ]
        with suppress(RedisError, OSError):
            await self._notes.run(note)

    async def _note_all(self, notes: Sequence[Sequence[Command]]) -> list[None]:
        """Whoever reserves at the same moment shares an exchange. What the server refuses is missing from the list."""
        await self._wire.exchange(list(chain.from_iterable(notes)))
        return [None] * len(notes)

    async def _stage(self, event_id: EventId, permit: str, sold: SoldTickets) -> None:
        """Put what a flip needs where only the flip with this permit looks, so that the flip itself is short."""
        taken = f"staged-taken:{{{event_id}}}:{permit}"
        counts = f"staged-counts:{{{event_id}}}:{permit}"
        with failing_as(StoreWriteFailed):
            await self._client.set(taken, bitmap.from_ranges(sold.ranges, sold.ledger.capacity), ex=PERMITTED_FOR)
            for start in range(0, len(sold.per_user), USERS_A_STAGE):
                part = sold.per_user[start : start + USERS_A_STAGE]
                await self._client.hset(counts, items=[field for pair in part for field in pair])
                await self._client.expire(counts, PERMITTED_FOR)

    async def _read(self, script: str, event_id: EventId, *arguments: Argument) -> Reply:
        return await self._call(StoreReadFailed, script, event_id, arguments)

    async def _write(self, script: str, event_id: EventId, *arguments: Argument) -> Reply:
        return await self._call(StoreWriteFailed, script, event_id, arguments)

    async def _call(
        self, error: type[StoreError], script: str, event_id: EventId, arguments: Sequence[Argument]
    ) -> Reply:
        with failing_as(error):
            reply = await self._scripts.run(Call(script, event_id, arguments))
        status, *details = reply
        if status == b"cold":
            raise EventIsCold
        if refused := refusal(status, details):
            raise refused
        return reply


@contextmanager
def failing_as(error: type[StoreError]) -> Iterator[None]:
    """Raise this error where the server could not be reached, refused, or did not answer in time."""
    try:
        yield
    except UNREACHABLE as cause:
        raise error from cause
    except ResponseError as cause:
        if str(cause).startswith(REFUSALS):
            raise error from cause
        raise


def _once_arguments(idempotency_key: IdempotencyKey | None) -> tuple[str, str, int]:
    """What a script is told of a key with its caller: none is the empty text."""
    return (
        (f"{idempotency_key.caller}:{idempotency_key.key}", idempotency_key.fingerprint.hex(), _ms(ONCE_FOR))
        if idempotency_key
        else ("", "", 0)
    )


@lru_cache
def _cool_downs_argument(ttl: timedelta) -> str:
    return ",".join(str(_ms(wait)) for wait in cool_downs(ttl))


def _ms(duration: timedelta) -> int:
    return int(duration / timedelta(milliseconds=1))


def _ms_of(time: datetime | None) -> int:
    return _ms(time - EPOCH) if time else 0


def _listed_of(user_id: UserId) -> str:
    return f"reservations-of:{{{user_id}}}"


def _stock(counts: Sequence[int]) -> Stock:
    epoch, capacity, sold, held, claimed, aside, marked, released, ticket_limit, opens, closes, at = counts
    sales = SalesWindow(moment(opens) if opens else None, moment(closes) if closes else None)
    return Stock(epoch, capacity, sold, held, claimed, aside, marked, released, ticket_limit or None, sales, moment(at))


def _held(members: Sequence[bytes]) -> frozenset[int]:
    """The ticket numbers in members of the expiry set."""
    return frozenset(int(member.partition(b":")[0]) for member in members)


def _offer(event_id: EventId, offer: Sequence[Any]) -> Offer:
    user_id, entry_id, deadline, *numbers = offer
    return Offer(EntryId(entry_id.decode()), event_id, UserId(user_id.decode()), tuple(numbers), moment(deadline))
