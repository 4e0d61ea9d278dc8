"""Who is asking: bearer tokens (RFC 6750), less those that were voided."""

import asyncio
import re
from collections.abc import Iterable, Mapping
from typing import NoReturn

import structlog

from booked.domain.errors import InvalidToken, StoreError
from booked.domain.model.ids import UserId
from booked.domain.model.people.users import Identity
from booked.domain.services.people.accounts import AccountService
from booked.ports.security import Tokens

log = structlog.get_logger("booked.http")

VOIDED_REFRESH = 2.0  # seconds

# Three parts of base64url, and far more room than our tokens need.
_BEARER = re.compile(rb"(?i:bearer) ([A-Za-z0-9_-]{1,1024}\.[A-Za-z0-9_-]{1,1024}\.[A-Za-z0-9_-]{1,1024})")


class Gate:
    """Knows whom a token was issued to, and which tokens were voided since.

    The voided ones are learned from the database every two seconds. A privileged route does not rely on that: it
    asks the database about its caller each time.
    """

    def __init__(self, accounts: AccountService, tokens: Tokens) -> None:
        self._accounts = accounts
        self._tokens = tokens
        self._voided: Mapping[UserId, int] = {}

    def identify(self, headers: Iterable[tuple[bytes, bytes]]) -> Identity:
        """Whom the one Authorization header names. Raises `InvalidToken`."""
        token = _bearer_token(headers)
        identity = self._tokens.verify(token)
        if identity.token_version < self._voided.get(identity.user_id, 0):
            raise InvalidToken
        return identity

    async def refresh(self) -> None:
        """Learn which tokens are voided. While the database is down, what is known stays known."""
        try:
            self._voided = await self._accounts.voided_tokens()
        except StoreError as error:
            log.warning("voided tokens not refreshed", code=error.code)
        # Whatever went wrong, we start (the tables may yet have to be made) and hear of tokens that are voided later.
        except Exception as error:
            log.error("voided tokens not refreshed", exc_info=error)

    async def keep_fresh(self) -> NoReturn:
        while True:
            await asyncio.sleep(VOIDED_REFRESH)
            await self.refresh()


def _bearer_token(headers: Iterable[tuple[bytes, bytes]]) -> str:
    credentials = [value for name, value in headers if name == b"authorization"]
    bearer = _BEARER.fullmatch(credentials[0]) if len(credentials) == 1 else None
    if bearer is None:
        raise InvalidToken
    return bearer[1].decode()
