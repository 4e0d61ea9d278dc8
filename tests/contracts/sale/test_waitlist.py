"""The promises of the waitlist repository."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from booked.domain.errors import AlreadyWaiting, InvalidToken
from booked.domain.model.ids import EntryId, EventId
from booked.domain.model.people.users import User
from booked.domain.model.programme.events import Event, EventStatus
from booked.domain.model.sale.bookings import Verdict
from booked.domain.model.sale.waitlist import Demand, Entry, EntryState, Offer
from booked.ports.database import Database
from tests.builders import a_booking_id, a_claim, a_user, a_user_id, an_entry, an_event, an_event_id

DEADLINE = datetime(2027, 1, 1, 12, 15, tzinfo=UTC)


async def join(database: Database, entry: Entry) -> Demand:
    async with database.transaction() as unit:
        await unit.events.lock(entry.event_id)
        return await unit.waitlist.add(entry)


async def join_new(database: Database, event_id: EventId, *counts: int) -> list[Entry]:
    """The entries of new users' parties of these sizes."""
    entries = [an_entry(event_id, (await database.users.add(a_user())).id, count) for count in counts]
    return [await joined(database, entry) for entry in entries]


async def joined(database: Database, entry: Entry) -> Entry:
    """An entry as it waits once it has joined."""
    return replace(entry, version=(await join(database, entry)).version)


def an_offer(entry: Entry, first: int = 1) -> Offer:
    numbers = tuple(range(first, first + entry.count))
    return Offer(entry.id, entry.event_id, entry.user_id, numbers, DEADLINE, entry.version)


async def waiting(database: Database, event_id: EventId) -> int:
    ledger = await database.ledgers.get(event_id)
    assert ledger is not None
    return ledger.waiting


# Joining


async def test_parties_wait_in_the_order_in_which_they_came(database: Database, show: Event) -> None:
    entries = await join_new(database, show.id, 2, 1, 3)

    assert await database.waitlist.queue(show.id, 10) == entries
    assert await database.waitlist.queue(show.id, 2) == entries[:2]


async def test_parties_that_are_small_enough_are_seen_behind_all_others(database: Database, show: Event) -> None:
    entries = await join_new(database, show.id, 5, 5, 4, 5, 3, 2)

    assert await database.waitlist.queue(show.id, 2, free={None: 3}) == [*entries[:2], *entries[4:]]
    assert await database.waitlist.queue(show.id, 3, free={None: 4}) == entries[:3] + entries[4:]
    assert await database.waitlist.queue(show.id, 1, free={None: 5}) == entries[:1]
    assert await database.waitlist.queue(show.id, 2, free={None: 1}) == entries[:2]


async def test_parties_for_which_there_are_enough_of_their_type_are_seen(database: Database, show: Event) -> None:
    users = [(await database.users.add(a_user())).id for _ in range(5)]
    selections = [(9, None), (2, 1), (2, 2), (1, 2), (2, None)]
    entries = [
        replace(an_entry(show.id, user, count), type_number=type_number)
        for user, (count, type_number) in zip(users, selections, strict=True)
    ]
    for entry in entries:
        await join(database, entry)

    seen = await database.waitlist.queue(show.id, 1, free={None: 3, 1: 2, 2: 1})
    all_of_them = await database.waitlist.queue(show.id, 10)

    assert all_of_them == entries
    assert seen == entries[:2]
    places = [await database.waitlist.get(entry.id) for entry in entries]
    assert [place and place.type_number for place in places] == [type_number for _, type_number in selections]


async def test_what_is_wanted_of_each_type_follows_every_change(database: Database, show: Event) -> None:
    users = [(await database.users.add(a_user())).id for _ in range(5)]
    entries = [
        replace(an_entry(show.id, user, 2), type_number=type_number)
        for user, type_number in zip(users, (None, 1, 1, 2, 2), strict=True)
    ]
    entries = [await joined(database, entry) for entry in entries]
    at_first = await database.waitlist.wanted(show.id)

    await database.waitlist.record_offer(an_offer(entries[1]), epoch=0)
    await database.waitlist.close(entries[3].id)
    claim = a_claim(show.id, entries[4].user_id, {5, 6}, entry_id=entries[4].id)
    assert await database.bookings.commit(claim) is Verdict.BOOKED

    assert at_first == {1: 4, 2: 4}
    assert await database.waitlist.wanted(show.id) == {1: 2}
    async with database.transaction() as unit:
        await unit.events.lock(show.id)
        await unit.waitlist.close_all(show.id)
    assert await database.waitlist.wanted(show.id) == {}


