"""A request as handlers see it: who sends it, what they send, and the services that can answer."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple, get_args

from litestar import Request
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler
from litestar.types import Empty, HTTPReceiveMessage, Receive

from booked.adapters.http.errors import BodyTooLarge, InvalidJSON, NotForm, NotJSON, RequestTimeout
from booked.adapters.http.http_options import HttpOptions
from booked.adapters.http.requests.addresses import Proxies, is_among, is_direct
from booked.adapters.http.requests.anonymity import is_anonymous
from booked.adapters.http.requests.ids import ids_in_path
from booked.adapters.http.requests.negotiation import best_type
from booked.adapters.http.requests.received_forms import note_form
from booked.adapters.http.requests.strict_json import StrictDecoder, decoder_for
from booked.deadline import Deadline
from booked.domain.errors import BookedError
from booked.domain.model.ids import CounterId, parse_uuid
from booked.domain.model.people.users import Identity, Role, User
from booked.domain.services.wiring import Services

RawHeaders = Iterable[tuple[bytes, bytes]]

JSON = b"application/json"
FORM = b"application/x-www-form-urlencoded"

_DIGITS = 18  # of a length that is too long in any case


class ApiRequest(Request[User, Identity, State]):
    """A request with the person who sends it.

    `identity` is what the request's token says about its user. `user` is that user as the database has them, on routes
    that need a role. Routes for everybody may have neither and read `visitor`. A request at a counter has a `counter`
    instead.
    """

    __slots__ = ()

    @property
    def is_anonymous(self) -> bool:
        """Tell whether the request has no Authorization header."""
        return is_anonymous(self.scope["headers"])

    @property
    def identity(self) -> Identity:
        """Return whom the request's token was issued to, on routes needing a token."""
        return self.auth

    @property
    def visitor(self) -> Identity | None:
        """Return whom the request's token was issued to, or None where the request has no token."""
        visitor: Identity | None = self.scope.get("auth")
        return visitor

    def best_type(self, offered: Sequence[str]) -> str:
        """Return which of these media types the client would rather have; the first if it does not say."""
        return best_type(self.scope["headers"], offered)

    async def viewer(self) -> User | None:
        """Return the organizer or admin who asks, as the database has them; None for everybody else.

        Raises `InvalidToken` if their token is void.
        """
        visitor = self.visitor
        if visitor is None or not visitor.role.includes(Role.ORGANIZER):
            return None
        return await self.services.accounts.present(visitor)

    @property
    def counter(self) -> CounterId:
        """Return the counter the request comes to, on routes for counters."""
        counter: CounterId = self.scope["state"]["counter"]
        return counter

    @property
    def path_params(self) -> dict[str, str]:
        """Return the parameters of the path, ids in canonical form. Raises `InvalidUUID`."""
        ids = ids_in_path(self.route_handler)
        params = self.scope["path_params"]
        return {name: parse_uuid(text) if name in ids else text for name, text in params.items()}

    @property
    def services(self) -> Services:
        services: Services = self.app.state["services"]
        return services

    @property
    def client_address(self) -> str | None:
        """Return the address to count this request under, or None where it comes from a trusted one."""
        proxies: Proxies = self.app.state["proxies"]
        peer = self.scope["client"]
        return proxies.client_address(peer[0] if peer else None, self.scope["headers"])

    @property
    def may_read_metrics(self) -> bool:
        """Tell whether the request comes from one of `metrics_readers`, and through no proxy."""
        options: HttpOptions = self.app.state["options"]
        peer = self.scope["client"]
        return is_direct(self.scope["headers"]) and is_among(peer[0] if peer else None, options.metrics_readers)

    async def body(self) -> bytes:
        """Return the body of a route that takes JSON. It may be empty only where the handler can do without.

        Raises `NotJSON`, `BodyTooLarge`, `RequestTimeout` if it does not arrive in time, or `InvalidJSON` if it is
        empty or only a part of it arrives.
        """
        reading = reading_of(self.route_handler)
        if self._body is Empty:
            empty = not reading.needs_body and _is_empty(self.scope["headers"])
            self._body = b"" if empty else await self._receive_body(JSON, NotJSON)
        return reading.required(self._body)

    async def form_body(self) -> bytes:
        """Return the body of a route that takes a form. Raises what `body` does, but `NotForm` instead of `NotJSON`.

        It is noted for `form_received`.
        """
        if self._body is Empty:
            self._body = await self._receive_body(FORM, NotForm)
            note_form(self, self._body)
        return self._body

    async def json(self) -> Any:
        """Return the body as the type the handler declares as `data`. Raises what `body` does, or `InvalidJSON`."""
        return reading_of(self.route_handler).read(await self.body())

    async def _receive_body(self, wanted: bytes, refusal: type[BookedError]) -> bytes:
        options: HttpOptions = self.app.state["options"]
        length = _announced_length(self.scope["headers"], wanted, refusal)
        if length > options.body_limit:
            raise BodyTooLarge
        return await whole_body(self.receive, length, options)


