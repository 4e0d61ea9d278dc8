"""Sessions in a browser: how long a login on the pages lasts, and the token in the cookie that stands for it."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from booked.domain.model.ids import UserId

IDLE_MOST = timedelta(days=7)
LONGEST = timedelta(days=30)
RENEWED_AFTER = timedelta(hours=1)
TOKEN_BYTES = 32

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")  # 32 bytes in base64url


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """A session of a user, known by the digest of its token.

    It expires at `expires_at` unless it is used before, and at `ends_at` in any case.
    """

    digest: bytes
    user_id: UserId
    ends_at: datetime
    expires_at: datetime

    def renewal(self, now: datetime) -> datetime | None:
        """Return when it expires if it is used now; None where that is hardly later than without."""
        later = min(now + IDLE_MOST, self.ends_at)
        return later if later - self.expires_at >= RENEWED_AFTER else None


def fresh_token() -> str:
    """Return a token nobody can guess."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def session_opened(token: str, user_id: UserId, now: datetime) -> BrowserSession:
    """Return a new session of a user with this token."""
    return BrowserSession(token_digest(token), user_id, now + LONGEST, now + IDLE_MOST)


def is_token(text: str) -> bool:
    """Tell whether a text has the form of a token."""
    return _TOKEN.fullmatch(text) is not None


def token_digest(token: str) -> bytes:
    """Return what is kept of a token: it does not tell the token."""
    return sha256(token.encode()).digest()
