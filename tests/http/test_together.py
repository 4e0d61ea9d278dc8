"""Requests of one moment stay in step: the server's thread is woken once for the bodies and the answers of all."""

import asyncio
from typing import Any

import pytest
from litestar.types import HTTPReceiveMessage, Message

from booked.adapters.http.access.gate import Gate
from booked.adapters.http.operations import admission, envelope
from booked.adapters.http.requests import light_request
from tests.http.conftest import nothing_behind
from tests.http.office import serving

PEOPLE = 3
ALONE = ["comes", "asks", "is answered", "is counted"]
IN_STEP = [step for step in ALONE for _ in range(PEOPLE)]

BOTH_WAYS = pytest.mark.parametrize("path", ["/user/login/", "/ticket/book/"])  # through the framework, and around it


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What becomes of requests, as it happens."""
    seen: list[str] = []
    monkeypatch.setattr(envelope, "observe", lambda *_: seen.append("is counted"))

    async def let_in(gate: Gate, credentials: bytes) -> None:
        pass

    monkeypatch.setattr(Gate, "identify_by", let_in)
    return seen


async def come_together(path: str, steps: list[str]) -> None:
    async def receive() -> HTTPReceiveMessage:
        steps.append("asks")
        return {"type": "http.request", "body": b"{", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            assert message["status"] == 400
            steps.append("is answered")

    async with serving(nothing_behind()) as (app, _):

        async def come() -> None:
            steps.append("comes")
            await app(request_at(path), receive, send)

        await asyncio.gather(*(come() for _ in range(PEOPLE)))


def request_at(path: str) -> Any:
    return {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
        "client": ("127.0.0.1", 50_000),
    }


@BOTH_WAYS
async def test_requests_of_a_moment_stay_in_step(steps: list[str], path: str) -> None:
    await come_together(path, steps)

    assert steps == IN_STEP


@BOTH_WAYS
async def test_control_without_yielding_each_goes_on_alone(
    steps: list[str], monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    async def nobody_else() -> None:
        pass

    for place in (envelope, admission, light_request):
        monkeypatch.setattr(place, "yield_to_others", nobody_else)

    await come_together(path, steps)

    assert steps == ALONE * PEOPLE
