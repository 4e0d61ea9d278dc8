"""Requests about bookings that come twice, and the limit of tickets."""

import asyncio
from datetime import timedelta

import pytest

from booked.domain.errors import (
    IdempotencyKeyReused,
    NoSuchReservation,
    OverTicketLimit,
    StoreReadFailed,
    StoreWriteFailed,
    TicketNotReserved,
)
from booked.domain.model.ids import EventId, UserId
from booked.domain.model.people.users import Identity
from booked.domain.model.sale.bookings import BookingStatus, Verdict
from booked.domain.model.sale.holds import CLAIM_GRACE, Claim
from booked.domain.model.sale.reservations import TicketRequest
from tests.builders import key_by
from tests.memory.keys import MemoryIdempotencyKeys
from tests.services.box_office import BoxOffice, InterruptedBookings
from tests.services.sale.commits import Commit, refuse
from tests.services.stage import held, numbers, seats, sold, these


async def fail(claim: Claim, commit: Commit) -> Verdict:
    raise StoreWriteFailed


# Repeating


async def test_a_repeated_request_books_a_reservation_once(office: BoxOffice, hall: EventId, ann: UserId) -> None:
    made = await office.reservations.make(ann, hall, TicketRequest(2))

    views = await asyncio.gather(
        *(office.bookings.book_reservation(ann, made.reservation.id, key_by(ann)) for _ in range(32))
    )
    later = await office.bookings.book_reservation(ann, made.reservation.id, key_by(ann))

    assert [*views, later] == [later] * 33
    assert await sold(office, hall) == 2


@pytest.mark.parametrize("key", ["", "a key"])
async def test_a_reservation_that_is_booked_again_without_the_key_is_the_same_booking(
    office: BoxOffice, hall: EventId, ann: UserId, ben: UserId, key: str
) -> None:
    made = await office.reservations.make(ann, hall, TicketRequest(2))
    view = await office.bookings.book_reservation(ann, made.reservation.id)

    again = await office.bookings.book_reservation(ann, made.reservation.id, key_by(ann, key) if key else None)
    office.holds.events.clear()
    afterwards = await office.bookings.book_reservation(ann, made.reservation.id)
    with pytest.raises(NoSuchReservation):
        await office.bookings.book_reservation(ben, made.reservation.id)

    assert again == afterwards == view
    assert await sold(office, hall) == 2


@pytest.mark.parametrize("key", ["", "another key"])
async def test_a_reservation_that_is_booked_again_under_another_key_is_the_same_booking(
    office: BoxOffice, hall: EventId, ann: UserId, ben: UserId, key: str
) -> None:
    made = await office.reservations.make(ann, hall, TicketRequest(2))
    view = await office.bookings.book_reservation(ann, made.reservation.id, key_by(ann))

    again = await office.bookings.book_reservation(ann, made.reservation.id, key_by(ann, key) if key else None)
    with pytest.raises(NoSuchReservation):
        await office.bookings.book_reservation(ben, made.reservation.id, key_by(ben, key) if key else None)

    assert again == view
    assert await sold(office, hall) == 2


async def test_a_reservation_whose_tickets_were_booked_apart_is_not_booked_again(
    office: BoxOffice, hall: EventId, ann: UserId
) -> None:
    made = await office.reservations.make(ann, hall, these(hall, 1, 2))
    for seat in seats(hall, 1, 2):
        await office.bookings.book_tickets(ann, [seat])

    with pytest.raises(TicketNotReserved):
        await office.bookings.book_reservation(ann, made.reservation.id)


async def test_a_reservation_that_lapsed_is_not_booked_by_a_booking_of_some_of_its_tickets(
    office: BoxOffice, hall: EventId, ann: UserId
) -> None:
    made = await office.reservations.make(ann, hall, these(hall, 1, 2))
    office.clock.advance(made.hold_ttl)
    await office.bookings.book_now(ann, hall, these(hall, 1), key_by(ann))

    with pytest.raises(TicketNotReserved):
        await office.bookings.book_reservation(ann, made.reservation.id)


