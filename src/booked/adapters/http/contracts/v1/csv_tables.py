"""Tables as CSV (RFC 4180), for spreadsheets.

A byte-order mark declares UTF-8: without it, some spreadsheets garble every accent. Text is quoted, because some
spreadsheets also split cells at semicolons and tabs.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

from litestar.datastructures.headers import Accept

from booked.adapters.http.responses.answers import Answer

JSON_TYPE = "application/json"
CSV_TYPE = "text/csv"

Cell = str | int | float | None

# Spreadsheets take text that begins like this for a formula, and would run it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


class Format(StrEnum):
    JSON = "json"
    CSV = "csv"


def wants_csv(accept: Accept, chosen: Format | None) -> bool:
    """Tell whether the client wants CSV: the query chooses, or else the header Accept."""
    if chosen is not None:
        return chosen is Format.CSV
    return accept.best_match([JSON_TYPE, CSV_TYPE]) == CSV_TYPE


def csv_answer(name: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]], **headers: str) -> Answer[Any]:
    """Answer with a table, which browsers save in a file of this name."""
    disposition = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    table = csv_table(columns, rows)
    return Answer(table, media_type=f"{CSV_TYPE}; charset=utf-8; header=present", headers={**disposition, **headers})


def csv_table(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return a table in UTF-8 with a byte-order mark, a header and a line per row."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(columns)
    writer = csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerows([_defused(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _defused(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
