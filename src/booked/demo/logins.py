"""Accounts of people who do not exist, with passwords nobody can guess."""

import base64
import hmac
import re
from contextlib import AbstractContextManager
from dataclasses import dataclass

from booked.domain.model.people.users import Role
from booked.ports.security import Hashing, PasswordHasher


@dataclass(frozen=True, slots=True)
class Login:
    name: str
    email: str
    password: str
    role: Role


@dataclass(frozen=True, slots=True)
class SharedPassword:
    """Everybody's password, hashed once: that takes longer than anything else about an account."""

    hasher: PasswordHasher
    password_hash: str

    def place(self) -> AbstractContextManager[Hashing]:
        return self.hasher.place()

    async def hash(self, password: str) -> str:  # noqa: ARG002 - it is always the same one
        return self.password_hash

    async def verify(self, password: str, password_hash: str | None) -> bool:
        return await self.hasher.verify(password, password_hash)


def password_of(secret: str, whose: str) -> str:
    """Return somebody's password, always the same: it is derived from the secret that signs tokens."""
    digest = hmac.digest(secret.encode(), whose.encode(), "sha256")
    letters = base64.b32encode(digest).decode().lower()
    return "-".join(re.findall("....", letters)[:4])
