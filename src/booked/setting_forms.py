"""What a setting is, and what its text may be: in words, and how it is read and written."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from msgspec import Meta

from booked.domain.model.programme.timezones import is_timezone

Network = IPv4Network | IPv6Network

OFF = "off"

USUAL_PORTS = {"http": "80", "https": "443"}

_ORIGIN = re.compile(r"(?P<scheme>https?)://([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:(?P<port>[0-9]{1,5}))?")
_DECIMAL = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


@dataclass(frozen=True, slots=True)
class Form:
    """What the text of a variable may be: in words, and as a type that msgspec checks what `read` returns against."""

    expects: str
    type: Any
    read: Callable[[str], Any]  # raises ValueError


@dataclass(frozen=True, slots=True)
class Setting:
    """What there is to know of a setting. `unset` says what holds without it, if the default does not.

    `name` is that of the variable without the prefix, if the field has another one.
    """

    sentence: str
    form: Form
    unset: str | None = None
    name: str | None = None


def _number(text: str) -> int | float:
    if not _DECIMAL.fullmatch(text):
        raise ValueError(text)
    return float(text) if "." in text else int(text)


def whole(unit: str, low: int, high: int) -> Form:
    """Return the form of a whole number, which counts `unit` if that is not empty."""
    amount = f"a whole number of {unit}" if unit else "a whole number"
    return Form(f"{amount} from {low} to {high}", Annotated[int, Meta(ge=low, le=high)], _number)


def limit(unit: str, high: int) -> Form:
    """Return the form of a limit, which `off` takes away."""
    number = whole(unit, 1, high)
    return Form(f"{number.expects}, or off", number.type | None, lambda text: None if _is_off(text) else _number(text))


def seconds(low: int, high: int) -> Form:
    """Return the form of a duration in whole seconds."""
    return whole("seconds", low, high)


def fractional_seconds(low: float, high: int) -> Form:
    """Return the form of a duration that may be a fraction of a second."""
    return Form(f"a number of seconds from {low} to {high}", Annotated[float, Meta(ge=low, le=high)], _number)


def choice(*choices: str) -> Form:
    """Return the form of one of some words."""
    return Form(", ".join(choices[:-1]) + f" or {choices[-1]}", Literal[choices], str.lower)


def plain_text(expects: str) -> Form:
    """Return the form of a text without control characters."""
    return Form(expects, str, lambda text: text if text.isprintable() else None)


def url(*schemes: str) -> Form:
    """Return the form of a URL with one of these schemes."""
    return Form("a URL like " + " or ".join(f"{scheme}://…" for scheme in schemes), str, partial(_read_url, schemes))


def urls(*schemes: str) -> Form:
    """Return the form of a URL with one of these schemes, or of several."""
    form = url(*schemes)
    return Form(f"{form.expects}, or several of them with commas between them", str, partial(_read_urls, schemes))


def _read_urls(schemes: tuple[str, ...], text: str) -> str:
    return ",".join(_read_url(schemes, part) for part in re.split(r",(?=\w+://)", text))


def _read_url(schemes: tuple[str, ...], text: str) -> str:
    parts = urlsplit(text)
    places = parts.netloc.rpartition("@")[2].split(",")
    if parts.scheme not in schemes or any(urlsplit(f"//{place}").port == 0 for place in places):
        raise ValueError(text)
    return text


def _read_networks(text: str) -> tuple[Network, ...]:
    return () if _is_off(text) else tuple(ip_network(part.strip()) for part in text.split(","))


def _read_origins(text: str) -> tuple[str, ...]:
    return () if _is_off(text) else tuple(_read_origin(part.strip().lower()) for part in text.split(","))


def _read_origin(text: str) -> str:
    """Return an origin as browsers write it: without the usual port. Raises `ValueError`."""
    origin = _ORIGIN.fullmatch(text)
    if origin is None or not 0 < int(origin["port"] or 1) < 65_536:
        raise ValueError(text)
    usual = USUAL_PORTS[origin["scheme"]] == origin["port"]
    return text.removesuffix(f":{origin['port']}") if usual else text


def _is_off(text: str) -> bool:
    return text.lower() == OFF


FLAG = Form("true or false", bool, lambda text: {"true": True, "false": False}.get(text.lower()))
DIRECTORY = Form("the path of a directory", Path, Path)
TIMEZONE = Form(
    "the IANA name of a time zone, such as Europe/Berlin", str, lambda text: text if is_timezone(text) else None
)
NETWORKS = Form("addresses or networks with commas between them, or off", tuple, _read_networks)

ORIGINS = Form("origins like https://shop.example with commas between them and no path, or off", tuple, _read_origins)


def written(value: Any) -> str:
    """Return a setting's value as the text of its variable."""
    match value:
        case None | ():
            return OFF
        case bool():
            return str(value).lower()
        case timedelta(microseconds=0):
            return f"{value.total_seconds():.0f}"
        case timedelta():
            return f"{value.total_seconds():.6f}".rstrip("0")
        case tuple():
            return ",".join(map(str, value))
        case _:
            return str(value)