async def test_every_party_that_joins_adds_to_the_demand(database: Database, show: Event, ann: User, ben: User) -> None:
    first = await join(database, an_entry(show.id, ann.id, 2))
    second = await join(database, an_entry(show.id, ben.id, 3))

    assert (first.event_id, first.tickets) == (show.id, 2)
    assert (second.event_id, second.tickets) == (show.id, 5)
    assert second.version > first.version
    ledger = await database.ledgers.get(show.id)
    assert ledger is not None
    assert (ledger.waiting, ledger.waiting_version) == (5, second.version)


async def test_nobody_waits_twice_for_an_event(database: Database, show: Event, ann: User) -> None:
    await join(database, an_entry(show.id, ann.id, 2))

    with pytest.raises(AlreadyWaiting):
        await join(database, an_entry(show.id, ann.id, 1))

    assert await waiting(database, show.id) == 2


async def test_nobody_waits_for_an_event_that_offers_them_tickets(database: Database, show: Event, ann: User) -> None:
    entry = an_entry(show.id, ann.id, 2)
    entry = await joined(database, entry)
    await database.waitlist.record_offer(an_offer(entry), epoch=0)

    with pytest.raises(AlreadyWaiting):
        await join(database, an_entry(show.id, ann.id, 1))


async def test_a_user_whose_account_is_gone_does_not_wait(database: Database, show: Event) -> None:
    with pytest.raises(InvalidToken):
        await join(database, an_entry(show.id, a_user_id(), 2))

    assert await waiting(database, show.id) == 0


async def test_of_many_times_that_one_joins_at_once_one_counts(database: Database, show: Event, ann: User) -> None:
    entries = [an_entry(show.id, ann.id, 2) for _ in range(12)]

    outcomes = await asyncio.gather(*(join(database, entry) for entry in entries), return_exceptions=True)

    assert Counter(map(type, outcomes)) == {Demand: 1, AlreadyWaiting: 11}
    assert len(await database.waitlist.queue(show.id, 20)) == 1


async def test_one_may_wait_for_several_events(database: Database, show: Event, ann: User) -> None:
    other = an_event()
    await database.events.add(other)
    await join(database, an_entry(show.id, ann.id, 2))

    demand = await join(database, an_entry(other.id, ann.id, 1))

    assert (demand.event_id, demand.tickets) == (other.id, 1)
    assert set(await database.waitlist.events_with_entries()) == {show.id, other.id}


async def test_one_may_join_again_after_the_entry_ended(database: Database, show: Event, ann: User) -> None:
    entry = an_entry(show.id, ann.id, 2)
    entry = await joined(database, entry)
    await database.waitlist.close(entry.id)

    again = an_entry(show.id, ann.id, 1)
    demand = await join(database, again)

    assert demand.tickets == 1
    assert await database.waitlist.queue(show.id, 10) == [again]


# Offers


async def test_a_party_with_an_offer_does_not_wait(database: Database, show: Event) -> None:
    first, second = await join_new(database, show.id, 2, 3)

    demand = await database.waitlist.record_offer(an_offer(first), epoch=0)

    assert demand is not None
    assert demand.tickets == 3
    assert await waiting(database, show.id) == 3
    assert await database.waitlist.queue(show.id, 10) == [second]
    assert await database.waitlist.offered(show.id) == [an_offer(first)]


async def test_an_offer_is_recorded_once(database: Database, show: Event) -> None:
    [entry] = await join_new(database, show.id, 2)

    outcomes = await asyncio.gather(*(database.waitlist.record_offer(an_offer(entry), epoch=0) for _ in range(8)))

    assert sum(demand is not None for demand in outcomes) == 1
    assert await waiting(database, show.id) == 0


