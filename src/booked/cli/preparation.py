"""What `booked serve` does to the stores before it opens: tables, the first admin, the demo."""

import asyncio
from datetime import UTC, datetime

import structlog

from booked.adapters.postgres.migrations import migrate
from booked.adapters.redis.eviction import require_no_eviction
from booked.bootstrap import open_services
from booked.cli.demo import perform
from booked.cli.failures import UNREACHABLE, explain
from booked.cli.setup import stdout
from booked.demo import Demo, Introduction
from booked.demo.programme import programme
from booked.domain.errors import UserError
from booked.domain.services.wiring import Services
from booked.settings import InvalidSettings, Settings

log = structlog.get_logger(__name__)

AGAIN_AFTER = 1.0  # seconds


async def prepare(settings: Settings, demo: bool) -> Introduction:
    """Make the tables, the first admin and, if nothing is on sale and `demo` is set, the demo. Return what to tell."""
    database_url, redis_url = settings.stores()
    await require_no_eviction(redis_url, settings.redis_timeout)
    await migrate(database_url)
    async with open_services(settings) as services:
        await _ensure_admin(settings, services)
        if not demo:
            return Introduction()
        scene = Demo(services, settings.signing_secret(), programme(datetime.now(UTC)))
        if await scene.stage_is_empty():
            await perform(scene)
        return await scene.introduction()


async def _ensure_admin(settings: Settings, services: Services) -> None:
    if settings.admin_email is None or settings.admin_password is None:
        return
    try:
        await services.accounts.ensure_admin(settings.admin_name, settings.admin_email, settings.admin_password)
    except UserError as refusal:
        raise InvalidSettings(f"BOOKED_ADMIN_…: {refusal}") from refusal


async def prepare_later(settings: Settings, demo: bool) -> None:
    while True:
        await asyncio.sleep(AGAIN_AFTER)
        try:
            introduction = await prepare(settings, demo)
        except UNREACHABLE:
            continue
        except Exception as fault:  # we serve what can be served
            log.error("not everything could be prepared", error=explain(fault))
            return
        log.info("the stores answer")
        for login in introduction.logins:
            stdout.print(f"{login.name}: {login.email}, {login.password}", highlight=False)
        return
