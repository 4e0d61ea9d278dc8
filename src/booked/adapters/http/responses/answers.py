"""How answers are sent: encoded once, with the headers they need and no others."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

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
_encode = msgspec.json.Encoder().encode


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
        status = self.status_code or status_code or 200
        headers: RawHeaders
        if status in BODILESS:
            headers, body = [], b""
        else:
            if self.media_type == _TEXT:
                content_type, body = b"text/plain; charset=utf-8", b""
            elif isinstance(self.content, bytes):
                content_type, body = (self.media_type or MediaType.JSON).encode(), self.content
            else:
                content_type, body = _CONTENT_TYPES.get(self.media_type, b"application/json"), _encode(self.content)
            headers = [(b"content-type", content_type), (b"content-length", b"%d" % len(body))]
        for name, value in self.headers.items():
            headers.append((name.lower().encode(), value.encode()))
        for cookie in self.set_cookies:
            headers.append((b"set-cookie", cookie.encode()))
        return _Encoded(status, headers, body)


class _Encoded(ASGIResponse):
    def __init__(self, status_code: int, headers: RawHeaders, body: bytes) -> None:
        self.status_code = status_code
        self.body = body
        self.background = None
        self.is_head_response = False
        self._encoded = headers

    def encode_headers(self) -> RawHeaders:
        return self._encoded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - named as the framework does
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.encode_headers()})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})
