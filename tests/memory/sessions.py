"""Sessions of those who are logged in."""

from dataclasses import dataclass, replace
from datetime import datetime

from booked.domain.model.ids import SessionId
from booked.domain.model.people.sessions import Exchange, NewSession
from booked.domain.model.people.users import User
from booked.ports.system import Clock
from tests.memory.tables import Session, SessionRow
from tests.memory.users import void_tokens


@dataclass(frozen=True, slots=True)
class MemorySessions:
    _session: Session
    _clock: Clock

    async def open(self, session: NewSession, password_hash: str) -> User | None:
        async with self._session.change() as tables:
            user = tables.users.get(session.user_id)
            if user is None or user.password_hash != password_hash:
                return None
            tables.sessions[session.id] = SessionRow(session.user_id, session.digest, session.expires_at)
            return user

    async def exchange(self, exchange: Exchange) -> User | None:
        async with self._session.change() as tables:
            row = tables.sessions.get(exchange.session_id)
            if row is None or row.expires_at <= exchange.at:
                return None
            if row.digest == exchange.presented:
                tables.sessions[exchange.session_id] = replace(
                    row,
                    digest=exchange.successor,
                    expires_at=exchange.expires_at,
                    former_digest=exchange.presented,
                )
            elif (row.former_digest, row.digest) != (exchange.presented, exchange.successor):
                return None
            return tables.users[row.user_id]

    async def end(self, session_id: SessionId, now: datetime) -> None:
        async with self._session.change() as tables:
            row = tables.sessions.get(session_id)
            if row is not None and row.expires_at > now:
                del tables.sessions[session_id]
                void_tokens(tables, row.user_id, self._clock.now())

    async def forget_expired(self, now: datetime, limit: int) -> int:
        async with self._session.change() as tables:
            expired = [id_ for id_, row in tables.sessions.items() if row.expires_at <= now][:limit]
            for id_ in expired:
                del tables.sessions[id_]
            return len(expired)
