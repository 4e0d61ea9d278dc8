"""Holds made together, under an id of their own."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from secrets import randbelow

from booked.adapters.redis.arguments import (
    Argument,
    cool_downs_argument,
    counted_ranges,
    key_arguments,
    ms,
    reservation_mark,
    selection_argument,
)
from booked.adapters.redis.listing import ReservationLists
from booked.adapters.redis.nodes import Nodes
from booked.adapters.redis.replies import reservation_of
from booked.adapters.redis.scripted import ScriptedStore
from booked.domain.errors import NoSuchReservation
from booked.domain.model.ids import RESERVATION_MARKS, EventId, ReservationId, UserId, event_of, reservation_id
from booked.domain.model.sale.holds import TICKETS_A_REQUEST
from booked.domain.model.sale.idempotency import IdempotencyKey
from booked.domain.model.sale.lapses import LAST_PART
from booked.domain.model.sale.reservations import Maximum, Minimum, Reservation, Selection, type_selected


class RedisReservations(ScriptedStore):
    def __init__(self, nodes: Nodes, held_per_user: int | None = None) -> None:
        super().__init__(nodes, held_per_user)
        self._lists = ReservationLists(nodes)

    async def make_reservation(
        self,
        event_id: EventId,
        user_id: UserId,
        selection: Selection,
        ttl: timedelta,
        idempotency_key: IdempotencyKey | None = None,
        *,
        limited: bool = False,
        maximums: Sequence[Maximum] = (),
    ) -> Reservation:
        wish = (selection_argument(selection), type_selected(selection) or "", ms(ttl))
        limits = (self._held_per_user, cool_downs_argument(ttl) if limited else "")
        arguments = (*wish, *key_arguments(idempotency_key), *limits, counted_ranges(maximums))
        status, *rest = (b"used",)
        while status == b"used":
            mark = reservation_mark(reservation_id(event_id, randbelow(RESERVATION_MARKS)))
            status, *rest = await self._write("make_reservation", event_id, user_id, mark, *arguments)
        reservation = reservation_of(event_id, rest)
        await self._lists.add(reservation)
        return reservation

    async def reservation(self, reservation_id: ReservationId) -> Reservation | None:
        return await self._reservation(reservation_id, even_cold=False)

    async def last_numbers(self, reservation_id: ReservationId, user_id: UserId) -> frozenset[int]:
        mark = reservation_mark(reservation_id)
        _, *numbers = await self._read("last_numbers", event_of(reservation_id), mark, user_id)
        return frozenset(numbers)

    async def reservations(self, user_id: UserId) -> list[Reservation]:
        ids = await self._lists.of_user(user_id)
        reservations = await asyncio.gather(*(self._reservation(id_, even_cold=True) for id_ in ids))
        holding = [reservation for reservation in reservations if reservation and reservation.numbers]
        return sorted(holding, key=lambda reservation: (reservation.expires_at, reservation.id))

    async def answered(self, event_id: EventId, idempotency_key: IdempotencyKey) -> Reservation | None:
        key, fingerprint, _ = key_arguments(idempotency_key)
        status, *rest = await self._read("answered", event_id, key, fingerprint)
        return reservation_of(event_id, rest) if status == b"reservation" else None

    async def enlarge(
        self,
        reservation_id: ReservationId,
        user_id: UserId,
        selection: Selection,
        idempotency_key: IdempotencyKey | None = None,
        seen: int | None = None,
        *,
        maximums: Sequence[Maximum] = (),
    ) -> Reservation:
        wish = (selection_argument(selection), TICKETS_A_REQUEST)
        terms = (*key_arguments(idempotency_key), self._held_per_user, seen or 0, counted_ranges(maximums))
        return await self._change("enlarge", reservation_id, user_id, *wish, *terms)

    async def reduce(
        self,
        reservation_id: ReservationId,
        user_id: UserId,
        count: int,
        idempotency_key: IdempotencyKey | None = None,
        seen: int | None = None,
        *,
        minimums: Sequence[Minimum] = (),
    ) -> Reservation:
        terms = (count, *key_arguments(idempotency_key), seen or 0, counted_ranges(minimums))
        return await self._change("reduce", reservation_id, user_id, *terms)

    async def extend(
        self,
        reservation_id: ReservationId,
        user_id: UserId,
        ttl: timedelta,
        most: int,
        idempotency_key: IdempotencyKey | None = None,
        *,
        most_unwanted: int = 0,
    ) -> Reservation:
        terms = (ms(ttl), most, most_unwanted, *key_arguments(idempotency_key))
        extended = await self._change("extend", reservation_id, user_id, *terms)
        await self._lists.add(extended)
        return extended

    async def give_back(self, reservation_id: ReservationId, user_id: UserId) -> None:
        mark = reservation_mark(reservation_id)
        await self._write("give_back", event_of(reservation_id), user_id, mark, LAST_PART)

    async def _reservation(self, id_: ReservationId, *, even_cold: bool) -> Reservation | None:
        event_id = event_of(id_)
        try:
            _, *rest = await self._read("reservation", event_id, reservation_mark(id_), int(even_cold))
        except NoSuchReservation:
            return None
        return reservation_of(event_id, rest)

    async def _change(self, script: str, id_: ReservationId, user_id: UserId, *arguments: Argument) -> Reservation:
        event_id = event_of(id_)
        _, *rest = await self._write(script, event_id, user_id, reservation_mark(id_), *arguments)
        return reservation_of(event_id, rest)
