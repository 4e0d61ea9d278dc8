"""The list of a user's reservations, in the user's own slot. It may miss some."""

from contextlib import suppress
from datetime import timedelta

from redis.exceptions import RedisError

from booked.adapters.redis.arguments import ms, ms_since_epoch
from booked.adapters.redis.failures import failing_as
from booked.adapters.redis.nodes import Nodes
from booked.adapters.redis.wire import Command
from booked.domain.errors import StoreReadFailed
from booked.domain.model.ids import ReservationId, UserId
from booked.domain.model.sale.holds import house_of
from booked.domain.model.sale.reservations import Reservation

LISTED_FOR = timedelta(days=1)
LISTED_MOST = 200


class ReservationLists:
    """Notes reservations, many of them in one exchange."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes

    async def of_user(self, user_id: UserId) -> list[ReservationId]:
        """Return the ids of a user's reservations. Some may have ended."""
        key = _key(user_id)
        with failing_as(StoreReadFailed):
            [ids] = await self._nodes.ask(key, lambda node: node.send([("ZRANGE", key, 0, -1)]))
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
            await self._nodes.ask(key, lambda node: node.send(note))


def _key(user_id: UserId) -> str:
    return f"reservations-of:{{{user_id}}}"
