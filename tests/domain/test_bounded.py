"""A dict that keeps what was set last."""

from booked.domain.bounded import BoundedDict


def filled(*keys: str) -> BoundedDict[str, int]:
    entries = BoundedDict[str, int](most=3)
    for number, key in enumerate(keys):
        entries[key] = number
    return entries


def test_up_to_its_bound_it_keeps_everything() -> None:
    assert filled("a", "b", "c") == {"a": 0, "b": 1, "c": 2}


def test_one_entry_more_drops_the_one_that_was_set_longest_ago() -> None:
    assert list(filled("a", "b", "c", "d")) == ["b", "c", "d"]


def test_setting_an_entry_again_drops_none_and_makes_it_the_last_to_go() -> None:
    entries = filled("a", "b", "c", "a")
    assert list(entries) == ["b", "c", "a"]

    entries["d"] = 4

    assert entries == {"c": 2, "a": 3, "d": 4}


def test_a_default_counts_as_set() -> None:
    entries = filled("a", "b", "c")

    assert entries.setdefault("a", 9) == 0
    assert entries.setdefault("d", 9) == 9

    assert list(entries) == ["b", "c", "d"]
