"""Writing many lines at once: a system call for each is most of what a log line costs."""

import asyncio
from collections.abc import Callable
from multiprocessing.util import Finalize
from typing import Generic, TextIO, TypeVar

Line = TypeVar("Line")

DELAY = 0.05  # seconds
WAITING_MOST = 1_000  # lines


class DeferredLines(Generic[Line]):
    """Keeps lines back for a moment while an event loop runs, and otherwise writes them at once.

    A line becomes a text when it is written: many in a row take less time than each amid a request. A killed process
    takes the last moment's lines with it.
    """

    def __init__(self, stream: Callable[[], TextIO], render: Callable[[Line], str]) -> None:
        self._stream = stream
        self._render = render
        self._waiting: list[Line] = []
        self._due_on: asyncio.AbstractEventLoop | None = None
        # Unlike atexit, this also runs in the worker processes of a server.
        Finalize(None, self._write_out, exitpriority=0)

    def write(self, line: Line) -> None:
        self._waiting.append(line)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            loop = None
        if loop is None or len(self._waiting) >= WAITING_MOST:
            self._write_out()
        elif self._due_on is not loop:
            self._due_on = loop
            loop.call_later(DELAY, self._write_out)

    def _write_out(self) -> None:
        lines, self._waiting, self._due_on = self._waiting, [], None
        stream = self._stream()
        stream.write("".join([f"{self._render(line)}\n" for line in lines]))
        stream.flush()
