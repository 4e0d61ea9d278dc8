"""The organizer's office: one's events, a first one from five fields, and its way from draft to stage."""

from collections.abc import Mapping

import httpx
import pytest

from booked.adapters.http.contracts.web.once import new_key
from booked.adapters.postgres.programme.events import PostgresEvents
from booked.domain.errors import StoreWriteFailed
from booked.domain.model.people.users import Role
from tests.builders import a_specification
from tests.http.office import Office
from tests.http.web.browser import log_in, page_in

FIVE = {
    "name": "Night <Music>",
    "place": "The Mill, York",
    "starts_at": "2030-06-01T20:00",
    "timezone": "Europe/Berlin",
    "price": "12,50",
    "currency": "EUR",
    "tickets": "40",
}
FOUNDED = {**FIVE, "founded": "Mill Players"}


@pytest.fixture
async def organizer(office: Office, browser: httpx.AsyncClient) -> httpx.AsyncClient:
    """A browser in which somebody is logged in who runs nothing yet."""
    await office.person("olga", Role.ORGANIZER)
    await log_in(browser, "olga")
    return browser


async def put_on(browser: httpx.AsyncClient, form: Mapping[str, str]) -> httpx.Response:
    return await browser.post("/office/new", data={"key": new_key(), **form})


async def event_after(browser: httpx.AsyncClient, form: Mapping[str, str]) -> str:
    reply = await put_on(browser, form)
    assert reply.status_code == 303, reply.text
    return reply.headers["Location"].rpartition("/")[2]


async def test_the_office_is_for_organizers(office: Office, browser: httpx.AsyncClient) -> None:
    stranger = await browser.get("/office")
    await office.person("ann")
    await log_in(browser, "ann")
    buyer = await browser.get("/office")

    assert stranger.headers["Location"] == "/login?next=%2Foffice"
    assert buyer.status_code == 403
    assert not page_in(await browser.get("/")).all("a", href="/office")


async def test_an_empty_office_leads_to_the_first_event(organizer: httpx.AsyncClient) -> None:
    page = page_in(await organizer.get("/office"))

    assert page.all("a", href="/office/new")
    assert page.all("a", href="/office", **{"aria-current": "page"})


async def test_five_fields_put_an_event_on_sale(organizer: httpx.AsyncClient) -> None:
    event = await event_after(organizer, {**FOUNDED, "publish": "yes"})

    shown = page_in(await organizer.get(f"/e/{event}"))
    assert "It is on sale." in shown.text
    assert "Mill Players" in shown.text
    assert "Saturday, 1 June 2030, 20:00" in shown.text
    assert "€12.50" in shown.text
    listed = page_in(await organizer.get("/office"))
    assert "Night <Music>" in listed.text
    assert "0 of 40" in listed.text


async def test_a_draft_is_seen_by_its_organizers_alone(office: Office, organizer: httpx.AsyncClient) -> None:
    reply = await put_on(organizer, FOUNDED)

    listed = page_in(await organizer.get(reply.headers["Location"]))
    assert reply.headers["Location"].startswith("/office/events/")
    assert "Draft" in listed.text
    assert "Nobody else sees it yet" in listed.text
    organizer.cookies.clear()
    assert "Night <Music>" not in page_in(await organizer.get("/")).text


async def test_the_second_event_belongs_to_the_organization_of_the_first(organizer: httpx.AsyncClient) -> None:
    await event_after(organizer, FOUNDED)

    page = page_in(await organizer.get("/office/new"))

    [organization] = page.all("input", type="hidden", name="organization")
    assert "Mill Players" in page.text
    assert not page.all("input", name="founded")
    await event_after(organizer, {**FIVE, "organization": organization["value"]})
    assert len(page_in(await organizer.get("/office")).all("th", scope="row")) == 2


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", " "),
        ("place", ""),
        ("starts_at", "tomorrow"),
        ("starts_at", "0001-01-01T00:00"),
        ("timezone", "Berlin"),
        ("price", "-1"),
        ("price", "1.234"),
        ("price", "9" * 30),
        ("tickets", "0"),
        ("tickets", "many"),
        ("founded", ""),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_and_all_that_was_typed_stays(
    office: Office, organizer: httpx.AsyncClient, field: str, typed: str
) -> None:
    before = await office.digest()

    reply = await put_on(organizer, {**FOUNDED, field: typed})

    page = page_in(reply)
    assert reply.status_code == 400
    assert page.all("div", role="alert")
    for name, value in {**FOUNDED, field: typed}.items():
        assert page.all("input", name=name, value=value), name
    assert await office.digest() == before


