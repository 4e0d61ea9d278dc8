"""Requests that must not take effect twice."""

from dataclasses import dataclass

from booked.domain.model.ids import CounterId, UserId


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A request that must not take effect twice: its key, and a fingerprint of all that it asks for.

    A key belongs to its caller, a user or the counter of an API key, also where the request is about somebody else.
    Two callers may use the same key for different requests.
    """

    caller: UserId | CounterId
    key: str
    fingerprint: bytes
