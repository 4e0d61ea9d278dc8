"""Made-up data: the same for the same random seed, and such that every purchase can be made."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booked.demo.fabrication import Amounts, Fabrication, Impossible
from booked.demo.halls import KINDS
from booked.domain.model.ids import EventId, OrganizationId, VenueId
from booked.domain.model.programme.events import accept
from booked.domain.model.programme.seating import require_layout

TODAY = datetime(2027, 6, 1, 11, 7, tzinfo=UTC)
USUAL = Amounts(users=20, organizations=5, venues=6, categories=6, events=12, bookings=80)


def fabrication(
    random_seed: int = 7,
    amounts: Amounts = USUAL,
    today: datetime = TODAY,
    tickets_per_user: int | None = None,
    held_per_user: int | None = None,
) -> Fabrication:
    return Fabrication(random_seed, amounts, today, tickets_per_user, held_per_user)


def all_of(made_up: Fabrication) -> list[Sequence[object]]:
    return [
        made_up.categories,
        made_up.companies,
        made_up.halls,
        made_up.evenings,
        list(made_up.users()),
        list(made_up.purchases()),
    ]


def test_the_same_random_seed_makes_up_the_same_things() -> None:
    assert all_of(fabrication()) == all_of(fabrication())


def test_another_random_seed_makes_up_other_things() -> None:
    for one, other in zip(all_of(fabrication(7)), all_of(fabrication(8)), strict=True):
        assert one != other


def test_on_another_day_everything_is_so_much_later() -> None:
    later = timedelta(days=3, hours=5)

    starts = [
        [evening.starts_at for evening in made_up.evenings]
        for made_up in (fabrication(), fabrication(today=TODAY + later))
    ]

    assert [start + timedelta(days=3) for start in starts[0]] == starts[1]


def test_who_buys_does_not_depend_on_how_many_others_there_are() -> None:
    more = Amounts(users=50, organizations=5, venues=6, categories=6, events=12, bookings=80)

    assert list(islice(fabrication(amounts=more).users(), 20)) == list(fabrication().users())


def test_there_is_as_much_of_everything_as_was_asked_for() -> None:
    made_up = fabrication()

    assert [len(things) for things in all_of(made_up)] == [6, 5, 6, 12, 20, 80]
    assert sum(evening.bookings for evening in made_up.evenings) == 80


def test_drafts_are_among_the_events_and_nobody_buys_there() -> None:
    made_up = fabrication()

    drafts = {index for index, one in enumerate(made_up.evenings) if one.draft}

    assert drafts
    assert not drafts & {purchase.evening for purchase in made_up.purchases()}


def test_all_e_mail_addresses_are_different_and_nobodys() -> None:
    made_up = fabrication(amounts=Amounts(2_000, 100, 1, 0, 0, 0))

    addresses = [person.email for person in made_up.users()] + [one.organizer.email for one in made_up.companies]

    assert len(set(addresses)) == 2_100
    assert {address.partition("@")[2] for address in addresses} == {"example.org", "example.net"}  # RFC 2606
    assert all(address.isascii() for address in addresses)


def test_all_kinds_of_halls_are_legal_at_every_usual_size() -> None:
    for kind in KINDS:
        for capacity in (kind.usual[0], sum(kind.usual) // 2, kind.usual[1]):
            parts = kind.build(capacity)
            layout = [block for part in parts for block in part.blocks]
            assert list(require_layout(layout)) == layout
            assert sum(part.places for part in parts) >= capacity


def test_however_many_categories_there_are_all_have_different_names() -> None:
    made_up = fabrication(amounts=Amounts(0, 1, 0, 90, 0, 0))

    assert len({name.casefold() for name in made_up.categories}) == 90


@settings(max_examples=30)
@given(
    random_seed=st.integers(0, 2**40),
    users=st.integers(1, 40),
    venues=st.integers(1, 6),
    events=st.integers(1, 25),
    bookings=st.integers(0, 3_000),
)
def test_everything_fits(random_seed: int, users: int, venues: int, events: int, bookings: int) -> None:
    made_up = fabrication(random_seed, Amounts(users, 2, venues, 3, events, bookings))

    purchases = list(made_up.purchases())

    assert len(purchases) == bookings
    by_type = Counter[tuple[int, int]]()
    by_user = Counter[tuple[int, int]]()
    for purchase in purchases:
        by_type[purchase.evening, purchase.type_number] += purchase.count
        by_user[purchase.evening, purchase.user] += purchase.count
    for index, evening in enumerate(made_up.evenings):
        venue = evening.hall.venue(OrganizationId(""))
        # What becomes of it, with all that is refused.
        _, plan = accept(evening.specification(OrganizationId(""), VenueId(""), None), EventId(""), venue)
        for type_ in plan.types:
            assert by_type[index, type_.number] <= type_.quota
        for user in range(users):
            assert by_user[index, user] <= (evening.ticket_limit or bookings * 6)


@pytest.mark.parametrize("limit", [2, 5, 9])
def test_nobody_buys_more_tickets_than_the_operator_allows(limit: int) -> None:
    made_up = fabrication(amounts=Amounts(20, 2, 6, 3, 12, 250), tickets_per_user=limit)

    bought = Counter[tuple[int, int]]()
    for purchase in made_up.purchases():
        bought[purchase.evening, purchase.user] += purchase.count

    assert sum(bought.values()) >= 250
    assert all(count <= (made_up.evenings[index].ticket_limit or limit) for (index, _), count in bought.items())


def test_nobody_takes_more_tickets_at_once_than_the_operator_lets_them_hold() -> None:
    assert max(purchase.count for purchase in fabrication(held_per_user=3).purchases()) == 3


def test_more_bookings_than_users_may_make_are_refused() -> None:
    with pytest.raises(Impossible, match="A user may have 2 tickets of an event"):
        fabrication(amounts=Amounts(10, 1, 1, 0, 8, 400), tickets_per_user=2)


def test_a_million_bookings_have_room_and_the_first_is_there_at_once() -> None:
    made_up = fabrication(amounts=Amounts(10_000, 5, 6, 6, 12, 1_000_000))

    first = next(made_up.purchases())

    assert first.count >= 1
    assert sum(evening.bookings for evening in made_up.evenings) == 1_000_000
    for evening in made_up.evenings:
        assert evening.hall.capacity >= 6 * evening.bookings


def test_people_stand_in_all_queues_from_the_beginning() -> None:
    made_up = fabrication(amounts=Amounts(100, 5, 6, 6, 9, 100_000))

    assert {purchase.evening for purchase in islice(made_up.purchases(), 9)} == set(range(9))


@pytest.mark.parametrize(
    ("amounts", "complaint"),
    [
        ((0, 0, 1, 0, 0, 0), "Venues, categories and events need an organization."),
        ((0, 0, 0, 1, 0, 0), "Venues, categories and events need an organization."),
        ((0, 1, 0, 0, 1, 0), "Events need a venue."),
        ((0, 1, 1, 0, 1, 1), "Bookings need an event and a user."),
        ((1, 1, 1, 0, 0, 1), "Bookings need an event and a user."),
        ((1, 1, 1, 0, 1, 5_000_000), "No event has room for so many bookings. Make more events."),
    ],
)
def test_what_cannot_be_is_refused(amounts: tuple[int, int, int, int, int, int], complaint: str) -> None:
    with pytest.raises(Impossible, match=complaint):
        fabrication(amounts=Amounts(*amounts))


def test_nothing_at_all_can_be_made_up_too() -> None:
    assert all_of(fabrication(amounts=Amounts(0, 0, 0, 0, 0, 0))) == [[]] * 6
