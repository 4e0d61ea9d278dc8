"""Give every request an id, its answer protective headers, the log a line and the metrics a measurement.

It also has the requests of a moment begin their answers and be counted right after one another: answering wakes the
server's thread, and to wake it once for all costs less than for each.
"""

import asyncio
import re
import secrets
from collections.abc import Iterable
from itertools import count
from time import perf_counter
from urllib.parse import quote

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPDisconnectEvent, Message, Receive, Scope, Send

from booked.adapters.http.operations.counting import observe
from booked.domain.batching import yield_to_others
from booked.request_id import request_id

CLIENT_CLOSED = 499  # as nginx counts clients that did not wait for the answer
LOGGED_MOST = 200  # characters of a method or a path

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_NOSNIFF = (b"x-content-type-options", b"nosniff")
_PRIVATE = [(b"cache-control", b"no-store"), (b"vary", b"Authorization")]


class Envelope:
    """Wraps the whole application, and so also the framework's own answers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        # Bound once: binding for every line costs as much as writing it.
        self._log = structlog.get_logger("booked.access").bind()
        # Unique across processes by the random part, within this one by the count.
        self._process = secrets.token_hex(6)
        self._requests = count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        method = scope["method"]
        path = scope["path"]
        id_ = self._id_of(scope["headers"])
        status = 500
        streamed = False
        ended: float | None = None

        async def send_wrapped(message: Message) -> None:
            nonlocal status, streamed, ended
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _wrapped(message["headers"], id_)
                await yield_to_others()
            elif message["type"] == "http.response.body":
                streamed = streamed or message["more_body"]
                if method == "HEAD":
                    message["body"] = b""
                if not message["more_body"]:
                    ended = perf_counter()
            await send(message)

        if method == "HEAD":
            # HEAD is GET without the body, and is authorised like it (RFC 9110 section 9.3.2).
            scope["method"] = "GET"
            receive = _gone
        answered_before = request_id.set(id_.decode())
        try:
            await self._app(scope, receive, send_wrapped)
        except asyncio.CancelledError:
            status = CLIENT_CLOSED
            raise
        else:
            await yield_to_others()
        finally:
            seconds = (ended or perf_counter()) - started
            observe(scope.get("path_template"), method, status, None if streamed else seconds)
            ms = round(seconds * 1000, 1)
            event = "stream" if streamed else "request"
            self._log.info(event, method=_shown(method), path=_shown(path), status=status, ms=ms)
            request_id.reset(answered_before)

    def _id_of(self, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
        """Return the id the client gave its request, if it is safe in headers and logs, or else a new one."""
        for name, value in headers:
            if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
                return value
        return f"{self._process}-{next(self._requests):x}".encode()


async def _gone() -> HTTPDisconnectEvent:
    """Return what ends a stream: who asks with HEAD wants none of it."""
    return {"type": "http.disconnect"}


def _shown(sent: str) -> str:
    """Return what a client sent, without control characters a terminal would obey."""
    start = sent[:LOGGED_MOST]
    return start if start.isprintable() else quote(start, errors="replace")[:LOGGED_MOST]


def _wrapped(headers: Iterable[tuple[bytes, bytes]], id_: bytes) -> list[tuple[bytes, bytes]]:
    wrapped = [*headers, (b"x-request-id", id_), _NOSNIFF]
    for name, _ in wrapped:
        if name == b"cache-control":
            return wrapped
    # Nothing is kept by any cache unless its handler allows it.
    return wrapped + _PRIVATE
