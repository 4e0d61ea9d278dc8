"""Who may do what: every route of every contract is asked by everyone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import httpx
import pytest
from litestar.routes import HTTPRoute

from booked.adapters.http.access import authorization
from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts import web
from booked.adapters.http.contracts.contract import contract_at
from booked.asgi import CONTRACTS
from booked.domain.model.people.users import Role
from tests.http.answers import answers_problems, assert_refused_there
from tests.http.office import PASSWORD, TIME, Office, Person, open_office

UNKNOWN = "019c5b2e-7f00-7a3c-8e54-1f0a00000000"
DRAFT = {"name": "Concert", "unix_time": TIME, "address": "Main Street 1", "description": "Loud", "seat_count": 5}
MATCH = {"If-Match": "*"}
PLACE = {"name": "Mill", "address": "Mill Lane 1", "city": "York", "country": "United Kingdom"}
VENUE = {**PLACE, "capacity": 5, "organization_id": UNKNOWN}
EVENT = {"name": "Concert", "organization_id": UNKNOWN, "starts_at": "2027-06-01T19:30:00Z", "ticket_types": []}


@dataclass(frozen=True)
class Case:
    """Whom a route is for, and what becomes of a request of theirs that is good but for what it names.

    `status` is by role where they differ. Bytes are sent as a form, anything else as JSON.
    """

    access: Access
    status: int | Mapping[str, int]
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def status_for(self, role: str) -> int:
        return self.status if isinstance(self.status, int) else self.status[role]


MATRIX: dict[tuple[str, str], Case] = {
    # For people and their tools.
    ("GET", "/docs"): Case(Access.PUBLIC, 200),
    ("GET", "/redoc"): Case(Access.PUBLIC, 302),
    ("GET", "/docs/errors"): Case(Access.PUBLIC, 200),
    ("GET", "/docs/assets/start.js"): Case(Access.PUBLIC, 200),
    ("GET", "/docs/assets/{name}"): Case(Access.PUBLIC, 404),
    ("GET", "/openapi.json"): Case(Access.PUBLIC, 200),
    ("GET", "/metrics"): Case(Access.PUBLIC, 200),
    ("GET", "/health"): Case(Access.PUBLIC, 200),
    ("GET", "/health/live"): Case(Access.PUBLIC, 200),
    ("GET", "/health/ready"): Case(Access.PUBLIC, 200),
    # The first contract.
    ("POST", "/user/register"): Case(Access.PUBLIC, 400, {}),
    ("POST", "/user/login"): Case(Access.PUBLIC, 400, {}),
    ("GET", "/user/bookings"): Case(Access.USER, 200),
    ("GET", "/event"): Case(Access.PUBLIC, 200),
    ("POST", "/event"): Case(Access.ADMIN, 201, DRAFT),
    ("DELETE", "/event"): Case(Access.ADMIN, 400),
    ("POST", "/event/update"): Case(Access.ADMIN, 400, {"id": UNKNOWN}),
    ("POST", "/ticket/reserve"): Case(Access.USER, 400, {"event_id": UNKNOWN, "count": 1}),
    ("POST", "/ticket/book"): Case(Access.USER, 400, {"ticket_ids": []}),
    ("POST", "/ticket/cancel"): Case(Access.USER, 400, {"event_id": UNKNOWN, "count": 1}),
    ("POST", "/waitlist/add"): Case(Access.USER, 400, {"event_id": UNKNOWN, "count": 1}),
    ("GET", "/waitlist"): Case(Access.USER, 200),
    ("DELETE", "/waitlist"): Case(Access.USER, 400),
    ("GET", "/analytics"): Case(Access.ADMIN, 200),
    ("GET", "/analytics/cancellation_rates"): Case(Access.ADMIN, 200),
    # The resource API: people.
    ("POST", "/api/auth/register"): Case(Access.PUBLIC, 400, {"email": "x", "password": PASSWORD}),
    ("POST", "/api/auth/jwt/create"): Case(Access.PUBLIC, 401, {"email": "zoe@example.com", "password": PASSWORD}),
    ("POST", "/api/auth/jwt/refresh"): Case(Access.PUBLIC, 401, {"refresh": "x"}),
    ("POST", "/api/auth/logout"): Case(Access.PUBLIC, 204, {"refresh": "x"}),
    ("GET", "/api/v1/users/me"): Case(Access.USER, 200),
    ("PATCH", "/api/v1/users/me"): Case(Access.USER, 200, {}),
    ("POST", "/api/v1/users/me/password"): Case(Access.USER, 401, {"current_password": "x", "new_password": PASSWORD}),
    ("GET", "/api/v1/users"): Case(Access.ADMIN, 200),
    ("PATCH", "/api/v1/users/{user_id}"): Case(Access.ADMIN, 404, {"role": "user"}),
    ("GET", "/api/v1/organizations"): Case(Access.ORGANIZER, 200),
    ("POST", "/api/v1/organizations"): Case(Access.ORGANIZER, 400, {"name": ""}),
    ("GET", "/api/v1/organizations/{organization_id}"): Case(Access.ORGANIZER, 404),
    ("PATCH", "/api/v1/organizations/{organization_id}"): Case(Access.ORGANIZER, 404, {"name": "x"}, MATCH),
    ("GET", "/api/v1/organizations/{organization_id}/members"): Case(Access.ORGANIZER, 404),
    ("PUT", "/api/v1/organizations/{organization_id}/members/{user_id}"): Case(Access.ORGANIZER, 404),
    ("DELETE", "/api/v1/organizations/{organization_id}/members/{user_id}"): Case(Access.ORGANIZER, 404),
    # The resource API: the catalogue.
    ("GET", "/api/v1/categories"): Case(Access.OPTIONAL, 200),
    ("POST", "/api/v1/categories"): Case(Access.ADMIN, 400, {"name": ""}),
    ("PATCH", "/api/v1/categories/{category_id}"): Case(Access.ADMIN, 404, {"name": "Jazz"}),
    ("DELETE", "/api/v1/categories/{category_id}"): Case(Access.ADMIN, 404),
    ("GET", "/api/v1/venues"): Case(Access.OPTIONAL, 200),
    ("POST", "/api/v1/venues"): Case(Access.ORGANIZER, 404, VENUE),
    ("GET", "/api/v1/venues/{venue_id}"): Case(Access.OPTIONAL, 404),
    ("PATCH", "/api/v1/venues/{venue_id}"): Case(Access.ORGANIZER, 404, {}, MATCH),
    ("DELETE", "/api/v1/venues/{venue_id}"): Case(Access.ORGANIZER, 404),
    ("GET", "/api/v1/events"): Case(Access.OPTIONAL, 200),
    ("POST", "/api/v1/events"): Case(Access.ORGANIZER, 404, EVENT),
    ("GET", "/api/v1/events/{event_id}"): Case(Access.OPTIONAL, 404),
    ("PATCH", "/api/v1/events/{event_id}"): Case(Access.ORGANIZER, 404, {}, MATCH),
    ("DELETE", "/api/v1/events/{event_id}"): Case(Access.ORGANIZER, 404),
    ("POST", "/api/v1/events/{event_id}/copy"): Case(Access.ORGANIZER, 404, {"starts_at": "2030-01-01T20:00:00Z"}),
    ("POST", "/api/v1/events/{event_id}/status"): Case(Access.ORGANIZER, 404, {"status": "PUBLISHED"}),
    ("GET", "/api/v1/events/{event_id}/tickets"): Case(Access.OPTIONAL, 404),
    ("POST", "/api/v1/events/{event_id}/tickets"): Case(Access.ORGANIZER, 404, {"ticket_types": []}),
    ("PATCH", "/api/v1/events/{event_id}/tickets/{ticket_type_id}"): Case(Access.ORGANIZER, 404, {}),
    ("DELETE", "/api/v1/events/{event_id}/tickets/{ticket_type_id}"): Case(Access.ORGANIZER, 404),
    ("GET", "/api/v1/events/{event_id}/seats"): Case(Access.OPTIONAL, 404),
    ("GET", "/api/v1/events/{event_id}/seats/layout"): Case(Access.OPTIONAL, 404),
    ("GET", "/api/v1/events/{event_id}/seats/availability"): Case(Access.OPTIONAL, 404),
    ("GET", "/api/v1/events/{event_id}/live"): Case(Access.OPTIONAL, 404),
    ("GET", "/api/v1/events/{event_id}/seats/{seat_id}"): Case(Access.OPTIONAL, 404),
    ("POST", "/api/v1/events/{event_id}/seats/block"): Case(Access.ORGANIZER, 404, {"seats": [UNKNOWN]}),
    ("POST", "/api/v1/events/{event_id}/seats/unblock"): Case(Access.ORGANIZER, 404, {"seats": [UNKNOWN]}),
    # The resource API: the sale.
    ("GET", "/api/v1/reservations"): Case(Access.USER, 200),
    ("POST", "/api/v1/reservations"): Case(Access.USER, 404, {"event_id": UNKNOWN, "num_tickets": 1}),
    ("GET", "/api/v1/reservations/{reservation_id}"): Case(Access.USER, 404),
    ("PUT", "/api/v1/reservations/{reservation_id}"): Case(
        Access.USER, 404, {"num_tickets": 1, "operation": "increase number of tickets"}
    ),
    ("DELETE", "/api/v1/reservations/{reservation_id}"): Case(Access.USER, 404),
    ("POST", "/api/v1/reservations/{reservation_id}/extend"): Case(Access.USER, 404),
    ("GET", "/api/bookings"): Case(Access.USER, 200),
    ("GET", "/api/v1/bookings"): Case(Access.USER, 200),
    ("POST", "/api/v1/bookings"): Case(Access.USER, 404, {"ticket_type_id": UNKNOWN, "num_tickets": 1}),
    ("GET", "/api/v1/bookings/{booking_id}"): Case(Access.USER, 404),
    ("PATCH", "/api/v1/bookings/{booking_id}"): Case(Access.USER, 404, {"num_tickets": 1}),
    ("DELETE", "/api/v1/bookings/{booking_id}"): Case(Access.USER, 404),
    ("POST", "/api/v1/bookings/{booking_id}/cancel"): Case(Access.USER, 404),
    ("PATCH", "/api/v1/bookings/{booking_id}/cancel"): Case(Access.USER, 404),
    ("POST", "/api/v1/bookings/{booking_id}/seats"): Case(Access.USER, 404, {"seat_id": UNKNOWN}),
    ("DELETE", "/api/v1/bookings/{booking_id}/seats/{seat_id}"): Case(Access.USER, 404),
    ("POST", "/api/v1/bookings/{booking_id}/check-in"): Case(Access.USER, 404, {"ticket": UNKNOWN}),
    ("DELETE", "/api/v1/bookings/{booking_id}/check-in/{ticket_id}"): Case(Access.USER, 404),
    ("GET", "/api/v1/waitlist"): Case(Access.USER, 200),
    ("POST", "/api/v1/waitlist"): Case(Access.USER, 404, {"event_id": UNKNOWN, "num_tickets": 1}),
    ("DELETE", "/api/v1/waitlist/{entry_id}"): Case(Access.USER, 404),
    ("GET", "/api/v1/analytics/events"): Case(Access.ORGANIZER, 200),
    ("GET", "/api/v1/events/{event_id}/analytics"): Case(Access.ORGANIZER, 404),
    ("GET", "/api/v1/events/{event_id}/attendees"): Case(Access.ORGANIZER, 404),
    # Beside it.
    ("POST", "/auth/token"): Case(Access.PUBLIC, 400, b"grant_type=password"),
    ("GET", "/concerts"): Case(Access.PUBLIC, 200),
    ("GET", "/concerts/search"): Case(Access.PUBLIC, 200),
    ("GET", "/concerts/id/{concert_id}"): Case(Access.PUBLIC, 404),
    ("GET", "/seats"): Case(Access.PUBLIC, 200),
    ("GET", "/seats/id/{seat_id}"): Case(Access.PUBLIC, 404),
    ("GET", "/bookings"): Case(Access.USER, 200),
    ("GET", "/bookings/{booking_id}"): Case(Access.EITHER, 404),
    ("DELETE", "/bookings/{booking_id}"): Case(Access.COUNTER, 404),
    ("POST", "/events"): Case(Access.COUNTER, 400, {"name": "", "total_tickets": 1}),
    ("GET", "/events/{event_id}"): Case(Access.COUNTER, 404),
    ("POST", "/events/{event_id}/bookings"): Case(Access.COUNTER, 404, {"user_id": "x", "ticket_count": 1}),
}

# What is not in the document, because it is no interface of programs.
FOR_PEOPLE = {
    "/docs",
    "/redoc",
    "/docs/errors",
    "/docs/assets/start.js",
    "/docs/assets/{name}",
    "/openapi.json",
    "/metrics",
}

# The lowest role of those that a route is for.
LOWEST = {Access.USER: "user", Access.ORGANIZER: "organizer", Access.ADMIN: "admin"}
ROLES = ["nobody", "user", "organizer", "admin"]
COUNTERS = {Access.COUNTER, Access.EITHER}


def filled(path: str) -> str:
    """A path with ids that nothing has."""
    return re.sub(r"\{\w+\}", UNKNOWN, path)


PATHS = sorted({filled(path) for _, path in MATRIX})
CLOSED = {
    (method, filled(path)): case for (method, path), case in MATRIX.items() if case.access in {*LOWEST, *COUNTERS}
}


@pytest.fixture
async def people(office: Office) -> dict[str, Person | None]:
    return {
        "nobody": None,
        "user": await office.person("ann"),
        "organizer": await office.person("ben", Role.ORGANIZER),
        "admin": await office.person("root", Role.ADMIN),
    }


async def ask(office: Office, method: str, path: str, case: Case, who: Person | None) -> httpx.Response:
    headers = {**case.headers, **(who.bearer if who else {})}
    address = filled(path)
    if isinstance(case.body, bytes):
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return await office.http.request(method, address, headers={**headers, **form}, content=case.body)
    if case.body is None:
        return await office.http.request(method, address, headers=headers)
    return await office.http.request(method, address, headers=headers, json=case.body)


def test_the_matrix_has_every_route(office: Office) -> None:
    routes = {
        (method, route.path_format)
        for route in office.app.routes
        if isinstance(route, HTTPRoute) and contract_at(route.path, CONTRACTS) is not web.CONTRACT
        for method in route.methods - {"OPTIONS"}
    }

    assert routes == set(MATRIX), "every route has a row here, and every row a route; pages are in tests/http/web"


async def test_every_route_lets_in_those_it_is_for_and_nobody_else(
    office: Office, people: dict[str, Person | None]
) -> None:
    for (method, path), case in MATRIX.items():
        forbidden = 403 if answers_problems(path) else 401
        for role in ROLES:
            reply = await ask(office, method, path, case, people[role])

            if case.access is Access.COUNTER or (case.access is Access.EITHER and role == "nobody"):
                assert_refused_there(reply, 401, "USER-17")
            elif case.access in LOWEST and role == "nobody":
                assert_refused_there(reply, 401, "USER-06")
            elif case.access in LOWEST and ROLES.index(role) < ROLES.index(LOWEST[case.access]):
                assert_refused_there(reply, forbidden, "USER-01")
            else:
                assert reply.status_code == case.status_for(role), (method, path, role, reply.text)


async def test_nobody_is_let_in_with_a_false_token_but_where_tokens_do_not_matter(office: Office) -> None:
    for (method, path), case in MATRIX.items():
        if case.access is not Access.PUBLIC:
            false = Case(case.access, 401, case.body, {**case.headers, "Authorization": "Bearer x.y.z"})
            code = "USER-17" if case.access is Access.COUNTER else "USER-06"
            assert_refused_there(await ask(office, method, path, false, None), 401, code)


@pytest.mark.parametrize("header", ["X-API-Key", "Authorization"])
async def test_an_api_key_opens_the_counter_and_nothing_else(office: Office, header: str) -> None:
    _, key = await office.services.api_keys.create("Agency")
    shown = {header: key if header == "X-API-Key" else f"Bearer {key}"}

    for (method, path), case in MATRIX.items():
        reply = await ask(office, method, path, replace(case, headers={**case.headers, **shown}), None)

        if case.access in LOWEST or (case.access is Access.OPTIONAL and header == "Authorization"):
            assert_refused_there(reply, 401, "USER-06")
        else:
            assert reply.status_code == case.status_for("nobody"), (method, path, reply.text)


async def test_an_open_box_office_lets_everybody_come_to_the_counter(database_url: str, redis_url: str) -> None:
    async with open_office(database_url, redis_url, counter_open=True) as office:
        for (method, path), case in MATRIX.items():
            if case.access in COUNTERS:
                reply = await ask(office, method, path, case, None)
                assert reply.status_code == case.status_for("nobody"), (method, path, reply.text)


async def test_the_document_has_the_same_doors(office: Office) -> None:
    paths = (await office.get("/openapi.json")).json()["paths"]
    users: list[dict[str, list[str]]] = [{"bearer": []}, {"login": []}]
    doors: dict[Access, list[dict[str, list[str]]]] = {
        Access.PUBLIC: [],
        Access.OPTIONAL: [{}, *users],
        Access.COUNTER: [{}, {"api_key": []}],
        Access.EITHER: [{}, *users, {"api_key": []}],
    }

    for (method, path), case in MATRIX.items():
        operation = paths.get(path.rstrip("/") + "/", {}).get(method.lower())
        if operation is not None:
            assert operation["security"] == doors.get(case.access, users), (method, path)


async def test_the_matrix_goes_red_when_routes_are_open_by_default(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authorization, "USER", Access.PUBLIC)

    for path in ("/user/bookings/", "/api/v1/users/me/"):
        assert (await office.get(path)).status_code != 401