async def test_an_offer_is_untold_until_it_is_marked_as_told(database: Database, show: Event) -> None:
    first, second = await join_new(database, show.id, 2, 3)
    for entry in (first, second):
        await database.waitlist.record_offer(an_offer(entry), epoch=0)
    before = await database.waitlist.offered(show.id)

    for _ in range(2):
        await database.waitlist.mark_told(an_offer(second))

    assert [offer.told for offer in before] == [False, False]
    assert [offer.told for offer in await database.waitlist.offered(show.id)] == [False, True]
    assert await waiting(database, show.id) == 0


async def test_an_offer_is_untold_though_its_party_was_told_of_a_former_one(database: Database, show: Event) -> None:
    [entry] = await join_new(database, show.id, 2)
    former = an_offer(entry)
    await database.waitlist.record_offer(former, epoch=0)
    await database.waitlist.mark_told(former)
    demand = await database.waitlist.reinstate(former)
    assert demand is not None
    await database.waitlist.record_offer(an_offer(replace(entry, version=demand.version)), epoch=0)

    await database.waitlist.mark_told(former)

    [present] = await database.waitlist.offered(show.id)
    assert not present.told


async def test_no_offer_is_recorded_for_an_entry_that_does_not_wait(database: Database, show: Event) -> None:
    [entry] = await join_new(database, show.id, 2)
    await database.waitlist.close(entry.id)

    assert await database.waitlist.record_offer(an_offer(entry), epoch=0) is None
    assert await database.waitlist.record_offer(an_offer(an_entry(show.id, entry.user_id)), epoch=0) is None
    assert await database.waitlist.offered(show.id) == []


async def test_no_offer_is_recorded_under_another_epoch(database: Database, show: Event) -> None:
    [entry] = await join_new(database, show.id, 2)
    await database.ledgers.next_epoch(show.id)

    assert await database.waitlist.record_offer(an_offer(entry), epoch=0) is None
    assert await database.waitlist.record_offer(an_offer(entry), epoch=2) is None
    assert await database.waitlist.queue(show.id, 10) == [entry]
    assert await database.waitlist.record_offer(an_offer(entry), epoch=1) is not None


async def test_booking_an_offer_ends_the_entry(database: Database, show: Event) -> None:
    entry, other = await join_new(database, show.id, 2, 1)
    await database.waitlist.record_offer(an_offer(entry), epoch=0)
    claim = a_claim(show.id, entry.user_id, {1, 2}, entry_id=entry.id)

    assert await database.bookings.commit(claim) is Verdict.BOOKED

    assert await database.waitlist.offered(show.id) == []
    assert await database.waitlist.of_user(entry.user_id) == []
    assert await database.waitlist.close(entry.id) is None
    assert await database.waitlist.lapse(an_offer(entry)) is None
    assert await database.waitlist.reinstate(an_offer(entry)) is None
    assert await waiting(database, show.id) == other.count


async def test_booking_an_offer_ends_the_entry_even_if_the_offer_was_never_recorded(
    database: Database, show: Event
) -> None:
    entry, other = await join_new(database, show.id, 2, 1)
    before = await database.ledgers.get(show.id)
    claim = a_claim(show.id, entry.user_id, {1, 2}, entry_id=entry.id)

    assert await database.bookings.commit(claim) is Verdict.BOOKED

    after = await database.ledgers.get(show.id)
    assert before is not None
    assert after is not None
    assert after.waiting == other.count
    assert after.waiting_version > before.waiting_version
    assert await database.waitlist.queue(show.id, 10) == [other]
    assert await database.waitlist.record_offer(an_offer(entry), epoch=0) is None


async def test_an_offer_booked_in_two_parts_at_once_leaves_the_queue_once(database: Database, show: Event) -> None:
    entry, other = await join_new(database, show.id, 2, 3)
    parts = [a_claim(show.id, entry.user_id, {number}, entry_id=entry.id) for number in (1, 2)]

    verdicts = await asyncio.gather(*(database.bookings.commit(part) for part in parts))

    assert verdicts == [Verdict.BOOKED] * 2
    assert await waiting(database, show.id) == other.count
    assert await database.waitlist.queue(show.id, 10) == [other]


