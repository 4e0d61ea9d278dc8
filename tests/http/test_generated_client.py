"""A client generated from the OpenAPI document is complete, and buys tickets."""

import importlib
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import httpx
import pytest
from openapi_python_client import generate
from openapi_python_client.config import Config, ConfigFile, MetaType

from booked.adapters.http import create_app
from booked.asgi import CONTRACTS
from tests.http.conftest import nothing_behind
from tests.http.office import PASSWORD, Office, Person

PACKAGE = "generated_client"
UNFORMATTED = ConfigFile(post_hooks=[])


class Generated:
    """A generated package, and the warnings that its generator gave."""

    def __init__(self, directory: Path) -> None:
        document = directory / "openapi.json"
        document.write_bytes(create_app(lambda: nullcontext(nothing_behind()), CONTRACTS).state["openapi"]())
        package = directory / PACKAGE
        config = Config.from_sources(
            UNFORMATTED, MetaType.NONE, document, "utf-8", overwrite=False, output_path=package
        )
        self.warnings = generate(config=config)
        self.operations = {file.stem: file.parent.name for file in package.glob("api/*/[!_]*.py")}

    def model(self, name: str) -> Any:
        return getattr(importlib.import_module(f"{PACKAGE}.models"), name)

    def client(self, office: Office, token: str = "") -> Any:
        """Return a client that raises where an answer has a status that is not documented."""
        module = importlib.import_module(PACKAGE)
        asgi: Any = office.app
        known = {
            "base_url": "http://booked",
            "raise_on_unexpected_status": True,
            "httpx_args": {"transport": httpx.ASGITransport(asgi)},
        }
        return module.AuthenticatedClient(token=token, **known) if token else module.Client(**known)

    async def call(self, operation: str, client: Any, *path: str, **parameters: Any) -> Any:
        """Return the answer to an operation, as the class of its schema."""
        module = importlib.import_module(f"{PACKAGE}.api.{self.operations[operation]}.{operation}")
        return await module.asyncio(*path, client=client, **parameters)


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Generated]:
    directory = tmp_path_factory.mktemp("generated")
    sys.path.insert(0, str(directory))
    yield Generated(directory)
    sys.path.remove(str(directory))
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


def test_every_operation_is_generated_without_a_warning(generated: Generated) -> None:
    ids = {line.partition(" = ")[0] for line in (Path(__file__).parent / "operation_ids.txt").read_text().splitlines()}

    assert [(warning.header, warning.detail) for warning in generated.warnings] == []
    assert generated.operations.keys() == ids


async def test_a_generated_client_buys_a_ticket(generated: Generated, office: Office, ann: Person) -> None:
    event_id = await office.event(seats=3)
    form = generated.model("ConcertsTokenForm")(username=ann.email, password=PASSWORD)

    tokens = await generated.call("concerts_issue_token", generated.client(office), body=form)
    client = generated.client(office, tokens.access_token)
    [found] = (await generated.call("v1_list_events", client)).items
    wanted = generated.model("V1ReservationRequest")(event_id=found.id, num_tickets=2)
    reservation = await generated.call("v1_reserve", client, body=wanted, idempotency_key="ann-1")
    paid = generated.model("V1BookingRequest")(reservation_id=reservation.id)
    booking = await generated.call("v1_book", client, body=paid, idempotency_key="ann-2")
    shown = await generated.call("v1_show_booking", client, booking.id)
    refused = await generated.call("v1_reserve", client, body=wanted)

    assert (str(found.id), found.available) == (event_id, 3)
    assert (shown.id, len(shown.tickets)) == (booking.id, 2)
    assert (refused.code, refused.detail) == (
        "TICKET-01",
        "1 ticket is available. Ask for no more, or join the waitlist.",
    )
