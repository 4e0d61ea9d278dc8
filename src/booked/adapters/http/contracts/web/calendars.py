"""An event for calendars (RFC 5545), by the clock of its own time zone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from booked.adapters.http.requests.fields import in_zone, utc
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.programme.search import FoundEvent
from booked.domain.model.programme.timezones import UTC_NAME

CALENDAR = "text/calendar; charset=utf-8"
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

_LINE = 75  # octets, without the line break (section 3.1)
_YEAR_AND_MORE = 400  # days: zones with summer time change within them
_STATUSES = {EventStatus.CANCELLED: "CANCELLED", EventStatus.POSTPONED: "TENTATIVE"}


def calendar_of(found: FoundEvent, address: str | None) -> bytes:
    """Return an event as a calendar of one entry; `address` is its page's, where known."""
    event = found.event
    end = event.ends_at
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Booked//Booked//EN",
        *_timezone(found.timezone, [event.starts_at] if end is None else [event.starts_at, end]),
        "BEGIN:VEVENT",
        f"UID:{event.id}@booked",
        f"DTSTAMP:{utc(found.created_at):%Y%m%dT%H%M%SZ}",
        f"SEQUENCE:{event.version}",
        f"STATUS:{_STATUSES.get(event.status, 'CONFIRMED')}",
        f"SUMMARY:{_escaped(event.name)}",
        f"DTSTART{_moment(event.starts_at, found.timezone)}",
        *([] if end is None else [f"DTEND{_moment(end, found.timezone)}"]),
        *([f"LOCATION:{_escaped(found.place)}"] if found.place else []),
        *([f"DESCRIPTION:{_escaped(event.description)}"] if event.description else []),
        *([f"URL:{address}"] if address else []),
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(part + "\r\n" for line in lines for part in _folded(line)).encode()


def _moment(moment: datetime, timezone: str) -> str:
    local = f"{in_zone(moment, ZoneInfo(timezone)):%Y%m%dT%H%M%S}"
    return f":{local}Z" if timezone == UTC_NAME else f";TZID={timezone}:{local}"


def _timezone(timezone: str, moments: list[datetime]) -> list[str]:
    """Return what clocks show in a time zone around these moments (section 3.6.5)."""
    if timezone == UTC_NAME:
        return []
    zone = ZoneInfo(timezone)
    observances = {tuple(_observance(zone, moment)): None for moment in moments}
    lines = [line for observance in observances for line in observance]
    return ["BEGIN:VTIMEZONE", f"TZID:{timezone}", *lines, "END:VTIMEZONE"]


def _observance(zone: ZoneInfo, moment: datetime) -> Iterator[str]:
    """Yield the rule in force at a moment, from its last change on."""
    local = in_zone(moment, zone)
    kind = "DAYLIGHT" if local.dst() else "STANDARD"
    since = _last_change(zone, moment)
    before = _offset(zone, moment if since == LONG_AGO else since - timedelta(seconds=1))
    yield f"BEGIN:{kind}"
    yield f"DTSTART:{since + before:%Y%m%dT%H%M%S}"
    yield f"TZOFFSETFROM:{_offset_text(before)}"
    yield f"TZOFFSETTO:{_offset_text(_offset(zone, moment))}"
    yield f"END:{kind}"


def _last_change(zone: ZoneInfo, moment: datetime) -> datetime:
    """Return when the clocks were changed last before a moment, to the second; `LONG_AGO` without a change."""
    now = _offset(zone, moment)
    after = utc(moment).replace(microsecond=0)
    for _ in range(_YEAR_AND_MORE):
        before = after - timedelta(days=1)
        if _offset(zone, before) != now:
            while after - before > timedelta(seconds=1):
                middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
                if _offset(zone, middle) == now:
                    after = middle
                else:
                    before = middle
            return after
        after = before
    return LONG_AGO


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return in_zone(moment, zone).utcoffset() or timedelta()


def _offset_text(offset: timedelta) -> str:
    seconds = abs(int(offset.total_seconds()))
    text = f"{'-' if offset < timedelta() else '+'}{seconds // 3600:02}{seconds // 60 % 60:02}"
    return f"{text}{seconds % 60:02}" if seconds % 60 else text


def _escaped(text: str) -> str:
    return "\\n".join(line.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,") for line in text.splitlines())


def _folded(line: str) -> Iterator[str]:
    """Yield a line in short enough parts; each but the first begins with a space."""
    part, size = "", 0
    for letter in line:
        octets = len(letter.encode())
        if size + octets > _LINE:
            yield part
            part, size = " ", 1
        part, size = part + letter, size + octets
    yield part
