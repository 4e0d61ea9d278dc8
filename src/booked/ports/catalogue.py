"""What events refer to: venues and categories, as the database keeps them."""

from collections.abc import Sequence
from typing import Protocol

from booked.domain.model.catalogue import Category, Venue
from booked.domain.model.ids import CategoryId, VenueId


class Venues(Protocol):
    async def add(self, venue: Venue) -> None: ...

    async def get(self, venue_id: VenueId) -> Venue | None: ...

    async def save(self, venue: Venue) -> bool:
        """Keep a changed venue as the version after the one that it carries; False if that is not the latest."""
        ...

    async def page(self, words: str, after: VenueId | None, limit: int) -> list[Venue]:
        """Venues by id, from behind one of them on; only those with these words in their name, city or country.

        Whatever the case, and as they stand: `words` are one piece of text, and the empty one is in all.
        """
        ...


class Categories(Protocol):
    async def add(self, category: Category) -> None:
        """Raises `NameTaken` if another has the name, whatever the case, also against a simultaneous twin."""
        ...

    async def get(self, category_id: CategoryId) -> Category | None: ...

    async def all(self) -> Sequence[Category]:
        """By name. There are few."""
        ...
