"""The error catalogue."""

import re
from collections import Counter

import pytest

from booked.adapters.http.errors import catalogue
from booked.domain.errors import BookedError, TooFewTickets

EVERY_ERROR = pytest.mark.parametrize("error", catalogue(), ids=lambda error: error.__name__)


def test_every_code_stands_for_one_error() -> None:
    codes = Counter(error().code for error in catalogue())

    assert [code for code, uses in codes.items() if uses > 1] == []
    assert len(codes) > 30


@EVERY_ERROR
def test_a_code_is_a_category_and_two_digits(error: type[BookedError]) -> None:
    assert re.fullmatch(r"(SYS|USER|EVENT|TICKET|WAITLIST|DB)-\d\d", error().code)


@EVERY_ERROR
def test_a_message_says_what_is_wrong_and_what_to_do(error: type[BookedError]) -> None:
    refusal = error()

    assert re.fullmatch(r"[A-Z].*\.", refusal.title)
    assert re.fullmatch(r"[A-Z].*\.", refusal.advice)
    assert f"{refusal.title} {refusal.advice}" == error.message


def test_the_catalogue_keeps_the_order_of_categories_and_numbers() -> None:
    codes = [error().code for error in catalogue()]
    categories = list(dict.fromkeys(code.split("-")[0] for code in codes))

    assert categories == ["SYS", "USER", "EVENT", "TICKET", "WAITLIST", "DB"]
    assert codes == sorted(codes, key=lambda code: (categories.index(code.split("-")[0]), code))


def test_categories_themselves_are_not_errors_that_anyone_gets() -> None:
    assert BookedError not in catalogue()
    assert all("number" in vars(error) for error in catalogue())


def test_an_error_says_its_message_unless_it_has_something_more_particular_to_say() -> None:
    plain, particular = TooFewTickets(), TooFewTickets("3 tickets are available.")

    assert (str(plain), plain.detail) == (TooFewTickets.message, None)
    assert (str(particular), particular.detail) == ("3 tickets are available.", "3 tickets are available.")
    assert plain.code == particular.code == "TICKET-01"
