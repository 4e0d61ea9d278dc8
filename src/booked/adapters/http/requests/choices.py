"""What may be sent instead, where a word or a field is none of the known ones."""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import msgspec

_PATH = re.compile(r"`\$([^`]*)`$")
_STEP = re.compile(r"\.([^.\[]+)|\[[^\]]*\]")
_UNKNOWN_FIELD = "Object contains unknown field"


def choices_for(refusal: str, kind: Any) -> list[str]:
    """Return what may stand where a decoder of this type found something else; nothing where that is not a few words.

    For an unknown field these are the names of the known fields.
    """
    path = _PATH.search(refusal)
    types = _types_at(path[1] if path else "", kind)
    if refusal.startswith(_UNKNOWN_FIELD):
        return _distinct(field.encode_name for type_ in types for field in _fields_of(type_))
    return _distinct(word for type_ in types for word in _words_of(type_))


def one_of(choices: Sequence[str]) -> str:
    """Return the sentence that asks to send one of these."""
    *others, last = [f"`{choice}`" for choice in choices]
    return f"Send {', '.join(others)} or {last}." if others else f"Send {last}."


def _distinct(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))


def _types_at(path: str, kind: Any) -> list[msgspec.inspect.Type]:
    """Return the types a value at this path may have, those of a union apart."""
    types = _apart(_type_of(kind))
    for step in _STEP.finditer(path):
        types = [inner for type_ in types for part in _parts_of(type_, step[1]) for inner in _apart(part)]
    return types


@cache
def _type_of(kind: Any) -> msgspec.inspect.Type:
    return msgspec.inspect.type_info(kind)


def _apart(type_: msgspec.inspect.Type) -> list[msgspec.inspect.Type]:
    if isinstance(type_, msgspec.inspect.Metadata):
        return _apart(type_.type)
    if isinstance(type_, msgspec.inspect.UnionType):
        return [inner for part in type_.types for inner in _apart(part)]
    return [type_]


def _parts_of(type_: msgspec.inspect.Type, name: str | None) -> list[msgspec.inspect.Type]:
    """Return the type of the field of this name, or that of the items if there is no name."""
    if name is None:
        item = getattr(type_, "item_type", None)
        return [] if item is None else [item]
    return [field.type for field in _fields_of(type_) if field.encode_name == name]


def _fields_of(type_: msgspec.inspect.Type) -> Sequence[msgspec.inspect.Field]:
    return type_.fields if isinstance(type_, msgspec.inspect.StructType) else ()


def _words_of(type_: msgspec.inspect.Type) -> list[str]:
    match type_:
        case msgspec.inspect.EnumType():
            return [str(member.value) for member in type_.cls]
        case msgspec.inspect.LiteralType():
            return [str(value) for value in type_.values]
        case msgspec.inspect.BoolType():
            return ["true", "false"]
        case _:
            return []
