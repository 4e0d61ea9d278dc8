"""What people are shown of tickets that are set aside for the waitlist."""

import asyncio
from enum import Enum

import pytest

from booked.domain.errors import InvalidWaitlistCount
from booked.domain.model.ids import EventId, UserId
from booked.domain.model.sale.live import LiveState
from booked.domain.model.sale.reservations import TicketRequest
from tests.services.box_office import BoxOffice
from tests.services.stage import BALCONY, STALLS, STANDING, put_on, seats, these

# The hall has stalls with the seats 1 … 20, a balcony with the seats 21 … 30, and room to stand for 20.


@pytest.fixture
async def waited_for(office: BoxOffice, ann: UserId, ben: UserId) -> EventId:
    """A concert whose stalls were sold out. Ann waits for three seats there, and two have come back."""
    event_id = await put_on(office)
    made = await office.reservations.make(ben, event_id, TicketRequest(20, STALLS))
    await office.sale.book(ben, seats(event_id, *made.reservation.numbers))
    await office.waitlist.join(ann, event_id, 3, type_number=STALLS)
    owned = await office.database.bookings.standing(event_id, ben, [4, 5])
    await office.sale.release(event_id, ben, owned)
    await office.offers.serve(event_id)
    return event_id


async def live_state(office: BoxOffice, event_id: EventId) -> LiveState:
    async with office.live.watch(None, event_id, None) as stream:
        frame = await asyncio.wait_for(stream.next(), timeout=5)
    assert not isinstance(frame, Enum)
    return frame.state


async def available(office: BoxOffice, event_id: EventId) -> list[int]:
    return [report.sales.available for report in await office.ticket_types.reports(None, event_id)]


async def test_what_is_set_aside_for_a_type_is_not_available(office: BoxOffice, waited_for: EventId) -> None:
    [stalls, *_] = await office.ticket_types.reports(None, waited_for)

    assert await available(office, waited_for) == [0, 10, 20]
    assert (stalls.sales.free, stalls.sales.set_aside) == (2, 2)


async def test_what_is_set_aside_for_any_type_is_not_available(office: BoxOffice, ann: UserId, ben: UserId) -> None:
    event_id = await put_on(office)
    await office.buy(ben, event_id, 50)
    await office.waitlist.join(ann, event_id, 3)
    await office.sale.release(event_id, ben, await office.database.bookings.standing(event_id, ben, [4, 5, 21]))

    assert await available(office, event_id) == [0, 0, 0]
    assert (await live_state(office, event_id)).left == {STALLS: 0, BALCONY: 0, STANDING: 0}


async def test_who_watches_is_shown_what_is_set_aside_as_taken(office: BoxOffice, waited_for: EventId) -> None:
    state = await live_state(office, waited_for)

    assert (state.free, state.left) == (30, {STALLS: 0, BALCONY: 10, STANDING: 20})
    assert state.taken is not None
    assert state.taken[:3] == b"\xff\xff\xf0"


async def test_a_map_of_the_seats_shows_what_is_set_aside_as_taken(office: BoxOffice, waited_for: EventId) -> None:
    shown = await office.seats.availability(None, waited_for, 1, 30)

    assert (shown.free, shown.free_numbers()) == (30, list(range(21, 31)))


async def test_a_hall_shows_what_is_set_aside_to_those_who_run_it(office: BoxOffice, waited_for: EventId) -> None:
    hall, whole = [await office.halls.hall(None, waited_for, whole=whole) for whole in (False, True)]
    section = await office.halls.section(None, waited_for, 1, 1, [])
    whole_section = await office.halls.section(None, waited_for, 1, 1, [], whole=True)

    assert (hall.free, whole.free) == ([0, 10], [2, 10])
    assert (section.free, whole_section.free) == (frozenset(), frozenset({4, 5}))


async def test_seats_that_are_shown_as_free_can_be_reserved(
    office: BoxOffice, waited_for: EventId, ben: UserId
) -> None:
    free = (await office.seats.availability(None, waited_for, 1, 30)).free_numbers()

    made = await office.reservations.make(ben, waited_for, these(waited_for, *free))

    assert list(made.reservation.numbers) == free
    with pytest.raises(InvalidWaitlistCount, match="20 tickets are available"):
        await office.waitlist.join(ben, waited_for, 1)
