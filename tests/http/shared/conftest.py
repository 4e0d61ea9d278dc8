"""Clients of an application that has the sample contract, too."""

from collections.abc import AsyncIterator

import httpx
import pytest

from booked.domain.model.people.users import Role
from tests.http.conftest import nothing_behind
from tests.http.office import serving
from tests.http.shared.lobby import WITH_SAMPLES, Lobby, people_only


@pytest.fixture
async def front() -> AsyncIterator[httpx.AsyncClient]:
    async with serving(nothing_behind(), contracts=WITH_SAMPLES) as (_, http):
        yield http


@pytest.fixture
async def lobby() -> AsyncIterator[Lobby]:
    services, bearers = people_only()
    async with serving(services, contracts=WITH_SAMPLES) as (_, http):
        yield Lobby(http, bearers[Role.USER], bearers[Role.ORGANIZER], bearers[Role.ADMIN])
