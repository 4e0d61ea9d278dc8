"""The OpenAPI document tells everything there is to know, and the page that shows it needs no network."""

import json
import re
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest

from booked import __version__
from booked.adapters.http import app
from booked.adapters.http.errors import catalogue
from booked.asgi import CONTRACTS
from tests.http.answers import answers_problems
from tests.http.conftest import nothing_behind
from tests.http.test_matrix import FOR_PEOPLE, MATRIX

Json = dict[str, Any]

FORM = "application/x-www-form-urlencoded"
FORMS = {"POST /auth/token/"}
# Raised before any route is chosen, or told in the words of OAuth.
CODES_WITHOUT_A_ROUTE = {"SYS-05", "SYS-19", "SYS-20"}


@pytest.fixture
async def document(front: httpx.AsyncClient) -> Json:
    reply = await front.get("/openapi.json")
    assert reply.headers["Content-Type"] == "application/json"
    document: Json = reply.json()
    return document


ERRORS = {error().code: error() for error in catalogue()}


def operations(document: Json) -> Iterator[tuple[str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_every_endpoint_is_in_the_document(document: Json) -> None:
    documented = {name for name, _ in operations(document)}

    routes = {f"{method} {path.rstrip('/')}/" for method, path in MATRIX if path not in FOR_PEOPLE}
    assert documented == routes
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
            examples = parameter["schema"].get("examples", [])
            examples += [parameter["example"]] if "example" in parameter else []
            assert examples or parameter["name"] == "Idempotency-Key" or not of_first_contract(name), name
            for example in examples:
                assert_example(document, parameter["schema"], example)


def test_nothing_is_filled_in_that_need_not_be_sent(document: Json) -> None:
    """Swagger UI would send an example that stands beside a schema: a key twice, or a filter nobody asked for."""
    for name, operation in operations(document):
        for parameter in operation["parameters"]:
            assert parameter["required"] or not {"example", "examples"} & parameter.keys(), (name, parameter["name"])
            assert "example" not in parameter["schema"], name


def test_every_schema_has_a_title_of_its_own(document: Json) -> None:
    """Generators of clients make a class of each title, in a spelling of their own."""
    titles = [schema["title"] for schema in document["components"]["schemas"].values() if "title" in schema]

    assert len({re.sub(r"[^a-z0-9]", "", title.lower()) for title in titles}) == len(titles) > 100


def test_no_description_has_what_a_page_would_take_for_a_tag(document: Json) -> None:
    def descriptions(part: object) -> Iterator[str]:
        if isinstance(part, dict):
            for key, value in part.items():
                if key in {"description", "summary"} and isinstance(value, str):
                    yield value
                yield from descriptions(value)
        elif isinstance(part, list):
            for value in part:
                yield from descriptions(value)

    for description in descriptions(document):
        assert "<" not in re.sub(r"`[^`]*`", "", description)


def test_an_answer_names_its_errors_in_a_line_and_the_page_of_errors_tells_more(document: Json) -> None:
    for name, operation in operations(document):
        for status, response in operation["responses"].items():
            for content in response.get("content", {}).values():
                codes = list(content.get("examples", {}))
                if codes:
                    links = [f"[{code}](/docs/errors#{code.lower()})" for code in codes]
                    assert response["description"] == f"Refused: {', '.join(links)}.", (name, status)
                    titles = [resolved(document, example)["summary"] for example in content["examples"].values()]
                    assert titles == [f"{code}: {ERRORS[code].title}" for code in codes]


def test_operations_keep_the_ids_that_clients_were_generated_with(document: Json) -> None:
    ids = sorted(f"{operation['operationId']} = {name}" for name, operation in operations(document))

    assert ids == (Path(__file__).parent / "operation_ids.txt").read_text().splitlines()


async def test_the_document_is_not_made_before_somebody_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[bytes] = []

    def describe(*_: object) -> bytes:
        made.append(b"{}")
        return made[-1]

    monkeypatch.setattr(app, "describe", describe)
    new = app.create_app(lambda: nullcontext(nothing_behind()), CONTRACTS)

    assert made == []
    assert [new.state["openapi"]() for _ in range(2)] == [b"{}", b"{}"]
    assert len(made) == 1


def test_every_body_that_is_sent_has_an_example_of_its_schema(document: Json) -> None:
    for name, operation in operations(document):
        assert "requestBody" in operation or not (name.startswith("POST") and of_first_contract(name)), name
        if "requestBody" in operation:
            ((kind, content),) = operation["requestBody"]["content"].items()
            assert kind == (FORM if name in FORMS else "application/json"), name
            assert_example(document, content["schema"], content["example"])


def test_every_answer_has_an_example_of_its_schema(document: Json) -> None:
    of_errors: dict[str, list[Json]] = {}
    for name, operation in operations(document):
        for status, response in operation["responses"].items():
            assert response["description"], name
            assert "X-Request-Id" in response["headers"], name
            for content in response.get("content", {}).values():
                assert ("example" in content) is not ("examples" in content), (name, status)
                if "example" in content:
                    assert_example(document, content["schema"], content["example"])
                for example in content.get("examples", {}).values():
                    of_errors.setdefault(example["$ref"], []).append(content["schema"])

    for reference, schemas in of_errors.items():
        assert all(schema == schemas[0] for schema in schemas), reference
        assert_example(document, schemas[0], resolved(document, {"$ref": reference})["value"])
    assert len(of_errors) == len(document["components"]["examples"])


def test_every_operation_tells_which_errors_it_may_answer(document: Json) -> None:
    told = set()
    for name, operation in operations(document):
        refusals = {status: answer for status, answer in operation["responses"].items() if int(status) >= 400}
        kind = "application/json" if of_first_contract(name) else "application/problem+json"
        contents = [answer["content"][kind] for answer in refusals.values() if kind in answer["content"]]
        assert contents, name
        codes = {code for content in contents for code in content.get("examples", ())}
        if "requestBody" in operation:
            unread = {"SYS-18"} if name in FORMS else {"SYS-01", "SYS-07"}
            assert {*unread, "SYS-06", "SYS-11"} <= codes, name
        assert ("USER-06" in codes) is ({"bearer": []} in operation["security"]), name
        assert ({"login": []} in operation["security"]) is ({"bearer": []} in operation["security"]), name
        assert ("USER-17" in codes) is ({"api_key": []} in operation["security"]), name
        assert "SYS-02" in codes, name
        if "401" in refusals:
            assert "WWW-Authenticate" in refusals["401"]["headers"], name
        told |= codes

    assert told | CODES_WITHOUT_A_ROUTE == {error().code for error in catalogue()}


def test_what_is_closed_says_so(document: Json) -> None:
    closed = {
        name for name, operation in operations(document) if operation["security"] == [{"bearer": []}, {"login": []}]
    }

    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert {name for name in closed if of_first_contract(name)} == {
        "GET /user/bookings/",
        "POST /event/",
        "DELETE /event/",
        "POST /event/update/",
        "POST /ticket/reserve/",
        "POST /ticket/book/",
        "POST /ticket/cancel/",
        "POST /waitlist/add/",
        "GET /waitlist/",
        "DELETE /waitlist/",
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


async def test_the_type_of_every_problem_leads_to_a_heading(front: httpx.AsyncClient) -> None:
    page = await front.get("/docs/errors")

    headings = re.findall(r'<h2 id="([a-z]+-\d\d)">', page.text)
    assert headings == [error().code.lower() for error in catalogue()]
    assert "Authorization: Bearer &lt;token&gt;" in page.text
    problem = (await front.get("/api/v1/nothing/")).json()
    assert problem["type"] == "/docs/errors#sys-04"
    assert page.headers["Content-Security-Policy"].startswith("default-src 'self'")


async def test_the_scripts_of_the_docs_page_are_scripts(front: httpx.AsyncClient) -> None:
    kinds = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript", "start.js": "text/javascript"}

    for name, kind in kinds.items():
        reply = await front.get(f"/docs/assets/{name}")
        assert reply.headers["Content-Type"].split(";")[0] == kind
        assert "max-age" in reply.headers["Cache-Control"]


async def test_no_other_file_is_served(front: httpx.AsyncClient) -> None:
    for name in ("x.js", "LICENSE", "swagger-initializer.js", "..%2f__init__.py", "../core.py", "%2e%2e%2fcore.py"):
        assert (await front.get(f"/docs/assets/{name}")).status_code == 404


async def test_the_front_door_leads_programs_to_the_docs(front: httpx.AsyncClient) -> None:
    reply = await front.get("/", headers={"Accept": "application/json"})

    assert (reply.status_code, reply.headers["Location"]) == (302, "/docs")


def of_first_contract(operation: str) -> bool:
    return not answers_problems(operation.partition(" ")[2])


def resolved(document: Json, reference: Json) -> Json:
    """Return what a reference to a component leads to."""
    _, _, kind, name = reference["$ref"].split("/")
    component: Json = document["components"][kind][name]
    return component


def assert_example(document: Json, schema: Json, example: object) -> None:
    validator = jsonschema_rs.validator_for({**schema, "components": document["components"]})
    assert validator.is_valid(example), json.dumps(example)
