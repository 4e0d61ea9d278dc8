"""Bodies, headers and connections that are broken, too large, too slow or hostile."""

import asyncio
import gzip
import json
import resource
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import httpx
import msgspec
import pytest
import structlog

from booked.adapters.http import HttpOptions
from booked.adapters.http.contracts.booked.tickets import ReserveRequest
from booked.adapters.http.contracts.v1.messages.venues import VenueRequest
from booked.adapters.http.errors import InvalidJSON
from booked.adapters.http.requests import strict_json
from booked.adapters.observing.logs import describe
from booked.domain.model.ids import EventId
from booked.domain.model.programme.seating import BLOCKS_MOST
from tests.http.answers import assert_refused
from tests.http.office import PASSWORD, Office, Person, call, open_office

RESERVE = "/ticket/reserve/"
LIMIT = HttpOptions().body_limit
JSON_TYPE = ("Content-Type", "application/json")


@pytest.fixture
async def event_id(office: Office) -> EventId:
    return await office.event()


def broken_bodies(good: bytes) -> dict[str, bytes]:
    """Bodies none of which is the JSON object that is wanted; most of them nearly are."""
    inner = good[1:-1]
    return {
        "empty": b"",
        "white space": b" \n",
        "an open brace": b"{",
        "cut off": good[:-1],
        "trailing comma": b"{" + inner + b",}",
        "trailing garbage": good + b"x",
        "two objects": good + good,
        "an array": b"[]",
        "an array around it": b"[" + good + b"]",
        "null": b"null",
        "a number": b"7",
        "a string": b'"x"',
        "single quotes": good.replace(b'"', b"'"),
        "comment": b"/**/" + good,
        "byte order mark": b"\xef\xbb\xbf" + good,
        "UTF-16": good.decode().encode("utf-16"),
        "UTF-32": good.decode().encode("utf-32-le"),
        "not UTF-8": b"{" + inner + b',"note":"\xff"}',
        "overlong UTF-8": b"{" + inner + b',"note":"\xc0\xaf"}',
        "UTF-8 of a surrogate": b"{" + inner + b',"note":"\xed\xa0\x80"}',
        "lone surrogate": b"{" + inner + b',"note":"\\ud800"}',
        "surrogates in the wrong order": b"{" + inner + b',"note":"\\udc00\\ud800"}',
        "NaN": b"{" + inner + b',"note":NaN}',
        "infinite": b"{" + inner + b',"note":-Infinity}',
        "control character": b"{" + inner + b',"note":"\x01"}',
        "unknown escape": b"{" + inner + b',"note":"\\x41"}',
        "duplicate key": b"{" + inner + b',"count":2}',
        "duplicate key, escaped": b"{" + inner + b',"c\\u006funt":2}',
        "duplicate key, first": b'{"count":2,' + inner + b"}",
        "NUL": good + b"\0",
        "deep array": b"[" * 10_000 + b"]" * 10_000,
        "deep array in a field": b"{" + inner + b',"note":' + b"[" * 32 + b"]" * 32 + b"}",
        "deep object in a field": b"{" + inner + b',"note":' + b'{"a":' * 40 + b"1" + b"}" * 41,
        "deep and never closed": b'{"a":' + b"[" * 30_000,
    }


async def test_a_body_that_is_not_the_json_wanted_is_refused(office: Office, ann: Person, event_id: EventId) -> None:
    good = json.dumps({"event_id": event_id, "count": 1}).encode()
    before = await office.digest()

    for body in broken_bodies(good).values():
        assert_refused(await office.post(RESERVE, body, ann), 400, "SYS-01", sent=body.decode("latin-1"))

    assert await office.digest() == before
    assert (await office.post(RESERVE, good, ann)).status_code == 200


EXTRAS = [
    b'"note":"\\u00e9\\ud83c\\udf9f"',
    b'"note":"count count \\"count\\""',
    b'"note":' + b"[" * 31 + b"]" * 31,
    b'"note":"' + b"[" * 1000 + b'"',
    b'"note":[' + b"[],{}," * 100 + b"1]",
    b'"note":1e999',
    b'"note":"\\n","number":' + b"9" * 5_000,  # Python makes no int of more than 4,300 digits
    b'"note":{"count":5}',
]