async def test_a_refused_booking_leaves_the_offer_as_it_was(database: Database, show: Event) -> None:
    [entry] = await join_new(database, show.id, 2)
    await database.waitlist.record_offer(an_offer(entry), epoch=0)
    await database.bookings.commit(a_claim(show.id, entry.user_id, {2}))

    verdict = await database.bookings.commit(a_claim(show.id, entry.user_id, {1, 2}, entry_id=entry.id))

    assert verdict is Verdict.ALREADY_SOLD
    assert await database.waitlist.offered(show.id) == [an_offer(entry)]


async def test_a_reinstated_entry_waits_at_its_old_place(database: Database, show: Event) -> None:
    entries = await join_new(database, show.id, 2, 3, 1)
    await database.waitlist.record_offer(an_offer(entries[0]), epoch=0)

    demand = await database.waitlist.reinstate(an_offer(entries[0]))

    assert demand is not None
    assert demand.tickets == 6
    assert [entry.id for entry in await database.waitlist.queue(show.id, 10)] == [entry.id for entry in entries]
    assert await database.waitlist.offered(show.id) == []
    [place] = await database.waitlist.of_user(entries[0].user_id)
    assert (place.state, place.position, place.numbers, place.offer_expires_at) == (EntryState.WAITING, 1, (), None)


async def test_only_an_offered_entry_is_reinstated(database: Database, show: Event) -> None:
    waits, ended = await join_new(database, show.id, 2, 3)
    await database.waitlist.record_offer(an_offer(ended), epoch=0)
    await database.waitlist.close(ended.id)

    assert await database.waitlist.reinstate(an_offer(waits)) is None
    assert await database.waitlist.reinstate(an_offer(ended)) is None
    assert await database.waitlist.reinstate(ended) is None
    assert await database.waitlist.reinstate(an_entry(show.id, waits.user_id)) is None
    assert await waiting(database, show.id) == 2


async def test_all_offers_of_an_event_can_be_taken_back_together(database: Database, show: Event) -> None:
    other = an_event()
    await database.events.add(other)
    first, second, third = await join_new(database, show.id, 2, 3, 4)
    [elsewhere] = await join_new(database, other.id, 1)
    for entry in (first, third, elsewhere):
        await database.waitlist.record_offer(an_offer(entry), epoch=0)
    await database.waitlist.close(third.id)

    async with database.transaction() as unit:
        await unit.events.lock(show.id)
        await unit.waitlist.reinstate_all(show.id)

    assert [entry.id for entry in await database.waitlist.queue(show.id, 10)] == [first.id, second.id]
    assert await database.waitlist.offered(show.id) == []
    assert await waiting(database, show.id) == 5
    assert [offer.entry_id for offer in await database.waitlist.offered(other.id)] == [elsewhere.id]


@pytest.mark.parametrize("change", ["lapse", "reinstate"])
async def test_what_is_said_of_a_former_offer_has_no_effect_on_the_present_one(
    database: Database, show: Event, change: str
) -> None:
    [entry] = await join_new(database, show.id, 2)
    former = an_offer(entry)
    await database.waitlist.record_offer(former, epoch=0)
    demand = await database.waitlist.reinstate(former)
    assert demand is not None
    present = an_offer(replace(entry, version=demand.version), first=7)
    await database.waitlist.record_offer(present, epoch=0)

    assert await getattr(database.waitlist, change)(former) is None
    assert await database.waitlist.record_offer(former, epoch=0) is None

    assert await database.waitlist.offered(show.id) == [present]
    assert await database.waitlist.lapse(present) is not None


async def test_an_offer_that_is_recorded_in_a_later_turn_is_late(database: Database, show: Event) -> None:
    [entry] = await join_new(database, show.id, 2)
    demand = await database.waitlist.reinstate(entry)

    assert demand is not None
    assert (demand.tickets, demand.version > entry.version) == (2, True)
    assert await database.waitlist.record_offer(an_offer(entry), epoch=0) is None
    assert await database.waitlist.lapse(entry) is None
    assert (await database.waitlist.queue(show.id, 1))[0].version == demand.version


async def test_a_party_that_waits_can_lapse(database: Database, show: Event) -> None:
    first, second = await join_new(database, show.id, 2, 3)

    demand = await database.waitlist.lapse(first)

    assert demand is not None
    assert demand.tickets == 3
    assert await database.waitlist.queue(show.id, 10) == [second]


