"""Writing many lines at once: a system call for each is most of what a log line costs."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Generic, TextIO, TypeVar

from booked.deferring import DeferredAction

Line = TypeVar("Line")

DELAY = 0.05  # seconds
WAITING_MOST = 1_000  # lines

# Standard error is full, gone, closed or was never there. The line is dropped: what it tells of must go on.
UNWRITABLE = (OSError, ValueError, AttributeError)


class DeferredLines(Generic[Line]):
    """Keeps lines back for a moment while an event loop runs, and otherwise writes them at once.

    Lines become a text when they are written: many in a row take less time than each amid a request. A killed process
    takes the last moment's lines with it.
    """

    def __init__(self, stream: Callable[[], TextIO], render: Callable[[Sequence[Line]], str]) -> None:
        self._stream = stream
        self._render = render
        self._waiting: list[Line] = []
        self._writing = DeferredAction(self._write_out, DELAY)

    def write(self, line: Line) -> None:
        self._waiting.append(line)
        if len(self._waiting) >= WAITING_MOST:
            self._writing.now()
        else:
            self._writing.soon()

    def _write_out(self) -> None:
        lines, self._waiting = self._waiting, []
        with suppress(*UNWRITABLE):
            stream = self._stream()
            stream.write(self._render(lines))
            stream.flush()
