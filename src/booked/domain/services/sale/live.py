"""Watching events: one look at a time for all who watch, however many they are.

Nothing is written for it. Each process looks by itself, and any of them goes on where another one stopped.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import Any, Final

from booked.domain.errors import BookedError, Busy, NoEventFound, StoreError
from booked.domain.model.ids import EventId
from booked.domain.model.people.users import User
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.programme.seating import Block
from booked.domain.model.sale.live import STATES_KEPT, LiveFrame, LiveHistory, LiveState
from booked.domain.services.programme.plans import EventPlan, PlanCache
from booked.domain.services.programme.search import ProgrammeService
from booked.domain.services.sale.seats import SEATS_A_MAP, all_taken, for_public
from booked.domain.services.upkeep.inventory import InventoryService
from booked.ports.holds import Availability
from booked.ports.system import Clock

LOOK_EVERY = 0.25  # seconds
LOOK_EVERY_WHEN_QUIET = 2.0  # seconds
FRAMES_A_SECOND = 5_000  # to all streams of a process: sales need its time, too
QUIET_AFTER = 8  # looks that showed nothing new
BEAT_EVERY = timedelta(seconds=15)
LIFE = timedelta(minutes=15)


class Sign(Enum):
    """What a stream gives beside frames: a sign of life where there was no news for a while, and the end."""

    BEAT = "beat"
    END = "end"


BEAT: Final = Sign.BEAT
END: Final = Sign.END


@dataclass(slots=True, eq=False)
class LiveStream:
    """Somebody who watches an event. There is no queue: a slow reader skips states, and is told what they add up to.

    `seen` is the state the reader knows. `over` is done when the stream must end at once, `until` says when it
    ends in any case.
    """

    history: LiveHistory
    clock: Clock
    seen: str | None
    until: timedelta
    over: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future(), init=False)
    _news: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _missed: int = field(default=0, init=False)
    _beat: bool = field(default=True, init=False)

    async def next(self) -> LiveFrame | Sign:
        """Return what comes next, as soon as there is something. It begins with a frame, or a beat if there is none."""
        while not self.over.done():
            self._missed = 0
            frame = self.history.since(self.seen)
            if frame:
                self.seen, self._beat = frame.state.id, False
                return frame
            if self._beat:
                self._beat = False
                return BEAT
            if self.clock.monotonic() >= self.until:
                break
            self._news.clear()
            await self._news.wait()
        return END

    def tell(self, *, beat: bool) -> None:
        """Say that there is news, or with `beat` that the reader should get a sign of life."""
        self._beat = self._beat or beat
        self._missed += not beat
        if self._missed > STATES_KEPT:
            self.leave()
        self._news.set()

    def leave(self) -> None:
        """End the stream at once: its reader is gone or too slow, or nobody is served any more."""
        if not self.over.done():
            self.over.set_result(None)
        self._news.set()


@dataclass(slots=True, eq=False)
class _Watch:
    """A watched event. `readers` counts also those who wait for the first look."""

    event_id: EventId
    first: asyncio.Task[LiveHistory]
    tasks: Sequence[asyncio.Task[Any]] = ()
    readers: int = 0
    streams: set[LiveStream] = field(default_factory=set)

    def tell(self, *, beat: bool) -> None:
        for stream in self.streams:
            stream.tell(beat=beat)

    def end(self) -> None:
        for stream in self.streams:
            stream.leave()


@dataclass(slots=True, kw_only=True)
class LiveService:
    """`streams_most` may be open at once in this process. Each ends after `life`, and its reader comes back."""

    programme: ProgrammeService
    plans: PlanCache
    holds: Availability
    inventory: InventoryService
    clock: Clock
    streams_most: int
    life: timedelta = LIFE
    _watches: dict[EventId, _Watch] = field(default_factory=dict, init=False)
    _open: int = field(default=0, init=False)
    _closed: bool = field(default=False, init=False)

    @asynccontextmanager
    async def watch(self, viewer: User | None, event_id: EventId, seen: str | None) -> AsyncIterator[LiveStream]:
        """Open a stream for a reader who knows a state of the event, None for none.

        Raises `NoEventFound`, also for a draft the viewer may not see, or `Busy` if too many streams are open.
        """
        if self._closed or self._open >= self.streams_most:
            raise Busy("Too many are watching just now. Ask for the availability instead, or try again in a moment.")
        self._open += 1
        try:
            await self.programme.event(viewer, event_id)
            async with self._watching(event_id) as watch:
                history = await asyncio.shield(watch.first)
                stream = LiveStream(history, self.clock, seen, self.clock.monotonic() + self.life)
                watch.streams.add(stream)
                if self._closed:
                    stream.leave()
                try:
                    yield stream
                finally:
                    watch.streams.remove(stream)
        finally:
            self._open -= 1

    def end(self) -> None:
        """End every stream, and open no more: this process is about to stop."""
        self._closed = True
        for watch in self._watches.values():
            watch.end()

    @asynccontextmanager
    async def _watching(self, event_id: EventId) -> AsyncIterator[_Watch]:
        """Keep looking at an event until the block ends, by the task others started, if there is one."""
        watch = self._watches.get(event_id)
        if watch is None:
            watch = self._watches[event_id] = _Watch(event_id, asyncio.create_task(self._first(event_id)))
            watch.tasks = [watch.first, asyncio.create_task(self._keep_looking(watch))]
        watch.readers += 1
        try:
            yield watch
        finally:
            watch.readers -= 1
            if not watch.readers:
                self._forget(watch)
                for task in watch.tasks:
                    task.cancel()

    async def _keep_looking(self, watch: _Watch) -> None:
        try:
            history = await watch.first
            unchanged = 0
            beaten = self.clock.monotonic()
            while True:
                await self.clock.sleep(self._rest if unchanged < QUIET_AFTER else LOOK_EVERY_WHEN_QUIET)
                with suppress(StoreError, Busy):
                    changed = history.add(await self._look(watch.event_id))
                    unchanged = 0 if changed else unchanged + 1
                    if changed:
                        watch.tell(beat=False)
                if self.clock.monotonic() - beaten >= BEAT_EVERY:
                    beaten = self.clock.monotonic()
                    watch.tell(beat=True)
        except BookedError:
            return  # The event is gone. Those who waited for the first look are told so.
        finally:
            self._forget(watch)
            watch.end()

    @property
    def _rest(self) -> float:
        """Return how many seconds there are between two looks at a busy event: more, the more streams are open."""
        return min(max(LOOK_EVERY, self._open / FRAMES_A_SECOND), LOOK_EVERY_WHEN_QUIET)

    def _forget(self, watch: _Watch) -> None:
        """Let those who come from now on begin anew."""
        if self._watches.get(watch.event_id) is watch:
            del self._watches[watch.event_id]

    async def _first(self, event_id: EventId) -> LiveHistory:
        return LiveHistory(await self._look(event_id))

    async def _look(self, event_id: EventId) -> LiveState:
        known = await self.plans.of(event_id)
        if known.event.status is EventStatus.PUBLISHED:
            # It may have been taken off sale a moment ago, and the plan does not say so yet.
            with suppress(NoEventFound):
                return await self.inventory.when_warm(event_id, lambda: self._on_sale(known))
        return LiveState.of(all_taken(known.event.seat_count, 1, SEATS_A_MAP), known.plan.for_public.blocks)

    async def _on_sale(self, known: EventPlan) -> LiveState:
        withheld = known.plan.withheld(self.clock.now())
        seats = await self.holds.seat_map(known.event.id, 1, SEATS_A_MAP)
        # Otherwise the map says how many are left.
        left = await self._on_offer(known, withheld) if seats.aside or seats.last < seats.capacity else None
        seats = await for_public(self.holds, known.event.id, seats, withheld)
        return LiveState.of(seats, known.plan.for_public.blocks, left)

    async def _on_offer(self, known: EventPlan, withheld: Sequence[Block]) -> dict[int, int]:
        """Return how many tickets of each type on offer the public can have, by its number."""
        not_on_offer = {block.type_number for block in withheld}
        on_offer: dict[int, list[Block]] = {}
        for block in known.plan.blocks:
            if block.type_number not in not_on_offer:
                on_offer.setdefault(block.type_number, []).append(block)
        counts = await self.holds.on_offer_among(known.event.id, list(on_offer.values()))
        return dict(zip(on_offer, counts, strict=True))
