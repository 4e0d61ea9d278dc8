"""What an event sells, as it is remembered: one question for all who ask, and no waiting for a silent database."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import pytest

from booked.domain.errors import NoEventFound, StoreReadFailed, TooFewTickets
from booked.domain.model.ids import EventId, UserId, number_of
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.programme.search import FoundEvent
from booked.domain.model.sale.reservations import TicketRequest
from booked.domain.services.programme import plans
from booked.domain.services.programme.plans import GOOD_FOR, SILENCE, USABLE_FOR, PlanCache
from tests.builders import an_event, an_event_id
from tests.memory.events import MemoryEvents
from tests.services.box_office import BoxOffice
from tests.services.stage import put_on, these

T = TypeVar("T")

AGES = [GOOD_FOR, USABLE_FOR, timedelta(hours=1)]
STALE = [GOOD_FOR, USABLE_FOR - timedelta(microseconds=1)]


class Line:
    """What lies between a process and its database: it counts questions, and is held up while `open` is not set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.questions = 0
        self.open = asyncio.Event()
        self.open.set()
        self.broken = False
        ask = MemoryEvents.found_all
        monkeypatch.setattr(MemoryEvents, "found_all", lambda events, ids: self._asked(ask(events, ids)))

    async def _asked(self, question: Awaitable[dict[EventId, FoundEvent]]) -> dict[EventId, FoundEvent]:
        self.questions += 1
        answer = await question
        await self.open.wait()
        if self.broken:
            raise StoreReadFailed
        return answer


@pytest.fixture
async def hall(office: BoxOffice) -> EventId:
    return await put_on(office)


