"""How log lines look, ours and those of the libraries alike: JSON into a pipe, colour on a terminal.

They go to standard error; standard output is for results. No line carries a secret: neither the value of a field called
like one, nor a token or the credentials of a URL inside a text.
"""

import logging.config
import re
import sys
from collections.abc import MutableMapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec
import structlog
from structlog.types import Processor, WrappedLogger

from booked.adapters.observing.deferred import UNWRITABLE, DeferredLines
from booked.request_id import request_id

CONCEALED = "[concealed]"

_SECRET_NAMES = re.compile(r"password|secret|token|api.?key|authorization|cookie|database_url|redis_url", re.IGNORECASE)
_CREDENTIALS = re.compile(r"(?<=://)[^/?#@\s]*(?=@)")
_BEARER = re.compile(r"(?<=[Bb]earer )[^\s\"',]+")
_TOKEN = re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*")
_API_KEY = re.compile(r"\bbk_[\w-]{43}")
_SIGNS = ("://", "earer ", "eyJ", "bk_")  # without one of these in it, no pattern finds anything in a text

# What is neither text nor number nor the like, such as an error, is written as `repr` shows it.
_encoder = msgspec.json.Encoder(enc_hook=lambda value: _without_secrets(repr(value)))
_encode, _encode_lines = _encoder.encode, _encoder.encode_lines

Event = MutableMapping[str, Any]

# From this level on, what these say is news to operators.
_NEWS = {
    "asyncio": "WARNING",
    "litestar": "WARNING",
    "redis": "WARNING",
    "booked.adapters.postgres.migrations": "ERROR",  # each migration applied is a warning to the library
}


def configure_logging(level: str, log_format: str, *, deferred: bool = False) -> None:
    """Write log lines of this level and up as `console`, `json` or, with `auto`, as suits standard error.

    A line that cannot be written is dropped: logging raises nothing.
    Deferred lines are written together every few milliseconds: cheap for a server with a line for each request.
    """
    renderers = _renderers(log_format)
    # Not bound to a stream for good: each line goes to what is standard error then.
    together = DeferredLines[Event](lambda: sys.stderr, lambda lines: _text_of(lines, renderers))
    logging.config.dictConfig(logging_config(level, log_format))
    structlog.configure(
        processors=[describe, lambda _, __, line: _line_of(line, renderers)],
        wrapper_class=_noting_logger(level) if deferred else structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: together if deferred else _LineLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


class _LineLogger(structlog.WriteLogger):
    """Writes each line at once, or drops it."""

    def msg(self, message: str) -> None:
        with suppress(*UNWRITABLE):
            super().msg(message)

    # The names of levels, as the library has them.
    log = debug = info = warn = warning = error = critical = fatal = failure = err = exception = msg


def _noting_logger(level: str) -> type[structlog.typing.FilteringBoundLogger]:
    """Return the class of loggers that only note a line. It becomes a text later, together with others.

    So fields must be values, and nothing that may change within the moment.
    """
    kind: Any = structlog.make_filtering_bound_logger(level)

    class NotingLogger(kind):  # type: ignore[misc]
        def _proxy_to_logger(self, method_name: str, event: str | None = None, **fields: Any) -> None:
            fields["event"] = event
            line = {**self._context, **fields} if self._context else fields
            self._logger.write(describe(self._logger, method_name, line))

        if _severity(level.upper()) <= logging.INFO:

            def info(self, event: str, **fields: Any) -> None:
                """Note a line, such as that of each request, without the library's steps to tell levels apart."""
                self._proxy_to_logger("info", event, **fields)

    return NotingLogger


def _text_of(lines: Sequence[Event], renderers: Sequence[Processor]) -> str:
    if renderers == [_as_json]:
        with suppress(Exception):  # which line is to blame is found out one by one
            if not any(_secret_among(names) for names in set(map(tuple, lines))):
                text = _encode_lines(lines).decode()
                if not _may_have_secrets(text):
                    return text
    return "".join([f"{_line_of(line, renderers)}\n" for line in lines])


def _line_of(line: Event, renderers: Sequence[Processor]) -> str:
    try:
        return _rendered(line, renderers)
    except Exception as error:  # the lines that are written with it are not to be lost
        return _rendered(describe(None, "error", {"event": "a log line was no text", "error": repr(error)}), renderers)


def _rendered(line: Event, renderers: Sequence[Processor]) -> str:
    text: Any = line
    for render in renderers:
        text = render(None, line["level"], text)
    return str(text)


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
        foreign_pre_chain=[structlog.stdlib.add_logger_name, describe],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers(log_format)],
    )


def describe(logger: WrappedLogger, level: str, event: Event) -> Event:
    """Add the level, the time, the id of the request being answered and the traceback of an error to a log line.

    The time is a text once the line is rendered.
    """
    event["level"] = level
    now = datetime.now(UTC)
    # Of a whole second the encoder writes no fraction, and readers of logs want them all alike.
    event["timestamp"] = now if now.microsecond else now.replace(microsecond=1)
    if (answered := request_id.get()) is not None:
        event["request_id"] = answered
    return structlog.processors.format_exc_info(logger, level, event) if "exc_info" in event else event


def _dated(_: WrappedLogger, __: str, event: Event) -> Event:
    event["timestamp"] = f"{event['timestamp']:%Y-%m-%dT%H:%M:%S.%fZ}"
    return event


def _renderers(log_format: str) -> list[Processor]:
    if log_format == "json" or (log_format == "auto" and not sys.stderr.isatty()):
        return [_as_json]
    return [_dated, conceal, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]


def _as_json(logger: WrappedLogger, level: str, event: Event) -> str:
    line = _encode(event).decode()
    # Few lines have to do with secrets, and the whole line is searched faster than its fields.
    if _may_have_secrets(line) or _secret_among(tuple(event)):
        line = _encode(conceal(logger, level, event)).decode()
    return line


def conceal(_: WrappedLogger, __: str, event: Event) -> Event:
    """Take every secret out of a log line."""
    for name in _secret_among(tuple(event)):
        event[name] = CONCEALED
    for name, value in event.items():
        if isinstance(value, str) and _may_have_secrets(value):
            event[name] = _without_secrets(value)
    return event


@lru_cache(maxsize=1_000)
def _secret_among(names: tuple[str, ...]) -> list[str]:
    """Return which of these fields are secret. Lines with the same fields come again and again."""
    return [name for name in names if _SECRET_NAMES.search(name)]


def _may_have_secrets(text: str) -> bool:
    return _SIGNS[0] in text or _SIGNS[1] in text or _SIGNS[2] in text or _SIGNS[3] in text


def _without_secrets(text: str) -> str:
    for pattern in (_CREDENTIALS, _BEARER, _TOKEN, _API_KEY):
        text = pattern.sub(CONCEALED, text)
    return text
