"""The promises of the repository of keys."""

import asyncio
from datetime import timedelta

import pytest

from booked.domain.errors import IdempotencyKeyReused, RequestInFlight
from booked.domain.model.people.users import User
from booked.domain.model.sale.idempotency import IdempotencyKey
from booked.ports.database import Database
from tests.builders import a_booking_id, key_by

HOUR = timedelta(hours=1)


async def remember(database: Database, idempotency_key: IdempotencyKey, subject: str) -> None:
    async with database.transaction() as unit:
        await unit.idempotency_keys.remember(idempotency_key, subject)


async def test_a_key_stands_for_what_its_request_made(database: Database, ann: User, ben: User) -> None:
    subject = a_booking_id()
    await remember(database, key_by(ann.id), subject)

    assert await database.idempotency_keys.find(key_by(ann.id)) == subject
    assert await database.idempotency_keys.find(key_by(ann.id, "another key", b"a request")) is None
    assert await database.idempotency_keys.find(key_by(ben.id)) is None


async def test_a_key_that_comes_with_another_request_is_refused(database: Database, ann: User) -> None:
    await remember(database, key_by(ann.id), a_booking_id())

    with pytest.raises(IdempotencyKeyReused):
        await database.idempotency_keys.find(key_by(ann.id, fingerprint=b"another request"))


async def test_of_twins_that_remember_a_key_at_once_one_does(database: Database, ann: User) -> None:
    subjects = [a_booking_id() for _ in range(16)]

    outcomes = await asyncio.gather(
        *(remember(database, key_by(ann.id), subject) for subject in subjects), return_exceptions=True
    )

    [winner] = [subject for subject, outcome in zip(subjects, outcomes, strict=True) if outcome is None]
    assert sum(isinstance(outcome, RequestInFlight) for outcome in outcomes) == 15
    assert await database.idempotency_keys.find(key_by(ann.id)) == winner


async def test_a_transaction_that_is_given_up_uses_no_key(database: Database, ann: User) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as unit:
            await unit.idempotency_keys.remember(key_by(ann.id), a_booking_id())
            raise ZeroDivisionError

    assert await database.idempotency_keys.find(key_by(ann.id)) is None
    await remember(database, key_by(ann.id), a_booking_id())


async def test_old_keys_are_forgotten_a_few_at_a_time(database: Database, ann: User) -> None:
    for number in range(5):
        await remember(database, key_by(ann.id, f"key {number}", b""), a_booking_id())

    kept = await database.idempotency_keys.forget(300 * 24 * HOUR, 10)
    forgotten = [await database.idempotency_keys.forget(-HOUR, 2) for _ in range(4)]

    assert kept == 0
    assert forgotten == [2, 2, 1, 0]
    assert await database.idempotency_keys.find(key_by(ann.id, "key 0", b"")) is None


async def test_a_key_that_was_forgotten_can_be_used_anew(database: Database, ann: User) -> None:
    await remember(database, key_by(ann.id), a_booking_id())
    await database.idempotency_keys.forget(-HOUR, 10)
    subject = a_booking_id()

    await remember(database, key_by(ann.id), subject)

    assert await database.idempotency_keys.find(key_by(ann.id)) == subject
