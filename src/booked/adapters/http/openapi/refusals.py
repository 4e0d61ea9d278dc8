"""The errors an operation may answer, and the responses that tell of them."""

from typing import Any

import msgspec

from booked.adapters.http.access.levels import ROLES
from booked.adapters.http.errors import (
    BodyTooLarge,
    InvalidForm,
    InvalidJSON,
    InvalidQuery,
    NoSuchRoute,
    NotForm,
    NotJSON,
    RequestTimeout,
    UnknownError,
)
from booked.adapters.http.openapi.doc import codes_of
from booked.adapters.http.openapi.headers import headers_of
from booked.adapters.http.openapi.operation import DocumentedOperation
from booked.adapters.http.openapi.schemas import Schemas
from booked.adapters.http.responses.error_bodies import ErrorBody, Problem
from booked.adapters.http.responses.pages import PageQuery
from booked.domain.errors import (
    BookedError,
    Busy,
    InvalidApiKey,
    InvalidCursor,
    InvalidToken,
    InvalidUUID,
    NotAnAdmin,
    StoreReadFailed,
    StoreWriteFailed,
    TransactionFailed,
)

Json = dict[str, Any]

_REQUEST_ID = "5d0f0c3e9a1b-7"


def refusals_of(operation: DocumentedOperation, schemas: Schemas, examples: dict[str, Json]) -> Json:
    """Return a response per status, each with references to an example of every error, which join the `examples`."""
    by_status: dict[int, list[BookedError]] = {}
    for refused in errors_of(operation):
        status = operation.contract.status_of(refused)
        if status not in operation.doc.otherwise:
            by_status.setdefault(status, []).append(refused())
    kind = operation.contract.error_body
    refusals: Json = {}
    for status, errors in sorted(by_status.items()):
        references: Json = {}
        for error in errors:
            name = f"{kind.__name__}-{error.code}-{status}"
            examples[name] = _example(kind, error, status)
            references[error.code] = {"$ref": f"#/components/examples/{name}"}
        refusals[str(status)] = {
            "description": f"Refused: {codes_of(errors)}.",
            "headers": headers_of(status),
            "content": {kind.media_type: {"schema": schemas.of("", kind), "examples": references}},
        }
    return refusals


def _example(kind: type[ErrorBody] | type[Problem], error: BookedError, status: int) -> Json:
    value = msgspec.to_builtins(kind.of(error, status, _REQUEST_ID))
    return {"summary": f"{error.code}: {error.title}", "value": value}


def errors_of(operation: DocumentedOperation) -> list[type[BookedError]]:
    """Return the errors of an operation: its own, and those it shares with others, each once."""
    errors: list[type[BookedError]] = list(operation.doc.refuses)
    if operation.request_kind:
        errors += [InvalidJSON, RequestTimeout, BodyTooLarge, NotJSON]
    if operation.form_kind:
        errors += [InvalidForm, RequestTimeout, BodyTooLarge, NotForm]
    if operation.contract.strict:
        errors.append(InvalidQuery)
    if operation.query_kind and issubclass(operation.query_kind, PageQuery):
        errors.append(InvalidCursor)
    if operation.path:
        errors.append(NoSuchRoute)
    if any(schema.get("format") == "uuid" for schema in operation.path.values()):
        errors.append(InvalidUUID)
    for header in operation.headers:
        errors += header.refuses
    if operation.accepts("bearer"):
        errors.append(InvalidToken)
    if operation.accepts("api_key"):
        errors.append(InvalidApiKey)
    if operation.access in ROLES:
        errors.append(NotAnAdmin)
    if operation.contract.asks_stores:
        errors += [Busy, StoreReadFailed]
        if operation.method != "GET":
            errors += [StoreWriteFailed, TransactionFailed]
    return list(dict.fromkeys([*errors, UnknownError]))
