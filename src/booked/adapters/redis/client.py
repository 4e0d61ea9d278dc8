"""How this adapter connects to a server."""

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff


def client_of(url: str, pool_size: int, timeout: float) -> Redis:
    """Return a client with at most `pool_size` connections that never repeats a call by itself.

    A call waits at most `timeout` seconds for a connection and as long for its answer.
    """
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=pool_size,
        timeout=timeout,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        retry=Retry(NoBackoff(), 0),
    )
    return Redis(connection_pool=pool)
