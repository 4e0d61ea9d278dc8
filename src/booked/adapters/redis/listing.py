"""The list of a user's reservations, in the user's own slot. It may miss some."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from itertools import chain
from typing import cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from booked.adapters.redis.arguments import ms, ms_since_epoch
from booked.adapters.redis.failures import failing_as
from booked.adapters.redis.wire import Command, Wire
from booked.batching import Batcher
from booked.domain.errors import StoreReadFailed
from booked.domain.model.ids import ReservationId, UserId
from booked.domain.model.sale.holds import house_of
from booked.domain.model.sale.reservations import Reservation

LISTED_FOR = timedelta(days=1)
LISTED_MOST = 200
NOTES_AN_EXCHANGE = 128


class ReservationLists:
    """Notes reservations, many of them in one exchange."""

    def __init__(self, client: Redis, wire: Wire) -> None:
        self._client = client
        self._wire = wire
        self._notes = Batcher[Sequence[Command], None](self._note_all, NOTES_AN_EXCHANGE)

    async def of_user(self, user_id: UserId) -> list[ReservationId]:
        """Return the ids of a user's reservations. Some may have ended."""
        with failing_as(StoreReadFailed):
            ids = cast(list[bytes], await self._client.zrange(_key(user_id), 0, -1))
        return [ReservationId(id_.decode()) for id_ in ids]

    async def add(self, reservation: Reservation) -> None:
        """List a reservation, or list it under its new deadline. A failure is ignored: only the list misses it."""
        if reservation.user_id == house_of(reservation.event_id):
            return
        key = _key(reservation.user_id)
        note: list[Command] = [
            ("ZREMRANGEBYSCORE", key, "-inf", ms_since_epoch(reservation.made_at)),
            ("ZADD", key, ms_since_epoch(reservation.expires_at), reservation.id),
            ("ZREMRANGEBYRANK", key, 0, -LISTED_MOST - 1),
            ("EXPIRE", key, ms(LISTED_FOR) // 1000),
        ]
        with suppress(RedisError, OSError):
            await self._notes.run(note)

    async def _note_all(self, notes: Sequence[Sequence[Command]]) -> list[None]:
        """Send all notes in one exchange. What the server refuses is missing from the list."""
        await self._wire.exchange(list(chain.from_iterable(notes)))
        return [None] * len(notes)


def _key(user_id: UserId) -> str:
    return f"reservations-of:{{{user_id}}}"
