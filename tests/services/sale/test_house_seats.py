"""Keeping seats from sale by seat and by row."""

import pytest

from booked.domain.errors import NotYourOrganization, SeatTaken, TicketNotReserved
from booked.domain.model.ids import EventId, ticket_id
from booked.domain.model.people.users import User
from booked.domain.model.programme.seating import SeatBlock
from booked.domain.model.programme.ticket_types import TicketTypeChanges, TicketTypeDraft, lay_out
from booked.domain.model.programme.type_rules import TypeRuleChanges
from booked.domain.model.sale.holds import TICKETS_A_REQUEST, house_of
from booked.domain.model.sale.reservations import TicketRequest
from booked.domain.services.sale.house_seats import SeatsChosen
from tests.builders import a_user_id, an_event
from tests.services.box_office import BoxOffice


@pytest.fixture
async def root(office: BoxOffice) -> User:
    return await office.accounts.ensure_admin("root", "root@example.com", "correct horse battery")


async def hall(office: BoxOffice, *blocks: SeatBlock) -> EventId:
    sections = list(dict.fromkeys(block.section for block in blocks))
    plan = lay_out([TicketTypeDraft(section, 1000, sections=(section,)) for section in sections], blocks)
    event = an_event(seats=plan.capacity)
    await office.database.events.add(event, plan)
    return event.id


async def hold(office: BoxOffice, event_id: EventId, *numbers: int) -> None:
    seats = [ticket_id(event_id, number) for number in numbers]
    await office.reservations.make(a_user_id(), event_id, TicketRequest(seats=seats))


async def blocked(office: BoxOffice, event_id: EventId) -> list[int]:
    return sorted(await office.database.bookings.owned(event_id, house_of(event_id)))


def chosen(*seats: int, rows: tuple[int, ...] = (), section: int = 1, first_row: int = 1) -> SeatsChosen:
    return SeatsChosen(section, first_row, seats, rows)


async def test_a_row_is_blocked_but_for_what_somebody_has(office: BoxOffice, root: User) -> None:
    event = await hall(office, SeatBlock("Stalls", rows=3, seats_per_row=4))
    await hold(office, event, 6)

    await office.house_seats.block(root, event, chosen(1, rows=(2,)))
    await office.house_seats.block(root, event, chosen(1, rows=(2,)))

    assert await blocked(office, event) == [1, 5, 7, 8]


async def test_rows_count_from_the_first_of_the_section(office: BoxOffice, root: User) -> None:
    event = await hall(office, SeatBlock("Stalls", 1, 2), SeatBlock("Balcony", rows=40, seats_per_row=30))

    await office.house_seats.block(root, event, chosen(rows=(22, 1), section=2, first_row=21))

    assert await blocked(office, event) == list(range(2 + 21 * 30 + 1, 2 + 22 * 30 + 1))


async def test_more_seats_than_a_request_may_have_are_blocked_and_unblocked_in_parts(
    office: BoxOffice, root: User
) -> None:
    event = await hall(office, SeatBlock("Stalls", rows=3, seats_per_row=TICKETS_A_REQUEST - 1))
    everything = chosen(rows=(1, 2, 3))

    await office.house_seats.block(root, event, everything)
    full = len(await blocked(office, event))
    await office.house_seats.unblock(root, event, everything)

    assert full == 3 * (TICKETS_A_REQUEST - 1)
    assert await blocked(office, event) == []


async def test_only_what_is_blocked_is_unblocked(office: BoxOffice, root: User) -> None:
    event = await hall(office, SeatBlock("Stalls", rows=2, seats_per_row=4))
    await office.house_seats.block(root, event, chosen(1, 2, 5))

    await office.house_seats.unblock(root, event, chosen(1, 3, rows=(2,)))

    assert await blocked(office, event) == [2]


async def test_a_seat_that_somebody_has_blocks_nothing_else_either(office: BoxOffice, root: User) -> None:
    event = await hall(office, SeatBlock("Stalls", rows=2, seats_per_row=4))
    await hold(office, event, 2)

    with pytest.raises(SeatTaken):
        await office.house_seats.block(root, event, chosen(1, 2))

    assert await blocked(office, event) == []


async def test_nothing_chosen_is_said_so(office: BoxOffice, root: User) -> None:
    event = await hall(office, SeatBlock("Stalls", rows=2, seats_per_row=4))

    for step in (office.house_seats.block, office.house_seats.unblock):
        with pytest.raises(TicketNotReserved):
            await step(root, event, chosen())


async def test_sections_tell_what_is_blocked_in_them(office: BoxOffice, root: User) -> None:
    event = await hall(office, SeatBlock("Stalls", 1, 5), SeatBlock("Balcony", 1, 5))
    await office.house_seats.block(root, event, chosen(6, 7, section=2))

    shown, numbers = await office.house_seats.hall(root, event)
    _, in_stalls = await office.house_seats.section(root, event, 1, 1)

    assert (list(shown.free), sorted(numbers), in_stalls) == ([5, 3], [6, 7], frozenset())


async def test_the_hall_is_closed_to_organizers_of_others(office: BoxOffice) -> None:
    event = await hall(office, SeatBlock("Stalls", 1, 5))
    stranger = await office.accounts.register("zoe", "zoe@example.com", "correct horse battery")

    for refused in (
        office.house_seats.hall(stranger, event),
        office.house_seats.section(stranger, event, 1, 1),
        office.house_seats.block(stranger, event, chosen(1)),
        office.house_seats.unblock(stranger, event, chosen(1)),
    ):
        with pytest.raises(NotYourOrganization):
            await refused


async def test_seats_that_are_not_on_offer_are_seen_and_blocked(office: BoxOffice, root: User) -> None:
    event = await hall(office, SeatBlock("Stalls", 2, 4), SeatBlock("Balcony", 1, 4))
    for number, rules in ((1, TypeRuleChanges(hidden=True)), (2, TypeRuleChanges(paused=True))):
        await office.ticket_types.change(root, event, number, TicketTypeChanges(rules=rules))

    shown, _ = await office.house_seats.hall(root, event)
    await office.house_seats.block(root, event, chosen(1, rows=(2,)))
    await office.house_seats.block(root, event, chosen(rows=(1,), section=2))
    after, _ = await office.house_seats.hall(root, event)

    assert [(section.name, free) for section, free in zip(shown.sections, shown.free, strict=True)] == [
        ("Stalls", 8),
        ("Balcony", 4),
    ]
    assert await blocked(office, event) == [1, 5, 6, 7, 8, 9, 10, 11, 12]
    assert after.free == [3, 0]
    await office.house_seats.unblock(root, event, chosen(1))
    assert 1 not in await blocked(office, event)
