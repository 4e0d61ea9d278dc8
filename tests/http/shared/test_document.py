"""The OpenAPI document tells what the routes say."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import jsonschema_rs
import schemathesis
from schemathesis import GenerationMode
from schemathesis.python import asgi

from booked.adapters.http import create_app
from booked.domain.model.people.users import Role
from booked.domain.services.wiring import Services
from tests.http.shared import sample
from tests.http.shared.lobby import SAMPLES, WITH_SAMPLES, Lobby, people_only
from tests.http.shared.sample import ALL
from tests.http.test_fuzz import Admitted, Api


async def test_the_document_tells_all_of_this(front: httpx.AsyncClient) -> None:
    document = (await front.get("/openapi.json")).json()
    paths = document["paths"]

    listed = {parameter["name"]: parameter for parameter in paths[SAMPLES]["get"]["parameters"]}
    assert set(listed) == {"limit", "cursor", "color", "after", "name", "open"}
    limit = {"type": "integer", "minimum": 1, "maximum": 100, "default": 20, "examples": [20]}
    assert listed["limit"]["schema"] == limit
    assert (listed["color"]["style"], listed["color"]["explode"]) == ("form", False)
    assert listed["after"]["schema"] == {"type": "string", "format": "date-time", "examples": ["2026-11-20"]}
    assert paths[SAMPLES]["get"]["security"] == [{}, {"bearer": []}, {"login": []}]

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


async def test_a_report_can_be_had_in_another_form(lobby: Lobby) -> None:
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
