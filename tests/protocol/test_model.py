"""The sale protocol explored whole: what it withstands, and what each of its guards is there for."""

from dataclasses import dataclass, fields, replace

import pytest

from tests.protocol import model
from tests.protocol.model import (
    BROKEN_PROMISE,
    DOUBLE_SALE,
    FOREIGN_TERMS,
    HIDDEN_TICKET,
    LEAK,
    LOST_BOOKING,
    Exploration,
    Guards,
    World,
    explore,
)

IMPATIENT = ("ann", "ann", "ben")  # ann sends everything twice
ANN_IS_AT_HER_LIMIT = frozenset({"ann"})
MANY = 1_500_000  # states

# The hold store forgets an event twice within one repair. The first repair to flip then sells under an epoch that the
# other one, which read before that sale, would install once more on the emptied store.
FORGETFUL = World(repairers=2, repairs=2, flushes=1)
FORGETFUL_IN_SHORT = replace(FORGETFUL, requests=("ann",), onlookers=frozenset({"ben"}))

# An event is postponed and put on sale again while messages that are about its first time on sale are under way.
POSTPONED = World(requests=("ann",), onlookers=frozenset({"ben"}), repairs=2, postponements=1)


@dataclass(frozen=True, slots=True)
class Case:
    """A world, and steps that show that what it is about does happen in it."""

    world: World
    steps: tuple[str, ...]


WITHSTOOD = {
    "crashes": Case(
        World(reserves=3, cancels=1, crashes=1),
        ("ann crashes", "the sweep abandons claim 1", "the sweep settles claim 1", "ann commits booking 1: void"),
    ),
    "a flush": Case(
        World(cancels=1, repairs=1, flushes=1),
        ("the hold store loses everything", "a repair flips to 1", "ann commits booking 1: stale epoch"),
    ),
    "a restart": Case(
        World(repairs=1, restarts=1),
        ("the hold store restarts", "a repair flips to 1", "ann is told: booked"),
    ),
    "a stale failover": Case(
        World(reserves=1, cancels=1, repairs=1, failovers=1),
        ("the lagging replica takes over", "a repair flips to 1", "ann commits booking 1: stale epoch"),
    ),
    "two repairs at once": Case(
        World(reserves=1, cancels=1, repairers=2, repairs=2),
        ("another repair flips to 2", "a repair is refused the flip to 1", "ann delivers release 1"),
    ),
    "a flush within two repairs at once": Case(
        FORGETFUL_IN_SHORT,
        ("a repair is refused the flip to 1", "a repair starts over", "a repair finds the event installed"),
    ),
    "a hold whose time is over amid booking": Case(
        World(repairs=1, overruns=1),
        ("ann's time is over amid booking", "the sweep abandons claim 1", "a repair flips to 1"),
    ),
    "the same request twice at once": Case(
        World(IMPATIENT, cancels=1),
        ("ann is given claim 1, which is under way", "ann (second request) is told: booked"),
    ),
    "a commit of unknown outcome": Case(
        World(cancels=1, unknown_outcomes=1),
        ("ann loses the connection while committing", "ann's lost commit arrives: booked"),
    ),
    "a refusal for a limit while a twin commits": Case(
        World(IMPATIENT, at_limit=ANN_IS_AT_HER_LIMIT),
        ("ann is over the limit and voids it", "ann is over the limit and finds it booked"),
    ),
    "a refusal for a limit while a lost commit arrives": Case(
        World(unknown_outcomes=1, at_limit=ANN_IS_AT_HER_LIMIT),
        ("ann is told: over the limit", "ann's lost commit arrives: booked"),
    ),
    "a discard that comes late": Case(
        POSTPONED,
        (
            "the discard of epoch 1 arrives",
            "ann discards epoch 1; ann is told: off sale",
            "a repair is refused the flip to 1",
            "a repair discards epoch 2",
            "ann finds the event on sale again",
            "ann is told: booked",
        ),
    ),
    "a standby without the last second that takes over": Case(
        World(requests=("ann",), onlookers=frozenset({"ben"}), repairs=1, promotions=1),
        (
            "the lagging standby takes over",
            "ann commits booking 1: stale epoch",
            "a repair flips to 1000",
            "ann is told: booked",
        ),
    ),
    "a release that comes twice": Case(
        World(reserves=3, cancels=1, doubled_releases=1),
        ("release 1 arrives once more", "ben is told: booked"),
    ),
}

