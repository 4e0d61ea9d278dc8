"""What events refer to: venues with their seats, and categories.

`actor` is an organizer or an admin, as the database has just confirmed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from booked.domain.errors import NoSuchCategory, NoSuchVenue, PreconditionFailed
from booked.domain.model.ids import CategoryId, VenueId
from booked.domain.model.people.users import Role, User
from booked.domain.model.programme.categories import Category, require_category_name
from booked.domain.model.programme.seating import require_layout
from booked.domain.model.programme.venues import Venue, require_venue
from booked.domain.model.sale.idempotency import IdempotencyKey
from booked.domain.services.people.rights import organizations_of, require_may_add, require_rights
from booked.domain.services.sale.idempotency import make_once
from booked.ports.database import Database
from booked.ports.system import Ids


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueService:
    database: Database
    ids: Ids

    async def categories(self) -> Sequence[Category]:
        return await self.database.categories.all()

    async def category(self, category_id: CategoryId) -> Category:
        """Return a category. Raises `NoSuchCategory`."""
        category = await self.database.categories.get(category_id)
        if category is None:
            raise NoSuchCategory
        return category

    async def add_category(self, name: str, idempotency_key: IdempotencyKey | None = None) -> Category:
        """Add a category. Raises `InvalidEvent` or `NameTaken`."""
        new = Category(CategoryId(str(self.ids.unique())), require_category_name(name))
        made = await make_once(self.database, idempotency_key, new.id, lambda unit: unit.categories.add(new))
        return await self.category(made)

    async def rename_category(self, category_id: CategoryId, name: str) -> Category:
        """Give a category another name. Raises `NoSuchCategory`, `InvalidEvent` or `NameTaken`."""
        renamed = Category(category_id, require_category_name(name))
        if not await self.database.categories.save(renamed):
            raise NoSuchCategory
        return renamed

    async def remove_category(self, category_id: CategoryId) -> None:
        """Remove a category. Raises `NoSuchCategory`, or `StillInUse` if an event is filed under it."""
        if not await self.database.categories.remove(category_id):
            raise NoSuchCategory

    async def page(self, words: str, after: VenueId | None, limit: int) -> list[Venue]:
        return await self.database.venues.page(words, after, limit)

    async def own(self, actor: User, after: VenueId | None, limit: int) -> list[Venue]:
        """Return venues of the actor's organizations; all of them to an admin."""
        owners = None if actor.role is Role.ADMIN else await organizations_of(self.database.organizations, actor)
        return await self.database.venues.page("", after, limit, owners)

    async def managed(self, actor: User, venue_id: VenueId) -> Venue:
        """Return a venue the actor may change. Raises `NoSuchVenue` or `NotYourOrganization`."""
        present = await self.venue(venue_id)
        await require_rights(self.database.organizations, actor, present.organization_id)
        return present

    async def venue(self, venue_id: VenueId) -> Venue:
        """Return a venue. Raises `NoSuchVenue`."""
        venue = await self.database.venues.get(venue_id)
        if venue is None:
            raise NoSuchVenue
        return venue

    async def add(self, actor: User, venue: Venue, idempotency_key: IdempotencyKey | None = None) -> Venue:
        """Add a venue under an id of its own. Raises `InvalidVenue`, `NoSuchOrganization` or `NotYourOrganization`."""
        await require_may_add(self.database.organizations, actor, venue.organization_id)
        new = replace(_checked(venue), id=VenueId(str(self.ids.unique())), version=1)
        made = await make_once(self.database, idempotency_key, new.id, lambda unit: unit.venues.add(new))
        return await self.venue(made)

    async def change(
        self, actor: User, venue_id: VenueId, version: int | None, changed: Callable[[Venue], Venue]
    ) -> Venue:
        """Change a venue if it still has this version; None is for any.

        `changed` makes the new venue of the present one. Events made before keep their seats. Raises
        `InvalidVenue`, `NotYourOrganization` or `PreconditionFailed`.
        """
        present = await self._changeable(actor, venue_id, version)
        if not await self.database.venues.save(_checked(changed(present))):
            raise PreconditionFailed
        return await self.venue(venue_id)

    async def remove(self, actor: User, venue_id: VenueId, version: int | None) -> None:
        """Remove a venue if it still has this version; None is for any.

        Raises `NoSuchVenue`, `NotYourOrganization`, `PreconditionFailed`, or `StillInUse` if an event refers to it.
        """
        present = await self._changeable(actor, venue_id, version)
        if not await self.database.venues.remove(venue_id, present.version):
            raise PreconditionFailed

    async def _changeable(self, actor: User, venue_id: VenueId, version: int | None) -> Venue:
        present = await self.managed(actor, venue_id)
        if version not in {None, present.version}:
            raise PreconditionFailed
        return present


def _checked(venue: Venue) -> Venue:
    return require_venue(replace(venue, layout=require_layout(venue.layout)))
