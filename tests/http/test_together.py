"""Requests of one moment stay in step: the server's thread is woken once for the bodies and the answers of all."""

import asyncio
from typing import Any

import pytest
from litestar.types import HTTPReceiveMessage, Message

from booked.adapters.http.operations import envelope
from tests.http.conftest import nothing_behind
from tests.http.office import serving

PEOPLE = 3
ALONE = ["comes", "asks", "is answered", "is counted"]
IN_STEP = [step for step in ALONE for _ in range(PEOPLE)]


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What becomes of requests, as it happens."""
    seen: list[str] = []
    monkeypatch.setattr(envelope, "observe", lambda *_: seen.append("is counted"))
    return seen


async def log_in_together(steps: list[str]) -> None:
    async def receive() -> HTTPReceiveMessage:
        steps.append("asks")
        return {"type": "http.request", "body": b"{", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            assert message["status"] == 400
            steps.append("is answered")

    async with serving(nothing_behind()) as (app, _):

        async def log_in() -> None:
            steps.append("comes")
            await app(login(), receive, send)

        await asyncio.gather(*(log_in() for _ in range(PEOPLE)))


def login() -> Any:
    return {
        "type": "http",
        "method": "POST",
        "path": "/user/login/",
        "raw_path": b"/user/login/",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
        "client": ("127.0.0.1", 50_000),
    }


async def test_requests_of_a_moment_stay_in_step(steps: list[str]) -> None:
    await log_in_together(steps)

    assert steps == IN_STEP


async def test_control_without_yielding_each_goes_on_alone(steps: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    async def nobody_else() -> None:
        pass

    monkeypatch.setattr(envelope, "yield_to_others", nobody_else)

    await log_in_together(steps)

    assert steps == ALONE * PEOPLE
