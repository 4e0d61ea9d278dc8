"""Right, odd and damaged requests: made from routes, examples and odd values."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from tests.torture.fuzz_surface import Operation, Seen
from tests.torture.fuzz_values import altered, damaged, encoded, text

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "get", "PROPFIND", "BREW"]
MEDIA_TYPES = [
    "text/plain",
    "application/xml",
    "multipart/form-data; boundary=x",
    "application/json; charset=utf-16",
    "*",
]
COMMON = ["limit", "cursor", "timestamp", "id", "q", "status", "next", "page", "user_id"]
ACCEPTED = ["text/html", "text/html", "application/json", "text/csv", "*/*;q=x", "*/*;q=inf", "text/csv;q=1e999"]
LANGUAGES = ["de", "en", "de-AT,de;q=0.9", "*", ";q=", "x" * 300, "q=1e999"]
ADDRESSES = ["203.0.113.7", "::1", "203.0.113.7, 10.0.0.1", "unknown", "1" * 300]
# What takes as long as a hundred other requests comes less often.
HASHING = re.compile("login|register|jwt/create|auth/token|password")
KEYS = [f"key-{number}" for number in range(20)]


@dataclass(frozen=True, slots=True)
class Person:
    """Who sends a request: with a token, the cookie of a session, an API key, or with nothing."""

    token: str = ""
    session: str = ""
    api_key: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent. If it `ends_early`, the client sends no more; if it is `torn`, no server can tell where it ends."""

    operation: Operation
    content: bytes
    method: str = "GET"
    ends_early: bool = False
    torn: bool = False

    @property
    def has_body(self) -> bool:
        return bool(self.content.partition(b"\r\n\r\n")[2])


