"""The cool-down of users who let reservations lapse again and again, and so keep tickets from others."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import ceil

from booked.domain.errors import TooManyRequests

FREE_ROUNDS = 2
LAST_PART = 10  # the last tenth of a reservation's time: given back then, it counts as lapsed
FIRST_PART = 10  # the first cool-down is a tenth of a reservation's time
LONGEST = 6  # times a reservation's time
FORGOTTEN_AFTER = timedelta(days=1)
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Lapses:
    """The rounds of a user on an event that lapsed since the user last booked there.

    A round is what the user held until one deadline. `lapsed_at` is when the last one lapsed. Rounds with deadlines up
    to `seen` are dealt with: they were counted, booked, or excused.
    """

    rounds: int = 0
    lapsed_at: datetime = NEVER
    seen: datetime = NEVER

    def with_lapsed(self, deadline: datetime) -> "Lapses":
        return Lapses(self.rounds + 1, deadline, deadline) if deadline > self.seen else self

    def with_excused(self, deadline: datetime) -> "Lapses":
        return replace(self, seen=max(self.seen, deadline))

    def require_cooled_down(self, ttl: timedelta, now: datetime) -> None:
        """Raise `TooManyRequests` during the cool-down, for reservations lasting this long."""
        waits = [timedelta(0), *cool_downs(ttl)]
        left = self.lapsed_at + waits[min(self.rounds, len(waits) - 1)] - now
        if left > timedelta(0):
            raise cooling_down(self.rounds, left)


def cool_downs(ttl: timedelta) -> list[timedelta]:
    """Return how long a user waits after the first round in a row, the second, and so on.

    After more rounds than are listed it is as long as after the last. `ttl` is how long a reservation lasts.
    """
    waits = [timedelta(0)] * FREE_ROUNDS
    wait, longest = ttl / FIRST_PART, ttl * LONGEST
    while timedelta(0) < wait < longest:
        waits.append(wait)
        wait *= 2
    return [*waits, longest]


def is_as_good_as_lapsed(made_at: datetime, deadline: datetime, now: datetime) -> bool:
    """Return whether a reservation given back now counts as lapsed."""
    return now >= deadline - (deadline - made_at) / LAST_PART


def cooling_down(rounds: int, left: timedelta) -> TooManyRequests:
    """What to tell a user during the cool-down after this many rounds in a row."""
    return TooManyRequests(
        f"You let {rounds} reservations of this event lapse in a row. Book the next one, or give it back early.",
        policy="lapsed-reservations",
        most=FREE_ROUNDS,
        window_s=int(FORGOTTEN_AFTER.total_seconds()),
        retry_after_s=max(1, ceil(left.total_seconds())),
    )
