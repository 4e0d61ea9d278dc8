"""Buying on terms, and giving named tickets back."""

import asyncio
from collections.abc import Iterable

import pytest

from booked.domain.errors import IdempotencyKeyReused, NoEventFound, NoSuchBooking, RequestInFlight
from booked.domain.model.ids import BookingId, EventId, UserId, number_of
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.sale.bookings import BookingRecord, OwnedTicket, Verdict
from booked.domain.model.sale.cancellations import CancellationOrder
from booked.domain.model.sale.holds import Claim, Terms, house_of
from tests.builders import TTL, a_booking_id, an_event_id, key_by
from tests.services.box_office import BoxOffice
from tests.services.sale.commits import Commit, connection_lost, interrupt, reply_lost

# Buying: booking on terms, with an answer


async def hold(office: BoxOffice, user_id: UserId, event_id: EventId, count: int) -> list[int]:
    return [number_of(ticket) for ticket in await office.sale.reserve(user_id, event_id, count)]


async def standing(office: BoxOffice, booking_id: BookingId) -> set[int]:
    record = await office.database.bookings.get(booking_id)
    assert record is not None
    return {ticket.number for ticket in record.standing}


async def test_buying_names_the_booking(office: BoxOffice, concert: EventId, ann: UserId) -> None:
    numbers = await hold(office, ann, concert, 3)

    booking_id = await office.sale.buy(ann, concert, numbers)

    assert await standing(office, booking_id) == set(numbers)
    assert (await office.holds.inspect(concert)).sold == set(numbers)


