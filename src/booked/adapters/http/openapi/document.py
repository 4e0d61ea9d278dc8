"""The whole OpenAPI 3.1 document, made from the routes: their types, docstrings, examples and errors."""

from collections.abc import Iterable, Iterator, Sequence
from types import NoneType
from typing import Any, get_args

import msgspec
from litestar.routes import HTTPRoute

from booked import __version__
from booked.adapters.http.contracts.contract import Contract
from booked.adapters.http.openapi.headers import RESPONSE_HEADERS
from booked.adapters.http.openapi.operation import DocumentedOperation, method_of
from booked.adapters.http.openapi.paths import Describer
from booked.adapters.http.openapi.schemas import Schemas
from booked.adapters.http.responses.error_bodies import ErrorBody, Problem

Json = dict[str, Any]

DESCRIPTION = """\
An event box office. Reserve tickets, which holds them for you for a while, then book them; no seat is sold twice.

Requests and answers are JSON, ids are UUIDs. Every error has a `code`, such as `TICKET-01`, which stays the same for
ever: see [all errors](/docs/errors). Every answer carries an `X-Request-Id`: the one of the request, if it has one of 1
to 64 letters, digits and `.`, `_`, `-`, or else a new one. There are two kinds of operations:

**The first contract** has the plain names below. Times are Unix times in seconds. An error's `msg` is for people, and
`error` adds details where there are any. Fields that are not documented are ignored.

**The resource API**, `v1`, and what speaks like it: times are RFC 3339, errors are problem details (RFC 9457), and
fields and parameters that are not documented are refused by name. Lists come in pages, each of which names the next.
"""

ABOUT_KEYS = "From the operator. It can be sent as a bearer token, too. If the counter is open, requests need none."
SECURITY_SCHEMES: Json = {
    "login": {
        "type": "oauth2",
        "description": "Log in here: the username is the e-mail address. Leave the client empty.",
        "flows": {"password": {"tokenUrl": "/auth/token", "refreshUrl": "/auth/token", "scopes": {}}},
    },
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "A token from a login."},
    "api_key": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": ABOUT_KEYS},
}


def describe(routes: Iterable[HTTPRoute], contracts: Sequence[Contract]) -> bytes:
    """Return the document on all routes of these contracts with a `Doc`, as JSON."""
    operations = list(_operations(routes, contracts))
    schemas = _schemas_of(operations)
    describer = Describer(schemas)
    paths: dict[str, Json] = {}
    for operation in operations:
        paths.setdefault(operation.address, {})[operation.method.lower()] = describer.described(operation)
    for operation in operations:
        if operation.query_kind:
            schemas.drop(operation.contract.prefix, operation.query_kind)
    tags = {name: description for contract in contracts for name, description in contract.tags.items()}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Booked", "version": __version__, "description": DESCRIPTION, "license": {"name": "MIT"}},
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": description} for name, description in tags.items()],
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "examples": describer.examples,
            "headers": RESPONSE_HEADERS,
            "securitySchemes": SECURITY_SCHEMES,
        },
    }
    return msgspec.json.encode(document)


def _operations(routes: Iterable[HTTPRoute], contracts: Sequence[Contract]) -> Iterator[DocumentedOperation]:
    # The framework registers copies of handlers, but their functions are the same.
    contract_of = {handler.fn: contract for contract in contracts for handler in contract.routes}
    for route in routes:
        documented = [handler for handler in route.route_handlers if "doc" in handler.opt]
        # What makes something, what shows it, what ends it.
        for handler in sorted(documented, key=method_of, reverse=True):
            yield DocumentedOperation(route, handler, contract_of[handler.fn])


def _schemas_of(operations: Iterable[DocumentedOperation]) -> Schemas:
    """Return the schemas of all messages. Their names begin with the prefix of their contract."""
    kinds: dict[str, list[Any]] = {"": [ErrorBody, Problem]}
    for operation in operations:
        kinds.setdefault(operation.contract.prefix, []).extend(operation.kinds())
    schemas = Schemas(kinds)
    for operation in operations:
        if operation.form_kind:
            schemas.without_null(operation.contract.prefix, operation.form_kind)
        if operation.request_kind and not operation.contract.strict:
            schema = schemas.component_of(operation.contract.prefix, operation.request_kind)
            _require_what_is_needed(operation.request_kind, schema)
    return schemas


def _require_what_is_needed(kind: type[msgspec.Struct], schema: Json) -> None:
    """Mark fields as required. Their defaults are there for the domain to refuse, in fitting words."""
    fields = [field for field in msgspec.structs.fields(kind) if NoneType not in get_args(field.type)]
    schema["required"] = [field.encode_name for field in fields]
    for needed in fields:
        schema["properties"][needed.encode_name].pop("default", None)
