"""The promises about who is in an event's queue."""

from dataclasses import replace
from datetime import UTC, datetime

from booked.domain.model.people.users import NewUser, Role, User
from booked.domain.model.programme.events import Event
from booked.domain.model.sale.waitlist import EntryState, Offer, WaitingCounts
from booked.ports.database import Database
from tests.builders import a_user, a_user_id, an_entry, an_event, an_event_id

DEADLINE = datetime(2027, 1, 1, 12, 15, tzinfo=UTC)


async def join(database: Database, event: Event, count: int, who: User, type_number: int | None = None) -> Offer:
    """Let somebody join. Return the offer that could be made to them."""
    entry = replace(an_entry(event.id, who.id, count), type_number=type_number)
    async with database.transaction() as unit:
        await unit.events.lock(event.id)
        version = (await unit.waitlist.add(entry)).version
    return Offer(entry.id, event.id, who.id, tuple(range(1, count + 1)), DEADLINE, version)


async def somebody(database: Database) -> User:
    return await database.users.add(a_user())


async def test_parties_are_told_with_names_and_positions_in_the_order_they_came(
    database: Database, show: Event
) -> None:
    ann = await database.users.add(NewUser(a_user_id(), "Ann", "Lee", "ann@example.com", "hash", Role.USER))
    ben = await database.users.add(NewUser(a_user_id(), "", "", "ben@example.com", "hash", Role.USER))
    first = await join(database, show, 2, ann)
    await join(database, show, 3, ben, type_number=1)

    one, other = await database.waiting_parties.page(show.id, 0, 10)

    assert (one.entry_id, one.name, one.email, one.count) == (first.entry_id, "Ann Lee", "ann@example.com", 2)
    assert (one.position, one.type_number, one.offer_expires_at) == (1, None, None)
    assert (other.name, other.position, other.type_number) == ("ben", 2, 1)
    assert (await database.waitlist.of_user(ann.id))[0].joined_at == one.joined_at
    assert one.place < other.place


async def test_a_party_with_an_offer_keeps_its_place_and_has_no_position(database: Database, show: Event) -> None:
    offers = [await join(database, show, 1, await somebody(database)) for _ in range(3)]
    ledger = await database.ledgers.get(show.id)
    assert ledger is not None
    await database.waitlist.record_offer(offers[1], ledger.epoch)

    parties = await database.waiting_parties.page(show.id, 0, 10)

    assert [party.entry_id for party in parties] == [offer.entry_id for offer in offers]
    assert [party.position for party in parties] == [1, None, 2]
    assert [party.offer_expires_at for party in parties] == [None, DEADLINE, None]


async def test_pages_go_on_behind_a_place_and_count_on(database: Database, show: Event) -> None:
    for _ in range(5):
        await join(database, show, 1, await somebody(database))
    everybody = await database.waiting_parties.page(show.id, 0, 10)

    pages = [await database.waiting_parties.page(show.id, 0, 2)]
    while pages[-1]:
        pages.append(await database.waiting_parties.page(show.id, pages[-1][-1].place, 2))

    assert [party for page in pages for party in page] == everybody
    assert [party.position for party in everybody] == [1, 2, 3, 4, 5]


async def test_those_who_left_and_those_of_other_events_are_not_told(database: Database, show: Event) -> None:
    other = an_event()
    await database.events.add(other)
    left, _, _ = (
        await join(database, show, 1, await somebody(database)),
        await join(database, other, 1, await somebody(database)),
        await join(database, show, 4, await somebody(database)),
    )
    await database.waitlist.close(left.entry_id, EntryState.WITHDRAWN)

    [party] = await database.waiting_parties.page(show.id, 0, 10)

    assert (party.count, party.position) == (4, 1)


async def test_parties_tickets_and_offers_are_counted(database: Database, show: Event) -> None:
    offers = [await join(database, show, count, await somebody(database)) for count in (2, 3, 4)]
    ledger = await database.ledgers.get(show.id)
    assert ledger is not None
    await database.waitlist.record_offer(offers[0], ledger.epoch)

    assert await database.waiting_parties.counts(show.id) == WaitingCounts(parties=2, tickets=7, offers=1)
    assert await database.waiting_parties.counts(an_event_id()) == WaitingCounts(0, 0, 0)
    assert await database.waiting_parties.page(an_event_id(), 0, 10) == []
