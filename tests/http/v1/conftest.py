"""Fixtures of the resource API's tests."""

import pytest

from tests.http.office import Office
from tests.http.v1.programme import Programme, open_programme


@pytest.fixture
async def programme(office: Office) -> Programme:
    return await open_programme(office)
