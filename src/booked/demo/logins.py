"""Accounts of people who do not exist, with passwords nobody can guess."""

import base64
import hmac
import re
from dataclasses import dataclass

from booked.domain.model.people.users import Role


@dataclass(frozen=True, slots=True)
class Login:
    name: str
    email: str
    password: str
    role: Role


def password_of(secret: str, whose: str) -> str:
    """Return somebody's password, always the same: it is derived from the secret that signs tokens."""
    digest = hmac.digest(secret.encode(), whose.encode(), "sha256")
    letters = base64.b32encode(digest).decode().lower()
    return "-".join(re.findall("....", letters)[:4])
