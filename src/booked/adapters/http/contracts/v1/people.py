"""People as this contract shows them, and examples of them."""

from typing import Annotated

import msgspec
from msgspec import UnsetType

from booked.adapters.http.requests.credentials import Email
from booked.adapters.http.requests.fields import Id, shown
from booked.domain.model.people.sessions import TokenPair
from booked.domain.model.people.users import NAME_LENGTH, Role, User

Name = Annotated[str, shown("A first or last name, which may be empty.", maxLength=NAME_LENGTH)]

PASSWORD = "correct horse battery staple"  # noqa: S105  an example, like the others
ACCESS = "eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30.c2lnbmF0dXJl"
REFRESH = "AZyw5qYcd8mTLyCx0LZQmgGcsOamHHfJky8gsdC2UJoBnLDmphx3yZMvILHQtlCa"


class UserBody(msgspec.Struct, frozen=True):
    id: Id
    email: Email
    first_name: Name
    last_name: Name
    role: Role

    @classmethod
    def of(cls, user: User) -> "UserBody":
        return cls(user.id, user.email, user.first_name, user.last_name, user.role)


class TokenPairBody(msgspec.Struct, frozen=True):
    access: str
    refresh: str

    @classmethod
    def of(cls, pair: TokenPair) -> "TokenPairBody":
        return cls(pair.access, pair.refresh)


def sent(field: str | UnsetType) -> str | None:
    """What was sent of a field; None if nothing was."""
    return None if isinstance(field, UnsetType) else field


ANN = UserBody("019c5b2e-7f00-7a3c-8e54-1f0a2b3c4d5e", "ann@example.com", "Ann", "Archer", Role.USER)
BEN = UserBody("019c5b2e-8c1d-7b40-9f21-6a7b8c9d0e1f", "ben@example.com", "Ben", "", Role.ORGANIZER)
PAIR = TokenPairBody(ACCESS, REFRESH)
