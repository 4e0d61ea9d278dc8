"""Requests of a sale end in time, though a store keeps them waiting."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from math import inf
from types import SimpleNamespace

import httpx
import pytest
from litestar.routes import HTTPRoute

from booked import pulse
from booked.adapters.http.contracts import in_time
from booked.domain.errors import Busy, TransactionFailed
from booked.domain.model.ids import EventId, TicketId, event_of, ticket_type_id
from tests.http.answers import assert_problem
from tests.http.office import Office, Person

MOMENT = 0.2  # seconds


@pytest.fixture
async def event_id(office: Office) -> EventId:
    return await office.event()


@pytest.fixture
async def reserved(office: Office, ann: Person, event_id: EventId) -> list[TicketId]:
    body = (await office.post("/ticket/reserve/", {"event_id": event_id, "count": 2}, ann)).json()
    return [TicketId(id_) for id_ in body["ticket_ids"]]


@pytest.fixture
async def locked(office: Office, event_id: EventId, reserved: object) -> AsyncIterator[asyncio.Event]:
    """The event's row is locked until this event is set, or the test is over."""
    async with office.connection() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("SELECT FROM events WHERE id = $1 FOR UPDATE", event_id)
        unlocked = asyncio.Event()

        async def hold() -> None:
            await unlocked.wait()
            await transaction.rollback()

        holding = asyncio.create_task(hold())
        yield unlocked
        unlocked.set()
        await holding


async def book(office: Office, ann: Person, reserved: list[TicketId]) -> httpx.Response:
    return await office.post("/ticket/book/", {"ticket_ids": reserved}, ann)


@asynccontextmanager
async def beating(office: Office) -> AsyncIterator[None]:
    """Give the application another pulse, with the present limits."""
    with pytest.MonkeyPatch.context() as changes:
        changes.setattr(pulse, "BEAT", MOMENT / 10)
        office.app.state["pulse"] = other = pulse.Pulse()
        beats = asyncio.create_task(other.beat())
        await asyncio.sleep(0)
        try:
            yield
        finally:
            beats.cancel()
            await asyncio.wait([beats])


async def book_across_a_standstill(office: Office, ann: Person, reserved: list[TicketId]) -> httpx.Response:
    waiting = asyncio.create_task(book(office, ann, reserved))
    time.sleep(2 * MOMENT)  # noqa: ASYNC251 - the whole process stands still
    return await waiting


async def test_who_would_wait_too_long_is_told_so_and_can_ask_again(
    office: Office, ann: Person, reserved: list[TicketId], locked: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_time, "LONGEST", MOMENT)

    late = await book(office, ann, reserved)
    monkeypatch.undo()
    locked.set()
    again = await book(office, ann, reserved)

    assert (late.status_code, late.json()["code"]) == (503, "DB-03")
    assert again.status_code == 200
    assert len(await office.database.bookings.owned(event_of(reserved[0]), ann.id)) == 2


async def test_the_resource_api_ends_in_time_too(
    office: Office, ann: Person, event_id: EventId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_time, "LONGEST", 0)

    reserved = await office.post("/api/v1/reservations/", {"event_id": event_id, "num_tickets": 1}, ann)
    booked = await office.post(
        "/api/v1/bookings/", {"ticket_type_id": ticket_type_id(event_id, 1), "num_tickets": 1}, ann
    )

    assert_problem(reserved, 503, "DB-03")
    assert_problem(booked, 503, "DB-03")


async def test_what_waited_while_the_process_stood_still_is_not_done(
    office: Office, ann: Person, reserved: list[TicketId], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulse, "STILL", MOMENT)
    monkeypatch.setattr(pulse, "AFTERMATH", 60)

    async with beating(office):
        late = await book_across_a_standstill(office, ann, reserved)
        seen = await office.get("/user/bookings/", ann)

    assert (late.status_code, late.json()["code"]) == (503, Busy().code)
    assert seen.status_code == 200
    assert not await office.database.bookings.owned(event_of(reserved[0]), ann.id)


async def test_control_without_a_pulse_what_waited_is_done(
    office: Office, ann: Person, reserved: list[TicketId], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulse, "STILL", inf)
    monkeypatch.setattr(pulse, "AFTERMATH", 60)

    async with beating(office):
        assert (await book_across_a_standstill(office, ann, reserved)).status_code == 200


async def test_control_without_an_end_the_request_waits(
    office: Office, ann: Person, reserved: list[TicketId], locked: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_time, "Deadline", lambda seconds: nullcontext())
    monkeypatch.setattr(in_time, "LONGEST", MOMENT)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(book(office, ann, reserved), 5 * MOMENT)


@pytest.mark.parametrize(
    "path",
    [
        "/ticket/cancel",
        "/waitlist/add",
        "/api/v1/waitlist",
        "/api/v1/bookings/{booking_id:str}/cancel",
        "/events/{event_id:str}/bookings",
        "/hold/{reservation_id:str}",
        "/my/bookings/{booking_id:str}/cancel",
        "/my/places/{entry_id:str}/accept",
    ],
)
async def test_other_handlers_of_a_sale_end_in_time_too(
    office: Office, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    [handler] = [
        handler
        for route in office.app.routes
        if isinstance(route, HTTPRoute) and route.path == path
        for handler in route.route_handlers
        if "POST" in handler.http_methods
    ]

    class Over:
        """A deadline that is over at once."""

        def __init__(self, seconds: float) -> None:
            raise TimeoutError

    monkeypatch.setattr(in_time, "Deadline", Over)

    with pytest.raises(TransactionFailed):
        await handler.fn(request=SimpleNamespace(app=office.app))
