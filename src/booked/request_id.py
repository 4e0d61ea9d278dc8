"""The id of the request being answered, for log lines and error bodies."""

from contextvars import ContextVar

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
