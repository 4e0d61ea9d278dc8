"""What commands have in common: settings, and stores with tables to work on."""

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click
import structlog
from rich.console import Console
from rich.progress import Progress

from booked.adapters.observing import configure_logging
from booked.adapters.postgres.migrations import make_tables, migrate, require_tables
from booked.bootstrap import running_stores
from booked.settings import PREFIX, InvalidSettings, Settings, unknown_variables

Command = TypeVar("Command", bound=Callable[..., Any])

log = structlog.get_logger(__name__)

stdout = Console()
stderr = Console(stderr=True)


def data_dir_option(command: Command) -> Command:
    return click.option(
        "--data-dir",
        metavar="DIRECTORY",
        help="Where the embedded stores keep their data.  [BOOKED_DATA_DIR, else .booked]",
    )(command)


def load_settings(*, errand: bool = False, **given: str | None) -> Settings:
    """Return the settings of the environment, replaced by the options given. Set up logging as they say.

    An errand is a command that ends by itself and tells its result. It logs nothing else that went well.
    """
    options = {f"{PREFIX}{name.upper()}": value for name, value in given.items() if value is not None}
    try:
        settings = Settings.from_env(os.environ | options)
    except InvalidSettings as refusal:
        raise InvalidSettings(_as_given(str(refusal), options)) from refusal
    level = "warning" if errand and settings.log_level == "info" else settings.log_level
    configure_logging(level, settings.log_format)
    for sentence in unknown_variables(os.environ):
        log.warning(sentence)
    return settings


def _as_given(complaint: str, options: Iterable[str]) -> str:
    """Return the complaint with the names of options where those were used instead of variables."""
    for name in options:
        complaint = complaint.replace(name, "--" + name.removeprefix(PREFIX).lower().replace("_", "-"))
    return complaint


@contextmanager
def open_stores(settings: Settings) -> Iterator[Settings]:
    """Run the stores, and yield their settings. Embedded ones that run already are used."""
    with _open_stores(settings) as (running, _):
        yield running


@contextmanager
def open_box_office(settings: Settings) -> Iterator[Settings]:
    """Run the stores with up-to-date tables, and yield their settings.

    Tables of embedded stores are made here, but tables that another process uses are not changed.
    """
    with _open_stores(settings) as (running, started_here):
        database_url, _ = running.stores()
        if started_here:
            asyncio.run(migrate(database_url))
        else:
            if settings.embedded:
                asyncio.run(make_tables(database_url))
            asyncio.run(require_tables(database_url, pooled=running.database_pooled))
        yield running


@contextmanager
def _open_stores(settings: Settings) -> Iterator[tuple[Settings, bool]]:
    with stderr.status("Starting Postgres and Valkey …") as status, running_stores(settings) as (running, started_here):
        status.stop()
        yield running, started_here


def progress() -> Progress:
    """Return a progress bar, which shows nothing where there is no terminal."""
    return Progress(console=stderr, disable=not stderr.is_terminal, transient=True)
