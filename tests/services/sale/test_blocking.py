"""Blocked seats where a store fails or a twin is under way."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from booked.domain.errors import NoSuchSeat, SeatTaken, StoreError, StoreWriteFailed, TransactionFailed
from booked.domain.model.ids import EventId, ticket_id
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.programme.seating import SeatStatus
from booked.domain.model.sale.bookings import Verdict
from booked.domain.model.sale.holds import Claim
from booked.domain.services.sale.blocking import BLOCKING, HELD_AGAIN_MOST
from booked.domain.services.sale.seats import SeatFilter
from tests.builders import key_by
from tests.services.box_office import BoxOffice
from tests.services.sale.commits import Commit, connection_lost, interrupt, reply_lost
from tests.services.stage import held, put_on, seats, staff


async def test_seats_whose_blocking_was_cut_off_can_be_blocked_a_minute_later(
    office: BoxOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = await staff(office)
    event_id = await put_on(office, ours.organization_id)

    async def cut_off(*_: object) -> None:
        raise TransactionFailed

    with monkeypatch.context() as cut:
        cut.setattr(type(office.sale), "buy", cut_off)
        with pytest.raises(TransactionFailed):
            await office.blocking.block(ours.ora, event_id, seats(event_id, 1, 2))
    with pytest.raises(SeatTaken):
        await office.blocking.block(ours.ora, event_id, seats(event_id, 2, 3))
    office.clock.advance(BLOCKING + timedelta(seconds=1))

    await office.blocking.block(ours.ora, event_id, seats(event_id, 2, 3))

    page = await office.seats.page(None, event_id, SeatFilter(status=SeatStatus.BLOCKED), 0, 100)
    assert [state.seat.number for state in page.seats] == [2, 3]


async def blocked(office: BoxOffice, event_id: EventId) -> list[int]:
    page = await office.seats.page(None, event_id, SeatFilter(status=SeatStatus.BLOCKED), 0, 100)
    return [state.seat.number for state in page.seats]


async def nothing_sent(claim: Claim, commit: Commit) -> Verdict:
    raise StoreWriteFailed


@pytest.mark.parametrize("cut_off", [nothing_sent, connection_lost, reply_lost])
async def test_seats_whose_blocking_was_cut_off_are_blocked_by_the_same_request(
    office: BoxOffice, cut_off: Callable[[Claim, Commit], Awaitable[Verdict]]
) -> None:
    ours = await staff(office)
    event_id = await put_on(office, ours.organization_id)
    interrupted = interrupt(office, cut_off, *[connection_lost] * 1000)
    with pytest.raises(StoreError):
        await office.blocking.block(ours.ora, event_id, seats(event_id, 1, 2))
    interrupted.interruptions.clear()

    await office.blocking.block(ours.ora, event_id, seats(event_id, 2, 1))

    assert await blocked(office, event_id) == [1, 2]
    assert await held(office, event_id) == 0


async def test_what_is_blocked_already_stays_so_and_the_rest_is_blocked(office: BoxOffice) -> None:
    ours = await staff(office)
    event_id = await put_on(office, ours.organization_id)
    await office.blocking.block(ours.ora, event_id, seats(event_id, 1, 2))

    await office.blocking.block(ours.ora, event_id, seats(event_id, 1, 2))
    await office.blocking.block(ours.ora, event_id, seats(event_id, 2, 3))

    assert await blocked(office, event_id) == [1, 2, 3]


async def test_the_same_seats_are_blocked_again_and_again(office: BoxOffice) -> None:
    ours = await staff(office)
    event_id = await put_on(office, ours.organization_id)

    for _ in range(HELD_AGAIN_MOST + 2):
        await office.blocking.block(ours.ora, event_id, seats(event_id, 1, 2))
        assert await blocked(office, event_id) == [1, 2]
        await office.blocking.unblock(ours.ora, event_id, seats(event_id, 1, 2))

    assert await blocked(office, event_id) == []


async def test_a_key_whose_request_found_nothing_to_block_blocks_nothing_later(office: BoxOffice) -> None:
    ours = await staff(office)
    event_id = await put_on(office, ours.organization_id)
    await office.blocking.block(ours.ora, event_id, seats(event_id, 1))
    await office.blocking.block(ours.ora, event_id, seats(event_id, 1), key_by(ours.ora.id))
    await office.blocking.unblock(ours.ora, event_id, seats(event_id, 1))

    await office.blocking.block(ours.ora, event_id, seats(event_id, 1), key_by(ours.ora.id))

    assert await blocked(office, event_id) == []


@pytest.mark.parametrize("store", ["standing", "make_reservation"])
async def test_who_is_overtaken_by_a_twin_that_blocks_is_told_what_it_did(
    office: BoxOffice, monkeypatch: pytest.MonkeyPatch, store: str
) -> None:
    ours = await staff(office)
    event_id = await put_on(office, ours.organization_id)

    async def block() -> None:
        await office.blocking.block(ours.ora, event_id, seats(event_id, 1, 2), key_by(ours.ora.id))

    overtake(monkeypatch, office.holds if store == "make_reservation" else office.database.bookings, store, block)
    await block()

    assert await blocked(office, event_id) == [1, 2]
    assert await held(office, event_id) == 0


async def test_who_is_overtaken_by_a_twin_that_unblocks_is_told_what_it_did(
    office: BoxOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = await staff(office)
    event_id = await put_on(office, ours.organization_id)
    await office.blocking.block(ours.ora, event_id, seats(event_id, 1, 2))

    async def unblock() -> None:
        await office.blocking.unblock(ours.ora, event_id, seats(event_id, 1, 2), key_by(ours.ora.id))

    overtake(monkeypatch, office.database.bookings, "standing", unblock)
    await unblock()

    assert await blocked(office, event_id) == []
    with pytest.raises(NoSuchSeat):
        await office.blocking.unblock(ours.ora, event_id, seats(event_id, 1, 2), key_by(ours.ora.id, "another"))


def overtake(monkeypatch: pytest.MonkeyPatch, store: object, name: str, twin: Callable[[], Awaitable[None]]) -> None:
    """Have a twin do its work before a store is next asked for something."""
    ask = getattr(type(store), name)

    async def overtaken(*args: Any, **kwargs: Any) -> object:
        monkeypatch.setattr(type(store), name, ask)
        await twin()
        return await ask(*args, **kwargs)

    monkeypatch.setattr(type(store), name, overtaken)


async def test_blocked_seats_bring_nothing_in_and_bind_nobodys_limit(office: BoxOffice) -> None:
    ours = await staff(office)
    event_id = await put_on(office, ours.organization_id, ticket_limit=1)

    await office.blocking.block(ours.root, event_id, seats(event_id, 1, 2, 3))
    [totals] = [report.figures for report in await office.analytics.overview(ours.root, None, 10)]

    assert (totals.event.blocked, totals.booked, totals.revenue) == (3, 0, 0)
    assert len(await office.sale.reserve(await office.user(), event_id, 1)) == 1


async def test_seats_of_an_event_that_is_postponed_can_be_unblocked(office: BoxOffice) -> None:
    ours = await staff(office)
    event_id = await put_on(office, ours.organization_id)
    await office.blocking.block(ours.ora, event_id, seats(event_id, 1, 2))
    await office.events.set_status(ours.ora, event_id, EventStatus.POSTPONED)

    await office.blocking.unblock(ours.ora, event_id, seats(event_id, 1))
    await office.events.set_status(ours.ora, event_id, EventStatus.PUBLISHED)

    _, first = await office.seats.seat(None, ticket_id(event_id, 1))
    _, second = await office.seats.seat(None, ticket_id(event_id, 2))
    assert (first.status, second.status) == (SeatStatus.AVAILABLE, SeatStatus.BLOCKED)
