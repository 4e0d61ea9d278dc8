"""Watching an event over HTTP: what is left of it, as it changes."""

import asyncio
import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from booked.adapters.http.operations import counting
from tests.http.answers import assert_problem
from tests.http.office import Office, Person, open_office
from tests.http.streaming import Streaming, streaming
from tests.http.v1.programme import Programme, address_of

ADDRESS = "/api/v1/events/{}/live/"


@asynccontextmanager
async def watching(office: Office, event_id: str, headers: Mapping[str, str] | None = None) -> AsyncIterator[Streaming]:
    async with streaming(office.app, ADDRESS.format(event_id), headers) as (stream, _):
        assert (await stream.start())[0] == 200
        yield stream


def measured() -> tuple[float, float]:
    """How many streams were counted in this process, and how many timed."""
    counting.hand_over()
    route = {"route": "/api/v1/events/{event_id}/live", "method": "GET"}
    counted = REGISTRY.get_sample_value("booked_http_requests_total", {**route, "status": "200"})
    timed = REGISTRY.get_sample_value("booked_http_request_seconds_count", route)
    return counted or 0, timed or 0


def numbers_in(bitmap: str) -> set[int]:
    taken = base64.b64decode(bitmap)
    return {index + 1 for index in range(len(taken) * 8) if taken[index // 8] & 0x80 >> index % 8}


async def test_the_stream_begins_with_every_seat_and_goes_on_with_those_that_change(
    office: Office, programme: Programme, ann: Person
) -> None:
    event = await programme.seated()
    async with watching(office, event["id"]) as stream:
        retry = await stream.block()
        kind, _, whole = await stream.event()
        await office.reserve(ann, event["id"], 2)
        changed, _, change = await stream.event()

    assert 1_000 <= int(retry.removeprefix("retry: ")) < 5_000
    assert (kind, whole["capacity"], numbers_in(whole["bitmap"])) == ("all", whole["free"], set())
    assert (changed, change["freed"], change["free"]) == ("seats", [], whole["free"] - 2)
    assert len(change["taken"]) == 2
    assert sum(change["ticket_types"].values()) == change["free"]
    assert change["ticket_types"].keys() == whole["ticket_types"].keys()
    assert "bitmap" not in change


async def test_an_event_without_seats_is_counted(office: Office, ann: Person) -> None:
    event_id = await office.event(seats=5)
    async with watching(office, event_id) as stream:
        first = await stream.event()
        await office.reserve(ann, event_id, 2)
        second = await stream.event()

    assert (first[0], second[0]) == ("count", "count")
    assert (first[2]["free"], second[2]["free"]) == (5, 3)
    assert set(second[2]) == {"capacity", "free", "ticket_types"}


async def test_who_comes_back_with_the_last_id_is_told_what_they_missed(
    office: Office, programme: Programme, ann: Person
) -> None:
    event = await programme.seated()
    async with watching(office, event["id"]) as steady:
        _, seen, _ = await steady.event()
        await office.reserve(ann, event["id"], 1)
        missed = await steady.event()
        async with watching(office, event["id"], {"Last-Event-ID": seen}) as back:
            assert await back.event() == missed
        async with watching(office, event["id"], {"Last-Event-ID": "no id of ours"}) as stranger:
            assert (await stranger.event())[0] == "all"
        async with watching(office, event["id"], {"Last-Event-ID": missed[1]}) as up_to_date:
            await up_to_date.block()
            assert await up_to_date.block() == ":", "a sign of life, since nothing is new"


async def test_the_headers_keep_proxies_from_holding_it_back(office: Office) -> None:
    event_id = await office.event()
    async with streaming(office.app, ADDRESS.format(event_id)) as (stream, _):
        status, headers = await stream.start()

    assert (status, headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-store", "no")


async def test_a_draft_is_shown_to_its_organizer_only(office: Office, programme: Programme) -> None:
    event = await programme.event(status="DRAFT")

    assert_problem(await office.get(f"{address_of(event)}live/"), 404, "EVENT-03")
    async with watching(office, event["id"], programme.ora.bearer) as stream:
        assert (await stream.event())[2]["free"] == 0


async def test_an_event_that_nobody_knows_is_not_found(office: Office) -> None:
    assert_problem(await office.get(ADDRESS.format("019c5b2e-7f00-7a3c-8e54-1f0a00000000")), 404, "EVENT-03")
    assert_problem(await office.get(ADDRESS.format("nonsense")), 400, "SYS-03")


async def test_when_too_many_watch_the_others_are_sent_to_the_availability(database_url: str, redis_url: str) -> None:
    async with open_office(database_url, redis_url, streams_most=1) as office:
        event_id = await office.event()
        async with watching(office, event_id):
            refused = await office.get(ADDRESS.format(event_id))
        async with watching(office, event_id) as stream:
            assert (await stream.event())[0] == "count"

    assert_problem(refused, 503, "SYS-09")


async def test_a_stop_ends_streams_also_of_those_who_read_nothing(office: Office) -> None:
    event_id = await office.event()
    async with (
        streaming(office.app, ADDRESS.format(event_id)) as (reader, _),
        streaming(office.app, ADDRESS.format(event_id)) as (stuck, answering),
    ):
        await reader.start()
        await reader.event()
        await stuck.start()
        stuck.reading.clear()

        office.services.live.end()

        assert await reader.end() == b""
        await asyncio.wait_for(answering, 60)


async def test_a_client_that_goes_leaves_nothing_behind(database_url: str, redis_url: str) -> None:
    async with open_office(database_url, redis_url, streams_most=1) as office:
        event_id = await office.event()
        before = len(asyncio.all_tasks())
        for _ in range(3):
            async with watching(office, event_id) as stream:
                await stream.event()

        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) <= before


async def test_head_tells_the_headers_and_ends(office: Office) -> None:
    event_id = await office.event()
    async with streaming(office.app, ADDRESS.format(event_id), method="HEAD") as (stream, answering):
        status, headers = await stream.start()
        await asyncio.wait_for(answering, 60)

    assert (status, headers["content-type"]) == (200, "text/event-stream; charset=utf-8")


async def test_a_stream_is_counted_and_not_timed(office: Office) -> None:
    event_id = await office.event()
    counted, timed = measured()
    with capture_logs() as lines:
        async with watching(office, event_id) as stream:
            await stream.event()

    assert measured() == (counted + 1, timed)
    assert [line["event"] for line in lines if line.get("path", "").endswith("/live/")] == ["stream"]


async def test_watching_writes_nothing(office: Office, ann: Person) -> None:
    event_id = await office.event(seats=5)
    await office.reserve(ann, event_id, 2)
    before = await office.digest()

    async with watching(office, event_id) as stream:
        await stream.event()

    assert await office.digest() == before
