"""The promises about venues and categories."""

import asyncio
from dataclasses import replace

import pytest

from booked.domain.errors import NameTaken, StillInUse
from booked.domain.model.ids import CategoryId, OrganizationId
from booked.domain.model.programme.venues import Coordinates, Venue
from booked.ports.database import Database
from tests.builders import a_category, a_user_id, a_venue, an_event, an_organization
from tests.contracts.programme.conftest import LAYOUT, Programme

# Venues


@pytest.mark.parametrize(
    "venue",
    [a_venue(), a_venue(coordinates=Coordinates(-34.91, -57.99)), a_venue(layout=LAYOUT), a_venue(capacity=10_000_000)],
)
async def test_a_venue_is_found_as_it_was_added(database: Database, venue: Venue) -> None:
    await database.venues.add(venue)

    assert await database.venues.get(venue.id) == venue


async def test_an_unknown_venue_is_not_found_nor_kept(database: Database) -> None:
    venue = a_venue()

    assert await database.venues.get(venue.id) is None
    assert not await database.venues.save(venue)
    assert await database.venues.get(venue.id) is None


async def test_a_changed_venue_is_kept_as_the_next_version(database: Database, programme: Programme) -> None:
    changed = replace(
        programme.town_hall,
        organization_id=programme.playhouse,
        name="City Hall",
        address="Side Street 2",
        city="Graz",
        country="AT",
        coordinates=Coordinates(47.07, 15.44),
        capacity=700,
        layout=LAYOUT[:1],
    )

    assert await database.venues.save(changed)

    assert await database.venues.get(changed.id) == replace(changed, version=2)


async def test_a_venue_that_is_based_on_an_old_version_is_not_kept(database: Database, programme: Programme) -> None:
    first = replace(programme.town_hall, name="City Hall")
    await database.venues.save(first)

    assert not await database.venues.save(replace(programme.town_hall, name="Guild Hall"))

    assert await database.venues.get(first.id) == replace(first, version=2)


async def test_of_many_changes_of_a_venue_at_once_one_is_kept(database: Database, programme: Programme) -> None:
    changes = [replace(programme.town_hall, name=f"Hall {number}") for number in range(8)]

    kept = await asyncio.gather(*(database.venues.save(change) for change in changes))

    latest = await database.venues.get(programme.town_hall.id)
    assert sorted(kept) == [False] * 7 + [True]
    assert latest == replace(changes[kept.index(True)], version=2)


@pytest.mark.parametrize(
    ("words", "cities"),
    [
        ("", ["Vienna", "La Plata"]),
        ("hall", ["Vienna"]),
        ("ÚNICO", ["La Plata"]),
        ("vien", ["Vienna"]),
        ("argentina", ["La Plata"]),
        ("a", ["Vienna", "La Plata"]),
        ("unico", []),
        ("%", []),
        ("_", []),
        ("hall vienna", []),
    ],
)
async def test_venues_are_found_by_name_city_or_country(
    database: Database, programme: Programme, words: str, cities: list[str]
) -> None:
    assert [venue.city for venue in await database.venues.page(words, None, 10)] == cities


async def test_venues_are_paged_in_the_order_of_their_ids(database: Database) -> None:
    venues = [a_venue(name=f"Hall {number}") for number in range(5)]
    for venue in reversed(venues):
        await database.venues.add(venue)

    pages = [await database.venues.page("hall", after, 2) for after in (None, venues[1].id, venues[3].id, venues[4].id)]

    assert pages == [venues[:2], venues[2:4], venues[4:], []]


async def test_venues_are_told_by_their_owners(database: Database, programme: Programme) -> None:
    new = [an_organization("Mill"), an_organization("Barn")]
    for each in new:
        await database.organizations.add(each)
    mill, barn = (each.id for each in new)
    for number, owner in enumerate((mill, barn, mill)):
        await database.venues.add(a_venue(name=f"Hall {number}", organization_id=owner))

    async def named(*owners: OrganizationId) -> list[str]:
        return [venue.name for venue in await database.venues.page("hall 2", None, 10, owners)]

    assert [venue.name for venue in await database.venues.page("", None, 10, [mill])] == ["Hall 0", "Hall 2"]
    assert (await named(mill, barn), await named(barn), await named()) == (["Hall 2"], [], [])


