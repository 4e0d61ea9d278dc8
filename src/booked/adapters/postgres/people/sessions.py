"""Sessions of those who are logged in."""

from datetime import datetime

from booked.adapters.postgres.people.users import user_of
from booked.adapters.postgres.statements import Statements
from booked.domain.model.ids import SessionId
from booked.domain.model.people.sessions import Exchange, NewSession
from booked.domain.model.people.users import User

# With the user's row locked: a change of password comes before, and then the hash is another, or after, and then it
# ends this session with the rest.
OPEN = """
    WITH owner AS (
        SELECT *
        FROM users
        WHERE id = $2 AND password_hash = $5
        FOR SHARE -- guard: lock of an owner
    ), opened AS (
        INSERT INTO sessions (id, user_id, digest, expires_at)
        SELECT $1, id, $3, $4
        FROM owner
    )
    SELECT * FROM owner
"""

# Exchanges of one token wait for each other here. Those after the first find the token replaced by the very successor
# that they bring, and leave everything as it is.
EXCHANGE = """
    WITH exchanged AS (
        UPDATE sessions
        SET digest = $3,
            former_digest = $2, -- guard: second try
            expires_at = CASE digest WHEN $2 THEN $5 ELSE expires_at END
        WHERE id = $1
          AND expires_at > $4
          AND (digest = $2 OR (digest = $3 AND former_digest = $2)) -- guard: presented token
        RETURNING user_id
    )
    SELECT users.*
    FROM users
    JOIN exchanged ON users.id = exchanged.user_id
"""

# The user is locked before the session, as by a change of password. Naming the role in an update voids the tokens.
END = """
    WITH owner AS (
        SELECT users.id
        FROM users
        JOIN sessions ON sessions.user_id = users.id
        WHERE sessions.id = $1 AND sessions.expires_at > $2
        FOR NO KEY UPDATE OF users
    ), ended AS (
        DELETE FROM sessions
        USING owner
        WHERE sessions.id = $1
        RETURNING sessions.user_id
    )
    UPDATE users
    SET role = role
    FROM ended
    WHERE users.id = ended.user_id
"""

FORGET_EXPIRED = """
    DELETE FROM sessions
    WHERE id IN (
        SELECT id
        FROM sessions
        WHERE expires_at <= $1
        ORDER BY expires_at
        LIMIT $2
        FOR UPDATE SKIP LOCKED
    )
    RETURNING id
"""


class PostgresSessions:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def open(self, session: NewSession, password_hash: str) -> User | None:
        rows = await self._statements.write(
            OPEN, session.id, session.user_id, session.digest, session.expires_at, password_hash
        )
        return user_of(rows[0]) if rows else None

    async def exchange(self, exchange: Exchange) -> User | None:
        rows = await self._statements.write(
            EXCHANGE,
            exchange.session_id,
            exchange.presented,
            exchange.successor,
            exchange.at,
            exchange.expires_at,
        )
        return user_of(rows[0]) if rows else None

    async def end(self, session_id: SessionId, now: datetime) -> None:
        await self._statements.write(END, session_id, now)

    async def forget_expired(self, now: datetime, limit: int) -> int:
        return len(await self._statements.write(FORGET_EXPIRED, now, limit))
