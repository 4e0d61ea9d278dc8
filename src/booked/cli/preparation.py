"""What `booked serve` does to the stores before it opens: tables, the first admin, the demo."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog

from booked.adapters.postgres.migrations import migrate, require_tables
from booked.adapters.postgres.programme.zones import require_zone
from booked.adapters.redis.eviction import require_no_eviction
from booked.bootstrap import open_services
from booked.cli.demo import perform
from booked.cli.failures import UNREACHABLE, UNUSABLE, explain
from booked.demo import Demo, Introduction
from booked.demo.programme import programme
from booked.domain.errors import UserError
from booked.domain.services.wiring import Services
from booked.settings import InvalidSettings, Settings

log = structlog.get_logger(__name__)

AGAIN_AFTER = 1.0  # seconds
FIRST_SILENCE, LONGEST_SILENCE = 30.0, 1800.0  # seconds between two warnings


@dataclass(slots=True)
class RareWarnings:
    """Decides which warnings are worth a line: each cause once, and then any of them after pauses that double."""

    _told: set[str] = field(default_factory=set, init=False)
    _silence: float = field(default=FIRST_SILENCE, init=False)
    _due_at: float = field(default=0.0, init=False)

    def due(self, cause: str, now: float) -> bool:
        """Tell whether to warn of a cause now, by a monotonic clock."""
        if cause in self._told and now < self._due_at:
            return False
        if cause in self._told:
            self._silence = min(2 * self._silence, LONGEST_SILENCE)
        self._told.add(cause)
        self._due_at = now + self._silence
        return True


@dataclass(slots=True)
class Preparation:
    """What is to be prepared, as soon as the stores answer."""

    settings: Settings
    demo: bool
    _warnings: RareWarnings = field(default_factory=RareWarnings, init=False)

    async def attempt(self) -> Introduction | None:
        """Prepare. Return what to tell, or None while a store does not answer: then the log says why."""
        try:
            return await prepare(self.settings, self.demo)
        except UNUSABLE:
            raise
        except UNREACHABLE as setback:
            cause = explain(setback)
        if self._warnings.due(cause, asyncio.get_running_loop().time()):
            log.warning("a store does not answer; Booked opens as soon as it does", error=cause)
        return None

    async def complete(self) -> Introduction:
        """Prepare as soon as the stores answer. Return what to tell."""
        while True:
            await asyncio.sleep(AGAIN_AFTER)
            introduction = await self.attempt()
            if introduction is not None:
                log.info("the stores answer")
                return introduction


async def prepare(settings: Settings, demo: bool) -> Introduction:
    """Make the tables, the first admin and, if nothing is on sale and `demo` is set, the demo. Return what to tell.

    Behind a pooler the tables must be there: what a migration leaves on its connection would stay.
    """
    database_url, redis_url = settings.stores()
    if settings.database_pooled:
        await require_tables(database_url, pooled=True)
    else:
        await migrate(database_url)
    await require_zone(database_url, settings.timezone)
    await require_no_eviction(redis_url, settings.redis_timeout)
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
