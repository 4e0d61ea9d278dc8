"""A request that is answered without the framework."""

from typing import Any

from litestar.types import Empty, Receive, Scope, Send

from booked.adapters.http.requests.request import ApiRequest, whole_body
from booked.domain.batching import yield_to_others


class LightRequest(ApiRequest):
    """A request without what the framework keeps of it, which is made only if somebody asks for some of it."""

    __slots__ = ()

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope  # type: ignore[assignment]  # only requests of HTTP are made light
        self.receive = receive
        self.send = send
        self._body = Empty

    async def receive_body(self, length: int) -> bytes:
        """Return the body of this length, of which the headers say nothing that would be a reason to refuse it.

        Raises what `whole_body` raises.
        """
        # Asking wakes the server's thread: the requests of a moment do so right after one another.
        await yield_to_others()
        self._body = await whole_body(self.receive, length, self.app.state["options"])
        return self._body

    def __getattr__(self, name: str) -> Any:
        body = self._body
        super().__init__(self.scope, self.receive, self.send)
        self._body = body
        return object.__getattribute__(self, name)
