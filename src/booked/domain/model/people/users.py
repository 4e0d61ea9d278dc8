"""People: who they are, what they may do, and what an e-mail address, a name and a password must look like."""

import re
import unicodedata
from collections.abc import Mapping
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
from booked.domain.model.text import is_invisible, require_plain, require_text

NAME_LENGTH = 200
EMAIL_LENGTH = 254  # RFC 5321 section 4.5.3.1.3, less the angle brackets
LABEL_LENGTH = 63  # RFC 1035 section 2.3.4
PASSWORD_BYTES = 1024

# One @, something on both sides, no white space: whether mail arrives is for mail to find out.
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_ENCODED = "xn--"


class Role(StrEnum):
    """What a user may do. Each role includes the ones before it."""

    USER = "user"
    ORGANIZER = "organizer"
    ADMIN = "admin"

    def includes(self, other: "Role") -> bool:
        roles = list(Role)
        return roles.index(self) >= roles.index(other)


@dataclass(frozen=True, slots=True)
class User:
    """Somebody with an account. Either name may be empty; a single name is the first name."""

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
        """Return what to call them: their names or, without any, the part of their address before the @."""
        return name_of(self.first_name, self.last_name, self.email)


@dataclass(frozen=True, slots=True)
class Voided:
    """Whose tokens were voided, as read at one moment."""

    lowest_valid: Mapping[UserId, int]
    """Token versions."""
    read_at: datetime
    mark: int
    """What is recorded later is to be asked for from here on."""
    expired_at: datetime
    """From this moment on, none of the tokens would be good anyway."""


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


def name_of(first_name: str, last_name: str, email: str) -> str:
    """Return what to call somebody: their names or, without any, the part of their address before the @."""
    return f"{first_name} {last_name}".strip() or email.partition("@")[0]


def email_key(email: str) -> str:
    """Return what makes two addresses the same one: look-alikes do not make second accounts.

    NFKC, simple case folding (which keeps ß apart from ss) and domains as people read them, not as DNS writes them.
    """
    local, at, domain = _folded(email).rpartition("@")
    return local + at + ".".join(map(_as_read, domain.split(".")))


def former_email_key(email: str) -> str:
    """Return the key given to accounts before 0.1: NFKC and full case folding."""
    return unicodedata.normalize("NFKC", email).casefold()


def require_email(email: str) -> str:
    """Return an address a new account may have, without the space around it."""
    trimmed = require_known_email(email)
    key = email_key(trimmed)
    # What mail programs show or deliver like another address must not make a second account.
    if not _EMAIL.fullmatch(trimmed) or key.endswith(".") or "\N{IDEOGRAPHIC FULL STOP}" in key:
        raise InvalidEmail
    domain = key.rpartition("@")[2]
    if any(label.startswith(_ENCODED) for label in domain.split(".")) or any(map(is_invisible, key)):
        raise InvalidEmail
    return trimmed


def require_known_email(email: str) -> str:
    """Return an address to look for: accounts may be older than the rules for new ones."""
    if not email.strip():
        raise EmptyEmail
    return require_text(email, InvalidEmail, "e-mail address", EMAIL_LENGTH)


def _folded(text: str) -> str:
    folds = ((character, character.casefold()) for character in unicodedata.normalize("NFKC", text))
    return "".join(fold if len(fold) == 1 else character.lower() for character, fold in folds)


def _as_read(label: str) -> str:
    """Return a label of a domain in Unicode (RFC 5891), or as it is where what it encodes is nothing to read."""
    if not label.startswith(_ENCODED) or len(label) > LABEL_LENGTH:
        return label
    encoded = label.removeprefix(_ENCODED)
    try:
        text = encoded.encode("ascii").decode("punycode")
        # Each has one encoding, and needs one; those that have another are made to deceive.
        if text.isascii() or not text.isprintable() or text.encode("punycode").decode() != encoded:
            return label
    except UnicodeError:
        return label
    return _folded(text)


def require_name(name: str) -> str:
    return require_text(name, EmptyName, "name", NAME_LENGTH)


def require_part_of_name(part: str) -> str:
    """Return a first or last name, which may be empty."""
    return require_plain(part.strip(), EmptyName, "name", NAME_LENGTH)


def require_password(password: str, shortest: int) -> str:
    """Return the password unchanged, or refuse it before any costly hashing; `shortest` counts characters."""
    if not password:
        raise EmptyPassword
    if len(password) < shortest:
        raise PasswordRefused(f"The password is shorter than {shortest} characters.")
    return require_hashable(password)


def require_hashable(password: str) -> str:
    """Return the password unchanged if it could ever have been chosen."""
    if not password:
        raise EmptyPassword
    if "\0" in password or any("\ud800" <= character <= "\udfff" for character in password):
        raise PasswordRefused("The password contains characters that cannot be used.")
    if len(password.encode()) > PASSWORD_BYTES:
        raise PasswordRefused(f"The password is longer than {PASSWORD_BYTES} bytes.")
    return password


def require_role(user: User, needed: Role) -> None:
    if not user.role.includes(needed):
        raise NotAnAdmin(f"This needs the role {needed}. Log in with an account that has it.")
