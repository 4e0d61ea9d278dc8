"""Categories in the resource API."""

import asyncio

from tests.http.answers import assert_problem
from tests.http.office import Person
from tests.http.v1.programme import CATEGORIES, NOTHING, Programme, address_of, key


async def test_an_admin_makes_a_category_which_everybody_sees(programme: Programme, ann: Person) -> None:
    reply = await programme.post(CATEGORIES, {"name": "  Music "}, programme.admin)

    assert (reply.status_code, reply.headers["Location"]) == (201, CATEGORIES)
    assert set(reply.json()) == {"id", "name"}
    assert reply.json()["name"] == "Music"
    for who in (None, ann, programme.ora, programme.admin):
        assert await programme.shown(CATEGORIES, who) == {"items": [reply.json()], "next_cursor": None}


async def test_categories_are_listed_by_name_whatever_the_case(programme: Programme) -> None:
    for name in ("theatre", "Music", "comedy", "Zirkus", "änderes"):
        await programme.category(name)

    listed = [category["name"] for category in (await programme.shown(CATEGORIES))["items"]]

    assert listed == ["comedy", "Music", "theatre", "Zirkus", "änderes"]


async def test_only_admins_make_categories(programme: Programme, ann: Person) -> None:
    assert_problem(await programme.office.post(CATEGORIES, {"name": "Music"}), 401, "USER-06")
    for who in (ann, programme.ora):
        assert_problem(await programme.post(CATEGORIES, {"name": "Music"}, who), 403, "USER-01")
    assert (await programme.shown(CATEGORIES))["items"] == []


async def test_a_name_is_taken_once_whatever_the_case(programme: Programme) -> None:
    await programme.category("Music")

    for name in ("Music", "MUSIC", " music ", "\uff2dusic"):
        assert_problem(await programme.post(CATEGORIES, {"name": name}, programme.admin), 409, "EVENT-15")


async def test_of_twins_at_once_one_is_made(programme: Programme) -> None:
    replies = await asyncio.gather(*(programme.post(CATEGORIES, {"name": "Music"}, programme.admin) for _ in range(8)))

    assert sorted(reply.status_code for reply in replies) == [201] + [409] * 7
    assert len((await programme.shown(CATEGORIES))["items"]) == 1


async def test_a_name_that_cannot_be_used_is_refused(programme: Programme) -> None:
    for name in ("", "  ", "x" * 101, "a\0b", "a\nb", "a\u202eb"):
        assert_problem(await programme.post(CATEGORIES, {"name": name}, programme.admin), 400, "EVENT-04", sent=name)
    bodies: list[object] = [{}, {"name": None}, {"name": 1}, {"name": "x", "color": "red"}, []]
    for body in bodies:
        assert_problem(await programme.post(CATEGORIES, body, programme.admin), 400, "SYS-01")
    assert_problem(await programme.office.get(f"{CATEGORIES}?limit=5"), 400, "SYS-17")


async def test_a_repeated_request_is_answered_with_what_the_first_one_made(programme: Programme) -> None:
    first = await programme.post(CATEGORIES, {"name": "Music"}, programme.admin, key("k"))
    again = await programme.post(CATEGORIES, {"name": "Music"}, programme.admin, key("k"))
    other = await programme.post(CATEGORIES, {"name": "Theatre"}, programme.admin, key("k"))

    assert (again.status_code, again.json()) == (first.status_code, first.json()) == (201, first.json())
    assert_problem(other, 422, "SYS-12")


async def test_an_admin_renames_a_category_and_its_events_show_that(programme: Programme, ann: Person) -> None:
    category = await programme.category("Jass")
    event = await programme.event(category_id=category["id"])
    address = f"{CATEGORIES}{category['id']}/"

    for who in (ann, programme.ora):
        assert_problem(await programme.patch(address, {"name": "Jazz"}, who, {}), 403, "USER-01")
    reply = await programme.patch(address, {"name": " Jazz "}, programme.admin, {})

    assert (reply.status_code, reply.json()) == (200, {**category, "name": "Jazz"})
    assert (await programme.shown(address_of(event)))["category"]["name"] == "Jazz"
    assert (await programme.patch(address, {"name": "JAZZ"}, programme.admin, {})).status_code == 200


async def test_a_category_gets_no_name_that_is_taken_or_unusable(programme: Programme) -> None:
    category = await programme.category("Music")
    await programme.category("Theatre")
    address = f"{CATEGORIES}{category['id']}/"

    assert_problem(await programme.patch(address, {"name": "theatre"}, programme.admin), 409, "EVENT-15")
    assert_problem(await programme.patch(address, {"name": " "}, programme.admin), 400, "EVENT-04")
    assert_problem(await programme.patch(f"{CATEGORIES}{NOTHING}/", {"name": "X"}, programme.admin), 404, "EVENT-09")


async def test_a_category_that_nothing_uses_is_deleted(programme: Programme) -> None:
    used, unused = await programme.category("Music"), await programme.category("Theatre")
    event = await programme.event(category_id=used["id"])
    address = f"{CATEGORIES}{used['id']}/"

    assert_problem(await programme.office.delete(address, programme.ora), 403, "USER-01")
    refusal = await programme.office.delete(address, programme.admin)
    assert_problem(refusal, 409, "EVENT-19")
    assert refusal.json()["detail"] == "Events are filed under it. Give them another category first."
    assert (await programme.office.delete(f"{CATEGORIES}{unused['id']}/", programme.admin)).status_code == 204
    assert_problem(await programme.office.delete(f"{CATEGORIES}{unused['id']}/", programme.admin), 404, "EVENT-09")
    await programme.patch(address_of(event), {"category_id": None})
    assert (await programme.office.delete(address, programme.admin)).status_code == 204
    assert (await programme.shown(CATEGORIES))["items"] == []
