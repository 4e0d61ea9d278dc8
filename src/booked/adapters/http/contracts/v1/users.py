"""Users: yourself, and for admins all users."""

from litestar.params import JSONBody

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.resource import Resource
from booked.adapters.http.contracts.v1.examples.people import ANN, BEN, PAIR, PASSWORD
from booked.adapters.http.contracts.v1.messages.people import (
    NamesRequest,
    PasswordRequest,
    RoleRequest,
    TokenPairBody,
    UserBody,
    UsersQuery,
)
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.parameters import Params
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.pages import Page, id_behind, page_by_id
from booked.domain.errors import (
    Busy,
    EmptyName,
    EmptyPassword,
    InvalidPassword,
    LastAdmin,
    NoSuchUser,
    PasswordRefused,
    TokenNotSigned,
    TooManyRequests,
)
from booked.domain.model.ids import UserId
from booked.domain.model.people.users import Role

resource = Resource("/api/v1/users/", "v1 · Users")


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
    refuses=[InvalidPassword, EmptyPassword, PasswordRefused, TooManyRequests, Busy, TokenNotSigned],
)
async def change_password(request: ApiRequest, data: JSONBody[PasswordRequest]) -> TokenPairBody:
    """Change your password.

    All your sessions end, and all your tokens become void. The answer has new ones.
    """
    services, identity = request.services, request.identity
    user = await services.accounts.present(identity)
    async with services.limits.verify_password(user.email, request.client_address):
        pair = await services.sessions.change_password(identity, data.current_password, data.new_password)
    return TokenPairBody.of(pair)


@resource.get("", "A page of users, the oldest account first.", access=Access.ADMIN, returns=Page([ANN, BEN], None))
async def list_users(request: ApiRequest, params: Params[UsersQuery]) -> Page[UserBody]:
    """List users, or find the user with an e-mail address."""
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

    Their access tokens become void. A user who loses the role of an organizer leaves all organizations. The last admin
    stays an admin.
    """
    return UserBody.of(await request.services.accounts.grant(user_id, data.role))
