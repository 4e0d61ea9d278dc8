"""Halls of any size and shape: what one page shows of them, and what the stores are asked for it."""

import pytest

from booked.domain.errors import NoSuchSeat
from booked.domain.model.ids import EventId, ticket_id
from booked.domain.model.programme.seating import SeatBlock
from booked.domain.model.programme.ticket_types import TicketTypeDraft, lay_out
from booked.domain.model.sale.holds import SeatMap
from booked.domain.model.sale.reservations import TicketRequest
from booked.domain.services.sale.halls import OFFERED_MOST, SEATS_A_VIEW
from tests.builders import a_user_id, an_event
from tests.services.box_office import BoxOffice


async def hall(office: BoxOffice, *blocks: SeatBlock) -> EventId:
    sections = list(dict.fromkeys(block.section for block in blocks))
    plan = lay_out([TicketTypeDraft(section, 1000, sections=(section,)) for section in sections], blocks)
    event = an_event(seats=plan.capacity)
    await office.database.events.add(event, plan)
    return event.id


async def hold(office: BoxOffice, event_id: EventId, *numbers: int) -> None:
    seats = [ticket_id(event_id, number) for number in numbers]
    await office.reservations.make(a_user_id(), event_id, TicketRequest(seats=seats))


async def test_a_page_has_as_many_whole_rows_as_fit(office: BoxOffice) -> None:
    event_id = await hall(office, SeatBlock("Stand", rows=50, seats_per_row=40))

    shown = await office.halls.section(None, event_id, 1, 46, [])

    assert (len(shown.rows), shown.first_row, shown.rows_of_all, shown.rows_a_view) == (5, 46, 50, SEATS_A_VIEW // 40)
    assert shown.free == frozenset(range(1801, 2001))


async def test_a_row_that_is_longer_than_a_page_is_a_page(office: BoxOffice) -> None:
    event_id = await hall(office, SeatBlock("Any", rows=3, seats_per_row=1000))

    shown = await office.halls.section(None, event_id, 1, None, [2500])

    assert (len(shown.rows), shown.first_row) == (1, 3)


async def test_rows_of_several_blocks_are_looked_up_in_all_of_them(office: BoxOffice) -> None:
    left, other = SeatBlock("Stalls", rows=2, seats_per_row=3), SeatBlock("Circle", rows=1, seats_per_row=4)
    event_id = await hall(office, left, other, SeatBlock("Stalls", rows=2, seats_per_row=2, first_seat=4))
    row = (await office.halls.section(None, event_id, 1, 1, [])).rows[0]
    numbers = [seat.number for seat in row.seats()]
    await hold(office, event_id, numbers[1], numbers[4])

    shown = await office.halls.section(None, event_id, 1, 1, [])

    assert [seat.seat for seat in row.seats()] == [1, 2, 3, 4, 5]
    assert [number in shown.free for number in numbers] == [True, False, True, True, False]


async def test_successive_rows_are_one_look(office: BoxOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    event_id = await hall(office, SeatBlock("Stand", rows=50, seats_per_row=40))
    await office.halls.hall(None, event_id)  # which makes it warm
    looks: list[tuple[int, int]] = []
    seat_map = office.holds.seat_map

    async def counted(of: EventId, first: int, last: int) -> SeatMap:
        looks.append((first, last))
        return await seat_map(of, first, last)

    monkeypatch.setattr(office.holds, "seat_map", counted)
    await office.halls.section(None, event_id, 1, 1, [])

    assert looks == [(1, 600)]


async def test_free_seats_are_counted_by_section(office: BoxOffice) -> None:
    event_id = await hall(office, SeatBlock("Stalls", 2, 5), SeatBlock("Circle", 1, 4))
    await hold(office, event_id, 3, 11)

    shown = await office.halls.hall(None, event_id)

    assert [section.name for section in shown.sections] == ["Stalls", "Circle"]
    assert list(shown.free) == [9, 3]


async def test_what_is_offered_is_bounded_and_never_a_seat_that_is_chosen(office: BoxOffice) -> None:
    event_id = await hall(office, SeatBlock("Stand", rows=50, seats_per_row=40))
    gone = list(range(1, 61))
    await hold(office, event_id, *gone)

    shown = await office.halls.section(None, event_id, 1, 1, [61, 81], gone=gone)

    offered = [seat.number for seat in shown.instead]
    assert len(offered) == len(set(offered)) == OFFERED_MOST
    assert not set(offered) & {*gone, 61, 81}


@pytest.mark.parametrize(("section", "row"), [(0, 1), (2, 1), (1, 0), (1, 51)])
async def test_no_other_section_or_row_is_there(office: BoxOffice, section: int, row: int) -> None:
    event_id = await hall(office, SeatBlock("Stand", rows=50, seats_per_row=40))

    with pytest.raises(NoSuchSeat):
        await office.halls.section(None, event_id, section, row, [])
