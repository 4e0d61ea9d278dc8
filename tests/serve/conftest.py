"""A running service, shared by the tests of a module."""

from collections.abc import Iterator

import pytest

from tests.running import Serving, serving
from tests.serve.visits import ADMIN_SETTINGS
from tests.servers import fresh_directory


@pytest.fixture(scope="module")
def service() -> Iterator[Serving]:
    """Open for all tests that leave it open, with two processes that answer."""
    with fresh_directory() as directory, serving(directory, "--workers=2", settings=ADMIN_SETTINGS) as service:
        yield service
