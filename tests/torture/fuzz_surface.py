"""What can be asked of Booked: the routes of its document and of its pages, and what earlier answers named."""

import json
import random
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from litestar import Litestar
from litestar.routes import HTTPRoute

from booked.adapters.http import create_app
from booked.asgi import CONTRACTS
from booked.domain.services.wiring import Services
from tests.torture.fuzz_values import FUTURE, text

KEPT = 200  # ids of a kind, forms, tags
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME = re.compile(r"20\d\d-\d\d-\d\dT")
_NAMED = re.compile(r'"(\w*id|tickets|seats|ticket_ids)":\s*(?:"([0-9a-f-]{36})"|\[((?:"[0-9a-f-]{36}",?\s*)+)\])')
_FORM = re.compile(r'<form[^>]* method="post"[^>]* action="([^"]+)"[^>]*>(.*?)</form>', re.DOTALL)
_FIELD = re.compile(r'<(?:input|select|textarea|button)[^>]* name="([^"]+)"(?:[^>]* value="([^"]*)")?')
_PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")
# What `id` means in an answer, by the last fixed part of the path.
KINDS = {
    "reservations": "reservation_id", "bookings": "booking_id", "events": "event_id", "event": "event_id",
    "users": "user_id", "me": "user_id", "organizations": "organization_id", "categories": "category_id",
    "venues": "venue_id", "waitlist": "entry_id", "tickets": "ticket_type_id", "seats": "seat_id",
    "concerts": "event_id", "search": "event_id", "copy": "event_id", "members": "user_id",
}  # fmt: skip
# Names under which the same kind of id goes elsewhere.
SAME = {
    "tickets": "seat_id",
    "seats": "seat_id",
    "ticket_ids": "seat_id",
    "concert_id": "event_id",
    "event": "event_id",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """A method of a path. `body` is an example of what it takes, None where it takes nothing."""

    method: str
    path: str
    query: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    body: Any = None
    is_form: bool = False

    @property
    def kind(self) -> str:
        fixed = [part for part in self.path.split("/") if part and "{" not in part]
        return KINDS.get(fixed[-1], "") if fixed else "event_id"


def operations() -> list[Operation]:
    """Return all that the application answers, as its own document and its routes tell."""
    app = create_app(_never, CONTRACTS)
    found = [*_documented(app.state["openapi"]())]
    known = {(operation.method, operation.path.rstrip("/")) for operation in found}
    found += [one for one in _routed(app) if (one.method, _PARAMETER.sub(r"{\1}", one.path).rstrip("/")) not in known]
    return found


@asynccontextmanager
async def _never() -> AsyncIterator[Services]:
    raise AssertionError("this application is looked at, and not served")
    yield


def _documented(document: bytes) -> Iterator[Operation]:
    for path, methods in json.loads(document)["paths"].items():
        for method, described in methods.items():
            parameters = described.get("parameters", [])
            named = {
                place: tuple(one["name"] for one in parameters if one["in"] == place) for place in ("query", "header")
            }
            body, is_form = None, False
            for media_type, content in described.get("requestBody", {}).get("content", {}).items():
                body, is_form = content["example"], "form" in media_type
            yield Operation(method.upper(), path, named["query"], named["header"], body, is_form)


def _routed(app: Litestar) -> Iterator[Operation]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for method in sorted(route.methods - {"OPTIONS"}):
                yield Operation(method, route.path, is_form=method == "POST", body={} if method == "POST" else None)


@dataclass(slots=True)
class Seen:
    """Ids, forms and tags in answers. They make the next questions less easy to refuse."""

    ids: dict[str, list[str]] = field(default_factory=dict)
    forms: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)

    def learn(self, operation: Operation, headers: Mapping[str, str], content: bytes, choices: random.Random) -> None:
        """Remember what an answer that was no refusal names."""
        if "etag" in headers:
            _keep(self.tags, headers["etag"], choices)
        answer = content.decode("utf-8", "replace")
        if "html" in headers.get("content-type", ""):
            for action, inside in _FORM.findall(answer):
                fields = [(name, unescape(value)) for name, value in _FIELD.findall(inside)]
                if len(self.forms) > KEPT:
                    del self.forms[choices.choice([*self.forms])]
                self.forms[unescape(action)] = fields
            return
        for name, one, many in _NAMED.findall(answer[:20_000]):
            kind = operation.kind if name == "id" else SAME.get(name, name)
            for id_ in UUID.findall(one or many):
                _keep(self.ids.setdefault(kind, []), id_, choices)

    def id_for(self, name: str, choices: random.Random) -> str:
        """Return an id: mostly of the kind that a parameter of this name takes, and sometimes none at all."""
        own = self.ids.get(SAME.get(name, name))
        if own and choices.random() < 0.8:
            return choices.choice(own)
        if self.ids and choices.random() < 0.7:
            return choices.choice(self.ids[choices.choice([*self.ids])])
        return text(choices)

    def filled(self, value: Any, choices: random.Random, name: str = "") -> Any:
        """Return an example with real ids and future times in it."""
        if isinstance(value, dict):
            return {key: self.filled(each, choices, key) for key, each in value.items()}
        if isinstance(value, list):
            return [self.filled(each, choices, name) for each in value]
        if isinstance(value, str) and UUID.fullmatch(value):
            return self.id_for("event_id" if name == "id" else name, choices)
        if isinstance(value, str) and TIME.match(value):
            return FUTURE
        if name in {"email", "name"} and choices.random() < 0.5:
            return f"{choices.randrange(10**9)}@example.com"
        return value

    def path(self, template: str, choices: random.Random) -> str:
        """Return a path with its parameters filled in."""

        def fill(parameter: re.Match[str]) -> str:
            if parameter[0].endswith(":int}"):
                return str(choices.choice([0, 1, 1, 2, -1, 2**63, "x"]))
            return self.id_for(parameter[1], choices)

        return _PARAMETER.sub(fill, template)


def _keep(kept: list[Any], new: Any, choices: random.Random) -> None:
    if len(kept) < KEPT:
        kept.append(new)
    else:
        kept[choices.randrange(KEPT)] = new
