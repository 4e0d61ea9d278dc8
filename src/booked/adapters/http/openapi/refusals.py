"""The errors an operation may answer, and the responses that tell of them."""

from collections.abc import Sequence
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
from booked.adapters.http.openapi.headers import headers_of
from booked.adapters.http.openapi.operation import DocumentedOperation
from booked.adapters.http.openapi.schemas import Schemas
from booked.adapters.http.responses.pages import PageQuery
from booked.domain.errors import (
    BookedError,
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


def refusals_of(operation: DocumentedOperation, schemas: Schemas) -> Json:
    """Return a response per status, each with an example of every error."""
    by_status: dict[int, list[BookedError]] = {}
    for error in errors_of(operation):
        by_status.setdefault(operation.contract.status_of(error), []).append(error())
    return {str(status): _refusal(operation, schemas, status, by_status[status]) for status in sorted(by_status)}


def _refusal(operation: DocumentedOperation, schemas: Schemas, status: int, errors: Sequence[BookedError]) -> Json:
    kind = operation.contract.error_body
    examples = {error.code: {"value": msgspec.to_builtins(kind.of(error, status, _REQUEST_ID))} for error in errors}
    return {
        "description": "\n".join(f"- `{error.code}` {error.message}" for error in errors),
        "headers": headers_of(status),
        "content": {kind.media_type: {"schema": schemas.of("", kind), "examples": examples}},
    }


def errors_of(operation: DocumentedOperation) -> list[type[BookedError]]:
    """Return the errors of an operation: its own, and those that it shares with others, each once."""
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
        errors.append(StoreReadFailed)
        if operation.method != "GET":
            errors += [StoreWriteFailed, TransactionFailed]
    return list(dict.fromkeys([*errors, UnknownError]))
