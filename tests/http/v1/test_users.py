"""Users in the resource API: oneself, and for admins everybody."""

import asyncio

import pytest

from booked.adapters.postgres.people.users import PostgresUsers
from booked.domain.model.ids import UserId
from booked.domain.model.people.users import Role, User
from tests.guards import Guards
from tests.http.answers import assert_problem, assert_protected
from tests.http.forgeries import good_claims, sign
from tests.http.office import Office, Person

USERS = "/api/v1/users/"
ME = "/api/v1/users/me/"
NOBODY = "01890000-0000-7000-8000-000000000000"


async def test_one_sees_oneself(office: Office, ann: Person) -> None:
    reply = await office.get(ME, ann)

    assert reply.status_code == 200
    assert reply.json() == {"id": ann.id, "email": ann.email, "first_name": "ann", "last_name": "", "role": "user"}
    assert_protected(reply)


async def test_one_changes_ones_names_one_by_one(office: Office, ann: Person, ben: Person) -> None:
    first = await office.send("PATCH", ME, {"first_name": " Ann "}, ann)
    second = await office.send("PATCH", ME, {"last_name": "Archer"}, ann)
    emptied = await office.send("PATCH", ME, {"first_name": ""}, ann)
    unchanged = await office.send("PATCH", ME, {}, ann)

    names = [(reply.json()["first_name"], reply.json()["last_name"]) for reply in (first, second, emptied, unchanged)]
    assert names == [("Ann", ""), ("Ann", "Archer"), ("", "Archer"), ("", "Archer")]
    assert (await office.get(ME, ann)).json() == unchanged.json()
    assert (await office.get(ME, ben)).json()["first_name"] == "ben"


REFUSED_CHANGES: list[tuple[dict[str, object], str]] = [
    ({"first_name": "a" * 201}, "USER-08"),
    ({"first_name": "a\0b"}, "USER-08"),
    ({"first_name": 7}, "SYS-01"),
    ({"first_name": None}, "SYS-01"),
    ({"role": "admin"}, "SYS-01"),
    ({"email": "ben@example.com"}, "SYS-01"),
    ({"id": NOBODY}, "SYS-01"),
    ({"password": "a new password"}, "SYS-01"),
]


async def test_nothing_but_names_that_can_be_used_is_changed(office: Office, ann: Person) -> None:
    before = await office.digest()

    for fault, code in REFUSED_CHANGES:
        assert_problem(await office.send("PATCH", ME, {"last_name": "Archer", **fault}, ann), 400, code)

    assert await office.digest() == before


async def test_a_token_of_nobody_shows_nobody(office: Office) -> None:
    stranger = Person(office.services.accounts.ids.unique(), "", sign(good_claims(NOBODY)))  # type: ignore[arg-type]

    for method, path, body in (
        ("GET", ME, None),
        ("PATCH", ME, {}),
        ("POST", f"{ME}password/", {"current_password": "a", "new_password": "a long one"}),
        ("GET", USERS, None),
        ("PATCH", f"{USERS}{NOBODY}/", {"role": "admin"}),
    ):
        assert_problem(await office.send(method, path, body, stranger), 401, "USER-06")


