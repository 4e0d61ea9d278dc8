"""Applications that tests lend each other: making one takes longer than most tests."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

from litestar import Litestar

from booked.adapters.http import HttpOptions, create_app
from booked.adapters.http.contracts.contract import Contract
from booked.domain.services.wiring import Services


class Application:
    """An application whose services can be exchanged while it is not running."""

    def __init__(self, options: HttpOptions, contracts: Sequence[Contract]) -> None:
        self.services: Services | None = None
        self.app = create_app(self._provided, contracts, options)

    @asynccontextmanager
    async def _provided(self) -> AsyncIterator[Services]:
        assert self.services
        yield self.services


_idle: defaultdict[tuple[HttpOptions, Sequence[Contract]], list[Application]] = defaultdict(list)


@contextmanager
def application(services: Services, options: HttpOptions, contracts: Sequence[Contract]) -> Iterator[Litestar]:
    """Lend an application that provides these services. Nobody else has it meanwhile."""
    idle = _idle[options, contracts]
    lent = idle.pop() if idle else Application(options, contracts)
    lent.services = services
    try:
        yield lent.app
    finally:
        idle.append(lent)
