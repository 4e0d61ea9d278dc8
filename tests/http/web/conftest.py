"""A browser, as far as pages notice: it keeps cookies, says where forms come from, and follows nobody by itself."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.http.office import Office
from tests.http.web.browser import ACCEPT, SAME_ORIGIN


@pytest.fixture
async def browser(office: Office) -> AsyncIterator[httpx.AsyncClient]:
    transport = office.http._transport
    async with httpx.AsyncClient(
        transport=transport, base_url="http://booked", headers={"Accept": ACCEPT, **SAME_ORIGIN}
    ) as client:
        yield client
