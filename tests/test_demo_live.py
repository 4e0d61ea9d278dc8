"""A sale to watch: people who do not exist buy until there have been enough of them."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from booked.adapters.system.clock import SystemClock
from booked.bootstrap import open_services
from booked.demo.live import Bounds, LiveSale
from booked.domain.model.ids import EventId, UserId
from booked.domain.model.programme.seating import SeatBlock
from booked.domain.model.programme.ticket_types import TicketTypeDraft
from booked.domain.services.wiring import Services
from booked.settings import Settings
from tests.builders import a_specification, a_venue

LONG = timedelta(hours=1)


@dataclass
class Hurried(SystemClock):
    """A clock on which `naps` sleeps are over at once, and those after them never."""

    naps: int
    asleep: int = field(default=0, init=False)

    async def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.naps -= 1
        if self.naps < 0:
            self.asleep += 1
            await asyncio.Event().wait()
        await asyncio.sleep(0)


@pytest.fixture
async def services(database_url: str, redis_url: str) -> AsyncIterator[Services]:
    settings = Settings(database_url=database_url, redis_url=redis_url, jwt_secret="s" * 32)
    async with open_services(settings) as services:
        yield services


@pytest.fixture
async def event(services: Services) -> EventId:
    """A theatre with room to stand behind its seats."""
    root = await services.accounts.ensure_admin("root", "root@example.com", "correct horse")
    venue = await services.venues.add(root, a_venue(layout=(SeatBlock("Stalls", 10, 12),), capacity=200))
    types = [TicketTypeDraft("Stalls", 4900, sections=("Stalls",)), TicketTypeDraft("Standing", 1200, quota=60)]
    organization = await services.organizations.create(root, "Mill", "")
    specification = a_specification(organization_id=organization.id)
    made = await services.events.create(root, replace(specification, tickets=types, venue_id=venue.id))
    return made.event.id


@pytest.fixture
async def buyers(services: Services) -> list[UserId]:
    names = ("ann", "ben", "cleo")
    return [(await services.accounts.register(name, f"{name}@example.com", "correct horse")).id for name in names]


async def available(services: Services, event: EventId) -> int:
    shown, _ = await services.shop.event(None, event)
    return shown.available


async def test_it_ends_after_so_many_visits_and_nothing_stays_held(
    services: Services, event: EventId, buyers: list[UserId]
) -> None:
    sale = LiveSale(services, Hurried(1_000), buyers, event, Bounds(25, LONG))

    await sale.run()

    assert sale.begun == 25
    assert 0 < sale.booked <= 25
    assert sale.booked + sale.given_back <= 25
    assert await available(services, event) == 180 - sale.tickets


async def test_it_goes_on_when_everything_is_sold(services: Services, event: EventId, buyers: list[UserId]) -> None:
    sale = LiveSale(services, Hurried(1_000), buyers, event, Bounds(150, LONG))

    await sale.run()

    assert sale.begun == 150
    assert sale.tickets <= 180


async def test_what_is_held_when_it_is_stopped_is_given_back(
    services: Services, event: EventId, buyers: list[UserId]
) -> None:
    clock = Hurried(1)
    sale = LiveSale(services, clock, buyers[:1], event, Bounds(100, LONG))
    running = asyncio.create_task(sale.run())
    while clock.asleep < 2:  # the next visitor, and the one who holds tickets
        await asyncio.sleep(0)
    assert await available(services, event) < 180

    running.cancel()
    await asyncio.wait({running})

    assert sale.given_back == 1
    assert await available(services, event) == 180


async def test_it_ends_when_its_time_is_over(services: Services, event: EventId, buyers: list[UserId]) -> None:
    sale = LiveSale(services, Hurried(0), buyers, event, Bounds(100, timedelta(0)))

    await sale.run()

    assert sale.begun == 0


async def test_where_nothing_is_on_sale_nobody_comes(services: Services, buyers: list[UserId]) -> None:
    sale = LiveSale(services, Hurried(0), buyers, None, Bounds(100, LONG))

    await sale.run()

    assert sale.begun == 0
