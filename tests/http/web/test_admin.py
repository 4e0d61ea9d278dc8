"""The pages for admins: the state of the box office, people, organizations, all events and API keys."""

import re
from dataclasses import replace

import httpx
import pytest

from booked.adapters.http.operations.exposition import Exposition
from booked.domain.model.ids import EventId, UserId
from booked.domain.model.people.users import Role
from booked.domain.model.programme.events import EventStatus
from tests.builders import a_specification
from tests.http.office import Office, serving
from tests.http.web.browser import ACCEPT, KEY, log_in, page_in

PAGES = ["/admin", "/admin/people", "/admin/organizations", "/admin/events", "/admin/categories", "/admin/keys"]


@pytest.fixture
async def root(office: Office, browser: httpx.AsyncClient) -> UserId:
    """Log an admin in."""
    admin = await office.admin()
    await log_in(browser, "root")
    return admin.id


@pytest.mark.parametrize("path", PAGES)
async def test_pages_for_admins_are_closed_to_all_others(office: Office, browser: httpx.AsyncClient, path: str) -> None:
    await office.person("ann", Role.ORGANIZER)

    asked = await browser.get(path)
    await log_in(browser, "ann")
    refused = await browser.get(path)

    assert asked.headers["Location"].startswith("/login?next=%2Fadmin")
    assert refused.status_code == 403
    assert not page_in(refused).all("a", href="/admin")


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize("path", PAGES)
async def test_admins_find_their_pages_from_every_page(browser: httpx.AsyncClient, path: str) -> None:
    reply = await browser.get(path)

    page = page_in(reply)
    assert reply.headers["Cache-Control"] == "no-store"
    assert page.all("a", href=path, **{"aria-current": "page"})
    assert page_in(await browser.get("/")).all("a", href="/admin")


@pytest.mark.usefixtures("root")
async def test_the_overview_tells_what_sells_and_whether_the_stores_agree(
    office: Office, browser: httpx.AsyncClient
) -> None:
    await office.event(name="Night <Music>", seats=12)
    put_off = EventId(await office.event(seats=30))
    await office.services.events.go_on_as(put_off, EventStatus.POSTPONED)

    before = page_in(await browser.get("/admin")).text
    await office.services.upkeep.look_after_events()
    after = page_in(await browser.get("/admin")).text

    assert "Night <Music>" in before
    assert "0 of 12" in before
    assert "Tickets there are12\n" in before
    assert "No worker has looked after events for a minute" in before
    assert "No worker has looked after events" not in after
    assert "Does not answer" not in after


