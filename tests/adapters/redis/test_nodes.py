"""The hold store on a Valkey Cluster: every event on its node, and what becomes of those that move."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta

import pytest
from redis.exceptions import RedisError

from booked.adapters.redis import RedisHoldStore, loading
from booked.adapters.redis.eviction import KeysMayBeEvicted, require_no_eviction
from booked.adapters.redis.limits import RedisLimiter
from booked.adapters.redis.nodes import Nodes, urls_of
from booked.domain.errors import StoreError, StoreReadFailed
from booked.domain.model.ids import EventId
from booked.domain.model.people.limits import Limit
from booked.domain.model.sale.holds import Stock
from booked.domain.model.sale.reservations import AnyOf
from booked.ports.holds import EventIsCold
from tests.builders import ANN, TTL, a_booking_id, a_user_id, an_event_id, install, sold_tickets
from tests.clusters import Cluster, Node, wait_until

SECOND = timedelta(seconds=1)


@pytest.fixture
async def store(cluster: Cluster) -> AsyncIterator[RedisHoldStore]:
    store = RedisHoldStore.connect(cluster.url)
    yield store
    await store.close()


async def an_event_of_each(cluster: Cluster, store: RedisHoldStore) -> dict[Node, EventId]:
    """Put an event on sale at each node."""
    events: dict[Node, EventId] = {}
    while len(events) < len(cluster.primaries()):
        event_id = an_event_id()
        events.setdefault(cluster.owner(event_id), event_id)
    for event_id in events.values():
        await install(store, event_id, sold_tickets())
    return events


async def buy(store: RedisHoldStore, event_id: EventId) -> None:
    user_id, booking_id = a_user_id(), a_booking_id()
    hold = await store.reserve(event_id, user_id, 1, TTL)
    await store.claim(event_id, user_id, hold.numbers, booking_id)
    await store.settle(event_id, booking_id)


async def stock_when_it_answers(store: RedisHoldStore, event_id: EventId) -> Stock:
    """Ask again while the node is away: who asks first has the new one looked for."""
    for _ in range(1000):
        with suppress(StoreReadFailed):
            return await store.stock(event_id)
        await asyncio.sleep(0.01)
    raise AssertionError("no node answers")


async def test_events_of_all_nodes_sell_and_each_has_its_keys_on_its_own(
    cluster: Cluster, store: RedisHoldStore
) -> None:
    events = await an_event_of_each(cluster, store)

    await asyncio.gather(*(buy(store, event_id) for event_id in events.values() for _ in range(20)))

    for node, event_id in events.items():
        assert (await store.stock(event_id)).sold == 20
        assert {str(key).partition("{")[2][:36] for key in node.client.keys("*:{*")} == {event_id}


async def test_each_event_of_a_node_has_a_step_of_its_own(cluster: Cluster, store: RedisHoldStore) -> None:
    [(node, first), *_] = (await an_event_of_each(cluster, store)).items()
    while cluster.owner(second := an_event_id()) is not node:
        continue
    await install(store, second, sold_tickets())
    before = steps(node)

    holds = await asyncio.gather(*(store.reserve(id_, a_user_id(), 1, TTL) for id_ in (first, second) * 3))

    assert steps(node) - before == 2
    assert [hold.numbers for hold in holds] == [(1,), (1,), (2,), (2,), (3,), (3,)]


def steps(node: Node) -> int:
    """Return how many scripts a node ran."""
    return int(node.client.info("commandstats")["cmdstat_evalsha"]["calls"])


async def test_an_event_of_every_node_is_on_a_page(cluster: Cluster, store: RedisHoldStore) -> None:
    events = list((await an_event_of_each(cluster, store)).values())
    await buy(store, events[1])

    assert await store.available([*events, an_event_id()]) == [20, 19, 20, None]


async def test_a_list_of_reservations_names_those_at_events_of_all_nodes(
    cluster: Cluster, store: RedisHoldStore
) -> None:
    events = await an_event_of_each(cluster, store)

    made = [await store.make_reservation(event_id, ANN, AnyOf(1), TTL) for event_id in events.values()]

    assert {each.id for each in await store.reservations(ANN)} == {each.id for each in made}


async def test_of_a_cluster_one_node_is_enough_to_find_the_others(cluster: Cluster, store: RedisHoldStore) -> None:
    events = await an_event_of_each(cluster, store)
    another = RedisHoldStore.connect(cluster.nodes[-1].url)

    assert await another.available(list(events.values())) == [20] * 3
    await another.ping()
    await another.close()


async def test_an_event_that_is_moved_is_found_and_cold_and_so_is_the_list(
    cluster: Cluster, store: RedisHoldStore
) -> None:
    """Its keys come along, but nobody knows of a key which server wrote it last."""
    event_id = next(iter((await an_event_of_each(cluster, store)).values()))
    made = await store.make_reservation(event_id, ANN, AnyOf(2), TTL)
    cluster.move(event_id)
    cluster.move(ANN)

    with pytest.raises(EventIsCold):
        await store.stock(event_id)
    await install(store, event_id, sold_tickets(epoch=2))
    await buy(store, event_id)

    another = await store.make_reservation(event_id, ANN, AnyOf(1), TTL)
    assert (await store.stock(event_id)).held == 3
    assert [each.id for each in await store.reservations(ANN)] == [made.id, another.id]


async def test_an_event_whose_slot_moves_key_by_key_answers_503_meanwhile(
    cluster: Cluster, store: RedisHoldStore
) -> None:
    """It would be in two places, and no script can be right about it."""
    event_id = next(iter((await an_event_of_each(cluster, store)).values()))
    source = cluster.owner(event_id)
    target = next(node for node in cluster.primaries() if node is not source)
    slot = source.run("CLUSTER KEYSLOT", event_id)
    target.run("CLUSTER SETSLOT", slot, "IMPORTING", source.id)
    source.run("CLUSTER SETSLOT", slot, "MIGRATING", target.id)
    try:
        with pytest.raises(StoreError):
            await store.reserve(event_id, ANN, 1, TTL)  # its meta is there, the hold's key is not
        source.run("MIGRATE", "127.0.0.1", target.port, f"meta:{{{event_id}}}", 0, 5000)
        with pytest.raises(StoreError):
            await store.stock(event_id)
    finally:
        source.run("CLUSTER SETSLOT", slot, "STABLE")
        target.run("MIGRATE", "127.0.0.1", source.port, f"meta:{{{event_id}}}", 0, 5000)
        target.run("CLUSTER SETSLOT", slot, "STABLE")

    assert (await store.stock(event_id)).capacity == 20


@pytest.mark.parametrize("guarded", [True, False])
async def test_where_a_replica_that_lacks_a_sale_takes_over_only_its_events_are_cold(
    cluster: Cluster, store: RedisHoldStore, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    if not guarded:
        monkeypatch.setattr(loading, "server_mark", lambda _: "the same for every node")
    events = await an_event_of_each(cluster, store)
    primary, event_id = next(iter(events.items()))
    replica = cluster.replica(primary)
    await buy(store, event_id)
    primary.run("WAIT", 1, 5000)
    replica.process.send_signal(signal.SIGSTOP)
    primary.client.client_kill_filter(_type="replica")
    await buy(store, event_id)

    primary.kill()
    replica.process.send_signal(signal.SIGCONT)
    replica.take_over()
    wait_until(lambda: replica.primary, "nobody takes over")

    if guarded:
        with pytest.raises(EventIsCold):
            await stock_when_it_answers(store, event_id)
    else:
        # Two are: it would promise one of them to somebody else.
        assert (await stock_when_it_answers(store, event_id)).sold == 1
    others = [other for other in events.values() if other != event_id]
    assert await store.available(others) == [20, 20]
    await store.ping()


async def test_limits_are_counted_by_whoever_has_their_keys(cluster: Cluster) -> None:
    limiter, limit = RedisLimiter.connect(cluster.url), Limit("logins", 2, SECOND * 60)
    people = [f"{name}{{" for name in "abcdefghij"]

    taken = [[(await limiter.take(limit, who)).allowed for _ in range(3)] for who in people]

    assert taken == [[True, True, False]] * len(people)
    assert all(node.client.keys("limit:*") for node in cluster.primaries())
    await limiter.close()


async def test_a_node_that_may_evict_is_refused(cluster: Cluster) -> None:
    node = cluster.primaries()[-1]
    await require_no_eviction(cluster.url, SECOND * 5)
    node.client.config_set("maxmemory-policy", "allkeys-lru")
    try:
        with pytest.raises(KeysMayBeEvicted):
            await require_no_eviction(cluster.url, SECOND * 5)
    finally:
        node.client.config_set("maxmemory-policy", "noeviction")


async def test_servers_that_are_no_cluster_are_not_taken_for_one(redis_url: str) -> None:
    nodes = Nodes(f"{redis_url},{redis_url}", pool_size=2, timeout=5)

    with pytest.raises(RedisError, match="not in a cluster"):
        await nodes.ping()
    await nodes.close()


async def test_a_single_server_is_asked_once_what_it_is(redis_url: str) -> None:
    nodes = Nodes(redis_url, pool_size=2, timeout=5)
    before = (await (await nodes.every())[0].client.info("commandstats"))["cmdstat_cluster|slots"]["calls"]

    for key in "abc":
        assert await nodes.ask(key, lambda node: node.client.ping())

    [node] = await nodes.every()
    assert (await node.client.info("commandstats"))["cmdstat_cluster|slots"]["calls"] == before
    assert not await nodes.is_cluster()
    await nodes.close()


def test_urls_stand_apart_by_a_comma_before_a_scheme() -> None:
    assert urls_of("redis://ann:p,w@a:1,rediss://b:2/0") == ["redis://ann:p,w@a:1", "rediss://b:2/0"]
