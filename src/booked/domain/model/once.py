"""Requests that must not take effect twice."""

from dataclasses import dataclass

from booked.domain.model.ids import CounterId, UserId


@dataclass(frozen=True, slots=True)
class Once:
    """A request that must not take effect twice: its key, and a fingerprint of all that it asks for.

    A key belongs to the caller, whoever the request is about: a user, or the counter of an API key. Those of others
    have nothing to do with it.
    """

    caller: UserId | CounterId
    key: str
    fingerprint: bytes
