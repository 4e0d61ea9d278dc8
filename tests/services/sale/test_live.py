"""Watching events, with a clock that a test moves on step by step."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from booked.domain.errors import Busy, NoEventFound, StoreReadFailed
from booked.domain.model.ids import EventId, UserId, number_of
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.programme.type_rules import TypeRules
from booked.domain.model.sale.holds import SeatMap
from booked.domain.model.sale.live import STATES_KEPT, FrameKind, LiveFrame
from booked.domain.model.sale.reservations import TicketRequest
from booked.domain.services.sale import live
from booked.domain.services.sale.live import (
    BEAT,
    BEAT_EVERY,
    END,
    LIFE,
    LOOK_EVERY,
    LOOK_EVERY_WHEN_QUIET,
    QUIET_AFTER,
    LiveStream,
)
from tests.memory.clock import SteppingClock, settled
from tests.services.box_office import BoxOffice
from tests.services.stage import BALCONY, STALLS, STANDING, put_on, these

STREAMS_MOST = 5


class CountedLooks:
    """A hold store that counts how often somebody looks at it, and may be away."""

    def __init__(self, real: Any) -> None:
        self.real = real
        self.looks = 0
        self.away = False

    async def seat_map(self, event_id: EventId, first: int, last: int) -> SeatMap:
        self.looks += 1
        if self.away:
            raise StoreReadFailed
        seats: SeatMap = await self.real.seat_map(event_id, first, last)
        return seats

    def __getattr__(self, name: str) -> object:
        return getattr(self.real, name)


class Watched:
    """A process in which people watch, on stores of its own or those of another one."""

    def __init__(self, other: "Watched | None" = None) -> None:
        self.clock = SteppingClock()
        self.office = BoxOffice(self.clock, streams_most=STREAMS_MOST)
        self.holds = CountedLooks(other.office.holds) if other else CountedLooks(self.office.holds)
        live_there = self.office.live
        live_there.holds = self.holds  # type: ignore[assignment]
        if other:
            self.holds.away = other.holds.away
            live_there.plans, live_there.programme = other.office.plans, other.office.programme
            live_there.inventory = other.office.inventory

    @asynccontextmanager
    async def stream(self, event_id: EventId, seen: str | None = None) -> AsyncIterator[LiveStream]:
        async with self.office.live.watch(None, event_id, seen) as stream:
            yield stream


async def frame_of(stream: LiveStream) -> LiveFrame:
    frame = await stream.next()
    assert isinstance(frame, LiveFrame), frame
    return frame


@pytest.fixture
def watched() -> Watched:
    return Watched()


@pytest.fixture
def office(watched: Watched) -> BoxOffice:
    return watched.office


async def test_who_watches_is_told_what_is_left_and_then_each_change(
    watched: Watched, concert: EventId, ann: UserId
) -> None:
    async with watched.stream(concert) as stream:
        first = await frame_of(stream)
        held = await watched.office.sale.reserve(ann, concert, 2)
        await watched.clock.step(LOOK_EVERY)
        second = await frame_of(stream)

    assert (first.kind, first.state.free) == (FrameKind.COUNT, 20)
    assert (second.kind, second.state.free) == (FrameKind.COUNT, 18)
    assert {number_of(ticket) for ticket in held} == {1, 2}


async def test_all_who_watch_share_one_look_and_one_frame(watched: Watched, concert: EventId, ann: UserId) -> None:
    async with watched.stream(concert) as one, watched.stream(concert) as other:
        assert await frame_of(one) is await frame_of(other)
        looks = watched.holds.looks
        await watched.office.sale.reserve(ann, concert, 1)
        await watched.clock.step(LOOK_EVERY)

        assert await frame_of(one) is await frame_of(other)
        assert watched.holds.looks == looks + 1


async def test_an_event_is_looked_at_less_often_while_nothing_changes(
    watched: Watched, concert: EventId, ann: UserId
) -> None:
    async with watched.stream(concert) as stream:
        await frame_of(stream)
        for _ in range(QUIET_AFTER):
            await watched.clock.step(LOOK_EVERY)
        looks = watched.holds.looks
        await watched.clock.step(LOOK_EVERY)
        assert watched.holds.looks == looks

        await watched.office.sale.reserve(ann, concert, 1)
        await watched.clock.step(LOOK_EVERY_WHEN_QUIET)
        await watched.clock.step(LOOK_EVERY)

        assert watched.holds.looks == looks + 2, "as soon as something has changed, it is looked at often again"


async def test_an_event_is_looked_at_less_often_while_very_many_watch(
    watched: Watched, concert: EventId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "FRAMES_A_SECOND", 4)
    async with watched.stream(concert) as one, watched.stream(concert):
        await frame_of(one)
        await watched.clock.step(LOOK_EVERY)
        looks = watched.holds.looks
        await watched.clock.step(LOOK_EVERY)
        assert watched.holds.looks == looks

        await watched.clock.step(LOOK_EVERY)
        assert watched.holds.looks == looks + 1


async def test_nothing_goes_on_when_nobody_looks_any_more(watched: Watched, concert: EventId) -> None:
    async with watched.stream(concert), watched.stream(concert):
        await settled()
        assert watched.clock.sleeping == 1

    await settled()
    looks = watched.holds.looks
    await watched.clock.step(LOOK_EVERY_WHEN_QUIET)
    assert (watched.holds.looks, watched.clock.sleeping) == (looks, 0)
    async with watched.stream(concert) as again:
        assert (await frame_of(again)).state.free == 20


async def test_who_comes_back_goes_on_where_they_were_in_whichever_process(
    watched: Watched, concert: EventId, ann: UserId
) -> None:
    other = Watched(watched)
    async with watched.stream(concert) as there, other.stream(concert):
        seen = (await frame_of(there)).state.id
        async with other.stream(concert, seen) as back:
            assert await back.next() is BEAT, "nothing has changed"
            await watched.office.sale.reserve(ann, concert, 1)
            await other.clock.step(LOOK_EVERY)

        async with other.stream(concert, seen) as back:
            assert (await frame_of(back)).state.free == 19
        async with other.stream(concert, "0" * 16) as stranger:
            assert (await frame_of(stranger)).state.free == 19


async def test_a_sign_of_life_comes_while_there_is_no_news(watched: Watched, concert: EventId) -> None:
    async with watched.stream(concert) as stream:
        await frame_of(stream)
        for _ in range(int(BEAT_EVERY.total_seconds())):
            await watched.clock.step(1)
        await watched.clock.step(1)

        assert await stream.next() is BEAT


async def test_a_stream_ends_after_its_life(watched: Watched, concert: EventId) -> None:
    async with watched.stream(concert) as stream:
        await frame_of(stream)
        beats = 0
        for _ in range(int(LIFE / BEAT_EVERY)):
            assert not stream.over.done()
            await watched.clock.step(BEAT_EVERY.total_seconds())
            beats += await stream.next() is BEAT

        assert beats == LIFE / BEAT_EVERY
        assert await stream.next() is END


async def test_more_than_so_many_are_not_served(watched: Watched, concert: EventId) -> None:
    opened = [watched.stream(concert) for _ in range(STREAMS_MOST)]
    for stream in opened:
        await stream.__aenter__()

    with pytest.raises(Busy):
        async with watched.stream(concert):
            pass
    await opened.pop().__aexit__(None, None, None)
    async with watched.stream(concert):
        pass
    for stream in opened:
        await stream.__aexit__(None, None, None)


async def test_who_is_refused_takes_nobodys_place(watched: Watched) -> None:
    unknown = EventId("019c5b2e-7f00-7a3c-8e54-1f0a00000000")

    for _ in range(STREAMS_MOST + 1):
        with pytest.raises(NoEventFound):
            async with watched.stream(unknown):
                pass


async def test_a_slow_reader_skips_states_and_is_told_what_they_add_up_to(
    watched: Watched, concert: EventId, ann: UserId
) -> None:
    async with watched.stream(concert) as stream:
        await frame_of(stream)
        for _ in range(5):
            await watched.office.sale.reserve(ann, concert, 1)
            await watched.clock.step(LOOK_EVERY)

        assert (await frame_of(stream)).state.free == 15
        assert not stream.over.done()


@pytest.mark.parametrize("guarded", [True, False])
async def test_a_reader_who_is_too_slow_is_dropped(
    watched: Watched, ann: UserId, monkeypatch: pytest.MonkeyPatch, *, guarded: bool
) -> None:
    concert = await watched.office.event(seats=100)
    if not guarded:
        monkeypatch.setattr(live, "STATES_KEPT", 10_000)
    async with watched.stream(concert) as slow, watched.stream(concert) as quick:
        await frame_of(slow)
        await frame_of(quick)
        for _ in range(STATES_KEPT + 1):
            await watched.office.sale.reserve(ann, concert, 1)
            await watched.clock.step(LOOK_EVERY)
            await frame_of(quick)

        assert slow.over.done() is guarded
        assert not quick.over.done()
        if guarded:
            assert await slow.next() is END


async def test_a_stop_ends_every_stream_and_opens_no_more(watched: Watched, concert: EventId) -> None:
    async with watched.stream(concert) as stream:
        await frame_of(stream)

        watched.office.live.end()

        assert await stream.next() is END
        with pytest.raises(Busy):
            async with watched.stream(concert):
                pass


async def test_a_store_that_is_away_is_waited_for(watched: Watched, concert: EventId, ann: UserId) -> None:
    async with watched.stream(concert) as stream:
        await frame_of(stream)
        await watched.office.sale.reserve(ann, concert, 1)
        watched.holds.away = True
        await watched.clock.step(LOOK_EVERY)
        with pytest.raises(StoreReadFailed):
            async with Watched(watched).stream(concert):
                pass
        watched.holds.away = False
        await watched.clock.step(LOOK_EVERY_WHEN_QUIET)

        assert (await frame_of(stream)).state.free == 19


async def test_an_event_that_is_taken_off_sale_has_nothing_left(watched: Watched, concert: EventId) -> None:
    async with watched.stream(concert) as stream:
        assert (await frame_of(stream)).state.free == 20
        await watched.office.events.withdraw(concert)
        watched.clock.advance(timedelta(seconds=5))
        for _ in range(3):
            await watched.clock.step(LOOK_EVERY_WHEN_QUIET)

        assert (await frame_of(stream)).state.free == 0


# Events with more tickets than a map shows


@pytest.fixture
async def large(office: BoxOffice, monkeypatch: pytest.MonkeyPatch) -> EventId:
    """A hall with three types, whose map ends among the seats of the second."""
    monkeypatch.setattr(live, "SEATS_A_MAP", 24)
    return await put_on(office)


async def test_what_is_left_of_a_type_counts_also_what_the_map_does_not_show(
    watched: Watched, office: BoxOffice, large: EventId, ann: UserId
) -> None:
    async with watched.stream(large) as stream:
        first = await frame_of(stream)
        await office.bookings.book_now(ann, large, these(large, 1, 29, 30))
        await office.bookings.book_now(ann, large, TicketRequest(2, STANDING))
        await watched.clock.step(LOOK_EVERY)
        then = await frame_of(stream)

    assert (first.state.free, first.state.left) == (50, {STALLS: 20, BALCONY: 10, STANDING: 20})
    assert (then.state.free, then.state.left) == (45, {STALLS: 19, BALCONY: 8, STANDING: 18})
    assert (then.kind, then.taken) == (FrameKind.SEATS, (1,))


async def test_of_a_type_that_is_not_on_offer_nothing_is_left_beyond_the_map(
    watched: Watched, office: BoxOffice, large: EventId
) -> None:
    plan = await office.database.ticket_plans.get(large)
    assert plan is not None
    paused = [replace(type_, rules=TypeRules(paused=type_.number != BALCONY)) for type_ in plan.types]
    await office.database.ticket_plans.save(large, replace(plan, types=tuple(paused)))

    async with watched.stream(large) as stream:
        state = (await frame_of(stream)).state

    assert (state.free, state.left) == (10, {STALLS: 0, BALCONY: 10, STANDING: 0})


async def test_a_large_event_that_is_taken_off_sale_has_nothing_left(
    watched: Watched, office: BoxOffice, large: EventId
) -> None:
    await office.events.go_on_as(large, EventStatus.POSTPONED)

    async with watched.stream(large) as stream:
        state = (await frame_of(stream)).state

    assert (state.free, state.left) == (0, {STALLS: 0, BALCONY: 0, STANDING: 0})
