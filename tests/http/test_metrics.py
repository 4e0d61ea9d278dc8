"""Requests are counted, by what is bounded only, and over all processes that serve together."""

import asyncio
import os
import subprocess
import sys
import time
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY

import booked
from booked.adapters.http import HttpOptions
from booked.adapters.http.operations import counting, exposition
from tests.http.conftest import nothing_behind
from tests.http.office import serving

COUNT = "from booked.adapters.http.operations import counting; counting.observe('/event', 'GET', 200, 0.1)"
SHOW = "from booked.adapters.http.operations import exposition; print(exposition.exposition().decode())"


async def test_requests_are_measured_by_route_and_not_by_what_clients_make_up(front: httpx.AsyncClient) -> None:
    await front.get("/health/?a=1")
    await front.get("/made/up")
    await front.request("BREW", "/health/")

    reply = await front.get("/metrics")

    assert reply.status_code == 200
    assert reply.headers["Content-Type"].startswith("text/plain; version=")
    assert 'booked_http_requests_total{method="GET",route="/health",status="200"}' in reply.text
    assert 'booked_http_requests_total{method="GET",route="none",status="404"}' in reply.text
    assert 'booked_http_requests_total{method="other",route="none",status="405"}' in reply.text
    assert 'booked_http_request_seconds_count{method="GET",route="/health"}' in reply.text
    assert "made/up" not in reply.text
    assert "BREW" not in reply.text


async def test_times_are_counted_together_as_the_library_counts_each() -> None:
    seconds = [0.0, 0.001, 0.0011, 0.03, 0.03, 10, 10.5]

    for each in seconds:
        counting.observe("/together", "GET", 200, each)
        counting.request_seconds.labels("/each", "GET").observe(each)
    before = times_of("/together")
    counting.hand_over()

    assert before["booked_http_request_seconds_count "] == 0
    assert times_of("/together") == times_of("/each")
    assert REGISTRY.get_sample_value("booked_http_requests_total", labels_of("/together") | {"status": "200"}) == 7


async def test_a_stream_is_counted_and_not_timed() -> None:
    counting.observe("/stream", "GET", 200, None)
    counting.hand_over()

    assert times_of("/stream")["booked_http_request_seconds_count "] == 0
    assert REGISTRY.get_sample_value("booked_http_requests_total", labels_of("/stream") | {"status": "200"}) == 1


def times_of(route: str) -> dict[str, float]:
    """What the library knows of a route's times, by name and bucket."""
    return {
        f"{sample.name} {sample.labels.get('le', '')}": sample.value
        for metric in counting.request_seconds.collect()
        for sample in metric.samples
        if sample.labels["route"] == route and not sample.name.endswith("_created")
    }


def labels_of(route: str) -> dict[str, str]:
    return {"route": route, "method": "GET"}


def test_any_process_tells_the_counts_of_all(tmp_path: Path) -> None:
    for _ in range(2):
        run(COUNT, tmp_path)

    assert 'booked_http_requests_total{method="GET",route="/event",status="200"} 2.0' in run(SHOW, tmp_path)


def test_the_counts_of_processes_that_ended_are_kept_without_their_files(tmp_path: Path) -> None:
    count = COUNT + "; from booked.adapters.observing import metrics as own; own.last_upkeep().set(7)"
    for _ in range(3):
        run(count, tmp_path)
    assert len(list(tmp_path.glob("*.db"))) == 9

    shown = [run(SHOW, tmp_path) for _ in range(2)]

    for text in shown:
        assert 'booked_http_requests_total{method="GET",route="/event",status="200"} 3.0' in text
        assert 'booked_http_request_seconds_count{method="GET",route="/event"} 3.0' in text
        assert "booked_last_upkeep_timestamp_seconds 7.0" in text
    ended = {path.name for path in tmp_path.glob("*.db") if path.stem.endswith("_0")}
    assert ended == {"counter_0.db", "histogram_0.db", "gauge_max_0.db"}


OBSERVE = "from booked.adapters.observing import LoggingObserver, upkeep_metrics; observer = LoggingObserver(); "
OF_WORKERS = ("mismatches_total", "offers_total", "offered_tickets_total", "upkeep_seconds_count")
LAST_UPKEEP = "booked_last_upkeep_timestamp_seconds"


@pytest.mark.parametrize("together", [False, True])
def test_what_only_workers_count_is_shown_where_one_counts(tmp_path: Path, together: bool) -> None:
    directory = tmp_path if together else None

    without = run(OBSERVE + SHOW, directory)
    at_its_start = run(OBSERVE + "upkeep_metrics(); " + SHOW, directory)
    after_a_round = run(OBSERVE + "observer.upkeep_done(1.0); " + SHOW, directory)

    assert not [name for name in OF_WORKERS if f"booked_{name}" in without]
    assert [name for name in OF_WORKERS if f"booked_{name} 0.0" in at_its_start] == list(OF_WORKERS)
    # Until a round has ended, there is no time of it, not even 1970.
    assert LAST_UPKEEP not in without + at_its_start
    assert f"\n{LAST_UPKEEP} 1" in after_a_round


async def test_readers_of_the_same_seconds_share_one_computation(
    front: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed = iter([b"counts"])
    monkeypatch.setattr(exposition, "exposition", lambda: next(computed))

    replies = await asyncio.gather(*(front.get("/metrics") for _ in range(20)))

    assert {reply.content for reply in replies} == {b"counts"}


async def test_what_has_grown_stale_is_computed_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = iter([b"one", b"two"])
    monkeypatch.setattr(exposition, "exposition", lambda: next(texts))
    shown = exposition.Exposition()
    assert [await shown.text(), await shown.text()] == [b"one", b"one"]

    now = time.monotonic() + exposition.FRESH_FOR
    monkeypatch.setattr(time, "monotonic", lambda: now)

    assert await shown.text() == b"two"


@pytest.mark.parametrize(
    ("peer", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("203.0.113.7", {}, 404),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.7"}, 404),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 404),
        ("127.0.0.1", {"X-Real-IP": "203.0.113.7"}, 404),
        ("127.0.0.1", {"Forwarded": "for=203.0.113.7"}, 404),
    ],
)
async def test_only_this_machine_may_read_the_counts(peer: str, headers: dict[str, str], status: int) -> None:
    async with serving(nothing_behind()) as (app, _):
        assert (await read_from(app, peer, headers)).status_code == status


async def test_others_may_read_the_counts_where_they_are_named() -> None:
    options = HttpOptions(metrics_readers=(ip_network("203.0.113.0/24"),))
    async with serving(nothing_behind(), options) as (app, _):
        assert (await read_from(app, "203.0.113.7")).status_code == 200
        assert (await read_from(app, "127.0.0.1")).status_code == 404


async def read_from(app: Any, peer: str, headers: dict[str, str] | None = None) -> httpx.Response:
    transport = httpx.ASGITransport(app, client=(peer, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://booked") as http:
        return await http.get("/metrics", headers=headers)


def run(code: str, directory: Path | None) -> str:
    environment = os.environ | {"PYTHONPATH": str(Path(booked.__file__).parents[1])}
    if directory is not None:
        environment["PROMETHEUS_MULTIPROC_DIR"] = str(directory)
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True
    ).stdout
