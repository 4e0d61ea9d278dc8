"""Being logged in on the pages: how long a session lasts, and what ends it."""

import pytest

from booked.domain.errors import InvalidPassword
from booked.domain.model.people.browser_sessions import IDLE_MOST, LONGEST, RENEWED_AFTER
from booked.domain.model.people.users import Role, User
from tests.services.box_office import BoxOffice

EMAIL = "ann@example.com"
PASSWORD = "a good one"


@pytest.fixture
async def registered(office: BoxOffice) -> User:
    return await office.accounts.sign_up(EMAIL, PASSWORD)


async def test_a_login_opens_a_session_of_its_own_each_time(office: BoxOffice, registered: User) -> None:
    first, second = [await office.browser_sessions.log_in(EMAIL, PASSWORD) for _ in range(2)]

    assert first != second
    assert await office.browser_sessions.user_of(first) == registered
    assert await office.browser_sessions.user_of(second) == registered


async def test_only_the_digest_of_a_token_is_kept(office: BoxOffice, registered: User) -> None:
    token = await office.browser_sessions.log_in(EMAIL, PASSWORD)

    assert token not in repr(office.database.committed.tables.browser_sessions)


@pytest.mark.parametrize(("email", "password"), [(EMAIL, "a bad one"), ("ben@example.com", PASSWORD), ("x", PASSWORD)])
async def test_logging_in_does_not_tell_what_is_wrong(
    office: BoxOffice, registered: User, email: str, password: str
) -> None:
    with pytest.raises(InvalidPassword):
        await office.browser_sessions.log_in(email, password)


async def test_registering_logs_in(office: BoxOffice) -> None:
    token = await office.browser_sessions.register("Ann", EMAIL, PASSWORD)

    user = await office.browser_sessions.user_of(token)
    assert user is not None
    assert (user.name, user.email, user.role) == ("Ann", EMAIL, Role.USER)


async def test_a_session_that_is_used_lasts_and_one_that_is_not_expires(office: BoxOffice, registered: User) -> None:
    used, idle = [await office.browser_sessions.log_in(EMAIL, PASSWORD) for _ in range(2)]
    office.clock.advance(IDLE_MOST - RENEWED_AFTER)
    assert await office.browser_sessions.user_of(used) == registered

    office.clock.advance(RENEWED_AFTER)

    assert await office.browser_sessions.user_of(used) == registered
    assert await office.browser_sessions.user_of(idle) is None


async def test_a_session_ends_in_the_end_however_much_it_is_used(office: BoxOffice, registered: User) -> None:
    token = await office.browser_sessions.log_in(EMAIL, PASSWORD)
    for _ in range(LONGEST.days - 1):
        office.clock.advance(LONGEST / LONGEST.days)
        assert await office.browser_sessions.user_of(token) == registered

    office.clock.advance(LONGEST / LONGEST.days)

    assert await office.browser_sessions.user_of(token) is None


async def test_a_session_is_not_written_down_with_every_use(office: BoxOffice, registered: User) -> None:
    token = await office.browser_sessions.log_in(EMAIL, PASSWORD)
    before = office.database.committed.tables.browser_sessions.copy()
    office.clock.advance(RENEWED_AFTER / 2)

    await office.browser_sessions.user_of(token)

    assert office.database.committed.tables.browser_sessions == before


async def test_logging_out_ends_this_session_alone(office: BoxOffice, registered: User) -> None:
    here, there = [await office.browser_sessions.log_in(EMAIL, PASSWORD) for _ in range(2)]

    await office.browser_sessions.log_out(here)
    await office.browser_sessions.log_out(here)

    assert await office.browser_sessions.user_of(here) is None
    assert await office.browser_sessions.user_of(there) == registered


async def test_another_role_counts_at_once_and_another_password_ends_the_session(
    office: BoxOffice, registered: User
) -> None:
    token = await office.browser_sessions.log_in(EMAIL, PASSWORD)

    await office.accounts.grant(registered.id, Role.ORGANIZER)
    organizer = await office.browser_sessions.user_of(token)
    await office.database.users.set_password(registered.id, "another hash", registered.password_hash)

    assert organizer is not None
    assert organizer.role is Role.ORGANIZER
    assert await office.browser_sessions.user_of(token) is None


@pytest.mark.parametrize("text", ["", "x", "a" * 42, "a" * 44, "ä" * 43, "a" * 43, "a" * 100_000])
async def test_text_that_is_no_token_of_ours_belongs_to_nobody(office: BoxOffice, text: str) -> None:
    await office.browser_sessions.log_out(text)

    assert await office.browser_sessions.user_of(text) is None
