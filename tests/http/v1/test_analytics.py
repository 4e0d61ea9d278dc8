"""Figures in the resource API: for whom, of what, as JSON and as CSV."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from booked.adapters.http.responses.csv_tables import csv_table
from booked.adapters.postgres.figures import analytics
from tests.http.answers import assert_problem
from tests.http.office import Office, Person
from tests.http.v1.programme import EVENTS, Json, Programme, address_of, set_status
from tests.http.v1.sale import RESERVATIONS, address_in, booked, reserved, seats_of, types_of

FIGURES = "/api/v1/analytics/events/"
CSV = {"Accept": "text/csv"}


@pytest.fixture
async def sold(programme: Programme, ann: Person) -> Json:
    """An event of forty seats: two blocked, four sold and one of them cancelled, three held, five given back."""
    event = await programme.seated()
    types = {type_["name"]: type_["id"] for type_ in await types_of(programme, event)}
    front = await seats_of(programme, event, section="Stalls")
    blocked = {"seats": [seat["id"] for seat in front[-2:]]}
    assert (await programme.post(f"{address_of(event)}seats/block/", blocked)).status_code == 204
    await booked(programme, ann, ticket_type_id=types["Front"], num_tickets=2)
    made = await booked(programme, ann, ticket_type_id=types["Back"], num_tickets=2)
    await programme.office.send("PATCH", f"/api/v1/bookings/{made['id']}/", {"num_tickets": 1}, ann)
    await reserved(programme, event, ann, num_tickets=3, ticket_type_id=types["Back"])
    back = await reserved(programme, event, ann, num_tickets=5)
    await programme.office.delete(address_in(RESERVATIONS, back), ann)
    return event


async def test_a_report_tells_all_there_is_to_know(programme: Programme, sold: Json) -> None:
    report = await programme.shown(f"{address_of(sold)}analytics/", programme.ora)

    today = datetime.now(UTC).date().isoformat()
    hours = report.pop("hours")
    assert [hour["starts_at"] for hour in hours] == [f"{today}T{hour:02}:00:00Z" for hour in range(24)]
    happened = [hour for hour in hours if hour["booked"] or hour["cancelled"]]
    assert sum(hour["booked"] for hour in happened) == 4
    assert sum(float(hour["revenue"]) - float(hour["refunded"]) for hour in happened) == pytest.approx(119.7)
    types = {type_["name"]: type_["id"] for type_ in await types_of(programme, sold)}
    assert report == {
        "event": {"id": sold["id"], "name": "Concert", "starts_at": sold["starts_at"]},
        "currency": "EUR",
        "totals": {
            "seats": 40,
            "sold": 3,
            "blocked": 2,
            "held": 3,
            "available": 32,
            "booked": 4,
            "cancelled": 1,
            "revenue": "119.70",
            "cancellation_rate": 0.25,
        },
        "ticket_types": [
            {
                "ticket_type": {"id": types["Back"], "name": "Back"},
                "seats": 20,
                "sold": 1,
                "blocked": 0,
                "held": 3,
                "available": 16,
                "booked": 2,
                "cancelled": 1,
                "revenue": "19.90",
                "cancellation_rate": 0.5,
            },
            {
                "ticket_type": {"id": types["Front"], "name": "Front"},
                "seats": 20,
                "sold": 2,
                "blocked": 2,
                "held": 0,
                "available": 16,
                "booked": 2,
                "cancelled": 0,
                "revenue": "99.80",
                "cancellation_rate": 0.0,
            },
        ],
        "days": [{"day": today, "booked": 4, "cancelled": 1, "revenue": "139.60", "refunded": "19.90"}],
        "funnel": {"reserved": 12, "booked": 4, "lapsed": 0, "given_back": 5},
        "timezone": "UTC",
    }


async def test_a_report_counts_days_in_the_zone_of_the_event_or_another(
    programme: Programme, office: Office, ann: Person
) -> None:
    event = await programme.event(timezone="Pacific/Kiritimati")
    await office.buy(ann, event["id"], 2)
    path = f"{address_of(event)}analytics/"

    def today(ago: timedelta = timedelta(0)) -> set[str]:
        now = datetime.now(UTC) - ago
        return {(now + hours * timedelta(hours=1)).date().isoformat() for hours in (14, -12)}

    own = await programme.shown(path, programme.ora)
    other = await programme.shown(f"{path}?timezone=Etc/GMT%2B12", programme.ora)

    assert (own["timezone"], other["timezone"]) == ("Pacific/Kiritimati", "Etc/GMT+12")
    assert len({own["days"][0]["day"], other["days"][0]["day"]}) == 2
    assert {own["days"][0]["day"], other["days"][0]["day"]} in (today(), today(timedelta(minutes=5)))
    table = await office.get(f"{path}?format=csv&timezone=Etc/GMT%2B12", programme.ora)
    assert {row["timezone"] for row in rows_of(table.text)} == {"Etc/GMT+12"}
    assert (await programme.shown(f"{path}?day=2001-01-01", programme.ora))["hours"] == []
    assert_problem(await office.get(f"{path}?day=today", programme.ora), 400, "SYS-17")
    for zone in ("", "Berlin"):
        reply = await office.get(f"{path}?timezone={zone}", programme.ora)
        assert_problem(reply, 400, "SYS-17")
        assert "such as Europe/Berlin" in reply.json()["detail"]


async def test_an_event_stays_among_the_figures_of_all_when_it_is_postponed_or_over(
    programme: Programme, ann: Person
) -> None:
    event = await programme.event()
    [type_] = await types_of(programme, event)
    await booked(programme, ann, ticket_type_id=type_["id"], num_tickets=2)

    shown = []
    for status in ("POSTPONED", "PUBLISHED", "COMPLETED"):
        assert await set_status(programme, event, status) == 200
        [sales] = (await programme.office.get("/analytics/", programme.admin)).json()
        [rate] = (await programme.office.get("/analytics/cancellation_rates/", programme.admin)).json()
        assert (sales["event_id"], sales["sold_tickets"]) == (event["id"], 2)
        assert rate.get("event_status") == sales.get("event_status")
        shown.append(sales.get("event_status"))

    assert shown == ["postponed", None, "completed"]


async def test_events_are_compared(programme: Programme, sold: Json) -> None:
    [figures] = (await programme.shown(FIGURES, programme.ora))["items"]

    assert figures == {
        "event": {"id": sold["id"], "name": "Concert", "starts_at": sold["starts_at"]},
        "seats": 40,
        "sold": 3,
        "blocked": 2,
        "available": 32,
        "booked": 4,
        "cancelled": 1,
        "revenue": "119.70",
        "currency": "EUR",
        "cancellation_rate": 0.25,
    }


async def test_figures_are_for_the_organizers_of_an_event_and_for_admins(
    programme: Programme, office: Office, sold: Json, ann: Person
) -> None:
    report = f"{address_of(sold)}analytics/"

    assert_problem(await office.get(report), 401, "USER-06")
    assert_problem(await office.get(report, ann), 403, "USER-01")
    assert_problem(await office.get(report, programme.otto), 403, "USER-12")
    assert_problem(await office.get(FIGURES, ann), 403, "USER-01")
    assert await programme.shown(report, programme.admin) == await programme.shown(report, programme.ora)
    assert (await programme.shown(FIGURES, programme.otto))["items"] == []
    assert len((await programme.shown(FIGURES, programme.admin))["items"]) == 1


async def test_events_are_compared_page_by_page(programme: Programme) -> None:
    events = [(await programme.event())["id"] for _ in range(5)]

    listed = await programme.walk(FIGURES, programme.ora, limit=2)

    assert [figures["event"]["id"] for figures in listed] == list(reversed(events))


# Ten thousand events of a thousand tickets sold each, over a month: the counters, which is all that figures come from.
MANY_EVENTS = """
    INSERT INTO events
    SELECT (jsonb_populate_record(events, jsonb_build_object(
        'id', lpad(to_hex(n), 8, '0') || '-0000-7000-8000-000000000000'
    ))).*
    FROM events, generate_series(1, 9999) AS n
    WHERE id = $1
