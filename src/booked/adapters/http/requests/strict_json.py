"""JSON bodies, read once and strictly (RFC 8259, and RFC 7493 as to duplicate keys)."""

import json
import re
from functools import cache
from typing import Any, Generic, TypeVar, get_args, get_origin

import msgspec

from booked.adapters.http.errors import InvalidJSON
from booked.adapters.http.requests.choices import choices_for, one_of
from booked.adapters.http.requests.former_names import former_names, under_present_names

T = TypeVar("T")

DEEPEST = 32
VALUES_MOST = 2_000  # of a body without objects in it, which is full of ids at most …
NESTED_VALUES_MOST = 4_000  # … and of a venue's layout, which is the largest of all others
ECHOED_MOST = 64  # characters of a piece of what was sent that a refusal repeats

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_NO_BRACKET = re.compile(r"[^\[\]]+")
_ONE_KIND = str.maketrans("{}", "[]")

# A message that begins like this goes on with a piece of the body, which may be long.
_ECHOING = ("Object contains unknown field", "Invalid enum value", "Invalid value")


class StrictDecoder(Generic[T]):
    """Reads bodies of one kind."""

    def __init__(self, kind: type[T]) -> None:
        self._kind = kind
        self._decoder = msgspec.json.Decoder(kind)
        fields = msgspec.structs.fields(kind)  # type: ignore[arg-type]
        self._former_names = former_names(kind)  # type: ignore[arg-type]
        self._keys = [f'"{name}"' for name in (*(field.encode_name for field in fields), *self._former_names)]
        self._nests = any(_holds_objects(field.type) for field in fields)
        self._values_most = NESTED_VALUES_MOST if self._nests else VALUES_MOST

    def decode(self, body: bytes) -> T:
        """Return the decoded body. Raises `InvalidJSON`, whose detail repeats next to nothing of the body."""
        try:
            text = body.decode()
        except UnicodeDecodeError as cause:
            raise InvalidJSON("The body is not UTF-8.") from cause
        _require_moderate(text, self._values_most)
        try:
            decoded = self._decoded(text)
        except (ValueError, RecursionError) as cause:
            raise InvalidJSON(detail_of(cause, self._kind)) from cause
        self._require_distinct_keys(text)
        return decoded

    def _decoded(self, text: str) -> T:
        if self._former_names and any(name in text for name in self._former_names):
            values: Any = msgspec.json.decode(text)
            if isinstance(values, dict):
                return msgspec.convert(under_present_names(values, self._former_names, InvalidJSON), self._kind)
        return self._decoder.decode(text)

    def _require_distinct_keys(self, text: str) -> None:
        # Two readers of a body with a duplicate key may read different things. Look closely only where one of our keys
        # is there twice, or an escape could hide it.
        if self._nests or "\\" in text or max(map(text.count, self._keys), default=0) > 1:
            # Numbers stay texts: they may have any number of digits, which Python refuses to convert.
            json.loads(text, object_pairs_hook=_distinct, parse_int=str)


def detail_of(refusal: Exception, kind: Any) -> str:
    """Return what a decoder says is wrong, without long pieces of what was sent, and what may be sent instead."""
    text = str(refusal)
    choices = choices_for(text, kind)
    if text.startswith(_ECHOING):
        told, at, where = text.rpartition(" - at ")
        text = shortened(told) + at + shortened(where)
    return f"{text}. {one_of(choices)}" if choices else text


@cache
def decoder_for(kind: type[T]) -> StrictDecoder[T]:
    return StrictDecoder(kind)


def _require_moderate(text: str, values_most: int) -> None:
    """Refuse a body that would keep the event loop busy: with too many values or levels of nesting."""
    if text.count("[") + text.count("{") <= DEEPEST and text.count(",") < values_most:
        return
    bare = _STRING.sub("", text)
    if bare.count(",") >= values_most:
        raise InvalidJSON(f"The JSON has more than {values_most:,} values.")
    brackets = _NO_BRACKET.sub("", bare.translate(_ONE_KIND))
    for _ in range(DEEPEST):
        brackets = brackets.replace("[]", "")  # the innermost level
    # What is left over is deeper, or was never closed.
    if "[]" in brackets or brackets.count("[") > DEEPEST:
        raise InvalidJSON(f"The JSON is nested deeper than {DEEPEST} levels.")


def shortened(text: str) -> str:
    return text if len(text) <= ECHOED_MOST else text[:ECHOED_MOST] + "…"


def _holds_objects(kind: object) -> bool:
    origin = get_origin(kind) or kind
    is_object = isinstance(origin, type) and issubclass(origin, (msgspec.Struct, dict))
    return is_object or any(_holds_objects(part) for part in get_args(kind))


def _distinct(pairs: list[tuple[str, object]]) -> None:
    if len({key for key, _ in pairs}) < len(pairs):
        raise InvalidJSON("A key occurs twice.")
