"""How a page is looked at: by axe in light and in dark, on a narrow screen, and for texts in the wrong language.

A page is loaded once for all of it. Axe takes its time with each row of a table or a list, so it looks at the first
ones and at those that have something new in them.
"""

import re
from collections.abc import Iterator, Mapping

from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Page

from tests.browser.windows import WIDE
from tests.http.web.catalogue import needed, translated

WCAG = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
CONTRAST = {"type": "rule", "values": ["color-contrast"]}
TURNED = {"type": "rule", "values": ["css-orientation-lock"]}
# All pages share one stylesheet, which axe would fetch and read anew for each: test_preferences.py looks at it once.
ELSEWHERE = {"css-orientation-lock": {"enabled": False}}
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

# Rows are alike if they are made of the same elements in the same states. Those that are like earlier ones leave the
# page while axe looks at it. A few stay in any case, so that axe sees how far they are apart.
AXE_WITHOUT_TWINS = """async (options) => {
  const SAYING = ["class", "type", "role", "scope", "lang", "tabindex", "aria-current", "aria-sort"];
  const shape_of = (element) => [
    element.localName,
    ...[...element.attributes].map(({ name, value }) => `${name}=${SAYING.includes(name) ? value : value !== ""}`),
    element.childElementCount > 0 || element.textContent.trim() !== "",
  ].join();
  const seen = new Map(), gone = [];
  for (const row of document.querySelectorAll("tbody > tr, ul > li, ol > li, fieldset > label")) {
    if (!row.isConnected) continue;
    const place = seen.get(row.parentElement) ?? { rows: 0, shapes: new Set() };
    seen.set(row.parentElement, place);
    const shapes = [row, ...row.querySelectorAll("*")].map(shape_of);
    if (place.rows++ >= 3 && shapes.every((shape) => place.shapes.has(shape))) {
      const mark = document.createComment("");
      row.replaceWith(mark);
      gone.push([mark, row]);
    }
    for (const shape of shapes) place.shapes.add(shape);
  }
  const { violations } = await axe.run(options);
  for (const [mark, row] of gone) mark.replaceWith(row);
  return violations;
}"""


async def look_closely(page: Page) -> None:
    """Have axe on every page that the window loads from now on, which takes less time than to bring it to each."""
    await page.add_init_script(AXE_SCRIPT)


async def problems_of(page: Page) -> list[str]:
    """Return what people would stumble over on a page, each problem with its address. See `look_closely`."""
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


async def in_english(page: Page) -> list[str]:
    """Return the address of a page that somebody who reads English does not get in English."""
    reply = await page.request.get(page.url, headers={"Accept-Language": "en-GB"})
    return [] if reply.ok and '<html lang="en"' in await reply.text() else [f"{page.url} is not there in English"]


async def locks_of(page: Page) -> list[str]:
    """Return what keeps a page from being turned. See `look_closely`."""
    return await _axe(page, TURNED, {})


async def _axe(page: Page, rules: Mapping[str, object], left_out: Mapping[str, object] = ELSEWHERE) -> list[str]:
    options = {"runOnly": rules, "rules": left_out, "resultTypes": ["violations"]}
    return [
        f"{violation['id']}: {node['html'][:200]} {node['failureSummary']}"
        for violation in await page.evaluate(AXE_WITHOUT_TWINS, options)
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
