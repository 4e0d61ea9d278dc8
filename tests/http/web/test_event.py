"""The page of an event beside its sale: its waitlist, its terms, and what calendars and programs read of it."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import httpx
import pytest

from booked.adapters.http import HttpOptions
from booked.adapters.http.contracts.web.calendars import calendar_of
from booked.domain.model.ids import EventId
from booked.domain.model.people.users import Role
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.programme.search import FoundEvent
from booked.domain.model.sale.reservations import TicketRequest
from tests.builders import a_specification, an_event
from tests.http.office import Office, serving
from tests.http.web.browser import ACCEPT, DATA, log_in, page_in

MADE = datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)


async def sold_out(office: Office) -> EventId:
    event = await office.event(seats=2)
    ben = await office.person("ben")
    await office.services.bookings.book_now(ben.id, event, TicketRequest(2))
    return event


def found(timezone: str, starts_at: datetime, **fields: object) -> FoundEvent:
    event = replace(an_event(starts_at=starts_at), timezone=timezone, **fields)  # type: ignore[arg-type]
    return FoundEvent(event, MADE, None, None, None)


# The waitlist


async def test_somebody_waits_sees_their_place_and_leaves(office: Office, browser: httpx.AsyncClient) -> None:
    event = await sold_out(office)
    await office.person("ann")
    await log_in(browser, "ann")

    before = page_in(await browser.get(f"/e/{event}"))
    joined = await browser.post(f"/e/{event}/wait", data={"number": "2", "type": ""})
    page = page_in(await browser.get(joined.headers["Location"]))
    [form] = [each for each in page.all("form") if each["action"].endswith("/leave")]
    left = await browser.post(form["action"], data={"next": f"/e/{event}"})
    after = page_in(await browser.get(left.headers["Location"]))

    assert before.all("form", action=f"/e/{event}/wait")
    assert (joined.status_code, joined.headers["Location"]) == (303, f"/e/{event}")
    assert "You wait for 2 tickets." in page.text
    assert "You are number 1 in line." in page.text
    assert not page.all("form", action=f"/e/{event}/wait")
    assert left.headers["Location"] == f"/e/{event}"
    assert after.all("form", action=f"/e/{event}/wait")


async def test_somebody_unknown_logs_in_before_they_wait(office: Office, browser: httpx.AsyncClient) -> None:
    event = await sold_out(office)

    asked = await browser.post(f"/e/{event}/wait", data={"number": "2", "type": "1"})
    page = page_in(await browser.get(f"/e/{event}?number=2&type=1&kept=yes"))

    assert asked.headers["Location"].startswith(f"/login?next=%2Fe%2F{event}")
    assert "Join the waitlist now." in page.text
    assert page.all("input", name="type", value="1", checked="")


@pytest.mark.parametrize(
    ("choice", "field"),
    [({"number": "0"}, "number"), ({"number": "x"}, "number"), ({"number": "3"}, "number"), ({"type": "9"}, "type")],
)
async def test_a_wish_that_cannot_be_waited_for_is_kept_and_says_why(
    office: Office, browser: httpx.AsyncClient, choice: dict[str, str], field: str
) -> None:
    event = await sold_out(office)
    ann = await office.person("ann")
    await log_in(browser, "ann")
    form = {"number": "1", "type": "", **choice}

    reply = await browser.post(f"/e/{event}/wait", data=form)

    page = page_in(reply)
    assert 400 <= reply.status_code < 500
    assert page.all("a", href=f"#{field}")
    assert page.all("input", name="number", value=form["number"])
    assert await office.services.waitlist.places(ann.id) == []


async def test_nobody_waits_for_tickets_that_can_be_had(office: Office, browser: httpx.AsyncClient) -> None:
    event = await office.event()
    await office.person("ann")
    await log_in(browser, "ann")

    page = page_in(await browser.get(f"/e/{event}"))
    reply = await browser.post(f"/e/{event}/wait", data={"number": "2", "type": ""})

    assert not page.all("form", action=f"/e/{event}/wait")
    assert 400 <= reply.status_code < 500
    page_in(reply)


# Terms, and what programs read


async def test_the_terms_of_cancellation_stand_there_before_somebody_buys(
    office: Office, browser: httpx.AsyncClient
) -> None:
    event = await office.event()

    assert "Tickets can be cancelled until" in page_in(await browser.get(f"/e/{event}")).text


async def test_programs_read_of_an_event_what_people_do(office: Office, browser: httpx.AsyncClient) -> None:
    event = await office.event(name="</script><b>Tom & Jerry")

    source = (await browser.get(f"/e/{event}")).text
    text = source.split(f'<script type="{DATA}">')[1].split("</script>")[0]
    outline = json.loads(text)

    assert "<" not in text
    assert outline["@type"] == "Event"
    assert outline["name"] == "</script><b>Tom & Jerry"
    assert float(outline["offers"][0]["price"]) == 0
    assert outline["offers"][0]["availability"] == "https://schema.org/InStock"
    assert "url" not in outline


async def test_a_page_with_a_public_address_names_it(office: Office) -> None:
    event = await office.event()
    options = HttpOptions(public_url="https://tickets.example/")
    here = f"https://tickets.example/e/{event}"

    async with serving(office.services, options) as (_, http):
        page = page_in(await http.get(f"/e/{event}", headers={"Accept": ACCEPT}))
        calendar = (await http.get(f"/e/{event}/event.ics")).text

    assert page.all("meta", property="og:url", content=here)
    assert page.all("meta", property="og:image", content=f"{here}/poster.svg")
    assert page.all("meta", property="og:title", content="Concert")
    assert f"URL:{here}\r\n" in calendar.replace("\r\n ", "")


# The calendar


async def test_an_event_is_an_entry_for_calendars(office: Office, browser: httpx.AsyncClient) -> None:
    event = await office.event(name="Tom; Jerry, and\\friends")

    reply = await browser.get(f"/e/{event}/event.ics")

    lines = reply.text.replace("\r\n ", "").split("\r\n")
    assert reply.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    assert f"UID:{event}@booked" in lines
    assert "SUMMARY:Tom\\; Jerry\\, and\\\\friends" in lines
    assert (await browser.get("/e/019c5b2e-7f00-7a3c-8e54-1f0a00000000/event.ics")).status_code == 404


@pytest.mark.parametrize(
    ("timezone", "starts_at", "start", "observance"),
    [
        (
            "Europe/Berlin",
            datetime(2027, 6, 1, 17, 30, tzinfo=UTC),
            "DTSTART;TZID=Europe/Berlin:20270601T193000",
            ["BEGIN:DAYLIGHT", "DTSTART:20270328T020000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", "END:DAYLIGHT"],
        ),
        (
            "America/New_York",
            datetime(2027, 12, 1, 1, tzinfo=UTC),
            "DTSTART;TZID=America/New_York:20271130T200000",
            ["BEGIN:STANDARD", "DTSTART:20271107T020000", "TZOFFSETFROM:-0400", "TZOFFSETTO:-0500", "END:STANDARD"],
        ),
        ("UTC", datetime(2027, 6, 1, 17, 30, tzinfo=UTC), "DTSTART:20270601T173000Z", []),
    ],
)
def test_a_calendar_has_the_clock_of_the_event(
    timezone: str, starts_at: datetime, start: str, observance: list[str]
) -> None:
    lines = calendar_of(found(timezone, starts_at), None).decode().split("\r\n")

    assert start in lines
    assert ("BEGIN:VTIMEZONE" in lines) == bool(observance)
    assert not observance or observance == lines[lines.index("BEGIN:VTIMEZONE") + 2 : lines.index("END:VTIMEZONE")]


def test_a_zone_whose_clocks_are_not_changed_has_one_rule() -> None:
    lines = calendar_of(found("Asia/Kathmandu", MADE, ends_at=MADE.replace(hour=9)), None).decode().split("\r\n")

    assert lines.count("BEGIN:STANDARD") == 1
    assert "TZOFFSETTO:+0545" in lines


def test_an_evening_in_which_clocks_are_changed_has_both_rules() -> None:
    end = datetime(2027, 10, 31, 4, tzinfo=UTC)
    night = found("Europe/Berlin", datetime(2027, 10, 30, 22, tzinfo=UTC), ends_at=end)

    lines = calendar_of(night, None).decode().split("\r\n")

    assert [line for line in lines if line.startswith("BEGIN:")][2:4] == ["BEGIN:DAYLIGHT", "BEGIN:STANDARD"]
    assert "DTEND;TZID=Europe/Berlin:20271031T050000" in lines


def test_no_line_of_a_calendar_is_too_long_and_none_can_be_added() -> None:
    evil = found("UTC", MADE, name="é" * 200, description="one\r\nEND:VEVENT\nthree")

    raw = calendar_of(evil, None)
    lines = raw.split(b"\r\n")

    assert max(map(len, lines)) <= 75
    assert ("SUMMARY:" + "é" * 200) in raw.decode().replace("\r\n ", "")
    assert lines.count(b"END:VEVENT") == 1


@pytest.mark.parametrize(
    ("status", "said"), [(EventStatus.CANCELLED, "STATUS:CANCELLED"), (EventStatus.POSTPONED, "STATUS:TENTATIVE")]
)
def test_a_calendar_says_what_became_of_the_event(status: EventStatus, said: str) -> None:
    assert said in calendar_of(found("UTC", MADE, status=status), None).decode()


# Before and after somebody can buy


async def test_the_preview_of_a_draft_leads_to_no_file_that_is_missing(
    office: Office, browser: httpx.AsyncClient
) -> None:
    ora = await office.person("ora", Role.ORGANIZER)
    user = await office.services.accounts.get(ora.id)
    mill = await office.services.organizations.create(user, "Old Mill", "")
    draft = replace(a_specification(organization_id=mill.id), status=EventStatus.DRAFT)
    event = (await office.services.events.create(user, draft)).event.id
    await log_in(browser, "ora")

    preview = page_in(await browser.get(f"/e/{event}"))
    await office.services.events.set_status(user, event, EventStatus.PUBLISHED)
    page = page_in(await browser.get(f"/e/{event}"))

    assert not preview.all("img", src=f"/e/{event}/poster.svg")
    assert not preview.all("a", href=f"/e/{event}/event.ics")
    assert page.all("img", src=f"/e/{event}/poster.svg")
    assert page.all("a", href=f"/e/{event}/event.ics")


async def test_a_choice_that_was_kept_is_told_only_where_something_can_be_done_with_it(
    office: Office, browser: httpx.AsyncClient
) -> None:
    event = await sold_out(office)
    ann = await office.person("ann")
    await log_in(browser, "ann")
    kept = f"/e/{event}?number=2&type=1&kept=yes"

    before = page_in(await browser.get(kept))
    await office.services.waitlist.join(ann.id, event, 2)
    waiting = page_in(await browser.get(kept))
    root = await office.services.accounts.get((await office.admin()).id)
    await office.services.events.set_status(root, event, EventStatus.CANCELLED)
    called_off = page_in(await browser.get(kept))

    assert "Your choice is kept. Join the waitlist now." in before.text
    assert "Your choice is kept" not in waiting.text
    assert "Your choice is kept" not in called_off.text


# When


@pytest.mark.parametrize(
    ("starts", "ends", "shown"),
    [
        ("2030-06-01T20:00", "2030-06-01T23:00", "20:00 – 23:00"),
        ("2030-06-01T22:00", "2030-06-02T05:59", "22:00 – 05:59"),
        ("2030-06-01T02:00", "2030-06-01T08:00", "02:00 – 08:00"),
        ("2030-06-01T22:00", "2030-06-02T06:00", "22:00 – Sunday, 2 June 2030, 06:00"),
        ("2030-06-01T02:00", "2030-06-02T05:00", "02:00 – Sunday, 2 June 2030, 05:00"),
        ("2030-06-01T20:00", "2030-06-03T23:00", "20:00 – Monday, 3 June 2030, 23:00"),
    ],
)
async def test_an_end_names_its_day_where_it_is_more_than_a_night_later(
    office: Office, browser: httpx.AsyncClient, starts: str, ends: str, shown: str
) -> None:
    start, end = [datetime.fromisoformat(local).replace(tzinfo=ZoneInfo("Asia/Tokyo")) for local in (starts, ends)]
    timed = replace(a_specification(starts_at=start), ends_at=end, timezone="Asia/Tokyo")
    event = await office.services.events.put_on(timed)

    page = page_in(await browser.get(f"/e/{event}"))

    assert shown in page.text
