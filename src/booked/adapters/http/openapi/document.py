"""The OpenAPI 3.1 document, made from the routes themselves: their types, docstrings, examples and errors."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import NoneType
from typing import Any, get_args, get_origin

import msgspec
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from booked import __version__
from booked.adapters.http.access.roles import ROLES, Access
from booked.adapters.http.contracts.ownership import Contract, contract_of
from booked.adapters.http.openapi.schemas import Schemas, schema_of
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.errors import HEADERS, STATUSES, ErrorBody
from booked.adapters.http.responses.pages import PageQuery
from booked.adapters.http.responses.problem import PROBLEM_JSON, Problem
from booked.domain.errors import (
    BodyTooLarge,
    BookedError,
    IdempotencyKeyReused,
    InvalidApiKey,
    InvalidCursor,
    InvalidForm,
    InvalidIdempotencyKey,
    InvalidJSON,
    InvalidQuery,
    InvalidToken,
    InvalidUUID,
    NoSuchRoute,
    NotAnAdmin,
    NotForm,
    NotJSON,
    PreconditionFailed,
    PreconditionRequired,
    RequestInFlight,
    RequestTimeout,
    StoreReadFailed,
    StoreWriteFailed,
    TransactionFailed,
    UnknownError,
)

Json = dict[str, Any]

DESCRIPTION = """\
An event box office. Reserve tickets, which holds them for you for a while, then book them; no seat is sold twice.

Requests and answers are JSON, ids are UUIDs. Every error has a `code`, such as `TICKET-01`, which stays the same for
ever. Every answer carries an `X-Request-Id`: the one of the request, if it has one of 1 to 64 letters, digits and `.`,
`_`, `-`, or else a new one. There are two kinds of operations:

**The first contract** has the plain names below. Times are Unix times in seconds. An error's `msg` is for people, and
`error` adds details where there are any. Fields that are not documented are ignored.

**The resource API**, `v1`, and what speaks like it: times are RFC 3339, errors are problem details (RFC 9457), and
fields and parameters that are not documented are refused by name. Lists come in pages, each of which names the next.
"""

TAGS = {
    "Health": "Is it there, does it run, can it sell?",
    "Users": "Accounts.",
    "Events": "What tickets are for. Only admins change them.",
    "Tickets": "Reserve, book, cancel.",
    "Waitlist": "What to do when an event is sold out.",
    "Analytics": "Figures for admins.",
    "v1 · Accounts": "Register, log in, stay logged in.",
    "v1 · Users": "People, what they are called and what they may do.",
    "v1 · Organizations": "Who puts events on sale.",
    "v1 · Venues": "Where events take place, and the seats there.",
    "v1 · Categories": "What kinds of events there are.",
    "v1 · Events": "What tickets are for. Organizers change those of their organizations.",
    "v1 · Ticket types": "What kinds of tickets an event has, and what they cost.",
    "v1 · Seats": "Every seat of an event, and which of them are free.",
    "v1 · Reservations": "Tickets that are held for you for a while.",
    "v1 · Bookings": "Tickets that are yours.",
    "v1 · Waitlist": "What to do when an event is sold out.",
    "v1 · Analytics": "Figures for organizers.",
    "Box office": "Events and bookings at a counter, whose users are called whatever the caller calls them.",
    "Concerts": "Concerts, seats and bookings to look at.",
}

_HEADERS: Json = {
    "X-Request-Id": {"description": "The request's id, to be named in reports.", "schema": {"type": "string"}},
    "WWW-Authenticate": {"description": "How to authenticate.", "schema": {"type": "string", "const": "Bearer"}},
    "Retry-After": {"description": "Try again after so many seconds.", "schema": {"type": "integer"}},
    "RateLimit-Policy": {
        "description": "The limit's name, how much it allows and in how many seconds.",
        "schema": {"type": "string"},
    },
    "RateLimit": {"description": "How much is left, and for how many seconds.", "schema": {"type": "string"}},
    "Location": {"description": "Where that is.", "required": True, "schema": {"type": "string"}},
    "Link": {"description": "The next page, if there is one (RFC 8288).", "schema": {"type": "string"}},
    "ETag": {"description": "Its version, for If-Match.", "required": True, "schema": {"type": "string"}},
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter in the query string, or in a header."""

    name: str
    description: str
    schema: Json
    example: object
    required: bool = False
    place: str = "query"


