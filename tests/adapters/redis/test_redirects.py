"""What a cluster says when it cannot serve a key: how often it is asked again, and what the caller gets."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from booked.adapters.redis import nodes as nodes_module
from booked.adapters.redis.failures import failing_as
from booked.adapters.redis.nodes import TRIES_MOST, Nodes
from booked.domain.errors import StoreReadFailed

SLOT = 12539  # of `key`
MOVED = f"-MOVED {SLOT} 127.0.0.1:PORT\r\n"
MOVED_ON_THE_SAME_HOST = f"-MOVED {SLOT} :PORT\r\n"
TRY_AGAIN = "-TRYAGAIN Multiple keys request during rehashing of slot\r\n"


class Fake:
    """A server that says it has all slots of a cluster, and answers each question about a key with the next answer."""

    port: int

    def __init__(self) -> None:
        self.answers: list[str] = []
        self.questions = 0
        self.looks = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while command := await _command(reader):
            match command[0], *command[1:2]:
                case b"CLUSTER", _:
                    self.looks += 1
                    answer = f"*1\r\n*3\r\n:0\r\n:16383\r\n*3\r\n$9\r\n127.0.0.1\r\n:{self.port}\r\n$1\r\nx\r\n"
                case b"GET", _:
                    self.questions += 1
                    answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                case _:
                    answer = "+OK\r\n"
            writer.write(answer.replace("PORT", str(self.port)).encode())
        writer.close()


async def _command(reader: asyncio.StreamReader) -> list[bytes]:
    """Read a command. Return nothing at the end."""
    head = await reader.readline()
    parts = []
    for _ in range(int(head[1:] or 0)):
        length = int((await reader.readline())[1:])
        parts.append((await reader.readexactly(length + 2))[:-2])
    return parts


@pytest.fixture
async def fake() -> AsyncIterator[Fake]:
    fake = Fake()
    async with await asyncio.start_server(fake.serve, "127.0.0.1", 0) as server:
        fake.port = server.sockets[0].getsockname()[1]
        yield fake


@pytest.fixture
async def nodes(fake: Fake) -> AsyncIterator[Nodes]:
    nodes = Nodes(f"redis://127.0.0.1:{fake.port}", pool_size=100, timeout=30)
    yield nodes
    await nodes.close()


async def get(nodes: Nodes) -> object:
    with failing_as(StoreReadFailed):
        return await nodes.ask("key", lambda node: node.client.get("key"))


@pytest.mark.parametrize("redirect", [MOVED, MOVED_ON_THE_SAME_HOST, TRY_AGAIN])
async def test_what_did_nothing_is_asked_again(fake: Fake, nodes: Nodes, redirect: str) -> None:
    fake.answers = [redirect, redirect, "+here\r\n"]

    assert await get(nodes) == b"here"
    assert fake.questions == 3


@pytest.mark.parametrize("redirect", [MOVED, TRY_AGAIN])
async def test_what_moves_for_ever_is_a_store_error_after_a_few_tries(fake: Fake, nodes: Nodes, redirect: str) -> None:
    fake.answers = [redirect]

    with pytest.raises(StoreReadFailed):
        await get(nodes)
    assert fake.questions == 1 + TRIES_MOST


@pytest.mark.parametrize(
    "refusal",
    [
        "-CLUSTERDOWN Hash slot not served\r\n",
        "-CLUSTERDOWN The cluster is down\r\n",
        "-ASK 12539 127.0.0.1:PORT\r\n",
        "-ERR Attempted to access a non local key in a cluster node\r\n",
    ],
)
async def test_what_is_not_here_now_is_a_store_error_at_once(fake: Fake, nodes: Nodes, refusal: str) -> None:
    fake.answers = [refusal]

    with pytest.raises(StoreReadFailed):
        await get(nodes)
    assert fake.questions == 1


async def test_a_crowd_looks_for_the_nodes_together(fake: Fake, nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nodes_module, "LOOKS_APART", 3600)
    fake.answers = ["-CLUSTERDOWN The cluster is down\r\n"]

    results = await asyncio.gather(*(get(nodes) for _ in range(60)), return_exceptions=True)

    assert {type(result) for result in results} == {StoreReadFailed}
    assert fake.looks == 2  # before the first question, and once after the first refusal
