"""The promises of the bookings repository: what decides a sale, and what undoes it."""

import asyncio
from collections import Counter

import pytest

from booked.domain.model.ids import BookingId, EventId
from booked.domain.model.people.users import User
from booked.domain.model.programme.events import Event, EventStatus
from booked.domain.model.sale.bookings import BookedEvent, OwnedTicket, Verdict, confirmation_code
from booked.domain.model.sale.holds import Ledger, Release, Terms, house_of
from booked.ports.database import Database
from tests.builders import a_booking_id, a_claim, a_user, a_user_id, an_event, an_event_id


async def ledger_of(database: Database, event_id: EventId) -> Ledger:
    ledger = await database.ledgers.get(event_id)
    assert ledger is not None
    return ledger


# Committing


async def test_a_committed_claim_is_booked(database: Database, show: Event, ann: User, ben: User) -> None:
    verdict = await database.bookings.commit(a_claim(show.id, ann.id, {4, 7}))

    assert verdict is Verdict.BOOKED
    assert await database.bookings.owned(show.id, ann.id) == {4, 7}
    assert await database.bookings.owned(show.id, ben.id) == frozenset()
    assert (await ledger_of(database, show.id)).sold == 2


async def test_a_ticket_above_the_capacity_is_never_sold(database: Database, ann: User) -> None:
    event = an_event(seats=2)
    await database.events.add(event)

    verdict = await database.bookings.commit(a_claim(event.id, ann.id, {3}))

    assert verdict is Verdict.ALREADY_SOLD
    assert (await ledger_of(database, event.id)).sold == 0


async def test_no_two_bookings_of_an_event_have_the_same_confirmation_code(
    database: Database, show: Event, ann: User, ben: User
) -> None:
    first, other = a_claim(show.id, ann.id, {1}), an_event()
    await database.events.add(other)
    twin = BookingId(f"{a_booking_id()[:26]}{first.booking_id[26:]}")
    assert confirmation_code(twin) == confirmation_code(first.booking_id)
    assert await database.bookings.commit(first) is Verdict.BOOKED

    verdict = await database.bookings.commit(a_claim(show.id, ben.id, {2}, booking_id=twin))
    part = await database.bookings.commit(
        a_claim(show.id, ann.id, {3}, booking_id=BookingId(f"{a_booking_id()[:26]}{first.booking_id[26:]}")),
        Terms(part_of=first.booking_id),
    )
    elsewhere = await database.bookings.commit(a_claim(other.id, ben.id, {2}, booking_id=twin))

    assert (verdict, part, elsewhere) == (Verdict.CODE_TAKEN, Verdict.BOOKED, Verdict.BOOKED)
    assert await database.bookings.owned(show.id, ben.id) == frozenset()


async def test_a_claim_counts_once_however_often_it_is_committed(database: Database, show: Event, ann: User) -> None:
    claim = a_claim(show.id, ann.id, {4, 7})

    verdicts = await asyncio.gather(*(database.bookings.commit(claim) for _ in range(16)))

    assert set(verdicts) == {Verdict.BOOKED}
    assert (await ledger_of(database, show.id)).sold == 2
    [booking] = await database.bookings.of_user(ann.id)
    assert (booking.id, booking.tickets) == (claim.booking_id, 2)


async def test_a_claim_stays_booked_when_its_event_is_repaired_afterwards(
    database: Database, show: Event, ann: User
) -> None:
    claim = a_claim(show.id, ann.id)
    await database.bookings.commit(claim)
    await database.ledgers.next_epoch(show.id)

    assert await database.bookings.commit(claim) is Verdict.BOOKED


async def test_a_claim_stays_booked_when_its_tickets_are_cancelled_afterwards(
    database: Database, show: Event, ann: User
) -> None:
    claim = a_claim(show.id, ann.id, {4, 7})
    await database.bookings.commit(claim)
    await database.bookings.cancel(show.id, ann.id, [4, 7])

    assert await database.bookings.commit(claim) is Verdict.BOOKED
    assert (await ledger_of(database, show.id)).sold == 0