async def test_what_is_not_known_is_ignored_as_long_as_it_is_json(
    office: Office, ann: Person, event_id: EventId
) -> None:
    for extra in EXTRAS:
        body = b'{"event_id":"%b","count":1,%b}' % (event_id.encode(), extra)
        assert (await office.post(RESERVE, body, ann)).status_code == 200


def test_without_the_check_the_last_of_two_keys_would_win() -> None:
    body = b'{"count":1,"count":2}'

    with pytest.raises(InvalidJSON):
        strict_json.decoder_for(ReserveRequest).decode(body)

    assert msgspec.json.decode(body, type=ReserveRequest).count == 2


CROWDED = {
    "flat objects": b'{"note":[' + b'{"a":1},' * 8_000 + b"1]}",
    "empty objects": b'{"note":[' + b"{}," * 20_000 + b"1]}",
    "empty arrays": b'{"note":[' + b"[]," * 20_000 + b"1]}",
    "empty strings": b'{"note":[' + b'"",' * 20_000 + b"1]}",
    "members": b"{" + b'"a":1,' * 10_000 + b'"b":1}',
    "an escape": b'{"note":["\\n",' + b"{}," * 20_000 + b"1]}",
}


@pytest.mark.parametrize("shape", CROWDED)
def test_a_body_of_very_many_values_is_refused_before_it_is_parsed(shape: str) -> None:
    cut_off = CROWDED[shape][:-1]  # whoever parses it finds that first

    with pytest.raises(InvalidJSON, match="more than 2,000 values"):
        strict_json.decoder_for(ReserveRequest).decode(cut_off)


def test_texts_may_have_as_many_commas_and_brackets_as_they_like() -> None:
    decoder = strict_json.decoder_for(ReserveRequest)

    assert decoder.decode(b'{"count":1,"note":"' + b",[{" * 10_000 + b'"}').count == 1


def test_the_largest_layout_of_a_venue_is_not_too_much() -> None:
    block = {"section": "A", "rows": 1, "seats_per_row": 1, "first_row": 1, "first_seat": 1, "row_style": "numbers"}
    place = {"address": "Main Street 1", "city": "Berlin", "country": "Germany", "capacity": BLOCKS_MOST}
    body = msgspec.json.encode({"name": "Hall", **place, "layout": [block] * BLOCKS_MOST})

    assert len(strict_json.decoder_for(VenueRequest).decode(body).layout) == BLOCKS_MOST


async def test_a_type_other_than_json_is_refused(office: Office, ann: Person, event_id: EventId) -> None:
    good = json.dumps({"event_id": event_id, "count": 1}).encode()
    refused: list[list[tuple[str, str]]] = [
        [],
        [("Content-Type", "")],
        [("Content-Type", "text/plain")],
        [("Content-Type", "text/json")],
        [("Content-Type", "application/x-www-form-urlencoded")],
        [("Content-Type", "multipart/form-data; boundary=x")],
        [("Content-Type", "application/xml")],
        [("Content-Type", "application/jsonp")],
        [("Content-Type", "application/x-msgpack")],
        [("Content-Type", "text/plain; application/json")],
        [JSON_TYPE, ("Content-Type", "text/plain")],
        [("Content-Type", "text/plain, application/json")],
        [JSON_TYPE, ("Content-Encoding", "gzip")],
        [JSON_TYPE, ("Content-Encoding", "br")],
    ]

    for headers in refused:
        content = gzip.compress(good) if ("Content-Encoding", "gzip") in headers else good
        reply = await office.http.post(RESERVE, content=content, headers=[*ann.bearer.items(), *headers])
        assert_refused(reply, 415, "SYS-07")

    for kind in ("application/json", "Application/JSON; charset=utf-8", "application/json ;charset=utf-8"):
        headers = [*ann.bearer.items(), ("Content-Type", kind), ("Content-Encoding", "identity")]
        assert (await office.http.post(RESERVE, content=good, headers=headers)).status_code == 200


