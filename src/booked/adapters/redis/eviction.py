"""Refusing a server that may drop keys while it runs."""

from datetime import timedelta

from booked.adapters.redis.failures import failing_as
from booked.adapters.redis.nodes import Nodes
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
    """Raise `KeysMayBeEvicted` unless the server, or each node of the cluster, keeps all keys, or `StoreReadFailed`."""
    nodes = Nodes(url, pool_size=1, timeout=timeout.total_seconds())
    try:
        with failing_as(StoreReadFailed):
            # INFO, because services that run Valkey for others often forbid CONFIG.
            policies = [(await node.client.info("memory")).get("maxmemory_policy") for node in await nodes.every()]
    finally:
        await nodes.close()
    for policy in policies:
        if policy not in {HARMLESS, None}:
            raise KeysMayBeEvicted(policy)
