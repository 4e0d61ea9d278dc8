"""Repairs, audits and sweeps."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from booked.domain.errors import Busy, NoEventFound, StoreReadFailed
from booked.domain.model.ids import EventId, UserId
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.sale.holds import Claim
from booked.domain.model.sale.waitlist import Demand
from booked.domain.services.upkeep import inventory
from booked.ports.holds import EventIsCold
from tests.builders import TTL, a_booking_id, an_event_id
from tests.services.box_office import CLAIM_TIMEOUT, NEXT_AUDIT, BoxOffice


@pytest.fixture
async def warm(office: BoxOffice, concert: EventId, ben: UserId) -> EventId:
    """An event that the hold store knows, with five tickets sold."""
    await office.buy(ben, concert, 5)
    return concert


HOUR = timedelta(hours=1)


async def claimed(office: BoxOffice, event_id: EventId, user: UserId, count: int = 2) -> Claim:
    hold = await office.holds.reserve(event_id, user, count, TTL)
    return await office.holds.claim(event_id, user, hold.numbers, a_booking_id())


# Repair


async def test_a_repaired_event_is_as_the_database_knows_it(office: BoxOffice, warm: EventId, ben: UserId) -> None:
    office.holds.flush()

    await office.inventory.repair(warm)

    assert (await office.holds.inspect(warm)).sold == await office.database.bookings.owned(warm, ben)
    ledger, stock = await office.ledger(warm), await office.holds.stock(warm)
    assert (stock.epoch, stock.capacity, stock.released) == (ledger.epoch, ledger.capacity, ledger.released)


async def test_all_who_need_a_repair_at_once_wait_for_the_same_one(office: BoxOffice, concert: EventId) -> None:
    await asyncio.gather(*(office.inventory.repair(concert) for _ in range(20)))

    assert (await office.ledger(concert)).epoch == 1
    assert office.observer.named("repaired") == [("repaired", concert, 1)]


async def test_a_repair_goes_on_if_one_of_those_who_wait_goes_away(office: BoxOffice, concert: EventId) -> None:
    impatient = asyncio.create_task(office.inventory.repair(concert))
    patient = asyncio.create_task(office.inventory.repair(concert))
    await asyncio.sleep(0)
    impatient.cancel()

    await patient

    assert impatient.cancelled()
    assert (await office.holds.stock(concert)).epoch == 1


async def test_a_second_repair_is_one_of_its_own(office: BoxOffice, concert: EventId) -> None:
    await office.inventory.repair(concert)
    await office.inventory.repair(concert)

    assert [epoch for _, _, epoch in office.observer.named("repaired")] == [1, 2]


async def test_an_event_that_is_not_on_sale_is_discarded(office: BoxOffice, warm: EventId) -> None:
    await office.database.events.set_status(warm, EventStatus.CANCELLED)

    with pytest.raises(NoEventFound):
        await office.inventory.repair(warm)

    assert await office.holds.available([warm]) == [None]
    with pytest.raises(NoEventFound):
        await office.inventory.repair(an_event_id())


async def test_who_waits_for_a_repair_that_never_ends_repairs_the_event(office: BoxOffice, concert: EventId) -> None:
    await office.holds.permit_flip(concert)  # and its process dies

    await office.inventory.repair(concert, past=0)

    assert (await office.holds.stock(concert)).epoch == 1


async def test_a_failed_repair_can_be_tried_again(
    office: BoxOffice, concert: EventId, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(event_id: EventId) -> int | None:
        raise StoreReadFailed

    with monkeypatch.context() as patch:
        patch.setattr(type(office.database.ledgers), "next_epoch", lambda self, event_id: fail(event_id))
        with pytest.raises(StoreReadFailed):
            await office.inventory.repair(concert)

    await office.inventory.repair(concert)
    assert (await office.holds.stock(concert)).free == 20


async def test_an_event_that_is_ahead_already_is_not_repaired_again(office: BoxOffice, warm: EventId) -> None:
    await office.inventory.repair(warm, past=0)
    unchanged = await office.ledger(warm)
    await office.inventory.repair(warm, past=1)
    repaired = await office.ledger(warm)

    assert (unchanged.epoch, repaired.epoch) == (1, 2)


async def test_a_cold_event_is_behind(office: BoxOffice, warm: EventId) -> None:
    office.holds.flush()

    await office.inventory.repair(warm, past=0)

    assert (await office.holds.stock(warm)).sold == 5


async def test_an_event_that_does_not_stay_warm_is_busy(office: BoxOffice, concert: EventId) -> None:
    async def too_late() -> None:
        office.holds.flush()
        raise EventIsCold

    with pytest.raises(Busy):
        await office.inventory.when_warm(concert, too_late)


# Audit


async def test_an_audit_finds_nothing_wrong_in_the_middle_of_a_sale(
    office: BoxOffice, warm: EventId, ann: UserId
) -> None:
    claim = await claimed(office, warm, ann)
    await office.database.bookings.commit(claim)
    await claimed(office, warm, ann)
    await office.sale.reserve(ann, warm, 1)

    await office.audit_until_quiet(warm)

    assert office.observer.named("mismatch") == []
    assert (await office.ledger(warm)).epoch == 1


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        ("lost sale", "the number of tickets sold differs"),
        ("phantom sale", "the number of tickets sold differs"),
        ("two owners", "marked tickets are not those sold, held or claimed"),
        ("too small", "the capacity differs"),
        ("lost release", "cancelled tickets have not come back"),
        ("old epoch", "the epoch differs"),
    ],
)
async def test_what_two_audits_in_a_row_find_is_repaired(
    office: BoxOffice, warm: EventId, ann: UserId, damage: str, what: str
) -> None:
    await office.sale.reserve(ann, warm, 1)
    event = office.holds.events[warm]
    match damage:
        case "lost sale":
            event.sold.pop()
        case "phantom sale":
            event.sold.add(17)
        case "two owners":
            event.held[next(iter(event.sold))] = next(iter(event.held.values()))
        case "too small":
            event.capacity -= 1
        case "lost release":
            event.released -= 1
        case "old epoch":
            event.epoch -= 1

    found = await office.inventory.audit(warm)
    office.clock.advance(NEXT_AUDIT)
    repaired = await office.inventory.audit(warm)

    assert (found, repaired) == (False, True)
    assert office.observer.named("mismatch") == [("mismatch", warm, what)]
    report = await office.verification.verify(warm)
    assert report.findings == []


@pytest.mark.parametrize("wrong", [timedelta(hours=-1), timedelta(hours=1)])
async def test_a_clock_that_is_set_neither_stops_repairs_nor_hurries_them(
    office: BoxOffice, warm: EventId, wrong: timedelta
) -> None:
    office.holds.events[warm].capacity -= 1
    found = await office.inventory.audit(warm)
    office.clock.set_ahead(wrong)

    at_once = await office.inventory.audit(warm)
    office.clock.advance(NEXT_AUDIT)
    repaired = await office.inventory.audit(warm)

    assert (found, at_once, repaired) == (False, False, True)


async def test_a_clock_that_is_set_back_stops_no_audit_that_is_asked_for_soon(office: BoxOffice, warm: EventId) -> None:
    office.holds.events[warm].capacity -= 1
    await office.inventory.audit_soon(warm)
    office.clock.set_ahead(-timedelta(hours=1))
    office.clock.advance(NEXT_AUDIT)

    assert await office.inventory.audit_soon(warm)


async def test_an_audit_of_an_event_drops_no_suspicion_of_as_many_as_are_remembered(
    office: BoxOffice, warm: EventId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inventory, "EVENTS_REMEMBERED", 1)
    service = replace(office.inventory)
    office.holds.events[warm].capacity -= 1

    await service.audit(warm)
    office.clock.advance(NEXT_AUDIT)

    assert await service.audit(warm)


async def test_what_is_gone_at_the_next_audit_is_not_repaired(office: BoxOffice, warm: EventId) -> None:
    office.holds.events[warm].capacity -= 1
    await office.inventory.audit(warm)
    office.holds.events[warm].capacity += 1
    office.clock.advance(NEXT_AUDIT)
    await office.inventory.audit(warm)
    office.holds.events[warm].capacity -= 1
    office.clock.advance(NEXT_AUDIT)

    assert not await office.inventory.audit(warm)
    assert office.observer.named("mismatch") == []


async def test_two_audits_at_the_same_moment_are_not_two_in_a_row(office: BoxOffice, warm: EventId) -> None:
    office.holds.events[warm].capacity -= 1

    found = [await office.inventory.audit(warm) for _ in range(5)]

    assert not any(found)


async def test_another_mismatch_than_before_is_suspected_anew(office: BoxOffice, warm: EventId) -> None:
    office.holds.events[warm].released -= 1
    await office.inventory.audit(warm)
    office.holds.events[warm].released -= 1
    office.clock.advance(NEXT_AUDIT)

    assert not await office.inventory.audit(warm)


async def test_there_is_nothing_to_audit_at_a_cold_or_withdrawn_event(office: BoxOffice, warm: EventId) -> None:
    withdrawn = await office.event()
    await office.inventory.repair(withdrawn)
    await office.database.events.set_status(withdrawn, EventStatus.CANCELLED)
    office.holds.flush()

    assert not await office.inventory.audit(warm)
    assert not await office.inventory.audit(withdrawn)


async def test_an_audit_brings_the_news_that_nobody_waits_any_more(
    office: BoxOffice, warm: EventId, ann: UserId, ben: UserId
) -> None:
    await office.sale.reserve(ann, warm, 15)
    await office.holds.set_demand(Demand(warm, tickets=4, version=1))
    await office.sale.cancel(ben, warm, 3)
    await forget_the_queue(office, warm)
    before = await office.holds.stock(warm)

    await office.inventory.audit(warm)

    after = await office.holds.stock(warm)
    assert (before.aside, before.public) == (3, 0)
    assert (after.aside, after.public) == (0, 3)


async def forget_the_queue(office: BoxOffice, event_id: EventId) -> None:
    """As if all who waited had gone, and the process that knew had died before it could tell the hold store."""
    tables = office.database.committed.tables
    tables.events[event_id] = replace(tables.events[event_id], demand=Demand(event_id, tickets=0, version=2))


async def test_an_audit_that_is_asked_for_soon_is_made_once_a_second(office: BoxOffice, warm: EventId) -> None:
    office.holds.events[warm].capacity -= 1

    outcomes = []
    for seconds in (0, 0.5, 0.4, 0.2, 0.9):
        office.clock.advance(timedelta(seconds=seconds))
        outcomes.append(await office.inventory.audit_soon(warm))

    assert outcomes == [False, False, False, True, False]


async def test_an_audit_that_cannot_be_made_soon_is_left_out(
    office: BoxOffice, warm: EventId, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(self: object, event_id: EventId) -> None:
        raise StoreReadFailed

    monkeypatch.setattr(type(office.holds), "stock", fail)

    assert not await office.inventory.audit_soon(warm)


# Sweep


async def test_a_claim_whose_commit_arrived_is_settled(office: BoxOffice, warm: EventId, ann: UserId) -> None:
    claim = await claimed(office, warm, ann)
    await office.database.bookings.commit(claim)
    office.clock.advance(CLAIM_TIMEOUT)

    swept = await office.inventory.sweep(warm)

    assert swept == 1
    assert set(claim.numbers) <= (await office.holds.inspect(warm)).sold
    assert office.observer.seen[-1] == ("swept", warm, True)


async def test_a_claim_whose_commit_did_not_arrive_is_abandoned(office: BoxOffice, warm: EventId, ann: UserId) -> None:
    claim = await claimed(office, warm, ann)
    office.clock.advance(CLAIM_TIMEOUT)

    await office.inventory.sweep(warm)

    assert (await office.holds.inspect(warm)).held == set(claim.numbers)
    assert office.observer.seen[-1] == ("swept", warm, False)


async def test_what_was_claimed_within_its_time_can_be_claimed_again_after_the_sweep(
    office: BoxOffice, warm: EventId, ann: UserId
) -> None:
    claim = await claimed(office, warm, ann)
    office.clock.advance(TTL)

    await office.inventory.sweep(warm)

    again = await office.holds.claim(warm, ann, claim.numbers, a_booking_id())
    assert again.numbers == claim.numbers
    assert again.booking_id != claim.booking_id


async def test_a_claim_that_was_made_while_the_clock_was_ahead_is_resolved(
    office: BoxOffice, warm: EventId, ann: UserId
) -> None:
    office.clock.set_ahead(HOUR)
    claim = await claimed(office, warm, ann)
    office.clock.set_ahead(-HOUR)

    await office.inventory.sweep(warm)

    assert (await office.holds.inspect(warm)).held == set(claim.numbers)


async def test_a_young_claim_is_left_alone(office: BoxOffice, warm: EventId, ann: UserId) -> None:
    await claimed(office, warm, ann)
    office.clock.advance(CLAIM_TIMEOUT - timedelta(seconds=1))

    assert await office.inventory.sweep(warm) == 0
    assert (await office.holds.stock(warm)).claimed == 2


async def test_sweeping_together_has_the_effect_of_one(office: BoxOffice, warm: EventId, ann: UserId) -> None:
    booked, lost = await claimed(office, warm, ann), await claimed(office, warm, ann)
    await office.database.bookings.commit(booked)
    office.clock.advance(CLAIM_TIMEOUT)

    await asyncio.gather(*(office.inventory.sweep(warm) for _ in range(5)))

    inspection = await office.holds.inspect(warm)
    assert set(booked.numbers) <= inspection.sold
    assert inspection.held == set(lost.numbers)


async def test_there_is_nothing_to_sweep_at_a_cold_event(office: BoxOffice, concert: EventId) -> None:
    assert await office.inventory.sweep(concert) == 0


async def test_a_hold_store_that_forgets_amid_a_sweep_is_told_about_the_event(
    office: BoxOffice, warm: EventId, ann: UserId, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = await claimed(office, warm, ann)
    await office.database.bookings.commit(claim)
    office.clock.advance(CLAIM_TIMEOUT)
    void = type(office.database.bookings).void

    async def then_a_flush(self: object, claim: Claim) -> object:
        verdict = await void(office.database.bookings, claim)
        office.holds.flush()
        return verdict

    monkeypatch.setattr(type(office.database.bookings), "void", then_a_flush)

    await office.inventory.sweep(warm)

    assert set(claim.numbers) <= (await office.holds.inspect(warm)).sold
