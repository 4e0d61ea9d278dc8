"""Venues with their layouts."""

import json
from collections.abc import Collection
from dataclasses import asdict
from typing import Any

import asyncpg

from booked.adapters.postgres.programme.zones import refusing_unknown_zones
from booked.adapters.postgres.statements import Statements
from booked.domain.errors import InvalidVenue, StillInUse
from booked.domain.model.ids import OrganizationId, VenueId
from booked.domain.model.programme.seating import RowStyle, SeatBlock
from booked.domain.model.programme.venues import Coordinates, Venue

ADD = """
    INSERT INTO venues
        (id, organization_id, name, address, city, country, latitude, longitude, capacity, layout, version,
         timezone)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""

GET = "SELECT * FROM venues WHERE id = $1"

SAVE = """
    UPDATE venues
    SET organization_id = $2, name = $3, address = $4, city = $5, country = $6, latitude = $7, longitude = $8,
        capacity = $9, layout = $10, timezone = $12, version = version + 1
    WHERE id = $1 AND version = $11
    RETURNING version
"""

REMOVE = "DELETE FROM venues WHERE id = $1 AND version = $2 RETURNING id"

PAGE = """
    SELECT *
    FROM venues
    WHERE id > $1
      AND (strpos(lower(name), lower($2)) > 0 OR strpos(lower(city), lower($2)) > 0
           OR strpos(lower(country), lower($2)) > 0)
      AND ($4::uuid[] IS NULL OR organization_id = ANY ($4))
    ORDER BY id
    LIMIT $3
"""

NO_VENUE = "00000000-0000-0000-0000-000000000000"


class PostgresVenues:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def add(self, venue: Venue) -> None:
        with refusing_unknown_zones(InvalidVenue):
            await self._statements.write(ADD, *_columns(venue))

    async def get(self, venue_id: VenueId) -> Venue | None:
        rows = await self._statements.read(GET, venue_id)
        return _venue(rows[0]) if rows else None

    async def save(self, venue: Venue) -> bool:
        with refusing_unknown_zones(InvalidVenue):
            return bool(await self._statements.write(SAVE, *_columns(venue)))

    async def remove(self, venue_id: VenueId, version: int) -> bool:
        try:
            return bool(await self._statements.write(REMOVE, venue_id, version))
        except asyncpg.ForeignKeyViolationError as cause:
            raise StillInUse("Events take place here. Delete them first, or keep the venue.") from cause

    async def page(
        self,
        words: str,
        after: VenueId | None,
        limit: int,
        owners: Collection[OrganizationId] | None = None,
    ) -> list[Venue]:
        of_these = None if owners is None else list(owners)
        rows = await self._statements.read(PAGE, after or NO_VENUE, words, limit, of_these)
        return [_venue(row) for row in rows]


def coordinates_of(latitude: float | None, longitude: float | None) -> Coordinates | None:
    """Return coordinates from two columns, both set or both not."""
    return None if latitude is None or longitude is None else Coordinates(latitude, longitude)


def _columns(venue: Venue) -> tuple[Any, ...]:
    return (
        venue.id,
        venue.organization_id,
        venue.name,
        venue.address,
        venue.city,
        venue.country,
        venue.coordinates.latitude if venue.coordinates else None,
        venue.coordinates.longitude if venue.coordinates else None,
        venue.capacity,
        json.dumps([asdict(block) for block in venue.layout], ensure_ascii=False),
        venue.version,
        venue.timezone,
    )


def _venue(row: asyncpg.Record) -> Venue:
    return Venue(
        id=VenueId(str(row["id"])),
        organization_id=OrganizationId(str(row["organization_id"])) if row["organization_id"] else None,
        name=row["name"],
        address=row["address"],
        city=row["city"],
        country=row["country"],
        coordinates=coordinates_of(row["latitude"], row["longitude"]),
        capacity=row["capacity"],
        layout=tuple(_seats(block) for block in json.loads(row["layout"])),
        version=row["version"],
        timezone=row["timezone"],
    )


def _seats(block: dict[str, Any]) -> SeatBlock:
    return SeatBlock(**{**block, "row_style": RowStyle(block["row_style"])})
