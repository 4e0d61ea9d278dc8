"""Fields with a former name: requests may go on using it."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

import msgspec

from booked.domain.errors import BookedError

_KEY = "former name"


def formerly(name: str, description: str) -> msgspec.Meta:
    """Let requests send a field under its former name as well. The documents show the present one."""
    return msgspec.Meta(
        description=f"{description} Its former name `{name}` is still accepted, but deprecated.", extra={_KEY: name}
    )


def former_names(kind: type[msgspec.Struct]) -> dict[str, str]:
    """Return the names of a struct's renamed fields by their former names."""
    fields = msgspec.structs.fields(kind)
    return {former: field.encode_name for field in fields for former in _former_names(field.type)}


def under_present_names(
    values: dict[str, Any], present: Mapping[str, str], refusal: type[BookedError]
) -> dict[str, Any]:
    """Return what was sent under present names. Raises the refusal if both names of a field have different values."""
    renamed = dict(values)
    for former, name in present.items():
        if former not in renamed:
            continue
        value = renamed.pop(former)
        if renamed.setdefault(name, value) != value:
            raise refusal(f"`{former}` is the former name of `{name}`, and they differ. Send `{name}` alone.")
    return renamed


def _former_names(kind: Any) -> Iterator[str]:
    for meta in getattr(kind, "__metadata__", ()):
        extra = meta.extra if isinstance(meta, msgspec.Meta) else None
        if extra and _KEY in extra:
            yield extra[_KEY]
    for part in get_args(kind):
        yield from _former_names(part)
