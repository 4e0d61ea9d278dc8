"""Fixtures of the HTTP tests: a box office of each test's own, the people in it, and one that is all front."""

from collections.abc import AsyncIterator
from dataclasses import fields
from math import inf
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from booked import pulse
from booked.domain.model.people.users import Voided
from booked.domain.services.wiring import Services
from tests.builders import NONE_VOIDED
from tests.http.office import Office, Person, open_office, serving


@pytest.fixture(autouse=True)
def steady(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing stands still, however long the machine has no time for a test."""
    monkeypatch.setattr(pulse, "STILL", inf)


@pytest.fixture
async def office(database_url: str, redis_url: str) -> AsyncIterator[Office]:
    async with open_office(database_url, redis_url) as office:
        yield office


@pytest.fixture
async def ann(office: Office) -> Person:
    return await office.person("ann")


@pytest.fixture
async def ben(office: Office) -> Person:
    return await office.person("ben")


@pytest.fixture
async def admin(office: Office) -> Person:
    return await office.admin()


@pytest.fixture
async def front() -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application that has no stores: for what is answered without them."""
    async with serving(nothing_behind()) as (_, http):
        yield http


def nothing_behind() -> Services:
    async def none_voided(_: Voided | None) -> Voided:
        return NONE_VOIDED

    behind: Any = SimpleNamespace(voided_tokens=none_voided)
    return Services(**{service.name: behind for service in fields(Services)})
