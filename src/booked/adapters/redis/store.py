"""The hold store on Valkey. Each method calls one script once, unless its docstring says otherwise."""

from booked.adapters.redis.availability import RedisAvailability
from booked.adapters.redis.client import client_of
from booked.adapters.redis.failures import failing_as
from booked.adapters.redis.holds import RedisHolds
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
        """Return a store on the server at this URL, with at most `pool_size` connections.

        A user may hold at most `held_per_user` tickets of an event at once; None is any number.

        A call waits at most `timeout` seconds for a connection and as long for its answer. It is never repeated
        behind the caller's back: a reservation that was lost on the way back must not be made twice.
        """
        return cls(client_of(url, pool_size, timeout), held_per_user)

    async def close(self) -> None:
        await self._wire.close()
        await self._client.aclose(close_connection_pool=True)

    async def ping(self) -> None:
        with failing_as(StoreReadFailed):
            await self._client.ping()
