"""Sessions of those who are logged in on the pages."""

from dataclasses import dataclass, replace
from datetime import datetime

from booked.domain.model.people.browser_sessions import BrowserSession
from booked.domain.model.people.users import User
from tests.memory.tables import Session


@dataclass(frozen=True, slots=True)
class MemoryBrowserSessions:
    _session: Session

    async def open(self, session: BrowserSession, password_hash: str) -> bool:
        async with self._session.change() as tables:
            user = tables.users.get(session.user_id)
            if user is None or user.password_hash != password_hash:
                return False
            tables.browser_sessions[session.digest] = session
            return True

    async def find(self, digest: bytes, now: datetime) -> tuple[BrowserSession, User] | None:
        tables = self._session.tables
        session = tables.browser_sessions.get(digest)
        if session is None or session.expires_at <= now:
            return None
        return session, tables.users[session.user_id]

    async def prolong(self, digest: bytes, expires_at: datetime) -> None:
        async with self._session.change() as tables:
            if session := tables.browser_sessions.get(digest):
                later = min(session.ends_at, max(session.expires_at, expires_at))
                tables.browser_sessions[digest] = replace(session, expires_at=later)

    async def end(self, digest: bytes) -> None:
        async with self._session.change() as tables:
            tables.browser_sessions.pop(digest, None)

    async def forget_expired(self, now: datetime, limit: int) -> int:
        async with self._session.change() as tables:
            expired = [id_ for id_, row in tables.browser_sessions.items() if row.expires_at <= now][:limit]
            for id_ in expired:
                del tables.browser_sessions[id_]
            return len(expired)
