"""What events can be filed under."""

from dataclasses import dataclass

import pytest

from booked.domain.model.ids import OrganizationId
from booked.domain.model.programme.categories import Category
from booked.domain.model.programme.seating import RowStyle, SeatBlock
from booked.domain.model.programme.venues import Venue
from booked.ports.database import Database
from tests.builders import a_category, a_venue, an_organization

LAYOUT = (
    SeatBlock("Stalls", rows=20, seats_per_row=30),
    SeatBlock("Balcony, left", rows=3, seats_per_row=8, first_row=27, first_seat=101, row_style=RowStyle.LETTERS),
)


@dataclass(frozen=True)
class Programme:
    """Two organizations, venues and categories that events can be filed under."""

    playhouse: OrganizationId
    arena: OrganizationId
    town_hall: Venue
    stadium: Venue
    music: Category
    theatre: Category


@pytest.fixture
async def programme(database: Database) -> Programme:
    playhouse, arena = an_organization("Playhouse"), an_organization("Arena")
    for organization in (playhouse, arena):
        await database.organizations.add(organization)
    town_hall = a_venue(name="Town Hall", city="Vienna", country="Austria", layout=LAYOUT)
    stadium = a_venue(name="Estadio Único", city="La Plata", country="Argentina", organization_id=arena.id)
    for venue in (town_hall, stadium):
        await database.venues.add(venue)
    music, theatre = a_category("Music"), a_category("Theatre")
    for category in (music, theatre):
        await database.categories.add(category)
    return Programme(playhouse.id, arena.id, town_hall, stadium, music, theatre)