async def test_a_body_that_is_too_large_is_refused_without_being_kept(
    office: Office, ann: Person, event_id: EventId
) -> None:
    start = b'{"event_id":"%b","count":1,"note":"' % event_id.encode()
    just_right = start + b"a" * (LIMIT - len(start) - 2) + b'"}'
    keys = b"{" + b",".join(b'"%d":0' % key for key in range(100_000)) + b"}"
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    for body in (just_right + b" ", b'"' + b"a" * 1_000_000 + b'"', keys):
        assert_refused(await office.post(RESERVE, body, ann), 413, "SYS-06")

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 20 * 1024  # KiB
    assert len(just_right) == LIMIT
    assert (await office.post(RESERVE, just_right, ann)).status_code == 200


async def test_a_large_body_in_pieces_is_refused_as_soon_as_it_is_too_large(office: Office, ann: Person) -> None:
    sent = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 1
            yield b"a" * 1024

    reply = await office.http.post(RESERVE, content=pieces(), headers=[*ann.bearer.items(), JSON_TYPE])

    assert_refused(reply, 413, "SYS-06")
    assert sent == LIMIT // 1024 + 1


async def test_a_body_that_says_it_is_too_large_is_not_even_read(office: Office, ann: Person) -> None:
    for length in (b"65537", b"1000000000000", b"9" * 5000):
        headers = [*bearer(ann), (b"content-length", length)]

        assert await call(office.app, "POST", RESERVE, headers, []) == (413, 0)


async def test_bodies_in_pieces_are_put_together(office: Office, ann: Person, event_id: EventId) -> None:
    body = json.dumps({"event_id": event_id, "count": 1}).encode()

    async def pieces() -> AsyncIterator[bytes]:
        for byte in body:
            yield bytes([byte])

    reply = await office.http.post(RESERVE, content=pieces(), headers=[*ann.bearer.items(), JSON_TYPE])

    assert reply.status_code == 200


async def test_a_body_that_trickles_in_is_given_up(database_url: str, redis_url: str) -> None:
    async with open_office(database_url, redis_url, HttpOptions(body_deadline=0.05)) as office:
        ann = await office.person("ann")
        for first in ([], [b'{"count"', b":"]):

            async def trickle(pieces: list[bytes] = first) -> AsyncIterator[bytes]:
                for piece in pieces:
                    yield piece
                await asyncio.Event().wait()

            reply = await office.http.post(RESERVE, content=trickle(), headers=[*ann.bearer.items(), JSON_TYPE])

            assert_refused(reply, 408, "SYS-11")


async def test_a_body_that_ends_early_is_told_so_and_gets_nowhere(
    office: Office, ann: Person, event_id: EventId
) -> None:
    before = await office.digest()
    half: list[dict[str, Any]] = [
        {"type": "http.request", "body": b'{"event_id":', "more_body": True},
        {"type": "http.disconnect"},
    ]

    status, taken = await call(office.app, "POST", RESERVE, bearer(ann), half)

    assert (status, taken) == (400, 2)
    assert await office.digest() == before


@pytest.mark.parametrize(
    ("framing", "asked"),
    [
        pytest.param({b"content-length": b"26"}, 2, id="by-length"),
        pytest.param({}, 3, id="control-until-its-end"),
        pytest.param({b"content-length": b"5", b"transfer-encoding": b"chunked"}, 3, id="in-chunks"),
    ],
)
@pytest.mark.parametrize("path", [RESERVE, "/ticket/cancel/"])  # around the framework, and through it
async def test_a_body_of_the_announced_length_is_whole(
    office: Office, ann: Person, path: str, framing: dict[bytes, bytes], asked: int
) -> None:
    pieces: list[dict[str, Any]] = [
        {"type": "http.request", "body": b'{"eve', "more_body": True},
        {"type": "http.request", "body": b'nt_id":"x","count":1}', "more_body": True},
        {"type": "http.request", "body": b"", "more_body": False},
    ]

    status, taken = await call(office.app, "POST", path, [*bearer(ann), *framing.items()], pieces)

    assert (status, taken) == (400, asked)


HOSTILE = ["'; DROP TABLE events; --", "1 OR 1=1", "%", "_", "\\", "\"'`", "$1", "{{7*7}}", "${jndi:ldap://x}", "}{"]
HOSTILE += ["\r\nSET x y\r\n", "*1\r\n$7\r\nPERSIST\r\n", "'; return redis.call('KEYS', '*') --", "<!--", "\u2028"]
HOSTILE += ["../../etc/passwd"]