async def test_an_offer_from_before_a_postponement_is_not_recorded(database: Database, show: Event) -> None:
    [entry] = await join_new(database, show.id, 2)

    async with database.transaction() as unit:
        await unit.events.lock(show.id)
        await unit.waitlist.reinstate_all(show.id)

    assert await database.waitlist.record_offer(an_offer(entry), epoch=0) is None


# Passing


async def test_how_often_a_party_was_passed_is_kept(database: Database, show: Event) -> None:
    first, second, third = await join_new(database, show.id, 5, 4, 1)
    passed = [replace(first, passed=3, gathering_since=DEADLINE), replace(second, passed=1)]

    await database.waitlist.record_passes(passed)

    assert await database.waitlist.queue(show.id, 10) == [*passed, third]
    assert await waiting(database, show.id) == 10


async def test_a_reinstated_party_remembers_how_often_it_was_passed(database: Database, show: Event) -> None:
    [entry] = await join_new(database, show.id, 2)
    passed = replace(entry, passed=4, gathering_since=DEADLINE)
    await database.waitlist.record_passes([passed])
    await database.waitlist.record_offer(an_offer(entry), epoch=0)

    await database.waitlist.reinstate(an_offer(entry))

    assert await database.waitlist.queue(show.id, 10) == [passed]


# Ending


async def test_a_closed_entry_does_not_wait(database: Database, show: Event) -> None:
    first, second = await join_new(database, show.id, 2, 3)

    demand = await database.waitlist.close(first.id)

    assert demand is not None
    assert demand.tickets == 3
    assert await database.waitlist.queue(show.id, 10) == [second]
    assert await database.waitlist.of_user(first.user_id) == []


async def test_closing_an_offered_entry_leaves_the_demand_as_it_is(database: Database, show: Event) -> None:
    first, _ = await join_new(database, show.id, 2, 3)
    recorded = await database.waitlist.record_offer(an_offer(first), epoch=0)

    closed = await database.waitlist.close(first.id)

    assert recorded is not None
    assert closed is not None
    assert (closed.tickets, closed.version >= recorded.version) == (3, True)
    assert await database.waitlist.offered(show.id) == []


async def test_an_entry_ends_once(database: Database, show: Event) -> None:
    [entry] = await join_new(database, show.id, 2)

    outcomes = await asyncio.gather(*(database.waitlist.close(entry.id) for _ in range(8)))

    assert sum(demand is not None for demand in outcomes) == 1
    assert await waiting(database, show.id) == 0
    assert await database.waitlist.close(EntryId(a_booking_id())) is None


async def test_an_entry_ends_in_the_state_that_is_named(database: Database, show: Event) -> None:
    left, lapsed = await join_new(database, show.id, 2, 3)

    await database.waitlist.close(left.id, EntryState.WITHDRAWN)
    await database.waitlist.close(lapsed.id)
    await database.waitlist.close(lapsed.id, EntryState.WITHDRAWN)

    places = [await database.waitlist.get(entry.id) for entry in (left, lapsed)]
    assert [place and place.state for place in places] == [EntryState.WITHDRAWN, EntryState.LAPSED]
    assert [place and place.user_id for place in places] == [left.user_id, lapsed.user_id]


async def test_those_who_wait_can_be_closed_some_at_a_time(database: Database, show: Event) -> None:
    offered, first, second, third = await join_new(database, show.id, 2, 3, 1, 4)
    await database.waitlist.record_offer(an_offer(offered), epoch=0)

    demand = await database.waitlist.close_waiting(show.id, 2)

    assert demand is not None
    assert demand.tickets == await waiting(database, show.id) == 4
    assert await database.waitlist.queue(show.id, 10) == [third]
    assert [offer.entry_id for offer in await database.waitlist.offered(show.id)] == [offered.id]
    places = [await database.waitlist.get(entry.id) for entry in (first, second)]
    assert [place and place.state for place in places] == [EntryState.LAPSED] * 2


