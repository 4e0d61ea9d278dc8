"""Which node has a key: one server has all of them, in a cluster each primary has the keys of its slots.

A key's slot is that of the part in braces: an event's keys are together, and so are a user's. A node that does not have
a slot says MOVED, and where it is. What it says so of has done nothing, and is asked again there.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import urlsplit

from redis.crc import REDIS_CLUSTER_HASH_SLOTS, key_slot
from redis.exceptions import AskError, ClusterDownError, MovedError, RedisError, ResponseError, TryAgainError
from redis.exceptions import ConnectionError as RedisConnectionError

from booked.adapters.redis.failures import CANNOT_SERVE, UNREACHABLE
from booked.adapters.redis.node import Node
from booked.deadline import Deadline

TRIES_MOST = 5  # after the first one
PAUSE = 0.02  # seconds before the second try, and as much longer before each one after it
LOOKS_APART = 0.1  # seconds; while a node is away, every call that fails asks for a look

Answer = TypeVar("Answer")
Question = Callable[[Node], Awaitable[Answer]]


class Nodes:
    """The server or the cluster at some URLs. Which of both it is shows when it is first asked."""

    def __init__(self, urls: str, pool_size: int, timeout: float) -> None:
        self._urls = urls_of(urls)
        self._pool_size = pool_size
        self._timeout = timeout
        self._nodes = {url: Node(url, pool_size, timeout) for url in self._urls}
        self._only: Node | None = None
        self._owners: list[Node | None] = []  # by slot
        self._looking: asyncio.Task[None] | None = None
        self._next_look = 0.0  # by the loop's clock

    def ask(self, key: str, question: Question[Answer]) -> Awaitable[Answer]:
        """Put a question about a key to its node. It is put again only if it did nothing."""
        return self._ask(key, question) if self._only is None else question(self._only)

    async def owner(self, key: str) -> Node:
        """Return a key's node, as far as is known."""
        await self._found()
        if self._only is not None:
            return self._only
        node = self._owners[key_slot(key.encode())]
        if node is None:
            self._look_again()
            raise ClusterDownError("no node of the cluster has the slot of a key")
        return node

    async def every(self) -> list[Node]:
        """Return the server, or all nodes of the cluster with slots."""
        await self._found()
        return [self._only] if self._only else list({node: None for node in self._owners if node})

    async def is_cluster(self) -> bool:
        await self._found()
        return self._only is None

    async def ping(self) -> None:
        """Return when some node answers: while one of a cluster is away, the others go on."""
        await _first_answer(node.client.ping() for node in await self.every())

    async def close(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            with suppress(asyncio.CancelledError, RedisError, OSError):
                await self._looking
        for node in self._nodes.values():
            await node.close()

    async def _ask(self, key: str, question: Question[Answer]) -> Answer:
        node = await self.owner(key)
        try:
            return await question(node)
        except UNREACHABLE as error:
            if self._only is not None:
                raise
            return await self._follow(node, question, error)

    async def _follow(self, node: Node, question: Question[Answer], error: Exception) -> Answer:
        """Put a question again where an answer says so, for as long as a call may take. Raise what it comes to."""
        with Deadline(self._timeout):
            for tried in range(TRIES_MOST):
                if isinstance(error, MovedError):
                    node = self._moved(error, node)
                elif not isinstance(error, TryAgainError):
                    break
                await asyncio.sleep(PAUSE * tried)
                try:
                    return await question(node)
                except UNREACHABLE as another:
                    error = another
        if not isinstance(error, AskError):
            self._look_again(without=node)
        raise error

    def _moved(self, moved: MovedError, by: Node) -> Node:
        """Return a slot's present node, by the word of another one."""
        node = self._node(moved.host or by.host, moved.port)
        if self._owners[moved.slot_id] is not node:
            self._owners[moved.slot_id] = node
            node.loader.forget()  # It may have been promoted since it was asked for its mark.
            self._look_again()
        return node

    async def _found(self) -> None:
        """Return when it is known which nodes there are. All who wait share a look, and its failure."""
        if self._only is None and not self._owners:
            await asyncio.shield(self._look())

    def _look_again(self, without: Node | None = None) -> None:
        """Look for the nodes beside what is going on, soon after the last time not at all."""
        now = asyncio.get_running_loop().time()
        if now >= self._next_look:
            self._next_look = now + LOOKS_APART
            self._look(without)

    def _look(self, without: Node | None = None) -> asyncio.Task[None]:
        """Ask for the slots of all nodes, unless that is just being done. The node `without` is thought to be away."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._find(without))
            self._looking.add_done_callback(lambda task: task.cancelled() or task.exception())
        return self._looking

    async def _find(self, without: Node | None) -> None:
        asked = [node for node in self._nodes.values() if node is not without] or list(self._nodes.values())
        node, shares = await _first_answer(map(self._shares, asked))
        if shares is None:
            node.scripts.mixes_events = True
            self._only = node
            return
        owners: list[Node | None] = [None] * REDIS_CLUSTER_HASH_SLOTS
        for first, last, (host, port, *_), *_replicas in shares:
            owner = self._node(host.decode() if host else node.host, port)
            owners[first : last + 1] = [owner] * (last + 1 - first)
        for owner in {now for now, before in zip(owners, self._owners, strict=False) if now and now is not before}:
            owner.loader.forget()
        self._owners = owners
        await self._close_all_but({*owners, *(self._nodes[url] for url in self._urls)})

    async def _shares(self, node: Node) -> tuple[Node, Sequence[Any] | None]:
        """Return what a node says of the slots: nothing if it is in no cluster."""
        try:
            return node, await node.client.execute_command("CLUSTER SLOTS")  # type: ignore[no-untyped-call]
        except ResponseError as error:
            if str(error).startswith(CANNOT_SERVE):
                raise
            if len(self._urls) > 1:
                raise RedisConnectionError("one of several servers is not in a cluster") from error
            return node, None

    async def _close_all_but(self, kept: set[Node | None]) -> None:
        for url in [url for url, node in self._nodes.items() if node not in kept]:
            await self._nodes.pop(url).close()

    def _node(self, host: str, port: int) -> Node:
        """Return the node at an address: user, password and all else are those of the first URL."""
        parts = urlsplit(self._urls[0])
        user, at, _ = parts.netloc.rpartition("@")
        place = f"[{host}]" if ":" in host else host
        url = parts._replace(netloc=f"{user}{at}{place}:{port}").geturl()
        if url not in self._nodes:
            self._nodes[url] = Node(url, self._pool_size, self._timeout)
        return self._nodes[url]


def urls_of(text: str) -> list[str]:
    """Return the URLs in a text with commas between them."""
    return re.split(r",(?=\w+://)", text)


async def _first_answer(questions: Iterable[Awaitable[Answer]]) -> Answer:
    """Return the first answer. Raises the last failure if none comes."""
    asked = [asyncio.ensure_future(question) for question in questions]
    failure: Exception = ClusterDownError("no node of the cluster is known")
    try:
        for answer in asyncio.as_completed(asked):
            try:
                return await answer
            except (RedisError, OSError) as error:
                failure = error
        raise failure
    finally:
        for each in asked:
            each.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
