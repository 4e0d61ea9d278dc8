"""What a handler is given if it declares a parameter of that name."""

from typing import Any

from booked.adapters.http.errors import InvalidForm, InvalidQuery
from booked.adapters.http.requests.idempotency import fingerprint, key_in
from booked.adapters.http.requests.parameters import pairs_decoder_for
from booked.adapters.http.requests.preconditions import tags_in, version_if_named, version_in
from booked.adapters.http.requests.request import ApiRequest
from booked.domain.model.sale.idempotency import IdempotencyKey


async def params(request: ApiRequest) -> Any:
    """Return the query string as what the handler declares. Raises `InvalidQuery`."""
    kind = request.route_handler.parsed_fn_signature.parameters["params"].annotation
    return pairs_decoder_for(kind, InvalidQuery).decode(request.scope["query_string"])


async def form(request: ApiRequest) -> Any:
    """Return the body as what the handler declares. Raises `NotForm`, `InvalidForm` or what `form_body` raises."""
    kind = request.route_handler.parsed_fn_signature.parameters["form"].annotation
    return pairs_decoder_for(kind, InvalidForm, lenient=True).decode(await request.form_body())


async def if_match(request: ApiRequest) -> int | None:
    """Return the version a change is based on. Raises `PreconditionRequired` or `PreconditionFailed`."""
    return version_in(request.scope["headers"])


async def if_match_optional(request: ApiRequest) -> int | None:
    """Return the version a deletion is based on, if it names one. Raises `PreconditionFailed`."""
    return version_if_named(request.scope["headers"])


async def if_none_match(request: ApiRequest) -> frozenset[str]:
    """Return the tags of what the client has already."""
    return tags_in(request.scope["headers"])


async def idempotency_key(request: ApiRequest) -> IdempotencyKey | None:
    """Return what tells this request from others, if it has a key. Raises `InvalidIdempotencyKey`."""
    key = key_in(request.scope["headers"])
    if key is None:
        return None
    takes_body = "data" in request.route_handler.parsed_fn_signature.parameters
    body = await request.body() if takes_body else b""
    caller = request.visitor.user_id if request.visitor else request.counter
    return IdempotencyKey(caller, key, fingerprint(request.scope["method"], request.scope["path"], body))


GIVEN = {given.__name__: given for given in (params, form, if_match, if_match_optional, if_none_match, idempotency_key)}