async def test_buying_again_what_one_owns_names_the_same_booking(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    numbers = await hold(office, ann, concert, 3)

    bookings = {await office.sale.buy(ann, concert, numbers) for _ in range(3)}

    assert len(bookings) == 1
    assert (await office.ledger(concert)).sold == 3


async def test_what_is_bought_as_a_part_names_the_whole(office: BoxOffice, concert: EventId, ann: UserId) -> None:
    whole = await office.sale.buy(ann, concert, await hold(office, ann, concert, 2))
    more = await hold(office, ann, concert, 3)

    bookings = [await office.sale.buy(ann, concert, more, Terms(part_of=whole)) for _ in range(2)]

    assert bookings == [whole, whole]
    assert len(await standing(office, whole)) == 5


async def test_nothing_becomes_part_of_somebody_elses_booking(
    office: BoxOffice, concert: EventId, ann: UserId, ben: UserId
) -> None:
    bens = await office.sale.buy(ben, concert, await hold(office, ben, concert, 1))
    numbers = await hold(office, ann, concert, 2)

    with pytest.raises(NoSuchBooking):
        await office.sale.buy(ann, concert, numbers, Terms(part_of=bens))

    assert (await office.holds.inspect(concert)).held == set(numbers)
    await office.sale.buy(ann, concert, numbers)


async def test_a_request_that_was_done_before_takes_nothing_more(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    first = await office.sale.buy(ann, concert, await hold(office, ann, concert, 2), Terms(idempotency_key=key_by(ann)))
    more = await hold(office, ann, concert, 3)

    again = await office.sale.buy(ann, concert, more, Terms(idempotency_key=key_by(ann)))

    stock = await office.holds.stock(concert)
    assert again == first
    assert (stock.sold, stock.held, stock.claimed) == (2, 3, 0)


async def test_a_key_that_came_with_another_request_buys_nothing(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    await office.sale.buy(ann, concert, await hold(office, ann, concert, 2), Terms(idempotency_key=key_by(ann)))
    more = await hold(office, ann, concert, 3)

    with pytest.raises(IdempotencyKeyReused):
        await office.sale.buy(ann, concert, more, Terms(idempotency_key=key_by(ann, fingerprint=b"another request")))

    assert (await office.ledger(concert)).sold == 2


async def test_twins_that_hold_tickets_of_their_own_make_one_booking(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    held = [await hold(office, ann, concert, 2) for _ in range(8)]

    bookings = await asyncio.gather(
        *(office.sale.buy(ann, concert, numbers, Terms(idempotency_key=key_by(ann))) for numbers in held)
    )

    stock = await office.holds.stock(concert)
    assert len(set(bookings)) == 1
    assert (stock.sold, stock.held, stock.claimed) == (2, 14, 0)


async def test_twins_of_the_same_tickets_make_one_booking(office: BoxOffice, concert: EventId, ann: UserId) -> None:
    numbers = await hold(office, ann, concert, 2)

    bookings = await asyncio.gather(
        *(office.sale.buy(ann, concert, numbers, Terms(idempotency_key=key_by(ann))) for _ in range(16))
    )

    assert len(set(bookings)) == 1
    assert (await office.ledger(concert)).sold == 2


async def test_a_claim_that_somebody_else_commits_is_booked_though_the_request_was_done_before(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    async def committed_by_another(claim: Claim, commit: Commit) -> Verdict:
        await office.database.bookings.real.commit(claim)  # type: ignore[attr-defined]
        return Verdict.DONE_BEFORE

    first = await office.sale.buy(ann, concert, await hold(office, ann, concert, 2), Terms(idempotency_key=key_by(ann)))
    more = await hold(office, ann, concert, 3)
    interrupt(office, committed_by_another)

    again = await office.sale.buy(ann, concert, more, Terms(idempotency_key=key_by(ann)))

    stock = await office.holds.stock(concert)
    assert again == first
    assert (stock.sold, stock.held, stock.claimed) == (5, 0, 0)


async def test_a_booking_whose_code_is_taken_gets_another_id(office: BoxOffice, concert: EventId, ann: UserId) -> None:
    refused: list[BookingId] = []

    async def collide(claim: Claim, _: Commit) -> Verdict:
        refused.append(claim.booking_id)
        return Verdict.CODE_TAKEN

    numbers = await hold(office, ann, concert, 2)
    interrupt(office, collide)

    booking_id = await office.sale.buy(ann, concert, numbers)

    stock = await office.holds.stock(concert)
    assert [booking_id] != refused
    assert (stock.sold, stock.held, stock.claimed) == (2, 0, 0)
    assert await office.sale.bookings(ann) != []


async def test_a_lost_reply_to_a_purchase_is_asked_for_again_on_the_same_terms(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    numbers = await hold(office, ann, concert, 2)
    interrupt(office, reply_lost, connection_lost)

    booking_id = await office.sale.buy(ann, concert, numbers, Terms(idempotency_key=key_by(ann)))

    assert await office.database.idempotency_keys.find(key_by(ann)) == booking_id
    assert await standing(office, booking_id) == set(numbers)


async def test_what_an_earlier_claim_does_not_have_becomes_part_of_the_same_booking(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    numbers = await hold(office, ann, concert, 3)
    await office.holds.claim(concert, ann, numbers[:1], a_booking_id())

    booking_id = await office.sale.buy(ann, concert, numbers, Terms(idempotency_key=key_by(ann)))

    assert await standing(office, booking_id) == set(numbers)
    assert await office.database.idempotency_keys.find(key_by(ann)) == booking_id
    assert [booking.tickets for booking in await office.sale.bookings(ann)] == [3]


async def test_what_an_earlier_claim_does_not_have_is_a_booking_of_its_own_where_that_one_was_cancelled(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    async def commit_at_once(claim: Claim, commit: Commit) -> Verdict:
        return await commit(claim)

    async def cancelled_meanwhile(claim: Claim, commit: Commit) -> Verdict:
        await office.sale.release(concert, ann, await seen(office, concert, ann, numbers[:1]))
        return Verdict.NO_SUCH_BOOKING

    numbers = await hold(office, ann, concert, 3)
    await office.holds.claim(concert, ann, numbers[:1], a_booking_id())
    interrupt(office, commit_at_once, cancelled_meanwhile)

    booking_id = await office.sale.buy(ann, concert, numbers)

    assert await standing(office, booking_id) == set(numbers[1:])
    assert [booking.tickets for booking in await office.sale.bookings(ann)] == [2]


async def test_what_one_owns_and_new_tickets_can_be_bought_together(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    owned = await office.buy(ann, concert, 2)
    numbers = await hold(office, ann, concert, 3)

    booking_id = await office.sale.buy(ann, concert, [*owned, *numbers], Terms(idempotency_key=key_by(ann)))

    assert await standing(office, booking_id) == set(numbers)
    assert (await office.ledger(concert)).sold == 5


async def test_the_house_buys_as_anybody_does(office: BoxOffice, concert: EventId) -> None:
    house = house_of(concert)
    await office.inventory.repair(concert)
    hold = await office.holds.reserve(concert, house, 2, TTL)

    bookings = {await office.sale.buy(house, concert, hold.numbers) for _ in range(2)}

    event = await office.database.events.get(concert)
    assert event is not None
    assert (len(bookings), event.sold, event.blocked) == (1, 2, 2)


# Giving tickets back


async def seen(office: BoxOffice, event_id: EventId, user_id: UserId, numbers: Iterable[int]) -> list[OwnedTicket]:
    """Return tickets with the bookings that they are in now."""
    return await office.database.bookings.standing(event_id, user_id, sorted(numbers))


async def bought_again(office: BoxOffice, concert: EventId, ann: UserId) -> tuple[BookingRecord, list[OwnedTicket]]:
    """Cancel a booking and buy its only ticket again. Return what a slow request saw of the first booking."""
    [number] = await office.buy(ann, concert, 1)
    stale = await office.database.bookings.get((await office.sale.bookings(ann))[0].id)
    assert stale is not None
    tickets = await seen(office, concert, ann, [number])
    await office.sale.give_back(stale, lambda standing: standing, CancellationOrder(ann))
    assert await office.buy(ann, concert, 1) == {number}
    return stale, tickets


async def test_a_late_cancellation_leaves_the_next_booking_of_the_same_seat(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    stale, tickets = await bought_again(office, concert, ann)

    late = [
        await office.sale.give_back(stale, lambda standing: standing, CancellationOrder(ann)),
        await office.sale.give_back(stale, lambda _: [tickets[0].number], CancellationOrder(ann)),
        await office.sale.release(concert, ann, tickets),
    ]

    assert late == [frozenset()] * 3
    assert (await office.ledger(concert)).sold == 1


async def test_control_a_cancellation_by_number_alone_takes_the_next_booking(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    _, tickets = await bought_again(office, concert, ann)

    async with office.database.transaction() as unit:
        await unit.events.lock_any(concert)
        await unit.bookings.cancel(concert, ann, [tickets[0].number])

    assert (await office.ledger(concert)).sold == 0


async def test_named_tickets_are_given_back(office: BoxOffice, concert: EventId, ann: UserId, ben: UserId) -> None:
    numbers = sorted(await office.buy(ann, concert, 3))
    bens = await office.buy(ben, concert, 1)

    of_others = [*await seen(office, concert, ben, bens), OwnedTicket(a_booking_id(), 20)]
    owned = await seen(office, concert, ann, numbers[:2])

    given_back = await office.sale.release(concert, ann, [*owned, *of_others])

    assert given_back == set(numbers[:2])
    assert (await office.holds.inspect(concert)).sold == {numbers[2], *bens}
    assert office.observer.named("cancelled") == [("cancelled", concert, 2)]


async def test_giving_back_what_one_has_not_changes_nothing(office: BoxOffice, concert: EventId, ann: UserId) -> None:
    await office.buy(ann, concert, 1)
    before = await office.ledger(concert)

    assert await office.sale.release(concert, ann, [OwnedTicket(a_booking_id(), 19)]) == frozenset()
    assert await office.ledger(concert) == before
    assert office.observer.named("cancelled") == []


async def test_nothing_is_given_back_of_an_event_that_does_not_exist(office: BoxOffice, ann: UserId) -> None:
    with pytest.raises(NoEventFound):
        await office.sale.release(an_event_id(), ann, [OwnedTicket(a_booking_id(), 1)])


async def test_tickets_of_an_event_that_is_not_on_sale_any_more_can_be_given_back(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    numbers = await office.buy(ann, concert, 2)
    owned = await seen(office, concert, ann, numbers)
    await office.database.events.set_status(concert, EventStatus.POSTPONED)
    await office.holds.discard(concert, epoch=2)

    assert await office.sale.release(concert, ann, owned) == numbers


async def test_many_who_give_the_same_tickets_back_give_them_back_once(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    numbers = await office.buy(ann, concert, 4)
    owned = await seen(office, concert, ann, numbers)

    given_back = await asyncio.gather(*(office.sale.release(concert, ann, owned) for _ in range(8)))

    assert sorted(map(len, given_back)) == [0] * 7 + [4]
    assert (await office.ledger(concert)).released == 1
    assert (await office.holds.stock(concert)).free == 20


async def test_a_request_to_give_back_is_remembered(office: BoxOffice, concert: EventId, ann: UserId) -> None:
    numbers = await office.buy(ann, concert, 4)
    [booking] = await office.sale.bookings(ann)
    owned = await seen(office, concert, ann, numbers)

    await office.sale.release(concert, ann, owned, key_by(ann), booking.id)

    assert await office.database.idempotency_keys.find(key_by(ann)) == booking.id
    with pytest.raises(RequestInFlight):
        await office.sale.release(concert, ann, owned, key_by(ann), booking.id)


async def test_tickets_whose_claim_was_never_settled_come_back_at_once_when_given_back(
    office: BoxOffice, concert: EventId, ann: UserId
) -> None:
    numbers = await hold(office, ann, concert, 2)
    claim = await office.holds.claim(concert, ann, numbers, a_booking_id())
    await office.database.bookings.commit(claim)  # and then the process died

    await office.sale.release(concert, ann, await seen(office, concert, ann, numbers))

    assert (await office.holds.stock(concert)).free == 20
