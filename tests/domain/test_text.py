"""What text people may send."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booked.domain.errors import EmptyName
from booked.domain.model.text import require_plain, require_text

# Bidirectional embeddings, overrides and isolates.
REORDERING = ["\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"]
CONTROL = ["\0", "\x07", "\x1b", "\x7f", "\x85", "\x9f"]
LONE_SURROGATE = "\ud800"
ORDINARY = ["Ann", "Ann O'Neil-Smith", "<script>", "'; DROP TABLE users", "Ζωή", "山田", "עברית", "👩‍👩‍👧", "a\u200db"]


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_is_kept_as_it_is(text: str) -> None:
    assert require_text(text, EmptyName, "name", 100) == text
    assert require_plain(text, EmptyName, "name", 100) == text


@pytest.mark.parametrize("character", [*CONTROL, *REORDERING, LONE_SURROGATE])
@pytest.mark.parametrize("multiline", [False, True])
def test_characters_that_hide_or_break_things_are_refused(character: str, multiline: bool) -> None:
    with pytest.raises(EmptyName, match="control characters"):
        require_text(f"a{character}b", EmptyName, "name", 100, multiline)


@pytest.mark.parametrize("character", ["\n", "\r", "\t"])
def test_lines_and_tabs_need_a_text_of_several_lines(character: str) -> None:
    assert require_text(f"a{character}b", EmptyName, "name", 100, multiline=True) == f"a{character}b"
    with pytest.raises(EmptyName, match="control characters"):
        require_text(f"a{character}b", EmptyName, "name", 100)


def test_a_text_may_be_as_long_as_its_bound_and_no_longer() -> None:
    assert require_text("x" * 10, EmptyName, "name", 10) == "x" * 10
    with pytest.raises(EmptyName, match="longer than 10"):
        require_text("x" * 11, EmptyName, "name", 10)


def test_space_around_a_text_does_not_count() -> None:
    assert require_text(f"  {'x' * 10}\n", EmptyName, "name", 10) == "x" * 10


@pytest.mark.parametrize("text", ["", " ", "\t\n", "\u3000"])
def test_a_text_of_nothing_but_space_is_empty(text: str) -> None:
    with pytest.raises(EmptyName, match="empty"):
        require_text(text, EmptyName, "name", 10)


@pytest.mark.parametrize("text", ["\u200b", "\u3164", "\u2800\u2800", "\u034f \ufe0f", "\u115f\u1160", "\U000e0020"])
def test_a_text_of_nothing_visible_is_refused(text: str) -> None:
    for require in (require_text, require_plain):
        with pytest.raises(EmptyName, match="no visible character"):
            require(text, EmptyName, "name", 10)


def test_a_plain_text_may_be_empty_and_keeps_its_space() -> None:
    assert require_plain("", EmptyName, "name", 10) == ""
    assert require_plain("  x ", EmptyName, "name", 10) == "  x "


@given(st.text(st.characters(), max_size=20), st.booleans())
def test_text_that_is_accepted_can_be_stored_and_shown(text: str, multiline: bool) -> None:
    try:
        accepted = require_text(text, EmptyName, "name", 15, multiline)
    except EmptyName:
        return

    assert accepted == text.strip()
    assert 0 < len(accepted) <= 15
    assert accepted.encode()
    assert not set(REORDERING) & set(accepted)
    assert {char for char in accepted if unicodedata.category(char) == "Cc"} <= (set("\n\r\t") if multiline else set())
