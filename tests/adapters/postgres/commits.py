"""Every statement that commits sales, with arguments for it."""

from collections.abc import Iterator
from typing import Any

from booked.adapters.postgres.sale.commit_statements import commit_of

ID = "01a00000-0000-7000-8000-000000000001"
USUAL: list[Any] = [[ID], [ID], [ID], [1], [2], [2], [ID], [ID, ID], [1, 2], [None, None], "100ms"]
KEYS: list[Any] = [[ID], ["key"], [b""]]
ENTRIES: list[Any] = [[ID]]


def every_commit() -> Iterator[tuple[str, str, list[Any]]]:
    """Yield what a statement is for, the statement, and arguments for it."""
    for limits in (False, True):
        what = "commit sales with limits of types" if limits else "commit sales"
        yield what, commit_of(keys=False, references=False, limits=limits), USUAL
        yield f"{what} and with keys", commit_of(keys=True, references=False, limits=limits), USUAL + KEYS
        full = commit_of(keys=True, references=True, limits=limits)
        yield f"{what}, with keys, parts and entries", full, USUAL + KEYS + ENTRIES
