"""Users who have an account."""

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from booked.domain.errors import EmailTaken
from booked.domain.model.ids import UserId
from booked.domain.model.people.users import NameChanges, NewUser, Role, User, email_key
from booked.domain.model.programme.words import folded
from booked.ports.system import Clock
from tests.memory.tables import Session, Tables


@dataclass(frozen=True, slots=True)
class MemoryUsers:
    _session: Session
    _clock: Clock

    async def add(self, user: NewUser) -> User:
        async with self._session.change() as tables:
            if any(email_key(other.email) == email_key(user.email) for other in tables.users.values()):
                raise EmailTaken
            added = User(
                id=user.id,
                first_name=user.first_name,
                last_name=user.last_name,
                email=user.email,
                password_hash=user.password_hash,
                role=user.role,
                token_version=0,
                created_at=self._clock.now(),
            )
            tables.users[user.id] = added
            return added

    async def by_email(self, email: str) -> User | None:
        users = self._session.tables.users.values()
        return next((user for user in users if email_key(user.email) == email_key(email)), None)

    async def by_id(self, user_id: UserId) -> User | None:
        return self._session.tables.users.get(user_id)

    async def page(self, after: UserId | None, limit: int, part: str = "") -> list[User]:
        users = sorted(self._session.tables.users.items())
        found = (user for user_id, user in users if user_id > (after or "") and _has(user, part))
        return list(islice(found, limit))

    async def promote(self, user_id: UserId, role: Role, password_hash: str) -> User:
        async with self._session.change() as tables:
            tables.users[user_id] = replace(tables.users[user_id], role=role, password_hash=password_hash)
            _end_sessions(tables, user_id)
            return void_tokens(tables, user_id, self._clock.now())

    async def rename(self, user_id: UserId, changes: NameChanges) -> User | None:
        async with self._session.change() as tables:
            user = tables.users.get(user_id)
            if user is None:
                return None
            renamed = replace(
                user,
                first_name=user.first_name if changes.first_name is None else changes.first_name,
                last_name=user.last_name if changes.last_name is None else changes.last_name,
            )
            tables.users[user_id] = renamed
            return renamed

    async def set_password(self, user_id: UserId, password_hash: str, former_hash: str) -> User | None:
        async with self._session.change() as tables:
            user = tables.users.get(user_id)
            if user is None or user.password_hash != former_hash:
                return None
            tables.users[user_id] = replace(user, password_hash=password_hash)
            _end_sessions(tables, user_id)
            return void_tokens(tables, user_id, self._clock.now())

    async def lock(self, user_id: UserId) -> User | None:
        return self._session.tables.users.get(user_id)

    async def lock_admins(self, user_id: UserId) -> list[User]:
        users = sorted(self._session.tables.users.items())
        return [user for id_, user in users if user.role is Role.ADMIN or id_ == user_id]

    async def set_role(self, user_id: UserId, role: Role) -> User:
        async with self._session.change() as tables:
            tables.users[user_id] = replace(tables.users[user_id], role=role)
            return void_tokens(tables, user_id, self._clock.now())


def void_tokens(tables: Tables, user_id: UserId, now: datetime) -> User:
    """The user with the token version that is good from now on."""
    user = tables.users[user_id]
    voided = replace(user, token_version=user.token_version + 1)
    tables.users[user_id] = voided
    tables.voidings += 1
    tables.tokens_voided[user_id] = now, tables.voidings
    return voided


def _end_sessions(tables: Tables, user_id: UserId) -> None:
    tables.sessions = {id_: row for id_, row in tables.sessions.items() if row.user_id != user_id}
    tables.browser_sessions = {id_: row for id_, row in tables.browser_sessions.items() if row.user_id != user_id}


def _has(user: User, part: str) -> bool:
    return folded(part) in folded(f"{user.first_name} {user.last_name} {user.email}")
