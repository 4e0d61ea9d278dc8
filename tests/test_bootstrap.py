"""What the programs open."""

import pytest

from booked.bootstrap import open_maintenance, open_services
from booked.settings import InvalidSettings, Settings
from tests.builders import a_specification


@pytest.fixture
def settings(database_url: str, redis_url: str) -> Settings:
    return Settings(database_url=database_url, redis_url=redis_url)


async def test_services_that_people_log_in_to_need_a_secret(settings: Settings) -> None:
    with pytest.raises(InvalidSettings):
        async with open_services(settings):
            pass


async def test_maintenance_needs_no_secret_and_lets_nobody_log_in(settings: Settings) -> None:
    async with open_maintenance(settings) as services:
        event_id = await services.events.put_on(a_specification())

        assert list(await services.verification.events()) == [event_id]
        with pytest.raises(AttributeError, match="Nobody logs in"):
            await services.accounts.log_in("ann@example.com", "a password")
