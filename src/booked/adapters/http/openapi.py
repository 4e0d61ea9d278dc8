"""The OpenAPI 3.1 document, made from the routes themselves: their types, docstrings, examples and errors."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import NoneType
from typing import Any, get_args, get_origin

import msgspec
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from booked import __version__
from booked.adapters.http.access import Access
from booked.adapters.http.answers import Answer
from booked.adapters.http.errors import HEADERS, STATUSES, ErrorBody
from booked.domain.errors import (
    BodyTooLarge,
    BookedError,
    InvalidJSON,
    InvalidToken,
    NotAnAdmin,
    NotJSON,
    RequestTimeout,
    StoreReadFailed,
    StoreWriteFailed,
    TransactionFailed,
    UnknownError,
)

Json = dict[str, Any]

DESCRIPTION = """\
An event box office. Reserve tickets, which holds them for you for a while, then book them; no seat is sold twice.

Requests and answers are JSON. Times are Unix times in seconds, ids are UUIDs. Every error has the same body: its
`code`, such as `TICKET-01`, stays the same for ever, its `msg` is for people, and `error` adds details where there
are any. Every answer carries an `X-Request-Id`: the one of the request, if it has one of 1 to 64 letters, digits and
`.`, `_`, `-`, or else a new one. Fields that are not documented are ignored.
"""

TAGS = {
    "Health": "Is it there, does it run, can it sell?",
    "Users": "Accounts.",
    "Events": "What tickets are for. Only admins change them.",
    "Tickets": "Reserve, book, cancel.",
    "Waitlist": "What to do when an event is sold out.",
    "Analytics": "Figures for admins.",
}

_HEADERS: Json = {
    "X-Request-Id": {"description": "The request's id, to be named in reports.", "schema": {"type": "string"}},
    "WWW-Authenticate": {"description": "How to authenticate.", "schema": {"type": "string", "const": "Bearer"}},
    "Retry-After": {"description": "Try again after so many seconds.", "schema": {"type": "integer"}},
}
_REF = "#/components/schemas/{name}"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter in the query string."""

    name: str
    description: str
    schema: Json
    example: object
    required: bool = False


@dataclass(frozen=True, slots=True)
class Doc:
    """What a route's types do not tell. `sends` and `returns` are examples.

    `otherwise` has a description and an example for each answer that is neither the expected one nor an error;
    `refuses` are the errors that are particular to the route.
    """

    tag: str
    answer: str
    parameters: Sequence[Parameter] = ()
    sends: msgspec.Struct | None = None
    returns: object = None
    otherwise: Mapping[int, tuple[str, object]] = field(default_factory=dict)
    refuses: Sequence[type[BookedError]] = ()


def openapi(routes: Iterable[HTTPRoute]) -> bytes:
    """The document on all routes that have a `Doc`, in their order."""
    handlers = [(_address(route), handler) for route in routes for handler in _documented(route)]
    requests = [kind for _, handler in handlers if (kind := _request_kind(handler))]
    returned = [kind for _, handler in handlers if (kind := _response_kind(handler))]
    kinds = [*requests, *returned, ErrorBody]
    references, schemas = msgspec.json.schema_components(kinds, ref_template=_REF)
    schema_of = dict(zip(kinds, references, strict=True))
    for kind in requests:
        _require_what_is_needed(kind, schemas[kind.__name__])
    paths: dict[str, Json] = {}
    for address, handler in handlers:
        paths.setdefault(address, {})[_method(handler).lower()] = _operation(handler, schema_of)
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Booked", "version": __version__, "description": DESCRIPTION, "license": {"name": "MIT"}},
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": description} for name, description in TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "headers": _HEADERS,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "From the login."}
            },
        },
    }
    return msgspec.json.encode(document)


def _documented(route: HTTPRoute) -> list[HTTPRouteHandler]:
    documented = [handler for handler in route.route_handlers if "doc" in handler.opt]
    return sorted(documented, key=_method, reverse=True)  # what makes something, what shows it, what ends it


def _method(handler: HTTPRouteHandler) -> str:
    (method,) = handler.http_methods
    return method