async def whole_body(receive: Receive, length: int, options: HttpOptions) -> bytes:
    """Return a body of the announced length, 0 if none was announced.

    Raises `BodyTooLarge`, `RequestTimeout` or `InvalidJSON` if it ends early.
    """
    body = bytearray()
    try:
        # Servers do not give up on a body that trickles in.
        with Deadline(options.body_deadline):
            while True:
                message: HTTPReceiveMessage = await receive()  # type: ignore[assignment]  # of HTTP only
                # The client has gone, or sends what is no HTTP and can still read an answer.
                if message["type"] == "http.disconnect":
                    raise InvalidJSON("The body ends early, or its chunks are malformed.")
                body += message.get("body", b"")
                if len(body) > options.body_limit:
                    raise BodyTooLarge
                # All of it is here: asking the server whether there is more would take as long as asking for it did.
                if not message.get("more_body", False) or 0 < length <= len(body):
                    return bytes(body)
    except TimeoutError as cause:
        raise RequestTimeout from cause


class Reading(NamedTuple):
    """How to read a body."""

    decoder: StrictDecoder[Any]
    needs_body: bool

    def required(self, body: bytes) -> bytes:
        """Return a body. Raises `InvalidJSON` if it is empty and the handler cannot do without."""
        if self.needs_body and not body:
            raise InvalidJSON("The body is empty.")
        return body

    def read(self, body: bytes) -> Any:
        """Return a body as what the handler declares. Raises `InvalidJSON`."""
        return self.decoder.decode(self.required(body))


def reading_of(handler: HTTPRouteHandler) -> Reading:
    """Return how to read a body as what a handler declares as `data`, which includes None where it can do without."""
    return _reading_as(handler.parsed_fn_signature.parameters["data"].annotation)


@cache
def _reading_as(body_kind: Any) -> Reading:
    kinds = [kind for kind in get_args(body_kind) if kind is not type(None)]
    return Reading(decoder_for(kinds[0] if kinds else body_kind), type(None) not in get_args(body_kind))


def _is_empty(headers: RawHeaders) -> bool:
    """Tell whether the headers announce no body (RFC 9112, section 6.3)."""
    sent = {name: value for name, value in headers if name in {b"content-length", b"transfer-encoding"}}
    return not sent or sent == {b"content-length": b"0"}


def _announced_length(headers: RawHeaders, wanted: bytes, refusal: type[BookedError]) -> int:
    """Return the length the headers announce, 0 for none. Raises the refusal for a body of another type.

    The length of a body in chunks is none, also beside a Content-Length (RFC 9112, section 6.3).
    """
    length = 0
    chunked = False
    kinds: list[bytes] = []
    for name, value in headers:
        if name == b"content-type":
            kinds.append(value)
        elif name == b"content-length":
            length = int(value[:_DIGITS]) if value.isdigit() else 0
        elif name == b"transfer-encoding":
            chunked = True
        elif name == b"content-encoding" and value != b"identity":
            raise refusal("Send the body as it is, without a Content-Encoding.")
    if kinds != [wanted] and not _is_just(wanted, kinds):
        raise refusal
    return 0 if chunked else length


def _is_just(wanted: bytes, kinds: list[bytes]) -> bool:
    return len(kinds) == 1 and kinds[0].partition(b";")[0].strip().lower() == wanted