async def test_nobody_who_waits_leaves_nothing_to_close(database: Database, show: Event) -> None:
    demand = await database.waitlist.close_waiting(show.id, 2)

    assert demand is not None
    assert demand.tickets == 0
    assert await database.waitlist.close_waiting(an_event_id(), 2) is None


async def test_all_entries_of_an_event_can_end_together(database: Database, show: Event) -> None:
    other = an_event()
    await database.events.add(other)
    waits, offered = await join_new(database, show.id, 2, 3)
    [elsewhere] = await join_new(database, other.id, 1)
    await database.waitlist.record_offer(an_offer(offered), epoch=0)

    async with database.transaction() as unit:
        await unit.events.lock(show.id)
        await unit.waitlist.close_all(show.id)

    assert await waiting(database, show.id) == 0
    assert await database.waitlist.queue(show.id, 10) == []
    assert await database.waitlist.offered(show.id) == []
    assert await database.waitlist.of_user(waits.user_id) == []
    assert await database.waitlist.close(waits.id) is None
    assert await database.waitlist.queue(other.id, 10) == [elsewhere]
    assert await database.waitlist.events_with_entries() == [other.id]


# Looking


async def test_events_are_named_for_which_anyone_waits_or_has_an_offer(database: Database) -> None:
    waited_for, offering, ended, withdrawn, idle = [an_event() for _ in range(5)]
    for event in (waited_for, offering, ended, withdrawn, idle):
        await database.events.add(event)
    for event in (waited_for, withdrawn):
        await join_new(database, event.id, 1)
    [entry] = await join_new(database, offering.id, 1)
    await database.waitlist.record_offer(an_offer(entry), epoch=0)
    [over] = await join_new(database, ended.id, 1)
    await database.waitlist.close(over.id)
    await database.events.set_status(withdrawn.id, EventStatus.CANCELLED)

    events = await database.waitlist.events_with_entries()

    assert sorted(events) == sorted([waited_for.id, offering.id])


async def test_a_user_sees_their_place(database: Database, show: Event, ann: User) -> None:
    other = an_event(name="Matinee")
    await database.events.add(other)
    await join_new(database, show.id, 1, 1)
    [ahead] = await join_new(database, other.id, 1)
    offered, waits = an_entry(show.id, ann.id, 2), an_entry(other.id, ann.id, 3)
    offered = await joined(database, offered)
    waits = await joined(database, waits)
    await database.waitlist.record_offer(an_offer(offered, first=7), epoch=0)

    first, second = await database.waitlist.of_user(ann.id)
    await database.waitlist.close(ahead.id)
    _, moved_up = await database.waitlist.of_user(ann.id)

    assert (first.entry_id, first.event_id, first.event_name, first.count) == (offered.id, show.id, "Concert", 2)
    assert (first.state, first.position) == (EntryState.OFFERED, None)
    assert (first.numbers, first.offer_expires_at) == ((7, 8), DEADLINE)
    assert (second.entry_id, second.event_name, second.state) == (waits.id, "Matinee", EntryState.WAITING)
    assert (second.position, second.numbers, second.offer_expires_at) == (2, (), None)
    assert timedelta(0) <= second.joined_at - first.joined_at < timedelta(minutes=1)
    assert moved_up.position == 1


async def test_an_entry_can_be_looked_at_whatever_has_become_of_it(database: Database, show: Event, ann: User) -> None:
    entry = an_entry(show.id, ann.id, 2)
    entry = await joined(database, entry)

    waiting = await database.waitlist.get(entry.id)
    [listed] = await database.waitlist.of_user(ann.id)
    await database.waitlist.record_offer(an_offer(entry, first=7), epoch=0)
    offered = await database.waitlist.get(entry.id)
    await database.waitlist.close(entry.id)
    lapsed = await database.waitlist.get(entry.id)

    assert waiting == listed
    assert waiting is not None
    assert waiting.entry == entry
    assert waiting.entry.version == entry.version
    assert offered is not None
    assert (offered.state, offered.position, offered.numbers) == (EntryState.OFFERED, None, (7, 8))
    assert lapsed is not None
    assert (lapsed.entry_id, lapsed.state, lapsed.position) == (entry.id, EntryState.LAPSED, None)
    assert await database.waitlist.get(an_entry(show.id, ann.id).id) is None
