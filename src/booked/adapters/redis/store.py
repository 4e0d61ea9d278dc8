"""The hold store on Valkey. Each method calls one script once, unless its docstring says otherwise."""

from booked.adapters.redis.availability import RedisAvailability
from booked.adapters.redis.failures import failing_as
from booked.adapters.redis.holds import RedisHolds
from booked.adapters.redis.nodes import Nodes
from booked.adapters.redis.offers import RedisOffers
from booked.adapters.redis.reservations import RedisReservations
from booked.adapters.redis.upkeep import RedisUpkeep
from booked.domain.errors import StoreReadFailed


class RedisHoldStore(RedisHolds, RedisReservations, RedisAvailability, RedisOffers, RedisUpkeep):
    """Use `connect`. It succeeds without a server: calls fail until there is one, and work from then on."""

    @classmethod
    def connect(
        cls, url: str, pool_size: int = 32, timeout: float = 2.0, held_per_user: int | None = None
    ) -> "RedisHoldStore":
        """Return a store on the server at this URL, or on the cluster of the nodes at several with commas between them.

        A user may hold at most `held_per_user` tickets of an event at once; None is any number.

        A call waits at most `timeout` seconds for one of `pool_size` connections to a node and as long for its answer.
        It is never repeated behind the caller's back unless it did nothing: a reservation lost on the way back
        must not be made twice.
        """
        return cls(Nodes(url, pool_size, timeout), held_per_user)

    async def close(self) -> None:
        await self._nodes.close()

    async def ping(self) -> None:
        with failing_as(StoreReadFailed):
            await self._nodes.ping()