WITHSTOOD_AT_LENGTH = {
    "everything once": Case(
        World(cancels=1, crashes=1, repairs=1, flushes=1), ("ann crashes", "the hold store loses everything")
    ),
    "a repair amid requests sent twice": Case(World(IMPATIENT, repairs=1), ("a repair flips to 1",)),
    "a flush within two repairs at once": Case(
        FORGETFUL, ("a repair starts over", "ann is told: booked", "ben is told: booked")
    ),
    "two repairs and a restart": Case(
        World(repairers=2, repairs=2, restarts=1), ("the hold store restarts", "another repair flips to 2")
    ),
    "a repair while an outcome is unknown": Case(
        World(repairs=1, unknown_outcomes=1), ("ann's lost commit arrives: stale epoch",)
    ),
    "a stale failover within two repairs": Case(
        replace(FORGETFUL_IN_SHORT, flushes=0, failovers=1),
        ("the lagging replica takes over", "a repair is refused the flip to 1", "a repair starts over"),
    ),
    "a stale failover amid two sales": Case(
        World(repairs=1, failovers=1), ("the lagging replica takes over", "ben is told: booked")
    ),
}

ONE_OFF = {
    "void_fence": (World(), BROKEN_PROMISE),
    "limit_fence": (World(IMPATIENT, at_limit=ANN_IS_AT_HER_LIMIT), BROKEN_PROMISE),
    "claim_terms": (World(IMPATIENT), FOREIGN_TERMS),
    "commit_epoch": (World(repairs=1, flushes=1), BROKEN_PROMISE),
    "newer_flip": (World(repairers=2, repairs=2), BROKEN_PROMISE),
    "permit": (FORGETFUL_IN_SHORT, BROKEN_PROMISE),
    "permit_first": (FORGETFUL_IN_SHORT, BROKEN_PROMISE),
    "release_number": (World(reserves=3, cancels=1, doubled_releases=1), BROKEN_PROMISE),
    "release_at_once": (World(cancels=1, repairs=1), HIDDEN_TICKET),
    "run_id": (World(failovers=1), BROKEN_PROMISE),
    "durable_commit": (World(power_cuts=1), LOST_BOOKING),
    "release_kept": (World(cancels=1, repairs=1), BROKEN_PROMISE),
    "grace": (World(overruns=1), BROKEN_PROMISE),
    "timeline": (World(promotions=1), BROKEN_PROMISE),
    "audit": (World(cancels=1, crashes=1), LEAK),
    "discard_epoch": (POSTPONED, BROKEN_PROMISE),
    "discard_first": (POSTPONED, BROKEN_PROMISE),
    "discarded_flip": (POSTPONED, BROKEN_PROMISE),
}

# What the last line of defence would be reached by, if the guard in front of it were not there.
IN_FRONT_OF_THE_INDEX = [
    ("void_fence", World()),
    ("limit_fence", World(unknown_outcomes=1, at_limit=ANN_IS_AT_HER_LIMIT)),
    ("commit_epoch", World(repairs=1, flushes=1)),
    ("release_number", World(reserves=3, cancels=1, doubled_releases=1)),
    ("run_id", World(failovers=1)),
    pytest.param("permit", FORGETFUL, marks=[pytest.mark.slow, pytest.mark.timeout(7200)]),
]

REACHES_THE_INDEX = "already sold"


def without(*guards: str) -> Guards:
    return replace(Guards(), **dict.fromkeys(guards, False))


def told(exploration: Exploration) -> str:
    """The shortest way to each violation, a step a line."""
    return "\n".join(
        f"{kind} after {exploration.states} states:\n  " + "\n  ".join(trace)
        for kind, trace in exploration.traces.items()
    )


def require_withstood(case: Case, most: int = 200_000) -> None:
    exploration = explore(case.world, most=most)

    assert not exploration.traces, told(exploration)
    assert exploration.complete, f"not explored whole after {exploration.states} states"
    assert set(case.steps) <= exploration.steps_taken
    assert not [step for step in exploration.steps_taken if REACHES_THE_INDEX in step]


