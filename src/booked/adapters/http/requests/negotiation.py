"""What a client would rather have: weighted lists in header fields (RFC 9110, section 12.4.2)."""

import re
from collections.abc import Iterable, Iterator, Sequence

RawHeaders = Iterable[tuple[bytes, bytes]]

ITEMS_MOST = 50
LENGTH_MOST = 2_000

_WEIGHT = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")


def preferences(headers: RawHeaders, name: bytes) -> Sequence[str]:
    """Return the items of a weighted list in small letters, the best first, without those of no weight at all."""
    text = ",".join(value.decode("latin-1") for header, value in headers if header == name)
    weighed = list(_weighed(text[:LENGTH_MOST].lower().split(",")[:ITEMS_MOST]))
    return [item for weight, item in sorted(weighed, key=lambda pair: -pair[0]) if item and weight > 0]


def best_type(headers: RawHeaders, offered: Sequence[str]) -> str:
    """Return which of these media types a client would rather have, by its header Accept; the first if none."""
    for accepted in preferences(headers, b"accept"):
        for kind in offered:
            if accepted in {kind, f"{kind.partition('/')[0]}/*", "*/*"}:
                return kind
    return offered[0]


def _weighed(items: Iterable[str]) -> Iterator[tuple[float, str]]:
    for item in items:
        value, *parameters = (part.strip() for part in item.split(";"))
        weights = [found[1] for part in parameters if (found := _WEIGHT.fullmatch(part))]
        yield (float(weights[0]) if weights else 1.0), value
