"""The promises about finding events."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from booked.domain.errors import InvalidCursor
from booked.domain.model.ids import EventId, OrganizationId, VenueId
from booked.domain.model.programme.events import Event, EventStatus
from booked.domain.model.programme.search import EventCursor, EventSearch, EventSort, cursor_behind
from booked.domain.model.programme.seating import Block
from booked.domain.model.programme.ticket_types import EarlyBird, TicketPlan, TicketType, standard_plan
from booked.domain.model.programme.times import SalesWindow
from booked.domain.model.programme.type_rules import TypeRules
from booked.domain.model.programme.venues import Coordinates
from booked.domain.model.programme.words import folded
from booked.ports.database import Database
from tests.builders import OPENING, a_user_id, an_event, an_event_id
from tests.contracts.programme.conftest import Programme

HOUR = timedelta(hours=1)


async def add(database: Database, *events: Event) -> list[EventId]:
    for event in events:
        await database.events.add(event)
    return [event.id for event in events]


async def find(database: Database, search: EventSearch, limit: int = 100) -> list[EventId]:
    return [found.event.id for found in await database.events.find(search, None, limit)]


async def walk(database: Database, search: EventSearch, limit: int) -> list[EventId]:
    """All that a search finds, page by page."""
    seen: list[EventId] = []
    page = await database.events.find(search, None, limit)
    while page:
        seen += [found.event.id for found in page]
        page = await database.events.find(search, cursor_behind(page[-1], search.sort), limit)
    return seen


def starting(*hours: int) -> list[Event]:
    """Events that start so many hours after the season's opening."""
    return [an_event(starts_at=OPENING + after * HOUR) for after in hours]


# An event with what it refers to


async def test_an_event_is_found_with_what_it_refers_to(database: Database, programme: Programme) -> None:
    event = an_event(
        ends_at=OPENING + 2 * HOUR,
        sales=SalesWindow(OPENING - 100 * HOUR, OPENING),
        cancellable_until=OPENING - HOUR,
        organization_id=programme.playhouse,
        venue_id=programme.town_hall.id,
        category_id=programme.music.id,
        artist="The Weavers",
        tour_name="Last Tour",
        currency="JPY",
        ticket_limit=4,
        coordinates=Coordinates(48.2, 16.37),
    )
    await database.events.add(event, standard_plan(20))

    found = await database.events.found(event.id)

    assert found is not None
    assert (found.event, found.organization_name) == (await database.events.get(event.id), "Playhouse")
    assert (found.venue, found.category) == (replace(programme.town_hall, layout=()), programme.music)
    assert found.event == event
    assert await database.events.find(EventSearch(), None, 10) == [found]


async def test_an_event_that_refers_to_nothing_is_found_without(database: Database) -> None:
    event = an_event()
    await database.events.add(event)

    found = await database.events.found(event.id)

    assert found is not None
    assert (found.event.id, found.venue, found.category, found.organization_name) == (event.id, None, None, None)
    assert await database.events.found(an_event_id()) is None


async def test_an_event_is_found_with_what_its_types_cost_now(database: Database) -> None:
    over, still = EarlyBird(100, OPENING - 9999 * 24 * HOUR), EarlyBird(4000, OPENING + 9999 * 24 * HOUR)
    types = (
        TicketType(1, "Standing", "", 2900, over, 5),
        TicketType(2, "Stalls", "", 7900, still, 5),
        TicketType(3, "Balcony", "", 3900, None, 5),
    )
    blocks = tuple(Block(5 * number - 4, 5 * number, number) for number in (1, 2, 3))
    event = an_event(seats=15)
    await database.events.add(event, TicketPlan(types, blocks))

    found = await database.events.found(event.id)

    assert found is not None
    assert (found.lowest_price, found.highest_price) == (2900, 4000)