async def test_a_claim_stays_booked_when_its_event_is_withdrawn_afterwards(
    database: Database, show: Event, ann: User
) -> None:
    claim = a_claim(show.id, ann.id)
    await database.bookings.commit(claim)
    await database.events.set_status(show.id, EventStatus.CANCELLED)

    assert await database.bookings.commit(claim) is Verdict.BOOKED


async def test_of_many_who_claim_the_same_ticket_one_gets_it(
    database: Database, show: Event, ann: User, ben: User
) -> None:
    claims = [a_claim(show.id, user.id, {5, 5 + place}) for place in range(1, 9) for user in (ann, ben)]

    verdicts = await asyncio.gather(*map(database.bookings.commit, claims))

    assert Counter(verdicts) == {Verdict.BOOKED: 1, Verdict.ALREADY_SOLD: 15}
    assert (await ledger_of(database, show.id)).sold == 2


async def test_an_event_that_is_not_on_sale_sells_nothing(database: Database, show: Event, ann: User) -> None:
    draft = an_event(status=EventStatus.DRAFT)
    await database.events.add(draft)
    await database.events.set_status(show.id, EventStatus.POSTPONED)

    for event_id, epoch in ((an_event_id(), 0), (draft.id, 0), (show.id, 0), (show.id, 1)):
        assert await database.bookings.commit(a_claim(event_id, ann.id, epoch=epoch)) is Verdict.WITHDRAWN


@pytest.mark.parametrize("epoch", [0, 1, 3])
async def test_a_claim_of_another_epoch_is_refused(database: Database, show: Event, ann: User, epoch: int) -> None:
    await database.ledgers.next_epoch(show.id)
    await database.ledgers.next_epoch(show.id)

    assert await database.bookings.commit(a_claim(show.id, ann.id, epoch=epoch)) is Verdict.STALE_EPOCH
    assert await database.bookings.commit(a_claim(show.id, ann.id, epoch=2)) is Verdict.BOOKED


async def test_a_user_whose_account_is_gone_buys_nothing(database: Database, show: Event) -> None:
    claim = a_claim(show.id, a_user_id())

    assert await database.bookings.commit(claim) is Verdict.UNKNOWN_USER
    assert await database.bookings.void(claim) is Verdict.VOID
    assert await database.bookings.owned(show.id, claim.user_id) == frozenset()
    assert await database.bookings.of_user(claim.user_id) == []
    assert (await ledger_of(database, show.id)).sold == 0


async def test_who_is_refused_takes_nobody_along(database: Database, ann: User, ben: User) -> None:
    event = an_event(ticket_limit=3)
    await database.events.add(event)
    await database.bookings.commit(a_claim(event.id, ben.id, {1}))
    people = [await database.users.add(a_user()) for _ in range(10)]
    good = [a_claim(event.id, user.id, {5 + place}) for place, user in enumerate(people)]
    bad = [
        a_claim(event.id, a_user_id(), {2}),
        a_claim(event.id, ann.id, {1}),
        a_claim(event.id, ben.id, {2, 3, 4}),
        a_claim(event.id, ann.id, {2}, epoch=7),
        a_claim(an_event_id(), ann.id, {2}),
    ]
    voided = a_claim(event.id, ann.id, {3})
    await database.bookings.void(voided)

    verdicts = await asyncio.gather(*map(database.bookings.commit, [*good[:5], *bad, voided, *good[5:]]))

    assert verdicts[:5] + verdicts[-5:] == [Verdict.BOOKED] * 10
    assert verdicts[5:-5] == [
        Verdict.UNKNOWN_USER,
        Verdict.ALREADY_SOLD,
        Verdict.OVER_LIMIT,
        Verdict.STALE_EPOCH,
        Verdict.WITHDRAWN,
        Verdict.VOID,
    ]
    sold = await database.ledgers.sold_tickets(event.id)
    assert sold is not None
    assert (sold.ledger.sold, list(sold.ranges)) == (11, [(1, 1), (5, 14)])


async def test_nobody_may_have_more_tickets_than_the_event_allows(database: Database, ann: User, ben: User) -> None:
    event = an_event(ticket_limit=3)
    await database.events.add(event)
    claims = [a_claim(event.id, ann.id, {number}) for number in range(1, 9)]

    verdicts = await asyncio.gather(*map(database.bookings.commit, claims))

    assert Counter(verdicts) == {Verdict.BOOKED: 3, Verdict.OVER_LIMIT: 5}
    assert await database.bookings.commit(a_claim(event.id, ben.id, {11, 12, 13})) is Verdict.BOOKED


