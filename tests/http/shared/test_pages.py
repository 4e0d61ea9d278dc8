"""Lists come in pages, and a cursor leads to the next."""

import base64

import httpx

from booked.adapters.http.responses import pages
from tests.http.answers import assert_problem
from tests.http.shared.lobby import SAMPLES
from tests.http.shared.sample import ALL


async def walk(front: httpx.AsyncClient, **query: str) -> list[list[str]]:
    found: list[list[str]] = []
    params = dict(query)
    while True:
        page = (await front.get(SAMPLES, params=params)).json()
        found.append([row["id"] for row in page["items"]])
        if page["next_cursor"] is None:
            return found
        params["cursor"] = page["next_cursor"]


async def test_pages_follow_each_other_without_gap_or_repetition(front: httpx.AsyncClient) -> None:
    everything = [row.id for row in ALL[1:]]

    assert [len(page) for page in await walk(front)] == [20, 20, 4]
    for limit in ("1", "7", "22", "44", "100"):
        pages_ = await walk(front, limit=limit)
        assert [id_ for page in pages_ for id_ in page] == everything
        assert all(pages_)
    assert len(await walk(front, limit="44")) == 1


async def test_the_limit_may_change_between_pages_but_nothing_else(front: httpx.AsyncClient) -> None:
    first = (await front.get(SAMPLES, params={"limit": "5", "color": "red"})).json()
    cursor = first["next_cursor"]

    second = await front.get(SAMPLES, params={"limit": "9", "color": "red", "cursor": cursor})

    assert len(second.json()["items"]) == 9
    assert_problem(await front.get(SAMPLES, params={"color": "blue", "cursor": cursor}), 400, "SYS-16")
    assert_problem(await front.get(SAMPLES, params={"cursor": cursor}), 400, "SYS-16")


async def test_a_cursor_is_short_and_needs_no_escaping(front: httpx.AsyncClient) -> None:
    cursor = (await front.get(SAMPLES)).json()["next_cursor"]

    assert len(cursor) < 200
    assert cursor.replace("-", "").replace("_", "").isalnum()


async def test_a_cursor_that_is_made_up_is_refused(front: httpx.AsyncClient) -> None:
    good = (await front.get(SAMPLES)).json()["next_cursor"]
    binding = base64.urlsafe_b64decode(good)[:8]

    def forged(position: bytes) -> str:
        return base64.urlsafe_b64encode(binding + position).decode()

    position = b'{"at":"2026-11-20T19:30:00Z","id":"%b"}'
    assert (await front.get(SAMPLES, params={"cursor": forged(position % ALL[3].id.encode())})).status_code == 200
    bad = [
        "",
        "x",
        "é",
        "A" * 900,
        good[:-4],
        good + "AAAA",
        good.swapcase(),
        "=" * 8,
        "../..",
        forged(b"{}"),
        forged(b""),
    ]
    bad += [forged(position % id_) for id_ in (b"x", b"", ALL[0].id.upper().encode(), ALL[0].id.encode() + b"\\n")]
    bad += [forged(b"[" * 300), forged(b'{"at":1,"id":"x"}')]
    for cursor in bad:
        assert_problem(await front.get(SAMPLES, params={"cursor": cursor}), 400, "SYS-16")
    assert_problem(await front.get(SAMPLES, params={"cursor": "A" * (pages.CURSOR_LENGTH + 1)}), 400, "SYS-17")
