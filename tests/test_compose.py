"""compose.yaml and compose.cluster.yaml are what Docker understands, and keep what the documents promise."""

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest

from booked.adapters.postgres.connecting import hosts_apart
from booked.settings import Settings, variable

COMPOSE = Path(__file__).parents[1] / "compose.yaml"
CLUSTER = COMPOSE.with_name("compose.cluster.yaml")
# Where the stores and the port are, and what kind of stores they are. The image says where the data directory is.
DECIDED_HERE = {
    "BOOKED_DATABASE_URL",
    "BOOKED_REDIS_URL",
    "BOOKED_JWT_SECRET",
    "BOOKED_DATA_DIR",
    "BOOKED_HOST",
    "BOOKED_PORT",
    "BOOKED_DATABASE_POOLED",
    "BOOKED_SHARED_COMMITS",
}
PASSWORD = re.compile(r"\$\{\w+:-\w+\}")


def services_in(path: Path) -> dict[str, Any]:
    services: dict[str, Any] = msgspec.yaml.decode(path.read_bytes())["services"]
    return services


@pytest.fixture
def services() -> dict[str, Any]:
    return services_in(COMPOSE)


@pytest.fixture
def cluster() -> dict[str, Any]:
    return services_in(CLUSTER)


@pytest.mark.parametrize("path", [COMPOSE, CLUSTER], ids=lambda path: path.name)
def test_it_fits_the_compose_specification(path: Path) -> None:
    check = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", path],
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


@pytest.mark.parametrize("path", [COMPOSE, CLUSTER], ids=lambda path: path.name)
def test_nothing_starts_without_a_secret(path: Path) -> None:
    services = services_in(path)
    for name in ("app", "worker"):
        assert services[name]["environment"]["BOOKED_JWT_SECRET"].startswith("${BOOKED_JWT_SECRET:?")


@pytest.mark.parametrize(("path", "name"), [(COMPOSE, "valkey"), *((CLUSTER, f"valkey-{i}") for i in range(1, 7))])
def test_valkey_keeps_what_it_is_told_and_forgets_nothing_for_lack_of_memory(path: Path, name: str) -> None:
    command = " ".join(services_in(path)[name]["command"])

    assert "--appendonly yes --appendfsync everysec" in command
    assert "--maxmemory-policy noeviction" in command


def test_only_http_is_published(services: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}

    assert published == {"app": ["127.0.0.1:8000:8000"]}


def test_http_is_published_to_this_machine_alone(cluster: dict[str, Any]) -> None:
    assert cluster["app"]["ports"] == ["127.0.0.1:8000-8002:8000"]


@pytest.mark.parametrize("path", [COMPOSE, CLUSTER], ids=lambda path: path.name)
@pytest.mark.parametrize("name", ["app", "worker", "migrate"])
def test_every_setting_reaches_booked_unless_the_file_decides_it(path: Path, name: str) -> None:
    environment = services_in(path)[name]["environment"]

    passed_on = {variable for variable, value in environment.items() if value is None}

    assert passed_on == {variable(about) for about in fields(Settings)} - DECIDED_HERE


def test_the_cluster_has_the_stores_that_its_urls_name(cluster: dict[str, Any]) -> None:
    for name in ("app", "worker", "migrate"):
        environment = cluster[name]["environment"]
        postgres = hosts_apart(PASSWORD.sub("secret", environment["BOOKED_DATABASE_URL"]))
        valkey = environment["BOOKED_REDIS_URL"].split(",")

        assert [urlsplit(url).hostname for url in postgres] == ["postgres-1", "postgres-2"]
        assert {urlsplit(url).hostname for url in valkey} <= cluster.keys()


def test_the_standby_in_the_cluster_is_the_one_that_commits_wait_for() -> None:
    scripts = {name: config["content"] for name, config in msgspec.yaml.decode(CLUSTER.read_bytes())["configs"].items()}

    assert "synchronous_standby_names = 'standby'" in scripts["let-standby-follow"]
    assert "application_name=standby" in scripts["follow"]
