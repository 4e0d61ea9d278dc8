"""How answers are sent: encoded once, with the headers they need and no others."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import msgspec
from litestar import MediaType, Response
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from booked.adapters.http.responses.error_bodies import PROBLEM_JSON

T = TypeVar("T")
RawHeaders = list[tuple[bytes, bytes]]

BODILESS = frozenset({204, 304})  # statuses that say all there is to say (RFC 9110 sections 15.3.5 and 15.4.5)

_CONTENT_TYPES: dict[str | None, bytes] = {PROBLEM_JSON: PROBLEM_JSON.encode()}
_TEXT = MediaType.TEXT
_as_json = msgspec.json.Encoder().encode


class Answer(Response[T]):
    """A JSON body, or an empty one where a handler says that its answer is text, or bytes sent as they are.

    `cookies` are values of Set-Cookie, which is the one header that may come several times.

    The framework's own response can also merge headers and cookies of several layers and run tasks afterwards,
    which none of our routes wants and every request would pay for.
    """

    def __init__(
        self,
        content: T,
        *,
        status_code: int | None = None,
        media_type: str | None = None,
        headers: Mapping[str, str] | None = None,
        cookies: Sequence[str] = (),
        **_: Any,
    ) -> None:
        self.content = content
        self.status_code = status_code
        self.media_type = media_type
        self.headers = dict(headers) if headers else {}
        self.set_cookies = cookies

    def to_asgi_response(self, *_: Any, status_code: int | None = None, **__: Any) -> ASGIResponse:
        return _Response(self.encoded(status_code))

    def encoded(self, status_code: int | None = None) -> "Encoded":
        """Return what is sent; with this status if it has none of its own."""
        status, headers, body = encode(self.content, self.status_code or status_code or 200, self.media_type)
        for name, value in self.headers.items():
            headers.append((name.lower().encode(), value.encode()))
        for cookie in self.set_cookies:
            headers.append((b"set-cookie", cookie.encode()))
        return Encoded(status, headers, body)


class Encoded(NamedTuple):
    """An answer as it is sent."""

    status: int
    headers: RawHeaders
    body: bytes

    async def send_by(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})


def encode(content: Any, status: int, media_type: str | None) -> Encoded:
    """Return an answer without headers of its own as it is sent."""
    if status in BODILESS:
        return Encoded(status, [], b"")
    if media_type == _TEXT:
        content_type, body = b"text/plain; charset=utf-8", b""
    elif isinstance(content, bytes):
        content_type, body = (media_type or MediaType.JSON).encode(), content
    else:
        content_type, body = _CONTENT_TYPES.get(media_type, b"application/json"), _as_json(content)
    return Encoded(status, [(b"content-type", content_type), (b"content-length", b"%d" % len(body))], body)


class _Response(ASGIResponse):
    def __init__(self, answer: Encoded) -> None:
        self.status_code = answer.status
        self.body = answer.body
        self.background = None
        self.is_head_response = False
        self._answer = answer

    def encode_headers(self) -> RawHeaders:
        return self._answer.headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - named as the framework does
        await self._answer.send_by(send)