async def test_a_repeated_request_books_in_one_go_once(office: BoxOffice, limited: EventId, ann: UserId) -> None:
    views = await asyncio.gather(
        *(office.bookings.book_now(ann, limited, TicketRequest(3), key_by(ann)) for _ in range(32))
    )
    later = await office.bookings.book_now(ann, limited, TicketRequest(3), key_by(ann))

    assert [*views, later] == [later] * 33
    assert (await held(office, limited), await sold(office, limited)) == (0, 3)


async def test_a_repeated_request_books_held_tickets_once(office: BoxOffice, hall: EventId, ann: UserId) -> None:
    tickets = await office.sale.reserve(ann, hall, 2)

    views = await asyncio.gather(*(office.bookings.book_tickets(ann, tickets, key_by(ann)) for _ in range(32)))
    later = await office.bookings.book_tickets(ann, tickets, key_by(ann))

    assert [*views, later] == [later] * 33


async def test_a_repeated_request_adds_a_seat_once(
    office: BoxOffice, hall: EventId, ann: UserId, owner: Identity
) -> None:
    view = await office.bookings.book_now(ann, hall, these(hall, 1))
    [seat] = seats(hall, 2)

    views = await asyncio.gather(
        *(office.bookings.add_seat(owner, view.record.id, seat, key_by(ann)) for _ in range(32))
    )
    later = await office.bookings.add_seat(owner, view.record.id, seat, key_by(ann))

    assert [*views, later] == [later] * 33
    assert numbers(later) == [1, 2]


async def test_twins_that_book_are_not_in_each_others_way(
    office: BoxOffice, limited: EventId, ann: UserId, commits: InterruptedBookings
) -> None:
    answers = []

    async def be_overtaken(claim: Claim, commit: Commit) -> Verdict:
        answers.append(await office.bookings.book_now(ann, limited, TicketRequest(3), key_by(ann)))
        return await commit(claim)

    commits.interruptions.append(be_overtaken)
    answers.append(await office.bookings.book_now(ann, limited, TicketRequest(3), key_by(ann)))

    assert answers[0] == answers[1]
    assert (await held(office, limited), await sold(office, limited)) == (0, 3)


async def test_who_gives_up_while_they_book_is_not_kept_waiting(
    office: BoxOffice, hall: EventId, ann: UserId, commits: InterruptedBookings, monkeypatch: pytest.MonkeyPatch
) -> None:
    committing, hangs = asyncio.Event(), asyncio.Event()

    async def hang(claim: Claim, commit: Commit) -> Verdict:
        committing.set()
        await hangs.wait()
        raise AssertionError

    async def hang_too(*_: object) -> None:
        await hangs.wait()

    commits.interruptions.append(hang)
    monkeypatch.setattr(office.holds, "give_back", hang_too)
    booking = asyncio.create_task(office.bookings.book_now(ann, hall, TicketRequest(2)))
    await committing.wait()

    booking.cancel()
    ended, _ = await asyncio.wait({booking}, timeout=1)
    hangs.set()

    assert ended == {booking}


async def test_twins_that_add_a_seat_are_not_in_each_others_way(
    office: BoxOffice, limited: EventId, ann: UserId, owner: Identity, commits: InterruptedBookings
) -> None:
    view = await office.bookings.book_now(ann, limited, TicketRequest(3))
    [seat] = seats(limited, 11)
    answers = []

    async def be_overtaken(claim: Claim, commit: Commit) -> Verdict:
        answers.append(await office.bookings.add_seat(owner, view.record.id, seat, key_by(ann)))
        return await commit(claim)

    commits.interruptions.append(be_overtaken)
    answers.append(await office.bookings.add_seat(owner, view.record.id, seat, key_by(ann)))

    assert answers[0] == answers[1]
    assert (await held(office, limited), await sold(office, limited)) == (0, 4)


async def test_a_repeated_request_cancels_once(office: BoxOffice, hall: EventId, ann: UserId, owner: Identity) -> None:
    view = await office.bookings.book_now(ann, hall, these(hall, 1))

    first = await office.bookings.cancel(owner, view.record.id, key_by(ann))
    again = await office.bookings.cancel(owner, view.record.id, key_by(ann))

    assert again == first
    assert first.record.status is BookingStatus.CANCELLED


