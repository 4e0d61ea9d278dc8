"""Ticket types in the office: adding, changing and deleting them."""

from zoneinfo import ZoneInfo

from litestar.params import FromPath
from msgspec.structs import replace

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.web.forms import NO_COMPLAINTS, complaints, read_form
from booked.adapters.http.contracts.web.notices import Notice
from booked.adapters.http.contracts.web.office_forms import (
    conflict,
    new_type,
    type_changes,
)
from booked.adapters.http.contracts.web.once import new_key, read_once
from booked.adapters.http.contracts.web.pages import Pages
from booked.adapters.http.contracts.web.rendering import lead_to, render
from booked.adapters.http.contracts.web.views.office_event import OfficeTypeView, TypeForm
from booked.adapters.http.contracts.web.visits import user_of, visit_of
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.domain.errors import BookedError
from booked.domain.model.ids import EventId

pages = Pages(Access.ORGANIZER)


@pages.get("/office/events/{event_id:str}/types")
async def show_new_type(request: ApiRequest, event_id: PathId[EventId]) -> Answer[bytes]:
    found = await request.services.programme.managed(user_of(request), event_id)
    return _type(request, OfficeTypeView.of(found.event, None, TypeForm(), new_key(), NO_COMPLAINTS))


@pages.post("/office/events/{event_id:str}/types")
async def add_type(request: ApiRequest, event_id: PathId[EventId]) -> Answer[bytes]:
    form, key = read_once(request, await request.form_body(), TypeForm)
    found = await request.services.programme.managed(user_of(request), event_id)
    draft, wrong = new_type(form, found.event.currency, ZoneInfo(found.timezone), visit_of(request).language)
    if wrong.all:
        return _type(request, OfficeTypeView.of(found.event, None, form, new_key(), wrong))
    try:
        await request.services.ticket_types.add(user_of(request), event_id, [draft], key)
    except BookedError as refusal:
        return _type(request, OfficeTypeView.of(found.event, None, form, new_key(), complaints(request, refusal)))
    return lead_to(request, f"/office/events/{event_id}", Notice.SAVED)


@pages.get("/office/events/{event_id:str}/types/{number:int}")
async def show_type(request: ApiRequest, event_id: PathId[EventId], number: FromPath[int]) -> Answer[bytes]:
    found = await request.services.programme.managed(user_of(request), event_id)
    present = await request.services.ticket_types.report(user_of(request), event_id, number)
    return _type(
        request,
        OfficeTypeView.of(
            found.event, present, TypeForm.of(present, ZoneInfo(found.timezone)), new_key(), NO_COMPLAINTS
        ),
    )


@pages.post("/office/events/{event_id:str}/types/{number:int}")
async def change_type(request: ApiRequest, event_id: PathId[EventId], number: FromPath[int]) -> Answer[bytes]:
    """Change a ticket type. Where somebody else has changed the event since, the page says what differs."""
    form = read_form(await request.form_body(), TypeForm)
    found = await request.services.programme.managed(user_of(request), event_id)
    present = await request.services.ticket_types.report(user_of(request), event_id, number)
    zone = ZoneInfo(found.timezone)
    shown, language = TypeForm.of(present, zone), visit_of(request).language
    if form.version != shown.version:
        typed = form if form.quota else replace(form, quota=shown.quota)  # there is no such field for seats
        return _type(
            request, OfficeTypeView.of(found.event, present, typed, new_key(), conflict(language, typed, shown))
        )
    changes, wrong = type_changes(form, shown, found.event.currency, zone, language)
    if wrong.all:
        return _type(request, OfficeTypeView.of(found.event, present, form, new_key(), wrong))
    try:
        await request.services.ticket_types.change(user_of(request), event_id, number, changes)
    except BookedError as refusal:
        return _type(request, OfficeTypeView.of(found.event, present, form, new_key(), complaints(request, refusal)))
    return lead_to(request, f"/office/events/{event_id}", Notice.SAVED)


@pages.post(
    "/office/events/{event_id:str}/types/{number:int}/delete", page="/office/events/{event_id:str}/types/{number:int}"
)
async def delete_type(request: ApiRequest, event_id: PathId[EventId], number: FromPath[int]) -> Answer[bytes]:
    found = await request.services.programme.managed(user_of(request), event_id)
    present = await request.services.ticket_types.report(user_of(request), event_id, number)
    try:
        await request.services.ticket_types.remove(user_of(request), event_id, number)
    except BookedError as refusal:
        typed = TypeForm.of(present, ZoneInfo(found.timezone))
        return _type(request, OfficeTypeView.of(found.event, present, typed, new_key(), complaints(request, refusal)))
    return lead_to(request, f"/office/events/{event_id}", Notice.TYPE_DELETED)


def _type(request: ApiRequest, view: OfficeTypeView) -> Answer[bytes]:
    return render(request, "office_type.html", view, view.complaints.status)
