"""What stays warm from test to test: an event loop, and connections to databases on it.

A new connection costs as much as all that a short test does with it: Postgres fills its caches, statements are
prepared.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import asyncpg
import pytest

from booked.adapters.postgres import database
from booked.adapters.postgres.connecting import DEFAULT_PATIENCE, connect
from booked.adapters.postgres.statements import UNREACHABLE, Connection

MOST_KEPT = 12  # connections to a database
RESET_MORE = "RESET SESSION AUTHORIZATION; DISCARD SEQUENCES"
NEW: dict[str, object] = {
    "_asyncgens_shutdown_called": False,
    "_executor_shutdown_called": False,
    "_default_executor": None,
    "_exception_handler": None,
    "_task_factory": None,
}


class WarmLoop(asyncio.SelectorEventLoop):
    """A loop that each test's runner gets as if it were new.

    The runner cancels tasks and ends generators before it closes the loop. Timers run on, as modules may share them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.lent = False

    def lend(self) -> asyncio.AbstractEventLoop:
        """Return this loop or, while somebody has it, another one."""
        if self.lent:
            return asyncio.new_event_loop()
        self.lent = True
        return self

    def close(self) -> None:
        state = vars(self)
        for signal_number in list(state["_signal_handlers"]):
            self.remove_signal_handler(signal_number)
        state.update(NEW)
        self.set_debug(False)
        self.lent = False

    def end(self) -> None:
        super().close()


LOOP = WarmLoop()


class WarmConnections:
    """Connections that pools of earlier tests have closed. The next pool that wants the same gets them."""

    def __init__(self) -> None:
        self._kept: dict[str, list[WarmConnection]] = {}

    @contextmanager
    def lent_to_pools(self) -> Iterator[None]:
        """Let pools of the adapter take and leave connections here."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(database, "connect", self._connect)
            yield
        for url in list(self._kept):
            self.forget(url)
        LOOP.run_until_complete(asyncio.sleep(0))

    def keep_those_to(self, url: str) -> None:
        """Keep connections to a database, until it is forgotten."""
        self._kept.setdefault(url, [])

    def forget(self, url: str) -> None:
        for connection in self._kept.pop(url, ()):
            connection.terminate()

    def processes(self, url: str) -> list[int]:
        """Return the ids of the server's processes behind the connections that are kept."""
        return [connection.get_server_pid() for connection in self._kept[url] if not connection.is_closed()]

    async def keep(self, connection: "WarmConnection") -> bool:
        """Take a connection that somebody closes. Return False if it is none to be used again."""
        kept = self._kept.get(connection.url)
        if kept is None or len(kept) >= MOST_KEPT or connection.is_closed() or connection.is_in_transaction():
            return False
        if asyncio.get_running_loop() is not LOOP:
            return False
        try:
            if await connection.fetchval("SELECT pg_my_temp_schema()"):  # it stays in the search path
                return False
            await connection.become_new()
        except UNREACHABLE:
            return False
        kept.append(connection)
        return True

    async def _connect(self, url: str, *, timeout: float = DEFAULT_PATIENCE, **options: Any) -> asyncpg.Connection:
        if url not in self._kept or asyncio.get_running_loop() is not LOOP:
            return await connect(url, timeout=timeout, **options)
        wanted = repr(sorted(options["server_settings"].items())), options["command_timeout"]
        for connection in self._kept[url]:
            if connection.options == wanted:
                self._kept[url].remove(connection)
                if not connection.is_closed():
                    return connection
                break
        options["connection_class"] = WarmConnection
        made = cast(WarmConnection, await connect(url, timeout=timeout, **options))
        made.home, made.url, made.options = self, url, wanted
        return made


class WarmConnection(Connection):
    """A connection that goes back to where it came from."""

    home: WarmConnections | None = None
    url: str
    options: object

    async def close(self, *, timeout: float | None = None) -> None:
        if self.home is None or not await self.home.keep(self):
            await super().close(timeout=timeout)

    async def become_new(self) -> None:
        """End all that a session of the server remembers, but for prepared statements, and leave the pool."""
        await self._reset()
        await self.execute(f"{asyncpg.Connection.get_reset_query(self)}; {RESET_MORE}")
        connection = cast(Any, self)  # what follows is what the library does when it closes
        connection._call_termination_listeners()
        held_by, connection._pool_holder = connection._pool_holder, None
        if held_by is not None and (holder := held_by()) is not None:
            holder._release_on_close()