async def test_cancelled_tickets_do_not_count_towards_the_limit(database: Database, ann: User) -> None:
    event = an_event(ticket_limit=3)
    await database.events.add(event)
    await database.bookings.commit(a_claim(event.id, ann.id, {1, 2, 3}))
    await database.bookings.cancel(event.id, ann.id, [1, 2])

    assert await database.bookings.commit(a_claim(event.id, ann.id, {4, 5, 6})) is Verdict.OVER_LIMIT
    assert await database.bookings.commit(a_claim(event.id, ann.id, {4, 5})) is Verdict.BOOKED


async def test_a_refused_claim_leaves_no_trace(database: Database, ann: User, ben: User) -> None:
    event = an_event(ticket_limit=3)
    await database.events.add(event)
    await database.bookings.commit(a_claim(event.id, ben.id, {1}))
    before = await ledger_of(database, event.id)
    refused = [
        a_claim(event.id, ann.id, {1, 2}),
        a_claim(event.id, ann.id, {3, 4, 5, 6}),
        a_claim(event.id, ann.id, {7}, epoch=9),
    ]

    verdicts = [await database.bookings.commit(claim) for claim in refused]

    assert verdicts == [Verdict.ALREADY_SOLD, Verdict.OVER_LIMIT, Verdict.STALE_EPOCH]
    assert await ledger_of(database, event.id) == before
    assert await database.bookings.owned(event.id, ann.id) == frozenset()
    assert await database.bookings.of_user(ann.id) == []
    [cancellations] = await database.analytics.cancellations()
    assert cancellations.booked == 1
    assert await database.bookings.commit(a_claim(event.id, ann.id, {2, 3, 4})) is Verdict.BOOKED


# Voiding


async def test_a_voided_claim_is_never_booked(database: Database, show: Event, ann: User) -> None:
    claim = a_claim(show.id, ann.id)

    voided = [await database.bookings.void(claim), await database.bookings.void(claim)]

    assert voided == [Verdict.VOID] * 2
    assert await database.bookings.commit(claim) is Verdict.VOID
    assert await database.bookings.owned(show.id, ann.id) == frozenset()
    assert await database.bookings.of_user(ann.id) == []


async def test_a_booked_claim_cannot_be_voided(database: Database, show: Event, ann: User) -> None:
    claim = a_claim(show.id, ann.id)
    await database.bookings.commit(claim)

    assert await database.bookings.void(claim) is Verdict.BOOKED
    assert await database.bookings.owned(show.id, ann.id) == {1}


async def test_voiding_one_claim_leaves_its_tickets_for_another(database: Database, show: Event, ann: User) -> None:
    await database.bookings.void(a_claim(show.id, ann.id, {1}))

    assert await database.bookings.commit(a_claim(show.id, ann.id, {1})) is Verdict.BOOKED


async def test_a_claim_of_a_withdrawn_event_can_be_voided(database: Database, show: Event, ann: User) -> None:
    claim = a_claim(show.id, ann.id)
    await database.events.set_status(show.id, EventStatus.CANCELLED)

    assert await database.bookings.void(claim) is Verdict.VOID


async def test_all_who_commit_and_void_a_claim_at_once_agree_on_what_became_of_it(
    database: Database, ann: User
) -> None:
    event = an_event(seats=30)
    await database.events.add(event)
    claims = [a_claim(event.id, ann.id, {number}) for number in range(1, 31)]

    outcomes = await asyncio.gather(
        *(
            asyncio.gather(*(decide(claim) for decide in deciders))
            for place, claim in enumerate(claims)
            for deciders in [[database.bookings.commit, database.bookings.void][:: 1 if place % 2 else -1]]
        )
    )

    assert all(set(verdicts) in ({Verdict.BOOKED}, {Verdict.VOID}) for verdicts in map(list, outcomes))
    booked = [verdicts[0] for verdicts in outcomes].count(Verdict.BOOKED)
    assert (await ledger_of(database, event.id)).sold == booked


# Owning


