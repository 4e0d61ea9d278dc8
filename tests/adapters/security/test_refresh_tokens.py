"""Refresh tokens: not to be guessed, derived one from the other, and read strictly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booked.adapters.security import HmacRefreshTokens
from booked.domain.errors import InvalidRefreshToken
from booked.domain.model.people.sessions import RefreshToken
from tests.builders import a_session_id

SECRET = "the secret that signs other tokens, too"


@pytest.fixture
def tokens() -> HmacRefreshTokens:
    return HmacRefreshTokens(SECRET)


def test_every_token_is_a_new_one_and_names_its_session(tokens: HmacRefreshTokens) -> None:
    session_id = a_session_id()

    given_out = [tokens.fresh(session_id) for _ in range(100)]

    assert len({token.text for token in given_out}) == 100
    assert {token.session_id for token in given_out} == {session_id}
    assert [tokens.read(token.text) for token in given_out] == given_out


def test_a_successor_is_always_the_same_and_of_the_same_session(tokens: HmacRefreshTokens) -> None:
    token = tokens.fresh(a_session_id())

    successor = tokens.successor(token)

    assert successor == HmacRefreshTokens(SECRET).successor(tokens.read(token.text))
    assert successor.text != token.text
    assert successor.session_id == token.session_id
    assert tokens.read(successor.text) == successor
    assert tokens.successor(successor).text not in {token.text, successor.text}


def test_without_the_secret_nobody_derives_a_successor(tokens: HmacRefreshTokens) -> None:
    token = tokens.fresh(a_session_id())

    assert HmacRefreshTokens("another secret").successor(token) != tokens.successor(token)


def test_tokens_of_one_session_have_nothing_else_in_common(tokens: HmacRefreshTokens) -> None:
    session_id = a_session_id()
    one, other = tokens.fresh(session_id), tokens.fresh(session_id)

    secrets = [token.text[22:] for token in (one, other, tokens.successor(one), tokens.successor(other))]

    assert len(set(secrets)) == 4
    assert all(len(secret) == 42 for secret in secrets)


def test_a_token_is_not_shown_in_logs(tokens: HmacRefreshTokens) -> None:
    token = tokens.fresh(a_session_id())

    assert token.text not in repr(token)
    assert len(token.digest) == 32


@given(st.text(max_size=80))
def test_whatever_is_sent_is_read_or_refused(text: str) -> None:
    tokens = HmacRefreshTokens(SECRET)
    try:
        read = tokens.read(text)
    except InvalidRefreshToken:
        return
    assert read.text == text


@given(st.from_regex(r"[A-Za-z0-9_-]{64}", fullmatch=True))
def test_what_looks_like_a_token_is_read_as_one(text: str) -> None:
    token = HmacRefreshTokens(SECRET).read(text)

    assert token == RefreshToken(token.session_id, text)
    assert len(token.session_id) == 36
