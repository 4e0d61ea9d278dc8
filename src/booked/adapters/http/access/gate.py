"""Identify users by bearer tokens (RFC 6750), unless these were voided."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import NoReturn

import structlog

from booked.domain.errors import InvalidToken, StoreError
from booked.domain.model.ids import UserId
from booked.domain.model.people.users import Identity
from booked.domain.services.people.accounts import AccountService
from booked.ports.security import Tokens

log = structlog.get_logger("booked.http")

VOIDED_REFRESH = 2.0  # seconds
_BEARER = b"bearer "


class Gate:
    """Checks tokens, and remembers which were voided.

    It asks the database for voided tokens every two seconds. Privileged routes do not rely on that: each request asks
    the database about its user.
    """

    def __init__(self, accounts: AccountService, tokens: Tokens) -> None:
        self._accounts = accounts
        self._tokens = tokens
        self._voided: Mapping[UserId, int] = {}
        self._is_fresh = False

    async def identify(self, headers: Iterable[tuple[bytes, bytes]]) -> Identity:
        """Return the identity in the one Authorization header. Raises `InvalidToken` or `RightsChanged`."""
        return await self.identify_by(_credentials(headers))

    async def identify_by(self, credentials: bytes) -> Identity:
        """Return the identity in the value of an Authorization header. Raises `InvalidToken` or `RightsChanged`."""
        if credentials[: len(_BEARER)].lower() != _BEARER:
            raise InvalidToken
        # What follows the scheme may be no token at all.
        identity = self._tokens.verify(credentials[len(_BEARER) :].decode("latin-1"))
        if identity.token_version < self._voided.get(identity.user_id, 0):
            await self._refuse(identity)
        return identity

    async def refresh(self) -> None:
        """Learn which tokens are voided. While the database is down, keep what is known, and say so once."""
        try:
            self._voided = await self._accounts.voided_tokens()
            self._is_fresh = True
        except StoreError as error:
            if self._is_fresh:
                log.warning("voided tokens not refreshed until the database answers", code=error.code)
            self._is_fresh = False
        # Start in any case: the tables may not exist yet, and a later refresh brings what is missed.
        except Exception as error:
            log.error("voided tokens not refreshed", exc_info=error)

    async def keep_fresh(self) -> NoReturn:
        while True:
            await asyncio.sleep(VOIDED_REFRESH)
            await self.refresh()

    async def _refuse(self, identity: Identity) -> NoReturn:
        """Raise why a voided token is no good, as far as the database can tell at this moment."""
        with suppress(StoreError):
            await self._accounts.present(identity)
        raise InvalidToken


def _credentials(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the value of the Authorization header, empty where there is none. Raises `InvalidToken` for several."""
    credentials = None
    for name, value in headers:
        if name == b"authorization":
            if credentials is not None:
                raise InvalidToken
            credentials = value
    return credentials or b""