def _address(route: HTTPRoute) -> str:
    # The router takes an address with and without its last slash; the contract writes it with one.
    return route.path.rstrip("/") + "/"


def _request_kind(handler: HTTPRouteHandler) -> type[msgspec.Struct] | None:
    data = handler.parsed_fn_signature.parameters.get("data")
    return data.annotation if data else None


def _response_kind(handler: HTTPRouteHandler) -> Any:
    annotation = handler.parsed_fn_signature.return_type
    return None if annotation.annotation is NoneType else _unwrapped(annotation.annotation)


def _operation(handler: HTTPRouteHandler, schema_of: Mapping[Any, Json]) -> Json:
    doc: Doc = handler.opt["doc"]
    summary, _, description = (handler.fn.__doc__ or "").partition("\n")
    operation: Json = {
        "tags": [doc.tag],
        "operationId": handler.fn.__name__,
        "summary": summary.removesuffix("."),
        "description": " ".join(description.split()) or summary,
        "parameters": [
            {
                "in": "query",
                "name": parameter.name,
                "description": parameter.description,
                "required": parameter.required,
                "schema": parameter.schema,
                "example": parameter.example,
            }
            for parameter in doc.parameters
        ],
        "responses": _responses(handler, doc, schema_of),
        "security": [] if _access(handler) is Access.PUBLIC else [{"bearer": []}],
    }
    if kind := _request_kind(handler):
        operation["requestBody"] = {"required": True, "content": _content(schema_of[kind], doc.sends)}
    return operation


def _responses(handler: HTTPRouteHandler, doc: Doc, schema_of: Mapping[Any, Json]) -> Json:
    kind = _response_kind(handler)
    responses: Json = {}
    for status, (description, example) in {handler.status_code: (doc.answer, doc.returns), **doc.otherwise}.items():
        responses[str(status)] = {"description": description, "headers": _headers(0)}
        if kind:
            responses[str(status)]["content"] = _content(schema_of[kind], example)
    errors = _errors(handler, doc)
    for status in sorted({STATUSES[error].booked for error in errors}):
        those = [error() for error in errors if STATUSES[error].booked == status]
        examples = {error.code: {"value": msgspec.to_builtins(ErrorBody.of(error))} for error in those}
        responses[str(status)] = {
            "description": "\n".join(f"- `{error.code}` {error.message}" for error in those),
            "headers": _headers(status),
            "content": {"application/json": {"schema": schema_of[ErrorBody], "examples": examples}},
        }
    return responses


def _errors(handler: HTTPRouteHandler, doc: Doc) -> list[type[BookedError]]:
    """The errors of a route: its own, and those of what it shares with others."""
    access = _access(handler)
    errors: list[type[BookedError]] = list(doc.refuses)
    if _request_kind(handler):
        errors += [InvalidJSON, RequestTimeout, BodyTooLarge, NotJSON]
    if access is not Access.PUBLIC:
        errors.append(InvalidToken)
    if access is Access.ADMIN:
        errors.append(NotAnAdmin)
    if doc.tag != "Health":
        errors += [StoreReadFailed]
        if "GET" not in handler.http_methods:
            errors += [StoreWriteFailed, TransactionFailed]
    return [*errors, UnknownError]


def _access(handler: HTTPRouteHandler) -> Access:
    access: Access = handler.opt.get("access", Access.USER)
    return access


def _headers(status: int) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in ["X-Request-Id", *HEADERS.get(status, {})]}


def _content(schema: Json, example: object) -> Json:
    return {"application/json": {"schema": schema, "example": msgspec.to_builtins(example)}}


def _require_what_is_needed(kind: type[msgspec.Struct], schema: Json) -> None:
    """Say that fields must be sent. Their defaults are there for the domain to refuse, in words that fit."""
    fields = [field for field in msgspec.structs.fields(kind) if NoneType not in get_args(field.type)]
    schema["required"] = [field.encode_name for field in fields]
    for needed in fields:
        schema["properties"][needed.encode_name].pop("default", None)


def _unwrapped(annotation: Any) -> Any:
    """What is inside of an `Answer[...]`, or else the annotation itself."""
    return get_args(annotation)[0] if get_origin(annotation) is Answer else annotation
