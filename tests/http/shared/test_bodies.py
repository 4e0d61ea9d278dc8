"""JSON bodies are read strictly."""

from typing import Any

import httpx
import msgspec

from tests.http.answers import assert_problem
from tests.http.shared import sample
from tests.http.shared.lobby import NEW, ONE, SAMPLES, Lobby, post
from tests.http.shared.sample import ALL


async def test_a_good_body_is_taken(lobby: Lobby) -> None:
    reply = await post(lobby, {**NEW, "parts": [{"name": "a"}, {"name": "b", "count": 2}]})

    assert reply.status_code == 201, reply.text
    assert (reply.headers["Location"], reply.headers["ETag"]) == (ONE, '"1"')
    assert reply.json() == {
        "at": "2026-11-20T19:30:00Z",
        "price": "49.90",
        "parts": 2,
        "key": None,
        "fingerprint": None,
    }


BAD_FIELDS: dict[str, tuple[dict[str, object], str]] = {
    "unknown": ({"x": 1}, "Object contains unknown field `x`. Send `at`, `price`, `currency` or `parts`."),
    "unknown, deeper": (
        {"parts": [{"name": "a", "size": 1}]},
        "Object contains unknown field `size` - at `$.parts[0]`. Send `name` or `count`.",
    ),
    "out of bounds, deeper": (
        {"parts": [{"name": "a", "count": 101}]},
        "Expected `int` <= 100 - at `$.parts[0].count`",
    ),
    "too many": ({"parts": [{"name": "a"}] * 6}, "Expected `array` of length <= 5 - at `$.parts`"),
    "without a zone": ({"at": "2026-11-20T19:30:00"}, "Expected `datetime` with a timezone component - at `$.at`"),
    "a number for a time": ({"at": 1793524400}, "Expected `datetime`, got `int` - at `$.at`"),
    "null": ({"price": None}, "Expected `str`, got `null` - at `$.price`"),
}


async def test_a_field_that_is_unknown_or_out_of_bounds_is_named(lobby: Lobby) -> None:
    for wrong, detail in BAD_FIELDS.values():
        reply = await post(lobby, {**NEW, **wrong})
        assert_problem(reply, 400, "SYS-01")
        assert reply.json()["detail"] == detail

    missing = await post(lobby, {"at": NEW["at"], "price": "1"})
    assert missing.json()["detail"] == "Object missing required field `currency`"


async def test_what_is_wrong_is_told_without_repeating_much_of_it(lobby: Lobby) -> None:
    long_name = "ab`cd - at `$" * 1000

    reply = await post(lobby, {**NEW, long_name: 1})
    assert_problem(reply, 400, "SYS-01", sent=long_name)
    reply = await lobby.http.patch(ONE, json={"color": long_name}, headers={**lobby.organizer, "If-Match": "*"})
    assert_problem(reply, 400, "SYS-01", sent=long_name)


async def test_a_field_can_be_sent_under_its_former_name(lobby: Lobby) -> None:
    without_price = {name: value for name, value in NEW.items() if name != "price"}

    former = await post(lobby, {**without_price, "cost": "7.50"})
    both = await post(lobby, {**NEW, "price": "7.50", "cost": "7.50"})

    assert [reply.json()["price"] for reply in (former, both)] == ["7.50", "7.50"]


async def test_the_former_name_of_a_field_is_read_as_strictly_as_the_present_one(lobby: Lobby) -> None:
    without_price = {name: value for name, value in NEW.items() if name != "price"}
    differing = await post(lobby, {**NEW, "price": "7.50", "cost": "9.50"})

    assert_problem(differing, 400, "SYS-01")
    assert differing.json()["detail"] == ("`cost` is the former name of `price`, and they differ. Send `price` alone.")
    for wrong in ({"cost": 7}, {"cost": None}, {"cost": "x"}, {"cost": "7.50", "x": 1}, {"parts": [{"cost": "1"}]}):
        assert_problem(await post(lobby, {**without_price, **wrong}), 400, "SYS-01")
    at = '"at":"2026-11-20T19:30:00Z","currency":"EUR"'
    for twice in ('"cost":"1","cost":"1"', '"cost":"1","\\u0063ost":"1"'):
        assert_problem(await post(lobby, f"{{{at},{twice}}}".encode()), 400, "SYS-01")


BROKEN = {
    "twice": b'{"at":"2026-11-20T19:30:00Z","price":"1","currency":"EUR","price":"2"}',
    "twice, deeper": b'{"at":"2026-11-20T19:30:00Z","price":"1","currency":"EUR","parts":[{"name":"a","name":"b"}]}',
    "deep": b'{"parts":' + b"[" * 40 + b"]" * 40 + b"}",
    "not a number": b'{"price":NaN}',
    "cut off": b'{"at":',
    "none": b"",
    "no object": b"[]",
}


async def test_bodies_are_read_as_strictly_as_at_the_first_contract(lobby: Lobby) -> None:
    for body in BROKEN.values():
        assert_problem(await post(lobby, body), 400, "SYS-01")
    assert_problem(await post(lobby, b" " * 70_000), 413, "SYS-06")
    reply = await lobby.http.post(SAMPLES, content="{}", headers={**lobby.ann, "Content-Type": "text/plain"})
    assert_problem(reply, 415, "SYS-07")


def test_without_a_closer_look_a_key_could_come_twice_in_a_nested_object() -> None:
    assert msgspec.json.decode(BROKEN["twice, deeper"], type=sample.NewSample).parts[0].name == "b"


async def test_a_patch_tells_what_is_absent_from_what_is_null(lobby: Lobby) -> None:
    async def patched(body: dict[str, object]) -> Any:
        reply = await lobby.http.patch(ONE, json=body, headers={**lobby.organizer, "If-Match": "*"})
        assert reply.status_code == 200, reply.text
        return reply.json()

    assert await patched({}) == {"sent": [], "name": None}
    assert await patched({"name": None}) == {"sent": ["name"], "name": None}
    assert await patched({"name": "x", "color": "red"}) == {"sent": ["name", "color"], "name": "x"}


async def test_an_id_that_is_none_and_an_id_of_nothing_are_told_apart(front: httpx.AsyncClient) -> None:
    assert_problem(await front.get(f"{SAMPLES}1/"), 400, "SYS-03")
    assert_problem(await front.get(f"{SAMPLES}{ALL[0].id[:-2]}ff/"), 404, "EVENT-14")
    assert (await front.get(ONE.upper().replace("/API/V1/SAMPLES", "/api/v1/samples"))).status_code == 200
