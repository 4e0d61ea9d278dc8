"""Organizations in the resource API, and who belongs to them."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from booked.adapters.postgres.people.organizations import PostgresOrganizations
from booked.domain.model.ids import OrganizationId, UserId
from booked.domain.model.people.users import Role
from tests.guards import Guards
from tests.http.answers import assert_problem
from tests.http.office import Office, Person

ORGANIZATIONS = "/api/v1/organizations/"
NOTHING = "01890000-0000-7000-8000-000000000000"
ANY = {"If-Match": "*"}


@pytest.fixture
async def ora(office: Office) -> Person:
    """An organizer."""
    return await office.person("ora", Role.ORGANIZER)


@pytest.fixture
async def otto(office: Office) -> Person:
    """Another organizer."""
    return await office.person("otto", Role.ORGANIZER)


@pytest.fixture
async def playhouse(office: Office, ora: Person) -> str:
    """The address of an organization that Ora belongs to."""
    return await make(office, ora, "Playhouse")


async def make(office: Office, who: Person, name: str) -> str:
    reply = await office.post(ORGANIZATIONS, {"name": name}, who)
    assert reply.status_code == 201, reply.text
    return str(reply.headers["Location"])


async def members(office: Office, organization: str, who: Person) -> list[str]:
    reply = await office.get(f"{organization}members/", who)
    assert reply.status_code == 200, reply.text
    return [member["user"]["id"] for member in reply.json()["items"]]


async def test_an_organizer_makes_an_organization_and_belongs_to_it(office: Office, ora: Person) -> None:
    reply = await office.post(ORGANIZATIONS, {"name": " Playhouse ", "description": "In the\nold mill."}, ora)

    body = reply.json()
    assert reply.status_code == 201
    assert set(body) == {"id", "name", "description", "created_at"}
    assert (body["name"], body["description"]) == ("Playhouse", "In the\nold mill.")
    assert body["created_at"].endswith("Z")
    assert abs((datetime.fromisoformat(body["created_at"]) - datetime.now(UTC)).total_seconds()) < 60
    assert reply.headers["Location"] == f"{ORGANIZATIONS}{body['id']}/"
    shown = await office.get(reply.headers["Location"], ora)
    assert shown.json() == body
    assert shown.headers["ETag"] == reply.headers["ETag"]
    assert await members(office, reply.headers["Location"], ora) == [ora.id]


REFUSED: list[tuple[dict[str, object], str]] = [
    ({}, "SYS-01"),
    ({"name": ""}, "EVENT-16"),
    ({"name": "a" * 201}, "EVENT-16"),
    ({"name": "a\0b"}, "EVENT-16"),
    ({"name": "a\nb"}, "EVENT-16"),
    ({"name": "Playhouse", "description": "a" * 2001}, "EVENT-16"),
    ({"name": "Playhouse", "description": "\u202e"}, "EVENT-16"),
    ({"name": "Playhouse", "id": NOTHING}, "SYS-01"),
    ({"name": 7}, "SYS-01"),
]


async def test_a_request_that_is_sent_again_with_its_key_makes_one_organization(office: Office, ora: Person) -> None:
    key = {"Idempotency-Key": "first-try"}

    replies = [await office.post(ORGANIZATIONS, {"name": "Playhouse"}, ora, key) for _ in range(2)]
    other = await office.post(ORGANIZATIONS, {"name": "Opera"}, ora, key)

    assert [reply.status_code for reply in replies] == [201, 201]
    assert replies[0].json() == replies[1].json()
    assert_problem(other, 422, "SYS-12")
    assert len((await office.get(ORGANIZATIONS, ora)).json()["items"]) == 1


async def test_what_cannot_be_an_organization_is_refused(office: Office, ora: Person) -> None:
    before = await office.digest()

    for body, code in REFUSED:
        assert_problem(await office.post(ORGANIZATIONS, body, ora), 400, code, sent=str(body.get("name", "")))

    assert await office.digest() == before


async def test_organizers_list_theirs_and_admins_all_of_them(
    office: Office, ora: Person, otto: Person, admin: Person
) -> None:
    of_ora = [await make(office, ora, f"Ora's {number}") for number in range(3)]
    of_otto = [await make(office, otto, "Otto's")]

    assert await all_pages(office, ora) == of_ora
    assert await all_pages(office, otto) == of_otto
    assert await all_pages(office, admin) == of_ora + of_otto


async def all_pages(office: Office, who: Person) -> list[str]:
    addresses: list[str] = []
    query = "?limit=2"
    while True:
        page: dict[str, Any] = (await office.get(ORGANIZATIONS + query, who)).json()
        addresses += [f"{ORGANIZATIONS}{item['id']}/" for item in page["items"]]
        if page["next_cursor"] is None:
            return addresses
        query = f"?limit=2&cursor={page['next_cursor']}"


async def test_a_cursor_of_one_list_is_refused_by_another(office: Office, ora: Person, playhouse: str) -> None:
    await office.post(ORGANIZATIONS, {"name": "Mill"}, ora)
    cursor = (await office.get(f"{ORGANIZATIONS}?limit=1", ora)).json()["next_cursor"]

    assert_problem(await office.get(f"{playhouse}members/?cursor={cursor}", ora), 400, "SYS-16")


async def test_a_member_changes_what_they_send_and_nothing_else(office: Office, ora: Person, playhouse: str) -> None:
    before = (await office.get(playhouse, ora)).json()

    described = await office.send("PATCH", playhouse, {"description": "Closed."}, ora, ANY)
    renamed = await office.send("PATCH", playhouse, {"name": "Theatre"}, ora, {"If-Match": described.headers["ETag"]})

    assert described.json() == {**before, "description": "Closed."}
    assert renamed.json() == {**before, "name": "Theatre", "description": "Closed."}
    assert (await office.get(playhouse, ora)).json() == renamed.json()


async def test_a_change_is_based_on_the_latest_version(office: Office, ora: Person, playhouse: str) -> None:
    known = (await office.get(playhouse, ora)).headers["ETag"]
    await office.send("PATCH", playhouse, {"name": "Theatre"}, ora, {"If-Match": known})

    stale = await office.send("PATCH", playhouse, {"name": "Cinema"}, ora, {"If-Match": known})
    unbased = await office.send("PATCH", playhouse, {"name": "Cinema"}, ora)
    unchanged = await office.get(playhouse, ora, headers={"If-None-Match": '"2"'})

    assert_problem(stale, 412, "SYS-14")
    assert_problem(unbased, 428, "SYS-15")
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert (await office.get(playhouse, ora)).json()["name"] == "Theatre"


async def test_of_many_changes_of_one_version_at_once_one_is_made(office: Office, ora: Person, playhouse: str) -> None:
    replies = await asyncio.gather(
        *(office.send("PATCH", playhouse, {"name": f"Name {n}"}, ora, {"If-Match": '"1"'}) for n in range(8))
    )

    made = [reply for reply in replies if reply.status_code == 200]
    assert len(made) == 1
    assert (await office.get(playhouse, ora)).json() == made[0].json()
    for reply in replies:
        assert reply.status_code in {200, 412}


async def test_a_change_that_cannot_be_used_is_refused(office: Office, ora: Person, playhouse: str) -> None:
    before = await office.digest()

    for body in ({"name": ""}, {"description": "\0"}, {"name": "a" * 201}):
        assert_problem(await office.send("PATCH", playhouse, body, ora, ANY), 400, "EVENT-16")

    assert await office.digest() == before


async def test_only_members_and_admins_reach_an_organization(
    office: Office, ora: Person, otto: Person, ann: Person, playhouse: str
) -> None:
    admin = await office.admin()
    requests: list[tuple[str, str, object]] = [
        ("GET", playhouse, None),
        ("PATCH", playhouse, {"name": "Theatre"}),
        ("GET", f"{playhouse}members/", None),
        ("PUT", f"{playhouse}members/{otto.id}/", None),
        ("DELETE", f"{playhouse}members/{ora.id}/", None),
    ]
    before = await office.digest()

    for method, path, body in requests:
        assert_problem(await office.send(method, path, body, otto, ANY), 403, "USER-12")
        assert_problem(await office.send(method, path, body, ann, ANY), 403, "USER-01")
        assert_problem(await office.send(method, path, body, None, ANY), 401, "USER-06")

    assert await office.digest() == before
    for method, path, body in requests:
        assert (await office.send(method, path, body, admin, ANY)).status_code in {200, 204}


async def test_where_there_is_no_organization_there_is_nothing_to_do(office: Office, ora: Person) -> None:
    for organization, status, code in ((NOTHING, 404, "EVENT-10"), ("nonsense", 400, "SYS-03")):
        address = f"{ORGANIZATIONS}{organization}/"
        requests: list[tuple[str, str, object]] = [
            ("GET", address, None),
            ("PATCH", address, {"name": "Theatre"}),
            ("GET", f"{address}members/", None),
            ("PUT", f"{address}members/{ora.id}/", None),
            ("DELETE", f"{address}members/{ora.id}/", None),
        ]
        for method, path, body in requests:
            assert_problem(await office.send(method, path, body, ora, ANY), status, code)


async def test_a_member_adds_and_removes_members(office: Office, ora: Person, otto: Person, playhouse: str) -> None:
    place = f"{playhouse}members/{otto.id}/"

    added = [await office.send("PUT", place, None, ora) for _ in range(2)]

    assert [(reply.status_code, reply.content) for reply in added] == [(204, b"")] * 2
    assert await members(office, playhouse, otto) == sorted([ora.id, otto.id])

    removed = [await office.send("DELETE", place, None, otto), await office.send("DELETE", place, None, ora)]

    assert [(reply.status_code, reply.content) for reply in removed] == [(204, b"")] * 2
    assert await members(office, playhouse, ora) == [ora.id]
    assert_problem(await office.get(playhouse, otto), 403, "USER-12")


async def test_members_are_shown_in_pages_with_what_one_needs_to_know(
    office: Office, ora: Person, admin: Person, playhouse: str
) -> None:
    people = [ora, admin, *[await office.person(f"o{number}", Role.ORGANIZER) for number in range(3)]]
    for person in people:
        await office.send("PUT", f"{playhouse}members/{person.id}/", None, ora)

    first = (await office.get(f"{playhouse}members/?limit=3", ora)).json()
    rest = (await office.get(f"{playhouse}members/?limit=3&cursor={first['next_cursor']}", ora)).json()

    shown = [*first["items"], *rest["items"]]
    assert [member["user"]["id"] for member in shown] == sorted(person.id for person in people)
    assert rest["next_cursor"] is None
    assert set(shown[0]) == {"user", "joined_at"}
    assert set(shown[0]["user"]) == {"id", "email", "first_name", "last_name", "role"}


async def test_only_organizers_and_admins_can_be_members(
    office: Office, ora: Person, ann: Person, admin: Person, playhouse: str
) -> None:
    mere_user = await office.send("PUT", f"{playhouse}members/{ann.id}/", None, ora)
    nobody = await office.send("PUT", f"{playhouse}members/{NOTHING}/", None, ora)
    an_admin = await office.send("PUT", f"{playhouse}members/{admin.id}/", None, ora)

    assert_problem(mere_user, 409, "USER-16")
    assert_problem(nobody, 404, "USER-14")
    assert an_admin.status_code == 204
    assert await members(office, playhouse, ora) == sorted([ora.id, admin.id])


async def test_who_loses_the_role_belongs_to_nothing_any_more_not_even_with_the_role_again(
    office: Office, ora: Person, otto: Person, admin: Person, playhouse: str
) -> None:
    await office.send("PUT", f"{playhouse}members/{otto.id}/", None, ora)

    for role in ("user", "organizer"):
        await office.send("PATCH", f"/api/v1/users/{otto.id}/", {"role": role}, admin)

    user = await office.database.users.by_id(otto.id)
    assert user is not None
    assert await members(office, playhouse, ora) == [ora.id]
    assert_problem(await office.get(playhouse, office.as_person(user)), 403, "USER-12")


async def test_nobody_becomes_a_member_while_losing_the_role(
    office: Office, ora: Person, admin: Person, playhouse: str
) -> None:
    for turn in range(10):
        guest = await office.person(f"guest{turn}", Role.ORGANIZER)

        added, demoted = await asyncio.gather(
            office.send("PUT", f"{playhouse}members/{guest.id}/", None, ora),
            office.send("PATCH", f"/api/v1/users/{guest.id}/", {"role": "user"}, admin),
        )

        assert added.status_code in {204, 409}
        assert demoted.status_code == 200
        assert await members(office, playhouse, ora) == [ora.id]


async def test_control_without_the_lock_somebody_does(
    office: Office, ora: Person, otto: Person, playhouse: str, *, guards: Guards, monkeypatch: pytest.MonkeyPatch
) -> None:
    guards.remove("lock of a user")
    add_member = PostgresOrganizations.add_member

    async def add_member_late(self: PostgresOrganizations, organization_id: OrganizationId, user_id: UserId) -> None:
        await office.services.accounts.grant(user_id, Role.USER)
        await add_member(self, organization_id, user_id)

    monkeypatch.setattr(PostgresOrganizations, "add_member", add_member_late)

    await office.send("PUT", f"{playhouse}members/{otto.id}/", None, ora)

    assert await members(office, playhouse, ora) == sorted([ora.id, otto.id])


async def test_markup_is_kept_as_text(office: Office, ora: Person) -> None:
    name = "<script>alert('1')</script> '; DROP TABLE users; --"

    reply = await office.get(await make(office, ora, name), ora)

    assert reply.json()["name"] == name
    assert reply.headers["Content-Type"] == "application/json"
