"""Headers of requests and responses, as the OpenAPI document describes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from booked.adapters.http.errors import InvalidIdempotencyKey, PreconditionRequired
from booked.adapters.http.openapi.doc import Parameter
from booked.adapters.http.responses.statuses import HEADERS
from booked.domain.errors import BookedError, IdempotencyKeyReused, PreconditionFailed, RequestInFlight

Json = dict[str, Any]

RESPONSE_HEADERS: Json = {
    "X-Request-Id": {"description": "The request's id, to be named in reports.", "schema": {"type": "string"}},
    "WWW-Authenticate": {"description": "How to authenticate.", "schema": {"type": "string", "const": "Bearer"}},
    "Retry-After": {"description": "Seconds to wait before the next attempt.", "schema": {"type": "integer"}},
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
class GivenHeader:
    """A header of requests, and the errors a bad one is answered with."""

    parameter: Parameter
    refuses: Sequence[type[BookedError]] = ()


# By the name under which a handler declares it.
GIVEN_HEADERS = {
    "if_match": GivenHeader(
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
    "if_match_optional": GivenHeader(
        Parameter(
            "If-Match",
            "The ETag of the version that you decided on; without it, whichever it is.",
            {"type": "string", "pattern": r'^(\*|"[0-9]{1,18}(-[0-9a-f]{16})?")$'},
            example='"1"',
            place="header",
        ),
        [PreconditionFailed],
    ),
    "if_none_match": GivenHeader(
        Parameter(
            "If-None-Match",
            "The ETag of the version that you have, which is not sent again.",
            {"type": "string", "pattern": r'^(\*|"[0-9]{1,18}(-[0-9a-f]{16})?")$'},
            example='"1"',
            place="header",
        ),
    ),
    "idempotency_key": GivenHeader(
        Parameter(
            "Idempotency-Key",
            "A key of your own for this request, such as a new UUID: sent again with it, a request takes effect once.",
            {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
            place="header",
        ),
        [InvalidIdempotencyKey, IdempotencyKeyReused, RequestInFlight],
    ),
}


def headers_of(status: int, *more: str) -> Json:
    """Return references to the headers of a response: those of every one, those of its status, and more by name."""
    names = ["X-Request-Id", *HEADERS.get(status, {}), *more]
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
