"""Query strings and forms (application/x-www-form-urlencoded), read as the struct a handler declares.

Query strings are read strictly. Of forms, as OAuth has it (RFC 6749 section 3.2), unknown fields are ignored, empty
ones count as not sent, and none comes twice.
"""

import re
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Generic, TypeAlias, TypeVar, get_args, get_origin
from urllib.parse import parse_qsl

import msgspec
from litestar.di import NamedDependency

from booked.adapters.http.requests.choices import one_of
from booked.adapters.http.requests.former_names import former_names, under_present_names
from booked.adapters.http.requests.strict_json import detail_of, shortened
from booked.domain.errors import BookedError
from booked.domain.model.text import require_plain

T = TypeVar("T", bound=msgspec.Struct)

Params: TypeAlias = NamedDependency[T]
"""`params: Params[EventsQuery]` is the query string as that struct, or an answer that says what is wrong with it."""

Form: TypeAlias = NamedDependency[T]
"""`form: Form[TokenForm]` is the body as that struct, or an answer that says what is wrong with it."""

PARAMETERS_MOST = 100
TEXT_MOST = 1_200  # characters of a value, as a cursor may have

_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BOOLEANS = {"true": True, "false": False}

Reader = Callable[[str], object]


class PairsDecoder(Generic[T]):
    """Reads the names and values of a query string or a form into a struct.

    Commas separate the items of a list. A date counts as its first moment in UTC. A `lenient` decoder ignores unknown
    and empty fields, and leaves it to the domain to refuse text that is too long or not plain.
    """

    def __init__(self, kind: type[T], refusal: type[BookedError], lenient: bool) -> None:
        self._kind = kind
        self._refusal = refusal
        self._lenient = lenient
        self._readers = {field.encode_name: _reader_of(field.type) for field in msgspec.structs.fields(kind)}
        self._former_names = former_names(kind)
        self._readers |= {former: self._readers[name] for former, name in self._former_names.items()}

    def decode(self, raw: bytes) -> T:
        """Return the struct. Raises the refusal, which names the field that is unknown, sent twice or out of bounds."""
        values: dict[str, object] = {}
        for name, text in self._pairs(raw):
            if self._lenient and not (text and name in self._readers):
                continue
            if name not in self._readers:
                raise self._refusal(self._unknown(name))
            if name in values:
                raise self._refusal(f"`{name}` is sent twice.")
            values[name] = self._readers[name](text if self._lenient else self._plain(name, text))
        try:
            return msgspec.convert(under_present_names(values, self._former_names, self._refusal), self._kind)
        except msgspec.ValidationError as cause:
            raise self._refusal(detail_of(cause, self._kind)) from cause

    def _unknown(self, name: str) -> str:
        told = f"There is nothing called `{shortened(name)}` to be sent."
        names = [name for name in self._readers if name not in self._former_names]
        return f"{told} {one_of(names)}" if names else told

    def _plain(self, name: str, text: str) -> str:
        return require_plain(text, self._refusal, name, TEXT_MOST)

    def _pairs(self, raw: bytes) -> list[tuple[str, str]]:
        try:
            return parse_qsl(
                raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=PARAMETERS_MOST
            )
        except ValueError as cause:
            raise self._refusal("It is not encoded as UTF-8 in percent-encoding, or too long.") from cause


@cache
def pairs_decoder_for(kind: type[T], refusal: type[BookedError], lenient: bool = False) -> PairsDecoder[T]:
    return PairsDecoder(kind, refusal, lenient)


def _reader_of(kind: Any) -> Reader:
    """Return what makes a value of a field's type out of text. Text it cannot read stays text, to be refused."""
    origin = get_origin(kind)
    if origin is Annotated:
        return _reader_of(get_args(kind)[0])
    if origin in (list, tuple, frozenset):
        element = _reader_of(get_args(kind)[0])
        return lambda text: [element(part) for part in text.split(",")]
    readers = {int: _whole_number, bool: _boolean, datetime: _moment}
    if kind in readers:
        return readers[kind]
    # A union is read as its part that is not null or unset.
    return next((reader for part in get_args(kind) if (reader := _reader_of(part)) is not _text), _text)


def _text(text: str) -> object:
    return text


def _whole_number(text: str) -> object:
    return int(text) if _WHOLE_NUMBER.fullmatch(text) else text


def _boolean(text: str) -> object:
    return _BOOLEANS.get(text, text)


def _moment(text: str) -> object:
    return f"{text}T00:00:00Z" if _DATE.fullmatch(text) else text
