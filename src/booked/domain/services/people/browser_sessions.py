"""Being logged in on the pages: opening a session, finding its user, ending it."""

from contextlib import suppress
from dataclasses import dataclass

from booked.domain.errors import InvalidPassword, StoreError
from booked.domain.model.people.browser_sessions import fresh_token, is_token, session_opened, token_digest
from booked.domain.model.people.users import User
from booked.domain.services.people.accounts import AccountService
from booked.ports.database import Database
from booked.ports.system import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserSessionService:
    accounts: AccountService
    database: Database
    clock: Clock

    async def log_in(self, email: str, password: str) -> str:
        """Return the token of a new session. Raises `InvalidPassword` if address or password is wrong."""
        return await self._open(await self.accounts.authenticate(email, password))

    async def register(self, name: str, email: str, password: str) -> str:
        """Make an account and return the token of its first session. Raises as `AccountService.register` does."""
        return await self._open(await self.accounts.register(name, email, password))

    async def user_of(self, token: str) -> User | None:
        """Return the user whose session this is, as the database knows them now; None if it has ended or expired."""
        if not is_token(token):
            return None
        now = self.clock.now()
        found = await self.database.browser_sessions.find(token_digest(token), now)
        if found is None:
            return None
        session, user = found
        if later := session.renewal(now):
            # Nobody is turned away because it could not be written down.
            with suppress(StoreError):
                await self.database.browser_sessions.prolong(session.digest, later)
        return user

    async def log_out(self, token: str) -> None:
        """End a session; nothing happens if there is none with this token."""
        if is_token(token):
            await self.database.browser_sessions.end(token_digest(token))

    async def _open(self, user: User) -> str:
        token = fresh_token()
        session = session_opened(token, user.id, self.clock.now())
        # Between the check of the password and this it may have been changed, which was to end every session.
        if not await self.database.browser_sessions.open(session, user.password_hash):
            raise InvalidPassword
        return token
