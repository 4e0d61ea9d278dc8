"""Every setting of Booked: `BOOKED_*` environment variables, read once into one frozen `Settings`."""

import difflib
import os
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, field, fields
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Self, get_args

import msgspec

from booked.setting_forms import (
    DIRECTORY,
    FLAG,
    NETWORKS,
    ORIGINS,
    TIMEZONE,
    Network,
    Setting,
    choice,
    fractional_seconds,
    limit,
    plain_text,
    seconds,
    url,
    urls,
    whole,
    written,
)

PREFIX = "BOOKED_"
SECRET_BYTES = 32  # RFC 7518 section 3.2: a key for HS256 has at least the size of the hash
WORKERS_UNASKED = 4
LONGEST_REST = 30  # seconds; a worker that was not seen for a minute counts as away, and others do what it left
LOOPBACK: tuple[Network, ...] = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))
HOW_TO_MAKE_ONE = "Make one with: openssl rand -base64 48"

_SHOWN = 40  # characters of a wrong value that an error message repeats


class InvalidSettings(Exception):
    """The environment makes no sense. The message has a sentence for each mistake."""


def _workers() -> int:
    """Return one for each processor this process may use, but leave the stores some."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(cores or 1, WORKERS_UNASKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings by name. The variable of a setting is its name in capitals, after `BOOKED_`."""

    # Secrets are no part of the representation, so that no log line or traceback shows them.
    database_url: Annotated[
        str | None, Setting("Where Postgres is.", url("postgresql", "postgres"), unset="an embedded Postgres")
    ] = field(default=None, repr=False)
    redis_url: Annotated[
        str | None,
        Setting(
            "Where Valkey or Redis is. Of a cluster, name several nodes: the others are found.",
            urls("redis", "rediss", "unix"),
            unset="an embedded Valkey",
        ),
    ] = field(default=None, repr=False)
    data_dir: Annotated[Path, Setting("Where the embedded stores keep their data.", DIRECTORY)] = Path(".booked")
    host: Annotated[str, Setting("The address that HTTP listens on; `0.0.0.0` for all.", plain_text("an address"))] = (
        "127.0.0.1"
    )
    port: Annotated[int, Setting("The TCP port that HTTP listens on.", whole("", 1, 65_535))] = 8000
    public_url: Annotated[
        str | None,
        Setting(
            "Where people reach the pages. With https, their cookies are sent over nothing else.",
            url("https", "http"),
            unset="the address that each request came to",
        ),
    ] = None
    workers: Annotated[
        int,
        Setting(
            "How many processes answer HTTP requests.",
            whole("processes", 1, 64),
            unset=f"one per processor core, at most {WORKERS_UNASKED}",
        ),
    ] = field(default_factory=_workers)
    requests_at_once: Annotated[
        int | None,
        Setting(
            "How many requests one process answers at the same time. It refuses more with 503 (SYS-09). "
            "Requests that are still arriving do not count, nor do streams. "
            "Health checks and `/metrics` are always answered.",
            limit("requests", 100_000),
        ),
    ] = 1024
    body_timeout: Annotated[timedelta, Setting("How long a request's body may take to arrive.", seconds(1, 600))] = (
        timedelta(seconds=10)
    )
    write_timeout: Annotated[
        timedelta, Setting("How long a client may read nothing of its answer (on Linux).", seconds(1, 600))
    ] = timedelta(seconds=30)
    drain_timeout: Annotated[
        timedelta, Setting("How long requests under way may take when Booked is stopped.", seconds(1, 3600))
    ] = timedelta(seconds=30)
    jwt_secret: Annotated[
        str | None,
        Setting(
            f"Signs tokens: at least {SECRET_BYTES} bytes, the same for every process.",
            plain_text(f"at least {SECRET_BYTES} bytes of text"),
            unset="made and kept in the data directory; must be set where the stores are not embedded",
        ),
    ] = field(default=None, repr=False)
    token_ttl: Annotated[timedelta, Setting("How long a token is good after logging in.", seconds(60, 604_800))] = (
        timedelta(hours=1)
    )
    refresh_ttl: Annotated[
        timedelta, Setting("How long a refresh token can be exchanged for the next.", seconds(60, 31_536_000))
    ] = timedelta(days=14)
    hold_ttl: Annotated[
        timedelta, Setting("How long reserved tickets are held for their user.", seconds(1, 86_400))
    ] = timedelta(minutes=10)
    offer_ttl: Annotated[
        timedelta, Setting("How long tickets offered to a waiting user are held.", seconds(1, 86_400))
    ] = timedelta(minutes=15)
    claim_timeout: Annotated[
        timedelta,
        Setting("After this time the worker resolves a booking that its process left unfinished.", seconds(1, 3600)),
    ] = timedelta(seconds=15)
    tickets_per_user: Annotated[
        int | None,
        Setting(
            "The most tickets that one user may have of an event made from now on that has no limit of its own.",
            whole("tickets", 1, 10_000_000),
            unset="any number",
        ),
    ] = None
    held_per_user: Annotated[
        int | None,
        Setting(
            "The most tickets of an event that one user may hold at once, without those that are booked.",
            limit("tickets", 10_000_000),
        ),
    ] = 100
    counter: Annotated[
        str,
        Setting(
            "Whether everybody may sell and book at `/events` and `/bookings`, or only who has an API key.",
            choice("open", "closed"),
            name="BOX_OFFICE",
        ),
    ] = "closed"
    timezone: Annotated[
        str, Setting("The time zone of events where neither they nor their venues have one.", TIMEZONE)
    ] = "UTC"
    password_min_length: Annotated[
        int, Setting("The shortest password that is accepted.", whole("characters", 1, 128))
    ] = 8
    conceal_accounts: Annotated[
        bool, Setting("Logging in answers USER-04 also where it would answer USER-03.", FLAG)
    ] = False
    logins_per_minute: Annotated[
        int | None, Setting("The most logins that one address may try in a minute.", limit("logins", 1_000_000))
    ] = 60
    registrations_per_minute: Annotated[
        int | None,
        Setting("The most accounts that one address may try to make in a minute.", limit("accounts", 1_000_000)),
    ] = 30
    wrong_passwords: Annotated[
        int | None,
        Setting(
            "The most wrong passwords for one account in 15 minutes; addresses that logged in before count apart.",
            limit("passwords", 1_000_000),
        ),
    ] = 20
    reservations_per_minute: Annotated[
        int | None,
        Setting(
            "The most requests to reserve that one account may send to one process in a minute. "
            "Off also turns off the cool-down.",
            limit("requests", 1_000_000),
        ),
    ] = 600
    trusted_proxies: Annotated[
        tuple[Network, ...],
        Setting(
            "Proxies that are believed about where requests come from (X-Forwarded-For). They are not limited.",
            NETWORKS,
        ),
    ] = LOOPBACK
    metrics_readers: Annotated[
        tuple[Network, ...],
        Setting("Who may read `/metrics`, which shows how much is sold; through no proxy.", NETWORKS),
    ] = LOOPBACK
    allowed_origins: Annotated[
        tuple[str, ...], Setting("Other sites whose pages may call the API from a browser (CORS).", ORIGINS)
    ] = ()
    public_read_age: Annotated[
        timedelta,
        Setting(
            "How old lists of events, and events, may be that are shown to somebody who is not logged in.",
            fractional_seconds(0, 60),
        ),
    ] = timedelta(0)
    admin_email: Annotated[
        str | None,
        Setting(
            "`booked serve` sees to it that there is an admin with this e-mail address …",
            plain_text("an e-mail address"),
            unset="no admin is made",
        ),
    ] = None
    admin_password: Annotated[
        str | None,
        Setting("… and this password …", plain_text("a password without control characters"), unset="no admin is made"),
    ] = field(default=None, repr=False)
    admin_name: Annotated[str, Setting("… and this name.", plain_text("a name"))] = "Admin"
    log_level: Annotated[
        str, Setting("The least severe log lines written.", choice("debug", "info", "warning", "error"))
    ] = "info"
    log_format: Annotated[
        str,
        Setting("How log lines look; auto is console on a terminal and else json.", choice("auto", "json", "console")),
    ] = "auto"
    database_pool_size: Annotated[
        int, Setting("The most connections to Postgres that each process opens.", whole("connections", 2, 1000))
    ] = 10
    database_pooled: Annotated[bool, Setting("Whether PgBouncer is before Postgres: docs/scaling.md.", FLAG)] = False
    database_timeout: Annotated[
        timedelta, Setting("How long a call to Postgres may take.", fractional_seconds(0.1, 60))
    ] = timedelta(seconds=5)
    shared_commits: Annotated[
        bool,
        Setting(
            "Whether one transaction may commit bookings of several events. "
            "False where Postgres is distributed by event.",
            FLAG,
        ),
    ] = True
    redis_timeout: Annotated[timedelta, Setting("How long a call to Valkey may take.", fractional_seconds(0.1, 60))] = (
        timedelta(seconds=2)
    )
    waitlist_interval: Annotated[
        timedelta,
        Setting("The worker's rest between rounds of offers to the waitlist.", fractional_seconds(0.05, LONGEST_REST)),
    ] = timedelta(seconds=1)
    upkeep_interval: Annotated[
        timedelta, Setting("The worker's rest between audits of all events.", fractional_seconds(0.05, LONGEST_REST))
    ] = timedelta(seconds=5)

    def __post_init__(self) -> None:
        if problems := list(_contradictions(self)):
            raise InvalidSettings("\n".join(problems))

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Return the settings in an environment. An empty variable counts as absent. Raises `InvalidSettings`."""
        values: dict[str, Any] = {}
        problems: list[str] = []
        for about in fields(cls):
            text = environ.get(variable(about), "")
            if not text:
                continue
            try:
                values[about.name] = _read(about, text)
            except ValueError:
                problems.append(_complaint(about, text))
        if problems:
            raise InvalidSettings("\n".join(problems))
        return cls(**values)

    def to_env(self) -> dict[str, str]:
        """Return the variables from which `from_env` reads these settings again."""
        return {
            variable(about): written(value)
            for about in fields(self)
            # A limit of None was taken away, where the default is one.
            if (value := getattr(self, about.name)) is not None or about.default is not None
        }

    @property
    def embedded(self) -> bool:
        """Return whether the stores are those Booked brings along."""
        return self.database_url is None

    def stores(self) -> tuple[str, str]:
        """Return the URLs of Postgres and Valkey. Raises `InvalidSettings`: embedded ones have none until they run."""
        if self.database_url is None or self.redis_url is None:
            raise InvalidSettings("BOOKED_DATABASE_URL and BOOKED_REDIS_URL must be set.")
        return self.database_url, self.redis_url

    def signing_secret(self) -> str:
        """Return the secret for signing tokens. Raises `InvalidSettings` without one: nobody may get in on a guess."""
        if self.jwt_secret is None:
            raise InvalidSettings(
                f"BOOKED_JWT_SECRET must be set to at least {SECRET_BYTES} bytes, "
                f"the same for every process. {HOW_TO_MAKE_ONE}"
            )
        return self.jwt_secret


def setting(about: Field[Any]) -> Setting:
    """Return what there is to know of a field of `Settings`."""
    found: Setting = get_args(about.type)[1]
    return found


def variable(about: Field[Any]) -> str:
    """Return the environment variable of a setting."""
    return PREFIX + (setting(about).name or about.name.upper())


def unknown_variables(environ: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for every variable that looks like a setting but is none."""
    known = [variable(about).removeprefix(PREFIX) for about in fields(Settings)]
    asked = [name.removeprefix(PREFIX) for name in sorted(environ) if name.startswith(PREFIX)]
    for name in asked:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"Did you mean {PREFIX}{close[0]}?" if close else "docs/settings.md lists every setting."
            yield f"There is no setting {PREFIX}{name}. {hint}"


def _read(about: Field[Any], text: str) -> Any:
    """Return the value of a setting. Raises `ValueError`, of which msgspec's error is one."""
    form = setting(about).form
    value = msgspec.convert(form.read(text), form.type)
    return timedelta(seconds=value) if get_args(about.type)[0] is timedelta else value


def _complaint(about: Field[Any], text: str) -> str:
    expected = f"{variable(about)} must be {setting(about).form.expects}"
    if not about.repr:
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
