"""compose.yaml is what Docker understands, and keeps what the documents promise."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

COMPOSE = Path(__file__).parents[1] / "compose.yaml"


@pytest.fixture
def services() -> dict[str, Any]:
    compose: dict[str, Any] = msgspec.yaml.decode(COMPOSE.read_bytes())
    services: dict[str, Any] = compose["services"]
    return services


def test_it_fits_the_compose_specification() -> None:
    check = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", COMPOSE],
        capture_output=True,
        text=True,
        check=False,
    )

    assert check.returncode == 0, check.stdout


def test_nothing_of_ours_starts_before_its_stores_and_its_tables_are_ready(services: dict[str, Any]) -> None:
    for name in ("app", "worker"):
        conditions = {on: wait["condition"] for on, wait in services[name]["depends_on"].items()}
        assert conditions == {
            "migrate": "service_completed_successfully",
            "postgres": "service_healthy",
            "valkey": "service_healthy",
        }


@pytest.mark.parametrize("name", ["app", "postgres", "valkey"])
def test_what_others_depend_on_tells_its_health(services: dict[str, Any], name: str) -> None:
    assert services[name]["healthcheck"]["test"]


def test_nothing_starts_without_a_secret(services: dict[str, Any]) -> None:
    for name in ("app", "worker"):
        assert services[name]["environment"]["BOOKED_JWT_SECRET"].startswith("${BOOKED_JWT_SECRET:?")


def test_valkey_keeps_what_it_is_told_and_forgets_nothing_for_lack_of_memory(services: dict[str, Any]) -> None:
    command = " ".join(services["valkey"]["command"])

    assert "--appendonly yes --appendfsync everysec" in command
    assert "--maxmemory-policy noeviction" in command


def test_only_http_is_published(services: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}

    assert published == {"app": ["8000:8000"]}
