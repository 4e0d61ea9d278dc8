"""A small contract in the manner of the resource API, for what all contracts share to be tried on."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated

import msgspec
from litestar import delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Meta, UnsetType

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.contract import Contract
from booked.adapters.http.openapi.doc import Doc
from booked.adapters.http.requests.fields import Amount, CanonicalId, Currency, Id, Time, amount_text, money, shown, utc
from booked.adapters.http.requests.former_names import formerly
from booked.adapters.http.requests.idempotency import IdempotencyHeader
from booked.adapters.http.requests.parameters import Form, Params
from booked.adapters.http.requests.preconditions import IfMatch, IfNoneMatch
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.pages import Page, PageQuery, page_of, position_in
from booked.adapters.http.responses.replies import changed, created, found
from booked.domain.errors import InvalidEvent, InvalidTicketType, NoSuchSeat, PreconditionFailed
from booked.domain.model.ids import parse_uuid

TAG = "v1 · Events"
FIRST = datetime(2026, 11, 20, 19, 30, tzinfo=UTC)
SAMPLES = 45
VERSION = 7


class Color(StrEnum):
    RED = "red"
    BLUE = "blue"


class Sample(msgspec.Struct, frozen=True):
    id: Id
    at: Time
    color: Color


class Position(msgspec.Struct, frozen=True):
    """Behind which sample a page begins."""

    at: Time
    id: CanonicalId

    @classmethod
    def of(cls, sample: Sample) -> "Position":
        return cls(sample.at, sample.id)


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Annotated[str, Meta(min_length=1, max_length=20)]
    count: Annotated[int, Meta(ge=1, le=100)] = 1


class NewSample(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    at: Time
    price: Annotated[Amount, formerly("cost", "What it costs.")]
    currency: Currency
    parts: Annotated[list[Part], Meta(max_length=5)] = []


class SamplePatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Annotated[str, Meta(max_length=20)] | UnsetType | None = UNSET
    color: Color | UnsetType = UNSET


class PatchBody(msgspec.Struct, frozen=True):
    sent: list[str]
    name: str | None


class MadeBody(msgspec.Struct, frozen=True):
    at: Time
    price: str
    parts: int
    key: str | None
    fingerprint: str | None


class SamplesQuery(PageQuery, frozen=True, kw_only=True):
    color: Annotated[tuple[Color, ...], Meta(max_length=2, description="Only these.", examples=[["red"]])] = ()
    after: Annotated[datetime, Meta(tz=True, description="A time or a date.", examples=["2026-11-20"])] | None = None
    name: Annotated[str, Meta(max_length=20), formerly("title", "A name.")] = ""
    open: Annotated[bool, Meta(description="Whether it is open.")] | UnsetType = UNSET


class Grant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    password: Annotated[str, shown(format="password")]
    grant_type: str = "password"


def sample(number: int) -> Sample:
    id_ = f"019c5b2e-7f00-7a3c-8e54-{number:012x}"
    return Sample(id_, FIRST + timedelta(minutes=number), Color.RED if number % 2 else Color.BLUE)


ALL = [sample(number) for number in range(SAMPLES)]
NEW = NewSample(FIRST, "49.90", "EUR", [Part("left")])


@get("/api/v1/samples/", access=Access.OPTIONAL, doc=Doc(TAG, "A page.", returns=Page([ALL[0]], None)))
async def samples(request: ApiRequest, params: Params[SamplesQuery]) -> Page[Sample]:
    """List samples.

    Those who say who they are see the first one too.
    """
    position = position_in(params, Position)
    rows = [
        row
        for row in ALL[0 if request.visitor else 1 :]
        if (position is None or (row.at, row.id) > (position.at, position.id))
        and (not params.color or row.color in params.color)
        and (params.after is None or row.at > utc(params.after))
    ]
    return page_of(rows[: params.limit + 1], params, lambda row: row, Position.of)


@post(
    "/api/v1/samples/",
    status_code=201,
    doc=Doc(
        TAG,
        "It is made.",
        sends=NEW,
        returns=MadeBody(FIRST, "49.90", 1, None, None),
        gives=["Location", "ETag"],
        refuses=[InvalidEvent, InvalidTicketType],
    ),
)
async def make_sample(
    request: ApiRequest, data: JSONBody[NewSample], idempotency_key: IdempotencyHeader
) -> Answer[MadeBody]:
    """Make a sample."""
    price = amount_text(money(data.price, data.currency, InvalidTicketType))
    key, digest = (idempotency_key.key, idempotency_key.fingerprint.hex()) if idempotency_key else (None, None)
    body = MadeBody(utc(data.at), price, len(data.parts), key, digest)
    return created(body, f"/api/v1/samples/{ALL[0].id}/", version=1)


@get("/api/v1/samples/report/", doc=Doc(TAG, "The report.", returns=["red"], also={"text/csv": "color\r\nred\r\n"}))
async def report(request: ApiRequest) -> Answer[list[str] | bytes]:
    """Report on samples."""
    if request.headers.get("accept") == "text/csv":
        return Answer(b"color\r\nred\r\n", media_type="text/csv")
    return Answer(["red"])


@get(
    "/api/v1/samples/{id:str}/",
    access=Access.PUBLIC,
    doc=Doc(TAG, "The sample.", returns=ALL[0], gives=["ETag"], refuses=[NoSuchSeat]),
)
async def show_sample(request: ApiRequest, id: FromPath[Id], if_none_match: IfNoneMatch) -> Answer[Sample]:
    """Show a sample."""
    return found(_sample(id), VERSION, if_none_match)


@patch(
    "/api/v1/samples/{id:str}/",
    access=Access.ORGANIZER,
    doc=Doc(
        TAG,
        "What was sent.",
        sends=SamplePatch(name=None),
        returns=PatchBody(["name"], None),
        gives=["ETag"],
        refuses=[NoSuchSeat],
    ),
)
async def change_sample(
    request: ApiRequest, id: FromPath[Id], data: JSONBody[SamplePatch], if_match: IfMatch
) -> Answer[PatchBody]:
    """Change a sample."""
    _sample(id)
    if if_match not in {None, VERSION}:
        raise PreconditionFailed
    sent = [name for name, value in (("name", data.name), ("color", data.color)) if value is not UNSET]
    return changed(PatchBody(sent, data.name or None), VERSION + 1)


@delete("/api/v1/samples/{id:str}/", status_code=204, access=Access.ADMIN, doc=Doc(TAG, "Gone.", refuses=[NoSuchSeat]))
async def drop_sample(request: ApiRequest, id: FromPath[Id]) -> None:
    """Drop a sample."""
    _sample(id)


@post(
    "/auth/sample/",
    status_code=200,
    access=Access.PUBLIC,
    doc=Doc(TAG, "How long the password is.", sends=Grant("secret"), returns=6),
)
async def grant(request: ApiRequest, form: Form[Grant]) -> int:
    """Measure a password."""
    return len(form.password)


def _sample(id_: str) -> Sample:
    canonical = parse_uuid(id_)
    for row in ALL:
        if row.id == canonical:
            return row
    raise NoSuchSeat


CONTRACT = Contract(
    routes=[samples, make_sample, report, show_sample, change_sample, drop_sample, grant],
    segments=frozenset({"samples"}),
)
