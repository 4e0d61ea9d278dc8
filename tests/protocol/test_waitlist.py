"""The waitlist's protocol explored whole: what it withstands, and what each of its guards is there for."""

from dataclasses import dataclass, fields, replace

import pytest

from tests.protocol.waitlist import (
    FORGOTTEN,
    KEPT,
    PASSED,
    SERVED_AGAIN,
    TAKEN_AWAY,
    TWICE,
    WRONG_TICKETS,
    Exploration,
    Guards,
    World,
    explore,
)

TWO_PARTIES = World((("ann", 1), ("ben", 1)), returns=2)
LAPSING = World((("ann", 1),), returns=1, lapses=2)
LEFT = World((("ann", 1),), newcomers=(("ann", 1),), returns=1, leaves=1)
FORGETFUL = World((("ann", 1), ("ben", 1)), returns=1, flushes=1)
FORGETFUL_OF_ONE = World((("ann", 1),), returns=2, flushes=1)
PAIR = World((("ann", 2),), newcomers=(("ben", 1),), returns=2)


@dataclass(frozen=True, slots=True)
class Case:
    """A world, and steps that show that what it is about does happen in it."""

    world: World
    steps: tuple[str, ...]


WITHSTOOD = {
    "two parties": Case(
        TWO_PARTIES,
        (
            "another worker is given the offer that ann has",
            "another worker is late to record the offer to ann",
            "a worker is late to offer ann tickets: the turn is over",
            "a worker dies, and another one takes its place",
        ),
    ),
    "offers that lapse": Case(
        LAPSING,
        (
            "a worker gives ann a new turn",
            "a worker closes the entry of ann",
            "a worker is late to end the offer to ann",
        ),
    ),
    "an offer that lapses in front of another party": Case(
        World((("ann", 1), ("ben", 1)), returns=1, lapses=1), ("ann's offer lapses", "ben books")
    ),
    "a party that leaves and joins again": Case(
        LEFT,
        (
            "ann joins",
            "a worker finds that ann does not wait",
            "a worker declines the offer of ann",
            "the hold store hears that ann has left",
        ),
    ),
    "a party that joins while another one gathers": Case(
        PAIR, ("ben joins", "a worker is late to return 1", "a worker returns 1 to the public", "ann books")
    ),
    "a hold store that loses everything": Case(
        FORGETFUL,
        (
            "a worker lets ann wait again",
            "a worker is late to offer ann tickets: the epoch is another one",
            "a worker is late to record the offer to ann",
            "a worker is late to end the offer to ann",
        ),
    ),
    "a hold store that loses everything while a party joins": Case(
        World((("ann", 1),), newcomers=(("ben", 1),), returns=1, flushes=1), ("ben joins", "ben books")
    ),
    "a hold store that loses what lapses": Case(
        World((("ann", 1),), returns=1, lapses=1, flushes=1),
        ("a worker gives ann a new turn", "a worker lets ann wait again", "the repair flips"),
    ),
    "a repair that nothing was lost before": Case(
        World((("ann", 1),), returns=1, repairs=1, lapses=1),
        ("a worker is late to record the offer to ann", "the repair flips", "ann books"),
    ),
}

ONE_OFF = {
    "offer_turn": (TWO_PARTIES, SERVED_AGAIN),
    "offer_epoch": (FORGETFUL, WRONG_TICKETS),
    "epoch_first": (FORGETFUL, WRONG_TICKETS),
    "record_turn": (LAPSING, WRONG_TICKETS),
    "record_epoch": (FORGETFUL_OF_ONE, WRONG_TICKETS),
    "entry_turn": (FORGETFUL, TAKEN_AWAY),
    "new_turn": (LAPSING, FORGOTTEN),
    "ended_offer": (LEFT, KEPT),
    "decline_entry": (LEFT, TAKEN_AWAY),
    "surplus_aside": (PAIR, PASSED),
    "surplus_demand": (PAIR, PASSED),
    "later_demand": (LEFT, PASSED),
}


def told(exploration: Exploration) -> str:
    """The shortest way to each violation, a step a line."""
    return "\n".join(f"{kind}:\n  " + "\n  ".join(trace) for kind, trace in exploration.traces.items())


def without(guard: str) -> Guards:
    return replace(Guards(), **{guard: False})


@pytest.mark.parametrize("case", WITHSTOOD.values(), ids=WITHSTOOD)
def test_nothing_goes_wrong_in_a_world_with(case: Case) -> None:
    exploration = explore(case.world)

    assert not exploration.traces, told(exploration)
    assert exploration.complete, f"not explored whole after {exploration.states} states"
    assert set(case.steps) - exploration.steps_taken == set()


@pytest.mark.parametrize(("guard", "world", "kind"), [(guard, *case) for guard, case in ONE_OFF.items()])
def test_control_without_one_guard_something_goes_wrong(guard: str, world: World, kind: str) -> None:
    exploration = explore(world, without(guard), until=kind)

    assert kind in exploration.traces, f"nothing goes wrong without {guard} in {exploration.states} states"
    print(told(exploration))  # pytest shows it with -rP


def test_every_guard_has_a_control() -> None:
    assert {field.name for field in fields(Guards)} == ONE_OFF.keys()


def test_control_without_its_turn_a_party_is_made_a_second_offer() -> None:
    exploration = explore(LAPSING, without("offer_turn"), until=TWICE)

    assert TWICE in exploration.traces


def test_control_the_way_to_tickets_that_nobody_holds_reads_as_a_story() -> None:
    exploration = explore(FORGETFUL_OF_ONE, without("record_epoch"), until=WRONG_TICKETS)

    assert exploration.traces[WRONG_TICKETS] == [
        "a ticket comes back",
        "a worker reads that 1 are waited for",
        "a worker counts 1 set aside",
        "a worker plans an offer to ann",
        "a worker offers ann tickets",
        "the hold store loses everything",
        "a repair raises the epoch",
        "the repair flips",
        "another worker reads that 1 are waited for",
        "another worker counts 1 set aside",
        "another worker plans an offer to ann",
        "a worker records the offer to ann and tells them",
        "another worker offers ann tickets",
    ]
