"""Which routes are for whom. A route that does not say is for users."""

from enum import Enum, auto

from booked.adapters.http.request import ApiRequest


class Access(Enum):
    PUBLIC = auto()
    USER = auto()
    ADMIN = auto()


async def authorize(request: ApiRequest) -> None:
    """Let a request reach its handler, or raise `InvalidToken` or `NotAnAdmin`."""
    access = request.route_handler.opt.get("access", Access.USER)
    if access is Access.PUBLIC:
        return
    identity = request.gate.identify(request.scope["headers"])
    if access is Access.ADMIN:
        await request.services.accounts.require_admin(identity)
    request.scope["user"] = identity
