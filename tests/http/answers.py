"""What every refusal must look like, whatever was sent."""

import httpx

from booked.adapters.http.contracts.contract import contract_at
from booked.adapters.http.responses.error_bodies import Problem
from booked.asgi import CONTRACTS

MOST_BYTES = 2048
MOST_ECHOED = 64  # characters


def code_of(reply: httpx.Response) -> str:
    body = reply.json()
    return f"{body['category']}-{body['category_code']}"


def assert_refused(reply: httpx.Response, status: int, code: str, sent: str = "") -> None:
    """A refusal with this status and code, of the documented form, that repeats no long piece of what was sent."""
    assert (reply.status_code, code_of(reply)) == (status, code), reply.text
    body = reply.json()
    assert set(body) - {"error"} == {"category", "category_code", "code", "msg"}
    assert body["code"] == code
    assert all(isinstance(value, str) and value for value in body.values())
    assert reply.headers["Content-Type"] == "application/json"
    assert_harmless(reply, status, sent)


def assert_problem(reply: httpx.Response, status: int, code: str, sent: str = "") -> None:
    """The same of a refusal in the form of problem details."""
    assert (reply.status_code, code_of(reply)) == (status, code), reply.text
    body = reply.json()
    assert set(body) == {"type", "title", "status", "detail", "instance", "category", "category_code", "code"}
    assert body["code"] == code
    assert body["status"] == status
    assert body["type"] == f"/docs/errors#{code.lower()}"
    assert body["instance"] == f"urn:booked:request:{reply.headers['X-Request-Id']}"
    assert all(isinstance(value, str) and value for key, value in body.items() if key != "status")
    assert body["title"] not in body["detail"]
    assert body["detail"] not in body["title"]
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert_harmless(reply, status, sent)


def answers_problems(path: str) -> bool:
    """Tell whether errors at a path are problem details."""
    return contract_at(path, CONTRACTS).error_body is Problem


def assert_refused_there(reply: httpx.Response, status: int, code: str, sent: str = "") -> None:
    """A refusal in the form of the contract whose path was asked."""
    in_form = assert_problem if answers_problems(reply.request.url.path) else assert_refused
    in_form(reply, status, code, sent)


def assert_harmless(reply: httpx.Response, status: int, sent: str) -> None:
    """A refusal that is short, gives nothing away and has the headers of its status."""
    assert len(reply.content) <= MOST_BYTES
    assert "Traceback" not in reply.text
    assert_protected(reply)
    pieces = (sent[start : start + MOST_ECHOED + 1] for start in range(len(sent) - MOST_ECHOED))
    assert not any(piece in reply.text for piece in pieces)
    if status == 401:
        assert reply.headers["WWW-Authenticate"] == "Bearer"
    if status == 503:
        assert int(reply.headers["Retry-After"]) >= 1


def assert_protected(reply: httpx.Response) -> None:
    """The headers that every answer to a single person has."""
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.headers["Vary"] == "Authorization"
    assert len(reply.headers.get_list("X-Request-Id")) == 1
