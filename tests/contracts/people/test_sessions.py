"""The promises of the sessions repository."""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TypeVar

import asyncpg
import pytest

from booked.domain.model.ids import SessionId
from booked.domain.model.people.sessions import Exchange, NewSession
from booked.domain.model.people.users import Role, User
from booked.ports.database import Database
from tests.builders import a_session_id, a_user_id
from tests.guards import Guards

T = TypeVar("T")

NOON = datetime(2027, 6, 1, 12, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
TTL = timedelta(days=14)
MOMENT = timedelta(microseconds=1)


def digest(name: str) -> bytes:
    return sha256(name.encode()).digest()


def a_session(user: User, *, id_: SessionId | None = None, expires_at: datetime = NOON + TTL) -> NewSession:
    return NewSession(id_ or a_session_id(), user.id, digest("first"), expires_at)


def an_exchange(session_id: SessionId, presented: str, successor: str, at: datetime = NOON) -> Exchange:
    return Exchange(session_id, digest(presented), digest(successor), at, at + TTL)


async def in_order(*actions: Awaitable[T]) -> list[T]:
    return [await action for action in actions]


@pytest.fixture
async def session(database: Database, ann: User) -> SessionId:
    """A session of Ann's, opened at noon, whose token is the first."""
    new = a_session(ann)
    assert await database.sessions.open(new, ann.password_hash) == ann
    return new.id


async def test_a_session_goes_on_from_token_to_token(database: Database, ann: User, session: SessionId) -> None:
    outcomes = await in_order(
        database.sessions.exchange(an_exchange(session, "first", "second")),
        database.sessions.exchange(an_exchange(session, "second", "third", NOON + timedelta(days=10))),
        # Each exchange lets it last for as long again.
        database.sessions.exchange(an_exchange(session, "third", "fourth", NOON + timedelta(days=20))),
    )

    assert outcomes == [ann, ann, ann]


async def test_the_user_of_an_exchange_is_as_they_are_now(database: Database, ann: User, session: SessionId) -> None:
    organizer = await database.users.set_role(ann.id, Role.ORGANIZER)

    assert await database.sessions.exchange(an_exchange(session, "first", "second")) == organizer


async def test_a_session_is_opened_for_the_present_password_only(database: Database, ann: User) -> None:
    late, of_nobody = a_session(ann), NewSession(a_session_id(), a_user_id(), digest("first"), NOON + TTL)
    await database.users.set_password(ann.id, "a new hash", ann.password_hash)

    assert await database.sessions.open(late, ann.password_hash) is None
    assert await database.sessions.open(of_nobody, ann.password_hash) is None
    assert await database.sessions.exchange(an_exchange(late.id, "first", "second")) is None


async def test_a_user_has_as_many_sessions_as_they_like(database: Database, ann: User, session: SessionId) -> None:
    other = a_session(ann)

    await database.sessions.open(other, ann.password_hash)
    await database.sessions.exchange(an_exchange(session, "first", "second"))

    assert await database.sessions.exchange(an_exchange(other.id, "first", "its own second")) == ann
    assert await database.sessions.exchange(an_exchange(session, "second", "third")) == ann


async def test_an_exchange_can_be_repeated_as_long_as_the_session_lasts(
    database: Database, ann: User, session: SessionId
) -> None:
    await database.sessions.exchange(an_exchange(session, "first", "second"))

    assert await database.sessions.exchange(an_exchange(session, "first", "second", NOON + TTL - MOMENT)) == ann
    assert await database.sessions.exchange(an_exchange(session, "second", "third")) == ann


async def test_repeating_an_exchange_gains_no_time(database: Database, session: SessionId) -> None:
    await database.sessions.exchange(an_exchange(session, "first", "second"))
    await database.sessions.exchange(an_exchange(session, "first", "second", NOON + MOMENT))

    assert await database.sessions.exchange(an_exchange(session, "second", "third", NOON + TTL)) is None


async def test_a_token_whose_successor_was_used_cannot_be_exchanged_again(
    database: Database, session: SessionId
) -> None:
    await database.sessions.exchange(an_exchange(session, "first", "second"))
    await database.sessions.exchange(an_exchange(session, "second", "third"))

    assert await database.sessions.exchange(an_exchange(session, "first", "second")) is None


async def test_no_other_token_can_be_exchanged(database: Database, ann: User, session: SessionId) -> None:
    strange = await database.sessions.exchange(an_exchange(session, "another", "second"))
    elsewhere = await database.sessions.exchange(an_exchange(a_session_id(), "first", "second"))

    assert (strange, elsewhere) == (None, None)
    assert await database.sessions.exchange(an_exchange(session, "first", "second")) == ann


async def test_a_session_expires_to_the_moment(database: Database, ann: User) -> None:
    lasting, expired = a_session(ann, expires_at=NOON + MOMENT), a_session(ann, expires_at=NOON)
    for new in (lasting, expired):
        await database.sessions.open(new, ann.password_hash)

    assert await database.sessions.exchange(an_exchange(lasting.id, "first", "second")) == ann
    assert await database.sessions.exchange(an_exchange(expired.id, "first", "second")) is None


async def test_of_many_exchanges_at_once_all_have_the_one_successor(
    database: Database, ann: User, session: SessionId
) -> None:
    exchange = an_exchange(session, "first", "second")

    outcomes = await asyncio.gather(*(database.sessions.exchange(exchange) for _ in range(50)))

    assert outcomes == [ann] * 50
    assert await database.sessions.exchange(an_exchange(session, "second", "third")) == ann


@pytest.mark.parametrize("postgres", ["postgres"], indirect=True)
async def test_control_without_a_second_try_all_but_one_are_refused(
    database: Database, ann: User, session: SessionId, guards: Guards
) -> None:
    guards.remove("second try")
    exchange = an_exchange(session, "first", "second")

    outcomes = await asyncio.gather(*(database.sessions.exchange(exchange) for _ in range(50)))

    assert outcomes.count(ann) == 1


async def test_of_many_exchanges_for_different_successors_at_once_one_is_made(
    database: Database, ann: User, session: SessionId
) -> None:
    exchanges = [an_exchange(session, "first", f"successor {n}") for n in range(12)]

    outcomes = await asyncio.gather(*map(database.sessions.exchange, exchanges))

    assert outcomes.count(None) == 11
    made = outcomes.index(ann)
    assert await database.sessions.exchange(an_exchange(session, f"successor {made}", "next")) == ann


@pytest.mark.parametrize("postgres", ["postgres"], indirect=True)
async def test_control_without_a_look_at_the_token_several_are_made(
    database: Database, ann: User, session: SessionId, guards: Guards
) -> None:
    guards.remove("presented token")
    exchanges = [an_exchange(session, "first", f"successor {n}") for n in range(12)]

    outcomes = await asyncio.gather(*map(database.sessions.exchange, exchanges))

    assert outcomes == [ann] * 12


async def test_an_ended_session_is_over_and_tokens_issued_before_are_void(
    database: Database, ann: User, ben: User, session: SessionId
) -> None:
    other = a_session(ann)
    await database.sessions.open(other, ann.password_hash)

    await database.sessions.end(session, NOON)

    assert await database.sessions.exchange(an_exchange(session, "first", "second")) is None
    assert await database.voided_tokens.since(LONG_AGO) == {ann.id: ann.token_version + 1}
    going_on = await database.sessions.exchange(an_exchange(other.id, "first", "second"))
    assert going_on is not None
    assert going_on.token_version == ann.token_version + 1
    assert await database.users.by_id(ben.id) == ben


async def test_ending_what_has_ended_or_expired_changes_nothing(
    database: Database, ann: User, session: SessionId
) -> None:
    await database.sessions.end(a_session_id(), NOON)
    await database.sessions.end(session, NOON + TTL)
    assert await database.users.by_id(ann.id) == ann

    await asyncio.gather(*(database.sessions.end(session, NOON) for _ in range(4)))

    assert await database.voided_tokens.since(LONG_AGO) == {ann.id: ann.token_version + 1}


@pytest.mark.parametrize("way", ["set_password", "promote"])
async def test_a_change_of_password_ends_all_sessions_of_the_user(
    database: Database, ann: User, ben: User, session: SessionId, way: str
) -> None:
    of_ben, other = a_session(ben), a_session(ann)
    await database.sessions.open(of_ben, ben.password_hash)
    await database.sessions.open(other, ann.password_hash)

    if way == "promote":
        await database.users.promote(ann.id, Role.ADMIN, "a new hash")
    else:
        await database.users.set_password(ann.id, "a new hash", ann.password_hash)

    assert await database.sessions.exchange(an_exchange(session, "first", "second")) is None
    assert await database.sessions.exchange(an_exchange(other.id, "first", "second")) is None
    assert await database.sessions.exchange(an_exchange(of_ben.id, "first", "second")) == ben


async def test_a_session_that_is_opened_while_the_password_changes_does_not_survive_it(
    database: Database, ann: User
) -> None:
    new = a_session(ann)
    async with database.transaction() as unit:
        changed = await unit.users.set_password(ann.id, "a new hash", ann.password_hash)
        assert changed is not None
        opening = asyncio.create_task(database.sessions.open(new, ann.password_hash))
        await asyncio.wait({opening}, timeout=0.2)

    assert await opening is None
    assert await database.sessions.exchange(an_exchange(new.id, "first", "second")) is None


@pytest.mark.parametrize("postgres", ["postgres"], indirect=True)
async def test_control_without_the_lock_on_the_user_such_a_session_survives(
    database: Database, ann: User, guards: Guards
) -> None:
    guards.remove("lock of an owner")

    new = a_session(ann)
    async with database.transaction() as unit:
        await unit.users.set_password(ann.id, "a new hash", ann.password_hash)
        opened = await database.sessions.open(new, ann.password_hash)

    assert opened is not None
    assert await database.sessions.exchange(an_exchange(new.id, "first", "second")) is not None


@pytest.mark.parametrize("postgres", ["postgres"], indirect=True)
async def test_a_session_ends_with_the_account(
    database: Database, ann: User, session: SessionId, postgres: str
) -> None:
    connection = await asyncpg.connect(postgres)
    await connection.execute("DELETE FROM users WHERE id = $1", ann.id)
    await connection.close()

    assert await database.sessions.exchange(an_exchange(session, "first", "second")) is None


async def test_expired_sessions_are_forgotten_a_few_at_a_time(
    database: Database, ann: User, session: SessionId
) -> None:
    for day in range(5):
        await database.sessions.open(a_session(ann, expires_at=NOON - timedelta(days=day)), ann.password_hash)

    removed = await in_order(*(database.sessions.forget_expired(NOON, 2) for _ in range(4)))

    assert removed == [2, 2, 1, 0]
    assert await database.sessions.exchange(an_exchange(session, "first", "second")) == ann
    assert await database.users.by_id(ann.id) == ann
