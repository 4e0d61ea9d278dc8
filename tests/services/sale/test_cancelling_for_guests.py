"""Cancelling for somebody else: what comes back, also where the booking changes in that moment or the event is over."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from booked.domain.errors import (
    AlreadyCancelled,
    BookedError,
    CancellationClosed,
    IllegalStatus,
    InvalidCancellation,
    NoSuchSeat,
)
from booked.domain.model.ids import BookingId, EventId, UserId
from booked.domain.model.people.users import Identity
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.sale.bookings import BookingStatus
from booked.domain.model.sale.cancellations import CancellationWish
from booked.domain.services.sale.sales import SaleService
from tests.services.box_office import BoxOffice
from tests.services.stage import Staff, identity, numbers, seats, these

Overtake = Callable[[Callable[[], Awaitable[object]]], None]

PRICE = 3990


@pytest.fixture
def overtake(monkeypatch: pytest.MonkeyPatch) -> Overtake:
    """Has something happen before the event is locked for the next cancellation."""
    give_back = SaleService.give_back

    def before_the_next(happening: Callable[[], Awaitable[object]]) -> None:
        async def overtaken(self: SaleService, *args: Any, **kwargs: Any) -> frozenset[int]:
            monkeypatch.setattr(SaleService, "give_back", give_back)
            await happening()
            return await give_back(self, *args, **kwargs)

        monkeypatch.setattr(SaleService, "give_back", overtaken)

    return before_the_next


@dataclass(frozen=True)
class Sale:
    """A booking of the seats 1 and 2, its owner, and those who run its event."""

    event_id: EventId
    id: BookingId
    owner: Identity
    organizer: Identity
    admin: Identity


@pytest.fixture
async def sale(office: BoxOffice, hall: EventId, crew: Staff, ann: UserId) -> Sale:
    booked = await office.bookings.book_now(ann, hall, these(hall, 1, 2))
    people = [await identity(office, id_) for id_ in (ann, crew.ora.id, crew.root.id)]
    return Sale(hall, booked.record.id, *people)


async def refunded(office: BoxOffice, sale: Sale) -> list[int | None]:
    """Return what came back of each ticket, None of those that stand."""
    view = await office.bookings.get(sale.owner, sale.id)
    return [
        None if placed.ticket.cancelled_at is None else placed.ticket.price - placed.ticket.fee
        for placed in view.tickets
    ]


@pytest.mark.parametrize("refund", [PRICE, None])
async def test_of_named_tickets_none_is_cancelled_if_one_was_cancelled_in_that_moment(
    office: BoxOffice,
    sale: Sale,
    overtake: Overtake,
    refund: int | None,
) -> None:
    [first, second] = seats(sale.event_id, 1, 2)
    overtake(lambda: office.bookings.remove_seat(sale.owner, sale.id, first))

    with pytest.raises(NoSuchSeat):
        await office.bookings.cancel(sale.organizer, sale.id, wish=CancellationWish([first, second], refund=refund))

    assert await refunded(office, sale) == [PRICE, None]


@pytest.mark.parametrize(("gone", "refusal"), [((1,), InvalidCancellation), ((1, 2), AlreadyCancelled)])
async def test_a_refund_of_a_whole_booking_is_refused_if_its_tickets_are_others_by_now(
    office: BoxOffice,
    sale: Sale,
    overtake: Overtake,
    gone: tuple[int, ...],
    refusal: type[BookedError],
) -> None:
    theirs = CancellationWish(seats(sale.event_id, *gone))
    overtake(lambda: office.bookings.cancel(sale.owner, sale.id, wish=theirs))

    with pytest.raises(refusal):
        await office.bookings.cancel(sale.organizer, sale.id, wish=CancellationWish(refund=PRICE))

    assert await refunded(office, sale) == [PRICE if number in gone else None for number in (1, 2)]


async def test_a_refund_of_a_whole_booking_is_refused_if_a_ticket_was_added_in_that_moment(
    office: BoxOffice, sale: Sale, overtake: Overtake
) -> None:
    [third] = seats(sale.event_id, 3)
    overtake(lambda: office.bookings.add_seat(sale.owner, sale.id, third))

    with pytest.raises(InvalidCancellation):
        await office.bookings.cancel(sale.organizer, sale.id, wish=CancellationWish(refund=PRICE))

    assert await refunded(office, sale) == [None] * 3


async def test_control_a_refund_falls_on_the_tickets_that_it_was_meant_for(office: BoxOffice, sale: Sale) -> None:
    await office.bookings.cancel(sale.organizer, sale.id, wish=CancellationWish(refund=PRICE))

    assert await refunded(office, sale) == [PRICE // 2, PRICE // 2]


async def test_without_a_refund_all_that_stands_is_cancelled_and_paid_back(
    office: BoxOffice, sale: Sale, overtake: Overtake
) -> None:
    [first] = seats(sale.event_id, 1)
    overtake(lambda: office.bookings.remove_seat(sale.owner, sale.id, first))

    cancelled = await office.bookings.cancel(sale.organizer, sale.id)

    assert cancelled.record.status is BookingStatus.CANCELLED
    assert await refunded(office, sale) == [PRICE, PRICE]


# After the event


async def test_who_runs_an_event_cancels_and_refunds_when_it_is_over(office: BoxOffice, sale: Sale) -> None:
    await office.events.go_on_as(sale.event_id, EventStatus.COMPLETED)

    one = await office.bookings.cancel(
        sale.organizer, sale.id, wish=CancellationWish(seats(sale.event_id, 1), refund=1000)
    )
    none = await office.bookings.cancel(sale.admin, sale.id)

    assert (numbers(one), none.record.status) == ([2], BookingStatus.CANCELLED)
    assert await refunded(office, sale) == [1000, PRICE]
    [day] = await office.database.analytics.days(sale.event_id)
    assert (day.booked, day.cancelled, day.refunded) == (2, 2, 1000 + PRICE)
    assert await office.database.bookings.owned(sale.event_id, sale.owner.user_id) == set()


async def test_a_booking_of_an_event_that_is_over_is_not_the_buyers_to_change_and_gets_no_more_tickets(
    office: BoxOffice, sale: Sale
) -> None:
    [first, third] = seats(sale.event_id, 1, 3)
    await office.events.go_on_as(sale.event_id, EventStatus.COMPLETED)

    for attempt in (
        office.bookings.cancel(sale.owner, sale.id),
        office.bookings.remove_seat(sale.owner, sale.id, first),
        office.bookings.resize(sale.owner, sale.id, 1),
    ):
        with pytest.raises(CancellationClosed):
            await attempt
    for addition in (
        office.bookings.resize(sale.owner, sale.id, 3),
        office.bookings.add_seat(sale.owner, sale.id, third),
        office.bookings.add_seat(sale.admin, sale.id, third),
    ):
        with pytest.raises(IllegalStatus):
            await addition
    fewer = await office.bookings.resize(sale.admin, sale.id, 1)

    assert numbers(fewer) == [1]
    assert await office.database.bookings.owned(sale.event_id, sale.owner.user_id) == {1}