async def test_admins_list_everybody_in_pages(office: Office, admin: Person) -> None:
    people = [admin, *[await office.person(f"guest{number}") for number in range(6)]]

    listed: list[str] = []
    cursor: str | None = None
    while True:
        reply = await office.get(f"{USERS}?limit=3" + (f"&cursor={cursor}" if cursor else ""), admin)
        assert reply.status_code == 200, reply.text
        page = reply.json()
        assert len(page["items"]) <= 3
        listed += [user["id"] for user in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert listed == sorted(person.id for person in people)
    assert "password" not in reply.text


async def test_an_admin_finds_somebody_by_their_address(office: Office, admin: Person, ann: Person) -> None:
    found = await office.get(f"{USERS}?email=ANN@example.com", admin)
    missing = await office.get(f"{USERS}?email=nobody@example.com", admin)

    assert [user["id"] for user in found.json()["items"]] == [ann.id]
    assert found.json()["next_cursor"] is None
    assert missing.json() == {"items": [], "next_cursor": None}


async def test_an_address_that_nobody_can_have_is_of_nobody(office: Office, admin: Person) -> None:
    for email in ("nonsense", "a" * 300 + "@example.com", "%27%20OR%201=1"):
        reply = await office.get(f"{USERS}?email={email}", admin)

        assert reply.json() == {"items": [], "next_cursor": None}
    assert_problem(await office.get(f"{USERS}?email=", admin), 400, "USER-07")


REFUSED_QUERIES = {
    "limit=0": "SYS-17",
    "limit=101": "SYS-17",
    "limit=a": "SYS-17",
    "cursor=nonsense": "SYS-16",
    "cursor=": "SYS-16",
    "name=ann": "SYS-17",
    "limit=1&limit=2": "SYS-17",
    "email=a%00@example.com": "SYS-17",
}


async def test_a_list_that_is_asked_for_wrongly_is_refused(office: Office, admin: Person) -> None:
    for query, code in REFUSED_QUERIES.items():
        assert_problem(await office.get(f"{USERS}?{query}", admin), 400, code)


async def test_an_admin_gives_a_role_which_counts_at_once(office: Office, admin: Person, ann: Person) -> None:
    reply = await office.send("PATCH", f"{USERS}{ann.id}/", {"role": "organizer"}, admin)

    assert reply.status_code == 200
    assert (reply.json()["id"], reply.json()["role"]) == (ann.id, "organizer")
    assert_problem(await office.get(ME, ann), 401, "USER-06")
    user = await office.database.users.by_id(ann.id)
    assert user is not None
    assert (await office.get(ME, office.as_person(user))).json()["role"] == "organizer"


async def test_giving_the_role_that_somebody_has_voids_nothing(office: Office, admin: Person, ann: Person) -> None:
    reply = await office.send("PATCH", f"{USERS}{ann.id}/", {"role": "user"}, admin)

    assert reply.status_code == 200
    assert (await office.get(ME, ann)).status_code == 200


REFUSED_ROLES: list[tuple[str, dict[str, object], int, str]] = [
    (NOBODY, {"role": "admin"}, 404, "USER-14"),
    ("nonsense", {"role": "admin"}, 400, "SYS-03"),
    (NOBODY, {"role": "root"}, 400, "SYS-01"),
    (NOBODY, {"role": None}, 400, "SYS-01"),
    (NOBODY, {}, 400, "SYS-01"),
    (NOBODY, {"role": "admin", "email": "x@example.com"}, 400, "SYS-01"),
]


async def test_a_role_that_cannot_be_given_is_refused(office: Office, admin: Person) -> None:
    before = await office.digest()

    for whom, body, status, code in REFUSED_ROLES:
        assert_problem(await office.send("PATCH", f"{USERS}{whom}/", body, admin), status, code)

    assert await office.digest() == before


async def test_the_last_admin_stays_one(office: Office, admin: Person) -> None:
    before = await office.digest()

    for role in ("user", "organizer"):
        assert_problem(await office.send("PATCH", f"{USERS}{admin.id}/", {"role": role}, admin), 409, "USER-15")

    assert await office.digest() == before
    assert (await office.get(USERS, admin)).status_code == 200


async def test_an_admin_can_step_down_where_there_is_another(office: Office, admin: Person) -> None:
    other = await office.person("other", Role.ADMIN)

    reply = await office.send("PATCH", f"{USERS}{admin.id}/", {"role": "user"}, admin)

    assert reply.json()["role"] == "user"
    assert (await office.get(USERS, other)).status_code == 200


async def test_of_admins_who_take_the_role_from_each_other_at_once_one_stays(office: Office) -> None:
    for turn in range(5):
        people = [await office.person(f"root{turn}-{number}", Role.ADMIN) for number in range(4)]
        for user in await office.database.users.page(None, 100):
            if user.role is Role.ADMIN and user.id not in {person.id for person in people}:
                await office.database.users.set_role(user.id, Role.USER)

        replies = await asyncio.gather(
            *(
                office.send("PATCH", f"{USERS}{people[(place + 1) % 4].id}/", {"role": "user"}, person)
                for place, person in enumerate(people)
            )
        )

        left = [user for user in await office.database.users.page(None, 100) if user.role is Role.ADMIN]
        assert len(left) >= 1
        assert {reply.status_code for reply in replies} <= {200, 401, 403, 409}
        assert sum(reply.status_code == 200 for reply in replies) == 4 - len(left)


async def test_control_without_the_lock_nobody_stays(
    office: Office, guards: Guards, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [await office.person(f"root{number}", Role.ADMIN) for number in range(2)]
    guards.remove("lock of admins")
    both_have_looked = asyncio.Barrier(2)
    set_role = PostgresUsers.set_role

    async def set_role_together(self: PostgresUsers, user_id: UserId, role: Role) -> User:
        await both_have_looked.wait()
        return await set_role(self, user_id, role)

    monkeypatch.setattr(PostgresUsers, "set_role", set_role_together)

    await asyncio.gather(*(office.services.accounts.grant(person.id, Role.USER) for person in people))

    assert [user.role for user in await office.database.users.page(None, 10)] == [Role.USER, Role.USER]
