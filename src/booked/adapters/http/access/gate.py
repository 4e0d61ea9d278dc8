"""Identify users by bearer tokens (RFC 6750), unless these were voided."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from itertools import islice
from typing import NoReturn

import structlog

from booked.domain.errors import InvalidToken, StoreError
from booked.domain.model.ids import UserId
from booked.domain.model.people.users import Identity, Voided
from booked.domain.services.people.accounts import AccountService
from booked.ports.security import Tokens

log = structlog.get_logger("booked.http")

VOIDED_REFRESH = 2.0  # seconds
USERS_AT_ONCE = 5000  # then other work of the event loop gets its turn
_BEARER = b"bearer "


class Gate:
    """Checks tokens, and remembers which were voided.

    It asks the database every two seconds for tokens voided since. Privileged routes do not rely on that: each request
    asks the database about its user.
    """

    def __init__(self, accounts: AccountService, tokens: Tokens) -> None:
        self._accounts = accounts
        self._tokens = tokens
        self._last: Voided | None = None
        self._lowest_valid: dict[UserId, int] = {}
        self._expired_at: dict[UserId, datetime] = {}  # in order
        self._is_fresh = False

    @property
    def remembered(self) -> int:
        """How many users it knows whose tokens were voided."""
        return len(self._lowest_valid)

    async def identify(self, headers: Iterable[tuple[bytes, bytes]]) -> Identity:
        """Return the identity in the one Authorization header. Raises `InvalidToken` or `RightsChanged`."""
        return await self.identify_by(_credentials(headers))

    async def identify_by(self, credentials: bytes) -> Identity:
        """Return the identity in the value of an Authorization header. Raises `InvalidToken` or `RightsChanged`."""
        if credentials[: len(_BEARER)].lower() != _BEARER:
            raise InvalidToken
        # What follows the scheme may be no token at all.
        identity = self._tokens.verify(credentials[len(_BEARER) :].decode("latin-1"))
        if identity.token_version < self._lowest_valid.get(identity.user_id, 0):
            await self._refuse(identity)
        return identity

    async def refresh(self) -> None:
        """Learn which tokens are voided. While the database is down, keep what is known, and say so once."""
        try:
            voided = await self._accounts.voided_tokens(self._last)
            await self._learn(voided)
            self._forget_expired(voided.read_at)
            self._last = voided
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

    async def _learn(self, voided: Voided) -> None:
        for number, (user_id, version) in enumerate(voided.lowest_valid.items(), start=1):
            self._lowest_valid[user_id] = version
            self._expired_at.pop(user_id, None)  # it goes to the end
            self._expired_at[user_id] = voided.expired_at
            if number % USERS_AT_ONCE == 0:
                await asyncio.sleep(0)

    def _forget_expired(self, now: datetime) -> None:
        """Forget whose tokens have expired, a bounded number: the next refresh goes on from there."""
        oldest = list(islice(self._expired_at.items(), USERS_AT_ONCE))
        for user_id, expired_at in oldest:
            if expired_at > now:
                break
            del self._expired_at[user_id], self._lowest_valid[user_id]

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
