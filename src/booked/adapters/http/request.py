"""A request as our handlers see it: who asks, what they send, and the services that can answer."""

import asyncio
from collections.abc import Iterable
from typing import Any, cast

from litestar import Request
from litestar.datastructures import State
from litestar.types import Empty, HTTPReceiveMessage

from booked.adapters.http.auth import Gate
from booked.adapters.http.services import HttpOptions, Services
from booked.adapters.http.strict_json import decoder_for
from booked.domain.errors import BodyTooLarge, InvalidJSON, NotJSON, RequestTimeout
from booked.domain.model.users import Identity

RawHeaders = Iterable[tuple[bytes, bytes]]

_DIGITS = 18  # of a length that is too long in any case


class ApiRequest(Request[Identity, Any, State]):
    """`user` is whoever the request's token was issued to."""

    __slots__ = ()

    @property
    def services(self) -> Services:
        services: Services = self.app.state["services"]
        return services

    @property
    def gate(self) -> Gate:
        gate: Gate = self.app.state["gate"]
        return gate

    async def body(self) -> bytes:
        """The body, which every handler that wants one wants as JSON.

        Raises `NotJSON`, `BodyTooLarge`, `RequestTimeout` where it does not arrive in time, or `InvalidJSON` where
        there is none or only a part.
        """
        if self._body is Empty:
            options: HttpOptions = self.app.state["options"]
            if _announced_length(self.scope["headers"]) > options.body_limit:
                raise BodyTooLarge
            self._body = await self._receive_body(options)
        if not self._body:
            raise InvalidJSON("The body is empty.")
        return self._body

    async def json(self) -> Any:
        """The body as what the handler declares its `data` to be. Raises `InvalidJSON`."""
        kind = self.route_handler.parsed_fn_signature.parameters["data"].annotation
        return decoder_for(kind).decode(await self.body())

    async def _receive_body(self, options: HttpOptions) -> bytes:
        # No server that we know of gives up on a body that trickles in.
        body = bytearray()
        try:
            async with asyncio.timeout(options.body_deadline):
                while True:
                    message = cast("HTTPReceiveMessage", await self.receive())
                    # The client has gone, or goes on in a way that is no HTTP and can still read an answer.
                    if message["type"] == "http.disconnect":
                        raise InvalidJSON("The body ends early, or its chunks are malformed.")
                    body += message.get("body", b"")
                    if len(body) > options.body_limit:
                        raise BodyTooLarge
                    if not message.get("more_body", False):
                        return bytes(body)
        except TimeoutError as cause:
            raise RequestTimeout from cause


def _announced_length(headers: RawHeaders) -> int:
    """The length that the headers of a JSON body give, 0 where they give none."""
    length = 0
    kinds: list[bytes] = []
    for name, value in headers:
        if name == b"content-type":
            kinds.append(value)
        elif name == b"content-length":
            length = int(value[:_DIGITS]) if value.isdigit() else 0
        elif name == b"content-encoding" and value != b"identity":
            raise NotJSON("Send the body as it is, without a Content-Encoding.")
    if kinds != [b"application/json"] and not _is_json(kinds):
        raise NotJSON
    return length


def _is_json(kinds: list[bytes]) -> bool:
    return len(kinds) == 1 and kinds[0].partition(b";")[0].strip().lower() == b"application/json"
