"""Whatever a client makes up within or against the OpenAPI document gets a documented answer and never a fault."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import requests
import schemathesis
from anyio.from_thread import start_blocking_portal
from hypothesis import HealthCheck, Phase, given, settings
from redis import Redis
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.python import asgi
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from booked.adapters.http import create_app
from booked.asgi import CONTRACTS
from booked.domain.services.wiring import Services
from tests.http.answers import MOST_BYTES
from tests.http.office import open_office, open_services
from tests.http.test_matrix import FOR_PEOPLE, MATRIX
from tests.servers import Servers

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SEATS = 1_000_000


@dataclass(frozen=True)
class Admitted:
    """A token of an admin and an API key, and an event to do something with."""

    token: str
    api_key: str
    event_id: str

    def headers_for(self, case: Case[Any]) -> dict[str, str]:
        doors = case.operation.definition.raw["security"]
        at_counter = {"api_key": []} in doors and {"bearer": []} not in doors
        return {"X-API-Key": self.api_key} if at_counter else {"Authorization": f"Bearer {self.token}"}


class Api:
    """The application in an event loop of its own, with an event on sale and what opens every door."""

    def __init__(self, schema: Any, client: requests.Session, admitted: "Admitted") -> None:
        self.schema = schema
        self._client = client
        self._admitted = admitted
        self.statuses: set[int] = set()

    def attack(self, operation: Any, mode: GenerationMode, examples: int) -> None:
        @settings(
            max_examples=examples,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(mode))
        def send(case: Case[Any]) -> None:
            self._name_the_event(case)
            response = case.call(session=self._client, headers=self._admitted.headers_for(case))
            case.validate_response(response, checks=CHECKS)
            self.statuses.add(response.status_code)
            if response.status_code >= 400:
                assert len(response.content) <= MOST_BYTES

        send()

    def _name_the_event(self, case: Case[Any]) -> None:
        """Let every other id be the event's, since nobody guesses one."""
        for sent in (case.body, case.query, case.path_parameters):
            for field in ("event_id", "id"):
                if isinstance(sent, dict) and is_even_uuid(sent.get(field)):
                    sent[field] = self._admitted.event_id


@pytest.fixture(scope="module")
def api(servers: Servers) -> Iterator[Api]:
    with Redis.from_url(servers.redis_url) as client:
        client.flushall()
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(servers.fresh_database()) as url:
        admitted = portal.call(prepare, url, servers.redis_url)

        @asynccontextmanager
        async def lifespan() -> AsyncIterator[Services]:
            async with open_services(url, servers.redis_url) as (services, _):
                services.live.life = timedelta(0)  # streams end after what they begin with
                yield services

        app: Any = create_app(lifespan, CONTRACTS)
        schema = schemathesis.openapi.from_asgi("/openapi.json", app)
        with asgi.get_client(app) as client:
            yield Api(schema, client, admitted)
        asgi.shutdown_lifespans()


async def prepare(database_url: str, redis_url: str) -> Admitted:
    async with open_office(database_url, redis_url) as office:
        _, api_key = await office.services.api_keys.create("Fuzz")
        return Admitted((await office.admin()).token, api_key, await office.event(seats=SEATS))


def is_even_uuid(text: object) -> bool:
    try:
        return UUID(str(text)).int % 2 == 0
    except ValueError:
        return False


def attack(api: Api, name: str, examples: int) -> None:
    method, _, path = name.partition(" ")
    operation = api.schema[path][method]
    api.statuses.clear()
    api.attack(operation, GenerationMode.POSITIVE, examples)
    if operation.body or operation.query or operation.path_parameters or operation.headers:
        api.attack(operation, GenerationMode.NEGATIVE, examples)


# Deleting and withdrawing events comes last: the other requests want one to be there.
LAST = ["DELETE /api/v1/events/{event_id}/", "DELETE /event/"]
OPERATIONS = sorted(
    (f"{method} {path.rstrip('/')}/" for method, path in MATRIX if path not in FOR_PEOPLE),
    key=lambda name: (LAST.index(name) if name in LAST else -1, name),
)


@pytest.mark.parametrize("name", OPERATIONS)
def test_nothing_made_up_gets_a_fault_or_an_undocumented_answer(api: Api, name: str) -> None:
    attack(api, name, examples=15)

    assert api.statuses
    assert not any(status >= 500 for status in api.statuses)


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("name", OPERATIONS)
def test_nothing_made_up_in_hundreds_of_requests_gets_a_fault(api: Api, name: str) -> None:
    attack(api, name, examples=250)

    assert api.statuses
    assert not any(status >= 500 for status in api.statuses)
