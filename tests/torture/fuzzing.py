"""Made-up requests, right ones, odd ones and damaged ones: each gets an answer, and none is a fault."""

import asyncio
import re
from collections import Counter
from dataclasses import dataclass, field
from uuid import uuid4

import uvloop

from tests.http.answers import MOST_BYTES
from tests.torture.calls import Caller, Reply
from tests.torture.fuzz_requests import Maker, Person, Request
from tests.torture.fuzz_surface import Operation, Seen, operations
from tests.torture.fuzz_wire import Answer, Client
from tests.torture.offices import Office, box_office
from tests.torture.proofs import Proof, Trial
from tests.torture.server import ANY_TEXT

CONNECTIONS = 48
A_ROUND = 5_000  # requests, after which other people come: some have lost their rights by then
FOUND_WITHIN = 40_000  # requests, in which a fault is found
# How fast stores are on a busy machine is not the question here.
SETTINGS = {
    "BOOKED_LOG_LEVEL": "error",
    "BOOKED_BODY_TIMEOUT": "1",
    "BOOKED_DATABASE_TIMEOUT": "60",
    "BOOKED_REDIS_TIMEOUT": "60",
}
WORKER_ENDED = "Unexpected exit"  # as granian writes it
PASSWORD = "correct horse battery staple"
ROLES = ["admin", "admin", "organizer", "organizer", "user", "user", "user", "user"]


@dataclass(slots=True)
class Findings:
    """How often each status was answered, and by how many operations something was done."""

    statuses: Counter[int] = field(default_factory=Counter)
    done: set[tuple[str, str]] = field(default_factory=set)


def fuzz(trial: Trial) -> None:
    findings = uvloop.run(_fuzzed(trial))
    statuses = findings.statuses
    trial.figures["statuses"] = ", ".join(f"{status}: {statuses[status]:,}" for status in sorted(statuses))
    known = {(operation.method, operation.path) for operation in operations()}
    trial.figures["operations that did something"] = f"{len(findings.done & known)} of {len(known)}"
    faulty = Trial(FOUND_WITHIN, trial.seconds, trial.seed)
    uvloop.run(_fuzzed(faulty, fault=ANY_TEXT))
    trial.controlled(ANY_TEXT, bool(faulty.violations), f"within {faulty.done:,} requests")
    for path in faulty.violations:
        path.unlink()


async def _fuzzed(trial: Trial, fault: str = "") -> Findings:
    """Send requests until the goal is reached or one of them was not answered as it should."""
    findings, everything = Findings(), operations()
    async with box_office(SETTINGS, without=[fault] if fault else []) as office:
        while trial.goes_on and not trial.violations:
            first = trial.done
            people, seen = await _newcomers(office), Seen()
            last = min(trial.goal, first + A_ROUND)

            async def send(number: int, first: int = first, last: int = last) -> None:
                choices = trial.random("fuzzing", first, number)
                maker, client = Maker(everything, people, seen, choices), Client(office.port)  # noqa: B023
                while trial.done < last and trial.goes_on and not trial.violations:
                    trial.advance()
                    await _sent(maker, client, trial, office, findings)
                client.close()

            await asyncio.gather(*map(send, range(CONNECTIONS)))
            lines = office.last_lines()
            if any(WORKER_ENDED in line for line in lines):
                trial.violated("a process of the server ended", log=lines)
    return findings


async def _sent(maker: Maker, client: Client, trial: Trial, office: Office, findings: Findings) -> None:
    request = maker.make()
    try:
        answer = await client.ask(request)
    except (OSError, EOFError, TimeoutError, ValueError) as failure:
        if not (request.torn or request.ends_early) or isinstance(failure, TimeoutError):
            trial.violated("no answer", failure=repr(failure), **_shown(request), log=office.last_lines())
        return
    findings.statuses[answer.status] += 1
    if wrong := _wrong(answer):
        facts = {"status": answer.status, "answer": answer.content[:4_000].decode("latin-1")}
        trial.violated(wrong, **facts, **_shown(request), log=office.last_lines())
    if answer.status < 300:
        findings.done.add((request.method, request.operation.path))
        maker.seen.learn(request.operation, answer.headers, answer.content, maker.choices)


def _wrong(answer: Answer) -> str:
    """Return what is wrong with an answer, or nothing."""
    if answer.status >= 500:
        return "a fault"
    if answer.status < 400 or not answer.content:
        return ""
    if b"Traceback" in answer.content:
        return "a refusal shows where it was raised"
    if "json" in answer.headers.get("content-type", "") and len(answer.content) > MOST_BYTES:
        return "a refusal is too long"
    if "x-request-id" not in answer.headers or answer.headers.get("x-content-type-options") != "nosniff":
        return "a refusal lacks its headers"
    return ""


def _shown(request: Request) -> dict[str, str]:
    """Return what is needed to send a request again: its bytes, as Latin-1."""
    return {"request": request.content.decode("latin-1")}


async def _newcomers(office: Office) -> list[Person]:
    """Return people of each role with tokens and sessions, somebody with an API key, and somebody with nothing."""
    caller = office.caller("")
    people = [await _newcomer(office, caller, role) for role in ROLES]
    caller.close()
    _, api_key = await office.inside.api_keys.create(f"Fuzz {uuid4()}")
    return [*people, Person(api_key=api_key), Person()]


async def _newcomer(office: Office, caller: Caller, role: str) -> Person:
    email = f"{uuid4()}@example.com"
    login = {"email": email, "password": PASSWORD}
    registered = await caller.ask("POST", "/api/auth/register/", login)
    assert registered.is_ok, registered.body
    await office.rows("UPDATE users SET role = $2 WHERE email = $1", email, role)
    logged_in: Reply = await caller.ask("POST", "/api/auth/jwt/create/", login)
    assert logged_in.is_ok, logged_in.body
    return Person(logged_in.body["access"], await _session(office, email))


async def _session(office: Office, email: str) -> str:
    """Log in to the pages. Return the cookie."""
    form = f"email={email}&password={PASSWORD.replace(' ', '+')}&next=/".encode()
    head = b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nSec-Fetch-Site: same-origin\r\nContent-Length: %d\r\n" % len(
        form
    )
    kind = b"Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    client = Client(office.port)
    answer = await client.ask(Request(Operation("POST", "/login"), head + kind + form, "POST"))
    client.close()
    cookie = re.search(r"session=[^;]+", answer.headers.get("set-cookie", ""))
    assert cookie, answer
    return cookie[0]


PROOF = Proof(
    "fuzzing",
    "Whatever is sent gets an answer, and never a fault.",
    "requests",
    100_000,
    300,
    fuzz,
    full=1_000_000,
)
