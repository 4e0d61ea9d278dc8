"""An application with people and nothing else behind it."""

import json
from dataclasses import dataclass, fields, replace
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import httpx

from booked.adapters.security import JwtTokens
from booked.adapters.system.clock import SystemClock
from booked.asgi import CONTRACTS
from booked.domain.model.ids import UserId
from booked.domain.model.people.users import Identity, Role, User, Voided, require_role
from booked.domain.services.wiring import Services
from tests.builders import NONE_VOIDED
from tests.http.conftest import nothing_behind
from tests.http.office import TOKEN_TTL
from tests.http.shared import sample
from tests.http.shared.sample import ALL
from tests.wiring import SECRET

Headers = dict[str, str]

SAMPLES = "/api/v1/samples/"
ONE = f"{SAMPLES}{ALL[0].id}/"
NEW = {"at": "2026-11-20T20:30:00+01:00", "price": "49.9", "currency": "EUR"}

WITH_SAMPLES = (*CONTRACTS, sample.CONTRACT)


@dataclass(frozen=True)
class Lobby:
    """A client of the application, and how somebody of each role says who they are."""

    http: httpx.AsyncClient
    ann: Headers
    organizer: Headers
    admin: Headers


def people_only() -> tuple[Services, dict[Role, Headers]]:
    """Return services that know somebody of every role, and how each of them says who they are."""
    tokens = JwtTokens(SECRET, TOKEN_TTL, SystemClock())
    users = {role: user(role) for role in Role}
    known = {user.id: user for user in users.values()}

    async def confirm(identity: Identity, needed: Role) -> User:
        require_role(known[identity.user_id], needed)
        return known[identity.user_id]

    async def none_voided(_: Voided | None) -> Voided:
        return NONE_VOIDED

    accounts: Any = SimpleNamespace(voided_tokens=none_voided, require_role=confirm)
    bearers = {role: {"Authorization": f"Bearer {tokens.issue(user)}"} for role, user in users.items()}
    return replace(nothing_behind(), accounts=accounts, tokens=tokens), bearers


def user(role: Role) -> User:
    made: dict[str, Any] = {field.name: "" for field in fields(User)}
    return User(**{**made, "id": UserId(str(uuid4())), "role": role, "token_version": 0})


async def post(lobby: Lobby, body: Any, *headers: tuple[str, str], path: str = SAMPLES) -> httpx.Response:
    """Let Ann make a sample: bytes as they are, but called JSON, and anything else as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = in_bytes([*lobby.ann.items(), ("Content-Type", "application/json"), *headers])
    return await lobby.http.post(path, content=content, headers=sent)


def in_bytes(headers: list[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers]