@dataclass(frozen=True, slots=True)
class Doc:
    """What a route's types do not tell. `sends` and `returns` are examples.

    `gives` names the headers of the expected answer; `also` has an example for each media type besides JSON in which
    it can be had. `otherwise` has a description and an example for each answer that is neither the expected one nor an
    error; `refuses` are the errors that are particular to the route.
    """

    tag: str
    answer: str
    parameters: Sequence[Parameter] = ()
    sends: msgspec.Struct | None = None
    returns: object = None
    gives: Sequence[str] = ()
    also: Mapping[str, str] = field(default_factory=dict)
    otherwise: Mapping[int, tuple[str, object]] = field(default_factory=dict)
    refuses: Sequence[type[BookedError]] = ()


@dataclass(frozen=True, slots=True)
class _Header:
    """A header that a handler is given under some name, and what becomes of requests with a bad one."""

    parameter: Parameter
    refuses: Sequence[type[BookedError]] = ()


_GIVEN_HEADERS = {
    "if_match": _Header(
        Parameter(
            "If-Match",
            "The ETag of the version that the change is based on; `*` for whichever it is.",
            {"type": "string", "pattern": r'^(\*|"[0-9]{1,18}(-[0-9a-f]{16})?")$'},
            example='"1"',
            required=True,
            place="header",
        ),
        [PreconditionRequired, PreconditionFailed],
    ),
    "if_none_match": _Header(
        Parameter(
            "If-None-Match",
            "The ETag of the version that you have, which is not sent again.",
            {"type": "string", "pattern": r'^(\*|"[0-9]{1,18}(-[0-9a-f]{16})?")$'},
            example='"1"',
            place="header",
        ),
    ),
    "idempotency_key": _Header(
        Parameter(
            "Idempotency-Key",
            "A key of your own for this request: sent again with it, the request takes effect once.",
            {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
            example="7d3c2c0e-5b1f-4a66-9d0e-2f6f0f8c1b52",
            place="header",
        ),
        [InvalidIdempotencyKey, IdempotencyKeyReused, RequestInFlight],
    ),
}
# What one may show; nothing at a counter where the box office is open.
SECURITY: dict[Access, list[Json]] = {
    Access.PUBLIC: [],
    Access.OPTIONAL: [{}, {"bearer": []}],
    Access.COUNTER: [{}, {"api_key": []}],
    Access.EITHER: [{}, {"bearer": []}, {"api_key": []}],
}
_FORM = "application/x-www-form-urlencoded"
ABOUT_KEYS = (
    "From whoever runs the box office. It can be sent as a bearer token, too, and none is needed if it is open."
)
_REQUEST_ID = "5d0f0c3e9a1b-7"
_NOT_MODIFIED = "You have this version already."

# The names of the first contract stand for themselves; those of others carry the name of their package.
_PREFIXES = {
    "v1": "v1_",
    "counter": "box_office_",
    "concerts": "concerts_",
    "shared": "bookings_",
    "metrics": "metrics_",
}


def _prefix_of(module: str) -> str:
    """Return what the operation ids of a module's handlers begin with."""
    return next((prefix for name in module.split(".") if (prefix := _PREFIXES.get(name))), "")


def openapi(routes: Iterable[HTTPRoute]) -> bytes:
    """The document on all routes that have a `Doc`, in their order."""
    operations = [_Operation(route, handler) for route in routes for handler in _documented(route)]
    kinds: dict[str, list[Any]] = {"": [ErrorBody, Problem]}
    for operation in operations:
        kinds.setdefault(operation.prefix, []).extend(operation.kinds())
    schemas = Schemas(kinds)
    for operation in operations:
        if operation.contract is Contract.BOOKED and operation.request_kind:
            _require_what_is_needed(operation.request_kind, schemas.component_of("", operation.request_kind))
    paths: dict[str, Json] = {}
    for operation in operations:
        paths.setdefault(operation.address, {})[operation.method.lower()] = operation.described(schemas)
    for operation in operations:
        if operation.query_kind:
            schemas.drop(operation.prefix, operation.query_kind)
    used = {operation.doc.tag for operation in operations}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Booked", "version": __version__, "description": DESCRIPTION, "license": {"name": "MIT"}},
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": description} for name, description in TAGS.items() if name in used],
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "headers": _HEADERS,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "From the login."},
                "api_key": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": ABOUT_KEYS},
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


