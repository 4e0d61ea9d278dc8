"""Forms (application/x-www-form-urlencoded), read as the struct that the handler declares as `form`.

As OAuth has it (RFC 6749 section 3.2), unknown fields are ignored, empty ones count as not sent, and none comes twice.
"""

from typing import Any, TypeAlias, TypeVar

from litestar.di import NamedDependency

from booked.adapters.http.requests.parameters import pairs_decoder_for
from booked.adapters.http.requests.request import ApiRequest
from booked.domain.errors import InvalidForm

T = TypeVar("T")

Form: TypeAlias = NamedDependency[T]
"""`form: Form[TokenForm]` is the body as that struct, or an answer that says what is wrong with it."""


async def form(request: ApiRequest) -> Any:
    """The body as what the handler declares its `form` to be. Raises `NotForm`, `InvalidForm` or what `body` raises."""
    kind = request.route_handler.parsed_fn_signature.parameters["form"].annotation
    return pairs_decoder_for(kind, InvalidForm, lenient=True).decode(await request.form_body())
