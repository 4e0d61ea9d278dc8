"""One event in the office: its details and ticket types, changed without overwriting what others changed."""

import csv
import io
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest

from booked.adapters.http.contracts.web.views.figures import DAYS_SHOWN, without_gaps
from booked.adapters.http.contracts.web.views.plots import Plot
from booked.domain.model.figures.analytics import DayTotals
from booked.domain.model.ids import EventId
from booked.domain.model.people.users import Role
from booked.domain.model.programme.events import EventRevision, EventStatus
from tests.http.office import Office
from tests.http.web.browser import KEY, Page, log_in, page_in

FORM = {
    "name": "Night Music",
    "place": "The Mill, York",
    "starts_at": "2030-06-01T20:00",
    "timezone": "Europe/Berlin",
    "price": "12.50",
    "currency": "EUR",
    "tickets": "40",
    "founded": "Mill Players",
    "key": "0123456789abcdef",
}

BALCONY = {"name": "Balcony", "price": "30", "quota": "5", "key": "fedcba9876543210"}


@pytest.fixture
async def event(office: Office, browser: httpx.AsyncClient) -> EventId:
    """An event of somebody who is logged in."""
    await office.person("olga", Role.ORGANIZER)
    await log_in(browser, "olga")
    reply = await browser.post("/office/new", data={**FORM, "publish": "yes"})
    return EventId(reply.headers["Location"].rpartition("/")[2])


def shown(page: Page) -> dict[str, str]:
    """Return the fields of the form of details as a browser would send them."""
    inputs = [found for found in page.all("input") if found.get("name") not in {None, "next"}]
    return {found["name"]: found.get("value", "") for found in inputs if found.get("type") != "checkbox"}


async def test_details_that_stay_are_not_touched(office: Office, browser: httpx.AsyncClient, event: EventId) -> None:
    before = await office.database.events.found(event)
    page = page_in(await browser.get(f"/office/events/{event}"))

    reply = await browser.post(f"/office/events/{event}", data=shown(page))

    after = await office.database.events.found(event)
    assert reply.status_code == 303, reply.text
    assert before is not None
    assert after is not None
    assert (after.event.starts_at, after.event.sales, after.event.cancellation) == (
        before.event.starts_at,
        before.event.sales,
        before.event.cancellation,
    )


async def test_details_are_changed(office: Office, browser: httpx.AsyncClient, event: EventId) -> None:
    form = shown(page_in(await browser.get(f"/office/events/{event}")))
    wanted = {"name": "Night", "ends_at": "2030-06-01T23:00", "ticket_limit": "4", "never_cancellable": "yes"}

    reply = await browser.post(f"/office/events/{event}", data={**form, **wanted, "description": "One\r\nTwo"})

    page = page_in(await browser.get(reply.headers["Location"]))
    found = await office.database.events.found(event)
    assert found is not None
    assert (found.event.name, found.event.ticket_limit, found.event.description) == ("Night", 4, "One\nTwo")
    assert page.all("input", name="ends_at", value="2030-06-01T23:00")
    assert page.all("input", name="never_cancellable", checked="")
    assert "It is saved." in page.text


async def test_another_time_zone_keeps_the_clock_on_the_wall(
    office: Office, browser: httpx.AsyncClient, event: EventId
) -> None:
    form = shown(page_in(await browser.get(f"/office/events/{event}")))

    await browser.post(f"/office/events/{event}", data={**form, "timezone": "America/New_York"})

    page = page_in(await browser.get(f"/office/events/{event}"))
    assert page.all("input", name="starts_at", value="2030-06-01T20:00")
    found = await office.database.events.found(event)
    assert found is not None
    assert found.event.starts_at.hour == 0
    assert found.event.sales.end == found.event.starts_at


async def test_what_somebody_else_changed_is_not_overwritten(
    office: Office, browser: httpx.AsyncClient, event: EventId
) -> None:
    form = shown(page_in(await browser.get(f"/office/events/{event}")))
    await office.services.events.change_on_sale(event, EventRevision(name="Theirs"))

    reply = await browser.post(f"/office/events/{event}", data={**form, "name": "Mine"})

    page = page_in(reply)
    assert reply.status_code == 409
    assert page.all("input", name="name", value="Mine")
    assert "Saved by now: Theirs" in page.text
    again = await browser.post(f"/office/events/{event}", data=shown(page))
    assert again.status_code == 303
    found = await office.database.events.found(event)
    assert found is not None
    assert found.event.name == "Mine"


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", ""),
        ("starts_at", "x"),
        ("timezone", "x"),
        ("ticket_limit", "0"),
        ("fee", "x"),
        ("ends_at", "1999-01-01T00:00"),
    ],
)
async def test_details_that_are_wrong_change_nothing_and_stay_in_the_form(
    office: Office, browser: httpx.AsyncClient, event: EventId, field: str, typed: str
) -> None:
    form = shown(page_in(await browser.get(f"/office/events/{event}")))
    before = await office.digest()

    reply = await browser.post(f"/office/events/{event}", data={**form, field: typed})

    assert reply.status_code == 400
    assert page_in(reply).all("input", name=field, value=typed)
    assert await office.digest() == before


