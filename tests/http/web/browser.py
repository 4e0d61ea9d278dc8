"""What browsers send, and how a test reads what it got back."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx

from tests.http.office import PASSWORD

ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}

DATA = "application/ld+json"  # which is no script, and is not run
KEY = "k" * 20  # as forms that must take effect once have one
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
LABELLED = {"input", "select", "textarea"}
Attributes = dict[str, str]


async def log_in(browser: httpx.AsyncClient, name: str) -> httpx.Response:
    form = {"email": f"{name}@example.com", "password": PASSWORD, "next": "/"}
    reply = await browser.post("/login", data=form)
    assert reply.status_code == 303, reply.text
    return reply


@dataclass
class Page(HTMLParser):
    """A page, taken apart; `problems` is what no well-made page has."""

    source: str
    tags: list[tuple[str, Attributes]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[str] = []
        self._in_label = 0
        self._unlabelled: list[str | None] = []
        self.feed(self.source)
        self.close()
        self._look_at_the_whole()

    def all(self, tag: str, **wanted: str) -> list[Attributes]:
        return [found for name, found in self.tags if name == tag and wanted.items() <= found.items()]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(set(names)) < len(names):
            self.problems.append(f"<{tag}> says something twice")
        attributes = {name: value or "" for name, value in attrs}
        self.tags.append((tag, attributes))
        if tag not in VOID:
            self._open.append(tag)
        self._in_label += tag == "label"
        if tag in LABELLED and attributes.get("type") != "hidden" and not self._in_label:
            self._unlabelled.append(attributes.get("id"))
        if "style" in attributes or any(name.startswith("on") for name in attributes):
            self.problems.append(f"<{tag}> has style or script in it")
        if tag == "img" and "alt" not in attributes:
            self.problems.append("a picture without alt")

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1] != tag:
            self.problems.append(f"</{tag}> closes {self._open[-1:]}")
        else:
            self._open.pop()
        self._in_label -= tag == "label"

    def handle_data(self, data: str) -> None:
        self.text += data

    def _look_at_the_whole(self) -> None:
        ids = [attributes["id"] for _, attributes in self.tags if "id" in attributes]
        labels = {attributes.get("for") for tag, attributes in self.tags if tag == "label"}
        described = {
            part
            for _, attributes in self.tags
            for name in ("aria-describedby", "aria-labelledby")
            for part in attributes.get(name, "").split()
        }
        inside = {found["href"][1:] for tag, found in self.tags if tag == "a" and found["href"].startswith("#")}
        self.problems += [f"<{tag}> stays open" for tag in self._open]
        self.problems += [f"two elements are called {name}" for name in {each for each in ids if ids.count(each) > 1}]
        self.problems += [f"no label for {name}" for name in self._unlabelled if name not in labels]
        self.problems += [f"nothing is called {name}" for name in (described | inside) - set(ids)]
        self.problems += [f"{count} headings h1" for count in [len(self.all("h1"))] if count != 1]
        self.problems += ["a style or script in the page"] * len(
            self.all("style")
            + [found for found in self.all("script") if "src" not in found and found.get("type") != DATA]
        )
        if not self.all("html") or not self.all("html")[0].get("lang"):
            self.problems.append("no language")
        if not self.all("title"):
            self.problems.append("no title")


def page_in(reply: httpx.Response) -> Page:
    """Return the page of an answer, which has to be well-formed and carry the headers of pages."""
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8", reply.text
    page = Page(reply.text)
    assert page.problems == [], reply.text
    policy = reply.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert reply.headers["Referrer-Policy"] == "same-origin"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    return page
