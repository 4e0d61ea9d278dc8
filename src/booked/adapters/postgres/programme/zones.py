"""Time zones that the database server does not know."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from booked.domain.errors import BookedError


@contextmanager
def refusing_unknown_zones(refusal: type[BookedError]) -> Iterator[None]:
    """Raise the refusal if the server does not know a time zone that Python does: their releases may differ."""
    try:
        yield
    except asyncpg.InvalidParameterValueError as cause:
        raise refusal(
            "The database does not know this time zone yet. Send another one, such as Europe/Berlin."
        ) from cause
