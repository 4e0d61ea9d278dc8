"""People: who they are, what they may do, and what an e-mail address, a name and a password must look like."""

import re
import unicodedata
from dataclasses import dataclass
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
from booked.domain.model.text import require_text

NAME_LENGTH = 200
EMAIL_LENGTH = 254  # RFC 5321 section 4.5.3.1.3, less the angle brackets
PASSWORD_BYTES = 1024

# One @, something on both sides, no white space: whether mail arrives is for mail to find out.
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


class Role(StrEnum):
    USER = "user"
    ORGANIZER = "organizer"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class User:
    id: UserId
    name: str
    email: str
    password_hash: str
    role: Role
    token_version: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewUser:
    id: UserId
    name: str
    email: str
    password_hash: str
    role: Role


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
    if not _EMAIL.fullmatch(trimmed):
        raise InvalidEmail
    return trimmed


def require_name(name: str) -> str:
    return require_text(name, EmptyName, "name", NAME_LENGTH)


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


def require_admin(user: User) -> None:
    if user.role is not Role.ADMIN:
        raise NotAnAdmin
