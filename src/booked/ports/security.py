"""Passwords and tokens."""

from contextlib import AbstractContextManager
from typing import Protocol

from booked.domain.model.ids import SessionId
from booked.domain.model.people.sessions import RefreshToken
from booked.domain.model.people.users import Identity, User


class Hashing(Protocol):
    async def hash(self, password: str) -> str:
        """Return a salted hash that `verify` recognises."""
        ...

    async def verify(self, password: str, password_hash: str | None) -> bool:
        """Tell whether the hash was made from this password. A hash of None takes the same work and answers False."""
        ...


class PasswordHasher(Hashing, Protocol):
    """Hashes in a bounded number of places. `hash` and `verify` take one each, and raise `Busy` if none is free."""

    def place(self) -> AbstractContextManager[Hashing]:
        """Keep one place until the block ends, for work before and between hashing. Raises `Busy`."""
        ...


class Tokens(Protocol):
    def issue(self, user: User) -> str:
        """Return a token accepted by `verify` until it expires. Raises `TokenNotSigned`."""
        ...

    def verify(self, token: str) -> Identity:
        """Return whom a token was issued to. Raises `InvalidToken` for a token not issued here, altered or expired."""
        ...


class RefreshTokens(Protocol):
    """Tokens nobody can guess. Without the secret, none of them tells anything about another."""

    def fresh(self, session_id: SessionId) -> RefreshToken:
        """Return a new token for a session, different every time."""
        ...

    def successor(self, token: RefreshToken) -> RefreshToken:
        """Return the token after this one in its session: always the same one."""
        ...

    def read(self, text: str) -> RefreshToken:
        """Return a token from its text.

        Raises `InvalidRefreshToken` for a text of another form; cannot tell if it is good.
        """
        ...
