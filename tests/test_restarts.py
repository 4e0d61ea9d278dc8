"""Pauses before a process is started again."""

from booked.restarts import HEALTHY_AFTER_S, LONGEST_PAUSE_S, SHORTEST_PAUSE_S, Backoff


def test_pauses_double_up_to_the_longest() -> None:
    backoff = Backoff()

    assert [backoff.pause_s(lived_s=1) for _ in range(7)] == [0.2, 0.4, 0.8, 1.6, 3.2, LONGEST_PAUSE_S, LONGEST_PAUSE_S]


def test_after_a_healthy_life_the_first_pause_is_the_shortest_again() -> None:
    backoff = Backoff()
    for _ in range(3):
        backoff.pause_s(lived_s=1)

    assert backoff.pause_s(HEALTHY_AFTER_S + 1) == SHORTEST_PAUSE_S
    assert backoff.pause_s(lived_s=1) == 2 * SHORTEST_PAUSE_S
