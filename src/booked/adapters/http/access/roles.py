"""Which routes are for whom. A route that does not say is for users."""

from enum import Enum, auto

from booked.adapters.http.access.api_keys import api_key_in, has_other_credentials
from booked.adapters.http.requests.parameters import require_known_parameters
from booked.adapters.http.requests.request import ApiRequest
from booked.domain.model.people.users import Role


class Access(Enum):
    """`OPTIONAL` is for everybody, and may tell more to those who say who they are.

    `COUNTER` is for those who show an API key and, if the box office is open, for everybody. `EITHER` is for users, and
    for those at a counter.
    """

    PUBLIC = auto()
    OPTIONAL = auto()
    USER = auto()
    ORGANIZER = auto()
    ADMIN = auto()
    COUNTER = auto()
    EITHER = auto()


# What one must be, as the database has it and whatever the token claims.
ROLES = {Access.ORGANIZER: Role.ORGANIZER, Access.ADMIN: Role.ADMIN}


async def authorize(request: ApiRequest) -> None:
    """Let a request reach its handler, or raise `InvalidToken`, `InvalidApiKey`, `NotAnAdmin` or `InvalidQuery`."""
    access = request.route_handler.opt.get("access", Access.USER)
    headers = request.scope["headers"]
    if access is Access.COUNTER or (access is Access.EITHER and not has_other_credentials(headers)):
        request.scope["state"]["counter"] = await request.services.api_keys.counter(api_key_in(headers))
    elif access is not Access.PUBLIC and not (access is Access.OPTIONAL and request.is_anonymous):
        identity = request.gate.identify(headers)
        if access in ROLES:
            request.scope["user"] = await request.services.accounts.require_role(identity, ROLES[access])
        request.scope["auth"] = identity
    # Only now: those who may not ask are told nothing about what could be asked.
    if request.scope["query_string"]:
        require_known_parameters(request)
