"""An end for requests of a sale.

Stores that are slow one after the other would keep a buyer waiting for long. And what waited in a process that stood
still is not begun any more: its sender has given up, and another process may have told them something else since.
"""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from litestar import Request

from booked.deadline import Deadline
from booked.domain.errors import Busy, TransactionFailed
from booked.pulse import Pulse

LONGEST = 9.0  # seconds; the answer has to arrive within ten

Handler = Callable[..., Awaitable[Any]]


def in_time(handler: Handler) -> Handler:
    """Have a handler give up after `LONGEST`. It raises `TransactionFailed` then: what it did may count or not.

    It raises `Busy` and does nothing where the process stood still just now.
    """

    @wraps(handler)
    async def ending(request: Request[Any, Any, Any], **named: Any) -> Any:
        pulse: Pulse = request.app.state["pulse"]
        if pulse.stood_still:
            raise Busy
        try:
            with Deadline(LONGEST):
                return await handler(request=request, **named)
        except TimeoutError as late:
            raise TransactionFailed from late

    return ending
