"""Sessions of those who are logged in on the pages."""

from datetime import datetime

from booked.adapters.postgres.people.users import user_of
from booked.adapters.postgres.statements import Statements
from booked.domain.model.ids import UserId
from booked.domain.model.people.browser_sessions import BrowserSession
from booked.domain.model.people.users import User

# With the user's row locked: a change of password comes before, and then the hash is another, or after, and then it
# ends this session with the rest.
OPEN = """
    WITH owner AS (
        SELECT id
        FROM users
        WHERE id = $2 AND password_hash = $5
        FOR SHARE -- guard: lock of an owner in a browser
    )
    INSERT INTO browser_sessions (digest, user_id, ends_at, expires_at)
    SELECT $1, id, $3, $4
    FROM owner
    RETURNING digest
"""

FIND = """
    SELECT users.*, browser_sessions.ends_at, browser_sessions.expires_at
    FROM browser_sessions
    JOIN users ON users.id = browser_sessions.user_id
    WHERE browser_sessions.digest = $1 AND browser_sessions.expires_at > $2
"""

PROLONG = """
    UPDATE browser_sessions
    SET expires_at = least(ends_at, greatest(expires_at, $2))
    WHERE digest = $1
"""

END = "DELETE FROM browser_sessions WHERE digest = $1"

FORGET_EXPIRED = """
    DELETE FROM browser_sessions
    WHERE digest IN (
        SELECT digest
        FROM browser_sessions
        WHERE expires_at <= $1
        ORDER BY expires_at
        LIMIT $2
        FOR UPDATE SKIP LOCKED
    )
    RETURNING digest
"""


class PostgresBrowserSessions:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def open(self, session: BrowserSession, password_hash: str) -> bool:
        opened = await self._statements.write(
            OPEN, session.digest, session.user_id, session.ends_at, session.expires_at, password_hash
        )
        return bool(opened)

    async def find(self, digest: bytes, now: datetime) -> tuple[BrowserSession, User] | None:
        rows = await self._statements.read(FIND, digest, now)
        if not rows:
            return None
        [row] = rows
        return BrowserSession(digest, UserId(str(row["id"])), row["ends_at"], row["expires_at"]), user_of(row)

    async def prolong(self, digest: bytes, expires_at: datetime) -> None:
        await self._statements.write(PROLONG, digest, expires_at)

    async def end(self, digest: bytes) -> None:
        await self._statements.write(END, digest)

    async def forget_expired(self, now: datetime, limit: int) -> int:
        return len(await self._statements.write(FORGET_EXPIRED, now, limit))
