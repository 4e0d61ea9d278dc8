"""What contracts share, tried on a sample contract: problem details, strict messages, pages, versions, keys, roles."""

import base64
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields, replace
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import httpx
import iso4217
import jsonschema_rs
import msgspec
import pytest
import schemathesis
from schemathesis import GenerationMode
from schemathesis.python import asgi

from booked.adapters.http import create_app
from booked.adapters.http.app import CONTRACTS
from booked.adapters.http.contracts import booked
from booked.adapters.http.requests import fields as message_fields
from booked.adapters.http.responses import pages
from booked.adapters.http.responses.statuses import STATUSES
from booked.adapters.security import JwtTokens
from booked.adapters.system.clock import SystemClock
from booked.domain.errors import InvalidTicketType
from booked.domain.model.ids import UserId
from booked.domain.model.money import Money
from booked.domain.model.people.users import Identity, Role, User, require_role
from booked.domain.services.wiring import Services
from tests.http import sample
from tests.http.answers import answers_problems, assert_problem, assert_refused
from tests.http.conftest import nothing_behind
from tests.http.office import TOKEN_TTL, serving
from tests.http.sample import ALL, VERSION
from tests.http.test_fuzz import Admitted, Api
from tests.wiring import SECRET

Headers = dict[str, str]

SAMPLES = "/api/v1/samples/"
ONE = f"{SAMPLES}{ALL[0].id}/"
NEW = {"at": "2026-11-20T20:30:00+01:00", "price": "49.9", "currency": "EUR"}


WITH_SAMPLES = (*CONTRACTS, sample.CONTRACT)


@pytest.fixture
async def front() -> AsyncIterator[httpx.AsyncClient]:
    async with serving(nothing_behind(), contracts=WITH_SAMPLES) as (_, http):
        yield http


@dataclass(frozen=True)
class Front:
    """An application with people and nothing else behind it."""

    http: httpx.AsyncClient
    ann: Headers
    organizer: Headers
    admin: Headers


@pytest.fixture
async def lobby() -> AsyncIterator[Front]:
    services, bearers = people_only()
    async with serving(services, contracts=WITH_SAMPLES) as (_, http):
        yield Front(http, bearers[Role.USER], bearers[Role.ORGANIZER], bearers[Role.ADMIN])


def people_only() -> tuple[Services, dict[Role, Headers]]:
    """Services that know somebody of every role, and how each of them says who they are."""
    tokens = JwtTokens(SECRET, TOKEN_TTL, SystemClock())
    users = {role: user(role) for role in Role}
    known = {user.id: user for user in users.values()}

    async def confirm(identity: Identity, needed: Role) -> User:
        require_role(known[identity.user_id], needed)
        return known[identity.user_id]

    async def none_voided() -> dict[str, int]:
        return {}

    accounts: Any = SimpleNamespace(voided_tokens=none_voided, require_role=confirm)
    bearers = {role: {"Authorization": f"Bearer {tokens.issue(user)}"} for role, user in users.items()}
    return replace(nothing_behind(), accounts=accounts, tokens=tokens), bearers


def user(role: Role) -> User:
    made: dict[str, Any] = {field.name: "" for field in fields(User)}
    return User(**{**made, "id": UserId(str(uuid4())), "role": role, "token_version": 0})


# Whose paths are whose.


@pytest.mark.parametrize(
    "path", ["/api", "/api/v1/nothing", "//api/x", "/auth/token", "/events", "/bookings/1", "/seats"]
)
def test_the_paths_of_the_resource_api_answer_problems(path: str) -> None:
    assert answers_problems(path)


@pytest.mark.parametrize("path", ["/", "", "/event/", "/event", "/user/bookings/", "/apis", "/docs", "/API/v1"])
def test_all_other_paths_answer_as_the_first_contract_has_it(path: str) -> None:
    assert not answers_problems(path)


def test_every_path_has_one_owner() -> None:
    segments = [segment for contract in CONTRACTS for segment in contract.segments]

    assert len(set(segments)) == len(segments)
    assert [contract for contract in CONTRACTS if not contract.segments] == [booked.CONTRACT]


def test_a_contract_states_only_statuses_of_its_own() -> None:
    for contract in CONTRACTS:
        assert all(status != STATUSES[error] for error, status in contract.statuses.items())


