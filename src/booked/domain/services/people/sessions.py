"""Staying logged in: refresh tokens exchanged for the next pair, and what ends a session."""

from dataclasses import dataclass
from datetime import timedelta

from booked.domain.errors import InvalidPassword, InvalidRefreshToken
from booked.domain.model.ids import SessionId
from booked.domain.model.people.sessions import Exchange, NewSession, TokenPair
from booked.domain.model.people.users import Identity, User, require_hashable, require_password
from booked.domain.services.people.accounts import AccountService
from booked.ports.database import Database, Repositories
from booked.ports.security import PasswordHasher, RefreshTokens, Tokens
from booked.ports.system import Clock, Ids


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionService:
    """`token_ttl` is how long an access token is good, `refresh_ttl` how long a refresh token can be exchanged."""

    accounts: AccountService
    database: Database
    passwords: PasswordHasher
    tokens: Tokens
    refresh_tokens: RefreshTokens
    ids: Ids
    clock: Clock
    password_min_length: int
    token_ttl: timedelta
    refresh_ttl: timedelta

    async def log_in(self, email: str, password: str) -> TokenPair:
        """Return the first tokens of a new session. Raises `InvalidPassword` if address or password is wrong."""
        user = await self.accounts.authenticate(email, password)
        return await self._open(self.database, user)

    async def refresh(self, refresh_token: str) -> TokenPair:
        """Return the next tokens of a session. Raises `InvalidRefreshToken`.

        Repeating this for a while gives the same refresh token. After that either the token or its successor
        was stolen, and nobody can tell which: the session ends.
        """
        presented = self.refresh_tokens.read(refresh_token)
        successor = self.refresh_tokens.successor(presented)
        now = self.clock.now()
        user = await self.database.sessions.exchange(
            Exchange(presented.session_id, presented.digest, successor.digest, now, now + self.refresh_ttl)
        )
        if user is None:
            await self.database.sessions.end(presented.session_id, now)
            raise InvalidRefreshToken
        return TokenPair(self.tokens.issue(user), successor.text, self.token_ttl)

    async def log_out(self, refresh_token: str) -> None:
        """End the session of a refresh token, and void its user's access tokens; nothing happens if there is none."""
        try:
            presented = self.refresh_tokens.read(refresh_token)
        except InvalidRefreshToken:
            return
        await self.database.sessions.end(presented.session_id, self.clock.now())

    async def change_password(self, identity: Identity, current: str, new: str) -> TokenPair:
        """Give a user another password, end all of their sessions, and return the tokens of a new one.

        Raises `InvalidToken`, `InvalidPassword` for a wrong current password, or the reason why the new one is
        refused.
        """
        with self.passwords.place() as place:
            user = await self.accounts.present(identity)
            require_password(new, self.password_min_length)
            if not await place.verify(require_hashable(current), user.password_hash):
                raise InvalidPassword
            password_hash = await place.hash(new)
        async with self.database.transaction() as unit:
            # Of two changes at once one comes too late: its current password is not the current one any more.
            changed = await unit.users.set_password(user.id, password_hash, user.password_hash)
            if changed is None:
                raise InvalidPassword
            return await self._open(unit, changed)

    async def _open(self, database: Repositories, user: User) -> TokenPair:
        token = self.refresh_tokens.fresh(SessionId(str(self.ids.unique())))
        session = NewSession(token.session_id, user.id, token.digest, self.clock.now() + self.refresh_ttl)
        # Between the check of the password and this it may have been changed, which was to end every session.
        owner = await database.sessions.open(session, user.password_hash)
        if owner is None:
            raise InvalidPassword
        return TokenPair(self.tokens.issue(owner), token.text, self.token_ttl)
