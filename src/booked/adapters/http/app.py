"""The ASGI application."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp

from booked.adapters.http.access.authorization import authorize
from booked.adapters.http.access.gate import Gate
from booked.adapters.http.contracts.contract import Contract
from booked.adapters.http.http_options import HttpOptions
from booked.adapters.http.openapi import pages
from booked.adapters.http.openapi.document import describe
from booked.adapters.http.operations.admission import Admission
from booked.adapters.http.operations.counting import hand_over
from booked.adapters.http.operations.envelope import Envelope
from booked.adapters.http.operations.exposition import Exposition
from booked.adapters.http.operations.methods import show_methods_of
from booked.adapters.http.operations.metrics import show_metrics
from booked.adapters.http.operations.origins import AllowedOrigins
from booked.adapters.http.operations.room import Room
from booked.adapters.http.operations.shortcut import Shortcut
from booked.adapters.http.requests.addresses import Proxies
from booked.adapters.http.requests.given import GIVEN
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.errors import EXCEPTION_HANDLERS
from booked.adapters.http.responses.shared_answers import SharedAnswers
from booked.domain.services.wiring import Services
from booked.pulse import Pulse

DEFAULT_OPTIONS = HttpOptions()


def create_app(
    lifespan: Callable[[], AbstractAsyncContextManager[Services]],
    contracts: Sequence[Contract],
    options: HttpOptions = DEFAULT_OPTIONS,
) -> Litestar:
    """Make the application. It enters `lifespan()` when it starts, in the serving event loop, and leaves it last.

    Processes may be forked with it before it starts: what must differ between them is made at the start.

    `state["openapi"]` makes the OpenAPI document when it is first called.
    """
    routes = [route for contract in contracts for route in contract.routes]
    routes += [*pages.ROUTES, show_metrics]

    @asynccontextmanager
    async def running(app: Litestar) -> AsyncIterator[None]:
        async with lifespan() as services:
            gate = Gate(services.accounts, services.tokens)
            await gate.refresh()
            pulse = Pulse()
            background = [asyncio.create_task(pulse.beat()), asyncio.create_task(gate.keep_fresh())]
            app.state.update(
                {
                    "services": services,
                    "gate": gate,
                    "pulse": pulse,
                    "exposition": Exposition(),
                    "shared_answers": SharedAnswers(options.public_read_age),
                }
            )
            app.asgi_handler = Envelope(handler)
            try:
                yield
            finally:
                for task in background:
                    task.cancel()
                await asyncio.wait(background)
                hand_over()

    app = Litestar(
        # These come first, or the framework puts its own in their place.
        route_handlers=[*show_methods_of(routes), *routes],
        before_request=authorize,  # type: ignore[arg-type]  # every request is an ApiRequest, as said below
        dependencies={name: Provide(give) for name, give in GIVEN.items()},
        exception_handlers=EXCEPTION_HANDLERS,
        lifespan=[running],
        logging_config=None,
        openapi_config=None,
        request_class=ApiRequest,
        response_class=Answer,
        state=State({"options": options, "contracts": tuple(contracts), "proxies": Proxies(options.trusted_proxies)}),
        debug=False,
    )
    documented = [route for route in app.routes if isinstance(route, HTTPRoute)]
    app.state["openapi"] = cache(lambda: describe(documented, contracts))
    room = Room(options.requests_at_once)
    handler: ASGIApp = Shortcut(app, Admission(app.asgi_handler, room), GIVEN, room)
    if options.allowed_origins:
        handler = AllowedOrigins(handler, options.allowed_origins)
    return app
