"""Tables as CSV (RFC 4180), for spreadsheets.

A byte-order mark declares UTF-8: without it, some spreadsheets garble every accent. Text is quoted, because some
spreadsheets also split cells at semicolons and tabs.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Annotated, Any

from booked.adapters.http.requests.fields import shown
from booked.adapters.http.requests.negotiation import RawHeaders, best_type
from booked.adapters.http.responses.answers import Answer

JSON_TYPE = "application/json"
CSV_TYPE = "text/csv"

Cell = str | int | float | None

# Spreadsheets take text that begins like this for a formula, and would run it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


class Format(StrEnum):
    JSON = "json"
    CSV = "csv"


ChosenFormat = Annotated[Format, shown("In place of the header Accept.")]


def wants_csv(headers: RawHeaders, chosen: Format | None) -> bool:
    """Tell whether the client wants CSV: the query chooses, or else the header Accept."""
    if chosen is not None:
        return chosen is Format.CSV
    return best_type(headers, [JSON_TYPE, CSV_TYPE]) == CSV_TYPE


class CsvTable:
    """A table in UTF-8 with a byte-order mark, a header and a line per row."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._text = io.StringIO()
        csv.writer(self._text, lineterminator="\r\n").writerow(columns)
        self._rows = csv.writer(self._text, lineterminator="\r\n", quoting=csv.QUOTE_NONNUMERIC)

    def add(self, row: Sequence[Cell]) -> None:
        self._rows.writerow([_defused(cell) for cell in row])

    def encoded(self) -> bytes:
        return self._text.getvalue().encode("utf-8-sig")


def csv_answer(name: str, table: bytes, **headers: str) -> Answer[Any]:
    """Answer with a table, which browsers save in a file of this name."""
    disposition = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Answer(table, media_type=f"{CSV_TYPE}; charset=utf-8; header=present", headers={**disposition, **headers})


def csv_table(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return a whole table."""
    table = CsvTable(columns)
    for row in rows:
        table.add(row)
    return table.encoded()


def _defused(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
