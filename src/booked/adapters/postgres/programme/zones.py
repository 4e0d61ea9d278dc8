"""Time zones unknown to the database server."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from booked.adapters.postgres.connecting import connect
from booked.domain.errors import BookedError

NOW_THERE = "SELECT now() AT TIME ZONE $1::text"


class ZoneNotKnown(Exception):
    """The server does not know the time zone for events without their own."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"Postgres does not know the time zone {name}: its release of the zones is another one than Python's. "
            "Set BOOKED_TIMEZONE to another name for it, or update Postgres, and start again."
        )


async def require_zone(database_url: str, name: str) -> None:
    """Raise `ZoneNotKnown` unless the server knows a time zone. Leaves nothing on a pooler's connections."""
    connection = await connect(database_url, statement_cache_size=0)
    try:
        async with connection.transaction():
            await connection.fetchval(NOW_THERE, name)
    except asyncpg.InvalidParameterValueError as cause:
        raise ZoneNotKnown(name) from cause
    finally:
        await connection.close()


@contextmanager
def refusing_unknown_zones(refusal: type[BookedError]) -> Iterator[None]:
    """Raise the refusal if the server does not know a time zone known to Python: their releases may differ."""
    try:
        yield
    except asyncpg.InvalidParameterValueError as cause:
        raise refusal(
            "The database does not know this time zone yet. Send another one, such as Europe/Berlin."
        ) from cause
