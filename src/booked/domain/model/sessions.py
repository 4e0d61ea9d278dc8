"""Sessions: how long a login lasts, and the refresh tokens that take each other's place in it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from booked.domain.model.ids import SessionId, UserId

# Whoever did not get the reply to an exchange may repeat it for so long (FAPI 2.0, section 5.3.2.1).
RETRY_WITHIN = timedelta(seconds=10)


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
    """A refresh token that its successor is to replace, at a moment from which on the session lasts until another."""

    session_id: SessionId
    presented: bytes
    successor: bytes
    at: datetime
    expires_at: datetime

    @property
    def retry_since(self) -> datetime:
        """An exchange of the same token later than this is still under way as far as its owner knows."""
        return self.at - RETRY_WITHIN


@dataclass(frozen=True, slots=True)
class TokenPair:
    """An access token, good for `expires_in`, and the refresh token to get the next pair with."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_in: timedelta
