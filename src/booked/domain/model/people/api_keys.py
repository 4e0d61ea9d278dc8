"""API keys: what programs show in place of a login. Each is a counter, with guests of its own."""

import re
import secrets
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from booked.domain.errors import EmptyName
from booked.domain.model.ids import ApiKeyId, CounterId
from booked.domain.model.text import require_text

KEY_NAME_LENGTH = 200
SECRET_BYTES = 32
SHOWN = 9  # characters of a key by which people tell it from others; far more stay secret

# Recognisable wherever it turns up: in a log, a script, a repository.
MARK = "bk_"
_KEY = re.compile(rf"{MARK}[A-Za-z0-9_-]{{43}}")  # 32 bytes in base64url

# The counter of whoever has no key, where the box office is open to everybody. No key has this id.
OPEN_COUNTER = CounterId("00000000-0000-0000-0000-000000000000")


@dataclass(frozen=True, slots=True)
class NewApiKey:
    id: ApiKeyId
    name: str
    prefix: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class ApiKey:
    """`prefix` is how the key begins; `last_used_on` a day in UTC, None for never."""

    id: ApiKeyId
    name: str
    prefix: str
    created_at: datetime
    last_used_on: date | None
    revoked_at: datetime | None

    @property
    def counter(self) -> CounterId:
        return CounterId(self.id)


def fresh_key() -> str:
    """Return the text of a new key: 256 random bits."""
    return MARK + secrets.token_urlsafe(SECRET_BYTES)


def is_key(text: str) -> bool:
    """Return whether a text has the form of a key."""
    return _KEY.fullmatch(text) is not None


def digest_of(text: str) -> bytes:
    """Return the digest kept of a key. A random key needs no slow hash: nobody can guess it."""
    return sha256(text.encode()).digest()


def accept_key(key_id: ApiKeyId, name: str, text: str) -> NewApiKey:
    """Return a key under a name for people. Raises `EmptyName`."""
    return NewApiKey(key_id, require_text(name, EmptyName, "name", KEY_NAME_LENGTH), text[:SHOWN], digest_of(text))
