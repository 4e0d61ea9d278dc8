"""Users: oneself, and for admins everybody."""

from typing import Annotated

import msgspec
from litestar.params import JSONBody
from msgspec import UNSET, UnsetType

from booked.adapters.http.access.roles import Access
from booked.adapters.http.contracts.resource import Resource
from booked.adapters.http.contracts.v1.people import ANN, BEN, PAIR, PASSWORD, Name, TokenPairBody, UserBody, sent
from booked.adapters.http.requests.credentials import Email, Password
from booked.adapters.http.requests.fields import shown
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.parameters import Params
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.pages import Page, PageQuery, id_behind, page_by_id
from booked.domain.errors import (
    Busy,
    EmptyName,
    EmptyPassword,
    InvalidPassword,
    LastAdmin,
    NoSuchUser,
    PasswordRefused,
    TokenNotSigned,
)
from booked.domain.model.ids import UserId
from booked.domain.model.people.users import NameChanges, Role

resource = Resource("/api/v1/users/", "v1 · Users")


class NamesRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is not sent stays as it is."""

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
    email: Annotated[Email, shown("The address of whom to look for.")] | None = None


@resource.get("me/", "You.", returns=ANN)
async def show_me(request: ApiRequest) -> UserBody:
    """Show yourself."""
    return UserBody.of(await request.services.accounts.present(request.identity))


@resource.patch(
    "me/", "You, as you are called now.", sends=NamesRequest(last_name="Archer"), returns=ANN, refuses=[EmptyName]
)
async def change_me(request: ApiRequest, data: JSONBody[NamesRequest]) -> UserBody:
    """Change your names."""
    return UserBody.of(await request.services.accounts.rename(request.identity, data.changes()))


@resource.post(
    "me/password/",
    "The tokens of a new session.",
    status=200,
    sends=PasswordRequest(PASSWORD, "even more correct horses"),
    returns=PAIR,
    refuses=[InvalidPassword, EmptyPassword, PasswordRefused, Busy, TokenNotSigned],
)
async def change_password(request: ApiRequest, data: JSONBody[PasswordRequest]) -> TokenPairBody:
    """Change your password.

    All your sessions end, and all tokens that you have are void. The answer has new ones.
    """
    pair = await request.services.sessions.change_password(request.identity, data.current_password, data.new_password)
    return TokenPairBody.of(pair)


@resource.get("", "A page of users, the oldest account first.", access=Access.ADMIN, returns=Page([ANN, BEN], None))
async def list_users(request: ApiRequest, params: Params[UsersQuery]) -> Page[UserBody]:
    """List users, or find the one with an e-mail address."""
    after = id_behind(params, UserId)
    users = await request.services.accounts.page(params.email, after, params.limit + 1)
    return page_by_id(users, params, UserBody.of, UserId, lambda user: user.id)


@resource.patch(
    "{user_id:str}/",
    "The user with their role.",
    access=Access.ADMIN,
    sends=RoleRequest(Role.ORGANIZER),
    returns=BEN,
    refuses=[NoSuchUser, LastAdmin],
)
async def change_user(request: ApiRequest, user_id: PathId[UserId], data: JSONBody[RoleRequest]) -> UserBody:
    """Give a user a role.

    Access tokens that they have are void. Who becomes a mere user belongs to no organization any more. Of admins there
    is always one.
    """
    return UserBody.of(await request.services.accounts.grant(user_id, data.role))