async def test_the_newest_tickets_are_those_of_the_last_bookings(
    database: Database, show: Event, ann: User, ben: User
) -> None:
    first, second = a_claim(show.id, ann.id, {7, 8}), a_claim(show.id, ann.id, {1, 2})
    await database.bookings.commit(first)
    await database.bookings.commit(a_claim(show.id, ben.id, {15}))
    await database.bookings.commit(second)

    newest = await database.bookings.newest(show.id, ann.id, 3)
    every = await database.bookings.newest(show.id, ann.id, 100)

    assert set(newest[:2]) == {OwnedTicket(second.booking_id, 1), OwnedTicket(second.booking_id, 2)}
    assert newest[2].booking_id == first.booking_id
    assert {ticket.number for ticket in every} == {1, 2, 7, 8}


async def test_a_user_owns_nothing_of_other_events(database: Database, show: Event, ann: User) -> None:
    other = an_event()
    await database.events.add(other)
    await database.bookings.commit(a_claim(show.id, ann.id, {1, 2}))

    assert await database.bookings.owned(other.id, ann.id) == frozenset()
    assert await database.bookings.newest(other.id, ann.id, 10) == []


async def test_a_users_bookings_come_newest_first(database: Database, show: Event, ann: User, ben: User) -> None:
    other = an_event(name="Matinee")
    await database.events.add(other)
    first, second = a_claim(show.id, ann.id, {1, 2}), a_claim(other.id, ann.id, {3})
    await database.bookings.commit(first)
    await database.bookings.commit(a_claim(show.id, ben.id, {4}))
    await database.bookings.commit(second)

    newest, oldest = await database.bookings.of_user(ann.id)

    assert (newest.id, newest.tickets) == (second.booking_id, 1)
    assert newest.event == BookedEvent.of(other)
    assert (oldest.id, oldest.tickets) == (first.booking_id, 2)
    assert oldest.event == BookedEvent.of(show)
    assert oldest.booked_at <= newest.booked_at


# Cancelling


async def test_cancelled_tickets_can_be_sold_again(database: Database, show: Event, ann: User, ben: User) -> None:
    await database.bookings.commit(a_claim(show.id, ann.id, {1, 2, 3}))

    release = await database.bookings.cancel(show.id, ann.id, [2, 3])

    assert release == Release(show.id, ann.id, (2, 3), epoch=0, number=1)
    assert await database.bookings.owned(show.id, ann.id) == {1}
    assert [ticket.number for ticket in await database.bookings.newest(show.id, ann.id, 5)] == [1]
    assert (await ledger_of(database, show.id)).sold == 1
    assert await database.bookings.commit(a_claim(show.id, ben.id, {2, 3})) is Verdict.BOOKED


async def test_a_release_carries_the_epoch_and_a_number_of_its_own(database: Database, show: Event, ann: User) -> None:
    await database.bookings.commit(a_claim(show.id, ann.id, {1, 2, 3}))
    first = await database.bookings.cancel(show.id, ann.id, [1])
    await database.ledgers.next_epoch(show.id)
    second = await database.bookings.cancel(show.id, ann.id, [2])

    assert [(release.epoch, release.number) for release in (first, second)] == [(0, 1), (1, 2)]
    assert (await ledger_of(database, show.id)).released == 2


async def test_a_booking_counts_the_tickets_that_stand_and_is_gone_without_any(
    database: Database, show: Event, ann: User
) -> None:
    await database.bookings.commit(a_claim(show.id, ann.id, {1, 2, 3}))

    await database.bookings.cancel(show.id, ann.id, [1])
    [booking] = await database.bookings.of_user(ann.id)
    await database.bookings.cancel(show.id, ann.id, [2, 3])

    assert booking.tickets == 2
    assert await database.bookings.of_user(ann.id) == []