async def test_an_unknown_address_is_answered_as_its_contract_has_it(front: httpx.AsyncClient) -> None:
    for path in ("/api", "/api/v1/nothing/", "/auth/nothing", "/api/v1/samples/1/2", "/events/x/y"):
        assert_problem(await front.get(path), 404, "SYS-04")
    assert_refused(await front.get("/nothing/"), 404, "SYS-04")


async def test_a_method_that_an_address_does_not_take_is_answered_likewise(front: httpx.AsyncClient) -> None:
    reply = await front.put(SAMPLES)

    assert_problem(reply, 405, "SYS-05")
    assert methods_in(reply) == {"GET", "POST", "OPTIONS"}


async def test_options_lists_the_methods_of_an_address_with_a_parameter(lobby: Front) -> None:
    told = await lobby.http.request("OPTIONS", ONE, headers=lobby.ann)

    assert (told.status_code, methods_in(told)) == (204, {"GET", "PATCH", "DELETE", "OPTIONS"})
    assert_problem(await lobby.http.request("OPTIONS", ONE), 401, "USER-06")


async def test_head_is_get_without_the_body_and_a_last_slash_makes_no_difference(front: httpx.AsyncClient) -> None:
    get = await front.get(ONE)

    for path in (ONE, ONE.rstrip("/")):
        head = await front.head(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["ETag"] == get.headers["ETag"]
        assert head.headers["Content-Length"] == str(len(get.content))


def methods_in(reply: httpx.Response) -> set[str]:
    return {method.strip() for method in reply.headers["Allow"].split(",")}


# Bodies.


async def post(lobby: Front, body: Any, *headers: tuple[str, str], path: str = SAMPLES) -> httpx.Response:
    """Ann makes a sample of a body: bytes as they are, but called JSON, and anything else as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = in_bytes([*lobby.ann.items(), ("Content-Type", "application/json"), *headers])
    return await lobby.http.post(path, content=content, headers=sent)


async def test_a_good_body_is_taken(lobby: Front) -> None:
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


def in_bytes(headers: list[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers]


BAD_FIELDS: dict[str, tuple[dict[str, object], str]] = {
    "unknown": ({"x": 1}, "Object contains unknown field `x`"),
    "unknown, deeper": (
        {"parts": [{"name": "a", "size": 1}]},
        "Object contains unknown field `size` - at `$.parts[0]`",
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


async def test_a_field_that_is_unknown_or_out_of_bounds_is_named(lobby: Front) -> None:
    for wrong, detail in BAD_FIELDS.values():
        reply = await post(lobby, {**NEW, **wrong})
        assert_problem(reply, 400, "SYS-01")
        assert reply.json()["detail"] == detail

    missing = await post(lobby, {"at": NEW["at"], "price": "1"})
    assert missing.json()["detail"] == "Object missing required field `currency`"


async def test_what_is_wrong_is_told_without_repeating_much_of_it(lobby: Front) -> None:
    long_name = "ab`cd - at `$" * 1000

    reply = await post(lobby, {**NEW, long_name: 1})
    assert_problem(reply, 400, "SYS-01", sent=long_name)
    reply = await lobby.http.patch(ONE, json={"color": long_name}, headers={**lobby.organizer, "If-Match": "*"})
    assert_problem(reply, 400, "SYS-01", sent=long_name)


BROKEN = {
    "twice": b'{"at":"2026-11-20T19:30:00Z","price":"1","currency":"EUR","price":"2"}',
    "twice, deeper": b'{"at":"2026-11-20T19:30:00Z","price":"1","currency":"EUR","parts":[{"name":"a","name":"b"}]}',
    "deep": b'{"parts":' + b"[" * 40 + b"]" * 40 + b"}",
    "not a number": b'{"price":NaN}',
    "cut off": b'{"at":',
    "none": b"",
    "no object": b"[]",
}


async def test_bodies_are_read_as_strictly_as_at_the_first_contract(lobby: Front) -> None:
    for body in BROKEN.values():
        assert_problem(await post(lobby, body), 400, "SYS-01")
    assert_problem(await post(lobby, b" " * 70_000), 413, "SYS-06")
    reply = await lobby.http.post(SAMPLES, content="{}", headers={**lobby.ann, "Content-Type": "text/plain"})
    assert_problem(reply, 415, "SYS-07")


def test_without_a_closer_look_a_key_could_come_twice_in_a_nested_object() -> None:
    assert msgspec.json.decode(BROKEN["twice, deeper"], type=sample.NewSample).parts[0].name == "b"


async def test_a_patch_tells_what_is_absent_from_what_is_null(lobby: Front) -> None:
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


# Queries.


async def test_a_query_is_read_into_its_fields(front: httpx.AsyncClient) -> None:
    reply = await front.get(SAMPLES, params={"limit": "2", "color": "red,blue", "after": "2026-11-20T21:00:00+01:00"})
    by_date = await front.get(SAMPLES, params={"after": "2026-11-21", "name": "x y", "open": "false"})

    assert [row["at"] for row in reply.json()["items"]] == ["2026-11-20T20:01:00Z", "2026-11-20T20:02:00Z"]
    assert by_date.json() == {"items": [], "next_cursor": None}


BAD_QUERIES = {
    "limit=0": "Expected `int` >= 1 - at `$.limit`",
    "limit=101": "Expected `int` <= 100 - at `$.limit`",
    "limit=": "Expected `int`, got `str` - at `$.limit`",
    "limit=1e1": "Expected `int`, got `str` - at `$.limit`",
    "limit=+5": "Expected `int`, got `str` - at `$.limit`",
    "limit=" + "9" * 900: "Expected `int`, got `str` - at `$.limit`",
    "limit=٣": None,
    "open=1": None,
    "open=True": None,
    "color=green": "Invalid enum value 'green' - at `$.color[0]`",
    "color=": None,
    "color=red,red,red": None,
    "after=soon": None,
    "after=2026-02-30": None,
    "after=2026-11-20T19:30:00": None,
    "after=1793524400": None,
    "name=" + "x" * 21: None,
    "name=" + "x" * 20_000: None,
    "name=%00": None,
    "name=%ff": None,
    "name=%ed%a0%80": None,
    "name=%e2%80%ae": None,
    "x=1": "There is nothing called `x` to be sent.",
    "limit=1&limit=2": "`limit` is sent twice.",
    "limit=1&limit=1": "`limit` is sent twice.",
    "x" * 20_000: None,
    "&".join(f"x{n}=1" for n in range(101)): None,
}


async def test_a_parameter_that_is_unknown_repeated_or_out_of_bounds_is_named(front: httpx.AsyncClient) -> None:
    for query, detail in BAD_QUERIES.items():
        reply = await front.get(f"{SAMPLES}?{query}")
        assert_problem(reply, 400, "SYS-17", sent=query)
        assert detail is None or reply.json()["detail"] == detail


async def test_routes_without_parameters_refuse_all_but_only_to_those_who_may_ask(lobby: Front) -> None:
    assert_problem(await lobby.http.get(f"{ONE}?x=1"), 400, "SYS-17")
    assert_problem(await lobby.http.get(f"{SAMPLES}report/?x=1"), 401, "USER-06")
    assert_problem(await lobby.http.get(f"{SAMPLES}report/?x=1", headers=lobby.ann), 400, "SYS-17")
    assert (await lobby.http.get(f"{SAMPLES}report/?", headers=lobby.ann)).status_code == 200
    assert (await lobby.http.get("/docs?x=1")).status_code == 200


# Forms.


async def test_a_form_is_read_into_its_fields(front: httpx.AsyncClient) -> None:
    reply = await front.post("/auth/sample", data={"password": "sé cret+&=", "grant_type": "password"})
    more = await front.post("/auth/sample", data={"password": "x", "scope": "", "unknown": "1"})

    assert (reply.status_code, reply.json()) == (200, 10)
    assert (more.status_code, more.json()) == (200, 1)


async def test_a_form_that_is_none_is_refused(front: httpx.AsyncClient) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    assert_problem(await front.post("/auth/sample", json={"password": "x"}), 415, "SYS-18")
    assert_problem(await front.post("/auth/sample", content="password=x"), 415, "SYS-18")
    assert_problem(await front.post("/auth/sample", content=b"x" * 70_000, headers=form), 413, "SYS-06")
    for body in (
        b"",
        b"grant_type=password",
        b"password=x&password=y",
        b"\xff=1",
    ):
        assert_problem(await front.post("/auth/sample", content=body, headers=form), 400, "SYS-19")


# Pages.


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


# Versions.


async def test_a_version_that_the_client_has_is_not_sent_again(front: httpx.AsyncClient) -> None:
    full = await front.get(ONE)

    assert (full.status_code, full.headers["ETag"]) == (200, f'"{VERSION}"')
    for known in ('"7"', 'W/"7"', '"1", "7"', 'W/"1",W/"7"', "*"):
        short = await front.get(ONE, headers={"If-None-Match": known})
        assert (short.status_code, short.content, short.headers["ETag"]) == (304, b"", '"7"')
        assert "Content-Type" not in short.headers
    for other in ('"8"', "7", '"77"', "", '"7', "x" * 5000, '"' * 5000):
        assert (await front.get(ONE, headers={"If-None-Match": other})).status_code == 200


async def test_a_change_names_the_version_that_it_is_based_on(lobby: Front) -> None:
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


# Keys.


async def test_a_key_tells_requests_apart_by_all_that_they_ask_for(lobby: Front) -> None:
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


async def test_a_key_that_cannot_be_used_is_refused(lobby: Front) -> None:
    for key in ("", "a b", "x" * 256, "é", "a\tb", "\x7f"):
        assert_problem(await post(lobby, NEW, ("Idempotency-Key", key)), 400, "SYS-10")
    twice = await post(lobby, NEW, ("Idempotency-Key", "a"), ("Idempotency-Key", "a"))
    assert_problem(twice, 400, "SYS-10")
    for key in ("a", "x" * 255, "!~"):
        assert (await post(lobby, NEW, ("Idempotency-Key", key))).json()["key"] == key


# Who may.


async def test_everybody_is_let_in_where_a_name_is_optional_unless_it_is_a_false_one(lobby: Front) -> None:
    nobody, known = await lobby.http.get(SAMPLES), await lobby.http.get(SAMPLES, headers=lobby.ann)

    assert nobody.json()["items"][0]["id"] == ALL[1].id
    assert known.json()["items"][0]["id"] == ALL[0].id
    for header in ("", "Bearer x", "Basic YTpi", lobby.ann["Authorization"] + "x"):
        assert_problem(await lobby.http.get(SAMPLES, headers={"Authorization": header}), 401, "USER-06")


async def test_roles_are_those_of_the_database(lobby: Front) -> None:
    async def statuses(method: str, **sent: Any) -> list[int]:
        people = [{}, lobby.ann, lobby.organizer, lobby.admin]
        headers = {"If-Match": "*"} if method == "PATCH" else {}
        replies = [await lobby.http.request(method, ONE, headers={**headers, **who}, **sent) for who in people]
        return [reply.status_code for reply in replies]

    assert await statuses("PATCH", json={}) == [401, 403, 200, 200]
    assert await statuses("DELETE") == [401, 403, 403, 204]
    assert_problem(await lobby.http.delete(ONE, headers=lobby.ann), 403, "USER-01")
    gone = await lobby.http.delete(ONE, headers=lobby.admin)
    assert (gone.content, "Content-Type" in gone.headers, "Content-Length" in gone.headers) == (b"", False, False)


async def test_a_closed_route_is_closed_before_its_body_or_headers_are_looked_at(lobby: Front) -> None:
    assert_problem(await lobby.http.post(SAMPLES, content=b"{", headers={"Idempotency-Key": ""}), 401, "USER-06")
    assert_problem(await lobby.http.patch(ONE, content=b"{", headers=lobby.ann), 403, "USER-01")


# Money and times.


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (4990, "EUR", "49.90"),
        (5, "EUR", "0.05"),
        (0, "USD", "0.00"),
        (4990, "JPY", "4990"),
        (4990, "BHD", "4.990"),
        (10**8, "KWD", "100000.000"),
        (12345, "CLF", "1.2345"),
    ],
)
def test_money_is_written_with_the_digits_of_its_currency(amount: int, currency: str, text: str) -> None:
    assert message_fields.amount_text(Money(amount, currency)) == text
    assert message_fields.money(text, currency, InvalidTicketType) == Money(amount, currency)


# All currencies of ISO 4217 (list one as of 2026-01-01) that are not divided into hundredths.
DIGITS = {
    0: [
        *["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"],
        *["RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"],
    ],
    3: ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"],
    4: ["CLF", "UYW"],
}


def test_every_currency_has_the_digits_of_iso_4217() -> None:
    unusual = {currency: digits for digits, currencies in DIGITS.items() for currency in currencies}

    for currency in (*(listed.code for listed in iso4217.Currency), *unusual, "XYZ"):
        _, _, digits = message_fields.amount_text(Money(1, currency)).partition(".")
        assert len(digits) == unusual.get(currency, 2), currency


@pytest.mark.parametrize(("text", "amount"), [("49.9", 4990), ("49", 4900), ("0049.90", 4990), ("0", 0)])
def test_fewer_digits_mean_the_same_amount(text: str, amount: int) -> None:
    assert message_fields.money(text, "EUR", InvalidTicketType) == Money(amount, "EUR")


@pytest.mark.parametrize(
    "text", ["", ".", "1.", ".5", "1.234", "-1", "+1", "1e2", "1,5", "٣", "1.2\n", " 1", "9" * 31, "NaN"]
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(InvalidTicketType):
        message_fields.money(text, "EUR", InvalidTicketType)


def test_a_currency_without_minor_units_has_no_point() -> None:
    with pytest.raises(InvalidTicketType):
        message_fields.money("1.0", "JPY", InvalidTicketType)


# What the document says of it.


async def test_the_document_tells_all_of_this(front: httpx.AsyncClient) -> None:
    document = (await front.get("/openapi.json")).json()
    paths = document["paths"]

    listed = {parameter["name"]: parameter for parameter in paths[SAMPLES]["get"]["parameters"]}
    assert set(listed) == {"limit", "cursor", "color", "after", "name", "open"}
    assert listed["limit"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}
    assert (listed["color"]["style"], listed["color"]["explode"]) == ("form", False)
    assert listed["after"]["schema"] == {"type": "string", "format": "date-time"}
    assert paths[SAMPLES]["get"]["security"] == [{}, {"bearer": []}]

    one = paths["/api/v1/samples/{id}/"]
    (id_, if_match) = one["patch"]["parameters"]
    assert (id_["in"], id_["schema"]["format"]) == ("path", "uuid")
    assert (if_match["in"], if_match["name"], if_match["required"]) == ("header", "If-Match", True)
    assert {"400", "401", "403", "404", "412", "428"} <= set(one["patch"]["responses"])
    assert one["get"]["responses"]["304"]["headers"].keys() == {"X-Request-Id", "ETag"}
    assert "content" not in one["delete"]["responses"]["204"]
    assert set(one["patch"]["responses"]["403"]["content"]) == {"application/problem+json"}

    made = paths[SAMPLES]["post"]
    assert made["parameters"][0]["name"] == "Idempotency-Key"
    assert set(made["responses"]["201"]["headers"]) == {"X-Request-Id", "Location", "ETag"}
    assert set(paths["/api/v1/samples/report/"]["get"]["responses"]["200"]["content"]) == {
        "application/json",
        "text/csv",
    }
    assert set(paths["/auth/sample/"]["post"]["requestBody"]["content"]) == {"application/x-www-form-urlencoded"}
    assert set(paths["/event/"]["post"]["responses"]["400"]["content"]) == {"application/json"}


async def test_what_is_sent_is_as_the_document_has_it(front: httpx.AsyncClient) -> None:
    document = (await front.get("/openapi.json")).json()
    problem = (await front.get("/api/v1/nothing/")).json()
    page = (await front.get(SAMPLES)).json()

    for name, body in {"Problem": problem, "Page_Sample_": page}.items():
        schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        assert jsonschema_rs.validator_for(schema).is_valid(body)
    assert "SamplesQuery" not in document["components"]["schemas"]


async def test_a_report_can_be_had_in_another_form(lobby: Front) -> None:
    plain = await lobby.http.get(f"{SAMPLES}report/", headers=lobby.ann)
    table = await lobby.http.get(f"{SAMPLES}report/", headers={**lobby.ann, "Accept": "text/csv"})

    assert (plain.headers["Content-Type"], plain.json()) == ("application/json", ["red"])
    assert (table.headers["Content-Type"], table.content) == ("text/csv", b"color\r\nred\r\n")


def test_whatever_is_made_up_within_or_against_the_document_gets_a_documented_answer() -> None:
    services, bearers = people_only()

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[Services]:
        yield services

    made: Any = create_app(lifespan, contracts=WITH_SAMPLES)
    schema: Any = schemathesis.openapi.from_asgi("/openapi.json", made)
    with asgi.get_client(made) as client:
        token = bearers[Role.ADMIN]["Authorization"].removeprefix("Bearer ")
        api = Api(schema, client, Admitted(token, "", ALL[0].id))
        operations = [found.ok() for found in schema.include(path_regex="sample").get_all_operations()]
        for operation in operations:
            api.attack(operation, GenerationMode.POSITIVE, 20)
            api.attack(operation, GenerationMode.NEGATIVE, 20)
    asgi.shutdown_lifespans()

    assert len(operations) == len(sample.CONTRACT.routes)
    assert {200, 201, 204, 400, 412} <= api.statuses
    assert not any(status >= 500 for status in api.statuses)