async def test_a_ticket_type_is_added_with_an_early_bird(browser: httpx.AsyncClient, event: EventId) -> None:
    page_in(await browser.get(f"/office/events/{event}/types"))
    form = {**BALCONY, "early_price": "20", "early_until": "2030-05-01T00:00"}

    reply = await browser.post(f"/office/events/{event}/types", data=form)

    assert reply.status_code == 303, reply.text
    page = page_in(await browser.get(f"/e/{event}"))
    assert "Balcony" in page.text
    assert "€20.00" in page.text


async def test_a_form_that_is_sent_twice_adds_one_ticket_type(browser: httpx.AsyncClient, event: EventId) -> None:
    [key] = page_in(await browser.get(f"/office/events/{event}/types")).all("input", name="key")
    path = f"/office/events/{event}/types"

    replies = [await browser.post(path, data={**BALCONY, "key": key["value"]}) for _ in range(2)]

    assert [reply.status_code for reply in replies] == [303, 303]
    assert (await browser.get(f"{path}/2")).status_code == 200
    assert (await browser.get(f"{path}/3")).status_code == 404


async def test_only_the_form_of_a_new_ticket_type_has_a_key(browser: httpx.AsyncClient, event: EventId) -> None:
    new, present = [page_in(await browser.get(f"/office/events/{event}/types{path}")) for path in ("", "/1")]

    assert new.all("input", name="key")
    assert not present.all("input", name="key")
    assert present.all("input", name="version", value="1")


async def test_a_ticket_type_is_changed(browser: httpx.AsyncClient, event: EventId) -> None:
    path = f"/office/events/{event}/types/1"
    form = shown(page_in(await browser.get(path)))

    fewer = await browser.post(path, data={**form, "quota": "3", "description": ""})
    reply = await browser.post(path, data={**form, "quota": "50", "price": "15", "description": ""})

    assert (fewer.status_code, reply.status_code) == (400, 303)
    assert page_in(fewer).all("input", name="quota", value="3")
    page = page_in(await browser.get(path))
    assert page.all("input", name="quota", value="50")
    assert page.all("input", name="price", value="15.00")
    assert (await browser.get(f"/office/events/{event}/types/9")).status_code in {400, 404}


async def test_a_ticket_type_is_paused_hidden_and_given_a_period(browser: httpx.AsyncClient, event: EventId) -> None:
    path = f"/office/events/{event}/types/1"
    form = shown(page_in(await browser.get(path))) | {"description": ""}

    paused = await browser.post(path, data={**form, "paused": "yes", "sales_end": "2030-05-01T00:00"})
    page = page_in(await browser.get(path))
    in_office, for_buyers = [page_in(await browser.get(each)) for each in (f"/office/events/{event}", f"/e/{event}")]
    form = shown(page_in(await browser.get(path))) | {"description": ""}
    hidden = await browser.post(path, data={**form, "paused": "", "sales_end": "", "hidden": "yes"})
    shop = page_in(await browser.get(f"/e/{event}"))

    assert (paused.status_code, hidden.status_code) == (303, 303)
    assert page.all("input", name="paused", checked="")
    assert page.all("input", name="sales_end", value="2030-05-01T00:00")
    assert not page.all("input", name="hidden", checked="")
    assert "Paused" in in_office.text
    assert form["name"] in for_buyers.text
    assert form["name"] not in shop.text
    form = shown(page_in(await browser.get(path))) | {"description": ""}
    wrong = await browser.post(path, data={**form, "sales_start": "2030-05-02T00:00", "sales_end": "2030-05-01T00:00"})
    assert wrong.status_code == 400


