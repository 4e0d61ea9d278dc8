"""An event's way from draft to stage: publishing, postponing and calling off, each told before it is done."""

from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.web.event_steps import EventStep
from booked.adapters.http.contracts.web.forms import NO_COMPLAINTS, Complaints, complaints
from booked.adapters.http.contracts.web.notices import Notice
from booked.adapters.http.contracts.web.pages import Pages
from booked.adapters.http.contracts.web.rendering import lead_to, render
from booked.adapters.http.contracts.web.views.office import StepView
from booked.adapters.http.contracts.web.visits import user_of
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.domain.errors import BookedError, NoEventFound, NotYourOrganization
from booked.domain.model.ids import EventId

pages = Pages(Access.ORGANIZER)

NOTICES = {
    EventStep.PUBLISH: Notice.ON_SALE,
    EventStep.POSTPONE: Notice.POSTPONED,
    EventStep.CALL_OFF: Notice.CALLED_OFF,
}


@pages.get("/office/events/{event_id:str}/status/{step:str}")
async def show_step(request: ApiRequest, event_id: PathId[EventId], step: FromPath[str]) -> Answer[bytes]:
    """Say what a step will do before it is taken."""
    return await _step(request, event_id, _step_named(step), NO_COMPLAINTS)


@pages.post("/office/events/{event_id:str}/status/{step:str}")
async def take_step(request: ApiRequest, event_id: PathId[EventId], step: FromPath[str]) -> Answer[bytes]:
    wanted = _step_named(step)
    try:
        await request.services.events.set_status(user_of(request), event_id, wanted.leads_to)
    except (NoEventFound, NotYourOrganization):
        raise
    except BookedError as refusal:
        return await _step(request, event_id, wanted, complaints(request, refusal))
    return lead_to(request, "/office", NOTICES[wanted])


def _step_named(name: str) -> EventStep:
    try:
        return EventStep(name)
    except ValueError as cause:
        raise NotFoundException from cause


async def _step(request: ApiRequest, event_id: EventId, step: EventStep, told: Complaints) -> Answer[bytes]:
    report = await request.services.analytics.report(user_of(request), event_id)
    return render(request, "office_step.html", StepView.of(report, step, told), told.status)
