"""One operation of the OpenAPI document, as its route's handler declares it."""

from types import NoneType
from typing import Any, get_args, get_origin

import msgspec
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.contract import Contract
from booked.adapters.http.openapi.doc import Doc
from booked.adapters.http.openapi.headers import GIVEN_HEADERS, GivenHeader
from booked.adapters.http.openapi.schemas import schema_of
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.streams import EventStream

Json = dict[str, Any]

_BEARER: Json = {"bearer": []}
_LOGIN: Json = {"login": []}
_API_KEY: Json = {"api_key": []}

# An empty object says that nothing need be shown: also at a counter, where the box office is open.
SECURITY: dict[Access, list[Json]] = {
    Access.PUBLIC: [],
    Access.OPTIONAL: [{}, _BEARER, _LOGIN],
    Access.COUNTER: [{}, _API_KEY],
    Access.EITHER: [{}, _BEARER, _LOGIN, _API_KEY],
}


class DocumentedOperation:
    """A method of an address: its contract, and the types of all it takes and answers."""

    def __init__(self, route: HTTPRoute, handler: HTTPRouteHandler, contract: Contract) -> None:
        self._signature = handler.parsed_fn_signature.parameters
        self.contract = contract
        self.doc: Doc = handler.opt["doc"]
        self.method = method_of(handler)
        # The router takes an address with and without its last slash; the contracts write it with one.
        self.address = route.path_format.rstrip("/") + "/"
        self.id = f"{contract.prefix}{handler.fn.__name__}"
        self.text: str = handler.fn.__doc__ or ""
        self.status: int = handler.status_code
        self.access: Access = handler.opt.get("access", Access.USER)
        self.security = SECURITY.get(self.access, [_BEARER, _LOGIN])
        self.headers: list[GivenHeader] = [header for name, header in GIVEN_HEADERS.items() if self.takes(name)]
        self.path = {name: schema_of(self._signature[name].raw) for name in route.path_parameters}
        self.request_kind: type[msgspec.Struct] | None = self._declared("data")
        self.needs_body = not self.takes("data") or not self._signature["data"].is_optional
        self.form_kind: type[msgspec.Struct] | None = self._declared("form")
        self.query_kind: type[msgspec.Struct] | None = self._declared("params")
        returned = handler.parsed_fn_signature.return_type.annotation
        self.response_kind = None if returned in {NoneType, EventStream} else _unwrapped(returned)

    def takes(self, name: str) -> bool:
        """Tell whether the handler declares a parameter of this name."""
        return name in self._signature

    def accepts(self, scheme: str) -> bool:
        """Tell whether a request may show credentials of this security scheme."""
        return {scheme: []} in self.security

    def kinds(self) -> list[Any]:
        """Return the types of all its messages."""
        kinds = [self.request_kind, self.form_kind, self.query_kind, self.response_kind]
        kinds += [type(example) for _, example in self.doc.otherwise.values()]
        return [kind for kind in kinds if kind is not None]

    def _declared(self, name: str) -> Any:
        annotation = self._signature[name].annotation if self.takes(name) else None
        return next((kind for kind in get_args(annotation) if kind is not NoneType), annotation)


def method_of(handler: HTTPRouteHandler) -> str:
    """Return the one method a documented handler answers."""
    (method,) = handler.http_methods
    return method


def _unwrapped(annotation: Any) -> Any:
    """Return what is inside an `Answer[...]`, or the annotation itself, without bytes, which are not JSON."""
    content = get_args(annotation)[0] if get_origin(annotation) is Answer else annotation
    if bytes not in get_args(content):
        return content
    (kind,) = (part for part in get_args(content) if part is not bytes)
    return kind