async def test_types_that_are_not_on_offer_are_not_among_what_an_event_costs(database: Database) -> None:
    ages = timedelta(days=9999)
    rules = [
        TypeRules(),
        TypeRules(hidden=True),
        TypeRules(paused=True),
        TypeRules(sales=SalesWindow(OPENING + ages)),
        TypeRules(sales=SalesWindow(end=OPENING - ages)),
        TypeRules(sales=SalesWindow(OPENING - ages, OPENING + ages)),
    ]
    prices = (3000, 1000, 9000, 2000, 8000, 4000)
    types = tuple(
        TicketType(number, f"Type {number}", "", price, None, 1, rules=own)
        for number, (price, own) in enumerate(zip(prices, rules, strict=True), 1)
    )
    event = an_event(seats=6)
    await database.events.add(event, TicketPlan(types, tuple(Block(number, number, number) for number in range(1, 7))))

    found = await database.events.found(event.id)

    assert found is not None
    assert (found.lowest_price, found.highest_price) == (3000, 4000)


async def test_events_with_nothing_on_offer_are_not_found_among_those_with_tickets(database: Database) -> None:
    paused = TicketType(1, "Standing", "", 1000, None, 5, rules=TypeRules(paused=True))
    usual = TicketType(2, "Stalls", "", 1000, None, 5)
    of_none, of_some = an_event(seats=5), an_event(seats=10)
    await database.events.add(of_none, TicketPlan((paused,), (Block(1, 5, 1),)))
    await database.events.add(of_some, TicketPlan((paused, usual), (Block(1, 5, 1), Block(6, 10, 2))))

    assert await find(database, EventSearch(only_available=True)) == [of_some.id]


@pytest.mark.parametrize("status", EventStatus)
async def test_an_event_of_any_status_is_found_by_its_id(database: Database, status: EventStatus) -> None:
    event = an_event(status=status)
    await database.events.add(event)

    found = await database.events.found(event.id)

    assert found is not None
    assert found.event.status is status


# Looking for events


async def test_a_search_for_nothing_finds_everything_but_drafts(database: Database, programme: Programme) -> None:
    events = [an_event(status=status) for status in EventStatus]
    draft = next(event for event in events if event.status is EventStatus.DRAFT)
    await add(database, *events)

    assert set(await find(database, EventSearch())) == {event.id for event in events} - {draft.id}
    assert set(await find(database, EventSearch(all_drafts=True))) == {event.id for event in events}


async def test_drafts_are_found_by_members_of_their_organization(database: Database, programme: Programme) -> None:
    ours, theirs, nobodys, public = await add(
        database,
        an_event(status=EventStatus.DRAFT, organization_id=programme.playhouse),
        an_event(status=EventStatus.DRAFT, organization_id=programme.arena),
        an_event(status=EventStatus.DRAFT),
        an_event(organization_id=programme.arena),
    )

    def seen_by(*organizations: OrganizationId) -> EventSearch:
        return EventSearch(member_of=frozenset(organizations))

    assert await find(database, seen_by()) == [public]
    assert await find(database, seen_by(programme.playhouse)) == [ours, public]
    assert await find(database, seen_by(programme.playhouse, programme.arena)) == [ours, theirs, public]
    assert nobodys not in await find(database, seen_by(programme.playhouse, programme.arena))
    drafts = EventSearch(statuses=frozenset({EventStatus.DRAFT}))
    assert await find(database, drafts) == []
    assert await find(database, replace(drafts, member_of=frozenset({programme.arena}))) == [theirs]


async def test_events_are_found_by_status(database: Database) -> None:
    by_status = {status: an_event(status=status) for status in EventStatus}
    await add(database, *by_status.values())

    def with_status(*statuses: EventStatus) -> EventSearch:
        return EventSearch(statuses=frozenset(statuses), all_drafts=True)

    for status, event in by_status.items():
        assert await find(database, with_status(status)) == [event.id]
    both = [EventStatus.CANCELLED, EventStatus.POSTPONED]
    assert set(await find(database, with_status(*both))) == {by_status[status].id for status in both}


