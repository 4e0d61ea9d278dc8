"""Sales from the first look to the booking: by two at once, by a newcomer, by keyboard alone, and without scripts."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from playwright.async_api import Locator, Page, Route, expect

from tests.browser.site import Site, as_organizer
from tests.browser.windows import Windows, log_in
from tests.running import PATIENCE

pytestmark = pytest.mark.asyncio(loop_scope="session")

PASSWORD = "battery staple"
CODE = re.compile(r"\w{4}-\w{4}")
# Once another seat changes.
SAY_WHETHER_IT_IS_TICKED = """([wanted, other]) => {
    const [box, changing] = [wanted, other].map((seat) => document.querySelector(`.seats input[value="${seat}"]`));
    new MutationObserver(() => console.log(box.checked)).observe(changing, { attributes: true });
}"""


async def test_a_seat_that_somebody_else_takes_is_unticked_and_said(windows: Windows, site: Site) -> None:
    ann, ben = await windows.open(), await windows.open()
    for page, name in ((ann, "Ann"), (ben, "Ben")):
        await log_in(page, site, name)
        await go_to_a_section(page, site)
    wanted, other = (await free_seats(ben))[:2]
    await seat(ben, wanted).check()
    await seat(ben, other).check()
    await expect(ben.locator("#sum")).to_contain_text("2 seats chosen")

    await seat(ann, wanted).check()
    await ann.get_by_role("button", name="Hold these seats").click()
    await ann.wait_for_url("**/hold/*")

    await expect(seat(ben, wanted)).not_to_be_checked()
    await expect(seat(ben, wanted)).to_be_disabled()
    await expect(ben.get_by_role("status").filter(has_text="Somebody else has just taken: Row")).to_be_visible()
    await expect(ben.locator("#sum")).to_contain_text("1 seat chosen")
    await ben.get_by_role("button", name="Hold these seats").click()
    codes = {await book(ann, "Book this ticket"), await book(ben, "Book this ticket")}
    assert len(codes) == 2


async def test_seats_stay_ticked_while_the_answer_to_their_form_is_under_way(windows: Windows, site: Site) -> None:
    ann, ben = await windows.open(), await windows.open()
    for page, name in ((ann, "Ann"), (ben, "Ben")):
        await log_in(page, site, name)
        await go_to_a_section(page, site)
    wanted, other = (await free_seats(ann))[:2]
    held, may_arrive = asyncio.Event(), asyncio.Event()

    async def late(route: Route) -> None:
        answer = await route.fetch(max_redirects=0)
        held.set()
        await may_arrive.wait()
        await route.fulfill(response=answer)

    await ann.route(ann.url.partition("?")[0] + "**", late)
    await seat(ann, wanted).check()
    said = asyncio.Queue[str]()
    ann.on("console", lambda message: said.put_nowait(message.text))
    # All that is asked of a page waits until its form is answered, so it has to tell by itself.
    await ann.evaluate(SAY_WHETHER_IT_IS_TICKED, [wanted, other])
    await ann.get_by_role("button", name="Hold these seats").click(no_wait_after=True)
    await held.wait()
    await seat(ben, other).check()
    await ben.get_by_role("button", name="Hold these seats").click()

    assert await asyncio.wait_for(said.get(), PATIENCE) == "true"

    may_arrive.set()
    await ann.wait_for_url("**/hold/*")


async def test_a_choice_that_sold_out_is_refused_until_there_is_another_one(windows: Windows, site: Site) -> None:
    windows.refusals_expected = True
    event, balcony = await put_on_by_type(site)
    ann = await windows.open()
    await log_in(ann, site, "Ann")
    await ann.goto(f"/e/{event}")
    await ann.get_by_role("radio", name="Balcony").check()
    await buy(site, event, balcony)

    for _ in range(2):
        async with ann.expect_response(lambda reply: reply.request.method == "POST") as answered:
            await ann.get_by_role("button", name="Hold tickets").click()
        assert (await answered.value).status == 400
        await expect(ann.get_by_role("alert")).to_be_visible()
        await expect(ann.get_by_role("radio", name="Balcony")).to_be_checked()

    await ann.get_by_role("radio", name="Stalls").check()
    await ann.get_by_role("button", name="Hold tickets").click()
    await ann.wait_for_url("**/hold/*")


async def test_a_newcomer_registers_while_buying_and_gives_one_back(windows: Windows, site: Site) -> None:
    page = await windows.open()
    await page.goto(site.hall)
    await page.get_by_label("How many?").fill("2")

    await page.get_by_role("button", name="Hold the best seats together").click()
    await page.get_by_role("main").get_by_role("link", name="Make an account").click()
    await register(page, "Kim")

    await expect(page.get_by_text("Your choice is kept.")).to_be_visible()
    await expect(page.get_by_label("How many?")).to_have_value("2")
    await page.get_by_role("button", name="Hold the best seats together").click()
    first, second = await seats_held(page)
    assert second == first + 1

    await book(page, "Book these 2 tickets")
    await page.get_by_role("group", name="Which tickets?").get_by_role("checkbox").first.check()
    await page.get_by_role("button", name="Cancel tickets …").click()
    await page.get_by_role("button", name="Cancel 1 ticket").click()

    await expect(page.get_by_role("group", name="Which tickets?").get_by_role("checkbox")).to_have_count(1)


async def test_keys_are_enough_to_buy(windows: Windows, site: Site) -> None:
    page = await windows.open()
    await page.goto("/login")
    await tab_to(page, page.get_by_label("E-mail address"))
    await page.keyboard.type("ann@example.com")
    await page.keyboard.press("Tab")
    await page.keyboard.type(site.password("Ann"))
    await page.keyboard.press("Enter")
    await page.wait_for_url("/")

    await page.goto(site.hall)
    await press(page, page.get_by_role("link", name="Choose your seats"))
    await press(page, page.locator(".sections a").first)
    await tab_to(page, page.locator('.seats input[tabindex="0"]'))
    await page.keyboard.press("Space")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("Space")
    await expect(page.locator("#sum")).to_contain_text("2 seats chosen")
    await press(page, page.get_by_role("button", name="Hold these seats"))
    await press(page, page.get_by_role("button", name="Book these 2 tickets"))

    await expect(page.get_by_text(CODE).first).to_be_visible()


async def test_nothing_of_a_sale_needs_scripts(windows: Windows, site: Site) -> None:
    page = await windows.open(java_script_enabled=False)
    await log_in(page, site, "Ben")
    await go_to_a_section(page, site)

    for number in (await free_seats(page))[:2]:
        await seat(page, number).check()
    await page.get_by_role("button", name="Hold these seats").click()
    await page.get_by_role("button", name="Give me more time").click()
    code = await book(page, "Book these 2 tickets")

    await page.get_by_role("link", name="My tickets", exact=True).click()
    await expect(page.get_by_text(code)).to_be_visible()


async def test_a_first_event_takes_five_fields_and_is_watched_selling(windows: Windows, site: Site) -> None:
    organizer, admin, buyer = [await windows.open() for _ in range(3)]
    await organizer.goto("/register")
    email = await register(organizer, "Olu")
    await log_in(admin, site, "Ada")
    await make_organizer(admin, email)
    await log_in(buyer, site, "Ben")

    await organizer.goto("/office")
    await organizer.get_by_role("link", name="Put on your first event").click()
    name = f"Night of {uuid4().hex[:8]}"
    for label, text in {
        "Who puts it on?": "The Corner Stage",
        "What is on?": name,
        "Where?": "12 Mill Lane, Leeds",
        "When does it start?": "2031-05-06T20:00",
        "Price of a ticket": "12.50",
        "How many tickets?": "40",
    }.items():
        await organizer.get_by_label(label).fill(text)
    await organizer.get_by_role("button", name="Put it on sale now").click()
    await organizer.wait_for_url(re.compile("/(office|e)/"))

    await buyer.goto(f"/?q={name.rsplit(maxsplit=1)[-1]}")
    await buyer.get_by_role("link", name=name).click()
    await buyer.get_by_label("How many?").fill("3")
    await buyer.get_by_role("button", name="Hold tickets").click()
    await book(buyer, "Book these 3 tickets")

    await organizer.goto("/office")
    row = organizer.get_by_role("row", name=name)
    await expect(row.get_by_role("cell", name="3 of 40")).to_be_visible()
    await row.get_by_role("link", name=name, exact=True).click()
    await organizer.get_by_role("link", name="Figures").click()
    await expect(organizer.locator(".figures div", has_text="Sold").first).to_contain_text("3")


async def go_to_a_section(page: Page, site: Site) -> None:
    await page.goto(f"{site.hall}/hall")
    await page.locator(".sections a").first.click()
    await expect(page.locator("#picker")).to_be_visible()


def seat(page: Page, number: str) -> Locator:
    return page.locator(f'.seats input[value="{number}"]')


async def free_seats(page: Page) -> list[str]:
    free: list[str] = await page.locator(".seats input:enabled").evaluate_all(
        "(boxes) => boxes.map((box) => box.value)"
    )
    return free


async def seats_held(page: Page) -> list[int]:
    """Return the numbers of the seats that are held, all in one row."""
    text = await page.get_by_role("table").locator("tbody th").inner_text()
    return [int(number) for number in re.findall(r"\d+", text.partition("seats")[2])]


async def book(page: Page, button: str) -> str:
    """Book what is held, and return the code to show at the door."""
    await page.get_by_role("button", name=button).click()
    await page.wait_for_url("**/my/bookings/*")
    return await page.get_by_text(CODE).first.inner_text()


async def register(page: Page, name: str) -> str:
    """Make an account on the page that is open, and return its e-mail address."""
    email = f"{name.lower()}.{uuid4().hex[:8]}@example.com"
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("E-mail address").fill(email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("main").get_by_role("button", name="Make an account").click()
    await expect(page.get_by_role("button", name="Log out")).to_be_visible()
    return email


async def make_organizer(admin: Page, email: str) -> None:
    await admin.goto("/admin/people")
    await admin.get_by_label("Name or e-mail address").fill(email)
    await admin.get_by_role("button", name="Find").click()
    await admin.get_by_role("row", name=email).get_by_role("link").click()
    await admin.get_by_label("Another role").select_option("organizer")
    await admin.get_by_role("button", name="Go on").click()
    await admin.get_by_role("button", name="Change the role").click()
    await expect(admin.locator("dd", has_text="Organizer")).to_be_visible()


async def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus; it is as far away as a page has stops."""
    for _ in range(100):
        await page.keyboard.press("Tab")
        if await target.evaluate("(element) => element === document.activeElement"):
            return
    raise AssertionError(f"Tab does not lead to {target}")


