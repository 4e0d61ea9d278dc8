"""Every setting that Booked has: `BOOKED_*` environment variables, read once into one frozen `Settings`."""

import difflib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, dataclass, field, fields
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Generic, Self, TypeVar, cast
from urllib.parse import urlsplit

T = TypeVar("T")
Network = IPv4Network | IPv6Network

PREFIX = "BOOKED_"
SECRET_BYTES = 32  # RFC 7518 section 3.2: a key for HS256 has at least the size of the hash
WORKERS_UNASKED = 4
OFF = "off"
LOOPBACK: tuple[Network, ...] = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))
HOW_TO_MAKE_ONE = "Make one with: openssl rand -base64 48"

_DECIMAL = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
_SHOWN = 40  # characters of a wrong value that an error message repeats


class InvalidSettings(Exception):
    """The environment makes no sense; the message has a sentence for everything that is wrong."""


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """What a setting may be: in words, how its text is read, and how its value is written."""

    expects: str
    read: Callable[[str], T]  # raises ValueError
    write: Callable[[T], str] = str


def _text(expects: str) -> Kind[str]:
    def read(text: str) -> str:
        if not text.isprintable():
            raise ValueError(text)
        return text

    return Kind(expects, read)


def _url(*schemes: str) -> Kind[str]:
    def read(text: str) -> str:
        url = urlsplit(text)
        places = url.netloc.rpartition("@")[2].split(",")
        if url.scheme not in schemes or any(urlsplit(f"//{place}").port == 0 for place in places):
            raise ValueError(text)
        return text

    named = " or ".join(f"{scheme}://…" for scheme in schemes)
    return Kind(f"a URL like {named}", read)


def _choice(*choices: str) -> Kind[str]:
    def read(text: str) -> str:
        if text.lower() not in choices:
            raise ValueError(text)
        return text.lower()

    named = ", ".join(choices[:-1]) + f" or {choices[-1]}"
    return Kind(named, read)


def _whole(unit: str, low: int, high: int) -> Kind[int]:
    def read(text: str) -> int:
        if not (_DECIMAL.fullmatch(text) and low <= int(text) <= high):
            raise ValueError(text)
        return int(text)

    amount = f"a whole number of {unit}" if unit else "a whole number"
    return Kind(f"{amount} from {low} to {high}", read)


def _at_most(unit: str, high: int) -> Kind[int | None]:
    """A limit, which `off` takes away."""
    number = _whole(unit, 1, high)
    return Kind(
        f"{number.expects}, or off",
        lambda text: None if text.lower() == OFF else number.read(text),
        lambda most: OFF if most is None else str(most),
    )


def _networks() -> Kind[tuple[Network, ...]]:
    def read(text: str) -> tuple[Network, ...]:
        return () if text.lower() == OFF else tuple(ip_network(part.strip()) for part in text.split(","))

    return Kind(
        "addresses or networks with commas between them, or off",
        read,
        lambda networks: ",".join(map(str, networks)) or OFF,
    )


def _seconds(low: int, high: int) -> Kind[timedelta]:
    number = _whole("seconds", low, high)
    return Kind(
        number.expects,
        lambda text: timedelta(seconds=number.read(text)),
        lambda duration: f"{duration.total_seconds():.0f}",
    )


def _moments(low: float, high: int) -> Kind[timedelta]:
    """A duration that may well be a fraction of a second."""

    def read(text: str) -> timedelta:
        if not (_DECIMAL.fullmatch(text) and low <= float(text) <= high):
            raise ValueError(text)
        return timedelta(seconds=float(text))

    return Kind(
        f"a number of seconds from {low} to {high}",
        read,
        lambda duration: f"{duration.total_seconds():g}",
    )


_FLAG: Kind[bool] = Kind(
    "true or false",
    lambda text: {"true": True, "false": False}[text.lower()],
    lambda flag: str(flag).lower(),
)
_DIRECTORY: Kind[Path] = Kind("the path of a directory", Path)


def _about(
    sentence: str, kind: Kind[Any], *, unset: str | None = None, secret: bool = False, variable: str | None = None
) -> dict[str, Any]:
    """What there is to know of a setting. `unset` says what holds without it, if the default does not."""
    return {"sentence": sentence, "kind": kind, "unset": unset, "secret": secret, "variable": variable}


