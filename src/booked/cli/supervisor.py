"""A child process kept running until it is told to stop."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from booked.restarts import Backoff

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Child:
    """`python -m booked` with these arguments. `patience` is how many seconds it may take to stop.

    It leads a process group of its own: Ctrl-C in a terminal reaches us alone, and what it leaves behind can be found.
    Its standard input is our lifeline: when we are gone, it ends.
    """

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    patience: float
    _process: asyncio.subprocess.Process | None = field(default=None, init=False)

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # the directory that we happen to be in is not ours to import from
            "-m",
            "booked",
            *self.arguments,
            stdin=asyncio.subprocess.PIPE,
            env=self.environment,
            start_new_session=True,
        )

    async def start_patiently(self, backoff: Backoff | None = None) -> None:
        """Start it. Where the system has no room for another process, try again after pauses that grow."""
        backoff = backoff or Backoff()
        while True:
            try:
                return await self.start()
            except OSError as refusal:
                pause = backoff.pause_s(0)
                log.error("process cannot be started, trying again", process=self.name, error=str(refusal), pause=pause)
            await asyncio.sleep(pause)

    async def ended(self) -> int:
        """Wait for its end, end what is left of its group, and return its exit status."""
        process = self._process
        assert process is not None, "only what was started ends"  # noqa: S101
        status = await process.wait()
        _kill_group(process)
        return status

    async def keep_running(self) -> None:
        """Start it again whenever it ends."""
        loop = asyncio.get_running_loop()
        backoff = Backoff()
        while True:
            started = loop.time()
            status = await self.ended()
            self._process = None  # its number may soon be that of another one
            pause = backoff.pause_s(loop.time() - started)
            log.error("process ended, starting it again", process=self.name, status=status, pause=pause)
            await asyncio.sleep(pause)
            await self.start_patiently(backoff)

    async def stop(self) -> None:
        """Ask it to stop, if it runs. Kill it when its time is up."""
        process = self._process
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), self.patience)
        except TimeoutError:
            log.error("process does not stop, killing it", process=self.name)
        _kill_group(process)
        await process.wait()


def _kill_group(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