@pytest.mark.usefixtures("root")
async def test_the_overview_says_where_the_figures_of_a_worker_elsewhere_are(
    office: Office, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = 7.0

    async def total(*_: object) -> float:
        return counted

    monkeypatch.setattr(Exposition, "total", total)
    await office.services.upkeep.look_after_events()
    here = page_in(await browser.get("/admin")).text
    counted = 0.0
    elsewhere = page_in(await browser.get("/admin")).text

    assert "Mismatches" in here
    assert "The worker runs elsewhere" not in here
    assert "The worker runs elsewhere" in elsewhere
    assert "Mismatches" not in elsewhere


@pytest.mark.usefixtures("root")
async def test_the_overview_names_the_store_that_is_away(office: Office, browser: httpx.AsyncClient) -> None:
    class Away:
        async def stores(self) -> dict[str, bool]:
            return {"database": True, "holds": False}

    async with serving(replace(office.services, readiness=Away())) as (_, http):  # type: ignore[arg-type]
        reply = await http.get("/admin", headers={"Accept": ACCEPT, "Cookie": cookies_of(browser)})

    assert page_in(reply).text.count("Does not answer") == 1


def cookies_of(browser: httpx.AsyncClient) -> str:
    return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


@pytest.mark.usefixtures("root")
async def test_people_are_found_by_name_or_address_over_pages(office: Office, browser: httpx.AsyncClient) -> None:
    ann, ben = await office.person("ann"), await office.person("ben")

    named = page_in(await browser.get("/admin/people?q=AN"))
    addressed = page_in(await browser.get("/admin/people?q=ben@example"))
    first = page_in(await browser.get("/admin/people?q=example.com&limit=2"))
    [more] = first.all("a", rel="next")
    second = page_in(await browser.get(more["href"]))

    assert named.all("a", href=f"/admin/people/{ann.id}")
    assert not named.all("a", href=f"/admin/people/{ben.id}")
    assert addressed.all("a", href=f"/admin/people/{ben.id}")
    assert first.all("a", href=f"/admin/people/{ann.id}")
    assert second.all("a", href=f"/admin/people/{ben.id}")
    assert "Nobody found" in page_in(await browser.get("/admin/people?q=zoe")).text


async def test_a_role_is_given_after_it_was_said_what_that_does(
    office: Office, browser: httpx.AsyncClient, root: UserId
) -> None:
    ann = await office.person("ann", Role.ORGANIZER)
    user = await office.services.accounts.get(ann.id)
    mill = await office.services.organizations.create(user, "Old Mill", "")
    path = f"/admin/people/{ann.id}"

    shown = page_in(await browser.get(path))
    asked = page_in(await browser.get(f"{path}?role=user"))
    before = await office.services.accounts.get(ann.id)
    given = await browser.post(path, data={"role": "user"})
    after = page_in(await browser.get(path))

    assert shown.all("a", href=f"/admin/organizations/{mill.id}")
    assert "They leave their organization." in asked.text
    assert asked.all("input", type="hidden", name="role", value="user")
    assert before.role is Role.ORGANIZER
    assert (given.status_code, given.headers["Location"]) == (303, path)
    assert "The role is changed." in after.text
    assert "They belong to none." in after.text
    assert root != ann.id


async def test_the_last_admin_stays_one_and_is_told_why(
    office: Office, browser: httpx.AsyncClient, root: UserId
) -> None:
    asked = page_in(await browser.get(f"/admin/people/{root}?role=user"))
    reply = await browser.post(f"/admin/people/{root}", data={"role": "user"})

    page = page_in(reply)
    assert "This is your own account" in asked.text
    assert reply.status_code == 409
    assert page.all("a", href="#role")
    assert (await office.services.accounts.get(root)).role is Role.ADMIN


async def test_an_admin_who_gives_the_role_up_is_led_to_the_shop(
    office: Office, browser: httpx.AsyncClient, root: UserId
) -> None:
    await office.person("ben", Role.ADMIN)

    reply = await browser.post(f"/admin/people/{root}", data={"role": "user"})

    assert (reply.status_code, reply.headers["Location"]) == (303, "/")
    assert (await browser.get("/admin")).status_code == 403


@pytest.mark.parametrize("role", ["", "king", "Admin"])
async def test_a_role_that_is_none_changes_nothing(browser: httpx.AsyncClient, root: UserId, role: str) -> None:
    reply = await browser.post(f"/admin/people/{root}", data={"role": role})

    assert reply.status_code == 400
    page_in(reply)


async def test_members_come_and_go(office: Office, browser: httpx.AsyncClient, root: UserId) -> None:
    ann = await office.person("ann", Role.ORGANIZER)
    mill = await office.services.organizations.create(
        await office.services.accounts.get(root), "Old Mill", "In the mill."
    )
    path = f"/admin/organizations/{mill.id}"

    added = await browser.post(f"{path}/members", data={"email": "ann@example.com"})
    with_ann = page_in(await browser.get(path))
    removed = await browser.post(f"{path}/members/{ann.id}/remove")
    without = page_in(await browser.get(path))

    assert page_in(await browser.get("/admin/organizations")).all("a", href=path)
    assert (added.status_code, added.headers["Location"]) == (303, path)
    assert with_ann.all("a", href=f"/admin/people/{ann.id}")
    assert "The member is added." in with_ann.text
    assert removed.status_code == 303
    assert not without.all("a", href=f"/admin/people/{ann.id}")


@pytest.mark.parametrize(("email", "status"), [("ann@example.com", 409), ("zoe@example.com", 400), ("", 400)])
async def test_somebody_who_cannot_be_a_member_is_named_at_the_field(
    office: Office, browser: httpx.AsyncClient, root: UserId, email: str, status: int
) -> None:
    await office.person("ann")
    mill = await office.services.organizations.create(await office.services.accounts.get(root), "Old Mill", "")

    reply = await browser.post(f"/admin/organizations/{mill.id}/members", data={"email": email})

    page = page_in(reply)
    assert reply.status_code == status
    assert page.all("input", name="email", value=email)
    assert page.all("a", href="#email")


async def test_all_events_are_listed_drafts_too(office: Office, browser: httpx.AsyncClient, root: UserId) -> None:
    user = await office.services.accounts.get(root)
    mill = await office.services.organizations.create(user, "Old Mill", "")
    draft = replace(a_specification(name="Not yet told", organization_id=mill.id), status=EventStatus.DRAFT)
    await office.services.events.create(user, draft)
    await office.event(name="On sale now")

    both = page_in(await browser.get("/admin/events")).text
    drafts = page_in(await browser.get("/admin/events?status=draft")).text
    found = page_in(await browser.get("/admin/events?q=sale&limit=1")).text
    [more] = page_in(await browser.get("/admin/events?limit=1")).all("a", rel="next")

    assert both.index("On sale now") < both.index("Not yet told")
    assert "On sale now" not in drafts
    assert "Not yet told" not in found
    assert "Not yet told" in page_in(await browser.get(more["href"])).text
    assert (await browser.get("/admin/events?status=x")).status_code == 400


@pytest.mark.usefixtures("root")
async def test_a_key_is_shown_once_and_revoked(office: Office, browser: httpx.AsyncClient) -> None:
    made = await browser.post("/admin/keys", data={"name": "Corner <shop>", "key": KEY})
    [text] = set(re.findall(r"bk_[\w-]{43}", page_in(made).text))
    [key] = await office.services.api_keys.all()
    listed = page_in(await browser.get("/admin/keys"))
    counter = await office.services.api_keys.counter(text)
    revoked = await browser.post(f"/admin/keys/{key.id}/revoke")
    after = page_in(await browser.get("/admin/keys"))

    assert made.headers["Cache-Control"] == "no-store"
    assert counter == key.counter
    assert text not in listed.text
    assert "Corner <shop>" in listed.text
    assert revoked.status_code == 303
    assert "Revoked on" in after.text
    assert not after.all("form", action=f"/admin/keys/{key.id}/revoke")


@pytest.mark.usefixtures("root")
async def test_a_key_form_sent_twice_makes_one_key(office: Office, browser: httpx.AsyncClient) -> None:
    shown = page_in(await browser.get("/admin/keys"))
    form = {"name": "Corner shop", "key": shown.all("input", name="key")[0]["value"]}

    made, again = [await browser.post("/admin/keys", data=form) for _ in range(2)]
    after = page_in(again)
    another = await browser.post("/admin/keys", data={**form, "key": after.all("input", name="key")[0]["value"]})

    assert (made.status_code, again.status_code, another.status_code) == (200, 409, 200)
    assert not re.findall(r"bk_[\w-]{43}", after.text)
    assert "This key was made already" in after.text
    assert len(await office.services.api_keys.all()) == 2


@pytest.mark.usefixtures("root")
async def test_a_key_form_without_a_key_of_its_own_makes_nothing(office: Office, browser: httpx.AsyncClient) -> None:
    reply = await browser.post("/admin/keys", data={"name": "Corner shop"})

    assert reply.status_code == 400
    assert await office.services.api_keys.all() == []


@pytest.mark.usefixtures("root")
async def test_a_key_needs_a_name(office: Office, browser: httpx.AsyncClient) -> None:
    reply = await browser.post("/admin/keys", data={"name": "  ", "key": KEY})

    assert reply.status_code == 400
    assert page_in(reply).all("a", href="#name")
    assert await office.services.api_keys.all() == []


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize("path", ["keys/{}/revoke", "people/{}", "organizations/{}/members"])
async def test_what_does_not_exist_is_a_page_that_says_so(browser: httpx.AsyncClient, path: str) -> None:
    unknown = "019c5b2e-7f00-7a3c-8e54-1f0a00000000"
    form = {"people/{}": {"role": "user"}, "organizations/{}/members": {"email": "root@example.com"}}.get(path, {})

    reply = await browser.post(f"/admin/{path.format(unknown)}", data=form)

    assert reply.status_code == 404
    page_in(reply)


async def test_categories_are_made_renamed_and_deleted(
    office: Office, browser: httpx.AsyncClient, root: UserId
) -> None:
    key = page_in(await browser.get("/admin/categories")).all("input", name="key")[0]["value"]
    made = await browser.post("/admin/categories", data={"name": "Concert", "key": key})
    again = await browser.post("/admin/categories", data={"name": "Concert", "key": key})
    [concert] = await office.services.venues.categories()
    path = f"/admin/categories/{concert.id}"
    renamed = await browser.post(path, data={"name": "Concerts", "step": "rename"})
    listed = page_in(await browser.get("/admin/categories")).text
    deleted = await browser.post(path, data={"name": "Concerts", "step": "delete"})

    assert [reply.status_code for reply in (made, again, renamed, deleted)] == [303] * 4
    assert "Concerts" in listed
    assert "another name now" in listed
    assert await office.services.venues.categories() == []


@pytest.mark.parametrize("name", ["", "CONCERT"])
async def test_what_is_wrong_with_a_categorys_name_stands_beside_it(
    office: Office, browser: httpx.AsyncClient, root: UserId, name: str
) -> None:
    await office.services.venues.add_category("Concert")
    play = await office.services.venues.add_category("Play")
    new = {"name": name, "key": "a-key-of-sixteen-letters"}

    added = page_in(await browser.post("/admin/categories", data=new))
    renamed = page_in(await browser.post(f"/admin/categories/{play.id}", data={"name": name, "step": "rename"}))

    assert added.all("input", name="name", value=name, **{"aria-invalid": "true"})
    assert renamed.all("input", id=f"name-{play.id}", value=name, **{"aria-invalid": "true"})
    assert renamed.all("details", open="")


async def test_a_category_in_use_stays(office: Office, browser: httpx.AsyncClient, root: UserId) -> None:
    concert = await office.services.venues.add_category("Concert")
    user = await office.services.accounts.get(root)
    mill = await office.services.organizations.create(user, "Old Mill", "")
    filed = replace(a_specification(organization_id=mill.id), category_id=concert.id)
    await office.services.events.create(user, filed)

    reply = await browser.post(f"/admin/categories/{concert.id}", data={"name": "Concert", "step": "delete"})

    assert reply.status_code == 409
    page_in(reply)
    assert await office.services.venues.categories() == [concert]


async def test_a_category_that_is_gone_and_a_step_there_is_not_are_pages(
    office: Office, browser: httpx.AsyncClient, root: UserId
) -> None:
    play = await office.services.venues.add_category("Play")

    gone = await browser.post(f"/admin/categories/{root}", data={"name": "x", "step": "rename"})
    unknown = await browser.post(f"/admin/categories/{play.id}", data={"name": "x", "step": "burn"})

    assert (gone.status_code, unknown.status_code) == (404, 400)
    page_in(gone)
    page_in(unknown)
