"""Concerts: published events, for people who want to go there."""

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.concerts.examples import CONCERT
from booked.adapters.http.contracts.concerts.lists import listed
from booked.adapters.http.contracts.concerts.messages import (
    ConcertBody,
    ConcertPosition,
    ConcertSearchQuery,
    ConcertsQuery,
)
from booked.adapters.http.contracts.resource import Resource
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.parameters import Params
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.pages import page_of, position_in
from booked.adapters.http.responses.shared_answers import shared
from booked.domain.errors import NoEventFound
from booked.domain.model.ids import EventId

resource = Resource("/concerts/", "Concerts", Access.PUBLIC)


@resource.get("", "Concerts, in the order of their start.", returns=[CONCERT], gives=["Link"])
async def list_concerts(request: ApiRequest, params: Params[ConcertsQuery]) -> Answer[list[ConcertBody]]:
    """List concerts."""
    return await shared(request, lambda: _listed(request, "/concerts", params))


@resource.get("search/", "Concerts, in the order of their start.", returns=[CONCERT], gives=["Link"])
async def search_concerts(request: ApiRequest, params: Params[ConcertSearchQuery]) -> Answer[list[ConcertBody]]:
    """Find concerts.

    Concerts must match all that you ask for, in upper or lower case. Names match as a whole.
    """
    return await shared(request, lambda: _listed(request, "/concerts/search", params))


@resource.get("id/{concert_id:str}/", "The concert.", returns=CONCERT, refuses=[NoEventFound])
async def show_concert(request: ApiRequest, concert_id: PathId[EventId]) -> Answer[ConcertBody]:
    """Show a concert."""
    return await shared(request, lambda: _shown(request, concert_id))


async def _shown(request: ApiRequest, concert_id: EventId) -> ConcertBody:
    concert = await request.services.concerts.concert(concert_id)
    [available] = await request.services.programme.available([concert.event])
    return ConcertBody.of(concert, available)


async def _listed(request: ApiRequest, path: str, query: ConcertsQuery) -> Answer[list[ConcertBody]]:
    position = position_in(query, ConcertPosition)
    after = position.cursor if position else None
    rows = await request.services.concerts.search(query.search(), after, query.limit + 1, past=query.with_past)
    counts = await request.services.programme.available([row.event for row in rows[: query.limit]])
    available = {row.event.id: count for row, count in zip(rows, counts, strict=False)}
    page = page_of(rows, query, lambda row: ConcertBody.of(row, available[row.event.id]), ConcertPosition.of)
    return listed(request, path, page)
