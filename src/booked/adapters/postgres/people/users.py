"""Users who have an account."""

import asyncpg

from booked.adapters.postgres.statements import Statements
from booked.domain.errors import EmailTaken
from booked.domain.model.ids import UserId
from booked.domain.model.people.users import NameChanges, NewUser, Role, User, email_key, former_email_key

ADD = """
    INSERT INTO users (id, first_name, last_name, email, email_key, password_hash, role)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    RETURNING *
"""

BY_EMAIL = "SELECT * FROM users WHERE email_key = ANY($1)"

BY_ID = "SELECT * FROM users WHERE id = $1 AND counter_id IS NULL"

PAGE = """
    SELECT *
    FROM users
    WHERE id > $1 AND counter_id IS NULL
    ORDER BY id
    LIMIT $2
"""

PAGE_WITH_PART = """
    SELECT *
    FROM users
    WHERE id > $1 AND counter_id IS NULL
      AND strpos(folded(first_name || ' ' || last_name || ' ' || email), folded($3)) > 0
    ORDER BY id
    LIMIT $2
"""

PROMOTE = """
    UPDATE users
    SET role = $2, password_hash = $3
    WHERE id = $1
    RETURNING *
"""

RENAME = """
    UPDATE users
    SET first_name = coalesce($2, first_name), last_name = coalesce($3, last_name)
    WHERE id = $1
    RETURNING *
"""

REPLACE_HASH = """
    UPDATE users
    SET password_hash = $2
    WHERE id = $1 AND password_hash = $3
    RETURNING *
"""

LOCK = """
    SELECT *
    FROM users
    WHERE id = $1 AND counter_id IS NULL
    FOR NO KEY UPDATE -- guard: lock of a user
"""

LOCK_ADMINS = """
    SELECT *
    FROM users
    WHERE (role = 'admin' OR id = $1) AND counter_id IS NULL
    ORDER BY id
    FOR NO KEY UPDATE -- guard: lock of admins
"""

SET_ROLE = "UPDATE users SET role = $2 WHERE id = $1 RETURNING *"

NOBODY = "00000000-0000-0000-0000-000000000000"


class PostgresUsers:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def add(self, user: NewUser) -> User:
        key = email_key(user.email)
        # No constraint sees that a row with a former key has this address.
        if key != former_email_key(user.email) and await self.by_email(user.email):
            raise EmailTaken
        try:
            [row] = await self._statements.write(
                ADD,
                user.id,
                user.first_name,
                user.last_name,
                user.email,
                key,
                user.password_hash,
                user.role,
            )
        except asyncpg.UniqueViolationError as cause:
            raise EmailTaken from cause
        return user_of(row)

    async def by_email(self, email: str) -> User | None:
        # Rows keep the key that was in use when they were made, which may be another address' key today.
        key = email_key(email)
        rows = await self._statements.read(BY_EMAIL, {key, former_email_key(email)})
        return _one([row for row in rows if email_key(row["email"]) == key])

    async def by_id(self, user_id: UserId) -> User | None:
        return _one(await self._statements.read(BY_ID, user_id))

    async def page(self, after: UserId | None, limit: int, part: str = "") -> list[User]:
        if part:
            rows = await self._statements.read(PAGE_WITH_PART, after or NOBODY, limit, part)
        else:
            rows = await self._statements.read(PAGE, after or NOBODY, limit)
        return [user_of(row) for row in rows]

    async def promote(self, user_id: UserId, role: Role, password_hash: str) -> User:
        [row] = await self._statements.write(PROMOTE, user_id, role, password_hash)
        return user_of(row)

    async def rename(self, user_id: UserId, changes: NameChanges) -> User | None:
        return _one(await self._statements.write(RENAME, user_id, changes.first_name, changes.last_name))

    async def set_password(self, user_id: UserId, password_hash: str, former_hash: str) -> User | None:
        return _one(await self._statements.write(REPLACE_HASH, user_id, password_hash, former_hash))

    async def lock(self, user_id: UserId) -> User | None:
        return _one(await self._statements.write(LOCK, user_id))

    async def lock_admins(self, user_id: UserId) -> list[User]:
        rows = await self._statements.write(LOCK_ADMINS, user_id)
        return [user_of(row) for row in rows]

    async def set_role(self, user_id: UserId, role: Role) -> User:
        [row] = await self._statements.write(SET_ROLE, user_id, role)
        return user_of(row)


def user_of(row: asyncpg.Record) -> User:
    """Return the user in a row of the users table."""
    return User(
        id=UserId(str(row["id"])),
        first_name=row["first_name"],
        last_name=row["last_name"],
        email=row["email"],
        password_hash=row["password_hash"],
        role=Role(row["role"]),
        token_version=row["token_version"],
        created_at=row["created_at"],
    )


def _one(rows: list[asyncpg.Record]) -> User | None:
    return user_of(rows[0]) if rows else None
