"""Looks for an order of a history's operations that explains all answers.

It is the search of J. M. Wing and C. Gong (Testing and verifying concurrent objects, 1993), with the memory that
G. Lowe added (Testing for linearizability, 2017): what was reached once, by any order, is not searched again.
"""

from collections.abc import Iterator, Sequence
from math import inf

from tests.torture.histories import History, Kind, Operation
from tests.torture.small_event import State, opening, steps

MOST_STATES = 500_000


class Undecided(Exception):
    """The search met too many states."""


def is_linearizable(history: History) -> bool:
    """Return whether the operations could have happened one after the other, each between question and answer.

    Operations without an answer may have happened at any time since, or never. Raises `Undecided`.
    """
    operations = history.operations()
    needs = _needs(operations)
    required = sum(1 << place for place, one in enumerate(operations) if one.must_happen)
    start = (0, opening(history.tickets))
    seen: set[tuple[int, State]] = {start}
    pending = [start]
    while pending:
        done, state = pending.pop()
        if done & required == required:
            return True
        for place in _next(operations, done):
            if needs[place] >= 0 and not done >> needs[place] & 1:
                continue
            for after in steps(operations[place], state):
                reached = (done | 1 << place, after)
                if reached not in seen:
                    seen.add(reached)
                    pending.append(reached)
        if len(seen) > MOST_STATES:
            raise Undecided
    return False


def _next(operations: Sequence[Operation], done: int) -> Iterator[int]:
    """Return the places of those that can come next: nobody else was answered before they were invoked.

    The last ones are tried first: those that are answered soonest.
    """
    bound, places = inf, []
    for place, one in enumerate(operations):
        if one.invoked > bound:
            break
        if not done >> place & 1:
            places.append(place)
            bound = min(bound, one.answered)
    return iter(sorted(places, key=lambda place: -operations[place].answered))


def _needs(operations: Sequence[Operation]) -> list[int]:
    """Return the place of the request without which a step cannot be; -1 for requests."""
    places = {one.key: place for place, one in enumerate(operations) if one.key >= 0}
    return [places[one.subject] if one.kind in (Kind.LAPSE, Kind.FREE) else -1 for one in operations]
