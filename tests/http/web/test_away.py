"""Forms that are sent while a store is away, or while there is too much to do."""

from typing import Any

import httpx
import pytest

from booked.adapters.http.errors import RequestTimeout
from booked.adapters.http.requests.request import ApiRequest
from booked.domain.errors import StoreReadFailed, StoreWriteFailed, TransactionFailed
from booked.domain.model.ids import EventId
from booked.domain.model.people.users import Role
from booked.domain.model.sale.reservations import TicketRequest
from booked.domain.services.people.browser_sessions import BrowserSessionService
from booked.domain.services.programme.shop import ShopService
from booked.domain.services.programme.venues import VenueService
from booked.domain.services.sale.bookings import BookingService
from tests.builders import a_specification, a_venue
from tests.http.office import PASSWORD, Office, Person
from tests.http.web.browser import Page, log_in, page_in

RELOAD = "Reload this page to send it again"
ODD = 'A "quoted" <name> & more\nin two lines, ä'


@pytest.fixture
async def event(office: Office) -> EventId:
    root = await office.services.accounts.register("root", "root@example.com", PASSWORD, Role.ADMIN)
    organization = await office.services.organizations.create(root, "Mill", "")
    return (await office.services.events.create(root, a_specification(organization_id=organization.id))).event.id


@pytest.fixture
async def ann(office: Office, browser: httpx.AsyncClient) -> Person:
    """A buyer, logged in."""
    ann = await office.person("ann")
    await log_in(browser, "ann")
    return ann


@pytest.fixture
async def olga(office: Office, browser: httpx.AsyncClient) -> Person:
    """An admin, logged in."""
    olga = await office.person("olga", Role.ADMIN)
    await log_in(browser, "olga")
    return olga


def raising(error: Exception) -> Any:
    async def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def kept_in(page: Page, action: str) -> dict[str, list[str]]:
    """Return what the form has that sends everything again."""
    assert page.all("form", action=action)
    fields: dict[str, list[str]] = {}
    for field in page.all("input", type="hidden"):
        fields.setdefault(field["name"], []).append(field["value"])
    return {name: values for name, values in fields.items() if name != "next"}


