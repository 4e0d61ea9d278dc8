"""The OpenAPI document tells everything there is to know, and the page that shows it needs no network."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema_rs
import pytest

from booked import __version__
from booked.adapters.http import booked, health
from booked.domain.errors import catalogue

Json = dict[str, Any]

# Raised before any route is chosen, or as the answer to no request in particular.
CODES_WITHOUT_A_ROUTE = {"SYS-04", "SYS-05"}


@pytest.fixture
async def document(front: httpx.AsyncClient) -> Json:
    reply = await front.get("/openapi.json")
    assert reply.headers["Content-Type"] == "application/json"
    document: Json = reply.json()
    return document


def operations(document: Json) -> Iterator[tuple[str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_every_endpoint_is_in_the_document(document: Json) -> None:
    routes = {
        f"{method} {path.rstrip('/')}/"
        for handler in [*booked.ROUTES, *health.ROUTES]
        for method in handler.http_methods
        for path in handler.paths
    }

    assert {name for name, _ in operations(document)} == routes
    assert document["openapi"] == "3.1.0"
    assert document["info"]["version"] == __version__


def test_every_operation_is_described(document: Json) -> None:
    tags = {tag["name"] for tag in document["tags"]}
    ids = [operation["operationId"] for _, operation in operations(document)]

    assert len(set(ids)) == len(ids)
    for name, operation in operations(document):
        assert operation["summary"], name
        assert operation["description"], name
        assert set(operation["tags"]) <= tags, name
        for parameter in operation["parameters"]:
            assert parameter["description"], name
            assert "example" in parameter, name


def test_every_body_that_is_sent_has_an_example_of_its_schema(document: Json) -> None:
    for name, operation in operations(document):
        if name.startswith("POST"):
            (kind, content), *rest = operation["requestBody"]["content"].items()
            assert (kind, rest) == ("application/json", []), name
            assert_example(document, content["schema"], content["example"])


def test_every_answer_has_an_example_of_its_schema(document: Json) -> None:
    for name, operation in operations(document):
        for status, response in operation["responses"].items():
            assert response["description"], name
            assert "X-Request-Id" in response["headers"], name
            for content in response.get("content", {}).values():
                examples = [example["value"] for example in content.get("examples", {}).values()]
                examples += [content["example"]] if "example" in content else []
                assert examples, (name, status)
                for example in examples:
                    assert_example(document, content["schema"], example)


def test_every_operation_tells_which_errors_it_may_answer(document: Json) -> None:
    told = set()
    for name, operation in operations(document):
        refusals = {status: answer for status, answer in operation["responses"].items() if int(status) >= 400}
        contents = [answer["content"]["application/json"] for answer in refusals.values()]
        codes = {code for content in contents for code in content.get("examples", ())}
        if "requestBody" in operation:
            assert {"SYS-01", "SYS-06", "SYS-07", "SYS-11"} <= codes, name
        assert ("USER-06" in codes) is bool(operation["security"]), name
        assert "SYS-02" in codes, name
        if "401" in refusals:
            assert "WWW-Authenticate" in refusals["401"]["headers"], name
        told |= codes

    assert told == {error().code for error in catalogue()} - CODES_WITHOUT_A_ROUTE


def test_what_is_closed_says_so(document: Json) -> None:
    closed = {name for name, operation in operations(document) if operation["security"] == [{"bearer": []}]}

    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert closed == {
        "GET /user/bookings/",
        "POST /event/",
        "DELETE /event/",
        "POST /event/update/",
        "POST /ticket/reserve/",
        "POST /ticket/book/",
        "POST /ticket/cancel/",
        "POST /waitlist/add/",
        "GET /waitlist/",
        "GET /analytics/",
        "GET /analytics/cancellation_rates/",
    }


def test_what_must_be_sent_is_marked_as_required(document: Json) -> None:
    schemas = document["components"]["schemas"]

    assert schemas["NewEventRequest"]["required"] == ["name", "unix_time", "address", "description", "seat_count"]
    assert schemas["EventChangesRequest"]["required"] == ["id"]
    assert schemas["BookRequest"]["required"] == ["ticket_ids"]
    assert "latitude" not in schemas["EventBody"]["required"]
    assert "next_time_to_fetch" in schemas["EventsBody"]["required"]


async def test_the_docs_page_loads_from_this_server_alone(front: httpx.AsyncClient) -> None:
    page = await front.get("/docs")

    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert page.headers["Content-Type"].startswith("text/html")
    assert len(loaded) >= 4
    for url in loaded:
        assert url.startswith("/")
        assert not url.startswith("//")
        asset = await front.get(url)
        assert asset.status_code == 200, url
        assert asset.content, url
        assert asset.headers["X-Content-Type-Options"] == "nosniff"


async def test_the_docs_page_may_load_nothing_else(front: httpx.AsyncClient) -> None:
    page = await front.get("/docs")
    start = await front.get("/docs/assets/start.js")

    policy = dict(rule.split(" ", 1) for rule in page.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'self'"
    assert set(" ".join(policy.values()).split()) <= {"'self'", "'none'", "data:"}
    assert "script-src" not in policy
    # What the policy would stop must not be needed: inline scripts, handlers and styles.
    assert not re.search(r"<script>|<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=|javascript:", page.text)
    assert not re.search(r"https?://|//[a-z]", page.text + start.text)
    assert 'url: "/openapi.json"' in start.text


async def test_the_scripts_of_the_docs_page_are_scripts(front: httpx.AsyncClient) -> None:
    kinds = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript", "start.js": "text/javascript"}

    for name, kind in kinds.items():
        reply = await front.get(f"/docs/assets/{name}")
        assert reply.headers["Content-Type"].split(";")[0] == kind
        assert "max-age" in reply.headers["Cache-Control"]


async def test_no_other_file_is_served(front: httpx.AsyncClient) -> None:
    for name in ("x.js", "LICENSE", "swagger-initializer.js", "..%2f__init__.py", "../core.py", "%2e%2e%2fcore.py"):
        assert (await front.get(f"/docs/assets/{name}")).status_code == 404


async def test_the_front_door_leads_to_the_docs(front: httpx.AsyncClient) -> None:
    reply = await front.get("/")

    assert (reply.status_code, reply.headers["Location"]) == (302, "/docs")


def assert_example(document: Json, schema: Json, example: object) -> None:
    validator = jsonschema_rs.validator_for({**schema, "components": document["components"]})
    assert validator.is_valid(example), json.dumps(example)
