"""Reservations without a ticket type at an event with several prices."""

from collections import Counter
from datetime import timedelta

import pytest

from booked.domain.errors import StoreReadFailed, TooFewTickets
from booked.domain.model.ids import CounterId, EventId, UserId, number_of
from booked.domain.model.money import Money
from booked.domain.model.programme.ticket_types import EarlyBird, TicketTypeDraft, lay_out
from booked.domain.model.sale.reservations import TicketRequest
from booked.domain.services.sale.reservations import PricedReservation
from tests.builders import an_event
from tests.memory.clock import NEW_YEAR
from tests.memory.ticket_plans import MemoryTicketPlans
from tests.services.box_office import BoxOffice
from tests.services.stage import BALCONY, put_on

EARLY_UNTIL = NEW_YEAR + timedelta(minutes=5)


@pytest.fixture
async def hall(office: BoxOffice) -> EventId:
    """Twenty seats in the stalls for 39.90, ten on the balcony for 29.90, twenty places to stand for 15.00."""
    return await put_on(office)


def types_in(made: PricedReservation) -> dict[str, int]:
    return Counter(ticket.type.name for ticket in made.tickets)


async def test_a_reservation_without_a_type_takes_the_cheapest_with_enough_left_and_says_so(
    office: BoxOffice, hall: EventId, ann: UserId
) -> None:
    made = [await office.reservations.make(ann, hall, TicketRequest(count)) for count in (15, 6, 5, 4)]

    assert [types_in(each) for each in made] == [{"Standing": 15}, {"Balcony": 6}, {"Standing": 5}, {"Balcony": 4}]
    assert [each.total.amount for each in made] == [15 * 1500, 6 * 2990, 5 * 1500, 4 * 2990]


async def test_a_party_that_fits_nowhere_takes_the_cheaper_tickets_first(
    office: BoxOffice, hall: EventId, ann: UserId
) -> None:
    made = await office.reservations.make(ann, hall, TicketRequest(32))
    with pytest.raises(TooFewTickets):
        await office.reservations.make(ann, hall, TicketRequest(19))
    rest = await office.reservations.make(ann, hall, TicketRequest(18))

    assert types_in(made) == {"Standing": 20, "Balcony": 10, "Stalls": 2}
    assert types_in(rest) == {"Stalls": 18}


async def test_a_type_that_is_asked_for_is_taken_and_the_best_seats_are_the_best_at_any_price(
    office: BoxOffice, hall: EventId, ann: UserId
) -> None:
    balcony = await office.reservations.make(ann, hall, TicketRequest(2, BALCONY))
    best = await office.reservations.make(ann, hall, TicketRequest(2, best_available=True))

    assert (types_in(balcony), types_in(best)) == ({"Balcony": 2}, {"Stalls": 2})


async def test_the_cheapest_is_what_costs_least_at_this_moment(office: BoxOffice, ann: UserId) -> None:
    drafts = [
        TicketTypeDraft("Usual", 1000, quota=10),
        TicketTypeDraft("Early", 2000, quota=10, early_bird=EarlyBird(500, EARLY_UNTIL)),
    ]
    event = an_event(seats=20)
    await office.database.events.add(event, lay_out(drafts, []))
    early = await office.reservations.make(ann, event.id, TicketRequest(1))

    office.clock.advance(EARLY_UNTIL - office.clock.now())
    late = await office.reservations.make(ann, event.id, TicketRequest(1))

    assert (types_in(early), early.total) == ({"Early": 1}, Money(500, "EUR"))
    assert (types_in(late), late.total) == ({"Usual": 1}, Money(1000, "EUR"))


async def test_more_tickets_are_of_the_type_that_the_reservation_took(
    office: BoxOffice, hall: EventId, ann: UserId
) -> None:
    await office.reservations.make(ann, hall, TicketRequest(18))
    made = await office.reservations.make(ann, hall, TicketRequest(4))

    enlarged = await office.reservations.enlarge(ann, made.reservation.id, 2)

    assert (types_in(made), types_in(enlarged)) == ({"Balcony": 4}, {"Balcony": 6})


async def test_tickets_reserved_by_their_number_alone_and_those_for_guests_are_the_cheapest_as_well(
    office: BoxOffice, hall: EventId, ann: UserId
) -> None:
    reserved = await office.sale.reserve(ann, hall, 19)
    of_a_guest = await office.counter.book(CounterId("here"), hall, "user123", 2)

    assert sorted(map(number_of, reserved)) == list(range(31, 50))
    assert [ticket.number for ticket in of_a_guest.record.tickets] == [21, 22]


async def test_while_nobody_knows_the_prices_any_tickets_are_reserved(
    office: BoxOffice, hall: EventId, ann: UserId, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.inventory.repair(hall)

    async def away(*_: object) -> None:
        raise StoreReadFailed

    monkeypatch.setattr(MemoryTicketPlans, "get_all", away)

    assert list(map(number_of, await office.sale.reserve(ann, hall, 2))) == [1, 2]
    assert await office.plans.soon(hall) is None


async def test_an_event_of_one_price_is_filled_from_its_first_ticket(office: BoxOffice, ann: UserId) -> None:
    drafts = [TicketTypeDraft("Left", 1000, quota=2), TicketTypeDraft("Right", 1000, quota=2)]
    event = an_event(seats=4)
    await office.database.events.add(event, lay_out(drafts, []))

    made = await office.reservations.make(ann, event.id, TicketRequest(3))

    assert (types_in(made), made.reservation.numbers) == ({"Left": 2, "Right": 1}, (1, 2, 3))
