"""What clients asked of a small event and what they were told, with the steps that the box office takes by itself."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf

SLACK = 0.01  # seconds: the store counts milliseconds, and by another clock


class Kind(StrEnum):
    RESERVE = "reserve"
    BOOK = "book"
    CANCEL = "cancel"  # a whole booking
    CANCEL_ONE = "cancel one"  # any ticket of an event
    RELEASE = "release"  # a reservation
    LAPSE = "lapse"
    FREE = "free"  # what was cancelled


class Outcome(StrEnum):
    OK = "ok"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Operation:
    """One request, or a step of the box office. Times are seconds of a monotonic clock; `answered` may be infinite.

    `tickets` are those reserved or to be booked, counted from 0. `subject` is the key of the reservation or the
    cancellation that it is about, or the number of the booking.
    """

    key: int
    user: int
    kind: Kind
    outcome: Outcome
    invoked: float
    answered: float
    tickets: tuple[int, ...] = ()
    count: int = 0
    subject: int = -1
    code: str = ""

    @property
    def must_happen(self) -> bool:
        return self.answered < inf


@dataclass(frozen=True, slots=True)
class History:
    """Requests in the order of their invocation. `meddling` are the times in which repairs and sweeps ran."""

    tickets: int
    hold_ttl: float
    requests: Sequence[Operation]
    meddling: Sequence[tuple[float, float]] = ()

    def operations(self) -> list[Operation]:
        """Return requests and steps in the order of their invocation."""
        return sorted([*self.requests, *self._lapses(), *self._frees()], key=lambda operation: operation.invoked)

    def _lapses(self) -> Iterator[Operation]:
        """Yield what ends each hold. A ticket that is being booked does not lapse, so it may happen after that."""
        end = max((one.answered for one in self.requests if one.must_happen), default=0.0)
        for made in self.requests:
            invoked = made.invoked + self.hold_ttl - SLACK
            if made.kind is Kind.RESERVE and made.outcome is not Outcome.REFUSED and invoked < end:
                answered = self._last_moment(made, invoked)
                yield Operation(-1, made.user, Kind.LAPSE, Outcome.OK, invoked, answered, subject=made.key)

    def _last_moment(self, made: Operation, invoked: float) -> float:
        last = made.answered + self.hold_ttl + SLACK
        for one in self.requests:
            if one.kind is Kind.BOOK and one.user == made.user and set(one.tickets) & set(made.tickets):
                if any(since < one.answered and until > one.invoked for since, until in self.meddling):
                    return inf  # a repair or a sweep may have prolonged the hold
                if one.invoked < last and one.answered > invoked:
                    last = max(last, one.answered)
        return last

    def _frees(self) -> Iterator[Operation]:
        """Yield what puts cancelled tickets on sale again: the second store hears of it a moment later."""
        for one in self.requests:
            if one.kind in (Kind.CANCEL, Kind.CANCEL_ONE) and one.outcome is not Outcome.REFUSED:
                yield Operation(-1, one.user, Kind.FREE, Outcome.OK, one.invoked, one.answered, subject=one.key)
