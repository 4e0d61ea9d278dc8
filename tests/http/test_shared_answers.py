"""Answers for everybody: made once for all who ask at the same moment, and never for somebody in particular."""

import asyncio
from collections.abc import AsyncIterator, Callable, Hashable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from booked.adapters.http import HttpOptions
from booked.adapters.http.responses import shared_answers
from booked.adapters.http.responses.answers import Answer
from booked.adapters.http.responses.shared_answers import BYTES_BESIDE, SharedAnswers
from booked.domain.errors import NoEventFound
from booked.domain.model.people.users import Role
from tests.http.office import Office, Person, open_office

LISTS = ["/event/", "/api/v1/events/", "/concerts/", "/concerts/search/?location=main"]
CROWD = 20


class Kitchen:
    """Makes answers one by one, each when it is let through, and counts them."""

    def __init__(self) -> None:
        self.made = 0
        self.let_through = asyncio.Semaphore(0)

    async def make(self) -> Answer[bytes]:
        self.made += 1
        number = self.made
        await self.let_through.acquire()
        return Answer(b"%d" % number)

    async def fail(self) -> Answer[bytes]:
        await self.let_through.acquire()
        raise NoEventFound


async def asked(answers: SharedAnswers, make: Callable[[], Any], *keys: Hashable) -> list["asyncio.Task[Answer[Any]]"]:
    """Return tasks that have asked for the answers of these keys."""
    tasks = [asyncio.create_task(answers.get(key, make)) for key in keys]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


async def contents(tasks: Sequence["asyncio.Task[Answer[Any]]"]) -> list[bytes]:
    return [answer.content for answer in await asyncio.gather(*tasks)]


async def test_who_asks_while_an_answer_is_made_shares_the_next_one() -> None:
    kitchen, answers = Kitchen(), SharedAnswers()

    first = await asked(answers, kitchen.make, "a")
    others = await asked(answers, kitchen.make, *"aaa")
    for _ in range(2):
        kitchen.let_through.release()

    assert await contents([*first, *others]) == [b"1", b"2", b"2", b"2"]
    assert kitchen.made == 2


async def test_other_addresses_do_not_wait() -> None:
    kitchen, answers = Kitchen(), SharedAnswers()

    tasks = await asked(answers, kitchen.make, "a", "b")

    assert kitchen.made == 2
    for _ in range(2):
        kitchen.let_through.release()
    assert await contents(tasks) == [b"1", b"2"]


async def test_who_goes_away_takes_the_answer_from_nobody() -> None:
    kitchen, answers = Kitchen(), SharedAnswers()

    first, second = await asked(answers, kitchen.make, "a", "a")
    first.cancel()
    kitchen.let_through.release()

    assert await contents([second]) == [b"1"]


async def test_an_error_is_told_to_those_who_waited_for_it_and_to_nobody_else() -> None:
    kitchen, answers = Kitchen(), SharedAnswers(age=60)

    refused = await asked(answers, kitchen.fail, "a", "a")
    others = await asked(answers, kitchen.make, "a")
    for _ in range(2):
        kitchen.let_through.release()

    assert [type(one) for one in await asyncio.gather(*refused, return_exceptions=True)] == [NoEventFound] * 2
    assert await contents(others) == [b"1"]


async def test_an_answer_is_remembered_for_as_long_as_the_operator_allows() -> None:
    now = 0.0
    kitchen, answers = Kitchen(), SharedAnswers(age=1, now=lambda: now)
    for _ in range(2):
        kitchen.let_through.release()

    first = await contents(await asked(answers, kitchen.make, "a"))
    now = 0.9
    second = await contents(await asked(answers, kitchen.make, "a"))
    now = 1.0
    third = await contents(await asked(answers, kitchen.make, "a"))

    assert [first, second, third] == [[b"1"], [b"1"], [b"2"]]


async def test_what_is_remembered_is_as_old_as_what_it_was_made_of() -> None:
    now = 0.0
    kitchen, answers = Kitchen(), SharedAnswers(age=1, now=lambda: now)
    slow = await asked(answers, kitchen.make, "a")
    now = 2.0
    for _ in range(2):
        kitchen.let_through.release()

    assert await contents(slow) == [b"1"]
    assert await contents(await asked(answers, kitchen.make, "a")) == [b"2"]


