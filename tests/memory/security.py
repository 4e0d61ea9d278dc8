"""Passwords and tokens without cryptography."""

from collections.abc import Iterator
from contextlib import contextmanager

from booked.domain.errors import Busy, InvalidToken
from booked.domain.model.people.users import Identity, User


class BackwardsHasher:
    """A password's hash is the password backwards. `checked` has every hash that a password was compared with.

    While it is `full`, it has no place for anybody.
    """

    def __init__(self) -> None:
        self.checked: list[str | None] = []
        self.full = False

    @contextmanager
    def place(self) -> Iterator["BackwardsHasher"]:
        if self.full:
            raise Busy
        yield self

    async def hash(self, password: str) -> str:
        return password[::-1]

    async def verify(self, password: str, password_hash: str | None) -> bool:
        self.checked.append(password_hash)
        return password[::-1] == password_hash


class RememberedTokens:
    """A token is a number. Whose it is, is remembered."""

    def __init__(self) -> None:
        self._issued: dict[str, Identity] = {}

    def issue(self, user: User) -> str:
        token = str(len(self._issued))
        self._issued[token] = Identity(user.id, user.role, user.token_version)
        return token

    def verify(self, token: str) -> Identity:
        if token not in self._issued:
            raise InvalidToken
        return self._issued[token]
