"""A Valkey Cluster on ports of this machine: three primaries, each with a replica."""

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio import RedisCluster as AsyncRedisCluster
from redis.asyncio.cluster import ClusterNode
from redis.crc import REDIS_CLUSTER_HASH_SLOTS as SLOTS
from redis.crc import key_slot
from redis.exceptions import RedisError

from booked.adapters.embedded.directories import private_directory
from booked.adapters.embedded.valkey import program
from tests.running import free_port

PRIMARIES = 3
NODE_TIMEOUT_MS = 1000
PATIENCE = 120.0  # seconds for what should take one or two
SETTINGS = {
    "bind": "127.0.0.1",
    "save": "",
    "loglevel": "warning",
    "cluster-enabled": "yes",
    "cluster-node-timeout": str(NODE_TIMEOUT_MS),
    "cluster-require-full-coverage": "no",  # the events of other nodes sell on while a node is away
    "cluster-allow-replica-migration": "no",
    "repl-diskless-sync-delay": "0",
}


@dataclass(eq=False)
class Node:
    """One server on a directory of its own."""

    home: Path
    port: int = field(default_factory=free_port)
    bus_port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.client = Redis(port=self.port, decode_responses=True)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def run(self, *command: str | int) -> Any:
        return self.client.execute_command(*command)  # type: ignore[no-untyped-call]

    @property
    def id(self) -> str:
        return str(self.run("CLUSTER MYID"))

    @property
    def primary(self) -> bool:
        return bool(self.client.info("replication")["role"] == "master")

    def start(self) -> None:
        """Start it, and return when it answers."""
        settings = SETTINGS | {"port": str(self.port), "cluster-port": str(self.bus_port), "dir": str(self.home)}
        arguments = [part for name, value in settings.items() for part in (f"--{name}", value)]
        self.process = subprocess.Popen([program(), *arguments], stdout=subprocess.DEVNULL)
        wait_until(self._answers, "Valkey does not start")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def take_over(self) -> None:
        """Make a replica the primary, without anybody's consent."""
        self.run("CLUSTER FAILOVER", "TAKEOVER")

    def _answers(self) -> bool:
        assert self.process.poll() is None, "Valkey ended while it started"
        try:
            return bool(self.client.ping())
        except RedisError:
            return False


@dataclass(frozen=True)
class Cluster:
    nodes: list[Node]

    @property
    def url(self) -> str:
        return ",".join(node.url for node in self.nodes[:PRIMARIES])

    def mend(self) -> None:
        """Start what was killed, wake what was frozen, and return when each primary has its replica."""
        for node in self.nodes:
            if node.process.poll() is None:
                node.process.send_signal(signal.SIGCONT)
            else:
                node.start()
        wait_until(lambda: all(_is_whole(node) for node in self.nodes), "the cluster is not complete")
        wait_until(lambda: all(node.primary or _follows(node) for node in self.nodes), "replicas do not follow")

    def flush(self) -> None:
        """Make every node forget all keys."""
        for node in self.nodes:
            if node.primary:
                node.client.flushall()

    def primaries(self) -> list[Node]:
        return [node for node in self.nodes if node.primary]

    def owner(self, key: str) -> Node:
        """Return the primary that has a key's slot."""
        slot = key_slot(key.encode())
        shares = self.nodes[0].run("CLUSTER SLOTS")
        [port] = [primary[1] for first, last, primary, *_ in shares if first <= slot <= last]
        return next(node for node in self.nodes if node.port == port)

    def replica(self, primary: Node) -> Node:
        followed = {node.port: node.client.info("replication").get("master_port") for node in self.nodes}
        return next(node for node in self.nodes if followed[node.port] == primary.port)

    def move(self, key: str) -> Node:
        """Move a key's slot to another node, all its keys at once. Return the node that has it now."""
        before = self.owner(key)
        after = next(node for node in self.primaries() if node is not before)
        slot = key_slot(key.encode())
        before.run("CLUSTER MIGRATESLOTS", "SLOTSRANGE", slot, slot, "NODE", after.id)
        wait_until(lambda: self.owner(key) is after, "the slot does not move")
        return after


def looking_at(url: str, *, decode_responses: bool = False) -> AsyncRedis:
    """Return a client to look past the adapter with. That of a cluster has the same commands."""
    if "," not in url:
        return AsyncRedis.from_url(url, decode_responses=decode_responses)
    ports = [int(part.rpartition(":")[2]) for part in url.split(",")]
    nodes = [ClusterNode("127.0.0.1", port) for port in ports]
    return cast(AsyncRedis, AsyncRedisCluster(startup_nodes=nodes, decode_responses=decode_responses))


@contextmanager
def a_cluster(directory: Path) -> Iterator[Cluster]:
    with ExitStack() as stack:
        nodes = [Node(private_directory(directory / f"node-{number}")) for number in range(2 * PRIMARIES)]
        for node in nodes:
            stack.callback(node.client.close)
            stack.callback(node.kill)
            node.start()
        _join(nodes)
        yield Cluster(nodes)


def _join(nodes: list[Node]) -> None:
    """Make a cluster of nodes: each of the first ones gets its share of the slots, each of the others follows one."""
    primaries, replicas = nodes[:PRIMARIES], nodes[PRIMARIES:]
    shares = [SLOTS * number // PRIMARIES for number in range(PRIMARIES + 1)]
    for number, node in enumerate(nodes):
        node.run("CLUSTER SET-CONFIG-EPOCH", number + 1)
        if node in primaries:
            node.run("CLUSTER ADDSLOTSRANGE", shares[number], shares[number + 1] - 1)
        nodes[0].run("CLUSTER MEET", "127.0.0.1", node.port, node.bus_port)
    wait_until(lambda: all(_knows(node, "cluster_known_nodes", len(nodes)) for node in nodes), "nodes do not meet")
    for primary, replica in zip(primaries, replicas, strict=True):
        replica.run("CLUSTER REPLICATE", primary.id)
    wait_until(lambda: all(_follows(replica) for replica in replicas), "replicas do not follow")
    wait_until(lambda: all(_is_whole(node) for node in nodes), "the cluster is not complete")


def _knows(node: Node, what: str, count: int) -> bool:
    return int(node.client.cluster("INFO")[what]) == count


def _follows(replica: Node) -> bool:
    return replica.client.info("replication").get("master_link_status") == "up"


def _is_whole(node: Node) -> bool:
    """Return whether a node serves, and knows of a primary and a replica for every slot."""
    shares = node.run("CLUSTER SLOTS")
    replicated = [last - first + 1 for first, last, _primary, *replicas in shares if len(replicas) == 1]
    return bool(sum(replicated) == SLOTS and node.client.cluster("INFO")["cluster_state"] == "ok")


def wait_until(condition: Callable[[], bool], complaint: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.02)
