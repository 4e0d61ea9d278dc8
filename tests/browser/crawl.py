"""All pages that links lead to, from where somebody begins."""

import re
from collections import Counter, deque
from collections.abc import AsyncIterator
from urllib.parse import parse_qsl, urlsplit

from playwright.async_api import Page

LINKS = "() => [...document.links].map((link) => link.href)"
NO_PAGES = re.compile(r"/docs|.*\.(ics|svg|csv)")


def kind_of(url: str) -> str:
    """Return what pages made by the same handler have in common in their addresses."""
    parts = urlsplit(url)
    path = re.sub(r"/([0-9a-f-]{36}|\d+)(?=/|$)", "/…", parts.path)
    path = re.sub(r"/hall/[^/]+", "/hall/…", path)
    return f"{path}?{'&'.join(sorted({name for name, _ in parse_qsl(parts.query)}))}"


async def crawl(page: Page, start: str, events: int) -> AsyncIterator[str]:
    """Go from page to page and yield the address of each that is open now: one of each kind, and so many events.

    Pages of a kind differ in what is on them, and not in how they are made.
    """
    seen: Counter[str] = Counter()
    waiting, known = deque([start]), {start}
    while waiting:
        url = waiting.popleft()
        kind = kind_of(url)
        if seen[kind] == (events if kind == "/e/…?" else 1):
            continue
        seen[kind] += 1
        if NO_PAGES.fullmatch(urlsplit(url).path):
            reply = await page.request.get(url)
            assert reply.ok, f"{reply.status} at {url}"
            continue
        await page.goto(url)
        yield url
        links = {link.partition("#")[0] for link in await page.evaluate(LINKS) if link.startswith(start)}
        waiting += sorted(links - known)
        known |= links
