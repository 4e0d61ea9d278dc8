"""Events: showing them, and for organizers making and changing them."""

import msgspec
from litestar.params import JSONBody
from msgspec import UNSET

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.resource import Resource
from booked.adapters.http.contracts.v1.examples.programme import EVENT, NEW_EVENT
from booked.adapters.http.contracts.v1.messages.events import (
    CopyRequest,
    EventBody,
    EventChangesRequest,
    EventRequest,
    EventState,
    EventWarningBody,
    StatusRequest,
)
from booked.adapters.http.contracts.v1.refusals import EVENT_NOT_YOURS
from booked.adapters.http.requests.idempotency import IdempotencyHeader
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.preconditions import IfMatch, IfMatchOptional, IfNoneMatch, with_digest
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.replies import changed, created, found
from booked.adapters.http.responses.shared_answers import shared
from booked.domain.errors import (
    EventUsed,
    IllegalStatus,
    InvalidEvent,
    InvalidSeatCount,
    InvalidTicketType,
    InvalidUUID,
    NoEventFound,
    NoSuchCategory,
    NoSuchOrganization,
    NoSuchVenue,
    NotYourOrganization,
)
from booked.domain.model.ids import EventId
from booked.domain.model.programme.search import FoundEvent

resource = Resource("/api/v1/events/", "v1 · Events")


@resource.post(
    "",
    "The event.",
    access=Access.ORGANIZER,
    sends=NEW_EVENT,
    returns=EVENT,
    gives=["Location", "ETag"],
    refuses=[
        InvalidEvent,
        InvalidTicketType,
        IllegalStatus,
        InvalidUUID,
        NoSuchOrganization,
        NoSuchVenue,
        NoSuchCategory,
        NotYourOrganization,
    ],
)
async def create_event(
    request: ApiRequest, data: JSONBody[EventRequest], idempotency_key: IdempotencyHeader
) -> Answer[EventBody]:
    """Put on an event of your organization.

    It is a draft, visible to your organization alone, or published at once.
    """
    made = await request.services.events.create(request.user, data.specification(), idempotency_key)
    return await _made(request, made)


@resource.get(
    "{event_id:str}/", "The event.", access=Access.OPTIONAL, returns=EVENT, gives=["ETag"], refuses=[NoEventFound]
)
async def show_event(request: ApiRequest, event_id: PathId[EventId], if_none_match: IfNoneMatch) -> Answer[EventBody]:
    """Show an event."""
    return await shared(request, lambda: _shown(request, event_id, if_none_match), if_none_match)


async def _shown(request: ApiRequest, event_id: EventId, if_none_match: frozenset[str]) -> Answer[EventBody]:
    event = await request.services.programme.event(await request.viewer(), event_id)
    body = await _body(request, event)
    return found(body, with_digest(event.event.version, body), if_none_match)


@resource.patch(
    "{event_id:str}/",
    "The event as it is now.",
    access=Access.ORGANIZER,
    sends=EventChangesRequest(description="Doors open at seven.", max_tickets_per_user=None),
    returns=EVENT,
    gives=["ETag"],
    refuses=[InvalidEvent, NoSuchCategory, *EVENT_NOT_YOURS],
)
async def change_event(
    request: ApiRequest, event_id: PathId[EventId], data: JSONBody[EventChangesRequest], if_match: IfMatch
) -> Answer[EventBody]:
    """Change an event of your organization."""
    present = await request.services.programme.require_organizer(request.user, event_id)
    revision = data.revision(present.currency)
    event = await request.services.events.change(request.user, event_id, if_match, revision)
    return await _changed(request, event)


@resource.post(
    "{event_id:str}/status/",
    "The event as it is now.",
    access=Access.ORGANIZER,
    status=200,
    sends=StatusRequest(EventState.PUBLISHED),
    returns=EVENT,
    gives=["ETag"],
    refuses=[IllegalStatus, *EVENT_NOT_YOURS],
)
async def change_status(
    request: ApiRequest, event_id: PathId[EventId], data: JSONBody[StatusRequest], idempotency_key: IdempotencyHeader
) -> Answer[EventBody]:
    """Publish, postpone, cancel or complete an event of your organization.

    A draft can be published; a published event postponed, cancelled or completed; a postponed one published again or
    cancelled. Tickets are sold while it is published. Cancelling it cancels all bookings, for good.
    """
    event = await request.services.events.set_status(request.user, event_id, data.status.status, idempotency_key)
    return await _changed(request, event)


@resource.post(
    "{event_id:str}/copy/",
    "The draft.",
    access=Access.ORGANIZER,
    sends=CopyRequest(NEW_EVENT.starts_at),
    returns=EVENT,
    gives=["Location", "ETag"],
    refuses=[InvalidEvent, InvalidTicketType, InvalidSeatCount, *EVENT_NOT_YOURS],
)
async def copy_event(
    request: ApiRequest, event_id: PathId[EventId], data: JSONBody[CopyRequest], idempotency_key: IdempotencyHeader
) -> Answer[EventBody]:
    """Put on another event like one of your organization, with its ticket types: a draft, and nothing is sold.

    It starts at `starts_at`. All other times, of sales, early birds and cancelling, move along.
    """
    made = await request.services.office.copy(request.user, event_id, data.start, idempotency_key)
    return await _made(request, made)


async def _made(request: ApiRequest, made: FoundEvent) -> Answer[EventBody]:
    body = await _body(request, made)
    tag = with_digest(made.event.version, body)
    return created(await _warning(request, made, body), f"{resource.path}{body.id}/", tag)


async def _changed(request: ApiRequest, event: FoundEvent) -> Answer[EventBody]:
    body = await _body(request, event)
    tag = with_digest(event.event.version, body)
    return changed(await _warning(request, event, body), tag)


async def _warning(request: ApiRequest, found_event: FoundEvent, body: EventBody) -> EventBody:
    """Return an event as it is shown to who changed it. Warnings are no part of it: its tag does not know them."""
    clashes = await request.services.programme.clashes(found_event.event)
    warnings = [EventWarningBody.of(other) for other in clashes]
    return msgspec.structs.replace(body, warnings=warnings or UNSET)


@resource.delete("{event_id:str}/", "It is gone.", access=Access.ORGANIZER, refuses=[EventUsed, *EVENT_NOT_YOURS])
async def remove_event(request: ApiRequest, event_id: PathId[EventId], if_match_optional: IfMatchOptional) -> None:
    """Delete an event of your organization.

    It may be a draft, or an event nobody ever reserved, booked or waited for. Cancel any other one: it leaves the sale
    and stays in the history.
    """
    await request.services.events.remove(request.user, event_id, if_match_optional)


async def _body(request: ApiRequest, found_event: FoundEvent) -> EventBody:
    [available] = await request.services.programme.available([found_event.event])
    return EventBody.of(found_event, available)
