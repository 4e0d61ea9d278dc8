"""Fields of several messages of this contract: ids, times, places, and examples of each."""

from datetime import UTC, datetime
from typing import Annotated

from booked.adapters.http.requests.fields import shown
from booked.domain.errors import BookedError, InvalidUUID
from booked.domain.model.ids import EventId, parse_uuid
from booked.domain.model.programme.events import ADDRESS_LENGTH, DESCRIPTION_LENGTH, NAME_LENGTH
from booked.domain.model.programme.seating import SEATS_MOST
from booked.domain.model.programme.times import LATEST_START
from booked.domain.model.sale.holds import TICKETS_A_REQUEST

UnixTime = Annotated[int, shown("Unix time in seconds.", minimum=1, maximum=int(LATEST_START.timestamp()))]
Latitude = Annotated[float, shown("Degrees north (WGS 84).", minimum=-90, maximum=90)]
Longitude = Annotated[float, shown("Degrees east (WGS 84).", minimum=-180, maximum=180)]
EventName = Annotated[str, shown(minLength=1, maxLength=NAME_LENGTH)]
Address = Annotated[str, shown(minLength=1, maxLength=ADDRESS_LENGTH)]
Description = Annotated[str, shown(minLength=1, maxLength=DESCRIPTION_LENGTH)]
SeatCount = Annotated[int, shown(minimum=1, maximum=SEATS_MOST)]
TicketCount = Annotated[int, shown(minimum=1, maximum=TICKETS_A_REQUEST)]

EVENT = "019c5b2e-7f00-7a3c-8e54-1f0a00000000"
TICKETS = ["019c5b2e-7f00-7a3c-8e54-1f0a00000011", "019c5b2e-7f00-7a3c-8e54-1f0a00000012"]
TIME = 1893524400
EARLIER = 1790000000
TOKEN = "eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30.c2lnbmF0dXJl"  # noqa: S105  an example


def event_id(text: str, refusal: type[BookedError] = InvalidUUID) -> EventId:
    """Return the id of an event. Raises the refusal if it is no UUID."""
    try:
        return EventId(parse_uuid(text))
    except InvalidUUID as cause:
        raise refusal from cause


def unix(moment: datetime) -> int:
    """Return a time as Unix time in whole seconds."""
    return int(moment.timestamp())


def start(unix_time: int) -> datetime:
    """Return the moment of a Unix time. The domain refuses one too early or too late for an event."""
    if unix_time > unix(LATEST_START):
        return datetime.max.replace(tzinfo=UTC)
    return datetime.fromtimestamp(max(unix_time, 0), UTC)


def moment(unix_time: int) -> datetime:
    """Return a Unix time as a datetime. Clamp it to the time in which events can start."""
    return datetime.fromtimestamp(min(max(unix_time, 0), unix(LATEST_START)), UTC)