async def test_a_booking_that_nobody_answered_is_sent_again_with_its_key(
    office: Office, browser: httpx.AsyncClient, event: EventId, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await office.services.reservations.make(ann.id, event, TicketRequest(2))
    path = f"/hold/{made.reservation.id}"
    key = page_in(await browser.get(path)).all("input", name="key")[0]["value"]
    with monkeypatch.context() as away:
        away.setattr(BookingService, "book_reservation", raising(StoreWriteFailed()))
        refused = await browser.post(path, data={"key": key})
        away.setattr(BookingService, "book_reservation", raising(TransactionFailed()))
        unknown = await browser.post(path, data={"key": key})

    forms = [kept_in(page_in(reply), path) for reply in (refused, unknown)]
    again = await browser.post(path, data=forms[-1])

    assert [reply.status_code for reply in (refused, unknown)] == [503, 503]
    assert forms == [{"key": [key]}] * 2
    assert page_in(unknown).all("a", href=path)
    assert again.headers["Location"].startswith("/my/bookings/")


async def test_everything_typed_is_sent_again(
    office: Office, browser: httpx.AsyncClient, olga: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = {
        "name": [ODD],
        "step": [""],
        "section": ["Stalls", "Balcony"],
        "rows": ["3", ""],
        "key": ["k" * 20],
    }
    typed |= {name: ["x"] for name in ("address", "city", "country")} | {"capacity": ["9"], "style": ["letters"] * 2}
    with monkeypatch.context() as away:
        away.setattr(VenueService, "managed", raising(StoreReadFailed()))
        failed = await browser.post("/office/venues/019c5b2e-7f00-7a3c-8e54-1f0a00000000", data=typed)

    assert failed.status_code == 503
    assert kept_in(page_in(failed), "/office/venues/019c5b2e-7f00-7a3c-8e54-1f0a00000000") == typed


async def test_what_is_sent_while_nobody_knows_who_is_there_is_sent_again(
    office: Office, browser: httpx.AsyncClient, ann: Person, event: EventId, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = {"number": "2", "type": "1", "key": "k" * 20}
    with monkeypatch.context() as away:
        away.setattr(BrowserSessionService, "user_of", raising(StoreReadFailed()))
        failed = await browser.post(f"/e/{event}", data=form)

    again = await browser.post(f"/e/{event}", data=kept_in(page_in(failed), f"/e/{event}"))

    assert failed.status_code == 503
    assert again.headers["Location"].startswith("/hold/")


async def test_a_password_is_never_in_a_page(
    office: Office, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BrowserSessionService, "log_in", raising(StoreReadFailed()))
    form = {"email": "ann@example.com", "password": PASSWORD, "next": "/e/1"}

    failed = await browser.post("/login?next=%2Fe%2F1", data=form)

    assert failed.status_code == 503
    assert PASSWORD not in failed.text
    assert RELOAD in failed.text
    assert page_in(failed).all("a", href="/login?next=%2Fe%2F1", **{"class": "button"})


async def test_what_may_have_gone_through_without_a_key_is_looked_at_before(
    office: Office, browser: httpx.AsyncClient, olga: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    category = await office.services.venues.add_category("Circus")
    path = f"/admin/categories/{category.id}"
    form = {"name": "Zirkus", "step": "rename"}
    pages = []
    for error in (StoreWriteFailed(), TransactionFailed()):
        monkeypatch.setattr(VenueService, "rename_category", raising(error))
        pages.append(page_in(await browser.post(path, data=form)))

    refused, unknown = pages
    assert refused.all("form", action=path)
    assert RELOAD not in refused.text
    assert not unknown.all("form", action=path)
    assert RELOAD not in unknown.text
    assert unknown.all("a", href=path, **{"class": "button"})


async def test_a_change_that_may_have_gone_through_is_sent_again_with_the_version_it_was_made_for(
    office: Office, browser: httpx.AsyncClient, olga: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    venue = await office.services.venues.add(await office.services.accounts.get(olga.id), a_venue())
    path = f"/office/venues/{venue.id}"
    fields = ("name", "address", "city", "country", "capacity")
    typed = {name: [str(getattr(venue, name))] for name in fields} | {"version": ["1"]}
    changed = typed | {"name": ["Old Mill"]}
    change = VenueService.change

    async def change_and_lose_the_answer(*args: Any) -> None:
        await change(*args)
        raise TransactionFailed

    with monkeypatch.context() as away:
        away.setattr(VenueService, "change", change_and_lose_the_answer)
        unknown = await browser.post(path, data=changed)
    form = kept_in(page_in(unknown), path)
    again = await browser.post(path, data=form)

    assert unknown.status_code == 503
    assert form == changed
    assert again.status_code == 409
    assert page_in(again).all("input", name="name", value="Old Mill")


async def test_a_form_that_was_not_even_read_is_sent_again_by_the_browser(
    office: Office, browser: httpx.AsyncClient, event: EventId, ann: Person
) -> None:
    class Still:
        stood_still = True

    before, office.app.state["pulse"] = office.app.state["pulse"], Still()
    try:
        failed = await browser.post(f"/e/{event}", data={"number": "2", "type": "1", "key": "k" * 20})
    finally:
        office.app.state["pulse"] = before

    page = page_in(failed)
    assert failed.status_code == 503
    assert RELOAD in page.text
    assert not page.all("form", action=f"/e/{event}")
    assert page.all("a", href=f"/e/{event}", **{"class": "button"})


async def test_a_form_that_arrived_too_slowly_is_sent_again_by_the_browser(
    office: Office, browser: httpx.AsyncClient, event: EventId, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ApiRequest, "form_body", raising(RequestTimeout()))

    failed = await browser.post(f"/e/{event}", data={"number": "2", "type": "1", "key": "k" * 20})

    page = page_in(failed)
    assert failed.status_code == 408
    assert RELOAD in page.text
    assert page.all("a", href=f"/e/{event}", **{"class": "button"})


async def test_a_page_that_is_away_asks_again_by_itself(
    browser: httpx.AsyncClient, event: EventId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ShopService, "event", raising(StoreReadFailed()))

    failed = await browser.get(f"/e/{event}")

    page = page_in(failed)
    assert failed.status_code == 503
    assert page.all("meta", **{"http-equiv": "refresh"})
    assert RELOAD not in page.text
