"""More requests than one process answers at once are refused, fast, and in the form of their contract."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from litestar.types import HTTPReceiveMessage, HTTPScope, Message, Receive, Scope, Send

from booked.adapters.http import HttpOptions
from booked.adapters.http.operations.admission import Admission
from booked.adapters.http.operations.room import Room
from booked.domain.errors import Busy
from tests.concurrency.processes import Gate
from tests.http.answers import assert_refused_there
from tests.http.office import Office, Person, open_office
from tests.http.web.browser import page_in

AT_ONCE = 2
HANGS_AFTER = 10  # seconds
MINE = "/user/bookings/"
LOGIN, RESERVE = "/user/login/", "/ticket/reserve/"
# Through the framework, and around it.
BOTH_WAYS = pytest.mark.parametrize("path", [LOGIN, RESERVE])
WATCHED = ("/health/", "/health/live", "/health/ready", "/metrics")


@pytest.fixture
async def small(database_url: str, redis_url: str) -> AsyncIterator[Office]:
    """One that answers two requests at once, and no more."""
    async with open_office(database_url, redis_url, HttpOptions(requests_at_once=AT_ONCE)) as office:
        yield office


@pytest.fixture
async def ann(small: Office) -> Person:
    return await small.person("ann")


@asynccontextmanager
async def crowded(office: Office, who: Person) -> AsyncIterator[None]:
    """Have as many requests under way as there may be. They are answered in the end."""
    gate = Gate(office.database.bookings, "of_user")
    waiting = [asyncio.create_task(office.get(MINE, who)) for _ in range(AT_ONCE)]
    await asyncio.wait_for(gate.reached.wait(), HANGS_AFTER)
    await asyncio.sleep(0)
    try:
        yield
    finally:
        gate.open()
        assert [(await reply).status_code for reply in waiting] == [200] * AT_ONCE


@pytest.mark.parametrize("path", ["/event/", MINE, "/api/v1/events/", "/concerts/", "/nothing/", "/api/v1/bookings/"])
async def test_who_comes_when_too_much_is_going_on_is_told_to_try_again(small: Office, ann: Person, path: str) -> None:
    async with crowded(small, ann):
        refused = await small.get(path, ann)

        assert_refused_there(refused, 503, Busy().code)
    assert (await small.get("/event/", ann)).status_code == 200


async def test_a_browser_is_told_on_a_page(small: Office, ann: Person) -> None:
    async with crowded(small, ann):
        refused = await small.get("/", headers={"Accept": "text/html"})

        assert refused.status_code == 503
        page_in(refused)


async def test_a_form_in_a_browser_can_be_sent_again(small: Office, ann: Person) -> None:
    form = {"number": "2", "key": "k" * 20}
    async with crowded(small, ann):
        refused = await small.http.post("/e/1", data=form, headers={"Accept": "text/html"})

        page = page_in(refused)
        assert refused.status_code == 503
        assert "Reload this page to send it again" in page.text
        assert page.all("a", href="/e/1", **{"class": "button"})


async def test_who_watches_is_always_answered(small: Office, ann: Person) -> None:
    async with crowded(small, ann):
        replies = [await small.get(path) for path in WATCHED]

        assert [reply.status_code for reply in replies] == [200] * 4


async def test_control_without_the_bound_everybody_waits(database_url: str, redis_url: str) -> None:
    async with open_office(database_url, redis_url) as office:
        ann = await office.person("ann")
        async with crowded(office, ann):
            assert (await office.get("/event/", ann)).status_code == 200


async def test_rushed_requests_and_others_share_their_room(small: Office, ann: Person) -> None:
    event_id = await small.event()
    wish = {"event_id": event_id, "count": 1}
    held = [(await small.post(RESERVE, wish, ann)).json() for _ in range(AT_ONCE)]

    async with crowded(small, ann):
        refused = await small.post(RESERVE, wish, ann)
    gate = Gate(small.database.bookings, "commit")
    booking = [asyncio.create_task(small.post("/ticket/book/", tickets, ann)) for tickets in held]
    await asyncio.wait_for(gate.reached.wait(), HANGS_AFTER)
    await asyncio.sleep(0)
    refused_beside = await small.get(MINE, ann)
    gate.open()

    assert_refused_there(refused, 503, Busy().code)
    assert_refused_there(refused_beside, 503, Busy().code)
    assert [(await reply).status_code for reply in booking] == [200] * AT_ONCE


async def test_a_rushed_request_gives_its_place_back_however_it_ends(small: Office, ann: Person) -> None:
    event_id = await small.event()
    wish = {"event_id": event_id, "count": 1}
    broken = Gate(small.database.bookings, "commit")

    for _ in range(AT_ONCE):
        statuses = [
            (await small.post(RESERVE, wish)).status_code,
            (await small.post(RESERVE, b"{", ann)).status_code,
            (await small.post(RESERVE, wish | {"count": 50}, ann)).status_code,
        ]
        assert statuses == [401, 400, 400]
        tickets = (await small.post(RESERVE, wish, ann)).json()
        leaving = [
            asyncio.create_task(small.app(posting(small, RESERVE, ann), never, nowhere)),
            asyncio.create_task(small.post("/ticket/book/", tickets, ann)),
        ]
        await asyncio.wait_for(broken.reached.wait(), HANGS_AFTER)
        for each in leaving:
            each.cancel()
        await asyncio.wait(leaving)
        broken.reached.clear()

    assert (await small.post(RESERVE, wish, ann)).status_code == 200


@BOTH_WAYS
async def test_who_is_refused_need_not_send_a_body(small: Office, ann: Person, path: str) -> None:
    answered: list[Message] = []

    async def send(message: Message) -> None:
        answered.append(message)

    async with crowded(small, ann):
        await asyncio.wait_for(small.app(posting(small, path, ann), never, send), HANGS_AFTER)

    assert [message.get("status") for message in answered[:1]] == [503]


@BOTH_WAYS
async def test_bodies_that_are_still_arriving_keep_nobody_out(small: Office, ann: Person, path: str) -> None:
    slow = [asyncio.create_task(small.app(posting(small, path, ann), never, nowhere)) for _ in range(AT_ONCE + 1)]
    await asyncio.sleep(0.01)

    assert await status_beside(slow, small, ann) == 200
    assert (await small.get(MINE, ann)).status_code == 200


@BOTH_WAYS
async def test_a_body_that_arrives_when_too_much_is_going_on_comes_too_late(
    small: Office, ann: Person, path: str
) -> None:
    arrived = asyncio.Event()
    answered: list[Message] = []

    async def receive() -> HTTPReceiveMessage:
        await arrived.wait()
        return {"type": "http.request", "body": b'{"a": "b"}', "more_body": False}

    async def send(message: Message) -> None:
        answered.append(message)

    late = asyncio.create_task(small.app(posting(small, path, ann), receive, send))
    await asyncio.sleep(0.01)
    async with crowded(small, ann):
        arrived.set()
        await late

        assert [message.get("status") for message in answered[:1]] == [503]


async def test_streams_that_go_on_keep_nobody_out(small: Office, ann: Person) -> None:
    event_id = await small.event()
    begun = asyncio.Event()

    async def send(message: Message) -> None:
        begun.set()

    scope = posting(small) | {"method": "GET", "path": f"/api/v1/events/{event_id}/live/"}
    streams = [asyncio.create_task(small.app(scope, never, send)) for _ in range(AT_ONCE)]  # type: ignore[arg-type]
    await begun.wait()
    await asyncio.sleep(0.01)

    assert await status_beside(streams, small, ann) == 200


async def test_who_listens_for_the_end_of_the_client_leaves_once(small: Office) -> None:
    closing = asyncio.Event()

    async def listen_or_stay(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/stay":
            await closing.wait()
            return
        listening = asyncio.ensure_future(receive())
        await asyncio.sleep(0)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        listening.cancel()
        await asyncio.wait({listening})

    admission = Admission(listen_or_stay, Room(AT_ONCE))
    for _ in range(AT_ONCE):
        await admission(posting(small) | {"path": "/listen"}, never, nowhere)
    scope = posting(small) | {"path": "/stay", "litestar_app": small.app}
    staying = [asyncio.create_task(admission(scope, never, nowhere)) for _ in range(AT_ONCE)]
    await asyncio.sleep(0)
    answered: list[Message] = []

    async def send(message: Message) -> None:
        answered.append(message)

    one_more = asyncio.create_task(admission(scope, never, send))
    await asyncio.sleep(0)
    closing.set()
    await asyncio.wait([*staying, one_more])

    assert [message.get("status") for message in answered[:1]] == [503]


async def test_who_reads_twice_at_once_counts_once(small: Office) -> None:
    async def read_twice(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.gather(receive(), receive())

    async def arrive() -> HTTPReceiveMessage:
        await asyncio.sleep(0)
        return {"type": "http.request", "body": b"", "more_body": True}

    admission = Admission(read_twice, Room(AT_ONCE))
    scope = posting(small) | {"litestar_app": small.app}
    answered: list[Message] = []

    async def send(message: Message) -> None:
        answered.append(message)

    for _ in range(AT_ONCE + 1):
        await admission(scope, arrive, send)

    assert answered == []


async def test_who_watches_keeps_nobody_out(small: Office) -> None:
    closing = asyncio.Event()

    async def stay(scope: Scope, receive: Receive, send: Send) -> None:
        await closing.wait()

    admission = Admission(stay, Room(AT_ONCE))
    scope = posting(small) | {"litestar_app": small.app}
    watching = [asyncio.create_task(admission(scope | {"path": path}, never, nowhere)) for path in WATCHED]
    await asyncio.sleep(0)
    buying = [asyncio.create_task(admission(scope, never, nowhere)) for _ in range(AT_ONCE)]
    await asyncio.sleep(0)

    assert not any(each.done() for each in buying)
    closing.set()
    await asyncio.wait([*watching, *buying])


async def status_beside(others: Sequence[asyncio.Task[None]], office: Office, who: Person) -> int:
    """Return the status of an answer that is given while these requests go on, and end them."""
    assert not any(other.done() for other in others)
    reply = await office.get(MINE, who)
    for other in others:
        other.cancel()
    await asyncio.wait(others)
    return reply.status_code


def posting(office: Office, path: str = LOGIN, who: Person | None = None) -> Scope:
    """Return a request, of which the body is to follow."""
    authorization = [(b"authorization", f"Bearer {who.token}".encode())] if who else []
    scope: HTTPScope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "headers": [(b"content-type", b"application/json"), (b"content-length", b"10"), *authorization],
        "query_string": b"",
        "client": ("127.0.0.1", 1),
        "scheme": "http",
        "server": ("booked", 80),
        "http_version": "1.1",
        "root_path": "",
        "extensions": None,
        "raw_path": path.encode(),
    }  # type: ignore[typeddict-item]  # the application adds the rest
    return scope


async def never() -> HTTPReceiveMessage:
    """Be a client that sends nothing more."""
    await asyncio.Event().wait()
    raise AssertionError


async def nowhere(message: Message) -> None:
    """Be a client that reads nothing."""
