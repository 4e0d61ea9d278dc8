"""The ASGI application, as an HTTP server loads it: `booked.asgi:create`, a factory."""

import os

from litestar import Litestar

from booked.adapters.http.app import create_app
from booked.adapters.http.http_options import HttpOptions
from booked.adapters.observing import configure_logging
from booked.bootstrap import open_services
from booked.settings import Settings


def create() -> Litestar:
    """Make the application from the settings in the environment. Raises `InvalidSettings`."""
    settings = Settings.from_env(os.environ)
    settings.signing_secret()
    configure_logging(settings.log_level, settings.log_format, deferred=True)
    options = HttpOptions(
        body_deadline=settings.body_timeout.total_seconds(),
        trusted_proxies=settings.trusted_proxies,
        metrics_readers=settings.metrics_readers,
        public_url=settings.public_url,
        allowed_origins=settings.allowed_origins,
    )
    return create_app(lifespan=lambda: open_services(settings), options=options)
