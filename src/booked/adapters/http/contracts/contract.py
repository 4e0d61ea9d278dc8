"""What an HTTP contract is, and which contract owns a path."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from litestar import Request
from litestar.handlers import HTTPRouteHandler

from booked.adapters.http.responses.error_bodies import ErrorBody, Problem
from booked.adapters.http.responses.statuses import STATUSES
from booked.domain.errors import BookedError


@dataclass(frozen=True, slots=True, eq=False)
class Contract:
    """Routes clients know as one API.

    `segments` are the first segments of the paths it owns. The one contract without any owns all other paths. The
    owner answers errors at a path, also where there is no route, as `error_body`. `statuses` are of the errors it
    answers differently from `STATUSES`. A `strict` contract refuses parameters that are not documented.

    In the OpenAPI document `prefix` begins the names of operations and schemas, and `tags` describes each tag.
    Unless a contract `asks_stores`, its operations never answer that a store is away.
    """

    routes: Sequence[HTTPRouteHandler]
    segments: frozenset[str] = frozenset()
    prefix: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    error_body: type[ErrorBody] | type[Problem] = Problem
    statuses: Mapping[type[BookedError], int] = field(default_factory=dict)
    strict: bool = True
    asks_stores: bool = True

    def status_of(self, error: type[BookedError]) -> int:
        """Return the status an error is answered with."""
        return self.statuses.get(error, STATUSES[error])


def contract_at(path: str, contracts: Sequence[Contract]) -> Contract:
    """Return the contract that owns a path, whether or not there is a route."""
    segment = path.lstrip("/").partition("/")[0]
    owners = [contract for contract in contracts if segment in contract.segments]
    [owner] = owners or [contract for contract in contracts if not contract.segments]
    return owner


def contract_of(request: Request[Any, Any, Any]) -> Contract:
    """Return the contract that owns the path of a request."""
    return contract_at(request.scope["path"], request.app.state["contracts"])
