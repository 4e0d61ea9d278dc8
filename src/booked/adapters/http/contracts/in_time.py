"""An end for requests of a sale: stores that are slow one after the other would keep a buyer waiting for long."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from booked.deadline import Deadline
from booked.domain.errors import TransactionFailed

LONGEST = 9.0  # seconds; the answer has to arrive within ten

Handler = Callable[..., Awaitable[Any]]


def in_time(handler: Handler) -> Handler:
    """Have a handler give up after `LONGEST`. It raises `TransactionFailed` then: what it did may count or not."""

    @wraps(handler)
    async def ending(*arguments: Any, **named: Any) -> Any:
        try:
            with Deadline(LONGEST):
                return await handler(*arguments, **named)
        except TimeoutError as late:
            raise TransactionFailed from late

    return ending