async def test_of_many_who_cancel_their_last_ticket_at_once_one_does(
    database: Database, show: Event, ann: User
) -> None:
    await database.bookings.commit(a_claim(show.id, ann.id, set(range(1, 6))))

    async def cancel_newest() -> Release | None:
        async with database.transaction() as unit:
            await unit.events.lock(show.id)
            newest = await unit.bookings.newest(show.id, ann.id, 1)
            numbers = [ticket.number for ticket in newest]
            return await unit.bookings.cancel(show.id, ann.id, numbers) if numbers else None

    releases = [release for release in await asyncio.gather(*(cancel_newest() for _ in range(12))) if release]

    assert sorted(release.number for release in releases) == [1, 2, 3, 4, 5]
    assert {number for release in releases for number in release.numbers} == {1, 2, 3, 4, 5}
    assert (await ledger_of(database, show.id)).sold == 0


async def test_cancelling_leaves_other_peoples_tickets_alone(
    database: Database, show: Event, ann: User, ben: User
) -> None:
    await database.bookings.commit(a_claim(show.id, ann.id, {1}))
    await database.bookings.commit(a_claim(show.id, ben.id, {2}))

    await database.bookings.cancel(show.id, ann.id, [1, 2])

    assert await database.bookings.owned(show.id, ben.id) == {2}
    assert (await ledger_of(database, show.id)).sold == 1


async def test_every_ticket_of_an_event_can_be_given_back(
    database: Database, show: Event, ann: User, ben: User
) -> None:
    other = an_event()
    await database.events.add(other)
    await database.bookings.commit(a_claim(show.id, ann.id, {1, 2}))
    await database.bookings.commit(a_claim(show.id, ben.id, {3}))
    await database.bookings.commit(a_claim(other.id, ben.id, {3}))

    async with database.transaction() as unit:
        await unit.events.lock(show.id)
        await unit.bookings.cancel_all(show.id)
        await unit.events.set_status(show.id, EventStatus.CANCELLED)

    found = await database.events.found(show.id)
    assert found is not None
    assert found.event.sold == 0
    assert await database.bookings.owned(show.id, ann.id) == frozenset()
    assert [booking.event.status for booking in await database.bookings.of_user(ann.id)] == [EventStatus.CANCELLED]
    assert [booking.event.id for booking in await database.bookings.of_user(ben.id)] == [other.id, show.id]


async def test_a_cancelled_event_gives_its_tickets_back_step_by_step(
    database: Database, show: Event, ann: User, ben: User
) -> None:
    await database.bookings.commit(a_claim(show.id, ann.id, {1, 4}))
    await database.bookings.commit(a_claim(show.id, ben.id, {2, 3}))
    await database.bookings.commit(a_claim(show.id, house_of(show.id), {5}))
    await database.events.set_status(show.id, EventStatus.CANCELLED)
    last: int | None = 0
    steps = []
    while last is not None:
        async with database.transaction(at=show.id) as unit:
            await unit.events.lock_any(show.id)
            last = await unit.bookings.cancel_all(show.id, last, 2)
        found = await database.events.found(show.id)
        assert found
        owned = [len(await database.bookings.owned(show.id, user.id)) for user in (ann, ben)]
        steps.append((last, found.event.sold, found.event.blocked, *owned, await database.ledgers.to_give_back(10)))

    assert steps == [(2, 3, 1, 1, 1, [show.id]), (4, 1, 1, 0, 0, [show.id]), (None, 0, 0, 0, 0, [])]
    days = await database.analytics.days(show.id)
    assert [(day.booked, day.cancelled) for day in days] == [(4, 4)]


async def test_who_gave_all_back_may_have_the_full_limit_again(database: Database, ann: User) -> None:
    event = an_event(ticket_limit=2)
    await database.events.add(event)
    await database.bookings.commit(a_claim(event.id, ann.id, {1, 2}))
    await database.bookings.cancel(event.id, ann.id, [1, 2])

    assert await database.bookings.commit(a_claim(event.id, ann.id, {1, 2})) is Verdict.BOOKED


async def test_many_users_buy_at_once_and_every_ticket_is_counted(database: Database) -> None:
    event = an_event(seats=64)
    await database.events.add(event)
    users = [await database.users.add(a_user()) for _ in range(8)]
    claims = [a_claim(event.id, users[number % 8].id, {number}) for number in range(1, 65)]

    await asyncio.gather(*map(database.bookings.commit, claims))

    sold = await database.ledgers.sold_tickets(event.id)
    assert sold is not None
    assert (sold.ledger.sold, list(sold.ranges)) == (64, [(1, 64)])
