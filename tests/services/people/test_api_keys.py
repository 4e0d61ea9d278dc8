"""API keys: who gets in with one, and to which counter."""

from dataclasses import replace
from datetime import timedelta

import pytest

from booked.domain.errors import EmptyName, InvalidApiKey, StoreWriteFailed
from booked.domain.model.ids import ApiKeyId
from booked.domain.model.people.api_keys import MARK, OPEN_COUNTER, digest_of, fresh_key, is_key
from booked.domain.services.people.api_keys import ApiKeyService
from tests.builders import a_user_id, key_by
from tests.services.box_office import BoxOffice


def open_to_all(office: BoxOffice) -> ApiKeyService:
    return replace(office.api_keys, open_to_all=True)


def test_a_fresh_key_is_long_recognisable_and_like_no_other() -> None:
    keys = {fresh_key() for _ in range(100)}

    assert len(keys) == 100
    assert all(key.startswith(MARK) and len(key) == 46 and is_key(key) for key in keys)


@pytest.mark.parametrize("text", ["", "bk_", "bk_" + "A" * 42, "bk_" + "A" * 44, "BK_" + "A" * 43, "bk_" + "é" * 43])
def test_what_is_no_key_is_told_from_one_without_a_look_into_the_database(text: str) -> None:
    assert not is_key(text)


async def test_a_key_leads_to_a_counter_of_its_own(office: BoxOffice) -> None:
    key, text = await office.api_keys.create(" Agency ")
    other, other_text = await office.api_keys.create("Agency")

    assert await office.api_keys.counter(text) == key.counter
    assert await office.api_keys.counter(other_text) == other.counter
    assert (key.name, key.prefix) == ("Agency", text[:9])


async def test_a_request_for_a_key_makes_one_and_tells_its_text_once(office: BoxOffice) -> None:
    once, another = (key_by(a_user_id(), key) for key in ("one", "another"))

    told = [await office.api_keys.create_once("Agency", key) for key in (once, once, another)]

    first, repeated, second = told
    assert [key.prefix for key in await office.api_keys.all()] == [text[:9] for text in (first, second) if text]
    assert first != second
    assert repeated is None


async def test_a_request_for_a_key_without_a_name_can_be_sent_again_with_one(office: BoxOffice) -> None:
    once = key_by(a_user_id())
    with pytest.raises(EmptyName):
        await office.api_keys.create_once(" ", once)

    assert await office.api_keys.create_once("Agency", once) is not None


async def test_the_text_of_a_key_is_not_kept(office: BoxOffice) -> None:
    _, text = await office.api_keys.create("Agency")

    kept = repr(office.database.committed.tables.api_keys)
    assert text not in kept
    assert text[10:] not in kept
    assert repr(digest_of(text)) in kept


@pytest.mark.parametrize("name", ["", " ", "a" * 201, "a\0b", "a\nb"])
async def test_a_key_has_a_name_that_people_can_read(office: BoxOffice, name: str) -> None:
    with pytest.raises(EmptyName):
        await office.api_keys.create(name)

    assert await office.api_keys.all() == []


async def test_without_a_good_key_nobody_comes_to_a_counter(office: BoxOffice) -> None:
    await office.api_keys.create("Agency")

    for text in (None, "", "bk_", fresh_key()):
        with pytest.raises(InvalidApiKey):
            await office.api_keys.counter(text)


async def test_a_key_that_is_revoked_is_no_good_at_once_and_others_still_are(office: BoxOffice) -> None:
    key, text = await office.api_keys.create("Agency")
    other, other_text = await office.api_keys.create("Another")
    await office.api_keys.counter(text)

    assert await office.api_keys.revoke(key.id)

    for api_keys in (office.api_keys, open_to_all(office)):
        with pytest.raises(InvalidApiKey):
            await api_keys.counter(text)
    assert await office.api_keys.counter(other_text) == other.counter
    assert not await office.api_keys.revoke(ApiKeyId(a_user_id()))


async def test_an_open_box_office_has_a_counter_for_those_without_a_key_only(office: BoxOffice) -> None:
    key, text = await office.api_keys.create("Agency")

    assert await open_to_all(office).counter(None) == OPEN_COUNTER
    assert await open_to_all(office).counter(text) == key.counter
    for wrong in ("", fresh_key()):
        with pytest.raises(InvalidApiKey):
            await open_to_all(office).counter(wrong)


async def test_the_day_of_its_last_use_is_kept(office: BoxOffice) -> None:
    _, text = await office.api_keys.create("Agency")
    [unused] = await office.api_keys.all()

    await office.api_keys.counter(text)
    [used] = await office.api_keys.all()
    office.clock.advance(timedelta(days=1))
    await office.api_keys.counter(text)
    [used_again] = await office.api_keys.all()

    today = office.clock.now().date()
    assert [key.last_used_on for key in (unused, used, used_again)] == [None, today - timedelta(days=1), today]


async def test_a_key_is_good_even_if_its_use_cannot_be_written_down(
    office: BoxOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, text = await office.api_keys.create("Agency")

    async def fail(*_: object) -> None:
        raise StoreWriteFailed

    monkeypatch.setattr(type(office.database.api_keys), "mark_used", fail)

    assert await office.api_keys.counter(text) == key.counter
