"""What a small event may answer, told as a sequential machine: who holds or owns each ticket, and what changes it."""

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import TypeAlias

from tests.torture.histories import Kind, Operation, Outcome

# What a ticket is, whose, and by which reservation, booking or cancellation.
Place: TypeAlias = tuple[str, int, int]
State: TypeAlias = tuple[Place, ...]

FREE: Place = ("free", -1, -1)
UNNAMED = 1_000_000  # above it are bookings whose answers nobody heard


def opening(tickets: int) -> State:
    return (FREE,) * tickets


def steps(operation: Operation, state: State) -> list[State]:
    """Return the states that an operation with this outcome can lead to; none if it is impossible."""
    if operation.outcome is Outcome.REFUSED:
        return [state] if REFUSALS[operation.kind](operation, state) else []
    return list(EFFECTS[operation.kind](operation, state))


def _reserve(one: Operation, state: State) -> Iterator[State]:
    free = [ticket for ticket, place in enumerate(state) if place == FREE]
    wanted = [one.tickets] if one.outcome is Outcome.OK else combinations(free, one.count)
    for tickets in wanted:
        if all(state[ticket] == FREE for ticket in tickets):
            yield _changed(state, tickets, ("held", one.user, one.key))


def _book(one: Operation, state: State) -> Iterator[State]:
    """What the user holds becomes owned; what is owned already stays in its booking."""
    if not _all_mine(one, state):
        return
    booking = one.subject if one.outcome is Outcome.OK else UNNAMED + one.key
    new = [ticket for ticket in one.tickets if state[ticket][0] == "held"]
    for merged in _perhaps_known(one, state) if one.outcome is Outcome.OK else [()]:
        changed = _changed(state, [*new, *merged], ("owned", one.user, booking))
        if booking in {changed[ticket][2] for ticket in one.tickets} or one.outcome is Outcome.UNKNOWN:
            yield changed


def _perhaps_known(one: Operation, state: State) -> Iterator[list[int]]:
    """Yield tickets of bookings that somebody made who was not told: any of them may be the one that is told now."""
    owned = {state[ticket] for ticket in one.tickets if state[ticket][0] == "owned" and state[ticket][2] > UNNAMED}
    for number in range(len(owned) + 1):
        for known in combinations(sorted(owned), number):
            yield [ticket for ticket, place in enumerate(state) if place in known]


def _cancel(one: Operation, state: State) -> Iterator[State]:
    """Cancelled twice at once is cancelled: both may be told so."""
    tickets = [ticket for ticket, place in enumerate(state) if place == ("owned", one.user, one.subject)]
    yield _changed(state, tickets, ("leaving", one.user, one.key))


def _cancel_one(one: Operation, state: State) -> Iterator[State]:
    for ticket in _owned(one, state):
        yield _changed(state, [ticket], ("leaving", one.user, one.key))


def _release(one: Operation, state: State) -> Iterator[State]:
    if held := _held_in(one, state):
        yield _changed(state, held, FREE)


def _lapse(one: Operation, state: State) -> Iterator[State]:
    yield _changed(state, _held_in(one, state), FREE)


def _free(one: Operation, state: State) -> Iterator[State]:
    tickets = [ticket for ticket, place in enumerate(state) if place == ("leaving", one.user, one.subject)]
    yield _changed(state, tickets, FREE)


def _changed(state: State, tickets: list[int] | tuple[int, ...], place: Place) -> State:
    if not tickets:
        return state
    return tuple(place if ticket in tickets else before for ticket, before in enumerate(state))


def _all_mine(one: Operation, state: State) -> bool:
    return all(state[ticket][0] in ("held", "owned") and state[ticket][1] == one.user for ticket in one.tickets)


def _somebody_elses(one: Operation, state: State) -> bool:
    return any(state[ticket][0] in ("held", "owned") and state[ticket][1] != one.user for ticket in one.tickets)


def _held_in(one: Operation, state: State) -> list[int]:
    return [ticket for ticket, place in enumerate(state) if place == ("held", one.user, one.subject)]


def _owned(one: Operation, state: State) -> list[int]:
    return [ticket for ticket, place in enumerate(state) if place[:2] == ("owned", one.user)]


EFFECTS: dict[Kind, Callable[[Operation, State], Iterator[State]]] = {
    Kind.RESERVE: _reserve,
    Kind.BOOK: _book,
    Kind.CANCEL: _cancel,
    Kind.CANCEL_ONE: _cancel_one,
    Kind.RELEASE: _release,
    Kind.LAPSE: _lapse,
    Kind.FREE: _free,
}

REFUSALS: dict[Kind, Callable[[Operation, State], bool]] = {
    Kind.RESERVE: lambda one, state: one.code == "TICKET-01" and state.count(FREE) < one.count,
    Kind.BOOK: lambda one, state: (
        (one.code == "TICKET-03" and _somebody_elses(one, state))
        or (one.code == "TICKET-02" and not _all_mine(one, state))
    ),
    Kind.CANCEL: lambda one, state: one.code == "TICKET-09" and ("owned", one.user, one.subject) not in state,
    Kind.CANCEL_ONE: lambda one, state: one.code == "TICKET-01" and not _owned(one, state),
    # A reservation that is just being booked is fixed: that may be at any time between these steps.
    Kind.RELEASE: lambda one, state: one.code == "TICKET-07" or (one.code == "TICKET-06" and not _held_in(one, state)),
}
