"""Messages about people: accounts, logins, names and roles."""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from booked.adapters.http.contracts.v1.messages.patches import sent
from booked.adapters.http.requests.credentials import Email, Password, RefreshTokenText
from booked.adapters.http.requests.fields import Id, shown
from booked.adapters.http.responses.pages import PageQuery
from booked.domain.model.people.sessions import TokenPair
from booked.domain.model.people.users import NAME_LENGTH, NameChanges, Role, User

Name = Annotated[str, shown("A first or last name, which may be empty.", maxLength=NAME_LENGTH)]


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


class NamesRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Fields that are not sent stay as they are."""

    first_name: Name | UnsetType = UNSET
    last_name: Name | UnsetType = UNSET

    def changes(self) -> NameChanges:
        return NameChanges(sent(self.first_name), sent(self.last_name))


class PasswordRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    current_password: Password
    new_password: Password


class RoleRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    role: Role


class UsersQuery(PageQuery, frozen=True, kw_only=True):
    email: Annotated[Email, shown("The address of the user to look for.")] | None = None


class SignUpRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    email: Email
    password: Password
    first_name: Name = ""
    last_name: Name = ""


class LoginRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`email` may be called `username`."""

    password: Password
    email: Email | None = None
    username: Email | None = None


class RefreshRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    refresh: RefreshTokenText
