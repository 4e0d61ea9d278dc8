"""The documentation says what is so: errors, links, paths and keys.

`python -m tests.test_docs` writes docs/errors.md anew.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from booked.adapters.http.contracts import booked
from booked.adapters.http.errors import catalogue
from booked.adapters.http.responses.error_bodies import ErrorBody, Problem
from booked.adapters.http.responses.statuses import STATUSES
from booked.domain.errors import BookedError
from booked.domain.model.sale.holds import too_few
from tests.torture.catalogue import PROOFS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGE = DOCS / "errors.md"
ARCHITECTURE = DOCS / "architecture.md"
RELIABILITY = DOCS / "reliability.md"
DECISIONS = sorted((DOCS / "decisions").glob("*.md"))
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]

INTRODUCTION = """\
# Errors

Whatever the contract at `/` refuses, it answers with a JSON body of this form. `error` is there if there is more to say
about this occasion.

```json
{
  "category": "TICKET",
  "category_code": "01",
  "code": "TICKET-01",
  "msg": "You cannot have this number of tickets. Ask for at least one, and for no more than there are.",
  "error": "3 tickets are available. Ask for no more, or join the waitlist."
}
```

The resource API at `/api`, and the paths beside it that begin with `/auth`, `/bookings`, `/concerts`, `/events` and
`/seats`, answer with problem details (RFC 9457) that carry the same category and code. `title` says what is wrong;
`detail` adds what is particular to this occasion, or else what to do. `instance` names the request.

```json
{
  "type": "/docs/errors#ticket-01",
  "title": "You cannot have this number of tickets.",
  "status": 400,
  "detail": "3 tickets are available. Ask for no more, or join the waitlist.",
  "instance": "urn:booked:request:5d0f0c3e9a1b-7",
  "category": "TICKET",
  "category_code": "01",
  "code": "TICKET-01"
}
```

Rely on `code` and on the HTTP status, not on the sentences. A 401 carries `WWW-Authenticate: Bearer`, a 405 the methods
that are allowed, and a 503 `Retry-After`. A 429 carries that too, and a `RateLimit-Policy` that names the limit:
`lapsed-reservations` is [the cool-down](settings.md#the-cool-down). Every reply has a header `X-Request-Id`, which also
stands in the log. USER-06 has a sentence of its own where the user's role has changed since the token was issued.

| Code | Status at `/` | Status at `/api` | When | What to do |
|---|---|---|---|---|
"""


def page() -> str:
    return INTRODUCTION + "".join(_row(error) for error in catalogue())


def _row(error: type[BookedError]) -> str:
    when, _, advice = _plain(error.message).partition(". ")
    code, at_root = f"{error.category}-{error.number}", booked.CONTRACT.status_of(error)
    return f"| {code} | {at_root} | {STATUSES[error]} | {when.rstrip('.')} | {advice} |\n"


def _plain(text: str) -> str:
    """Text that Markdown shows as it stands."""
    return text.replace("<", "&lt;").replace(">", "&gt;").replace("|", "\\|")


def links(path: Path) -> Iterator[tuple[str, str]]:
    """The relative links of a page: a file, empty for the page itself, and a heading, empty for none."""
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
        if "://" not in target:
            file, _, heading = target.partition("#")
            yield file, heading


def anchors(path: Path) -> set[str]:
    """What the headings of a page are called in links to them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_docs_errors_lists_every_error_as_it_is() -> None:
    assert PAGE.read_text() == page(), "docs/errors.md is not up to date: python -m tests.test_docs"


def test_every_error_has_a_code_of_its_own_and_a_status() -> None:
    codes = [(error.category, error.number) for error in catalogue()]

    assert len(set(codes)) == len(codes)
    assert set(STATUSES) == set(catalogue())


def test_the_example_of_an_error_is_an_answer_that_booked_gives() -> None:
    [error] = [error for error in catalogue() if (error.category, error.number) == ("TICKET", "01")]

    examples = re.findall(r"```json\n(.+?)```", INTRODUCTION, re.DOTALL)
    detailed = too_few(3)
    assert [json.loads(example) for example in examples] == [
        msgspec.to_builtins(ErrorBody.of(detailed)),
        msgspec.to_builtins(Problem.of(detailed, STATUSES[error], "5d0f0c3e9a1b-7")),
    ]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(path: Path) -> None:
    for file, heading in links(path):
        target = (path.parent / file).resolve() if file else path
        assert target.exists(), f"{file} is not there"
        assert not heading or heading in anchors(target), f"{file} has no heading #{heading}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_path_that_is_named_exists(path: Path) -> None:
    named = re.findall(r"`((?:src|tests|docs|migrations|adapters|domain|ports)/[\w./-]*)`", path.read_text())

    missing = [name for name in named if not any((root / name).exists() for root in (ROOT, ROOT / "src" / "booked"))]

    assert not missing


def test_decisions_are_numbered_without_a_gap_and_each_says_why() -> None:
    assert [path.name[:4] for path in DECISIONS] == [f"{number:04}" for number in range(1, len(DECISIONS) + 1)]
    for number, path in enumerate(DECISIONS, start=1):
        headings = re.findall(r"^#+ .+$", path.read_text(), re.MULTILINE)
        assert headings[0].startswith(f"# {number}. ")
        assert headings[1:] == ["## Context", "## Decision", "## Consequences"], path.name


def test_the_architecture_names_every_decision() -> None:
    named = {file for file, _ in links(ARCHITECTURE)}

    assert {f"decisions/{path.name}" for path in DECISIONS} <= named


def test_the_architecture_names_the_keys_that_the_scripts_use() -> None:
    key = re.compile(r"^(?:-- +|\| `)(?:KEYS\[1\] +)?([a-z]+:\{<event>\}(?::<\w+>)?)", re.MULTILINE)
    prelude = (ROOT / "src/booked/adapters/redis/scripts/prelude.lua").read_text()

    assert set(key.findall(ARCHITECTURE.read_text())) == set(key.findall(prelude))


def test_every_proof_under_fire_has_its_row() -> None:
    rows = re.findall(r"^\| `([\w-]+)` \| ([^|]+) \|", RELIABILITY.read_text(), re.MULTILINE)

    assert rows == [(proof.name, proof.promise) for proof in PROOFS]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
