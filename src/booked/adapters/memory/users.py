"""Users, and whose tokens were voided."""

from dataclasses import dataclass, replace
from datetime import datetime

from booked.adapters.memory.tables import Session
from booked.domain.errors import EmailTaken
from booked.domain.model.ids import UserId
from booked.domain.model.users import NewUser, Role, User, email_key
from booked.ports.system import Clock


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
                name=user.name,
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

    async def promote(self, user_id: UserId, role: Role, password_hash: str) -> User:
        async with self._session.change() as tables:
            user = tables.users[user_id]
            promoted = replace(user, role=role, password_hash=password_hash, token_version=user.token_version + 1)
            tables.users[user_id] = promoted
            tables.tokens_voided[user_id] = self._clock.now()
            return promoted

    async def revoked_since(self, moment: datetime) -> dict[UserId, int]:
        tables = self._session.tables
        return {
            user_id: tables.users[user_id].token_version
            for user_id, voided_at in tables.tokens_voided.items()
            if voided_at > moment
        }
