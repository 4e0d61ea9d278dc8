"""Refuse requests at once while too many others are under way, so that those that are let in are answered in time."""

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPReceiveMessage, Message, Receive, Scope, Send

from booked.adapters.http.requests.light_request import LightRequest
from booked.adapters.http.responses.errors import answer_refusal
from booked.domain.errors import Busy

# Monitoring needs answers most of all when there is too much to do.
ALWAYS_ADMITTED = ("/health", "/metrics")  # what paths begin with


class Admission:
    """Lets a request begin while fewer than `most` are under way, and refuses others with `Busy`.

    A request is not under way while its body is still to arrive, nor once its answer begins: clients that are slow to
    send or to read, and streams, keep nobody out. Once its body has arrived, it is refused if too many are by then.
    Those of `ALWAYS_ADMITTED` neither count nor are refused.
    """

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["path"].startswith(ALWAYS_ADMITTED):
            await self._app(scope, receive, send)
            return
        if self._is_full:
            await answer_refusal(LightRequest(scope, receive, send), Busy()).to_asgi_response()(scope, receive, send)
            return
        counted, answering = False, False

        def enter() -> None:
            nonlocal counted
            if not counted:
                counted = True
                self._under_way += 1

        def leave() -> None:
            nonlocal counted
            if counted:
                counted = False
                self._under_way -= 1

        async def receive_uncounted() -> HTTPReceiveMessage:
            leave()
            message = await receive()
            if message["type"] == "http.request" and not answering:
                if self._is_full:
                    raise Busy
                enter()
            return message  # type: ignore[return-value]  # the scope is of HTTP

        async def send_and_leave(message: Message) -> None:
            nonlocal answering
            answering = True
            leave()
            await send(message)

        enter()
        try:
            await self._app(scope, receive_uncounted, send_and_leave)
        finally:
            leave()

    @property
    def _is_full(self) -> bool:
        return self._under_way >= self._most