@pytest.mark.parametrize("case", WITHSTOOD.values(), ids=WITHSTOOD)
def test_nothing_goes_wrong_and_the_unique_index_is_never_reached_in_a_world_with(case: Case) -> None:
    require_withstood(case)


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("case", WITHSTOOD_AT_LENGTH.values(), ids=WITHSTOOD_AT_LENGTH)
def test_nothing_goes_wrong_in_a_larger_world_with(case: Case) -> None:
    require_withstood(case, most=MANY)


@pytest.mark.parametrize(("guard", "world", "kind"), [(guard, *case) for guard, case in ONE_OFF.items()])
def test_control_without_one_guard_something_goes_wrong(guard: str, world: World, kind: str) -> None:
    exploration = explore(world, without(guard), until=kind)

    assert kind in exploration.traces, f"nothing goes wrong without {guard} in {exploration.states} states"


@pytest.mark.parametrize(
    ("guard", "world", "kind"),
    [
        ("void_fence", World(IMPATIENT), BROKEN_PROMISE),
        ("claim_terms", World(IMPATIENT), FOREIGN_TERMS),
        ("newer_flip", World(repairers=2, repairs=2), BROKEN_PROMISE),
    ],
)
def test_the_way_to_a_violation_is_as_long_where_it_counts_who_is_who(
    guard: str, world: World, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    alike = explore(world, without(guard), until=kind)
    monkeypatch.setattr(model, "alike", lambda state: state)
    by_name = explore(world, without(guard), until=kind)

    assert alike.states < by_name.states
    assert len(alike.traces[kind]) == len(by_name.traces[kind])


def test_every_guard_has_a_control() -> None:
    with_controls_below = {"unique_index", "settled_first"}

    assert {field.name for field in fields(Guards)} == ONE_OFF.keys() | with_controls_below


def test_control_the_way_to_a_violation_reads_as_a_story() -> None:
    exploration = explore(World(), without("void_fence"), until=BROKEN_PROMISE)

    assert exploration.traces[BROKEN_PROMISE] == [
        "ann reserves",
        "ann claims as booking 1",
        "the sweep finds booking 1 not booked",
        "the sweep abandons claim 1",
        "ann's hold lapses",
        "ben reserves",
        "ann commits booking 1: booked",
    ]


@pytest.mark.parametrize("what", ["crashes", "a flush", "a stale failover"])
def test_the_unique_index_alone_can_be_left_out_in_a_world_with(what: str) -> None:
    exploration = explore(WITHSTOOD[what].world, without("unique_index"))

    assert not exploration.traces, told(exploration)


@pytest.mark.parametrize(("guard", "world"), IN_FRONT_OF_THE_INDEX)
def test_the_unique_index_keeps_a_ticket_from_being_sold_twice_when_another_guard_fails(
    guard: str, world: World
) -> None:
    exploration = explore(world, without(guard), most=MANY)

    assert exploration.complete
    assert DOUBLE_SALE not in exploration.traces, told(exploration)
    assert [step for step in exploration.steps_taken if REACHES_THE_INDEX in step]


@pytest.mark.parametrize(("guard", "world"), IN_FRONT_OF_THE_INDEX)
def test_control_without_the_unique_index_and_another_guard_a_ticket_is_sold_twice(guard: str, world: World) -> None:
    exploration = explore(world, without("unique_index", guard), until=DOUBLE_SALE)

    assert DOUBLE_SALE in exploration.traces, f"nothing is sold twice in {exploration.states} states"


def test_a_cancellation_that_nothing_interrupts_leaks_nothing_even_if_nobody_audits() -> None:
    exploration = explore(World(IMPATIENT, cancels=1), without("audit"))

    assert exploration.complete
    assert not exploration.traces, told(exploration)


def test_control_a_cancellation_that_releases_before_it_settles_leaks_unless_somebody_audits() -> None:
    world = World(("ann", "ann"), cancels=1)

    unaudited = explore(world, without("audit", "settled_first"))
    audited = explore(world, without("settled_first"))

    assert LEAK in unaudited.traces
    assert LEAK not in audited.traces, told(audited)