@pytest.fixture
async def line(monkeypatch: pytest.MonkeyPatch) -> Line:
    return Line(monkeypatch)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits even for a moment where something is known."""
    monkeypatch.setattr(plans, "PATIENCE", timedelta(0))


async def turns(work: Awaitable[T], most: int = 100) -> "asyncio.Future[T]":
    """Give some work as many turns of the event loop as it could want."""
    task = asyncio.ensure_future(work)
    for _ in range(most):
        await asyncio.sleep(0)
    return task


async def rush(office: BoxOffice, line: Line, ann: UserId, age: timedelta) -> int:
    """How many questions a hundred reservations ask that find the same old answer."""
    event = an_event(seats=200)
    await office.database.events.add(event)
    await office.reservations.make(ann, event.id, TicketRequest(1))
    office.clock.advance(age)
    line.questions = 0

    made = await asyncio.gather(*(office.reservations.make(ann, event.id, TicketRequest(1)) for _ in range(100)))

    assert all(each.tickets for each in made)
    return line.questions


# One question


@pytest.mark.parametrize("age", AGES)
async def test_all_who_reserve_in_the_moment_of_the_lapse_share_one_question(
    office: BoxOffice, line: Line, ann: UserId, age: timedelta
) -> None:
    assert await rush(office, line, ann, age) == 1


async def test_control_where_each_has_a_cache_of_its_own_each_asks(
    office: BoxOffice, line: Line, ann: UserId, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = PlanCache.of
    monkeypatch.setattr(PlanCache, "of", lambda cache, event_id, up_to=0: of(replace(cache), event_id, up_to))

    assert await rush(office, line, ann, GOOD_FOR) >= 100


async def questions_for(office: BoxOffice, line: Line, count: int) -> int:
    """How many questions are asked for some events that are wanted at the same moment."""
    events = [await office.event(seats=1) for _ in range(count)]
    line.questions = 0

    known = await asyncio.gather(*(office.plans.of(event_id) for event_id in events))

    assert [each.event.id for each in known] == events
    return line.questions


async def test_events_that_are_wanted_at_the_same_moment_share_one_question(office: BoxOffice, line: Line) -> None:
    assert await questions_for(office, line, 50) == 1


async def test_control_where_a_question_is_about_one_event_there_is_one_for_each(
    office: BoxOffice, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plans, "EVENTS_A_QUESTION", 1)
    monkeypatch.setattr(office, "plans", replace(office.plans))

    assert await questions_for(office, line, 50) == 50


async def test_of_events_in_one_question_only_that_which_is_not_there_is_not_found(office: BoxOffice) -> None:
    hall = await office.event(seats=1)

    known, nothing = await asyncio.gather(office.plans.of(hall), office.plans.of(an_event_id()), return_exceptions=True)

    assert isinstance(known, plans.EventPlan)
    assert isinstance(nothing, NoEventFound)


async def test_an_event_that_was_renewed_just_now_is_forgotten_last(
    office: BoxOffice, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plans, "EVENTS_REMEMBERED", 2)
    cache = replace(office.plans)
    first, second, third = [await office.event(seats=1) for _ in range(3)]
    await cache.of(first)
    await cache.of(second)

    await cache.news(first)
    await cache.of(third)

    line.questions = 0
    await cache.of(first)
    await cache.of(third)
    assert line.questions == 0
    await cache.of(second)
    assert line.questions == 1


async def test_an_event_that_nobody_knows_is_asked_for_once(office: BoxOffice, hall: EventId, line: Line) -> None:
    known = await asyncio.gather(*(office.plans.of(hall) for _ in range(100)))

    assert line.questions == 1
    assert {each.event.id for each in known} == {hall}


async def test_a_question_goes_on_when_its_first_caller_goes_away(office: BoxOffice, hall: EventId, line: Line) -> None:
    line.open.clear()
    first, second = await turns(office.plans.of(hall)), await turns(office.plans.of(hall))

    first.cancel()
    line.open.set()

    assert (await second).event.id == hall
    assert line.questions == 1


# A database that does not answer


async def test_who_can_do_without_a_plan_does_not_wait_for_a_silent_database(
    office: BoxOffice, hall: EventId, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plans, "PATIENCE", timedelta(0))
    line.open.clear()

    first, second = await turns(office.plans.soon(hall)), await turns(office.plans.soon(hall))
    unknown = (first.result(), second.result())
    line.open.set()
    await turns(office.plans.of(hall))
    known = await turns(office.plans.soon(hall))

    assert unknown == (None, None)
    assert line.questions == 1
    assert known.result() is not None


async def test_who_can_do_without_a_plan_is_told_of_an_event_that_is_not_there(office: BoxOffice) -> None:
    with pytest.raises(NoEventFound):
        await office.plans.soon(an_event_id())


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("age", AGES)
async def test_at_a_known_event_nobody_waits_for_a_silent_database(
    office: BoxOffice, hall: EventId, line: Line, ann: UserId, age: timedelta
) -> None:
    await office.reservations.make(ann, hall, TicketRequest(1))
    office.clock.advance(age)
    line.open.clear()

    made = [await office.reservations.make(ann, hall, request) for request in (TicketRequest(1), these(hall, 7))]

    assert [len(each.tickets) for each in made] == [1, 1]


async def test_control_who_is_patient_waits_as_long_as_the_database_is_silent(
    office: BoxOffice, hall: EventId, line: Line, ann: UserId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plans, "PATIENCE", timedelta(days=1))
    await office.reservations.make(ann, hall, TicketRequest(1))
    office.clock.advance(USABLE_FOR)
    line.open.clear()

    made = await turns(office.reservations.make(ann, hall, TicketRequest(1)))

    assert not made.done()
    line.open.set()
    assert (await made).tickets


async def test_of_all_who_ask_a_silent_database_only_the_first_waits(
    office: BoxOffice, hall: EventId, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plans, "PATIENCE", timedelta(milliseconds=1))
    await office.plans.of(hall)
    office.clock.advance(USABLE_FOR)
    line.open.clear()
    await office.plans.of(hall)
    monkeypatch.setattr(plans, "PATIENCE", timedelta(days=1))

    assert (await (await turns(office.plans.of(hall)))).event.id == hall
    office.clock.advance(SILENCE)
    line.broken = True
    line.open.set()
    await turns(asyncio.sleep(0))
    line.open.clear()
    assert (await (await turns(office.plans.of(hall)))).event.id == hall


async def test_while_the_database_fails_what_was_known_stays_known(
    office: BoxOffice, hall: EventId, line: Line, ann: UserId
) -> None:
    await office.reservations.make(ann, hall, TicketRequest(1))
    office.clock.advance(timedelta(hours=1))
    line.broken = True

    assert (await office.reservations.make(ann, hall, TicketRequest(1))).tickets
    office.clock.advance(timedelta(hours=1))
    assert (await office.reservations.make(ann, hall, TicketRequest(1))).tickets


@pytest.mark.parametrize("broken", [True, False], ids=["which fails", "which has lost it"])
async def test_what_the_database_does_not_tell_of_is_not_sold_and_all_else_is(
    office: BoxOffice, hall: EventId, line: Line, ann: UserId, broken: bool
) -> None:
    made = await office.reservations.make(ann, hall, TicketRequest(1))
    await office.holds.grow(hall, 55)
    line.broken = broken

    more = await office.reservations.make(ann, hall, TicketRequest(40))
    rest = await office.sale.reserve(ann, hall, 9)

    numbers = {*made.reservation.numbers, *more.reservation.numbers, *map(number_of, rest)}
    assert numbers == set(range(1, 51))
    with pytest.raises(TooFewTickets):
        await office.sale.reserve(ann, hall, 1)


async def test_once_the_database_answers_again_nothing_old_is_told(
    office: BoxOffice, hall: EventId, line: Line
) -> None:
    await office.plans.of(hall)
    office.clock.advance(timedelta(hours=1))
    line.broken = True
    await office.plans.of(hall)
    line.broken = False
    await rename(office, hall, "Gala")
    office.clock.advance(SILENCE)

    assert (await office.plans.of(hall)).event.name == "Gala"


# What is old


async def rename(office: BoxOffice, hall: EventId, name: str) -> None:
    """Change an event in another process."""
    event = await office.database.events.get(hall)
    assert event is not None
    await office.database.events.save(replace(event, name=name))


@pytest.mark.parametrize("age", STALE)
async def test_what_is_a_little_old_serves_while_it_is_renewed(
    office: BoxOffice, hall: EventId, line: Line, age: timedelta
) -> None:
    old = (await office.plans.of(hall)).event.name
    await rename(office, hall, "Gala")
    office.clock.advance(age)
    line.open.clear()

    assert (await office.plans.of(hall)).event.name == old
    line.open.set()
    await turns(asyncio.sleep(0))
    assert (await office.plans.of(hall)).event.name == "Gala"


async def test_nobody_is_told_what_is_older_than_a_price_may_be(office: BoxOffice, hall: EventId, line: Line) -> None:
    await office.plans.of(hall)
    await rename(office, hall, "Gala")
    office.clock.advance(USABLE_FOR)

    assert (await office.plans.of(hall)).event.name == "Gala"


async def test_what_was_asked_before_a_change_is_not_remembered_after_it(
    office: BoxOffice, hall: EventId, line: Line
) -> None:
    line.open.clear()
    early = await turns(office.plans.of(hall))
    await rename(office, hall, "Gala")
    office.plans.forget(hall)
    line.open.set()
    await early

    assert (await office.plans.of(hall)).event.name == "Gala"


async def test_news_are_not_what_somebody_asked_for_earlier(office: BoxOffice, hall: EventId, line: Line) -> None:
    line.open.clear()
    early = await turns(office.plans.of(hall))
    await rename(office, hall, "Gala")
    line.open.set()

    assert (await office.plans.news(hall)).event.name == "Gala"
    assert (await early).event.name != "Gala"


async def test_an_event_that_is_gone_is_not_remembered(office: BoxOffice, hall: EventId, line: Line) -> None:
    await office.plans.of(hall)
    await office.database.clear()
    office.clock.advance(USABLE_FOR)

    for _ in range(2):
        with pytest.raises(NoEventFound):
            await office.plans.of(hall)


async def test_an_event_that_is_taken_off_sale_elsewhere_is_not_reserved_at_with_what_is_remembered(
    office: BoxOffice, hall: EventId, line: Line, ann: UserId
) -> None:
    await office.reservations.make(ann, hall, TicketRequest(1))
    await office.events.go_on_as(hall, EventStatus.CANCELLED)

    with pytest.raises(NoEventFound):
        await office.reservations.make(ann, hall, TicketRequest(1))
