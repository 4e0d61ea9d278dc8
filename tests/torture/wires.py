"""A wire to a store that can be cut before or after a message, go deaf or slow, or be led to another server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

UP, DOWN = "up", "down"
STRUCK_WITHIN = 30.0  # seconds; somebody always talks to a store


@dataclass(slots=True)
class _Cut:
    """`after` is how many messages pass before it strikes."""

    after: int
    struck: asyncio.Event = field(default_factory=asyncio.Event)

    def strikes(self) -> bool:
        """Let a message pass, or note that it does not."""
        self.after -= 1
        if self.after < 0:
            self.struck.set()
        return self.struck.is_set()


class Wire:
    """A small TCP proxy. `UP` leads to the store, `DOWN` from it."""

    def __init__(self) -> None:
        self._upstream = ""
        self._doomed: dict[str, _Cut] = {}
        self._flows = {UP: asyncio.Event(), DOWN: asyncio.Event()}
        self._ends: set[asyncio.StreamWriter] = set()
        self._relays: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def laid_to(self, url: str) -> AsyncIterator[str]:
        """Lay the wire to a store. Yield the URL at which it begins."""
        self.lead_to(url)
        for flow in self._flows.values():
            flow.set()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        parts = urlsplit(url)
        user = f"{parts.username}@" if parts.username else ""
        try:
            if parts.scheme == "unix":
                yield f"redis://127.0.0.1:{port}"
            else:
                yield parts._replace(netloc=f"{user}127.0.0.1:{port}", query="").geturl()
        finally:
            server.close()
            self.cut_all()
            await asyncio.gather(*self._relays, return_exceptions=True)

    def lead_to(self, url: str) -> None:
        """Lead connections to another server from now on, and cut those that there are."""
        self._upstream = url
        self.cut_all()

    async def cut(self, direction: str, after: int = 0) -> None:
        """Cut a connection instead of passing on a message in this direction, the next one after so many others."""
        self._doomed[direction] = cut = _Cut(after)
        async with asyncio.timeout(STRUCK_WITHIN):
            await cut.struck.wait()

    async def stop(self, direction: str, seconds: float) -> None:
        """Pass on nothing in this direction for a while, then all of it."""
        self._flows[direction].clear()
        await asyncio.sleep(seconds)
        self._flows[direction].set()

    def cut_all(self) -> None:
        for end in [*self._ends]:
            end.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            upstream_reader, upstream = await self._connect()
        except OSError:
            writer.close()
            return
        ends = {writer, upstream}
        self._ends |= ends
        for source, target, direction in ((reader, upstream, UP), (upstream_reader, writer, DOWN)):
            relay = asyncio.create_task(self._pass_on(source, target, ends, direction))
            self._relays.add(relay)
            relay.add_done_callback(self._relays.discard)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        parts = urlsplit(self._upstream)
        if parts.scheme == "unix":
            return await asyncio.open_unix_connection(parts.path)
        options = parse_qs(parts.query)
        host = options.get("host", [parts.hostname or "127.0.0.1"])[0]
        port = parts.port or int(options.get("port", ["5432"])[0])
        if host.startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        return await asyncio.open_connection(host, port)

    async def _pass_on(
        self,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        ends: set[asyncio.StreamWriter],
        direction: str,
    ) -> None:
        with suppress(OSError, RuntimeError):  # uvloop raises the latter where the other end is closed
            while message := await source.read(65536):
                await self._flows[direction].wait()
                if (cut := self._doomed.get(direction)) and cut.strikes():
                    del self._doomed[direction]
                    break
                target.write(message)
                await target.drain()
        for end in ends:
            end.close()
        self._ends -= ends
