"""The ASGI application, as an HTTP server loads it: `booked.asgi:create`, a factory."""

import os

from litestar import Litestar

from booked.adapters.http.app import create_app
from booked.adapters.observing import configure_logging
from booked.bootstrap import http_options, open_services
from booked.settings import Settings


def create() -> Litestar:
    """Make the application from the settings in the environment. Raises `InvalidSettings`."""
    settings = Settings.from_env(os.environ)
    settings.signing_secret()
    configure_logging(settings.log_level, settings.log_format, deferred=True)
    return create_app(lifespan=lambda: open_services(settings), options=http_options(settings))
