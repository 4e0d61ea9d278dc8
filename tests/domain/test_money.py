"""What may be a price."""

import pytest

from booked.domain.errors import InvalidTicketType
from booked.domain.model.money import PRICE_MOST, require_currency, require_price


@pytest.mark.parametrize("amount", [0, 1, 4990, PRICE_MOST])
def test_a_price_is_a_number_of_minor_units(amount: int) -> None:
    assert require_price(amount) == amount


@pytest.mark.parametrize("amount", [-1, PRICE_MOST + 1, 2**63])
def test_a_price_out_of_bounds_is_refused(amount: int) -> None:
    with pytest.raises(InvalidTicketType):
        require_price(amount)


@pytest.mark.parametrize("code", ["EUR", "JPY", "XTS"])
def test_a_currency_has_three_capital_letters(code: str) -> None:
    assert require_currency(code) == code


@pytest.mark.parametrize(
    "code", ["", "EU", "EURO", "eur", "E R", "EUR\n", "ÉUR", "\N{FULLWIDTH LATIN CAPITAL LETTER E}UR"]
)
def test_anything_else_is_no_currency(code: str) -> None:
    with pytest.raises(InvalidTicketType):
        require_currency(code)
