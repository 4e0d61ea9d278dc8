"""The demo's programme as it is written: whole, and such that every evening can be put on."""

from datetime import UTC, datetime

import pytest

from booked.demo.evenings import Evening
from booked.demo.programme import programme
from booked.domain.model.ids import EventId, OrganizationId, VenueId
from booked.domain.model.programme.events import EventStatus, accept

TODAY = datetime(2027, 6, 1, 11, 7, tzinfo=UTC)
PROGRAMME = programme(TODAY)


@pytest.mark.parametrize("evening", PROGRAMME.evenings, ids=lambda evening: evening.title)
def test_every_evening_can_be_put_on_and_is_still_to_come_unless_it_is_over(evening: Evening) -> None:
    venue = evening.hall.venue(None)

    accept(evening.specification(OrganizationId(""), VenueId(""), None), EventId(""), venue)

    assert (evening.starts_at > TODAY) is not evening.is_over
    assert sum(part.places for part in evening.hall.parts) <= evening.hall.capacity


def test_there_is_an_evening_in_every_state_of_a_sale() -> None:
    evenings = PROGRAMME.evenings

    assert {evening.outcome for evening in evenings} == {EventStatus.CANCELLED, EventStatus.COMPLETED, None}
    assert [evening for evening in evenings if evening.sales_start and TODAY < evening.sales_start < evening.starts_at]
    assert [evening for evening in evenings if evening.early_until and evening.early_until > TODAY]
    assert [evening for evening in evenings if evening.draft]
    assert PROGRAMME.seated.outcome is None
    assert PROGRAMME.seated.sold > 0


def test_no_two_of_the_audience_share_an_address() -> None:
    audience = PROGRAMME.audience

    assert len({person.email for person in audience}) == len(audience)


def test_something_is_on_in_every_hall_of_every_company_and_category() -> None:
    evenings = PROGRAMME.evenings

    assert {evening.hall for evening in evenings} == set(PROGRAMME.halls)
    assert {evening.company for evening in evenings} == set(PROGRAMME.companies)
    assert {evening.category for evening in evenings} == set(PROGRAMME.categories)
