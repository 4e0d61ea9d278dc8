"""Reserving and booking through the resource API."""

from tests.http.office import Person
from tests.http.v1.programme import Json, Programme, address_of

RESERVATIONS = "/api/v1/reservations/"
BOOKINGS = "/api/v1/bookings/"
WAITLIST = "/api/v1/waitlist/"


async def reserved(programme: Programme, event: Json, who: Person, **selection: object) -> Json:
    return await programme.made(RESERVATIONS, {"event_id": event["id"], **selection}, who)


async def booked(programme: Programme, who: Person, **what: object) -> Json:
    return await programme.made(BOOKINGS, what, who)


async def types_of(programme: Programme, event: Json) -> list[Json]:
    types: list[Json] = (await programme.shown(f"{address_of(event)}tickets/"))["items"]
    return types


async def seats_of(programme: Programme, event: Json, **query: str | int) -> list[Json]:
    return await programme.walk(f"{address_of(event)}seats/", **query)


def address_in(collection: str, member: Json) -> str:
    return f"{collection}{member['id']}/"


def increase(count: int) -> Json:
    return {"num_tickets": count, "operation": "increase number of tickets"}


def decrease(count: int) -> Json:
    return {"num_tickets": count, "operation": "decrease number of tickets"}
