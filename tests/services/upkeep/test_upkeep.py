"""What the worker does for every event."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from booked.domain.errors import StoreReadFailed
from booked.domain.model.ids import EventId, UserId, number_of
from booked.domain.model.people.users import Role
from booked.domain.model.programme.events import EventRevision, EventStatus
from booked.domain.model.sale.reservations import TicketRequest
from booked.domain.services.upkeep import upkeep
from booked.ports.holds import EventIsCold
from tests.builders import OPENING, TTL, a_booking_id, key_by
from tests.services.box_office import CLAIM_TIMEOUT, NEXT_AUDIT, REFRESH_TTL, BoxOffice
from tests.services.stage import put_on


async def status_of(office: BoxOffice, event_id: EventId) -> EventStatus:
    found = await office.database.events.found(event_id)
    assert found is not None
    return found.event.status


async def full_house_with_a_queue(office: BoxOffice, user: UserId) -> EventId:
    """An event of two seats, one of which has come back for somebody who waits for it."""
    event_id, owner = await office.event(seats=2), await office.user()
    await office.buy(owner, event_id, 2)
    await office.waitlist.join(user, event_id, 1)
    await office.sale.cancel(owner, event_id, 1)
    return event_id


def failing_at(event_id: EventId, error: Exception, method: Callable[..., object]) -> Callable[..., object]:
    """A method of a service that fails for one event."""

    async def fail(self: object, at: EventId, **options: object) -> object:
        if at == event_id:
            raise error
        return await method(self, at, **options)  # type: ignore[misc]

    return fail


async def test_every_event_is_swept_and_audited(
    office: BoxOffice, ann: UserId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "EVENTS_A_PAGE", 3)
    monkeypatch.setattr(upkeep, "EVENTS_AT_ONCE", 2)
    events = [await office.event() for _ in range(5)]
    for event_id in events:
        await office.inventory.repair(event_id)
        hold = await office.holds.reserve(event_id, ann, 1, TTL)
        await office.holds.claim(event_id, ann, hold.numbers, a_booking_id())
        office.holds.events[event_id].capacity -= 1
    office.clock.advance(CLAIM_TIMEOUT)

    await office.upkeep.look_after_events()
    office.clock.advance(NEXT_AUDIT)
    await office.upkeep.look_after_events()

    assert {event_id for _, event_id, _ in office.observer.named("swept")} == set(events)
    assert {event_id for _, event_id, _ in office.observer.named("mismatch")} == set(events)
    assert len(office.observer.named("upkeep_done")) == 2


async def test_events_with_nothing_to_do_are_not_audited(
    office: BoxOffice, ann: UserId, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, quiet, held, claimed, wrong = [await office.event(seats=2) for _ in range(5)]
    set_aside = await full_house_with_a_queue(office, ann)
    for event_id in (quiet, held, claimed, wrong):
        await office.inventory.repair(event_id)
    await office.holds.reserve(held, ann, 1, TTL)
    hold = await office.holds.reserve(claimed, ann, 1, TTL)
    await office.holds.claim(claimed, ann, hold.numbers, a_booking_id())
    office.holds.events[wrong].capacity -= 1
    audited: list[EventId] = []

    async def audit(self: object, event_id: EventId) -> bool:
        audited.append(event_id)
        return False

    monkeypatch.setattr(type(office.inventory), "audit", audit)

    await office.upkeep.look_after_events()

    assert sorted(audited) == sorted([claimed, wrong, set_aside])


async def test_an_event_that_has_ended_is_completed_and_nobody_waits_for_it(
    office: BoxOffice, ann: UserId, ben: UserId
) -> None:
    event_id = await put_on(office, ends_at=office.clock.now() + timedelta(hours=1))
    later = await put_on(office, ends_at=office.clock.now() + timedelta(hours=2))
    numbers = await office.buy(ben, event_id, 50)
    await office.waitlist.join(ann, event_id, 1)

    await office.upkeep.complete_ended_events()
    before = await status_of(office, event_id)
    office.clock.advance(timedelta(hours=1))
    await office.upkeep.complete_ended_events()
    found = await office.database.events.found(event_id)
    await office.upkeep.complete_ended_events()

    assert before is EventStatus.PUBLISHED
    assert await status_of(office, event_id) is EventStatus.COMPLETED
    assert await status_of(office, later) is EventStatus.PUBLISHED
    assert await office.database.events.found(event_id) == found  # once, however often
    assert await office.database.bookings.owned(event_id, ben) == numbers
    assert await office.waitlist.places(ann) == []
    assert event_id not in office.holds.events


async def test_an_event_is_completed_when_what_was_reserved_in_time_is_booked_or_has_lapsed(
    office: BoxOffice, ann: UserId, ben: UserId
) -> None:
    event_id = await put_on(office, ends_at=office.clock.now() + timedelta(minutes=1))
    reserved = await office.reservations.make(ann, event_id, TicketRequest(2))
    lapsing = await office.sale.reserve(ben, event_id, 1)
    await office.holds.claim(event_id, ben, [number_of(lapsing[0])], a_booking_id())
    office.clock.advance(timedelta(minutes=1))

    await office.upkeep.complete_ended_events()
    view = await office.bookings.book_reservation(ann, reserved.reservation.id)
    await office.upkeep.complete_ended_events()
    while_claimed = await status_of(office, event_id)
    office.clock.advance(TTL)
    await office.inventory.sweep(event_id)
    office.clock.advance(TTL)
    await office.upkeep.complete_ended_events()

    assert len(view.record.standing) == 2
    assert while_claimed is EventStatus.PUBLISHED
    assert await status_of(office, event_id) is EventStatus.COMPLETED


async def test_an_event_that_is_moved_before_it_is_completed_goes_on(office: BoxOffice) -> None:
    event_id = await put_on(office, ends_at=office.clock.now())
    await office.events.change_on_sale(event_id, EventRevision(starts_at=OPENING, keeps_duration=True))

    await office.events.complete_ended(event_id)

    assert await status_of(office, event_id) is EventStatus.PUBLISHED


async def test_of_many_events_that_have_ended_each_round_completes_some(
    office: BoxOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "ENDED_A_ROUND", 2)
    events = [await put_on(office, ends_at=office.clock.now()) for _ in range(3)]

    completed = []
    for _ in range(2):
        await office.upkeep.complete_ended_events()
        statuses = [await status_of(office, event_id) for event_id in events]
        completed.append(statuses.count(EventStatus.COMPLETED))

    assert completed == [2, 3]


async def test_every_queue_is_served(office: BoxOffice, ann: UserId) -> None:
    events = [await full_house_with_a_queue(office, ann) for _ in range(3)]
    await office.event()

    await office.upkeep.serve_waitlists()

    assert {offer.event_id for offer in office.notifier.offers} == set(events)


async def test_who_does_not_lead_does_nothing(office: BoxOffice, ann: UserId) -> None:
    await full_house_with_a_queue(office, ann)

    async with office.database.leadership("waitlists"), office.database.leadership("events"):
        await office.upkeep.serve_waitlists()
        await office.upkeep.look_after_events()

    assert office.notifier.offers == []
    assert office.observer.named("upkeep_done") == []


@pytest.mark.parametrize("error", [StoreReadFailed(), EventIsCold()])
async def test_trouble_with_one_queue_does_not_keep_the_others_waiting(
    office: BoxOffice, ann: UserId, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    first, second = [await full_house_with_a_queue(office, ann) for _ in range(2)]
    service = type(office.offers)
    monkeypatch.setattr(service, "serve", failing_at(first, error, service.serve))

    await office.upkeep.serve_waitlists()

    assert [offer.event_id for offer in office.notifier.offers] == [second]
    assert office.observer.named("setback") == [("setback", first, error)]


@pytest.mark.parametrize("step", ["needs_audit", "sweep"])
@pytest.mark.parametrize("error", [StoreReadFailed(), EventIsCold()])
async def test_trouble_with_one_event_does_not_keep_the_others_from_being_looked_after(
    office: BoxOffice, monkeypatch: pytest.MonkeyPatch, error: Exception, step: str
) -> None:
    first, second = sorted([await office.event(), await office.event()])
    for event_id in (first, second):
        await office.inventory.repair(event_id)
        office.holds.events[event_id].capacity -= 1
    audited: list[EventId] = []
    service = type(office.inventory)
    monkeypatch.setattr(service, step, failing_at(first, error, getattr(service, step)))

    async def audit(self: object, event_id: EventId) -> bool:
        audited.append(event_id)
        return False

    monkeypatch.setattr(service, "audit", audit)

    await office.upkeep.look_after_events()

    assert audited == [second]
    assert office.observer.named("setback") == [("setback", first, error)]
    assert len(office.observer.named("upkeep_done")) == 1


async def test_sessions_that_have_expired_are_forgotten_all_of_them(
    office: BoxOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "SESSIONS_AT_ONCE", 2)
    await office.accounts.sign_up("ann@example.com", "a good one")
    for _ in range(5):
        await office.sessions.log_in("ann@example.com", "a good one")
    office.clock.advance(REFRESH_TTL)
    lasting = await office.sessions.log_in("ann@example.com", "a good one")

    async with office.database.leadership("sessions"):
        await office.upkeep.forget_expired_sessions()
    kept_by_others = len(office.database.committed.tables.sessions)
    await office.upkeep.forget_expired_sessions()

    assert kept_by_others == 6
    assert len(office.database.committed.tables.sessions) == 1
    assert (await office.sessions.refresh(lasting.refresh)).refresh


async def test_whose_tokens_were_voided_longer_ago_than_any_lasts_is_forgotten(
    office: BoxOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "SESSIONS_AT_ONCE", 2)
    for number in range(5):
        user = await office.accounts.sign_up(f"{number}@example.com", "a good one")
        await office.accounts.grant(user.id, Role.ORGANIZER)
    voided = office.database.committed

    office.clock.advance(upkeep.VOIDED_KEPT - timedelta(seconds=1))
    await office.upkeep.forget_expired_sessions()
    kept = len(voided.tables.tokens_voided)
    office.clock.advance(timedelta(seconds=1))
    await office.upkeep.forget_expired_sessions()

    assert kept == 5
    assert voided.tables.tokens_voided == {}


async def test_keys_of_more_than_a_day_ago_are_forgotten_so_many_a_round(
    office: BoxOffice, ann: UserId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "KEYS_AT_ONCE", 2)
    monkeypatch.setattr(upkeep, "KEYS_A_ROUND", 4)
    for number in range(5):
        await office.database.idempotency_keys.remember(key_by(ann, f"old {number}", b""), a_booking_id())
    office.clock.advance(timedelta(days=1))
    await office.database.idempotency_keys.remember(key_by(ann, "new", b""), a_booking_id())
    keys = office.database.committed

    await office.upkeep.forget_old_keys()
    a_day_old = len(keys.tables.keys)
    office.clock.advance(timedelta(seconds=1))
    async with office.database.leadership("keys"):
        await office.upkeep.forget_old_keys()
    kept_by_others = len(keys.tables.keys)
    await office.upkeep.forget_old_keys()
    after_a_round = len(keys.tables.keys)
    await office.upkeep.forget_old_keys()

    assert (a_day_old, kept_by_others, after_a_round) == (6, 6, 2)
    assert [key for _, key in keys.tables.keys] == ["new"]
