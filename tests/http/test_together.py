"""Requests of one moment ask for their bodies together and are answered together: the server's thread is woken once."""

import asyncio
from typing import Any

import pytest
from litestar.types import HTTPReceiveMessage, Message

from booked.adapters.http.operations import envelope
from booked.adapters.http.requests import request
from booked.adapters.http.responses import answers
from tests.http.conftest import nothing_behind
from tests.http.office import serving

PEOPLE = 3
IN_STEP = ["asks"] * PEOPLE + ["is answered"] * PEOPLE + ["is counted"] * PEOPLE


async def nobody_else() -> None:
    """What stands for `together` where each goes on by itself."""


@pytest.mark.parametrize("gather", [True, False])
async def test_requests_of_a_moment_stay_in_step(monkeypatch: pytest.MonkeyPatch, gather: bool) -> None:
    if not gather:
        monkeypatch.setattr(request, "together", nobody_else)
        monkeypatch.setattr(answers, "together", nobody_else)
    seen: list[str] = []
    monkeypatch.setattr(envelope, "observe", lambda *_: seen.append("is counted"))

    async def receive() -> HTTPReceiveMessage:
        seen.append("asks")
        return {"type": "http.request", "body": b"{", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            assert message["status"] == 400
            seen.append("is answered")

    async with serving(nothing_behind()) as (app, _):
        await asyncio.gather(*(app(logging_in(), receive, send) for _ in range(PEOPLE)))

    assert (seen == IN_STEP) == gather


def logging_in() -> Any:
    return {
        "type": "http",
        "method": "POST",
        "path": "/user/login/",
        "raw_path": b"/user/login/",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
        "client": ("127.0.0.1", 50_000),
    }