async def test_events_are_found_by_what_they_refer_to(database: Database, programme: Programme) -> None:
    in_hall, in_stadium, anywhere = await add(
        database,
        an_event(
            organization_id=programme.playhouse, venue_id=programme.town_hall.id, category_id=programme.theatre.id
        ),
        an_event(organization_id=programme.arena, venue_id=programme.stadium.id, category_id=programme.music.id),
        an_event(organization_id=programme.arena, category_id=programme.music.id),
    )

    assert await find(database, EventSearch(category_id=programme.theatre.id)) == [in_hall]
    assert await find(database, EventSearch(category_id=programme.music.id)) == [in_stadium, anywhere]
    assert await find(database, EventSearch(venue_id=programme.stadium.id)) == [in_stadium]
    assert await find(database, EventSearch(organization_id=programme.arena)) == [in_stadium, anywhere]
    assert await find(database, EventSearch(organization_id=programme.arena, venue_id=programme.town_hall.id)) == []
    assert await find(database, EventSearch(venue_id=VenueId(a_user_id()))) == []


async def test_events_are_found_from_one_moment_until_another(database: Database) -> None:
    first, second, third = await add(database, *starting(1, 2, 3))

    assert await find(database, EventSearch(starts_after=OPENING + 2 * HOUR)) == [second, third]
    assert await find(database, EventSearch(starts_before=OPENING + 2 * HOUR)) == [first]
    both = EventSearch(starts_after=OPENING + 2 * HOUR, starts_before=OPENING + 3 * HOUR)
    assert await find(database, both) == [second]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        (EventSearch(artist="Sigur Rós"), True),
        (EventSearch(artist="SIGUR RÓS"), True),
        (EventSearch(artist="Sigur"), False),
        (EventSearch(artist="Sigur Ros"), True),
        (EventSearch(artist="%"), False),
        (EventSearch(tour_name="world tour '27"), True),
        (EventSearch(tour_name="world tour"), False),
        (EventSearch(venue_name="estadio único"), True),
        (EventSearch(venue_name="estadio"), False),
        (EventSearch(location="plata"), True),
        (EventSearch(location="ARGENT"), True),
        (EventSearch(location="adio Ún"), True),
        (EventSearch(location="gate 4"), True),
        (EventSearch(location="%"), False),
        (EventSearch(location="La Plata, Argentina"), False),
        (EventSearch(words="hopelandic"), True),
        (EventSearch(words="HOPELANDIC sigur night"), True),
        (EventSearch(words="  night,  (of) 'waiting'!"), True),
        (EventSearch(words="hope"), True),
        (EventSearch(words="landic"), False),
        (EventSearch(words="sigur nowhere"), False),
        (EventSearch(words="27 tour"), True),
        (EventSearch(words="rós"), True),
        (EventSearch(words="ros"), True),
        (EventSearch(words="ac dc"), True),
        (EventSearch(words="dc/ac"), True),
        (EventSearch(words="!!!"), False),
        (EventSearch(words="%"), False),
        (EventSearch(words="&&&"), True),
        (EventSearch(words="\\"), True),
        (EventSearch(words="'"), False),
        (EventSearch(words="\\'"), False),
        (EventSearch(words="   "), True),
        (EventSearch(words="sigur - ros"), True),
        (EventSearch(words="京事"), True),
        (EventSearch(words="京東"), False),
        (EventSearch(words="estadio"), True),
        (EventSearch(words="PLATA"), True),
        (EventSearch(location="estadio unico"), True),
        (EventSearch(words="a & !b | c:* <-> 'd' \\ \" \N{RIGHT SINGLE QUOTATION MARK}"), False),
        (EventSearch(words="東京"), True),
        (EventSearch(words=" ".join("abcdefgh")), False),
    ],
)
async def test_events_are_found_by_what_is_said_of_them(
    database: Database, programme: Programme, search: EventSearch, found: bool
) -> None:
    [event_id, _] = await add(
        database,
        an_event(
            name="Night of Waiting",
            address="Gate 4",
            description="Sung in Hopelandic.\nSupport: AC/DC &&& \\\\ more, then 東京事変",
            venue_id=programme.stadium.id,
            artist="Sigur Rós",
            tour_name="World Tour '27",
        ),
        an_event(status=EventStatus.DRAFT),
    )

    assert await find(database, search) == ([event_id] if found else [])


