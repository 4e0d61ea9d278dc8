"""People: who they are, what they may do, and what an e-mail address, a name and a password must look like."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from booked.domain.errors import (
    EmptyEmail,
    EmptyName,
    EmptyPassword,
    InvalidEmail,
    NotAnAdmin,
    PasswordRefused,
)
from booked.domain.model.ids import UserId
from booked.domain.model.text import require_plain, require_text

NAME_LENGTH = 200
EMAIL_LENGTH = 254  # RFC 5321 section 4.5.3.1.3, less the angle brackets
PASSWORD_BYTES = 1024

# One @, something on both sides, no white space: whether mail arrives is for mail to find out.
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


class Role(StrEnum):
    """What one may do. Each role may do whatever the ones before it may."""

    USER = "user"
    ORGANIZER = "organizer"
    ADMIN = "admin"

    def includes(self, other: "Role") -> bool:
        roles = list(Role)
        return roles.index(self) >= roles.index(other)


@dataclass(frozen=True, slots=True)
class User:
    """Somebody with an account. Either name may be empty; who goes by a single one has it as their first."""

    id: UserId
    first_name: str
    last_name: str
    email: str
    password_hash: str = field(repr=False)
    role: Role
    token_version: int
    created_at: datetime

    @property
    def name(self) -> str:
        """What to call them: by their names or, where they have none, by what stands before the @ of their address."""
        return f"{self.first_name} {self.last_name}".strip() or self.email.partition("@")[0]


@dataclass(frozen=True, slots=True)
class NewUser:
    id: UserId
    first_name: str
    last_name: str
    email: str
    password_hash: str = field(repr=False)
    role: Role


@dataclass(frozen=True, slots=True)
class NameChanges:
    """What somebody wants to be called from now on; None leaves a name as it is."""

    first_name: str | None = None
    last_name: str | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a verified token says its bearer is. The role in it is a hint; a privileged path asks the database."""

    user_id: UserId
    role: Role
    token_version: int


def email_key(email: str) -> str:
    """What makes two e-mail addresses the same one: NFKC and case folding, so that look-alikes cannot register."""
    return unicodedata.normalize("NFKC", email).casefold()


def require_email(email: str) -> str:
    if not email.strip():
        raise EmptyEmail
    trimmed = require_text(email, InvalidEmail, "e-mail address", EMAIL_LENGTH)
    key = email_key(trimmed)
    # What mail programs show or deliver like another address must not make a second account.
    if not _EMAIL.fullmatch(trimmed) or key.endswith(".") or "\N{IDEOGRAPHIC FULL STOP}" in key:
        raise InvalidEmail
    if any(map(_is_invisible, key)):
        raise InvalidEmail
    return trimmed


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) == "Cf"


def require_name(name: str) -> str:
    return require_text(name, EmptyName, "name", NAME_LENGTH)


def require_part_of_name(part: str) -> str:
    """A first or last name, which may be empty."""
    return require_plain(part.strip(), EmptyName, "name", NAME_LENGTH)


def require_password(password: str, shortest: int) -> str:
    """The password unchanged, or a refusal before any costly hashing is done; `shortest` counts characters."""
    if not password:
        raise EmptyPassword
    if len(password) < shortest:
        raise PasswordRefused(f"The password is shorter than {shortest} characters.")
    return require_hashable(password)


def require_hashable(password: str) -> str:
    """The password unchanged, if it is one that could ever have been chosen."""
    if not password:
        raise EmptyPassword
    if "\0" in password or any("\ud800" <= character <= "\udfff" for character in password):
        raise PasswordRefused("The password contains characters that cannot be used.")
    if len(password.encode()) > PASSWORD_BYTES:
        raise PasswordRefused(f"The password is longer than {PASSWORD_BYTES} bytes.")
    return password


def require_role(user: User, needed: Role) -> None:
    if not user.role.includes(needed):
        raise NotAnAdmin(f"This needs the role {needed}.")
