"""What an account must look like, and what it may do."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booked.domain.errors import (
    BookedError,
    EmptyEmail,
    EmptyName,
    EmptyPassword,
    InvalidEmail,
    NotAnAdmin,
    PasswordRefused,
)
from booked.domain.model.people.users import (
    Role,
    User,
    email_key,
    former_email_key,
    require_email,
    require_hashable,
    require_name,
    require_part_of_name,
    require_password,
    require_role,
)
from tests.builders import ANN

USER = User(ANN, "Ann", "", "ann@example.com", "hash", Role.USER, 0, datetime(2027, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "email", ["ann@example.com", "a@b", "Ann+Ben@Example.COM", "ζωή@παράδειγμα.gr", "x" * 245 + "@mail.com"]
)
def test_an_address_is_kept_as_it_was_written(email: str) -> None:
    assert require_email(email) == email


def test_space_around_an_address_does_not_count() -> None:
    assert require_email(" ann@example.com\n") == "ann@example.com"


@pytest.mark.parametrize(
    ("email", "error"),
    [
        ("", EmptyEmail),
        ("   ", EmptyEmail),
        ("ann", InvalidEmail),
        ("@example.com", InvalidEmail),
        ("ann@", InvalidEmail),
        ("ann@ben@example.com", InvalidEmail),
        ("an n@example.com", InvalidEmail),
        ("ann@example.com\r\nBcc: ben@example.com", InvalidEmail),
        ("ann@exam\0ple.com", InvalidEmail),
        ("ann\u202e@example.com", InvalidEmail),
        ("x" * 243 + "@example.com", InvalidEmail),
    ],
)
def test_what_is_not_an_address_is_refused(email: str, error: type[BookedError]) -> None:
    with pytest.raises(error):
        require_email(email)


@given(st.text(max_size=4), st.text(max_size=4))
def test_addresses_that_folding_does_not_make_the_same_have_different_keys(left: str, right: str) -> None:
    if former_email_key(left) != former_email_key(right):
        assert email_key(left) != email_key(right)


@given(st.text(max_size=20))
def test_a_key_is_the_key_of_the_address_in_other_case(email: str) -> None:
    assert email_key("".join(character.lower() for character in email)) == email_key(email)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("ann@example.com", "ANN@EXAMPLE.COM"),
        ("\uff21nn@a.b", "ann@a.b"),
        ("ΟΔΟΣ@a.b", "οδος@a.b"),
        ("ann@bücher.io", "ann@xn--bcher-kva.io"),
        ("ann@BÜCHER.io", "ann@XN--BCHER-KVA.IO"),
        ("ann@straße.de", "ann@xn--strae-oqa.de"),
    ],
)
def test_look_alikes_have_the_same_key(left: str, right: str) -> None:
    assert email_key(left) == email_key(right)


@pytest.mark.parametrize(
    ("left", "right"),
    [("straße@a.b", "strasse@a.b"), ("ann@straße.de", "ann@strasse.de"), ("ann@bücher.io", "ann@bucher.io")],
)
def test_addresses_of_different_mailboxes_have_different_keys(left: str, right: str) -> None:
    assert email_key(left) != email_key(right)


@pytest.mark.parametrize("name", ["", " ", "x" * 201, "Ann\0", "\u202eAnn", "\u200b\u3164 \u2800"])
def test_what_is_not_a_name_is_refused(name: str) -> None:
    with pytest.raises(EmptyName):
        require_name(name)


def test_a_name_may_have_two_hundred_characters() -> None:
    assert require_name(" " + "x" * 200) == "x" * 200


@pytest.mark.parametrize("password", ["12345678", " spaces count ", "pässwörd", "🔑" * 256, "x" * 1024])
def test_a_password_is_left_unchanged(password: str) -> None:
    assert require_password(password, shortest=8) == password


@pytest.mark.parametrize(
    ("password", "error"),
    [
        ("", EmptyPassword),
        ("1234567", PasswordRefused),
        ("x" * 1025, PasswordRefused),
        ("🔑" * 257, PasswordRefused),  # four bytes each
        ("1234567\0", PasswordRefused),
        ("1234567\ud800", PasswordRefused),
    ],
)
def test_a_password_that_cannot_be_used_is_refused(password: str, error: type[BookedError]) -> None:
    with pytest.raises(error):
        require_password(password, shortest=8)


def test_a_password_is_not_refused_for_being_short_by_who_may_have_chosen_it_long_ago() -> None:
    assert require_hashable("123") == "123"
    with pytest.raises(EmptyPassword):
        require_hashable("")


@pytest.mark.parametrize("role", [Role.USER, Role.ORGANIZER])
def test_only_an_admin_is_one(role: Role) -> None:
    require_role(replace(USER, role=Role.ADMIN), Role.ADMIN)
    with pytest.raises(NotAnAdmin):
        require_role(replace(USER, role=role), Role.ADMIN)


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [
        ("Ann", "Archer", "Ann Archer"),
        ("Ann", "", "Ann"),
        ("", "Archer", "Archer"),
        ("", "", "ann"),
    ],
)
def test_one_is_called_by_ones_names_or_else_by_ones_address(first: str, last: str, name: str) -> None:
    assert replace(USER, first_name=first, last_name=last).name == name


def test_part_of_a_name_may_be_empty_and_nothing_else_that_a_name_may_not() -> None:
    assert require_part_of_name("  ") == ""
    assert require_part_of_name(" Ann ") == "Ann"
    assert require_part_of_name("a" * 200) == "a" * 200
    for part in ("a" * 201, "a\nb", "\0", "\u202e", "\ufe0f"):
        with pytest.raises(EmptyName):
            require_part_of_name(part)


def test_a_user_is_shown_in_logs_without_their_password() -> None:
    assert "hash" not in repr(USER)


@pytest.mark.parametrize(
    "email",
    [
        "a\u200bnn@x.io",
        "ann@x\u00ad.io",
        "ann@x.io\ufeff",
        "ann@x.io.",
        "ann@x.io\uff0e",
        "ann@x\u3002io",
        "ann@x\uff61io",
        "a\u034fnn@x.io",
        "a\u3164nn@x.io",
        "a\u115fnn@x.io",
        "ann\ufe0f@x.io",
        "ann\u2800@x.io",
        "ann\U000e0100@x.io",
        "ann@x\u17b4.io",
        "ann@xn--ann-ifa.io",  # ann and a soft hyphen
        "ann@xn--abc-.io",
        "ann@xn--99999999.io",
        "ann@x.xn--a-",
    ],
)
def test_an_address_that_looks_like_another_is_refused(email: str) -> None:
    with pytest.raises(InvalidEmail):
        require_email(email)
