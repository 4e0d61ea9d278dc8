"""The promises of the repository of API keys."""

from datetime import date

import pytest

from booked.domain.model.ids import ApiKeyId
from booked.domain.model.people.api_keys import ApiKey, NewApiKey, accept_key, digest_of, fresh_key
from booked.ports.database import Database
from tests.builders import a_user_id

TODAY = date(2026, 11, 20)


def a_key(name: str = "Agency") -> tuple[NewApiKey, str]:
    text = fresh_key()
    return accept_key(ApiKeyId(a_user_id()), name, text), text


async def found(database: Database, text: str) -> ApiKey:
    key = await database.api_keys.with_digest(digest_of(text))
    assert key is not None
    return key


async def test_a_key_is_found_by_its_digest_alone(database: Database) -> None:
    new, text = a_key()
    other, _ = a_key("Another")
    added = await database.api_keys.add(new)
    await database.api_keys.add(other)

    key = await found(database, text)

    assert key == added
    assert (key.id, key.name, key.prefix) == (new.id, "Agency", text[:9])
    assert (key.last_used_on, key.revoked_at) == (None, None)
    assert key.created_at.tzinfo is not None
    assert await database.api_keys.with_digest(digest_of(text + "x")) is None


async def test_keys_are_listed_from_the_oldest_on(database: Database) -> None:
    keys = [await database.api_keys.add(a_key(name)[0]) for name in ("One", "Two", "Three")]

    assert await database.api_keys.all() == keys


async def test_a_key_that_was_revoked_stays_so_since_then(database: Database) -> None:
    new, text = a_key()
    kept, kept_text = a_key()
    await database.api_keys.add(new)
    await database.api_keys.add(kept)

    assert await database.api_keys.revoke(new.id)
    first = (await found(database, text)).revoked_at
    assert await database.api_keys.revoke(new.id)

    assert first is not None
    assert (await found(database, text)).revoked_at == first
    assert (await found(database, kept_text)).revoked_at is None


async def test_there_is_no_key_to_revoke(database: Database) -> None:
    assert not await database.api_keys.revoke(ApiKeyId(a_user_id()))


@pytest.mark.parametrize("days", [[TODAY], [TODAY, TODAY], [date(2026, 11, 19), TODAY]])
async def test_the_day_on_which_a_key_was_used_last_is_kept(database: Database, days: list[date]) -> None:
    new, text = a_key()
    await database.api_keys.add(new)

    for day in days:
        await database.api_keys.mark_used(new.id, day)

    assert (await found(database, text)).last_used_on == TODAY
