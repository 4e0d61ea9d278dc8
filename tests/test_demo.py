"""The demo's programme as it is written: whole, and such that every evening can be put on."""

from datetime import UTC, datetime

import pytest

from booked.demo.evenings import Evening
from booked.demo.programme import programme
from booked.domain.model.ids import EventId, OrganizationId, VenueId
from booked.domain.model.programme.events import accept

TODAY = datetime(2027, 6, 1, 11, 7, tzinfo=UTC)
PROGRAMME = programme(TODAY)


@pytest.mark.parametrize("evening", PROGRAMME.evenings, ids=lambda evening: evening.title)
def test_every_evening_can_be_put_on_and_is_still_to_come(evening: Evening) -> None:
    venue = evening.hall.venue(None)

    accept(evening.specification(OrganizationId(""), VenueId(""), None), EventId(""), venue)

    assert evening.starts_at > TODAY
    assert sum(part.places for part in evening.hall.parts) <= evening.hall.capacity


def test_something_is_on_in_every_hall_of_every_company_and_category() -> None:
    evenings = PROGRAMME.evenings

    assert {evening.hall for evening in evenings} == set(PROGRAMME.halls)
    assert {evening.company for evening in evenings} == set(PROGRAMME.companies)
    assert {evening.category for evening in evenings} == set(PROGRAMME.categories)