class _Operation:
    """A method of an address, as its handler tells of it."""

    def __init__(self, route: HTTPRoute, handler: HTTPRouteHandler) -> None:
        self._handler = handler
        self._signature = handler.parsed_fn_signature.parameters
        self.doc: Doc = handler.opt["doc"]
        self.method = _method(handler)
        # The router takes an address with and without its last slash; the contracts write it with one.
        self.address = route.path_format.rstrip("/") + "/"
        self.contract = contract_of(route.path)
        self.prefix = _prefix_of(handler.fn.__module__)
        self._access: Access = handler.opt.get("access", Access.USER)
        self._path = {name: schema_of(self._signature[name].raw) for name in route.path_parameters}
        self.request_kind: type[msgspec.Struct] | None = self._declared("data")
        self.form_kind: type[msgspec.Struct] | None = self._declared("form")
        self.query_kind: type[msgspec.Struct] | None = self._declared("params")
        returned = handler.parsed_fn_signature.return_type.annotation
        self._response_kind = None if returned is NoneType else _unwrapped(returned)

    def _declared(self, name: str) -> Any:
        return self._signature[name].annotation if name in self._signature else None

    def kinds(self) -> list[Any]:
        """The types of all its messages."""
        kinds = [self.request_kind, self.form_kind, self.query_kind, self._response_kind]
        kinds += [type(example) for _, example in self.doc.otherwise.values()]
        return [kind for kind in kinds if kind is not None]

    def described(self, schemas: Schemas) -> Json:
        summary, _, description = (self._handler.fn.__doc__ or "").partition("\n")
        operation: Json = {
            "tags": [self.doc.tag],
            "operationId": f"{self.prefix}{self._handler.fn.__name__}",
            "summary": summary.removesuffix("."),
            "description": " ".join(description.split()) or summary,
            "parameters": self._parameters(schemas),
            "responses": self._responses(schemas),
            "security": self._security(),
        }
        if self.request_kind:
            content = _content(schemas.of(self.prefix, self.request_kind), self.doc.sends)
            operation["requestBody"] = {"required": True, "content": content}
        if self.form_kind:
            content = _content(schemas.of(self.prefix, self.form_kind), self.doc.sends, _FORM)
            operation["requestBody"] = {"required": True, "content": content}
        return operation

    def _parameters(self, schemas: Schemas) -> list[Json]:
        in_path = [_path_parameter(name, schema) for name, schema in self._path.items()]
        in_query = schemas.parameters_of(self.prefix, self.query_kind) if self.query_kind else []
        others = [*self.doc.parameters, *(header.parameter for header in self._given_headers())]
        return [
            *in_path,
            *in_query,
            *(
                {
                    "in": parameter.place,
                    "name": parameter.name,
                    "description": parameter.description,
                    "required": parameter.required,
                    "schema": parameter.schema,
                    "example": parameter.example,
                }
                for parameter in others
            ),
        ]

    def _given_headers(self) -> list[_Header]:
        return [header for name, header in _GIVEN_HEADERS.items() if name in self._signature]

    def _security(self) -> list[Json]:
        return SECURITY.get(self._access, [{"bearer": []}])

    def _responses(self, schemas: Schemas) -> Json:
        usual: Json = {"description": self.doc.answer, "headers": _headers(0, *self.doc.gives)}
        if self._response_kind:
            usual["content"] = _content(schemas.of(self.prefix, self._response_kind), self.doc.returns)
        for media_type, text in self.doc.also.items():
            usual.setdefault("content", {}).update(_content({"type": "string"}, text, media_type))
        responses: Json = {str(self._handler.status_code): usual}
        if "if_none_match" in self._signature:
            responses["304"] = {"description": _NOT_MODIFIED, "headers": _headers(0, "ETag")}
        responses |= self._refusals(schemas)
        for status, (description, example) in self.doc.otherwise.items():
            responses[str(status)] = {
                "description": description,
                "headers": _headers(0),
                "content": _content(schemas.of(self.prefix, type(example)), example),
            }
        return responses

    def _refusals(self, schemas: Schemas) -> Json:
        errors = self._errors()
        refusals: Json = {}
        for status in sorted({STATUSES[error].of(self.contract) for error in errors}):
            those = [error() for error in errors if STATUSES[error].of(self.contract) == status]
            refusals[str(status)] = {
                "description": "\n".join(f"- `{error.code}` {error.message}" for error in those),
                "headers": _headers(status),
                "content": self._error_content(schemas, status, those),
            }
        return refusals

    def _error_content(self, schemas: Schemas, status: int, errors: Iterable[BookedError]) -> Json:
        if self.contract is Contract.BOOKED:
            examples = {error.code: {"value": msgspec.to_builtins(ErrorBody.of(error))} for error in errors}
            return {"application/json": {"schema": schemas.of("", ErrorBody), "examples": examples}}
        problems = [Problem.of(error, status, _REQUEST_ID) for error in errors]
        examples = {problem.code: {"value": msgspec.to_builtins(problem)} for problem in problems}
        return {PROBLEM_JSON: {"schema": schemas.of("", Problem), "examples": examples}}

    def _errors(self) -> list[type[BookedError]]:
        """The errors of a route: its own, and those of what it shares with others, each once."""
        errors: list[type[BookedError]] = list(self.doc.refuses)
        if self.request_kind:
            errors += [InvalidJSON, RequestTimeout, BodyTooLarge, NotJSON]
        if self.form_kind:
            errors += [InvalidForm, RequestTimeout, BodyTooLarge, NotForm]
        if self.contract is Contract.V1:
            errors.append(InvalidQuery)
        if self.query_kind and issubclass(self.query_kind, PageQuery):
            errors.append(InvalidCursor)
        if self._path:
            errors.append(NoSuchRoute)
        if any(schema.get("format") == "uuid" for schema in self._path.values()):
            errors.append(InvalidUUID)
        for header in self._given_headers():
            errors += header.refuses
        if {"bearer": []} in self._security():
            errors.append(InvalidToken)
        if {"api_key": []} in self._security():
            errors.append(InvalidApiKey)
        if self._access in ROLES:
            errors.append(NotAnAdmin)
        if self.doc.tag != "Health":
            errors += [StoreReadFailed]
            if self.method != "GET":
                errors += [StoreWriteFailed, TransactionFailed]
        return list(dict.fromkeys([*errors, UnknownError]))


def _path_parameter(name: str, schema: Json) -> Json:
    description = schema.get("description", f"The {name}, as it was given.")
    return {"in": "path", "name": name, "description": description, "required": True, "schema": schema}


def _headers(status: int, *more: str) -> Json:
    names = ["X-Request-Id", *HEADERS.get(status, {}), *more]
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _content(schema: Json, example: object, media_type: str = "application/json") -> Json:
    return {media_type: {"schema": schema, "example": msgspec.to_builtins(example)}}


def _require_what_is_needed(kind: type[msgspec.Struct], schema: Json) -> None:
    """Say that fields must be sent. Their defaults are there for the domain to refuse, in words that fit."""
    fields = [field for field in msgspec.structs.fields(kind) if NoneType not in get_args(field.type)]
    schema["required"] = [field.encode_name for field in fields]
    for needed in fields:
        schema["properties"][needed.encode_name].pop("default", None)


def _unwrapped(annotation: Any) -> Any:
    """What is inside of an `Answer[...]`, or else the annotation itself, but for bytes, which are not JSON."""
    content = get_args(annotation)[0] if get_origin(annotation) is Answer else annotation
    if bytes not in get_args(content):
        return content
    (kind,) = (part for part in get_args(content) if part is not bytes)
    return kind