async def test_very_long_words_can_be_looked_for(database: Database) -> None:
    word = "x" * 3000
    [event_id] = await add(database, an_event(description=word))

    assert await find(database, EventSearch(words=word[:200])) == [event_id]
    assert await find(database, EventSearch(words="y" * 200)) == []


# Orders and pages


def in_order(events: Sequence[Event], sort: EventSort) -> list[EventId]:
    """What the order of a list is to be; events were made in the order of their ids."""
    keys = {
        EventSort.STARTS: lambda event: (event.starts_at, event.id),
        EventSort.STARTS_LAST: lambda event: (event.starts_at, event.id),
        EventSort.NAME: lambda event: (folded(event.name), event.id),
        EventSort.NEWEST: lambda event: event.id,
    }
    descending = sort in {EventSort.STARTS_LAST, EventSort.NEWEST}
    return [event.id for event in sorted(events, key=keys[sort], reverse=descending)]


@pytest.mark.parametrize("sort", EventSort)
async def test_a_search_has_an_order_and_its_pages_show_every_event_once(database: Database, sort: EventSort) -> None:
    names = ["Zauberflöte", "aida", "Aida", "Äneas", "Fidelio", "O'Neill", "fidelio 2", "東京"]
    events = [
        an_event(name=names[number % len(names)], starts_at=OPENING + (number * 7 % 5) * HOUR) for number in range(17)
    ]
    await add(database, *events)
    search = EventSearch(sort=sort)

    assert await find(database, search) == in_order(events, sort)
    assert await walk(database, search, 1) == in_order(events, sort)
    assert await walk(database, search, 4) == in_order(events, sort)


@pytest.mark.parametrize("sort", EventSort)
async def test_pages_of_a_search_show_only_what_is_looked_for(
    database: Database, programme: Programme, sort: EventSort
) -> None:
    categories = [programme.music.id, programme.theatre.id]
    events = [an_event(name=f"Show {number}", category_id=categories[number % 2]) for number in range(11)]
    await add(database, *events)
    search = EventSearch(category_id=programme.music.id, sort=sort)

    assert await walk(database, search, 2) == in_order(events[::2], sort)


async def test_an_event_added_meanwhile_moves_no_page(database: Database) -> None:
    first, second, third = await add(database, *starting(1, 2, 3))
    page = await database.events.find(EventSearch(), None, 2)
    await add(database, *starting(0))

    following = await database.events.find(EventSearch(), cursor_behind(page[-1], EventSort.STARTS), 2)

    assert [found.event.id for found in page] == [first, second]
    assert [found.event.id for found in following] == [third]


@pytest.mark.parametrize("sort", [EventSort.STARTS, EventSort.STARTS_LAST, EventSort.NEWEST])
@pytest.mark.parametrize("value", ["", "yesterday", "2027-13-01", "9" * 30, "0001-01-01T00:00:00+23:59"])
async def test_a_cursor_whose_time_cannot_be_read_is_refused(database: Database, sort: EventSort, value: str) -> None:
    with pytest.raises(InvalidCursor):
        await database.events.find(EventSearch(sort=sort), EventCursor(value, an_event_id()), 10)


async def test_a_cursor_need_not_be_of_an_event_that_there_is(database: Database) -> None:
    first, second = await add(database, an_event(name="Aida"), an_event(name="Fidelio"))

    found = await database.events.find(EventSearch(sort=EventSort.NAME), EventCursor("bella", an_event_id()), 10)

    assert (first, [each.event.id for each in found]) == (first, [second])
