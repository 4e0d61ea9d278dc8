"""Tell whether Booked is there, runs and can sell."""

import msgspec
from litestar import get

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.contract import Contract
from booked.adapters.http.openapi.doc import Doc
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.error_bodies import ErrorBody

TAG = "Health"


class HealthBody(msgspec.Struct, frozen=True):
    health: str = "ok"
    message: str = "Hello from booked!"


class LiveBody(msgspec.Struct, frozen=True):
    status: str = "ok"


class ReadyBody(msgspec.Struct, frozen=True):
    """`status` is `ok` if every store answers, else `unavailable`."""

    status: str
    stores: dict[str, bool]


@get("/health/", access=Access.PUBLIC, doc=Doc(TAG, "Booked is there.", returns=HealthBody()))
async def health() -> HealthBody:
    """Say hello."""
    return HealthBody()


@get("/health/live", access=Access.PUBLIC, doc=Doc(TAG, "The process runs.", returns=LiveBody()))
async def live() -> LiveBody:
    """Tell whether this process runs.

    It asks nothing of the stores. A process that does not answer should be restarted.
    """
    return LiveBody()


_READY = ReadyBody("ok", {"database": True, "holds": True})
_NOT_READY = ReadyBody("unavailable", {"database": True, "holds": False})


@get(
    "/health/ready",
    access=Access.PUBLIC,
    doc=Doc(TAG, "Every store answers.", returns=_READY, otherwise={503: ("A store does not answer.", _NOT_READY)}),
)
async def ready(request: ApiRequest) -> Answer[ReadyBody]:
    """Tell whether requests can be served.

    It asks every store. While one of them does not answer, send requests elsewhere.
    """
    stores = await request.services.readiness.stores()
    if all(stores.values()):
        return Answer(ReadyBody("ok", dict(stores)), status_code=200)
    return Answer(ReadyBody("unavailable", dict(stores)), status_code=503)


CONTRACT = Contract(
    routes=[health, live, ready],
    segments=frozenset({"health"}),
    tags={TAG: "Is it there, does it run, can it sell?"},
    error_body=ErrorBody,
    strict=False,
    asks_stores=False,
)
