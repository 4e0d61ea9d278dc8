"""Every guard that is marked in SQL or Lua has a name of its own and a control that takes it out."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.guards import Guards

ADAPTERS = Path(__file__).parents[1] / "src/booked/adapters"
TESTS = Path(__file__).parent


def marks() -> list[str]:
    """The name of the guard on every marked line."""
    texts = [path.read_text() for suffix in ("*.py", "*.lua") for path in ADAPTERS.rglob(suffix)]
    return [name for text in texts for name in re.findall(r"-- guard: (.*)", text)]


def test_no_two_guards_have_one_name() -> None:
    assert [name for name, lines in Counter(marks()).items() if lines > 1] == []


def test_every_guard_is_taken_out_by_a_control() -> None:
    tests = "\n".join(path.read_text() for path in TESTS.rglob("test_*.py"))

    assert [name for name in marks() if f'"{name}"' not in tests] == []


def test_every_guard_can_be_found(guards: Guards) -> None:
    for name in marks():
        guards.remove(name)


def test_a_guard_that_is_not_there_is_an_error(guards: Guards) -> None:
    guards.remove("capacity")

    with pytest.raises(LookupError, match="capacity"):
        guards.remove("capacity")
