"""Requests are counted, by what is bounded only, and over all processes that serve together."""

import os
import subprocess
import sys
from pathlib import Path

import httpx

import booked

COUNT = "from booked.adapters.http import metrics; metrics.observe('/event', 'GET', 200, 0.1)"
SHOW = "from booked.adapters.http import metrics; print(metrics.exposition().decode())"


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


def test_any_process_tells_the_counts_of_all(tmp_path: Path) -> None:
    for _ in range(2):
        run(COUNT, tmp_path)

    assert 'booked_http_requests_total{method="GET",route="/event",status="200"} 2.0' in run(SHOW, tmp_path)


def run(code: str, directory: Path) -> str:
    environment = {
        **os.environ,
        "PROMETHEUS_MULTIPROC_DIR": str(directory),
        "PYTHONPATH": str(Path(booked.__file__).parents[1]),
    }
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True
    ).stdout
