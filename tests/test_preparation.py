"""While a store does not answer, the log says so: at once for each cause, then ever more seldom."""

from booked.cli.preparation import FIRST_SILENCE, LONGEST_SILENCE, RareWarnings

AWAY = "Postgres does not answer."
OTHER = "Valkey does not answer."


def told_at(warnings: RareWarnings, cause: str, until: int) -> list[int]:
    """In which of these seconds the log warns of a cause that lasts."""
    return [second for second in range(until) if warnings.due(cause, float(second))]


def test_a_lasting_cause_is_told_at_once_and_then_after_pauses_that_double() -> None:
    told = told_at(RareWarnings(), AWAY, until=1_000)

    assert told == [0, 30, 90, 210, 450, 930]


def test_the_pauses_have_a_limit() -> None:
    told = told_at(RareWarnings(), AWAY, until=20_000)

    assert FIRST_SILENCE < told[-1] - told[-2] == LONGEST_SILENCE


def test_another_cause_is_told_at_once_but_not_each_time_that_it_alternates() -> None:
    warnings = RareWarnings()

    told = [warnings.due(cause, now) for now, cause in enumerate([AWAY, OTHER, AWAY, OTHER, AWAY])]

    assert told == [True, True, False, False, False]
