"""The promises of the bookings repository about bookings as records: reading one, and finding many."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from booked.domain.model.ids import BookingId, CounterId, EventId, OrganizationId, UserId
from booked.domain.model.money import Money
from booked.domain.model.people.guests import Guest
from booked.domain.model.people.users import User
from booked.domain.model.programme.events import Event, EventStatus
from booked.domain.model.sale.bookings import (
    BookingRecord,
    BookingSearch,
    BookingStatus,
    Buyer,
    Cancellation,
    OwnedTicket,
    confirmation_code,
)
from booked.domain.model.sale.holds import Terms
from booked.ports.database import Database
from tests.builders import OPENING, a_booking_id, a_claim, a_user, a_user_id, an_admission, an_event, an_organization


async def sell(
    database: Database, event_id: EventId, user_id: UserId, numbers: set[int], part_of: BookingId | None = None
) -> BookingId:
    claim = a_claim(event_id, user_id, numbers)
    await database.bookings.commit(claim, Terms(priced_at=OPENING, part_of=part_of))
    return claim.booking_id


async def an_event_of(database: Database, organization_id: OrganizationId) -> Event:
    event = an_event(organization_id=organization_id)
    await database.events.add(event, an_admission())
    found = await database.events.get(event.id)
    assert found is not None
    return found


async def organizations(database: Database) -> tuple[OrganizationId, OrganizationId]:
    first, second = an_organization("First"), an_organization("Second")
    for organization in (first, second):
        await database.organizations.add(organization)
    return first.id, second.id


async def ids(database: Database, search: BookingSearch) -> list[BookingId]:
    return [record.id for record in await database.bookings.search(search, None, 100)]


# One


async def test_a_booking_is_read_with_its_event_and_tickets(database: Database, gala: Event, ann: User) -> None:
    booking_id = await sell(database, gala.id, ann.id, {10, 11})

    record = await database.bookings.get(booking_id)

    assert record is not None
    assert (record.id, record.user_id) == (booking_id, ann.id)
    assert record.event == await database.events.get(gala.id)
    assert [(ticket.number, ticket.type_number, ticket.price) for ticket in record.tickets] == [
        (10, 1, 2000),
        (11, 2, 5000),
    ]
    assert (record.status, record.total) == (BookingStatus.ACTIVE, Money(7000, "EUR"))
    assert record.updated_at == record.booked_at


async def test_a_cancelled_ticket_stays_in_its_booking(database: Database, gala: Event, ann: User) -> None:
    booking_id = await sell(database, gala.id, ann.id, {10, 11})

    await database.bookings.cancel(gala.id, ann.id, [11])

    record = await database.bookings.get(booking_id)
    assert record is not None
    kept, cancelled = record.tickets
    assert (kept.cancelled_at, cancelled.cancelled_at) == (None, record.updated_at)
    assert (record.status, record.total) == (BookingStatus.ACTIVE, Money(2000, "EUR"))


async def test_a_booking_without_tickets_that_stand_is_cancelled(database: Database, gala: Event, ann: User) -> None:
    booking_id = await sell(database, gala.id, ann.id, {1, 2})

    await database.bookings.cancel(gala.id, ann.id, [1, 2])

    record = await database.bookings.get(booking_id)
    assert record is not None
    assert (record.status, len(record.tickets), record.total.amount) == (BookingStatus.CANCELLED, 2, 0)


async def test_what_was_never_made_is_no_booking(database: Database, gala: Event, ann: User) -> None:
    voided = a_claim(gala.id, ann.id)
    await database.bookings.void(voided)

    assert await database.bookings.get(voided.booking_id) is None
    assert await database.bookings.get(a_booking_id()) is None
    assert await database.bookings.search(BookingSearch(user_id=ann.id), None, 10) == []


async def test_a_booking_of_a_withdrawn_event_can_still_be_read(database: Database, gala: Event, ann: User) -> None:
    booking_id = await sell(database, gala.id, ann.id, {1})
    await database.events.set_status(gala.id, EventStatus.CANCELLED)

    record = await database.bookings.get(booking_id)

    assert record is not None
    assert record.event.id == gala.id


# Of tickets


async def test_tickets_tell_the_booking_that_has_them(database: Database, gala: Event, ann: User, ben: User) -> None:
    first = await sell(database, gala.id, ann.id, {1, 2})
    second = await sell(database, gala.id, ann.id, {3})
    part = await sell(database, gala.id, ann.id, {4}, part_of=first)
    await sell(database, gala.id, ben.id, {5})

    assert await database.bookings.owning(gala.id, ann.id, [1, 2]) == first
    assert await database.bookings.owning(gala.id, ann.id, [1, 3]) == second
    assert await database.bookings.owning(gala.id, ann.id, [4]) == first
    assert await database.bookings.owning(gala.id, ann.id, [5, 6]) is None
    assert await database.bookings.standing(gala.id, ann.id, [5, 4, 2, 6]) == [
        OwnedTicket(first, 2),
        OwnedTicket(part, 4),
    ]
    assert await database.bookings.standing_in(gala.id, first) == [
        OwnedTicket(first, 1),
        OwnedTicket(first, 2),
        OwnedTicket(part, 4),
    ]
    assert await database.bookings.standing_in(gala.id, a_booking_id()) == []


async def test_bookings_of_a_called_off_event_have_what_stood_then(database: Database, gala: Event, ann: User) -> None:
    for numbers in ({1, 2, 3}, {4}):
        await database.bookings.commit(a_claim(gala.id, ann.id, numbers))
    await database.bookings.cancel(gala.id, ann.id, [3, 4])
    async with database.transaction() as unit:
        await unit.events.lock(gala.id)
        await unit.bookings.cancel_all(gala.id)
        await unit.events.set_status(gala.id, EventStatus.CANCELLED)

    [booking] = await database.bookings.of_user(ann.id)

    assert (booking.tickets, booking.event.status) == (2, EventStatus.CANCELLED)


async def test_cancelled_tickets_are_in_nobodys_booking(database: Database, gala: Event, ann: User) -> None:
    booking_id = await sell(database, gala.id, ann.id, {1, 2})

    await database.bookings.cancel(gala.id, ann.id, [2])

    assert await database.bookings.owning(gala.id, ann.id, [2]) is None
    assert [ticket.number for ticket in await database.bookings.standing(gala.id, ann.id, [1, 2])] == [1]
    assert [ticket.number for ticket in await database.bookings.standing_in(gala.id, booking_id)] == [1]


# Many


async def test_bookings_are_found_newest_first_page_by_page(
    database: Database, gala: Event, show: Event, ann: User, ben: User
) -> None:
    made = [
        await sell(database, (gala, show)[number % 2].id, (ann, ben)[number % 3 == 0].id, {number})
        for number in range(1, 8)
    ]

    pages: list[list[BookingRecord]] = []
    while not pages or pages[-1]:
        after = pages[-1][-1].id if pages else None
        pages.append(await database.bookings.search(BookingSearch(), after, 3))

    assert [[record.id for record in page] for page in pages] == [made[:3:-1], made[3:0:-1], made[:1], []]
    assert [len(record.tickets) for page in pages for record in page] == [1] * 7


async def test_bookings_are_found_by_user(database: Database, gala: Event, show: Event, ann: User, ben: User) -> None:
    first = await sell(database, gala.id, ann.id, {1})
    await sell(database, gala.id, ben.id, {2})
    second = await sell(database, show.id, ann.id, {1})

    assert await ids(database, BookingSearch(user_id=ann.id)) == [second, first]
    assert await ids(database, BookingSearch(user_id=ann.id, event_id=gala.id)) == [first]


async def test_bookings_of_a_user_are_found_by_whether_their_event_is_over(database: Database, ann: User) -> None:
    events = [an_event(), replace(an_event(), ends_at=OPENING + timedelta(days=2))]
    for event in events:
        await database.events.add(event, an_admission())
    endless, long = [await sell(database, event.id, ann.id, {1}) for event in events]
    end = OPENING + timedelta(days=1)

    def over(moment: datetime) -> BookingSearch:
        return BookingSearch(user_id=ann.id, over_at=moment)

    def not_over(moment: datetime) -> BookingSearch:
        return BookingSearch(user_id=ann.id, not_over_at=moment)

    tick = timedelta(microseconds=1)
    assert await ids(database, over(end - tick)) == []
    assert await ids(database, not_over(end - tick)) == [long, endless]
    assert await ids(database, over(end)) == [endless]
    assert await ids(database, not_over(end)) == [long]
    assert await ids(database, over(end + timedelta(days=1))) == [long, endless]


async def test_bookings_are_found_by_organizations(database: Database, show: Event, ann: User, ben: User) -> None:
    one, other = await organizations(database)
    ones, more, others = [await an_event_of(database, organization) for organization in (one, one, other)]
    first = await sell(database, ones.id, ann.id, {1})
    second = await sell(database, others.id, ann.id, {1})
    third = await sell(database, more.id, ben.id, {1})
    await sell(database, show.id, ann.id, {1})

    assert await ids(database, BookingSearch(organizations=frozenset({one}))) == [third, first]
    assert await ids(database, BookingSearch(organizations=frozenset({one, other}))) == [third, second, first]
    assert await ids(database, BookingSearch(organizations=frozenset({one}), event_id=ones.id)) == [first]
    assert await ids(database, BookingSearch(organizations=frozenset({one}), event_id=others.id)) == []
    assert await ids(database, BookingSearch(organizations=frozenset())) == []
    assert await ids(database, BookingSearch(user_id=ann.id, organizations=frozenset({other}))) == [second]


async def test_bookings_are_found_by_status(database: Database, gala: Event, show: Event, ann: User, ben: User) -> None:
    cancelled, partly, other, kept = [
        await sell(database, event.id, user.id, numbers)
        for event, user, numbers in ((gala, ann, {1}), (gala, ann, {2, 3}), (show, ben, {1}), (show, ann, {2}))
    ]
    await database.bookings.cancel(gala.id, ann.id, [1, 2])
    await database.bookings.cancel(show.id, ben.id, [1])

    for search, active, ended in (
        (BookingSearch(), [kept, partly], [other, cancelled]),
        (BookingSearch(user_id=ann.id), [kept, partly], [cancelled]),
        (BookingSearch(event_id=gala.id), [partly], [cancelled]),
        (BookingSearch(event_id=show.id), [kept], [other]),
    ):
        asked = [BookingSearch(search.user_id, None, search.event_id, status) for status in BookingStatus]
        assert [await ids(database, search) for search in asked] == [active, ended]
        assert await ids(database, search) == sorted(active + ended, reverse=True)


async def test_a_withdrawal_cancels_the_bookings_that_are_found(
    database: Database, gala: Event, show: Event, ann: User, ben: User
) -> None:
    before = await sell(database, gala.id, ann.id, {4})
    await database.bookings.cancel(gala.id, ann.id, [4])
    made = [
        await sell(database, gala.id, ann.id, {1}),
        await sell(database, gala.id, ben.id, {2}),
    ]
    await sell(database, gala.id, ben.id, {3}, part_of=made[1])
    kept = await sell(database, show.id, ann.id, {1})

    async with database.transaction() as unit:
        await unit.events.lock(gala.id)
        await unit.bookings.cancel_all(gala.id)
        await unit.events.set_status(gala.id, EventStatus.CANCELLED)

    for search, active, cancelled in (
        (BookingSearch(), [kept], [*made[::-1], before]),
        (BookingSearch(event_id=gala.id), [], [*made[::-1], before]),
        (BookingSearch(user_id=ben.id), [], made[1:]),
        (BookingSearch(user_id=ann.id), [kept], [made[0], before]),
    ):
        asked = [BookingSearch(search.user_id, None, search.event_id, status) for status in BookingStatus]
        assert [await ids(database, search) for search in asked] == [active, cancelled]
        assert await ids(database, search) == sorted(active + cancelled, reverse=True)
    assert [(booking.id, booking.tickets) for booking in await database.bookings.of_user(ann.id)] == [
        (kept, 1),
        (made[0], 1),
    ]
    assert [(booking.id, booking.tickets) for booking in await database.bookings.of_user(ben.id)] == [(made[1], 2)]


# Cancelled tickets


async def test_a_cancelled_ticket_says_who_cancelled_it_and_why_and_what_was_kept(
    database: Database, gala: Event, ann: User
) -> None:
    booking_id = await sell(database, gala.id, ann.id, {9, 10, 11})
    async with database.transaction() as unit:
        await unit.events.lock_any(gala.id)
        await unit.bookings.cancel(gala.id, ann.id, [10, 9], Cancellation(ann.id, "She is ill.", {10: 500}))
        await unit.bookings.cancel(gala.id, ann.id, [11])

    record = await database.bookings.get(booking_id)

    assert record is not None
    assert [(one.number, one.cancelled_by, one.cancel_reason, one.fee) for one in record.tickets] == [
        (9, ann.id, "She is ill.", 0),
        (10, ann.id, "She is ill.", 500),
        (11, None, "", 0),
    ]


async def test_fees_stay_revenue_and_are_not_refunded(database: Database, gala: Event, ann: User) -> None:
    await sell(database, gala.id, ann.id, {9, 10, 11})
    async with database.transaction() as unit:
        await unit.events.lock_any(gala.id)
        await unit.bookings.cancel(gala.id, ann.id, [10, 11], Cancellation(fees={10: 500, 11: 5000}))

    [figures] = await database.analytics.figures(None, None, 1)
    days = await database.analytics.days(gala.id)

    assert figures.revenue == 2000 + 500 + 5000
    assert sum(day.revenue - day.refunded for day in days) == figures.revenue
    assert sorted((day.type_number, day.cancelled, day.refunded) for day in days) == [(1, 1, 1500), (2, 1, 0)]
    assert await database.ledgers.miscounted(gala.id) == []


async def test_when_an_event_is_called_off_the_fees_of_before_stay(database: Database, gala: Event, ann: User) -> None:
    await sell(database, gala.id, ann.id, {9, 10})
    async with database.transaction() as unit:
        await unit.events.lock_any(gala.id)
        await unit.bookings.cancel(gala.id, ann.id, [10], Cancellation(fees={10: 500}))
        await unit.events.set_status(gala.id, EventStatus.CANCELLED)
        await unit.bookings.cancel_all(gala.id)

    [figures] = await database.analytics.figures(None, None, 1)

    assert (figures.revenue, figures.cancelled) == (500, 2)


# Who comes


async def test_a_booking_tells_who_made_it(database: Database, gala: Event, ann: User) -> None:
    guest = Guest(a_user_id(), CounterId("01a00000-0000-7000-8000-000000000001"), "Guest 7")
    await database.guests.admit(guest)
    nameless = await database.users.add(a_user("", "cleo@example.com"))
    made = [await sell(database, gala.id, user, {number}) for number, user in enumerate([ann.id, nameless.id], 1)]
    at_the_counter = await sell(database, gala.id, guest.user_id, {3})

    records = {record.id: record for record in await database.bookings.search(BookingSearch(), None, 10)}
    one = await database.bookings.get(made[0])

    assert one is not None
    assert one.buyer == records[made[0]].buyer == Buyer("Ann", "", "ann@example.com")
    assert records[made[1]].buyer.name == "cleo"
    assert (records[at_the_counter].buyer.name, records[at_the_counter].buyer.email) == ("Guest 7", "")


async def test_bookings_of_an_event_are_found_by_parts_of_names_and_addresses(
    database: Database, gala: Event, show: Event, ann: User
) -> None:
    zoe = await database.users.add(a_user("Zoë", "z_100%@example.org"))
    await sell(database, show.id, zoe.id, {1})
    cancelled = await sell(database, gala.id, zoe.id, {1})
    await database.bookings.cancel(gala.id, zoe.id, [1])
    anns = await sell(database, gala.id, ann.id, {2})
    zoes = await sell(database, gala.id, zoe.id, {3})

    async def found(part: str, **search: Any) -> list[BookingId]:
        return await ids(database, BookingSearch(event_id=gala.id, part=part, **search))

    assert await found("zoe") == await found("ZOË") == await found("EXAMPLE.ORG") == [zoes, cancelled]
    assert await found("nn") == await found("ÀNN") == [anns]
    assert await found("example") == [zoes, anns, cancelled]
    assert await found("_100%") == [zoes, cancelled]
    assert await found("%") == [zoes, cancelled]
    assert await found("a_n") == await found("nobody") == []
    assert await found("zoe", status=BookingStatus.ACTIVE) == [zoes]
    assert await found("zoe", status=BookingStatus.CANCELLED) == [cancelled]
    assert await found("example", user_id=ann.id) == [anns]
    assert await found("zoe", organizations=frozenset()) == []


async def test_a_booking_of_an_event_is_found_by_its_code(
    database: Database, gala: Event, show: Event, ann: User, ben: User
) -> None:
    await sell(database, show.id, ann.id, {1})
    wanted = await sell(database, gala.id, ann.id, {1})
    await sell(database, gala.id, ann.id, {3}, part_of=wanted)
    await sell(database, gala.id, ben.id, {2})
    code = confirmation_code(wanted)

    for typed in (code, code.lower(), code.replace("-", ""), code.replace("-", " "), f" {code} "):
        assert await ids(database, BookingSearch(event_id=gala.id, code=typed)) == [wanted]
        assert await ids(database, BookingSearch(event_id=gala.id, part=typed)) == [wanted]
    assert await ids(database, BookingSearch(event_id=show.id, code=code)) == []
    assert await ids(database, BookingSearch(event_id=gala.id, code=code[:6])) == []
    assert await ids(database, BookingSearch(event_id=gala.id, code=code, user_id=ben.id)) == []
    assert await ids(database, BookingSearch(event_id=gala.id, code=code, organizations=frozenset())) == []
    assert await ids(database, BookingSearch(event_id=gala.id, code=code, status=BookingStatus.CANCELLED)) == []


async def test_what_is_found_comes_in_pages(database: Database, gala: Event, ann: User) -> None:
    made = [await sell(database, gala.id, ann.id, {number}) for number in range(1, 8)]
    await database.bookings.cancel(gala.id, ann.id, [2, 5])
    search = BookingSearch(event_id=gala.id, part="ann@")
    pages: list[list[BookingId]] = []

    after = None
    while found := await database.bookings.search(search, after, 3):
        pages.append([record.id for record in found])
        after = found[-1].id

    assert [len(page) for page in pages] == [3, 3, 1]
    assert [id_ for page in pages for id_ in page] == made[::-1]
