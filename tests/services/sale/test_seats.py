"""Seats where a store fails, and what no contract over HTTP can see of them."""

from collections.abc import Collection

import pytest

from booked.domain.model.ids import EventId, ticket_id
from booked.domain.model.programme.seating import SeatBlock, SeatStatus
from booked.domain.model.programme.ticket_types import TicketTypeDraft, lay_out
from booked.domain.model.sale.holds import TakenTickets
from booked.domain.services.sale.seats import SEATS_A_LOOK, SEATS_LOOKED_AT, SeatFilter, all_taken
from tests.builders import an_event
from tests.services.box_office import BoxOffice

ALL = SeatFilter()


async def arena(office: BoxOffice, rows: int) -> EventId:
    """An event whose rows have a thousand seats each."""
    plan = lay_out([TicketTypeDraft("Any", 1000, sections=("Any",))], [SeatBlock("Any", rows, 1000)])
    event = an_event(seats=plan.capacity)
    await office.database.events.add(event, plan)
    return event.id


# Lists of seats


async def test_a_page_of_seats_looks_at_no_more_than_it_should(office: BoxOffice) -> None:
    event_id = await arena(office, rows=8)

    page = await office.seats.page(None, event_id, SeatFilter(status=SeatStatus.BOOKED), 0, 100)
    last = await office.seats.page(None, event_id, SeatFilter(status=SeatStatus.BOOKED), SEATS_LOOKED_AT, 100)

    assert (page.seats, page.next_after) == ([], SEATS_LOOKED_AT)
    assert (last.seats, last.next_after) == ([], None)


async def test_a_page_of_seats_that_is_just_full_is_the_last_where_there_are_no_more(office: BoxOffice) -> None:
    event_id = await arena(office, rows=1)

    page = await office.seats.page(None, event_id, ALL, 900, 100)

    assert (len(page.seats), page.next_after) == (100, None)
    assert (await office.seats.page(None, event_id, ALL, 899, 100)).next_after == 999
    assert (await office.seats.page(None, event_id, ALL, 5000, 100)).seats == []


async def test_the_hold_store_is_asked_for_few_seats_at_a_time(
    office: BoxOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    event_id = await arena(office, rows=10)
    await office.seats.seat(None, ticket_id(event_id, 1))  # which makes it warm
    asked: list[int] = []
    taken_among = office.holds.taken_among

    async def counted(event_id: EventId, numbers: Collection[int]) -> TakenTickets:
        asked.append(len(numbers))
        return await taken_among(event_id, numbers)

    monkeypatch.setattr(office.holds, "taken_among", counted)

    await office.seats.seat(None, ticket_id(event_id, 77))
    assert asked == [1]
    asked.clear()
    await office.seats.page(None, event_id, ALL, 0, 20)
    assert asked == [20]
    asked.clear()
    await office.seats.page(None, event_id, SeatFilter(status=SeatStatus.BOOKED), 0, 20)
    assert asked == [SEATS_A_LOOK] * (SEATS_LOOKED_AT // SEATS_A_LOOK)


@pytest.mark.parametrize("capacity", [1, 7, 8, 9, 20])
def test_where_nothing_can_be_had_every_ticket_is_taken_and_none_besides(capacity: int) -> None:
    for first in range(1, capacity + 2):
        seats = all_taken(capacity, first, 1000)

        count = capacity + 1 - first
        bits = "".join(f"{byte:08b}" for byte in seats.taken)
        assert bits == "1" * count + "0" * (-count % 8)
        assert (seats.free, seats.first, seats.last) == (0, first, capacity)
