"""What a route tells the OpenAPI document beside its types and docstring."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from booked.domain.errors import BookedError

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter in the query string, or in a header. Of an optional one, the documentation page shows the example
    and does not fill it in.
    """

    name: str
    description: str
    schema: Json
    example: object = None
    required: bool = False
    place: str = "query"


@dataclass(frozen=True, slots=True)
class Doc:
    """What a route's types do not tell. `sends` and `returns` are examples.

    `gives` names the headers of the expected answer; `also` has an example for each media type besides JSON in
    which it can be had. `otherwise` has a description and an example for each answer that is neither the expected
    one nor an error; `refuses` are the errors particular to the route.
    """

    tag: str
    answer: str
    parameters: Sequence[Parameter] = ()
    sends: msgspec.Struct | None = None
    returns: object = None
    gives: Sequence[str] = ()
    also: Mapping[str, str] = field(default_factory=dict)
    otherwise: Mapping[int, tuple[str, object]] = field(default_factory=dict)
    refuses: Sequence[type[BookedError]] = ()


def codes_of(errors: Iterable[BookedError]) -> str:
    """Return the codes of errors as links to the page of all errors, in Markdown."""
    return ", ".join(f"[{error.code}](/docs/errors#{error.code.lower()})" for error in errors)
