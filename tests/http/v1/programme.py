"""What an organizer has put on through the resource API: an organization, venues, categories, events."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from booked.domain.model.people.users import Role
from tests.http.office import Headers, Office, Person

Json = dict[str, Any]

CATEGORIES = "/api/v1/categories/"
EVENTS = "/api/v1/events/"
ORGANIZATIONS = "/api/v1/organizations/"
VENUES = "/api/v1/venues/"
NOTHING = "01890000-0000-7000-8000-000000000000"
ANY = {"If-Match": "*"}
OPENING = "2027-06-01T19:30:00Z"

STALLS = {"section": "Stalls", "rows": 4, "seats_per_row": 5, "row_style": "letters"}
CIRCLE = {"section": "Circle", "rows": 2, "seats_per_row": 10, "first_row": 3, "first_seat": 101}
STANDING = {"name": "Standing", "price": "29.90", "quota": 50}


@dataclass(frozen=True)
class Programme:
    """`ora` is an organizer, and a member of the organization; `otto` is an organizer who is not."""

    office: Office
    admin: Person
    ora: Person
    otto: Person
    organization: str

    async def venue(self, **fields: object) -> Json:
        """A venue of forty seats and room for more, unless it is said otherwise."""
        venue = {
            "name": "Old Mill",
            "address": "Mill Lane 1",
            "city": "York",
            "country": "United Kingdom",
            "capacity": 1000,
            "organization_id": self.organization,
            "layout": [STALLS, CIRCLE],
        }
        return await self.made(VENUES, {**venue, **fields})

    async def category(self, name: str = "Music") -> Json:
        return await self.made(CATEGORIES, {"name": name}, self.admin)

    async def event(self, **fields: object) -> Json:
        """A published event of fifty tickets without seats, unless it is said otherwise."""
        return await self.made(EVENTS, self.request(**fields))

    async def seated(self, front: str = "49.90", **fields: object) -> Json:
        """A published event of forty seats at a venue of its own. Those in front have a price of their own."""
        venue = await self.venue()
        stalls = {"name": "Front", "price": front, "sections": ["Stalls"]}
        circle = {"name": "Back", "price": "19.90", "sections": ["Circle"]}
        return await self.event(venue_id=venue["id"], ticket_types=[circle, stalls], **fields)

    def request(self, **fields: object) -> Json:
        event = {
            "name": "Concert",
            "organization_id": self.organization,
            "starts_at": OPENING,
            "address": "Main Street 1",
            "ticket_types": [STANDING],
            "status": "PUBLISHED",
        }
        return {**event, **fields}

    async def made(self, path: str, body: object, who: Person | None = None) -> Json:
        reply = await self.office.post(path, body, who or self.ora)
        assert reply.status_code == 201, reply.text
        made: Json = reply.json()
        return made

    async def shown(self, path: str, who: Person | None = None) -> Any:
        reply = await self.office.get(path, who)
        assert reply.status_code == 200, reply.text
        return reply.json()

    async def found(self, query: Mapping[str, str | int] | None = None, who: Person | None = None) -> list[str]:
        """The names of events that a search finds, of one page."""
        return [event["name"] for event in (await self.shown(f"{EVENTS}?{httpx.QueryParams(query)}", who))["items"]]

    async def patch(
        self, path: str, body: object, who: Person | None = None, headers: Mapping[str, str] = ANY
    ) -> httpx.Response:
        return await self.office.http.patch(path, json=body, headers={**(who or self.ora).bearer, **headers})

    async def post(self, path: str, body: object, who: Person | None = None, headers: Headers = None) -> httpx.Response:
        return await self.office.post(path, body, who or self.ora, headers)

    async def walk(self, path: str, who: Person | None = None, /, **query: str | int) -> list[Json]:
        """All items of all pages."""
        items: list[Json] = []
        while True:
            page = await self.shown(f"{path}?{httpx.QueryParams(query)}", who)
            items += page["items"]
            if page["next_cursor"] is None:
                return items
            query["cursor"] = page["next_cursor"]


async def open_programme(office: Office) -> Programme:
    ora, otto = await office.person("ora", Role.ORGANIZER), await office.person("otto", Role.ORGANIZER)
    reply = await office.post(ORGANIZATIONS, {"name": "Playhouse"}, ora)
    assert reply.status_code == 201, reply.text
    return Programme(office, await office.admin(), ora, otto, reply.json()["id"])


def address_of(event: Json) -> str:
    return f"{EVENTS}{event['id']}/"


def key(text: str) -> dict[str, str]:
    return {"Idempotency-Key": text}


async def set_status(programme: Programme, event: Json, status: str, who: Person | None = None) -> int:
    return (await programme.post(f"{address_of(event)}status/", {"status": status}, who)).status_code
