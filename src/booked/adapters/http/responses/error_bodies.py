"""The two forms of an error in a body: the first contract's own, and problem details (RFC 9457)."""

from typing import ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from booked.domain.errors import BookedError
from booked.request_id import request_id

JSON = "application/json"
PROBLEM_JSON = "application/problem+json"


class ErrorBody(msgspec.Struct, frozen=True):
    """`error` tells what is particular to this occasion, where there is such a thing."""

    media_type: ClassVar[str] = JSON

    category: str
    category_code: str
    code: str
    msg: str
    error: str | UnsetType = UNSET

    @classmethod
    def of(cls, error: BookedError, *_: object) -> "ErrorBody":
        """Return the body of an error. The status and the request's id stand in the answer's head alone."""
        return cls(error.category, error.number, error.code, error.message, error.detail or UNSET)


class Problem(msgspec.Struct, frozen=True):
    """`title` says what is wrong, `detail` adds what is particular to this occasion, or else what to do.

    `type` leads to what is known of all such errors, `instance` names this one by the id of its request.
    """

    media_type: ClassVar[str] = PROBLEM_JSON

    type: str
    title: str
    status: int
    detail: str
    instance: str
    category: str
    category_code: str
    code: str

    @classmethod
    def of(cls, error: BookedError, status: int, answered: str) -> "Problem":
        """Return the problem of an error a request was answered with."""
        return cls(
            type=f"/docs/errors#{error.code.lower()}",
            title=error.title,
            status=status,
            detail=error.detail or error.advice,
            instance=f"urn:booked:request:{answered}",
            category=error.category,
            category_code=error.number,
            code=error.code,
        )


def present_request_id() -> str:
    """Return the id of the request being answered, as the log has it."""
    return request_id.get() or "unknown"
