"""How a page is looked at: by axe in light and in dark, on a narrow screen, and for texts in the wrong language."""

import re
from collections.abc import Iterator, Mapping

from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Page

from tests.browser.windows import WIDE
from tests.http.web.catalogue import needed, translated

WCAG = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
CONTRAST = {"type": "rule", "values": ["color-contrast"]}
NARROW = 320  # pixels: WCAG 1.4.10

# What is shown or read out, without what says that it is in another language.
TEXTS = """() => {
  const found = [];
  const ours = (node) => node.closest("[lang]") === document.documentElement;
  const walker = document.createTreeWalker(document, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (ours(parent) && !parent.closest("script, .brand")) found.push(walker.currentNode.data);
  }
  for (const name of ["aria-label", "alt", "title", "placeholder"]) {
    for (const node of document.querySelectorAll(`[${name}]`)) if (ours(node)) found.push(node.getAttribute(name));
  }
  return found.map((text) => text.trim().replace(/\\s+/g, " ")).filter((text) => text);
}"""

STICKING_OUT = """(most) => [...document.body.querySelectorAll("*")]
  .filter((each) => each.getBoundingClientRect().right > most && !each.closest(".scrolls"))
  .map((each) => each.outerHTML.slice(0, 120)).slice(0, 5)"""


async def problems_of(page: Page) -> list[str]:
    """Return what people would stumble over on a page, each problem with its address."""
    await page.evaluate(AXE_SCRIPT)
    found = await _axe(page, WCAG)
    await page.emulate_media(color_scheme="dark")
    found += [f"dark: {problem}" for problem in await _axe(page, CONTRAST)]
    await page.emulate_media(color_scheme="light")
    return [f"{page.url}: {problem}" for problem in found]


async def excess_of(page: Page) -> list[str]:
    """Return how wide a page is on a narrow screen and what sticks out, if it is too wide."""
    await page.set_viewport_size({"width": NARROW, "height": 700})
    width = await page.evaluate("document.documentElement.scrollWidth")
    wide = await page.evaluate(STICKING_OUT, NARROW)
    await page.set_viewport_size(WIDE)
    return [f"{page.url} is {width} pixels wide: {wide}"] if width > NARROW else []


async def english_of(page: Page) -> list[str]:
    """Return texts of a German page that the catalogue has in German, and the page itself if it is no German one."""
    found = [text for text in await page.evaluate(TEXTS) if any(each.fullmatch(text) for each in ENGLISH)]
    language = await page.locator("html").get_attribute("lang")
    return [f"{page.url}: {text}" for text in found] + ([] if language == "de" else [f"{page.url} is in {language}"])


async def _axe(page: Page, rules: Mapping[str, object]) -> list[str]:
    results = await page.evaluate("(options) => axe.run(options)", {"runOnly": rules, "resultTypes": ["violations"]})
    return [
        f"{violation['id']}: {node['html'][:200]} {node['failureSummary']}"
        for violation in results["violations"]
        for node in violation["nodes"]
    ]


def _english() -> Iterator[re.Pattern[str]]:
    """Yield patterns of the English texts that are others in German."""
    german = translated()
    for message in needed():
        versions = message if isinstance(message, tuple) else (message,)
        known = german.get(versions[0])
        texts = known.string if known else ""
        translations = [texts] if isinstance(texts, str) else list(texts or ())
        for version in versions:
            fixed = re.split(r"%\(\w+\)s", version)
            # A few words of ours may well stand in the name of an evening: there, only numbers count.
            anything = "[^.]{1,40}" if len("".join(fixed)) > 12 else r"[\d.,:/\s]+"
            if version not in translations:
                yield re.compile(anything.join(map(re.escape, fixed)))


ENGLISH = list(_english())
