"""Bookings: who sees them, how they are listed and cancelled."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from booked.domain.errors import (
    AlreadyCancelled,
    CancellationClosed,
    NoSuchBooking,
    NoSuchSeat,
    NotAnAdmin,
)
from booked.domain.model.ids import BookingId, EventId, UserId
from booked.domain.model.money import Money
from booked.domain.model.people.api_keys import OPEN_COUNTER
from booked.domain.model.people.users import Identity
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.programme.ticket_types import TicketTypeDraft, lay_out
from booked.domain.model.sale.bookings import BookingSearch, BookingStatus, Verdict
from booked.domain.model.sale.holds import Claim
from booked.domain.model.sale.reservations import TicketRequest
from booked.domain.services.sale.booking_views import BookingView
from tests.builders import a_booking_id, key_by
from tests.services.box_office import BoxOffice, InterruptedBookings
from tests.services.sale.commits import Commit
from tests.services.stage import Staff, held, identity, numbers, put_on, seats, sold, these

# Who sees and changes what


async def test_owners_and_admins_change_a_booking_and_organizers_of_its_event_see_and_cancel_it(
    office: BoxOffice, hall: EventId, crew: Staff, ann: UserId, ben: UserId
) -> None:
    view = await office.bookings.book_now(ann, hall, these(hall, 1, 2))
    id_ = view.record.id
    [seat] = seats(hall, 3)
    people = {
        "owner": await identity(office, ann),
        "stranger": await identity(office, ben),
        "organizer": await identity(office, crew.ora.id),
        "other organizer": await identity(office, crew.otto.id),
        "admin": await identity(office, crew.root.id),
    }
    actions: dict[str, Callable[[Identity], Awaitable[BookingView]]] = {
        "see": lambda who: office.bookings.get(who, id_),
        "add a seat": lambda who: office.bookings.add_seat(who, id_, seat),
        "remove a seat": lambda who: office.bookings.remove_seat(who, id_, seat),
        "resize": lambda who: office.bookings.resize(who, id_, 2),
    }

    outcomes = {
        (name, action): type(outcome)
        for name, who in people.items()
        for action, act in actions.items()
        for outcome in await asyncio.gather(act(who), return_exceptions=True)
    }
    cancelled = [
        type(outcome)
        for name in ("stranger", "other organizer", "organizer", "admin")
        for outcome in await asyncio.gather(office.bookings.cancel(people[name], id_), return_exceptions=True)
    ]

    allowed, hidden, forbidden = BookingView, NoSuchBooking, NotAnAdmin
    assert outcomes == {
        **{("owner", action): allowed for action in actions},
        **{("admin", action): allowed for action in actions},
        **{("organizer", action): forbidden for action in actions},
        ("organizer", "see"): allowed,
        ("organizer", "remove a seat"): NoSuchSeat,  # which the owner has removed
        **{("stranger", action): hidden for action in actions},
        **{("other organizer", action): hidden for action in actions},
    }
    assert cancelled == [hidden, hidden, allowed, AlreadyCancelled]
    assert (await office.bookings.get(people["owner"], id_)).record.status is BookingStatus.CANCELLED


async def test_what_an_admin_adds_belongs_to_the_owner(
    office: BoxOffice, hall: EventId, crew: Staff, ann: UserId
) -> None:
    view = await office.bookings.book_now(ann, hall, these(hall, 1))
    admin = await identity(office, crew.root.id)

    added = await office.bookings.add_seat(admin, view.record.id, seats(hall, 2)[0], key_by(admin.user_id))
    again = await office.bookings.add_seat(admin, view.record.id, seats(hall, 2)[0], key_by(admin.user_id))

    assert added.record.user_id == ann
    assert again == added
    assert await office.database.bookings.owned(hall, ann) == {1, 2}


async def test_there_is_no_booking_that_was_never_made(office: BoxOffice, owner: Identity) -> None:
    for attempt in (
        office.bookings.get(owner, a_booking_id()),
        office.bookings.cancel(owner, a_booking_id()),
        office.bookings.resize(owner, a_booking_id(), 1),
    ):
        with pytest.raises(NoSuchBooking):
            await attempt


# Listing


async def test_everybody_is_shown_the_bookings_that_are_theirs_to_see(
    office: BoxOffice, hall: EventId, crew: Staff, ann: UserId, ben: UserId
) -> None:
    elsewhere = await put_on(office)
    anns = [(await office.bookings.book_now(ann, hall, TicketRequest(1))).record.id for _ in range(3)]
    bens = (await office.bookings.book_now(ben, elsewhere, TicketRequest(1))).record.id
    oras = (await office.bookings.book_now(crew.ora.id, elsewhere, TicketRequest(1))).record.id
    await office.bookings.cancel(await identity(office, ann), anns[1])

    async def shown(
        user_id: UserId,
        event_id: EventId | None = None,
        status: BookingStatus | None = None,
        after: BookingId | None = None,
        limit: int = 10,
        *,
        mine: bool = False,
    ) -> list[BookingId]:
        who = await identity(office, user_id)
        wanted = BookingSearch(event_id=event_id, status=status)
        return [view.record.id for view in await office.bookings.search(who, wanted, after, limit, mine=mine)]

    newest_first = [oras, bens, *reversed(anns)]
    assert await shown(ann) == list(reversed(anns))
    assert await shown(ben) == [bens]
    assert await shown(crew.ora.id) == list(reversed(anns))
    assert await shown(crew.ora.id, mine=True) == [oras]
    assert await shown(crew.otto.id) == []
    assert await shown(crew.root.id) == newest_first
    assert await shown(crew.root.id, mine=True) == []
    assert await shown(crew.root.id, elsewhere) == [oras, bens]
    assert await shown(ann, elsewhere) == []
    assert await shown(ann, status=BookingStatus.CANCELLED) == [anns[1]]
    assert await shown(ann, hall, BookingStatus.ACTIVE) == [anns[2], anns[0]]
    assert await shown(crew.root.id, after=bens, limit=2) == [anns[2], anns[1]]


async def test_the_ticket_types_of_a_page_of_bookings_are_asked_for_at_once(
    office: BoxOffice, ann: UserId, owner: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Asked:
        def __getattr__(self, name: str) -> object:
            asked.append(name)
            return getattr(real, name)

    asked: list[str] = []
    real = office.database.ticket_plans
    for event_id in [await put_on(office) for _ in range(3)]:
        await office.bookings.book_now(ann, event_id, TicketRequest(1))
    office.open()  # a process that knows none of the events yet
    monkeypatch.setattr(office.database, "ticket_plans", Asked())

    views = await office.bookings.search(owner, BookingSearch(), None, 10)

    assert len(views) == 3
    assert asked == ["get_all"]


async def test_a_booking_is_shown_whole_although_the_event_grew_just_now(
    office: BoxOffice, hall: EventId, ann: UserId, owner: Identity
) -> None:
    await office.bookings.get(owner, (await office.bookings.book_now(ann, hall, TicketRequest(1))).record.id)
    before = await office.database.ticket_plans.get(hall)
    assert before is not None
    await office.database.ticket_plans.save(hall, lay_out([TicketTypeDraft("Late", 900, quota=5)], [], before))
    await office.holds.grow(hall, 55)

    view = await office.bookings.book_now(ann, hall, TicketRequest(5, 4))

    assert [placed.type.name for placed in view.tickets] == ["Late"] * 5


# Cancelling


async def test_a_cancelled_booking_stays_and_its_tickets_are_free_again(
    office: BoxOffice, hall: EventId, ann: UserId, ben: UserId, owner: Identity
) -> None:
    view = await office.bookings.book_now(ann, hall, these(hall, 1, 2))
    office.clock.advance(timedelta(minutes=1))

    cancelled = await office.bookings.cancel(owner, view.record.id)

    assert (cancelled.record.status, cancelled.record.total) == (BookingStatus.CANCELLED, Money(0, "EUR"))
    assert [placed.ticket.cancelled_at for placed in cancelled.tickets] == [office.clock.now()] * 2
    assert [placed.ticket.price for placed in cancelled.tickets] == [3990, 3990]
    assert cancelled.record.updated_at == office.clock.now()
    assert numbers(await office.bookings.book_now(ben, hall, these(hall, 1, 2))) == [1, 2]
    with pytest.raises(AlreadyCancelled):
        await office.bookings.cancel(owner, view.record.id)
    assert await sold(office, hall) == 2


async def test_a_booking_is_cancelled_once_however_many_ask(
    office: BoxOffice, hall: EventId, ann: UserId, owner: Identity
) -> None:
    view = await office.bookings.book_now(ann, hall, these(hall, 1, 2))

    outcomes = await asyncio.gather(
        *(office.bookings.cancel(owner, view.record.id) for _ in range(10)), return_exceptions=True
    )

    assert {type(outcome) for outcome in outcomes} <= {BookingView, AlreadyCancelled}
    [day] = await office.database.analytics.days(hall)
    assert (day.booked, day.cancelled, day.refunded) == (2, 2, 2 * 3990)
    assert await sold(office, hall) == 0


async def test_nothing_is_added_to_a_cancelled_booking(
    office: BoxOffice, hall: EventId, ann: UserId, owner: Identity
) -> None:
    view = await office.bookings.book_now(ann, hall, these(hall, 1))
    await office.bookings.cancel(owner, view.record.id)

    for attempt in (
        office.bookings.resize(owner, view.record.id, 2),
        office.bookings.add_seat(owner, view.record.id, seats(hall, 2)[0]),
        office.bookings.remove_seat(owner, view.record.id, seats(hall, 1)[0]),
    ):
        with pytest.raises(AlreadyCancelled):
            await attempt

    assert (await held(office, hall), await sold(office, hall)) == (0, 0)


async def test_nothing_is_added_to_a_booking_that_is_cancelled_in_that_moment(
    office: BoxOffice, hall: EventId, ann: UserId, owner: Identity, commits: InterruptedBookings
) -> None:
    async def cancel_first(claim: Claim, commit: Commit) -> Verdict:
        await office.bookings.cancel(owner, view.record.id)
        return await commit(claim)

    view = await office.bookings.book_now(ann, hall, these(hall, 1))
    commits.interruptions += [cancel_first]

    with pytest.raises(AlreadyCancelled):
        await office.bookings.add_seat(owner, view.record.id, seats(hall, 2)[0])

    assert (await office.bookings.get(owner, view.record.id)).record.status is BookingStatus.CANCELLED
    assert (await held(office, hall), await sold(office, hall)) == (0, 0)


async def test_bookings_of_a_cancelled_event_are_cancelled(
    office: BoxOffice, hall: EventId, ann: UserId, owner: Identity
) -> None:
    view = await office.bookings.book_now(ann, hall, TicketRequest(2))

    await office.events.go_on_as(hall, EventStatus.CANCELLED)

    assert (await office.bookings.get(owner, view.record.id)).record.status is BookingStatus.CANCELLED
    with pytest.raises(AlreadyCancelled):
        await office.bookings.cancel(owner, view.record.id)


async def test_a_booking_of_a_postponed_event_can_be_cancelled(
    office: BoxOffice, hall: EventId, ann: UserId, owner: Identity
) -> None:
    view = await office.bookings.book_now(ann, hall, TicketRequest(2))
    await office.events.go_on_as(hall, EventStatus.POSTPONED)

    cancelled = await office.bookings.cancel(owner, view.record.id)

    assert cancelled.record.status is BookingStatus.CANCELLED
    await office.events.go_on_as(hall, EventStatus.PUBLISHED)
    assert await sold(office, hall) == 0
    assert await held(office, hall) == 0


async def test_buyers_do_not_cancel_when_the_event_is_over(
    office: BoxOffice, hall: EventId, ann: UserId, owner: Identity
) -> None:
    view = await office.bookings.book_now(ann, hall, TicketRequest(2))
    await office.events.go_on_as(hall, EventStatus.COMPLETED)

    for attempt in (office.bookings.cancel(owner, view.record.id), office.sale.cancel(ann, hall, 1)):
        with pytest.raises(CancellationClosed):
            await attempt

    assert (await office.bookings.get(owner, view.record.id)).record.status is BookingStatus.ACTIVE


async def test_a_booking_is_cancelled_until_the_deadline_and_then_only_by_who_runs_the_event(
    office: BoxOffice, crew: Staff, ann: UserId, owner: Identity
) -> None:
    deadline = office.clock.now() + timedelta(hours=1)
    event_id = await put_on(office, crew.organization_id, cancellable_until=deadline)
    view = await office.bookings.book_now(ann, event_id, these(event_id, 1, 2, 3, 4, 5))
    guest = await office.counter.book(OPEN_COUNTER, event_id, "guest", 1)
    id_ = view.record.id

    in_time = await office.bookings.remove_seat(owner, id_, seats(event_id, 5)[0])
    office.clock.advance(timedelta(hours=1))
    for attempt in (
        office.bookings.cancel(owner, id_),
        office.bookings.resize(owner, id_, 1),
        office.bookings.remove_seat(owner, id_, seats(event_id, 1)[0]),
        office.sale.cancel(ann, event_id, 1),
        office.counter.cancel(OPEN_COUNTER, guest.record.id),
    ):
        with pytest.raises(CancellationClosed):
            await attempt
    still = await office.bookings.get(owner, id_)
    larger = await office.bookings.resize(owner, id_, 5)
    by_organizer = await office.bookings.remove_seat(await identity(office, crew.ora.id), id_, seats(event_id, 1)[0])
    by_admin = await office.bookings.cancel(await identity(office, crew.root.id), id_)

    assert [len(state.record.standing) for state in (in_time, still, larger, by_organizer, by_admin)] == [4, 4, 5, 4, 0]


async def test_who_runs_an_event_cancels_bookings_of_their_own_at_any_time(office: BoxOffice, crew: Staff) -> None:
    event_id = await put_on(office, crew.organization_id, cancellable_until=office.clock.now())
    views = {
        person.id: await office.bookings.book_now(person.id, event_id, TicketRequest(1))
        for person in (crew.ora, crew.root, crew.otto)
    }

    for person in (crew.ora, crew.root):
        cancelled = await office.bookings.cancel(await identity(office, person.id), views[person.id].record.id)
        assert cancelled.record.status is BookingStatus.CANCELLED
    with pytest.raises(CancellationClosed):  # an organizer of something else
        await office.bookings.cancel(await identity(office, crew.otto.id), views[crew.otto.id].record.id)


async def test_tickets_of_a_postponed_event_can_be_cancelled_by_their_number(
    office: BoxOffice, hall: EventId, ann: UserId, owner: Identity
) -> None:
    view = await office.bookings.book_now(ann, hall, TicketRequest(2))
    await office.events.go_on_as(hall, EventStatus.POSTPONED)

    await office.sale.cancel(ann, hall, 1)

    assert len((await office.bookings.get(owner, view.record.id)).record.standing) == 1
