"""Requests that must not take effect twice."""

from dataclasses import dataclass

from booked.domain.model.ids import CounterId, UserId


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """The key of a request that must take effect once, and a fingerprint of everything it asks for.

    A key belongs to its caller, a user or the counter of an API key, even if the request is about somebody else.
    Two callers may use the same key for different requests.
    """

    caller: UserId | CounterId
    key: str
    fingerprint: bytes
