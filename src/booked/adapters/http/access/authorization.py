"""Let a request reach its handler, or refuse it."""

import msgspec

from booked.adapters.http.access.api_keys import api_key_in, has_other_credentials
from booked.adapters.http.access.gate import Gate
from booked.adapters.http.access.levels import ROLES, Access
from booked.adapters.http.contracts.contract import contract_of
from booked.adapters.http.errors import InvalidQuery
from booked.adapters.http.requests.parameters import pairs_decoder_for
from booked.adapters.http.requests.request import ApiRequest

# Nearly every request compares with these. To look a member up at its enum takes longer than to call a function.
PUBLIC, OPTIONAL, USER, COUNTER, EITHER = Access.PUBLIC, Access.OPTIONAL, Access.USER, Access.COUNTER, Access.EITHER


async def authorize(request: ApiRequest) -> None:
    """Set the identity, the user or the counter of a request, as its route's `access` needs.

    Raises `InvalidToken`, `InvalidApiKey`, `NotAnAdmin` or `InvalidQuery`.
    """
    access = request.route_handler.opt.get("access", USER)
    headers = request.scope["headers"]
    if access is COUNTER or (access is EITHER and not has_other_credentials(headers)):
        request.scope["state"]["counter"] = await request.services.api_keys.counter(api_key_in(headers))
    elif access is not PUBLIC and not (access is OPTIONAL and request.is_anonymous):
        gate: Gate = request.app.state["gate"]
        identity = await gate.identify(headers)
        if access is not USER and access in ROLES:
            request.scope["user"] = await request.services.accounts.require_role(identity, ROLES[access])
        request.scope["auth"] = identity
    # Only now: a client that may not ask is not told what it could ask for.
    if request.scope["query_string"]:
        _require_known_parameters(request)


class _Nothing(msgspec.Struct):
    pass


def _require_known_parameters(request: ApiRequest) -> None:
    """Raise `InvalidQuery` if a route of a strict contract was sent parameters but takes none."""
    takes_some = "params" in request.route_handler.parsed_fn_signature.parameters
    if not takes_some and contract_of(request).strict:
        pairs_decoder_for(_Nothing, InvalidQuery).decode(request.scope["query_string"])
