"""A child process that cannot be started again at once."""

import asyncio
import errno
import os
import sys
from typing import Any

import pytest
import structlog

from booked import restarts
from booked.cli.failures import explain
from booked.cli.supervisor import Child
from tests.running import PATIENCE


class Starts:
    """Starts processes that end at once, except where the system refuses. The last one runs until it is stopped."""

    def __init__(self, *refusals: OSError | None) -> None:
        self._left = list(refusals)
        self._start = asyncio.create_subprocess_exec
        self.last = asyncio.Event()

    async def __call__(self, *_: str, **options: Any) -> asyncio.subprocess.Process:
        refusal = self._left.pop(0)
        if refusal is not None:
            raise refusal
        if not self._left:
            self.last.set()
        code = "pass" if self._left else "import time; time.sleep(600)"
        return await self._start(sys.executable, "-c", code, **options)


def refusal(number: int) -> OSError:
    return OSError(number, os.strerror(number))


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch) -> Child:
    monkeypatch.setattr(restarts, "SHORTEST_PAUSE_S", 0.01)
    return Child("worker", [], dict(os.environ), PATIENCE)


async def test_a_start_that_the_system_refuses_is_tried_again(child: Child, monkeypatch: pytest.MonkeyPatch) -> None:
    starts = Starts(None, refusal(errno.EAGAIN), refusal(errno.EMFILE), None)
    monkeypatch.setattr(asyncio, "create_subprocess_exec", starts)
    await child.start()

    with structlog.testing.capture_logs() as lines:
        keeping = asyncio.create_task(child.keep_running())
        waiting = asyncio.create_task(starts.last.wait())
        await asyncio.wait({keeping, waiting}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)

    assert not keeping.done()
    assert [line["event"] for line in lines] == [
        "process ended, starting it again",
        *["process cannot be started, trying again"] * 2,
    ]
    assert lines[1]["pause"] < lines[2]["pause"]
    keeping.cancel()
    await child.stop()


async def test_a_first_start_may_wait_as_well(child: Child, monkeypatch: pytest.MonkeyPatch) -> None:
    starts = Starts(refusal(errno.ENOMEM), None)
    monkeypatch.setattr(asyncio, "create_subprocess_exec", starts)

    await child.start_patiently()

    assert starts.last.is_set()
    await child.stop()


async def test_stopping_between_two_starts_kills_nobody(child: Child, monkeypatch: pytest.MonkeyPatch) -> None:
    killed: list[int] = []
    monkeypatch.setattr(asyncio, "create_subprocess_exec", Starts(None, *[refusal(errno.EAGAIN)] * 1_000))
    await child.start()
    keeping = asyncio.create_task(child.keep_running())
    with structlog.testing.capture_logs() as lines:
        while not lines:
            await asyncio.sleep(0.01)

    monkeypatch.setattr(os, "killpg", lambda group, _: killed.append(group))
    keeping.cancel()
    await child.stop()

    # By then, another process may have the number of the one that ended.
    assert killed == []


@pytest.mark.parametrize("number", [errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE])
def test_a_limit_of_the_system_is_not_blamed_on_the_database(number: int) -> None:
    sentence = explain(refusal(number))

    assert "Postgres" not in sentence
    assert os.strerror(number) in sentence


@pytest.mark.parametrize("fault", [refusal(errno.ECONNREFUSED), refusal(errno.EHOSTUNREACH), TimeoutError()])
def test_a_connection_that_fails_is_one_to_postgres(fault: OSError) -> None:
    assert explain(fault).startswith("Postgres cannot be used: ")
