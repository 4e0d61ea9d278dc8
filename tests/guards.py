"""Guards in SQL and Lua: lines that a control takes out, to show what goes wrong without them.

A guard is one line of a statement or script that ends with the comment `-- guard: NAME`. What is left without the line
has to be valid.
"""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from types import ModuleType

import pytest

from booked.adapters import postgres, redis
from booked.adapters.redis import scripts

MARK = "-- guard: "
PARAMETER = re.compile(r"\$\d+::\w+")


class Guards:
    """Takes guards out until the test ends. A guard that is not there to be taken out is an error."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def remove(self, guard: str, instead: str = "") -> None:
        """Take the line of a guard out of the one text that has it, or put another line in its place."""
        for texts, name, text, line in _guarded_by(guard):
            self._monkeypatch.setitem(texts, name, text.replace(line, instead or _unused(text, line)))


def left_of(guard: str) -> str:
    """Return what stays of a guard's line when the guard is taken out."""
    _, _, text, line = _guarded_by(guard)[0]
    return _unused(text, line)


def _guarded_by(guard: str) -> list[tuple[dict[str, str], str, str, str]]:
    """Return the texts that have a guard, each with its namespace, its name, and the guard's line."""
    found = [
        (texts, name, text, line)
        for texts, name, text in _texts()
        for line in text.splitlines()
        if line.endswith(f"{MARK}{guard}")
    ]
    if not found:
        raise LookupError(f"no line ends with {MARK + guard!r}")
    return found


def _texts() -> Iterator[tuple[dict[str, str], str, str]]:
    """Return all SQL and Lua of the adapters: each text with its name and the namespace that has it."""
    for module in _modules():
        for name, value in [*vars(module).items()]:
            if isinstance(value, str):
                yield vars(module), name, value
    for name, text in [*scripts.TEXTS.items()]:
        yield scripts.TEXTS, name, text


@cache
def _modules() -> list[ModuleType]:
    return [
        importlib.import_module(found.name)
        for package in (postgres, redis)
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    ]


def _unused(text: str, line: str) -> str:
    """Return what has to stay of a line: Postgres wants every parameter of a statement to be in it somewhere."""
    rest = text.replace(line, "")
    alone = [typed for typed in PARAMETER.findall(line) if not re.search(rf"\{typed.partition('::')[0]}\b", rest)]
    return " ".join(f"AND {typed} IS NOT NULL" for typed in alone)
