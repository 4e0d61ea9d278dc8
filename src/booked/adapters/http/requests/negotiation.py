"""What a client would rather have: weighted lists in header fields (RFC 9110, section 12.4.2)."""

import re
from collections.abc import Iterable, Iterator, Sequence

RawHeaders = Iterable[tuple[bytes, bytes]]

ITEMS_MOST = 50
LENGTH_MOST = 2_000

_WEIGHT = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")
_UNWANTED = (0.0, 0)


def preferences(headers: RawHeaders, name: bytes) -> Sequence[str]:
    """Return the items of a weighted list in small letters, the best first, without those of no weight at all."""
    weighed = _items(headers, name)
    return [item for weight, item in sorted(weighed, key=lambda pair: -pair[0]) if item and weight > 0]


def best_type(headers: RawHeaders, offered: Sequence[str]) -> str:
    """Return which of these media types a client would rather have, by its header Accept; the first if none.

    The most specific range that matches a type decides its weight (RFC 9110, section 12.5.1). Of two types with equal
    weights, the one whose range comes first in the header wins.
    """
    accepted = _items(headers, b"accept")
    return max(offered, key=lambda kind: _wish(kind, accepted))  # the first, where several are equal


def _wish(kind: str, accepted: Sequence[tuple[float, str]]) -> tuple[float, int]:
    """Return the weight of a media type, and the place of its range: higher is better."""
    for wanted in (kind, f"{kind.partition('/')[0]}/*", "*/*"):
        wishes = [(weight, -place) for place, (weight, item) in enumerate(accepted) if item == wanted]
        if wishes:
            best = max(wishes)
            return best if best[0] > 0 else _UNWANTED
    return _UNWANTED


def _items(headers: RawHeaders, name: bytes) -> Sequence[tuple[float, str]]:
    """Return the items of a weighted list in small letters with their weights, in the order they were sent."""
    text = ",".join(value.decode("latin-1") for header, value in headers if header == name)
    return list(_weighed(text[:LENGTH_MOST].lower().split(",")[:ITEMS_MOST]))


def _weighed(items: Iterable[str]) -> Iterator[tuple[float, str]]:
    for item in items:
        value, *parameters = (part.strip() for part in item.split(";"))
        weights = [found[1] for part in parameters if (found := _WEIGHT.fullmatch(part))]
        yield (float(weights[0]) if weights else 1.0), value
