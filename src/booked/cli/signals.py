"""Ctrl-C, SIGTERM and a closed terminal ask for the same thing, and once is enough: stopping is not interrupted."""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopSignals:
    """While nothing better is installed with `calling`, the first signal raises `KeyboardInterrupt`.

    `received` is that signal, once it has come.
    """

    def __init__(self) -> None:
        self.received: signal.Signals | None = None
        self._react: Callable[[], object] = _interrupt
        # Somebody who starts us with nohup wants us to survive the terminal.
        self._heeded = [number for number in STOP_SIGNALS if not _unwanted(number)]

    def __enter__(self) -> "StopSignals":
        for number in self._heeded:
            signal.signal(number, self._receive)
        return self

    def __exit__(self, *_: object) -> None:
        for number in self._heeded:
            signal.signal(number, signal.SIG_DFL)

    @contextmanager
    def calling(self, react: Callable[[], object]) -> Iterator[None]:
        """Call this function at the first signal inside the block."""
        self._react = react
        try:
            yield
        finally:
            self._react = _interrupt

    @property
    def exit_status(self) -> int:
        """Return what a shell expects of a command that a signal ended."""
        return 128 + (self.received or 0)

    def _receive(self, received: int, _: FrameType | None) -> None:
        self.received = signal.Signals(received)
        for number in self._heeded:
            # Not SIG_IGN: a program started from now on would inherit it, and be deaf to the signal that stops it.
            signal.signal(number, _do_nothing)
        self._react()


async def until_stopped(work: Coroutine[None, None, None], signals: StopSignals) -> None:
    """Run until the work is done, or cancel it at the first signal."""
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(work)
    with signals.calling(lambda: loop.call_soon_threadsafe(task.cancel)), suppress(asyncio.CancelledError):
        await task


def _unwanted(number: signal.Signals) -> bool:
    return number is signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN


def _do_nothing(_: int, __: FrameType | None) -> None:
    pass


def _interrupt() -> None:
    raise KeyboardInterrupt