async def test_hostile_text_is_kept_as_text_or_refused(office: Office, admin: Person) -> None:
    await office.event()
    tables = await office.digest()

    for text in HOSTILE:
        user = {"name": text, "email": f"{text}@example.com", "password": text + PASSWORD}
        draft = {"name": text, "unix_time": 1, "address": text, "description": text, "seat_count": 1}
        replies = [
            await office.post("/user/register/", user),
            await office.post("/user/login/", {"email": text, "password": text}),
            await office.post("/event/", draft, admin),
            await office.http.get("/event/", params={"limit": text, "timestamp": text}),
            await office.http.get(httpx.URL("http://booked", raw_path=quote(f"/{text}").encode())),
        ]
        assert {reply.status_code for reply in replies} <= {200, 201, 400, 401, 404}, text
        if replies[2].status_code == 201:
            names = [event["name"] for event in (await office.get("/event/?limit=100")).json()["events"]]
            assert text.strip() in names

    assert await office.digest() != tables  # some were kept, and every table is still there to be read


async def test_no_header_is_split_and_a_request_is_one_line_in_the_log(office: Office) -> None:
    with structlog.testing.capture_logs(processors=[describe]) as lines:
        for path in ("/event/%0d%0aX-Evil:%201", "/event/?limit=%0d%0aX-Evil:%201", "/%00", "/" + "a" * 10_000):
            reply = await office.get(path)
            assert "X-Evil" not in reply.headers

    requests = [line for line in lines if line["event"] == "request"]
    assert len(requests) == 4
    assert all(len(json.dumps(line, default=str)) < 600 for line in requests)
    assert "\n" not in json.dumps(requests[0], default=str)
    assert set(requests[0]) == {
        "event",
        "log_level",
        "level",
        "timestamp",
        "request_id",
        "method",
        "path",
        "status",
        "ms",
    }


async def test_the_log_shows_what_was_sent_and_does_nothing_to_a_terminal(office: Office) -> None:
    paths = ["/%1b%5b2J", "/%c2%9b2J", "/%e2%80%ae", "/%7f%07", "/caf%c3%a9", "/%ff", "/" + "%1b" * 1000]
    with structlog.testing.capture_logs() as lines:
        for path in paths:
            await office.get(path)
        await call(office.app, "A" * 100_000, "/event/", [], [])

    requests = [line for line in lines if line["event"] == "request"]
    assert all((line["method"] + line["path"]).isprintable() for line in requests)
    assert all(len(line["method"] + line["path"]) < 300 for line in requests)
    assert [line["path"] for line in requests[:5]] == ["/%1B%5B2J", "/%C2%9B2J", "/%E2%80%AE", "/%7F%07", "/café"]


async def test_neither_log_nor_answers_repeat_a_secret(office: Office, ann: Person, event_id: EventId) -> None:
    password = "a password like no other"
    with structlog.testing.capture_logs(processors=[describe]) as lines:
        await office.post("/user/register/", {"name": "Ben", "email": "b@example.com", "password": password})
        login = await office.post("/user/login/", {"email": "b@example.com", "password": password})
        token = login.json()["token"]
        replies = [
            await office.post("/user/login/", {"email": "b@example.com", "password": password + "!"}),
            await office.get("/user/bookings/", headers={"Authorization": f"Bearer {token}x"}),
            await office.get(f"/user/bookings/?token={token}"),
            await office.post(RESERVE, {"event_id": token, "count": 1}, ann),
            await office.post(RESERVE, b'{"event_id": "' + token.encode(), ann),
        ]

    told = repr(lines) + "".join(reply.text + repr(reply.headers) for reply in replies)
    user = await office.database.users.by_email("b@example.com")
    assert user is not None
    for secret in (password, token, user.password_hash, "$argon2", "postgresql://", "redis://"):
        assert secret not in told


async def test_answers_name_no_server_and_no_version(office: Office) -> None:
    reply = await office.get("/event/")

    assert "Server" not in reply.headers
    assert "X-Powered-By" not in reply.headers


def bearer(who: Person) -> list[tuple[bytes, bytes]]:
    return [(b"authorization", who.bearer["Authorization"].encode()), (b"content-type", b"application/json")]
