"""What an HTTP contract is, and which contract owns a path."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from litestar import Request
from litestar.handlers import HTTPRouteHandler

from booked.adapters.http.requests.negotiation import preferences
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.error_bodies import JSON, ErrorBody, Problem
from booked.adapters.http.responses.statuses import STATUSES
from booked.domain.errors import BookedError

AnyRequest = Request[Any, Any, Any]
ErrorPage = Callable[[AnyRequest, BookedError, int, Mapping[str, str]], Answer[bytes]]

HTML = "text/html"


@dataclass(frozen=True, slots=True, eq=False)
class Contract:
    """Routes clients know as one API.

    `segments` are the first segments of the paths it owns. The one contract without any owns all other paths. The
    owner answers errors at a path, also where there is no route, as `error_body`. `statuses` are of the errors it
    answers differently from `STATUSES`. A `strict` contract refuses undocumented parameters.

    In the OpenAPI document `prefix` begins the names of operations and schemas, and `tags` describes each tag.
    Unless a contract `asks_stores`, its operations never answer that a store is away.

    A contract for people has an `error_page`, made from the error, its status and its headers. A browser gets it also
    at an address nobody has.
    """

    routes: Sequence[HTTPRouteHandler]
    segments: frozenset[str] = frozenset()
    prefix: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    error_body: type[ErrorBody] | type[Problem] = Problem
    statuses: Mapping[type[BookedError], int] = field(default_factory=dict)
    strict: bool = True
    asks_stores: bool = True
    error_page: ErrorPage | None = None

    def status_of(self, error: type[BookedError]) -> int:
        """Return the status an error is answered with. One standing for another has the other's."""
        known = error if error in STATUSES else next(kind for kind in error.__mro__ if kind in STATUSES)
        return self.statuses.get(known, STATUSES[known])


def contract_at(path: str, contracts: tuple[Contract, ...]) -> Contract:
    """Return the owner of a path, whether or not there is a route."""
    owners, of_others = _owners(contracts)
    return owners.get(path.lstrip("/").partition("/")[0], of_others)


@cache
def _owners(contracts: tuple[Contract, ...]) -> tuple[Mapping[str, Contract], Contract]:
    """Return the owners of paths by their first segments, and the owner of all others."""
    owners = {segment: contract for contract in contracts for segment in contract.segments}
    return owners, next(contract for contract in contracts if not contract.segments)


def contract_of(request: AnyRequest) -> Contract:
    """Return the owner of a request's path."""
    return contract_at(request.scope["path"], request.app.state["contracts"])


def guide_of(request: AnyRequest) -> Contract:
    """Return the contract for answering a request for an address nobody has: the one with pages, for a browser."""
    owner = contract_of(request)
    if owner.segments or preferred_type(request) != HTML:
        return owner
    contracts: Sequence[Contract] = request.app.state["contracts"]
    return next((contract for contract in contracts if contract.error_page), owner)


def preferred_type(request: AnyRequest) -> str | None:
    """Return whether a client would rather have `HTML`, as browsers say, or `JSON`; None if it does not say."""
    accepted = preferences(request.scope["headers"], b"accept")
    return next((kind for kind in accepted if kind in {JSON, HTML}), None)
