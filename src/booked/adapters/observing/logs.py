"""How log lines look, ours and those of the libraries alike: JSON into a pipe, colour on a terminal.

They go to standard error; standard output is for results. No line carries a secret: neither the value of a field called
like one, nor a token or the credentials of a URL inside a text.
"""

import logging.config
import re
import sys
from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any, TextIO, cast

import msgspec
import structlog
from structlog.types import Processor, WrappedLogger

from booked.adapters.observing.deferred import DeferredStream

CONCEALED = "[concealed]"

_SECRET_NAMES = re.compile(r"password|secret|token|api.?key|authorization|cookie|database_url|redis_url", re.IGNORECASE)
_CREDENTIALS = re.compile(r"(?<=://)[^/?#@\s]*(?=@)")
_BEARER = re.compile(r"(?<=[Bb]earer )[^\s\"',]+")
_TOKEN = re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*")
_API_KEY = re.compile(r"\bbk_[\w-]{43}")
_SIGNS = ("://", "earer ", "eyJ", "bk_")  # without one of these in it, no pattern finds anything in a text

# From this level on, what these say is news to operators.
_NEWS = {
    "asyncio": "WARNING",
    "litestar": "WARNING",
    "redis": "WARNING",
    "booked.adapters.postgres.migrations": "ERROR",  # each migration applied is a warning to the library
}


def configure_logging(level: str, log_format: str, *, deferred: bool = False) -> None:
    """Write log lines of this level and up as `console`, `json` or, with `auto`, as suits standard error.

    Deferred lines are written together every few milliseconds: cheap for a server with a line for each request.
    """
    # Not bound to a stream for good: each line goes to what is standard error then.
    together = structlog.WriteLogger(cast(TextIO, DeferredStream(lambda: sys.stderr)))
    logging.config.dictConfig(logging_config(level, log_format))
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, *_shared(), _renderer(log_format)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: together if deferred else structlog.WriteLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


def logging_config(level: str, log_format: str) -> dict[str, Any]:
    """Return the same settings for the standard library's loggers, in the form of `logging.config.dictConfig`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        # By name, because it may have to travel to a process that granian spawns.
        "formatters": {"booked": {"()": "booked.adapters.observing.logs.formatter", "log_format": log_format}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "booked"}},
        "root": {"level": level.upper(), "handlers": ["stderr"]},
        "loggers": {name: {"level": max(news, level.upper(), key=_severity)} for name, news in _NEWS.items()},
    }


def _severity(level: str) -> int:
    return logging.getLevelNamesMapping()[level]


def formatter(log_format: str) -> logging.Formatter:
    """Make the formatter by which a record of the standard library becomes a line like ours."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name, *_shared()],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(log_format)],
    )


def _shared() -> list[Processor]:
    return [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        conceal,
    ]


def _renderer(log_format: str) -> Processor:
    if log_format == "json" or (log_format == "auto" and not sys.stderr.isatty()):
        return structlog.processors.JSONRenderer(serializer=_json)
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())


def _json(event: MutableMapping[str, Any], **_: Any) -> str:
    return msgspec.json.encode(event, enc_hook=repr).decode()


def conceal(_: WrappedLogger, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take every secret out of a log line."""
    for name in _secret_among(tuple(event)):
        event[name] = CONCEALED
    for name, value in event.items():
        if isinstance(value, str) and (
            _SIGNS[0] in value or _SIGNS[1] in value or _SIGNS[2] in value or _SIGNS[3] in value
        ):
            event[name] = _without_secrets(value)
    return event


@lru_cache(maxsize=1_000)
def _secret_among(names: tuple[str, ...]) -> list[str]:
    """Return which of these fields are secret. Lines with the same fields come again and again."""
    return [name for name in names if _SECRET_NAMES.search(name)]


def _without_secrets(text: str) -> str:
    for pattern in (_CREDENTIALS, _BEARER, _TOKEN, _API_KEY):
        text = pattern.sub(CONCEALED, text)
    return text
