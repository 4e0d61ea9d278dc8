"""Sessions: how long a login lasts, and the refresh tokens that take each other's place in it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from booked.domain.model.ids import SessionId, UserId


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A token for the next access token. It names its session; of the rest only the digest is kept anywhere."""

    session_id: SessionId
    text: str = field(repr=False)

    @property
    def digest(self) -> bytes:
        return sha256(self.text.encode()).digest()


@dataclass(frozen=True, slots=True)
class NewSession:
    id: SessionId
    user_id: UserId
    digest: bytes
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Exchange:
    """A refresh token its successor is to replace, at a moment from which on the session lasts until another."""

    session_id: SessionId
    presented: bytes
    successor: bytes
    at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TokenPair:
    """An access token, good for `expires_in`, and the refresh token to get the next pair with."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_in: timedelta