def _workers() -> int:
    """One for each processor that this process may use, but not so many that the stores have none left."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(cores or 1, WORKERS_UNASKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings by name. The variable of a setting is its name in capitals, after `BOOKED_`."""

    # Secrets are no part of the representation, so that no log line or traceback shows them.
    database_url: str | None = field(
        default=None,
        repr=False,
        metadata=_about(
            "Where Postgres is.", _url("postgresql", "postgres"), unset="an embedded Postgres", secret=True
        ),
    )
    redis_url: str | None = field(
        default=None,
        repr=False,
        metadata=_about(
            "Where Valkey or Redis is.",
            _url("redis", "rediss", "unix"),
            unset="an embedded Valkey",
            secret=True,
        ),
    )
    data_dir: Path = field(
        default=Path(".booked"),
        metadata=_about("Where the embedded stores keep their data.", _DIRECTORY),
    )
    host: str = field(
        default="127.0.0.1",
        metadata=_about("The address that HTTP listens on; `0.0.0.0` for all.", _text("an address")),
    )
    port: int = field(
        default=8000,
        metadata=_about("The TCP port that HTTP listens on.", _whole("", 1, 65_535)),
    )
    workers: int = field(
        default_factory=_workers,
        metadata=_about(
            "How many processes answer HTTP requests.",
            _whole("processes", 1, 64),
            unset=f"one per processor core, at most {WORKERS_UNASKED}",
        ),
    )
    body_timeout: timedelta = field(
        default=timedelta(seconds=10),
        metadata=_about("How long a request's body may take to arrive.", _seconds(1, 600)),
    )
    write_timeout: timedelta = field(
        default=timedelta(seconds=30),
        metadata=_about("How long a client may read nothing of its answer (on Linux).", _seconds(1, 600)),
    )
    drain_timeout: timedelta = field(
        default=timedelta(seconds=30),
        metadata=_about("How long requests under way may take when Booked is stopped.", _seconds(1, 3600)),
    )
    jwt_secret: str | None = field(
        default=None,
        repr=False,
        metadata=_about(
            f"Signs tokens: at least {SECRET_BYTES} bytes, the same for every process.",
            _text(f"at least {SECRET_BYTES} bytes of text"),
            unset="made and kept in the data directory; must be set where the stores are not embedded",
            secret=True,
        ),
    )
    token_ttl: timedelta = field(
        default=timedelta(hours=1),
        metadata=_about("How long a token is good after logging in.", _seconds(60, 604_800)),
    )
    refresh_ttl: timedelta = field(
        default=timedelta(days=14),
        metadata=_about("How long a refresh token can be exchanged for the next.", _seconds(60, 31_536_000)),
    )
    hold_ttl: timedelta = field(
        default=timedelta(minutes=10),
        metadata=_about("How long reserved tickets are held for their user.", _seconds(1, 86_400)),
    )
    offer_ttl: timedelta = field(
        default=timedelta(minutes=15),
        metadata=_about("How long tickets offered to a waiting user are held.", _seconds(1, 86_400)),
    )
    claim_timeout: timedelta = field(
        default=timedelta(seconds=15),
        metadata=_about(
            "After this time the worker resolves a booking that its process left unfinished.",
            _seconds(1, 3600),
        ),
    )
    tickets_per_user: int | None = field(
        default=None,
        metadata=_about(
            "The most tickets that one user may have of an event made from now on that has no limit of its own.",
            _whole("tickets", 1, 10_000_000),
            unset="any number",
        ),
    )
    held_per_user: int | None = field(
        default=100,
        metadata=_about(
            "The most tickets of an event that one user may hold at once, without those that are booked.",
            _at_most("tickets", 10_000_000),
        ),
    )
    counter: str = field(
        default="closed",
        metadata=_about(
            "Whether everybody may sell and book at `/events` and `/bookings`, or only who has an API key.",
            _choice("open", "closed"),
            variable="BOX_OFFICE",
        ),
    )
    password_min_length: int = field(
        default=8,
        metadata=_about("The shortest password that is accepted.", _whole("characters", 1, 128)),
    )
    conceal_accounts: bool = field(
        default=False,
        metadata=_about("Logging in answers USER-04 also where it would answer USER-03.", _FLAG),
    )
    logins_per_minute: int | None = field(
        default=60,
        metadata=_about("The most logins that one address may try in a minute.", _at_most("logins", 1_000_000)),
    )
    registrations_per_minute: int | None = field(
        default=30,
        metadata=_about(
            "The most accounts that one address may try to make in a minute.", _at_most("accounts", 1_000_000)
        ),
    )
    wrong_passwords: int | None = field(
        default=20,
        metadata=_about(
            "The most wrong passwords for one account in 15 minutes; addresses that logged in before count apart.",
            _at_most("passwords", 1_000_000),
        ),
    )
    reservations_per_minute: int | None = field(
        default=600,
        metadata=_about(
            "The most requests to reserve that one account may send to one process in a minute.",
            _at_most("requests", 1_000_000),
        ),
    )
    trusted_proxies: tuple[Network, ...] = field(
        default=LOOPBACK,
        metadata=_about(
            "Proxies that are believed about where requests come from (X-Forwarded-For). They are not limited.",
            _networks(),
        ),
    )
    metrics_readers: tuple[Network, ...] = field(
        default=LOOPBACK,
        metadata=_about("Who may read `/metrics`, which shows how much is sold; through no proxy.", _networks()),
    )
    admin_email: str | None = field(
        default=None,
        metadata=_about(
            "`booked serve` sees to it that there is an admin with this e-mail address …",
            _text("an e-mail address"),
            unset="no admin is made",
        ),
    )
    admin_password: str | None = field(
        default=None,
        repr=False,
        metadata=_about(
            "… and this password …",
            _text("a password without control characters"),
            unset="no admin is made",
            secret=True,
        ),
    )
    admin_name: str = field(default="Admin", metadata=_about("… and this name.", _text("a name")))
    log_level: str = field(
        default="info",
        metadata=_about("The least severe log lines written.", _choice("debug", "info", "warning", "error")),
    )
    log_format: str = field(
        default="auto",
        metadata=_about(
            "How log lines look; auto is console on a terminal and else json.",
            _choice("auto", "json", "console"),
        ),
    )
    database_pool_size: int = field(
        default=10,
        metadata=_about("The most connections to Postgres that each process opens.", _whole("connections", 2, 1000)),
    )
    database_timeout: timedelta = field(
        default=timedelta(seconds=5),
        metadata=_about("How long a call to Postgres may take.", _moments(0.1, 60)),
    )
    redis_timeout: timedelta = field(
        default=timedelta(seconds=2),
        metadata=_about("How long a call to Valkey may take.", _moments(0.1, 60)),
    )
    waitlist_interval: timedelta = field(
        default=timedelta(seconds=1),
        metadata=_about("The worker's rest between rounds of offers to the waitlist.", _moments(0.05, 3600)),
    )
    upkeep_interval: timedelta = field(
        default=timedelta(seconds=5),
        metadata=_about("The worker's rest between audits of all events.", _moments(0.05, 3600)),
    )

    def __post_init__(self) -> None:
        if problems := list(_contradictions(self)):
            raise InvalidSettings("\n".join(problems))

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """The settings in an environment; an empty variable counts as absent. Raises `InvalidSettings`."""
        values: dict[str, Any] = {}
        problems: list[str] = []
        for about in fields(cls):
            text = environ.get(variable(about), "")
            if not text:
                continue
            try:
                values[about.name] = kind(about).read(text)
            except (ValueError, KeyError):
                problems.append(_complaint(about, text))
        if problems:
            raise InvalidSettings("\n".join(problems))
        return cls(**values)

    def to_env(self) -> dict[str, str]:
        """The variables from which `from_env` reads these settings again."""
        return {
            variable(about): kind(about).write(value)
            for about in fields(self)
            # A limit of None was taken away, where the default is one.
            if (value := getattr(self, about.name)) is not None or about.default is not None
        }

    @property
    def embedded(self) -> bool:
        """Whether the stores are those that Booked brings along."""
        return self.database_url is None

    def stores(self) -> tuple[str, str]:
        """The URLs of Postgres and Valkey, of which embedded ones have none until they run."""
        if self.database_url is None or self.redis_url is None:
            raise InvalidSettings("BOOKED_DATABASE_URL and BOOKED_REDIS_URL must be set.")
        return self.database_url, self.redis_url

    def signing_secret(self) -> str:
        """What tokens are signed with. Without one nothing starts: nobody may get in on a guess."""
        if self.jwt_secret is None:
            raise InvalidSettings(
                f"BOOKED_JWT_SECRET must be set to at least {SECRET_BYTES} bytes, "
                f"the same for every process. {HOW_TO_MAKE_ONE}"
            )
        return self.jwt_secret


