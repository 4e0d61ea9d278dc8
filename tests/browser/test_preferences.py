"""What people ask of their browser is honoured: colours of their own, and nothing that moves."""

import pytest
from playwright.async_api import Locator, expect

from tests.browser.looks import locks_of, look_closely, problems_of
from tests.browser.site import Site
from tests.browser.windows import Windows, log_in

pytestmark = pytest.mark.asyncio(loop_scope="session")

LOOKS = """(box) => {
  const style = getComputedStyle(box);
  return [style.backgroundColor, style.borderTopStyle, style.borderTopColor, getComputedStyle(box, "::before").content];
}"""

COLOUR = """(name) => {
  const mark = document.body.appendChild(document.createElement("i"));
  mark.style.backgroundColor = name;
  return getComputedStyle(mark).backgroundColor;
}"""

MOVING = """() => [...document.querySelectorAll("*")].filter((each) => {
  const style = getComputedStyle(each);
  return style.animationName !== "none" || style.transitionDuration.split(", ").some((time) => parseFloat(time));
}).length"""


async def test_with_forced_colours_seats_still_tell_what_they_are(windows: Windows, site: Site) -> None:
    page = await windows.open(forced_colors="active")
    await look_closely(page)
    await log_in(page, site, "Ann")
    await page.goto(f"{site.hall}/hall")
    await page.locator(".sections a").first.click()
    free = page.locator('.seats input[type="checkbox"]:enabled')
    gone = page.locator('.seats input[type="checkbox"]:disabled')

    await free.first.check()

    await expect(free.first).to_be_checked()
    chosen, left = await looks_of(free.first), await looks_of(free.last)
    assert chosen != left
    if await gone.count():
        assert await looks_of(gone.first) not in (chosen, left)
    assert "\n".join(await problems_of(page)) == ""


async def test_with_forced_colours_kept_seats_differ_from_free_ones(windows: Windows, site: Site) -> None:
    page = await windows.open(forced_colors="active")
    await log_in(page, site, "Ada")
    await page.goto(f"/office{site.hall.replace('/e/', '/events/')}/seats/1")
    marks = [await looks_of(page.locator(mark)) for mark in (".legend .seat:not([class*=' '])", ".legend .kept")]

    assert marks[0] != marks[1]


async def test_with_forced_colours_a_drawing_has_the_colours_of_its_legend(windows: Windows, site: Site) -> None:
    page = await windows.open(forced_colors="active")
    await log_in(page, site, "Ada")
    await page.goto(f"/office{site.hall.replace('/e/', '/events/')}/figures/hall")

    legend = [(await looks_of(page.locator(mark)))[0] for mark in (".use.free", ".use.blocked", ".use.sold")]
    system = [await page.evaluate(COLOUR, name) for name in ("GrayText", "CanvasText", "LinkText")]

    assert legend == system


async def test_a_phone_may_be_turned(windows: Windows) -> None:
    page = await windows.open()
    await look_closely(page)
    await page.goto("/")

    assert "\n".join(await locks_of(page)) == ""


@pytest.mark.parametrize("path", ["/", "/login"])
async def test_who_wants_nothing_to_move_sees_nothing_move(windows: Windows, path: str) -> None:
    still = await windows.open(reduced_motion="reduce")
    await still.goto(path)

    assert await still.evaluate(MOVING) == 0


async def test_others_see_things_move(windows: Windows) -> None:
    lively = await windows.open(reduced_motion="no-preference")
    await lively.goto("/")

    assert await lively.evaluate(MOVING) > 0


async def looks_of(box: Locator) -> list[str]:
    looks: list[str] = await box.evaluate(LOOKS)
    return looks
