"""Refresh tokens: 256 random bits behind the id of their session."""

import hmac
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from uuid import UUID

from booked.domain.errors import InvalidRefreshToken
from booked.domain.model.ids import SessionId
from booked.domain.model.people.sessions import RefreshToken

ID_BYTES = 16
SECRET_BYTES = 32

# Of the secret that signs access tokens, too: what is made with the one key says nothing of the other.
PURPOSE = b"booked: the successor of a refresh token"

_TEXT = re.compile(r"[A-Za-z0-9_-]{64}")  # 48 bytes in base64url, without a rest


class HmacRefreshTokens:
    """A successor is derived from its token: a repeated exchange finds it again, though neither was kept."""

    def __init__(self, secret: str) -> None:
        self._key = hmac.digest(secret.encode(), PURPOSE, sha256)

    def fresh(self, session_id: SessionId) -> RefreshToken:
        return _token(session_id, secrets.token_bytes(SECRET_BYTES))

    def successor(self, token: RefreshToken) -> RefreshToken:
        return _token(token.session_id, hmac.digest(self._key, token.text.encode(), sha256))

    def read(self, text: str) -> RefreshToken:
        if not _TEXT.fullmatch(text):
            raise InvalidRefreshToken
        return RefreshToken(SessionId(str(UUID(bytes=urlsafe_b64decode(text)[:ID_BYTES]))), text)


def _token(session_id: SessionId, secret: bytes) -> RefreshToken:
    return RefreshToken(session_id, urlsafe_b64encode(UUID(session_id).bytes + secret).decode())