def variable(about: Field[Any]) -> str:
    """The environment variable of a setting."""
    return PREFIX + (about.metadata["variable"] or about.name.upper())


def kind(about: Field[Any]) -> Kind[Any]:
    return cast(Kind[Any], about.metadata["kind"])


def unknown_variables(environ: Mapping[str, str]) -> Iterator[str]:
    """A sentence for every variable that looks like a setting but is none."""
    known = [variable(about).removeprefix(PREFIX) for about in fields(Settings)]
    asked = [name.removeprefix(PREFIX) for name in sorted(environ) if name.startswith(PREFIX)]
    for name in asked:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"Did you mean {PREFIX}{close[0]}?" if close else "docs/settings.md lists every setting."
            yield f"There is no setting {PREFIX}{name}. {hint}"


def _complaint(about: Field[Any], text: str) -> str:
    expected = f"{variable(about)} must be {kind(about).expects}"
    if about.metadata["secret"]:
        return f"{expected}, which the present value is not."
    shown = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return f'{expected}, not "{shown}".'


def _contradictions(settings: Settings) -> Iterator[str]:
    if (settings.database_url is None) != (settings.redis_url is None):
        yield ("BOOKED_DATABASE_URL and BOOKED_REDIS_URL belong together: set both or, for embedded stores, neither.")
    if (settings.admin_email is None) != (settings.admin_password is None):
        yield "BOOKED_ADMIN_EMAIL and BOOKED_ADMIN_PASSWORD belong together: set both or neither."
    if settings.jwt_secret is not None and len(settings.jwt_secret.encode()) < SECRET_BYTES:
        yield f"BOOKED_JWT_SECRET must be at least {SECRET_BYTES} bytes. {HOW_TO_MAKE_ONE}"
