"""Refusing a server that may drop keys while it runs."""

from datetime import timedelta

from booked.adapters.redis.client import client_of
from booked.adapters.redis.failures import failing_as
from booked.domain.errors import StoreReadFailed

HARMLESS = "noeviction"


class KeysMayBeEvicted(Exception):
    """The server's `maxmemory-policy` lets it drop holds and sold tickets key by key, and nobody would notice."""

    def __init__(self, policy: str) -> None:
        super().__init__(
            f"Valkey has `maxmemory-policy {policy}`: short of memory, it would drop what is held and sold. "
            f"Set it to {HARMLESS} (CONFIG SET maxmemory-policy {HARMLESS}, and in its configuration), and start again."
        )


async def require_no_eviction(url: str, timeout: timedelta) -> None:
    """Raise `KeysMayBeEvicted` unless the server keeps all keys, or `StoreReadFailed`."""
    client = client_of(url, pool_size=1, timeout=timeout.total_seconds())
    try:
        with failing_as(StoreReadFailed):
            # INFO, because services that run Valkey for others often forbid CONFIG.
            policy = (await client.info("memory")).get("maxmemory_policy", HARMLESS)
    finally:
        await client.aclose(close_connection_pool=True)
    if policy != HARMLESS:
        raise KeysMayBeEvicted(policy)
