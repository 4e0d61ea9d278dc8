"""Each proof in small: the same code as in `make torture`, for seconds."""

import pytest

from tests.torture.linearizability import try_histories
from tests.torture.proofs import Proof, Trial


def small(goal: int) -> Trial:
    """Return a trial that ends when its goal is reached, however long that takes here."""
    return Trial(goal, seconds=float("inf"), seed=1)


def test_answers_given_at_the_same_time_are_linearizable_and_a_fault_is_caught() -> None:
    trial = small(24)

    try_histories(trial, ["tickets not marked"])

    assert trial.passed, (trial.violations, trial.unreached)


@pytest.mark.parametrize(
    ("break_it", "passes"),
    [
        (lambda trial: None, True),
        (lambda trial: trial.violated("a promise", ticket=1), False),
        (lambda trial: trial.controlled("a fault", False, "at once"), False),
        (lambda trial: trial.controlled("a fault", True, "at once"), True),
        (lambda trial: trial.measured("recovery", [0.5, 3.0], goal=2.0), False),
        (lambda trial: trial.measured("recovery", [0.5, 1.0], goal=2.0), True),
    ],
)
def test_a_trial_passes_if_it_is_done_and_nothing_speaks_against_it(break_it: object, passes: bool) -> None:
    trial = small(1)
    assert not trial.passed
    trial.advance()

    break_it(trial)  # type: ignore[operator]
    for path in trial.violations:
        path.unlink()

    assert trial.passed is passes


def test_a_smaller_scale_has_a_smaller_goal_but_one_at_least() -> None:
    proof = Proof("name", "promise", "cuts", 1_000, 600, lambda trial: None)

    assert (proof.trial(0.1, 1).goal, proof.trial(1e-9, 1).goal) == (100, 1)


def test_a_full_run_has_more_time_for_its_larger_goal() -> None:
    proof = Proof("name", "promise", "cuts", 100, 600, lambda trial: None, full=1_000)

    usual, full = proof.trial(1, 1), proof.trial(1, 1, full=True)

    assert (usual.goal, usual.seconds) == (100, 600)
    assert (full.goal, full.seconds) == (1_000, 6_000)
