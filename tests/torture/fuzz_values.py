"""Odd values, and what is done to good ones with them."""

import json
import random
from collections.abc import Callable
from typing import Any

UNKNOWN = "019c5b2e-7f00-7a3c-8e54-1f0a00000000"
FUTURE = "2035-06-01T19:30:00Z"
# JSON that no value of Python becomes when it is encoded: put in afterwards.
RAW = {
    "<<nan>>": "NaN",
    "<<infinity>>": "-Infinity",
    "<<huge>>": "1e999",
    "<<digits>>": "9" * 5_000,
    "<<surrogate>>": '"\\ud800"',
    "<<nul>>": '"a\\u0000b"',
    "<<float>>": "2.0",
    "<<exponent>>": "1e2",
    "<<deep>>": "[" * 200 + "]" * 200,
}
NUMBERS = [
    0,
    1,
    -1,
    2,
    5,
    100,
    101,
    2**31 - 1,
    2**31,
    2**32,
    2**53,
    2**63 - 1,
    2**63,
    2**64,
    -(2**63),
    10**30,
    0.5,
    91.0,
]
TEXTS = [
    "", " ", "a", "0", "-1", "1e9", "٣", "null", "true", "[]", "x" * 40, "x" * 300, "ä" * 2_000, "😀" * 70,
    "e\u0301" * 50, "\u202egnp.exe", "\ufeff", "\u2028", "\ufffe", "a\tb", "a\r\nX-Evil: 1", "\x1b[2J", "\x7f", "\x00",
    "<script>alert(1)</script>", "{{ 7 * 7 }}", "%s%n", "%", "_", "\\", "'; DROP TABLE users; --", "1 OR 1=1",
    "../../etc/passwd", "}{", "{x}", "a@b", "a@b.c", "ann@example.com", "ann@exa mple.com", "ANN@EXAMPLE.COM",
    "0000-00-00", "9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00+14:00", "2026-02-30T00:00:00Z", FUTURE,
    "2030-01-01", "Europe/Berlin", "EUR", "XXX", "1.999", "0.00", "99999999999999999999", "PUBLISHED", "CANCELLED",
    "DRAFT", "csv", "json", "all", UNKNOWN, UNKNOWN.upper(), "{" + UNKNOWN + "}", UNKNOWN.replace("-", ""),
    "urn:uuid:" + UNKNOWN,
]  # fmt: skip


def odd(choices: random.Random) -> Any:
    """Return any value that JSON has, or that only looks like it."""
    kind = choices.randrange(8)
    if kind == 0:
        return choices.choice([None, True, False, [], {}, [None], {"id": UNKNOWN}])
    if kind == 1:
        return choices.choice([*RAW])
    if kind == 2:
        return [text(choices)] * choices.choice([1, 2, 150]) if choices.random() < 0.5 else {"x": text(choices)}
    return choices.choice(NUMBERS) if kind < 5 else text(choices)


def text(choices: random.Random) -> str:
    if choices.random() < 0.1:
        return "".join(chr(choices.randrange(0xD7FF)) for _ in range(choices.randrange(40)))
    return choices.choice(TEXTS)


def altered(value: Any, choices: random.Random) -> Any:
    """Return a copy of a value with something in it replaced, left out, added or renamed."""
    if not value or choices.random() < 0.15:
        return odd(choices)
    if isinstance(value, dict):
        return _altered_object(value, choices.choice([*value]), choices)
    if isinstance(value, list):
        return _altered_list(value, choices.randrange(len(value)), choices)
    return odd(choices)


def _altered_object(value: dict[str, Any], name: str, choices: random.Random) -> dict[str, Any]:
    kind = choices.randrange(12)
    if kind == 0:
        return {key: each for key, each in value.items() if key != name}
    if kind == 1:
        return value | {text(choices) if choices.random() < 0.5 else "role": odd(choices)}
    if kind == 2:
        return {(key.upper() if key == name else key): each for key, each in value.items()}
    return value | {name: altered(value[name], choices)}


def _altered_list(value: list[Any], place: int, choices: random.Random) -> list[Any]:
    kind = choices.randrange(6)
    if kind == 0:
        return value * choices.choice([2, 40, 101])
    if kind == 1:
        return value[:place]
    return [*value[:place], altered(value[place], choices), *value[place + 1 :]]


def encoded(value: Any) -> bytes:
    """Return a value as JSON, what is raw included."""
    written = json.dumps(value)
    for name, raw in RAW.items():
        written = written.replace(f'"{name}"', raw)
    return written.encode()


def damaged(content: bytes, choices: random.Random) -> bytes:
    """Return bytes with something done to them that no client does on purpose."""
    place = choices.randrange(len(content) + 1)
    return choices.choice(_DAMAGES)(content, place, choices)


_DAMAGES: list[Callable[[bytes, int, random.Random], bytes]] = [
    lambda content, place, choices: content[:place],
    lambda content, place, choices: content[:place] + choices.randbytes(choices.randrange(1, 9)) + content[place:],
    lambda content, place, choices: content[:place] + bytes([choices.randrange(256)]) + content[place + 1 :],
    lambda content, place, choices: b"\xef\xbb\xbf" + content,
    lambda content, place, choices: content.decode("utf-8", "replace").encode("utf-16"),
    lambda content, place, choices: content + content,
    lambda content, place, choices: b"[" * choices.choice([33, 1_000, 60_000]) + content,
    lambda content, place, choices: b'{"a":' * choices.choice([33, 10_000]) + content,
    lambda content, place, choices: b" " * 70_000 + content,
    lambda content, place, choices: b'{"name":"' + b"x" * choices.choice([60_000, 66_000]) + b'"}',
    lambda content, place, choices: b"",
    lambda content, place, choices: choices.randbytes(choices.randrange(200)),
]