@pytest.mark.parametrize(("field", "typed"), [("currency", "x"), ("tickets", "999999999"), ("name", "a" * 300)])
async def test_an_event_that_is_refused_founds_nothing(
    office: Office, organizer: httpx.AsyncClient, field: str, typed: str
) -> None:
    before = await office.digest()

    reply = await put_on(organizer, {**FOUNDED, field: typed})

    assert reply.status_code == 400
    assert page_in(reply).all("input", name=field, value=typed)
    assert await office.digest() == before


async def test_a_form_that_is_sent_twice_puts_one_event_on(office: Office, organizer: httpx.AsyncClient) -> None:
    [key] = page_in(await organizer.get("/office/new")).all("input", name="key")
    form = {**FOUNDED, "key": key["value"], "publish": "yes"}

    first, again = [await put_on(organizer, form) for _ in range(2)]
    other = await put_on(organizer, {**form, "name": "Another night"})

    assert (first.status_code, again.status_code) == (303, 303)
    assert first.headers["Location"] == again.headers["Location"]
    assert other.status_code == 422
    [offered] = page_in(other).all("input", name="key")
    assert offered["value"] != key["value"]
    assert len(page_in(await organizer.get("/office")).all("th", scope="row")) == 1
    founded = await office.database.organizations.page(None, None, 9)
    assert [organization.name for organization in founded] == ["Mill Players"]


async def test_two_forms_put_two_events_on(organizer: httpx.AsyncClient) -> None:
    for _ in range(2):
        await event_after(organizer, FOUNDED)

    assert len(page_in(await organizer.get("/office")).all("th", scope="row")) == 2


async def test_a_crash_after_the_organization_leaves_nothing_behind(
    office: Office, organizer: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def add(*_: object) -> None:
        raise StoreWriteFailed

    before = await office.digest()
    with monkeypatch.context() as broken:
        broken.setattr(PostgresEvents, "add", add)
        reply = await put_on(organizer, FOUNDED)

    assert reply.status_code == 503
    assert await office.digest() == before
    await event_after(organizer, FOUNDED)


async def test_nobody_puts_on_events_for_others(office: Office, organizer: httpx.AsyncClient) -> None:
    admin = await office.services.accounts.ensure_admin("root", "root@example.com", "correct horse battery staple")
    other = await office.services.organizations.create(admin, "Others", "")

    reply = await put_on(organizer, {**FIVE, "organization": other.id})

    assert reply.status_code == 403
    assert page_in(reply).all("input", name="name", value=FIVE["name"])


async def test_a_step_says_what_it_will_do_and_does_it(office: Office, organizer: httpx.AsyncClient) -> None:
    event = await event_after(organizer, {**FOUNDED, "publish": "yes"})
    ann = await office.person("ann")
    await office.buy(ann, event, 3)

    page = page_in(await organizer.get(f"/office/events/{event}/status/call-off"))

    assert "3 tickets are cancelled." in page.text
    assert "€37.50" in page.text
    reply = await organizer.post(f"/office/events/{event}/status/call-off")
    assert reply.headers["Location"] == "/office"
    listed = page_in(await organizer.get("/office"))
    assert "It is called off, and all bookings are cancelled." in listed.text
    assert not listed.all("a", href=f"/office/events/{event}/status/postpone")


async def test_a_draft_is_published_and_postponed_and_put_on_sale_again(organizer: httpx.AsyncClient) -> None:
    await put_on(organizer, FOUNDED)
    for step, notice in {
        "publish": "It is on sale.",
        "postpone": "It is postponed.",
    }.items():
        [way, *_] = [a for a in page_in(await organizer.get("/office")).all("a") if a["href"].endswith(step)]
        page_in(await organizer.get(way["href"]))
        await organizer.post(way["href"])
        assert notice in page_in(await organizer.get("/office")).text
    assert [a for a in page_in(await organizer.get("/office")).all("a") if a["href"].endswith("publish")]


async def test_a_step_that_cannot_follow_is_told_apart(organizer: httpx.AsyncClient) -> None:
    event = await event_after(organizer, {**FOUNDED, "publish": "yes"})
    await organizer.post(f"/office/events/{event}/status/call-off")

    asked = await organizer.get(f"/office/events/{event}/status/publish")
    sent = await organizer.post(f"/office/events/{event}/status/publish")

    assert "cannot be done" in page_in(asked).text
    assert sent.status_code == 409
    page_in(sent)
    assert page_in(await organizer.get(f"/office/events/{event}/status/burn")).all("a", href="/")


async def test_others_events_are_not_touched(office: Office, organizer: httpx.AsyncClient) -> None:
    event = await office.services.events.put_on(a_specification(seats=5))

    assert (await organizer.get(f"/office/events/{event}/status/call-off")).status_code in {403, 404}
    assert (await organizer.post(f"/office/events/{event}/status/call-off")).status_code in {403, 404}