async def press(page: Page, target: Locator) -> None:
    """Go to a link or button by Tab, and press Enter there."""
    await tab_to(page, target)
    before = page.url
    await page.keyboard.press("Enter")
    await page.wait_for_url(lambda url: url != before)


async def put_on_by_type(site: Site) -> tuple[str, str]:
    """Return the id of an event with dear and cheap tickets, and that of the cheap type. There is one such ticket."""
    types = [{"name": "Stalls", "price": "120.00", "quota": 9}, {"name": "Balcony", "price": "20.00", "quota": 1}]
    async with as_organizer(site) as lea:
        organizations = (await lea.get("/api/v1/organizations/")).json()["items"]
        described = {
            "name": "Two Prices",
            "organization_id": organizations[0]["id"],
            "starts_at": (datetime.now(UTC) + timedelta(days=30)).isoformat(),
            "address": "Main Street 1",
            "ticket_types": types,
            "status": "PUBLISHED",
        }
        event = (await lea.post("/api/v1/events/", json=described)).raise_for_status().json()["id"]
        found = (await lea.get(f"/api/v1/events/{event}/tickets/")).json()["items"]
    return event, next(type_["id"] for type_ in found if type_["name"] == "Balcony")


async def buy(site: Site, event: str, ticket_type: str) -> None:
    async with as_organizer(site) as lea:
        wanted = {"event_id": event, "num_tickets": 1, "ticket_type_id": ticket_type}
        (await lea.post("/api/v1/reservations/", json=wanted)).raise_for_status()
