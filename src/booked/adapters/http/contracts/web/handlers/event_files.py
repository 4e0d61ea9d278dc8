"""Files of an event: its poster, and its entry for calendars. Drafts have none."""

from booked.adapters.http.contracts.web.calendars import CALENDAR, calendar_of
from booked.adapters.http.contracts.web.pages import Pages
from booked.adapters.http.contracts.web.posters import POSTER_HEADERS, poster
from booked.adapters.http.contracts.web.visits import visit_of
from booked.adapters.http.requests.ids import PathId
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.answers import Answer
from booked.domain.model.ids import EventId

pages = Pages()


@pages.open("/e/{event_id:str}/event.ics")
async def show_calendar(request: ApiRequest, event_id: PathId[EventId]) -> Answer[bytes]:
    found = await request.services.programme.event(None, event_id)
    address = visit_of(request).address(f"/e/{event_id}")
    return Answer(calendar_of(found, address), media_type=CALENDAR, headers={"Cache-Control": "no-cache"})


@pages.open("/e/{event_id:str}/poster.svg")
async def show_poster(request: ApiRequest, event_id: PathId[EventId]) -> Answer[bytes]:
    """Draw a poster from the name of an event, in colours of its own."""
    found = await request.services.programme.event(None, event_id)
    return Answer(poster(found), media_type="image/svg+xml", headers=POSTER_HEADERS)