# Categories


async def test_categories_are_listed_by_name(database: Database) -> None:
    theatre, music, comedy = (a_category(name) for name in ("Theatre", "music", "Comedy"))
    for category in (theatre, music, comedy):
        await database.categories.add(category)

    assert list(await database.categories.all()) == [comedy, music, theatre]
    assert await database.categories.get(music.id) == music
    assert await database.categories.get(CategoryId(a_user_id())) is None


@pytest.mark.parametrize("twin", ["Music", "MUSIC", "\N{FULLWIDTH LATIN CAPITAL LETTER M}usic"])
async def test_a_category_has_a_name_of_its_own(database: Database, twin: str) -> None:
    music = a_category("Music")
    await database.categories.add(music)

    with pytest.raises(NameTaken):
        await database.categories.add(a_category(twin))

    assert list(await database.categories.all()) == [music]


async def test_of_many_categories_of_a_name_at_once_one_is_added(database: Database) -> None:
    twins = [a_category() for _ in range(8)]

    results = await asyncio.gather(*(database.categories.add(twin) for twin in twins), return_exceptions=True)

    assert sum(isinstance(result, NameTaken) for result in results) == 7
    assert results.count(None) == 1
    assert list(await database.categories.all()) == [twins[results.index(None)]]


# Removing


async def test_a_removed_venue_is_gone(database: Database, programme: Programme) -> None:
    assert not await database.venues.remove(programme.town_hall.id, version=2)
    assert await database.venues.remove(programme.town_hall.id, version=1)
    assert not await database.venues.remove(programme.town_hall.id, version=1)

    assert await database.venues.get(programme.town_hall.id) is None
    assert await database.venues.page("", None, 10) == [programme.stadium]


async def test_a_venue_of_an_event_stays(database: Database, programme: Programme) -> None:
    await database.events.add(an_event(venue_id=programme.town_hall.id))

    with pytest.raises(StillInUse):
        await database.venues.remove(programme.town_hall.id, version=1)

    assert await database.venues.get(programme.town_hall.id) == programme.town_hall


async def test_a_venue_is_either_removed_or_has_the_event_that_comes_at_that_moment(database: Database) -> None:
    for _ in range(5):
        venue = a_venue()
        await database.venues.add(venue)
        event = an_event(venue_id=venue.id)

        outcomes = await asyncio.gather(
            database.events.add(event), database.venues.remove(venue.id, 1), return_exceptions=True
        )

        gone = await database.venues.get(venue.id) is None
        assert gone == (outcomes[1] is True)
        assert gone == (await database.events.found(event.id) is None)


async def test_a_category_gets_another_name_unless_that_is_taken(database: Database, programme: Programme) -> None:
    for name in ("Jazz", "JAZZ"):
        assert await database.categories.save(replace(programme.music, name=name))
    with pytest.raises(NameTaken):
        await database.categories.save(replace(programme.music, name="theatre"))
    assert not await database.categories.save(a_category("Dance"))

    assert [category.name for category in await database.categories.all()] == ["JAZZ", "Theatre"]


async def test_a_removed_category_is_gone_and_its_name_is_free(database: Database, programme: Programme) -> None:
    assert await database.categories.remove(programme.music.id)
    assert not await database.categories.remove(programme.music.id)

    await database.categories.add(a_category("Music"))

    assert await database.categories.get(programme.music.id) is None


async def test_a_category_of_an_event_stays(database: Database, programme: Programme) -> None:
    await database.events.add(an_event(category_id=programme.music.id))

    with pytest.raises(StillInUse):
        await database.categories.remove(programme.music.id)

    assert await database.categories.get(programme.music.id) == programme.music
