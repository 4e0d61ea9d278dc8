"""Problem details (RFC 9457): what an error looks like in the resource API."""

import msgspec
from structlog.contextvars import get_contextvars

from booked.domain.errors import BookedError

PROBLEM_JSON = "application/problem+json"


class Problem(msgspec.Struct, frozen=True):
    """`type` leads to what is known of all such errors, `instance` names this one by the id of its request."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    category: str
    category_code: str
    code: str

    @classmethod
    def of(cls, error: BookedError, status: int, request_id: str) -> "Problem":
        return cls(
            type=f"/docs/errors#{error.code.lower()}",
            title=error.message,
            status=status,
            detail=error.detail or error.message,
            instance=f"urn:booked:request:{request_id}",
            category=error.category,
            category_code=error.number,
            code=error.code,
        )


def present_request_id() -> str:
    """The id of the request that is being answered, as the log has it."""
    return str(get_contextvars().get("request_id", "unknown"))
