"""Text is compared without case and accents, and found by its words."""

import pytest

from booked.domain.model.programme.words import folded, words_of, words_to_find


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("Zürich", "zurich"),
        ("DORALÉ", "dorale"),
        ("Örebro", "orebro"),
        ("ドーム", "ドーム"),
        ("콘서트", "콘서트"),
        ("ﬁn", "fin"),
    ],
)
def test_folding_takes_case_and_accents_away_and_no_letter(text: str, result: str) -> None:
    assert folded(text) == result


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", set()),
        ("Night of Waiting", {"night", "of", "waiting"}),
        ("AC/DC, live_at 3sat's", {"ac", "dc", "live", "at", "3sat", "s"}),
        ("Sigur RÓS 東京", {"sigur", "ros", "東京", "京"}),
        ("of Of OF", {"of"}),
        ("Bang !?! live", {"bang", "!?!", "live"}),
    ],
)
def test_words_are_runs_of_letters_parts_of_unspaced_scripts_and_symbols(text: str, words: set[str]) -> None:
    assert words_of(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("  ", set()),
        ("AC - DC", {"ac", "dc"}),
        ("!?!", {"!?!"}),
        ("一二三四五六七八九十", {"一二三四五六七八"}),
    ],
)
def test_symbols_are_looked_for_only_on_their_own(text: str, words: set[str]) -> None:
    assert words_to_find(text) == words