async def test_a_key_is_for_one_request_of_one_user(
    office: BoxOffice, hall: EventId, ann: UserId, ben: UserId, owner: Identity
) -> None:
    view = await office.bookings.book_now(ann, hall, these(hall, 1), key_by(ann))

    for attempt in (
        office.bookings.book_now(ann, hall, these(hall, 2), key_by(ann, fingerprint=b"something else")),
        office.bookings.cancel(owner, view.record.id, key_by(ann, fingerprint=b"something else")),
        office.bookings.add_seat(owner, view.record.id, seats(hall, 2)[0], key_by(ann, fingerprint=b"something else")),
        office.bookings.book_tickets(ann, seats(hall, 2), key_by(ann, fingerprint=b"something else")),
    ):
        with pytest.raises(IdempotencyKeyReused):
            await attempt
    bens = await office.bookings.book_now(ben, hall, these(hall, 2), key_by(ben))

    assert bens.record.id != view.record.id
    assert (await held(office, hall), await sold(office, hall)) == (0, 2)


async def test_a_request_that_failed_can_be_repeated_with_its_key(
    office: BoxOffice, hall: EventId, ann: UserId, commits: InterruptedBookings
) -> None:
    commits.interruptions.append(refuse)
    with pytest.raises(OverTicketLimit):
        await office.bookings.book_now(ann, hall, these(hall, 1, 2), key_by(ann))

    view = await office.bookings.book_now(ann, hall, these(hall, 1, 2), key_by(ann))
    again = await office.bookings.book_now(ann, hall, these(hall, 1, 2), key_by(ann))

    assert numbers(view) == [1, 2]
    assert again == view


async def test_while_the_database_is_down_nothing_is_booked_and_the_request_can_be_repeated(
    office: BoxOffice, hall: EventId, ann: UserId, commits: InterruptedBookings
) -> None:
    commits.interruptions.append(fail)
    with pytest.raises(StoreWriteFailed):
        await office.bookings.book_now(ann, hall, these(hall, 1, 2), key_by(ann))

    view = await office.bookings.book_now(ann, hall, these(hall, 1, 2), key_by(ann))

    assert numbers(view) == [1, 2]
    assert (await held(office, hall), await sold(office, hall)) == (0, 2)


async def test_what_could_not_be_booked_in_one_go_is_free_again_soon(
    office: BoxOffice, limited: EventId, ann: UserId, commits: InterruptedBookings
) -> None:
    commits.interruptions.append(fail)
    with pytest.raises(StoreWriteFailed):
        await office.bookings.book_now(ann, limited, TicketRequest(3))  # all that she may have

    office.clock.advance(timedelta(minutes=1, seconds=1))
    await office.inventory.sweep(limited)
    office.clock.advance(CLAIM_GRACE)

    assert len(numbers(await office.bookings.book_now(ann, limited, TicketRequest(3)))) == 3


async def test_who_books_in_time_while_the_database_is_away_has_the_tickets_once_it_is_back(
    office: BoxOffice, hall: EventId, ann: UserId, commits: InterruptedBookings, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await office.reservations.make(ann, hall, TicketRequest(2))

    async def be_away(*_: object) -> None:
        raise StoreReadFailed

    with monkeypatch.context() as away:
        away.setattr(MemoryIdempotencyKeys, "find", be_away)
        commits.interruptions.append(fail)
        with pytest.raises(StoreWriteFailed):
            await office.bookings.book_reservation(ann, made.reservation.id, key_by(ann))
    office.clock.advance(made.hold_ttl)

    view = await office.bookings.book_reservation(ann, made.reservation.id, key_by(ann))

    assert numbers(view) == list(made.reservation.numbers)


# The limit


async def test_however_one_asks_at_once_one_has_no_more_tickets_than_the_limit(
    office: BoxOffice, limited: EventId, ann: UserId, owner: Identity
) -> None:
    view = await office.bookings.book_now(ann, limited, these(limited, 1))
    made = await office.reservations.make(ann, limited, these(limited, 2))

    await asyncio.gather(
        *(office.bookings.book_now(ann, limited, TicketRequest(1)) for _ in range(8)),
        *(office.reservations.make(ann, limited, TicketRequest(1)) for _ in range(8)),
        *(office.bookings.add_seat(owner, view.record.id, seat) for seat in seats(limited, *range(11, 19))),
        *(office.reservations.enlarge(ann, made.reservation.id, 1) for _ in range(8)),
        return_exceptions=True,
    )

    assert await held(office, limited) + await sold(office, limited) == 4