async def test_a_form_of_a_type_does_not_undo_what_a_colleague_did_meanwhile(
    browser: httpx.AsyncClient, event: EventId
) -> None:
    path = f"/office/events/{event}/types/1"
    old = shown(page_in(await browser.get(path)))
    first = await browser.post(path, data={**old, "paused": "yes", "price": "15", "description": ""})

    late = await browser.post(path, data={**old, "description": "With a drink"})
    again = await browser.post(path, data={**shown(page_in(late)), "paused": "yes", "description": "With a drink"})

    assert (first.status_code, late.status_code, again.status_code) == (303, 409, 303)
    assert "Saved by now: 15.00" in page_in(late).text
    assert "Saved by now: ticked" in page_in(late).text
    page = page_in(await browser.get(path))
    assert page.all("input", name="paused", checked="")


async def test_a_ticket_type_says_how_few_and_how_many_one_can_have(browser: httpx.AsyncClient, event: EventId) -> None:
    path = f"/office/events/{event}/types/1"
    form = shown(page_in(await browser.get(path))) | {"description": ""}

    saved = await browser.post(path, data={**form, "min_per_order": "2", "max_per_user": "4"})
    now = shown(page_in(await browser.get(path))) | {"description": ""}
    wrong = [await browser.post(path, data={**now, "min_per_order": typed}) for typed in ("none", "101")]
    one = await browser.post(f"/e/{event}", data={"number": "1", "type": "1", "key": KEY})

    assert (form["min_per_order"], form["max_per_user"], saved.status_code) == ("", "", 303)
    assert page_in(await browser.get(path)).all("input", name="min_per_order", value="2")
    assert "At most 4 a person" in page_in(await browser.get(f"/e/{event}")).text
    assert [(reply.status_code, "whole number" in reply.text) for reply in wrong] == [(400, True), (400, False)]
    assert "At least 2 an order" in page_in(await browser.get(f"/e/{event}")).text
    assert (one.status_code, "at least 2 tickets" in page_in(one).text) == (400, True)


async def test_a_draft_and_a_ticket_type_of_it_are_deleted(office: Office, browser: httpx.AsyncClient) -> None:
    await office.person("olga", Role.ORGANIZER)
    await log_in(browser, "olga")
    made = await browser.post("/office/new", data=FORM)
    draft = EventId(made.headers["Location"].rpartition("/")[2])
    await browser.post(f"/office/events/{draft}/types", data=BALCONY)

    page = page_in(await browser.get(f"/office/events/{draft}/types/2"))
    deleted = await browser.post(f"/office/events/{draft}/types/2/delete")
    last = await browser.post(f"/office/events/{draft}/types/1/delete")
    gone = await browser.post(f"/office/events/{draft}/delete")

    assert page.all("form", action=f"/office/events/{draft}/types/2/delete")
    assert (deleted.status_code, deleted.headers["Location"]) == (303, f"/office/events/{draft}")
    assert last.status_code == 409
    assert (gone.status_code, gone.headers["Location"]) == (303, "/office")
    assert await office.database.events.found(draft) is None


async def test_an_event_on_sale_shows_no_way_to_delete_it_nor_its_sold_types(
    office: Office, browser: httpx.AsyncClient, event: EventId
) -> None:
    await browser.post(f"/office/events/{event}/types", data=BALCONY)
    await office.buy(await office.person("ann"), event, 1)

    pages = [page_in(await browser.get(f"/office/events/{event}{path}")) for path in ("", "/types/1", "/types/2")]
    kept = await browser.post(f"/office/events/{event}/types/1/delete")
    deleted = await browser.post(f"/office/events/{event}/types/2/delete")

    forms = [[form["action"] for form in page.all("form") if form["action"].endswith("/delete")] for page in pages]
    assert forms == [[], [], [f"/office/events/{event}/types/2/delete"]]
    assert (kept.status_code, "Hide it" in page_in(kept).text) == (409, True)
    assert (deleted.status_code, (await browser.get(f"/office/events/{event}/types/2")).status_code) == (303, 404)
    assert "Balcony" not in page_in(await browser.get(f"/e/{event}")).text


async def test_figures_say_in_a_table_what_the_plots_show(
    office: Office, browser: httpx.AsyncClient, event: EventId
) -> None:
    empty = page_in(await browser.get(f"/office/events/{event}/figures"))
    ann = await office.person("ann")
    await office.buy(ann, event, 3)

    page = page_in(await browser.get(f"/office/events/{event}/figures"))

    assert "Nothing is booked yet." in empty.text
    assert "3 of 40" in page.text
    assert "€37.50" in page.text
    assert len(page.all("svg", **{"aria-hidden": "true"})) == 8
    assert len(page.all("rect", height="120.0")) == 4  # of a day and an hour, what was booked and taken
    assert len(page.all("summary")) == 4
    assert (await browser.get(f"/office/events/{event}/figures?x=1")).status_code == 200


