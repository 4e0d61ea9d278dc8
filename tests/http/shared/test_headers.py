"""Versions and idempotency keys travel in headers."""

import hashlib
import json

import httpx

from tests.http.answers import assert_problem
from tests.http.shared.lobby import NEW, ONE, SAMPLES, Lobby, in_bytes, post
from tests.http.shared.sample import VERSION


async def test_a_version_that_the_client_has_is_not_sent_again(front: httpx.AsyncClient) -> None:
    full = await front.get(ONE)

    assert (full.status_code, full.headers["ETag"]) == (200, f'"{VERSION}"')
    for known in ('"7"', 'W/"7"', '"1", "7"', 'W/"1",W/"7"', "*"):
        short = await front.get(ONE, headers={"If-None-Match": known})
        assert (short.status_code, short.content, short.headers["ETag"]) == (304, b"", '"7"')
        assert "Content-Type" not in short.headers
    for other in ('"8"', "7", '"77"', "", '"7', "x" * 5000, '"' * 5000):
        assert (await front.get(ONE, headers={"If-None-Match": other})).status_code == 200


async def test_a_change_names_the_version_that_it_is_based_on(lobby: Lobby) -> None:
    async def patched(*tags: str) -> httpx.Response:
        headers = in_bytes([*lobby.organizer.items(), *(("If-Match", tag) for tag in tags)])
        return await lobby.http.patch(ONE, json={}, headers=headers)

    assert_problem(await patched(), 428, "SYS-15")
    for tag in (
        '"6"',
        '"8"',
        "7",
        'W/"7"',
        '"7", "8"',
        '"07x"',
        "",
        '"' + "7" * 19 + '"',
        '"٧"'.encode().decode("latin-1"),
    ):
        assert_problem(await patched(tag), 412, "SYS-14")
    assert_problem(await patched('"7"', '"7"'), 412, "SYS-14")
    for tag in ('"7"', ' "7" ', "*"):
        reply = await patched(tag)
        assert (reply.status_code, reply.headers["ETag"]) == (200, '"8"')


async def test_a_key_tells_requests_apart_by_all_that_they_ask_for(lobby: Lobby) -> None:
    async def fingerprint(body: dict[str, str], path: str = SAMPLES) -> str:
        reply = await post(lobby, body, ("Idempotency-Key", "k"), path=path)
        assert reply.json()["key"] == "k"
        fingerprint: str = reply.json()["fingerprint"]
        return fingerprint

    first = await fingerprint(NEW)

    assert first == await fingerprint(NEW) == await fingerprint(NEW, SAMPLES.rstrip("/"))
    assert first != await fingerprint({**NEW, "price": "49.90"})
    body = json.dumps(NEW).encode()
    assert first == hashlib.sha256(b"POST\n/api/v1/samples\n" + body).hexdigest()


async def test_a_key_that_cannot_be_used_is_refused(lobby: Lobby) -> None:
    for key in ("", "a b", "x" * 256, "é", "a\tb", "\x7f"):
        assert_problem(await post(lobby, NEW, ("Idempotency-Key", key)), 400, "SYS-10")
    twice = await post(lobby, NEW, ("Idempotency-Key", "a"), ("Idempotency-Key", "a"))
    assert_problem(twice, 400, "SYS-10")
    for key in ("a", "x" * 255, "!~"):
        assert (await post(lobby, NEW, ("Idempotency-Key", key))).json()["key"] == key
