"""The ASGI application, as an HTTP server loads it: `booked.asgi:create`, a factory."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import FrameType

from litestar import Litestar

from booked.adapters.http.app import create_app
from booked.adapters.http.contracts import booked, bookings, concerts, counter, v1, web
from booked.adapters.http.http_options import HttpOptions
from booked.adapters.http.operations import health
from booked.adapters.observing import configure_logging
from booked.bootstrap import open_services
from booked.domain.services.wiring import Services
from booked.settings import Settings

CONTRACTS = (
    health.CONTRACT,
    booked.CONTRACT,
    v1.CONTRACT,
    counter.CONTRACT,
    concerts.CONTRACT,
    bookings.CONTRACT,
    web.CONTRACT,
)


def create() -> Litestar:
    """Make the application from the settings in the environment. Raises `InvalidSettings`.

    What belongs to one process comes when it starts to serve: before that, the process may be forked.
    """
    settings = Settings.from_env(os.environ)
    settings.signing_secret()
    options = HttpOptions(
        body_deadline=settings.body_timeout.total_seconds(),
        trusted_proxies=settings.trusted_proxies,
        metrics_readers=settings.metrics_readers,
        public_url=settings.public_url,
        allowed_origins=settings.allowed_origins,
        public_read_age=settings.public_read_age.total_seconds(),
        requests_at_once=settings.requests_at_once,
    )
    return create_app(lambda: _serving(settings), CONTRACTS, options)


@asynccontextmanager
async def _serving(settings: Settings) -> AsyncIterator[Services]:
    """Open the services. Streams end with SIGTERM: the server waits for them before it tells the application."""
    configure_logging(settings.log_level, settings.log_format, deferred=True)
    async with open_services(settings) as services:
        loop, servers_own = asyncio.get_running_loop(), signal.getsignal(signal.SIGTERM)

        def end_streams(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(services.live.end)
            if callable(servers_own):
                servers_own(number, frame)

        signal.signal(signal.SIGTERM, end_streams)
        yield services
