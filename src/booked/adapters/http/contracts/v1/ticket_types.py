"""Ticket types of an event: what there is, what it costs, how much of it is left."""

import msgspec
from litestar.params import JSONBody

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.resource import Resource
from booked.adapters.http.contracts.v1.examples.programme import STANDARD
from booked.adapters.http.contracts.v1.messages.ticket_types import (
    MoreTicketTypesRequest,
    TicketTypeBody,
    TicketTypeChangesRequest,
    TicketTypeRequest,
    type_number_in,
)
from booked.adapters.http.contracts.v1.refusals import EVENT_NOT_YOURS
from booked.adapters.http.requests.idempotency import IdempotencyHeader
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.pages import Page
from booked.adapters.http.responses.replies import created
from booked.adapters.http.responses.shared_answers import shared
from booked.domain.errors import InvalidEvent, InvalidTicketType, NoEventFound, NoSuchTicketType, PriceFixed, StillInUse
from booked.domain.model.ids import EventId, TicketTypeId
from booked.domain.model.people.users import User

resource = Resource("/api/v1/events/{event_id:str}/tickets/", "v1 · Ticket types")


@resource.get(
    "", "All ticket types of the event.", access=Access.OPTIONAL, returns=Page([STANDARD], None), refuses=[NoEventFound]
)
async def list_ticket_types(request: ApiRequest, event_id: PathId[EventId]) -> Answer[Page[TicketTypeBody]]:
    """List an event's ticket types.

    Only those who run the event are shown hidden ones. They are few, so they have a single page.
    """
    viewer = await request.viewer()
    return await shared(request, lambda: _types(request, viewer, event_id))


@resource.post(
    "",
    "All ticket types of the event.",
    access=Access.ORGANIZER,
    sends=MoreTicketTypesRequest([TicketTypeRequest("Standing", "29.90", quota=200)]),
    returns=Page([STANDARD], None),
    gives=["Location"],
    refuses=[InvalidTicketType, InvalidEvent, *EVENT_NOT_YOURS],
)
async def add_ticket_types(
    request: ApiRequest,
    event_id: PathId[EventId],
    data: JSONBody[MoreTicketTypesRequest],
    idempotency_key: IdempotencyHeader,
) -> Answer[Page[TicketTypeBody]]:
    """Add ticket types to an event of your organization.

    The event grows by their tickets.
    """
    event = await request.services.programme.require_organizer(request.user, event_id)
    drafts = [type_.draft(event.currency) for type_ in data.ticket_types]
    await request.services.ticket_types.add(request.user, event_id, drafts, idempotency_key)
    return created(await _types(request, request.user, event_id), f"/api/v1/events/{event_id}/tickets/")


@resource.patch(
    "{ticket_type_id:str}/",
    "The ticket type as it is now.",
    access=Access.ORGANIZER,
    sends=TicketTypeChangesRequest(price="54.90", early_bird=None),
    returns=msgspec.structs.replace(STANDARD, blocked=6, hidden=False),
    refuses=[InvalidTicketType, InvalidEvent, NoSuchTicketType, PriceFixed, *EVENT_NOT_YOURS],
)
async def change_ticket_type(
    request: ApiRequest,
    event_id: PathId[EventId],
    ticket_type_id: PathId[TicketTypeId],
    data: JSONBody[TicketTypeChangesRequest],
) -> TicketTypeBody:
    """Change a ticket type of an event of your organization.

    Hide it, pause it, or sell it in a period of its own; that counts everywhere within seconds. Its quota can grow, but
    not shrink. Reserved and booked tickets keep their price. Unless the event is a draft, a new
    price counts some seconds later, so a wrong price can be put right at once.
    """
    number = type_number_in(event_id, ticket_type_id)
    event = await request.services.programme.require_organizer(request.user, event_id)
    await request.services.ticket_types.change(request.user, event_id, number, data.changes(event.currency))
    reports = await request.services.ticket_types.reports(request.user, event_id)
    [changed] = (report for report in reports if report.sales.type.number == number)
    return TicketTypeBody.of(changed)


@resource.delete(
    "{ticket_type_id:str}/",
    "It is gone.",
    access=Access.ORGANIZER,
    refuses=[NoSuchTicketType, StillInUse, *EVENT_NOT_YOURS],
)
async def remove_ticket_type(
    request: ApiRequest, event_id: PathId[EventId], ticket_type_id: PathId[TicketTypeId]
) -> None:
    """Delete an unsold ticket type of an event of your organization.

    A draft shrinks by its tickets. An event that was published keeps their numbers, in `seat_count` and as blocked, but
    they are never on offer again. An event keeps at least one type, and every type of which tickets were sold, are
    blocked or held, and every type that somebody waits for: hide it instead.
    """
    await request.services.ticket_types.remove(request.user, event_id, type_number_in(event_id, ticket_type_id))


async def _types(request: ApiRequest, viewer: User | None, event_id: EventId) -> Page[TicketTypeBody]:
    reports = await request.services.ticket_types.reports(viewer, event_id)
    return Page([TicketTypeBody.of(report) for report in reports], None)
