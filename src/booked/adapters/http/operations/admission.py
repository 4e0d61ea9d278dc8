"""Admit requests to the framework while there is room for them."""

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPReceiveMessage, Message, Receive, Scope, Send

from booked.adapters.http.operations.room import Room
from booked.adapters.http.requests.light_request import LightRequest
from booked.adapters.http.responses.errors import answer_refusal
from booked.domain.batching import yield_to_others
from booked.domain.errors import Busy

# Monitoring needs answers most of all when there is too much to do.
ALWAYS_ADMITTED = ("/health", "/metrics")  # what paths begin with


class Admission:
    """Lets a request begin while there is room, and refuses others with `Busy`.

    Those of `ALWAYS_ADMITTED` neither count nor are refused.
    """

    def __init__(self, app: ASGIApp, room: Room) -> None:
        self._app = app
        self._room = room

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["path"].startswith(ALWAYS_ADMITTED):
            await self._app(scope, receive, send)
            return
        try:
            self._room.enter()
        except Busy as refusal:
            await answer_refusal(LightRequest(scope, receive, send), refusal).encoded().send_by(send)
            return
        counted, answering = True, False

        def leave() -> None:
            nonlocal counted
            if counted:
                counted = False
                self._room.leave()

        async def receive_uncounted() -> HTTPReceiveMessage:
            nonlocal counted
            leave()
            # Asking wakes the server's thread: the requests of a moment do so right after one another.
            await yield_to_others()
            message = await receive()
            if message["type"] == "http.request" and not answering and not counted:
                self._room.enter()
                counted = True
            return message  # type: ignore[return-value]  # the scope is of HTTP

        async def send_and_leave(message: Message) -> None:
            nonlocal answering
            answering = True
            leave()
            await send(message)

        try:
            await self._app(scope, receive_uncounted, send_and_leave)
        finally:
            leave()
