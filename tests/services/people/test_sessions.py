"""Staying logged in: what refresh tokens are exchanged for, and what ends a session."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booked.domain.errors import (
    BookedError,
    Busy,
    EmptyPassword,
    InvalidPassword,
    InvalidRefreshToken,
    InvalidToken,
    PasswordRefused,
)
from booked.domain.model.ids import UserId
from booked.domain.model.people.users import Identity, Role, User
from tests.builders import a_user_id
from tests.services.box_office import REFRESH_TTL, TOKEN_TTL, BoxOffice

EMAIL = "ann@example.com"
PASSWORD = "a good one"
MOMENT = timedelta(microseconds=1)


@pytest.fixture
async def registered(office: BoxOffice) -> User:
    return await office.accounts.sign_up(EMAIL, PASSWORD)


async def user_now(office: BoxOffice, user_id: UserId) -> User:
    user = await office.database.users.by_id(user_id)
    assert user is not None
    return user


def identity_of(user: User) -> Identity:
    return Identity(user.id, user.role, user.token_version)


async def test_logging_in_gives_both_tokens(office: BoxOffice, registered: User) -> None:
    pair = await office.sessions.log_in("ANN@example.com", PASSWORD)

    assert office.tokens.verify(pair.access) == identity_of(registered)
    assert office.sessions.refresh_tokens.read(pair.refresh).text == pair.refresh
    assert pair.expires_in == TOKEN_TTL


@pytest.mark.parametrize(("email", "password"), [(EMAIL, "a bad one"), ("ben@example.com", PASSWORD), ("x", PASSWORD)])
async def test_logging_in_does_not_tell_what_is_wrong_whatever_else_is_told_elsewhere(
    office: BoxOffice, registered: User, email: str, password: str
) -> None:
    assert not office.accounts.conceal_accounts

    with pytest.raises(InvalidPassword):
        await office.sessions.log_in(email, password)

    assert len(office.passwords.checked) == 1


async def test_a_password_that_changes_while_one_logs_in_opens_no_session(
    office: BoxOffice, registered: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify = office.passwords.verify

    async def verify_slowly(password: str, password_hash: str | None) -> bool:
        right = await verify(password, password_hash)
        await office.database.users.set_password(registered.id, "a new hash", registered.password_hash)
        return right

    monkeypatch.setattr(office.passwords, "verify", verify_slowly)

    with pytest.raises(InvalidPassword):
        await office.sessions.log_in(EMAIL, PASSWORD)


async def test_an_exchange_gives_the_next_tokens(office: BoxOffice, registered: User) -> None:
    first = await office.sessions.log_in(EMAIL, PASSWORD)

    second = await office.sessions.refresh(first.refresh)

    assert second.refresh != first.refresh
    assert office.tokens.verify(second.access) == identity_of(registered)


async def test_an_exchange_can_be_repeated_until_the_successor_is_used(office: BoxOffice, registered: User) -> None:
    first = await office.sessions.log_in(EMAIL, PASSWORD)
    second = await office.sessions.refresh(first.refresh)
    office.clock.advance(timedelta(hours=10))

    again = await office.sessions.refresh(first.refresh)

    assert again.refresh == second.refresh
    await office.sessions.refresh(second.refresh)
    with pytest.raises(InvalidRefreshToken):
        await office.sessions.refresh(first.refresh)


async def test_reuse_ends_the_session_and_voids_what_was_issued_in_it(office: BoxOffice, registered: User) -> None:
    first = await office.sessions.log_in(EMAIL, PASSWORD)
    second = await office.sessions.refresh(first.refresh)
    third = await office.sessions.refresh(second.refresh)

    with pytest.raises(InvalidRefreshToken):
        await office.sessions.refresh(first.refresh)

    with pytest.raises(InvalidRefreshToken):
        await office.sessions.refresh(third.refresh)
    with pytest.raises(InvalidToken):
        await office.accounts.present(office.tokens.verify(third.access))


async def test_a_token_of_another_key_ends_the_session_that_it_names_at_most(
    office: BoxOffice, registered: User
) -> None:
    named, other = [await office.sessions.log_in(EMAIL, PASSWORD) for _ in range(2)]
    forged = office.sessions.refresh_tokens.fresh(office.sessions.refresh_tokens.read(named.refresh).session_id)

    with pytest.raises(InvalidRefreshToken):
        await office.sessions.refresh(forged.text)

    with pytest.raises(InvalidRefreshToken):
        await office.sessions.refresh(named.refresh)
    assert (await office.sessions.refresh(other.refresh)).refresh


@dataclass
class Session:
    """What a session is by the rules: the tokens given out in it, of which the last is the good one."""

    tokens: list[str]
    expires_in: timedelta = REFRESH_TTL
    over: bool = False
    refused: int = field(default=0, init=False)

    def pass_time(self, time: timedelta) -> None:
        self.expires_in -= time

    def exchange(self, place: int) -> str | None:
        """Which token an exchange is answered with, if it is known already; raises where it is refused."""
        last = len(self.tokens) - 1
        if self.over or self.expires_in <= timedelta(0):
            raise InvalidRefreshToken
        if place == last:
            self.expires_in = REFRESH_TTL
            return None
        if place == last - 1:
            return self.tokens[last]
        self.over = True
        raise InvalidRefreshToken


pauses = st.one_of(
    st.just(timedelta(0)),
    st.sampled_from([REFRESH_TTL - MOMENT, REFRESH_TTL]),
    st.timedeltas(timedelta(0), timedelta(seconds=20)),
)


@given(steps=st.lists(st.tuples(pauses, st.integers(0, 3)), max_size=12))
async def test_a_session_follows_its_rules_whoever_presents_what_and_when(
    steps: list[tuple[timedelta, int]],
) -> None:
    """Each step waits, then presents one of the tokens given out, counted from the last."""
    office = BoxOffice()
    await office.accounts.sign_up(EMAIL, PASSWORD)
    session = Session([(await office.sessions.log_in(EMAIL, PASSWORD)).refresh])

    for pause, age in steps:
        office.clock.advance(pause)
        session.pass_time(pause)
        place = max(0, len(session.tokens) - 1 - age)
        presented = session.tokens[place]
        try:
            expected = session.exchange(place)
        except InvalidRefreshToken:
            with pytest.raises(InvalidRefreshToken):
                await office.sessions.refresh(presented)
            continue
        given_out = (await office.sessions.refresh(presented)).refresh
        if expected is None:
            assert given_out not in session.tokens
            session.tokens.append(given_out)
        else:
            assert given_out == expected


async def test_logging_out_ends_the_session(office: BoxOffice, registered: User) -> None:
    pair, other = [await office.sessions.log_in(EMAIL, PASSWORD) for _ in range(2)]

    await office.sessions.log_out(pair.refresh)
    await office.sessions.log_out(pair.refresh)
    await office.sessions.log_out("nonsense")

    with pytest.raises(InvalidRefreshToken):
        await office.sessions.refresh(pair.refresh)
    assert office.tokens.verify((await office.sessions.refresh(other.refresh)).access).token_version == 1
    assert (await office.accounts.voided_tokens()).lowest_valid == {registered.id: 1}


async def test_a_changed_password_leaves_one_session(office: BoxOffice, registered: User) -> None:
    before = await office.sessions.log_in(EMAIL, PASSWORD)

    pair = await office.sessions.change_password(identity_of(registered), PASSWORD, "another one")

    with pytest.raises(InvalidRefreshToken):
        await office.sessions.refresh(before.refresh)
    with pytest.raises(InvalidToken):
        await office.accounts.present(identity_of(registered))
    assert await office.accounts.present(office.tokens.verify(pair.access)) == await user_now(office, registered.id)
    assert (await office.sessions.refresh(pair.refresh)).refresh
    assert (await office.sessions.log_in(EMAIL, "another one")).refresh


@pytest.mark.parametrize(
    ("current", "new", "error"),
    [
        ("a bad one", "another one", InvalidPassword),
        ("", "another one", EmptyPassword),
        ("\0", "another one", PasswordRefused),
        (PASSWORD, "", EmptyPassword),
        (PASSWORD, "short", PasswordRefused),
    ],
)
async def test_a_password_that_cannot_be_changed_so_stays(
    office: BoxOffice, registered: User, current: str, new: str, error: type[BookedError]
) -> None:
    pair = await office.sessions.log_in(EMAIL, PASSWORD)

    with pytest.raises(error):
        await office.sessions.change_password(identity_of(registered), current, new)

    assert (await office.sessions.refresh(pair.refresh)).refresh
    assert await user_now(office, registered.id) == registered


async def test_a_void_token_changes_no_password(office: BoxOffice, registered: User) -> None:
    for identity in (Identity(registered.id, Role.USER, 7), Identity(a_user_id(), Role.ADMIN, 0)):
        with pytest.raises(InvalidToken):
            await office.sessions.change_password(identity, PASSWORD, "another one")

    assert office.passwords.checked == []


async def test_a_change_of_password_that_finds_the_hasher_full_does_not_reach_the_database(
    office: BoxOffice, registered: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.passwords.full = True
    monkeypatch.delattr(type(office.database.users), "by_id")

    with pytest.raises(Busy):
        await office.sessions.change_password(identity_of(registered), PASSWORD, "another one")


async def test_an_admin_made_anew_from_outside_has_no_session_left(office: BoxOffice, registered: User) -> None:
    pair = await office.sessions.log_in(EMAIL, PASSWORD)

    await office.accounts.ensure_admin("Ann", EMAIL, "another one")

    with pytest.raises(InvalidRefreshToken):
        await office.sessions.refresh(pair.refresh)