async def test_figures_show_the_hours_of_the_day_that_is_asked_for(
    office: Office, browser: httpx.AsyncClient, event: EventId
) -> None:
    ann = await office.person("ann")
    await office.buy(ann, event, 3)
    path = f"/office/events/{event}/figures"

    page = page_in(await browser.get(path))
    [day] = [link["href"] for link in page.all("a") if link["href"].startswith("?day=")]
    same, other = page_in(await browser.get(f"{path}{day}")), page_in(await browser.get(f"{path}?day=2001-01-01"))

    assert len(page.all("summary")) == len(same.all("summary")) == 4
    assert len(other.all("summary")) == 3
    assert "Nothing happened on this day." in other.text
    assert (await browser.get(f"{path}?day=x")).status_code == 400


async def test_each_table_of_the_figures_is_taken_along(
    office: Office, browser: httpx.AsyncClient, event: EventId
) -> None:
    ann = await office.person("ann")
    await office.buy(ann, event, 3)
    page = page_in(await browser.get(f"/office/events/{event}/figures"))
    paths = [link["href"] for link in page.all("a") if ".csv" in link["href"]]

    tables = []
    for path in paths:
        reply = await browser.get(path)
        assert reply.headers["Content-Type"].startswith("text/csv"), path
        tables.append(list(csv.DictReader(io.StringIO(reply.text.removeprefix("\N{BYTE ORDER MARK}"), newline=""))))

    [day], hours, [type_], [funnel] = tables
    assert (day["booked"], day["revenue"], day["currency"], day["timezone"]) == ("3", "37.50", "EUR", "Europe/Berlin")
    assert len(hours) in {23, 24, 25}
    assert [hour["booked"] for hour in hours if hour["booked"] != "0"] == ["3"]
    assert (type_["seats"], type_["sold"], type_["revenue"]) == ("40", "3", "37.50")
    assert funnel == {"reserved": "3", "booked": "3", "lapsed": "0", "given_back": "0"}
    assert (await browser.get(f"/office/events/{event}/figures.csv?table=x")).status_code == 400


async def test_nobody_else_takes_figures_along(office: Office, browser: httpx.AsyncClient, event: EventId) -> None:
    await office.person("otto", Role.ORGANIZER)
    await log_in(browser, "otto")

    assert (await browser.get(f"/office/events/{event}/figures.csv")).status_code == 403


def test_days_without_a_sale_have_their_place_between_others() -> None:
    first = date(2026, 11, 1)

    def days(*numbers: int) -> list[DayTotals]:
        return [DayTotals(first + timedelta(days=each), 1, 0, 100, 0) for each in numbers]

    assert [day.booked for day in without_gaps(days(0, 3))] == [1, 0, 0, 1]
    assert without_gaps(days(0, 200))[0].day == first + timedelta(days=201 - DAYS_SHOWN)
    assert without_gaps([]) == []


def test_the_longest_bar_is_that_of_the_greatest_number() -> None:
    columns, rows = Plot.columns([1, 4, 0]), Plot.rows([10, 5])

    assert [bar.height for bar in columns.bars] == [30, 120, 0]
    assert [bar.width for bar in rows.bars] == [400, 200]
    assert [bar.height for bar in Plot.columns([1, 100_000], 200_000).bars] == [2, 60]
    assert Plot.columns([]).bars == []


async def test_an_event_is_copied_once_as_a_draft_at_another_time(
    office: Office, browser: httpx.AsyncClient, event: EventId
) -> None:
    path = f"/office/events/{event}/copy"
    form = shown(page_in(await browser.get(path)))
    assert form["starts_at"] == "2030-06-01T20:00"

    form["starts_at"] = "2030-06-08T20:00"
    first, again = await browser.post(path, data=form), await browser.post(path, data=form)

    assert (first.status_code, first.headers["Location"]) == (303, again.headers["Location"])
    found = await office.database.events.found(EventId(first.headers["Location"].rpartition("/")[2]))
    assert found is not None
    made = found.event
    assert (made.id != event, made.name, made.status) == (True, "Night Music", EventStatus.DRAFT)
    assert made.starts_at == datetime(2030, 6, 8, 18, tzinfo=UTC)


async def test_a_copy_without_a_time_is_asked_for_one(browser: httpx.AsyncClient, event: EventId) -> None:
    form = shown(page_in(await browser.get(f"/office/events/{event}/copy"))) | {"starts_at": "soon"}

    reply = await browser.post(f"/office/events/{event}/copy", data=form)

    assert reply.status_code == 400
    assert "This is no date with a time" in reply.text
