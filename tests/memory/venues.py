"""Venues with their layouts."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from itertools import islice

from booked.domain.errors import StillInUse
from booked.domain.model.ids import OrganizationId, VenueId
from booked.domain.model.programme.venues import Venue
from tests.memory.tables import Session


@dataclass(frozen=True, slots=True)
class MemoryVenues:
    _session: Session

    async def add(self, venue: Venue) -> None:
        async with self._session.change() as tables:
            tables.venues[venue.id] = venue

    async def get(self, venue_id: VenueId) -> Venue | None:
        return self._session.tables.venues.get(venue_id)

    async def save(self, venue: Venue) -> bool:
        async with self._session.change() as tables:
            latest = tables.venues.get(venue.id)
            if latest is None or latest.version != venue.version:
                return False
            tables.venues[venue.id] = replace(venue, version=venue.version + 1)
            return True

    async def remove(self, venue_id: VenueId, version: int) -> bool:
        async with self._session.change() as tables:
            latest = tables.venues.get(venue_id)
            if latest is None or latest.version != version:
                return False
            if any(row.event.venue_id == venue_id for row in tables.events.values()):
                raise StillInUse
            del tables.venues[venue_id]
            return True

    async def page(
        self,
        words: str,
        after: VenueId | None,
        limit: int,
        owners: Collection[OrganizationId] | None = None,
    ) -> list[Venue]:
        shown = (
            venue
            for id_, venue in sorted(self._session.tables.venues.items())
            if id_ > (after or "") and _is_at(venue, words) and (owners is None or venue.organization_id in owners)
        )
        return list(islice(shown, limit))


def _is_at(venue: Venue, words: str) -> bool:
    return any(words.lower() in text.lower() for text in (venue.name, venue.city, venue.country))
