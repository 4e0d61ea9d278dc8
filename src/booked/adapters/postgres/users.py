"""Users, and whose tokens were voided."""

from datetime import datetime

import asyncpg

from booked.adapters.postgres.session import Session
from booked.domain.errors import EmailTaken
from booked.domain.model.ids import UserId
from booked.domain.model.users import NewUser, Role, User, email_key

ADD = """
    INSERT INTO users (id, name, email, email_key, password_hash, role)
    VALUES ($1, $2, $3, $4, $5, $6)
    RETURNING *
"""

BY_EMAIL = "SELECT * FROM users WHERE email_key = $1"

BY_ID = "SELECT * FROM users WHERE id = $1"

PROMOTE = """
    UPDATE users
    SET role = $2, password_hash = $3
    WHERE id = $1
    RETURNING *
"""

VOIDED_SINCE = """
    SELECT user_id, token_version
    FROM voided_tokens
    WHERE voided_at > $1
"""


class PostgresUsers:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, user: NewUser) -> User:
        try:
            [row] = await self._session.write(
                ADD, user.id, user.name, user.email, email_key(user.email), user.password_hash, user.role
            )
        except asyncpg.UniqueViolationError as cause:
            raise EmailTaken from cause
        return _user(row)

    async def by_email(self, email: str) -> User | None:
        rows = await self._session.read(BY_EMAIL, email_key(email))
        return _user(rows[0]) if rows else None

    async def by_id(self, user_id: UserId) -> User | None:
        rows = await self._session.read(BY_ID, user_id)
        return _user(rows[0]) if rows else None

    async def promote(self, user_id: UserId, role: Role, password_hash: str) -> User:
        [row] = await self._session.write(PROMOTE, user_id, role, password_hash)
        return _user(row)

    async def revoked_since(self, moment: datetime) -> dict[UserId, int]:
        rows = await self._session.read(VOIDED_SINCE, moment)
        return {UserId(str(row["user_id"])): row["token_version"] for row in rows}


def _user(row: asyncpg.Record) -> User:
    return User(
        id=UserId(str(row["id"])),
        name=row["name"],
        email=row["email"],
        password_hash=row["password_hash"],
        role=Role(row["role"]),
        token_version=row["token_version"],
        created_at=row["created_at"],
    )