@dataclass(slots=True)
class Maker:
    """Makes requests, by choices that a seed determines."""

    operations: Sequence[Operation]
    people: Sequence[Person]
    seen: Seen
    choices: random.Random

    def make(self) -> Request:
        choices = self.choices
        operation, fields = choices.choice(self.operations), None
        if HASHING.search(operation.path) and choices.random() < 0.9:
            operation = choices.choice(self.operations)
        path = self.seen.path(operation.path, choices)
        if self.seen.forms and choices.random() < 0.12:
            path = choices.choice([form for form in self.seen.forms if not HASHING.search(form)] or ["/language"])
            fields = self.seen.forms.get(path, [])
            operation = Operation("POST", path, is_form=True, body={})
        method = operation.method if choices.random() < 0.93 else choices.choice(METHODS)
        body = self._body(operation, fields)
        target = self._target(path, operation)
        headers = self._headers(operation, path)
        if body is not None:
            headers += [("Content-Type", self._media_type(operation))]
        return self._framed(operation, method, target, headers, body)

    def _body(self, operation: Operation, fields: list[tuple[str, str]] | None) -> bytes | None:
        choices = self.choices
        if operation.body is None and fields is None:
            return None if choices.random() < 0.97 else encoded({"count": 1})
        if operation.is_form:
            pairs = fields if fields is not None else [*operation.body.items()]
            if choices.random() < 0.6:
                pairs = [self._pair(*pair) for pair in pairs]
            content = urlencode(pairs, errors="surrogatepass").encode()
        else:
            body = self.seen.filled(operation.body, choices)
            for _ in range(choices.choice([0, 0, 1, 1, 2, 4])):
                body = altered(body, choices)
            content = encoded(body)
        return damaged(content, choices) if choices.random() < 0.05 else content

    def _pair(self, name: str, value: str) -> tuple[str, str]:
        """Return a field of a form as it is, filled in, or made odd."""
        kind = self.choices.randrange(6)
        if kind < 2:
            return name, value or text(self.choices)
        if kind == 2:
            return name, str(self.choices.choice([0, 1, 2, 10, 2**63]))
        if kind == 3:
            return name, text(self.choices)
        return name, value

    def _target(self, path: str, operation: Operation) -> bytes:
        choices = self.choices
        target = quote(path, safe="/" if choices.random() < 0.98 else "/%?#", errors="surrogatepass")
        if choices.random() < 0.03:
            place = choices.randrange(len(target) + 1)
            odd = choices.choice(
                ["//", "/..;/", "%2f", "%00", "%ff", "%", "/../", "%0d%0a", "?", "#", ";a=b", "x" * 9_000]
            )
            target = target[:place] + odd + target[place:]
        if not target.startswith("/"):
            target = "/" + target
        names = [name for name in operation.query if choices.random() < 0.3]
        if choices.random() < 0.05:
            names.append(choices.choice(COMMON))
        if choices.random() < 0.02:
            names *= 2
        if names:
            target += "?" + "&".join(f"{quote(name)}={self._query_value(name)}" for name in names)
        return target.encode("ascii")

    def _query_value(self, name: str) -> str:
        if name.endswith("id") or name in {"event", "venue"}:
            return quote(self.seen.id_for(name, self.choices), errors="surrogatepass")
        kind = self.choices.randrange(6)
        if kind == 0:
            return str(self.choices.choice([1, 2, 5, 100, 0, -1, 2**63, 10**30]))
        if kind == 1:
            return self.choices.choice(["%ff", "%00", "%", "5?timestamp=7", "%ed%a0%80", "9" * 5_000, "+", "true"])
        return quote(text(self.choices), errors="surrogatepass")

    def _headers(self, operation: Operation, path: str) -> list[tuple[str, str]]:
        choices, person = self.choices, self.choices.choice(self.people)
        page = operation.is_form or not path.startswith("/api")
        headers = [
            ("Host", "127.0.0.1" if choices.random() < 0.98 else choices.choice(["", "a b", "evil.example:99999", "ä"]))
        ]
        if person.token and (not page or choices.random() < 0.7):
            token = (
                person.token if choices.random() < 0.97 else choices.choice([text(choices), person.token[:-3], "a.b.c"])
            )
            headers.append(("Authorization", f"Bearer {token}"))
        if person.api_key:
            headers.append(("X-API-Key", person.api_key if choices.random() < 0.95 else text(choices)))
        if page and person.session:
            headers += [("Cookie", person.session), ("Sec-Fetch-Site", "same-origin")]
        if page or choices.random() < 0.2:
            headers.append(("Accept", choices.choice(ACCEPTED)))
        for name in operation.headers:
            if choices.random() < (0.8 if name == "If-Match" else 0.3):
                headers.append((name, self._header_value(name)))
        if choices.random() < 0.05:
            headers.append(self._odd_header())
        return headers

    def _header_value(self, name: str) -> str:
        if name == "Idempotency-Key":
            return self.choices.choice([*KEYS, str(self.choices.random()), text(self.choices)])
        return self.choices.choice(['"1"', '"2"', "*", 'W/"1"', text(self.choices), *self.seen.tags[-20:]])

    def _odd_header(self) -> tuple[str, str]:
        choices = self.choices
        return choices.choice(
            [
                ("Accept-Language", choices.choice(LANGUAGES)),
                ("X-Forwarded-For", choices.choice(ADDRESSES)),
                ("X-HTTP-Method-Override", "DELETE"),
                ("X-EMAIL", "admin@example.com"),
                ("X-Request-Id", text(choices)),
                ("Range", "bytes=0-"),
                ("Last-Event-ID", text(choices)),
                ("Content-Encoding", choices.choice(["gzip", "identity", "x"])),
                ("Accept-Encoding", choices.choice(["gzip", "br;q=0", "*;q=x"])),
                ("Referer", choices.choice(["http://[", "http://127.0.0.1/my", text(choices)])),
                ("Origin", choices.choice(["null", "https://evil.example", "http://[", "http://127.0.0.1"])),
                ("Cookie", f"session={text(choices)}; language={text(choices)}; notice={text(choices)}"),
                ("Authorization", choices.choice(["Basic YTpi", "Bearer", "Bearer " + "x." * 3_000])),
            ]
        )

    def _media_type(self, operation: Operation) -> str:
        if self.choices.random() < 0.03:
            return self.choices.choice(MEDIA_TYPES)
        return "application/x-www-form-urlencoded" if operation.is_form else "application/json"

    def _framed(
        self, operation: Operation, method: str, target: bytes, headers: list[tuple[str, str]], body: bytes | None
    ) -> Request:
        """Put a request together, mostly with the length that its body has."""
        choices, ends_early, torn = self.choices, False, False
        content = body or b""
        framing = choices.random()
        if framing < 0.04 and content:
            headers.append(("Transfer-Encoding", "chunked"))
            content = b"%x\r\n%s\r\n0\r\n\r\n" % (len(content), content)
        elif framing < 0.043 and content:
            headers.append(("Content-Length", str(len(content) + choices.choice([1, 500, 10**12]))))
            ends_early = True
        elif body is not None or method in {"POST", "PUT", "PATCH"}:
            headers.append(("Content-Length", str(len(content))))
        head = method.encode() + b" " + target + b" HTTP/1.1\r\n"
        head += b"".join(b"%s: %s\r\n" % (name.encode(), _field(value)) for name, value in headers)
        if choices.random() < 0.004:
            head, torn = damaged(head, choices), True
        return Request(operation, head + b"\r\n" + content, method, ends_early, torn)


def _field(value: str) -> bytes:
    """Return a value of a header field as bytes that HTTP allows there."""
    return bytes(byte for byte in value.encode("utf-8", "replace") if byte >= 32 and byte != 127).strip()
