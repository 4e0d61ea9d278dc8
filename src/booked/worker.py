"""The background worker: offers to the waitlist, old claims, audits and more; again and again until told to stop."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from booked.adapters.observing import Seldom, upkeep_metrics
from booked.bootstrap import open_maintenance
from booked.domain.errors import StoreError
from booked.ports.database import LeadershipLost
from booked.settings import Settings

log = structlog.get_logger(__name__)

SESSIONS_INTERVAL = timedelta(minutes=1)
ENDINGS_INTERVAL = timedelta(seconds=5)
KEYS_INTERVAL = timedelta(minutes=1)
LAST_ROUND = 5.0  # seconds that a round under way is given to end when the worker is stopped


@dataclass(frozen=True, slots=True)
class Duty:
    """Something to do again and again, with this much rest between two rounds."""

    name: str
    act: Callable[[], Awaitable[None]]
    rest: timedelta
    troubles: Seldom = field(default_factory=Seldom, init=False)


class DutyEnded(Exception):
    """A duty has ended that is to be done for as long as the worker runs."""


async def run(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    upkeep_metrics()
    async with open_maintenance(settings) as services:
        upkeep = services.upkeep
        log.info("worker started")
        duties = [
            Duty("waitlists", upkeep.serve_waitlists, settings.waitlist_interval),
            Duty("events", upkeep.look_after_events, settings.upkeep_interval),
            Duty("endings", upkeep.complete_ended_events, ENDINGS_INTERVAL),
            Duty("withdrawals", upkeep.give_back_tickets, settings.upkeep_interval),
            Duty("sessions", upkeep.forget_expired_sessions, SESSIONS_INTERVAL),
            Duty("keys", upkeep.forget_old_keys, KEYS_INTERVAL),
        ]
        await work(duties, stop)
    log.info("worker stopped")


async def work(duties: Sequence[Duty], stop: asyncio.Event) -> None:
    """Do each duty at its own pace until told to stop: one that hangs or fails does not hold up the others.

    A round that does not end soon then is broken off.

    That is as safe as a crash: what it leaves half done, the next one finds. Raises `DutyEnded` when a duty ends before
    it is told to stop: what runs the worker starts it again.
    """
    tasks = [asyncio.create_task(_keep_up(duty, stop), name=duty.name) for duty in duties]
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
    too_early = [] if stop.is_set() else [task for task in tasks if task.done()]
    stop.set()
    _, late = await asyncio.wait(tasks, timeout=LAST_ROUND)
    for task in late:
        task.cancel()
    await asyncio.gather(*tasks, stopped, return_exceptions=True)
    if too_early:
        [cause, *_] = await asyncio.gather(*too_early, return_exceptions=True)
        raise DutyEnded(f"The worker no longer does: {', '.join(map(asyncio.Task.get_name, too_early))}") from cause


async def _keep_up(duty: Duty, stop: asyncio.Event) -> None:
    while not stop.is_set():
        await _attend_to(duty)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), duty.rest.total_seconds())


async def _attend_to(duty: Duty) -> None:
    try:
        await duty.act()
    except LeadershipLost as loss:
        log.warning("round ended", duty=duty.name, error=str(loss))
    except StoreError as setback:
        untold = duty.troubles.due(setback.code)
        if untold is not None:
            log.warning("round put off", duty=duty.name, code=setback.code, error=str(setback), untold=untold)
    except Exception as fault:  # a fault in one duty must not keep the others from being done
        untold = duty.troubles.due(type(fault).__name__)
        if untold is not None:
            log.exception("round failed", duty=duty.name, untold=untold)
