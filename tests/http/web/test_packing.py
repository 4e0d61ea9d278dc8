"""What is sent packed, and to whom."""

import gzip

import httpx
import pytest

from booked.adapters.http.contracts.web.static_files import STATIC_FILES, static_path
from booked.domain.model.people.users import Role
from tests.http.office import Office
from tests.http.web.browser import log_in


@pytest.mark.parametrize("name", ["booked.css", "overview.js"])
async def test_a_file_is_packed_for_those_who_take_it(front: httpx.AsyncClient, name: str) -> None:
    reply = await front.get(static_path(name), headers={"Accept-Encoding": "br, gzip"})

    assert reply.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in reply.headers["Vary"]
    assert reply.content == STATIC_FILES[name].content
    assert reply.num_bytes_downloaded == len(STATIC_FILES[name].packed) < len(reply.content) / 2


@pytest.mark.parametrize("taken", ["identity", "br", "gzip;q=0", "gzip; q=0.000", "*", "x-gzip2"])
async def test_others_get_a_file_as_it_is(front: httpx.AsyncClient, taken: str) -> None:
    reply = await front.get(static_path("booked.css"), headers={"Accept-Encoding": taken})

    assert "Content-Encoding" not in reply.headers
    assert "Accept-Encoding" in reply.headers["Vary"]
    assert reply.num_bytes_downloaded == len(STATIC_FILES["booked.css"].content)


@pytest.mark.parametrize("taken", ["gzip", "GZIP;q=0.5", "br;q=1, gzip;q=0.001"])
async def test_a_weight_above_zero_is_a_yes(front: httpx.AsyncClient, taken: str) -> None:
    reply = await front.get(static_path("booked.css"), headers={"Accept-Encoding": taken})

    assert reply.headers["Content-Encoding"] == "gzip"


async def test_visitors_of_a_moment_each_get_a_page_that_they_can_read(
    browser: httpx.AsyncClient, office: Office
) -> None:
    for number in range(12):
        await office.event(name=f"Evening {number}")

    plain = await browser.get("/", headers={"Accept-Encoding": "identity"})
    packed = await browser.get("/", headers={"Accept-Encoding": "gzip"})

    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.content == plain.content
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Cookie, Accept-Language, Accept-Encoding"


async def test_pages_of_a_person_are_never_packed(browser: httpx.AsyncClient, office: Office) -> None:
    """Their length would tell something of the codes and addresses in them."""
    await office.person("mia", Role.ORGANIZER)
    await log_in(browser, "mia")

    for path in ("/my", "/office/new", "/office/organizations"):
        reply = await browser.get(path, headers={"Accept-Encoding": "gzip"})
        assert reply.status_code == 200
        assert "Content-Encoding" not in reply.headers


def test_the_same_file_is_always_packed_alike() -> None:
    file = STATIC_FILES["booked.css"]

    assert file.packed[4:8] == bytes(4)  # the time, which is none
    assert gzip.decompress(file.packed) == file.content
