"""Organizations in the office: who belongs to them, and how members come and go."""

import httpx
import pytest

from booked.domain.model.ids import OrganizationId
from booked.domain.model.people.users import Role
from tests.http.office import Office, Person
from tests.http.web.browser import log_in, page_in


@pytest.fixture
async def olga(office: Office, browser: httpx.AsyncClient) -> Person:
    """An organizer, logged in."""
    olga = await office.person("olga", Role.ORGANIZER)
    await log_in(browser, "olga")
    return olga


@pytest.fixture
async def mill(office: Office, olga: Person) -> OrganizationId:
    """The organization that she belongs to."""
    user = await office.services.accounts.get(olga.id)
    return (await office.services.organizations.create(user, "Old Mill", "By the river.")).id


async def test_an_organizer_finds_who_belongs_to_the_organization(
    browser: httpx.AsyncClient, olga: Person, mill: OrganizationId
) -> None:
    listed = page_in(await browser.get("/office/organizations"))
    shown = page_in(await browser.get(f"/office/organizations/{mill}"))

    assert listed.all("a", href=f"/office/organizations/{mill}")
    assert "olga@example.com" in shown.text
    assert not shown.all("a", href=f"/admin/people/{olga.id}")


async def test_without_an_organization_the_page_leads_to_the_first_event(
    browser: httpx.AsyncClient, olga: Person
) -> None:
    assert page_in(await browser.get("/office/organizations")).all("a", href="/office/new")


async def test_an_organizer_is_added_by_e_mail_and_removed(
    office: Office, browser: httpx.AsyncClient, mill: OrganizationId
) -> None:
    ben = await office.person("ben", Role.ORGANIZER)
    path = f"/office/organizations/{mill}"

    added = await browser.post(f"{path}/members", data={"email": " BEN@example.com "})
    with_ben = page_in(await browser.get(path)).text
    removed = await browser.post(f"{path}/members/{ben.id}/remove")
    without = page_in(await browser.get(path)).text

    assert (added.status_code, added.headers["Location"]) == (303, path)
    assert "ben@example.com" in with_ben
    assert removed.headers["Location"] == path
    assert "ben@example.com" not in without


@pytest.mark.parametrize("email", ["ann@example.com", "nobody@example.com"])
async def test_the_office_does_not_tell_who_has_an_account(
    office: Office, browser: httpx.AsyncClient, mill: OrganizationId, email: str
) -> None:
    await office.person("ann")

    reply = await browser.post(f"/office/organizations/{mill}/members", data={"email": email})

    page = page_in(reply)
    assert reply.status_code == 409
    assert page.all("input", name="email", value=email, **{"aria-invalid": "true"})
    assert "Only organizers and admins can belong" in page.text


async def test_who_leaves_is_led_to_the_other_organizations(
    browser: httpx.AsyncClient, olga: Person, mill: OrganizationId
) -> None:
    reply = await browser.post(f"/office/organizations/{mill}/members/{olga.id}/remove")

    left = await browser.get(f"/office/organizations/{mill}")
    assert reply.headers["Location"] == "/office/organizations"
    assert left.status_code == 403
    page_in(left)


async def test_another_organization_is_closed_to_them(office: Office, browser: httpx.AsyncClient, olga: Person) -> None:
    root = await office.admin()
    other = await office.services.organizations.create(await office.services.accounts.get(root.id), "Other", "")
    path = f"/office/organizations/{other.id}"

    replies = [
        await browser.get(path),
        await browser.post(f"{path}/members", data={"email": "olga@example.com"}),
        await browser.post(f"{path}/members/{root.id}/remove"),
    ]

    assert [reply.status_code for reply in replies] == [403] * 3