async def test_no_more_is_remembered_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_answers, "REMEMBERED_MOST", 2 * (BYTES_BESIDE + len(repr("a")) + 1))
    kitchen, answers = Kitchen(), SharedAnswers(age=60)
    for _ in range(4):
        kitchen.let_through.release()

    shown = [await contents(await asked(answers, kitchen.make, key)) for key in "abcca"]

    assert shown == [[b"1"], [b"2"], [b"3"], [b"3"], [b"4"]]


async def test_what_clients_make_up_takes_room_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_answers, "REMEMBERED_MOST", 2 * (BYTES_BESIDE + len(repr("a")) + 1))
    kitchen, answers = Kitchen(), SharedAnswers(age=60)
    for _ in range(3):
        kitchen.let_through.release()

    shown = [await contents(await asked(answers, kitchen.make, key)) for key in ("a", "a" * BYTES_BESIDE, "a")]

    assert shown == [[b"1"], [b"2"], [b"3"]]


@asynccontextmanager
async def counting(office: Office) -> AsyncIterator[list[object]]:
    """Count searches, each of which takes until all that was asked for at the same moment has arrived."""
    searches: list[object] = []
    search, page = office.services.programme.database.events.find, office.services.programme.database.events.page

    async def counted(*arguments: Any) -> Any:
        searches.append(arguments)
        await asyncio.sleep(0.2)
        return await (search if len(arguments) == 3 else page)(*arguments)

    events: Any = office.services.programme.database.events
    events.find = events.page = counted
    try:
        yield searches
    finally:
        del events.find, events.page


@pytest.mark.parametrize("path", [*LISTS, "/"])
async def test_a_crowd_that_nobody_knows_costs_two_looks_at_most(office: Office, path: str) -> None:
    await office.event()
    page = {"Accept": "text/html"}

    async with counting(office) as searches:
        replies = await asyncio.gather(*(office.get(path, headers=page) for _ in range(CROWD)))

    assert {(reply.status_code, reply.content) for reply in replies} == {(200, replies[0].content)}
    assert b"Concert" in replies[0].content
    assert len(searches) <= 2


async def test_somebody_known_has_an_answer_of_their_own(office: Office, ann: Person) -> None:
    async with counting(office) as searches:
        await asyncio.gather(*(office.get("/api/v1/events/", ann) for _ in range(3)))

    assert len(searches) == 3


async def test_an_organizer_finds_their_draft_while_a_crowd_asks(office: Office) -> None:
    rita = await office.person("rita", Role.ADMIN)
    await office.event(name="Draft")
    async with office.connection() as connection:
        await connection.execute("UPDATE events SET status = 'draft'")

    *crowd, own = await asyncio.gather(
        *(office.get("/api/v1/events/", who) for who in [None, None, None, rita]),
    )

    assert [len(reply.json()["items"]) for reply in crowd] == [0, 0, 0]
    assert [item["name"] for item in own.json()["items"]] == ["Draft"]


async def test_a_page_is_shared_within_its_language(office: Office) -> None:
    texts = await asyncio.gather(
        *(office.get("/", headers={"Accept": "text/html", "Accept-Language": code}) for code in ("en", "de", "en"))
    )

    assert ["Nothing is on just now" in reply.text for reply in texts] == [True, False, True]


@pytest.mark.parametrize("path", LISTS)
async def test_everybody_sees_what_they_have_just_changed(office: Office, path: str) -> None:
    before = await office.get(path)

    await office.event()

    assert "Concert" not in before.text
    assert "Concert" in (await office.get(path)).text


async def test_what_nobody_in_particular_sees_may_be_as_old_as_is_allowed(database_url: str, redis_url: str) -> None:
    async with open_office(database_url, redis_url, HttpOptions(public_read_age=60)) as office:
        before = await office.get("/api/v1/events/")
        await office.event()
        ann = await office.person("ann")

        assert (await office.get("/api/v1/events/")).content == before.content
        assert "Concert" in (await office.get("/api/v1/events/?limit=21")).text
        assert "Concert" in (await office.get("/api/v1/events/", ann)).text
