"""Let pages of other origins read the answers, where the operator allows them (CORS, in the Fetch standard)."""

from collections.abc import Iterable

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPResponseBodyEvent, HTTPResponseStartEvent, Message, Receive, Scope, Send

from booked.adapters.http.openapi.headers import GIVEN_HEADERS, RESPONSE_HEADERS

RawHeaders = list[tuple[bytes, bytes]]

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
SENT = ("Authorization", "Content-Type", "X-API-Key", "X-Request-Id")
SHOWN = (*RESPONSE_HEADERS, "Content-Disposition")
MAX_AGE = 600  # seconds for which a browser need not ask again

_VARY = (b"vary", b"Origin")


class AllowedOrigins:
    """Wraps an application some origins may call from their pages. They get no credentials: tokens are sent as such.

    Preflights of these origins are answered here, because browsers send them without a token.
    """

    def __init__(self, app: ASGIApp, origins: Iterable[str]) -> None:
        self._app = app
        self._origins = frozenset(origin.encode() for origin in origins)
        sent = dict.fromkeys([*SENT, *(header.parameter.name for header in GIVEN_HEADERS.values())])
        self._preflight: RawHeaders = [
            (b"access-control-allow-methods", ", ".join(METHODS).encode()),
            (b"access-control-allow-headers", ", ".join(sent).encode()),
            (b"access-control-max-age", str(MAX_AGE).encode()),
        ]
        self._exposed = (b"access-control-expose-headers", ", ".join(SHOWN).encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        origin = self._allowed(scope["headers"])
        if origin is None:
            granted = [_VARY]
        else:
            granted = [_VARY, (b"access-control-allow-origin", origin)]
            if scope["method"] == "OPTIONS":
                await send(
                    HTTPResponseStartEvent(type="http.response.start", status=204, headers=granted + self._preflight)
                )
                await send(HTTPResponseBodyEvent(type="http.response.body", body=b"", more_body=False))
                return
            granted.append(self._exposed)

        async def send_granting(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *granted]
            await send(message)

        await self._app(scope, receive, send_granting)

    def _allowed(self, headers: Iterable[tuple[bytes, bytes]]) -> bytes | None:
        """Return the origin of a request if it is an allowed one."""
        sent = [value for name, value in headers if name == b"origin"]
        return sent[0] if len(sent) == 1 and sent[0] in self._origins else None
