"""Doing together, a moment later, what gathers while requests are answered."""

import asyncio
from collections.abc import Callable
from multiprocessing.util import Finalize


class DeferredAction:
    """Runs `action` within `delay` seconds of the first call of `soon`, and when the process that made it ends.

    Where no event loop runs, it runs at once, unless it is due on one that is not closed yet. A killed process takes
    the last moment's work with it.
    """

    def __init__(self, action: Callable[[], None], delay: float) -> None:
        self._action = action
        self._delay = delay
        self._due_on: asyncio.AbstractEventLoop | None = None
        # Unlike atexit, this also runs in the worker processes of a server.
        Finalize(None, self.now, exitpriority=0)

    def soon(self) -> None:
        """Run the action within the delay, once for all calls until then."""
        # To ask which loop runs is a system call.
        if self._due_on is not None and not self._due_on.is_closed():
            return
        try:
            self._due_on = asyncio.get_running_loop()
        except RuntimeError:
            self.now()
            return
        self._due_on.call_later(self._delay, self.now)

    def now(self) -> None:
        """Run the action at once."""
        self._due_on = None
        self._action()