"""
MANY_DAYS = """
    INSERT INTO event_quarters (event_id, since, type_number, booked, cancelled, revenue, refunded)
    SELECT id, timestamptz '2026-10-01 UTC' + day * interval '1 day', type_number, 18, 1, 46000, 2500
    FROM events, generate_series(0, 29) AS day, generate_series(1, 2) AS type_number
"""


async def rows_read(office: Office, statement: str, *values: object) -> int:
    """Count the rows that a statement reads from tables to answer once."""
    async with office.connection() as connection:
        [row] = await connection.fetch(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", *values)
    return sum(_rows_read_by(json.loads(row[0])[0]["Plan"]))


def _rows_read_by(plan: Json) -> Iterator[int]:
    if "Relation Name" in plan:
        yield int((plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * plan["Actual Loops"])
    for part in plan.get("Plans", []):
        yield from _rows_read_by(part)


async def test_figures_of_ten_million_sold_tickets_are_read_from_counters(programme: Programme, office: Office) -> None:
    types = [{"name": name, "price": "25.00", "quota": 600} for name in ("Standing", "Lounge")]
    event = await programme.event(ticket_types=types)
    async with office.connection() as connection:
        await connection.execute(MANY_EVENTS, event["id"])
        await connection.execute("UPDATE events SET sold = 1000, cancelled = 50, revenue = 2500000")
        await connection.execute(MANY_DAYS)
        await connection.execute("ANALYZE")
        sold = await connection.fetchval("SELECT sum(sold) FROM events")

    page = await programme.shown(f"{FIGURES}?limit=100", programme.admin)
    report = await programme.shown(f"{address_of(event)}analytics/", programme.ora)

    assert sold == 10_000_000
    assert {(figures["sold"], figures["revenue"]) for figures in page["items"]} == {(1000, "25000.00")}
    assert (report["totals"]["sold"], len(report["days"])) == (1000, 30)
    of_one_organization = [analytics.LAST_ID, 100, "UTC", [programme.organization]]
    assert await rows_read(office, analytics.FIGURES, analytics.LAST_ID, 100, "UTC") == 100
    assert await rows_read(office, analytics.FIGURES_OF_ORGANIZATIONS, *of_one_organization) == 100
    assert await rows_read(office, analytics.DAYS, event["id"], "UTC") == 60


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\N{BYTE ORDER MARK}"), newline="")))


async def test_a_report_can_be_had_as_a_table(programme: Programme, office: Office, sold: Json) -> None:
    reply = await office.get(f"{address_of(sold)}analytics/?format=csv", programme.ora)

    event, back, front, day = rows_of(reply.text)
    assert reply.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert reply.headers["Content-Disposition"] == 'attachment; filename="analytics.csv"'
    assert (event["of"], event["seats"], event["sold"], event["booked"], event["revenue"]) == (
        "event",
        "40",
        "3",
        "4",
        "119.70",
    )
    assert (event["reserved"], event["given_back"], event["day"], event["currency"]) == ("12", "5", "", "EUR")
    assert [(row["of"], row["ticket_type"], row["revenue"]) for row in (back, front)] == [
        ("ticket type", "Back", "19.90"),
        ("ticket type", "Front", "99.80"),
    ]
    assert (day["of"], day["day"], day["revenue"], day["refunded"]) == (
        "day",
        datetime.now(UTC).date().isoformat(),
        "139.60",
        "19.90",
    )
    assert reply.text.endswith("\r\n")
    assert "\n" not in reply.text.replace("\r\n", "")


async def test_a_table_of_events_leads_to_the_next_one(programme: Programme, office: Office) -> None:
    events = [(await programme.event())["id"] for _ in range(5)]

    listed, path = [], f"{FIGURES}?limit=2"
    while path:
        reply = await office.get(path, programme.ora, CSV)
        listed += [row["event_id"] for row in rows_of(reply.text)]
        link = reply.headers.get("Link", "")
        path = link.partition(">")[0].removeprefix("<")
        assert not link or link.endswith('>; rel="next"')

    assert listed == list(reversed(events))


@pytest.mark.parametrize(
    ("query", "accept", "kind"),
    [
        ("", "*/*", "application/json"),
        ("", "application/json", "application/json"),
        ("", "application/json, text/csv;q=0.5", "application/json"),
        ("", "text/csv", "text/csv"),
        ("", "text/csv, */*;q=0.1", "text/csv"),
        ("", "image/png", "application/json"),
        ("", "nonsense", "application/json"),
        ("", "text/csv;q=0", "application/json"),
        ("", "text/csv;q=1e999", "text/csv"),
        ("", "*/*;q=inf, text/csv;q=-1e999", "application/json"),
        ("", "text/csv;q=0.1, */*;q=0.9", "application/json"),
        ("", "application/json;q=0.1, */*;q=0.9", "text/csv"),
        ("", "application/json;q=0.1, text/*;q=0.9, */*;q=0.5", "text/csv"),
        ("", "text/*;q=0.9, text/csv;q=0", "application/json"),
        ("", "text/*;q=0.9, text/csv;q=0.1, application/json;q=0.2", "application/json"),
        ("", "application/json;q=0, */*", "text/csv"),
        ("", "text/csv, */*", "text/csv"),
        ("", "*/*, text/csv", "application/json"),
        ("", "text/csv;q=0, application/json;q=0", "application/json"),
        ("", "text/csv;header=absent;q=0.1, text/csv, application/json;q=0.5", "text/csv"),
        ("?format=json", "text/csv", "application/json"),
        ("?format=csv", "application/json", "text/csv"),
    ],
)
async def test_the_reader_chooses_the_form(
    programme: Programme, office: Office, query: str, accept: str, kind: str
) -> None:
    reply = await office.get(f"{FIGURES}{query}", programme.ora, {"Accept": accept})

    assert reply.status_code == 200
    assert reply.headers["Content-Type"].partition(";")[0] == kind


@pytest.mark.parametrize("query", ["format=xml", "format=", "format=csv&format=csv", "limit=0", "days=3"])
async def test_a_form_that_there_is_not_is_refused(programme: Programme, office: Office, query: str) -> None:
    assert_problem(await office.get(f"{FIGURES}?{query}", programme.ora), 400, "SYS-17")


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", '=HYPERLINK("x")'])
async def test_names_do_not_become_formulas(programme: Programme, office: Office, name: str) -> None:
    event = await programme.event(name=name, ticket_types=[{"name": name, "price": "1.00", "quota": 1}])

    events = await office.get(f"{FIGURES}?format=csv", programme.ora)
    report = await office.get(f"{EVENTS}{event['id']}/analytics/?format=csv", programme.ora)

    assert [row["event"] for row in rows_of(events.text)] == [f"'{name}"]
    assert [row["ticket_type"] for row in rows_of(report.text)] == ["", f"'{name}"]


def test_a_table_is_quoted_where_it_has_to_be() -> None:
    table = csv_table(["name", "count"], [['a "b", c', 1], ["two\nlines", None], ["-", -1]])

    assert table == b'\xef\xbb\xbfname,count\r\n"a ""b"", c",1\r\n"two\nlines",""\r\n"\'-",-1\r\n'


@pytest.mark.parametrize("separator", [";", "\t", "\n"])
def test_no_formula_begins_within_a_cell(separator: str) -> None:
    """Some spreadsheets split unquoted cells at these."""
    table = csv_table(["name"], [[f"Gala{separator}=1+1"]]).decode("utf-8-sig")

    assert table == f'name\r\n"Gala{separator}=1+1"\r\n'
