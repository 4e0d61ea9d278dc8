"""Money and times as people write them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import iso4217
import pytest

from booked.adapters.http.requests import fields as message_fields
from booked.domain.errors import InvalidTicketType
from booked.domain.model.money import Money


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (4990, "EUR", "49.90"),
        (5, "EUR", "0.05"),
        (0, "USD", "0.00"),
        (4990, "JPY", "4990"),
        (4990, "BHD", "4.990"),
        (10**8, "KWD", "100000.000"),
        (12345, "CLF", "1.2345"),
    ],
)
def test_money_is_written_with_the_digits_of_its_currency(amount: int, currency: str, text: str) -> None:
    assert message_fields.amount_text(Money(amount, currency)) == text
    assert message_fields.money(text, currency, InvalidTicketType) == Money(amount, currency)


# All currencies of ISO 4217 (list one as of 2026-01-01) that are not divided into hundredths.
DIGITS = {
    0: [
        *["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"],
        *["RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"],
    ],
    3: ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"],
    4: ["CLF", "UYW"],
}


def test_every_currency_has_the_digits_of_iso_4217() -> None:
    unusual = {currency: digits for digits, currencies in DIGITS.items() for currency in currencies}

    for currency in (*(listed.code for listed in iso4217.Currency), *unusual, "XYZ"):
        _, _, digits = message_fields.amount_text(Money(1, currency)).partition(".")
        assert len(digits) == unusual.get(currency, 2), currency


@pytest.mark.parametrize(("text", "amount"), [("49.9", 4990), ("49", 4900), ("0049.90", 4990), ("0", 0)])
def test_fewer_digits_mean_the_same_amount(text: str, amount: int) -> None:
    assert message_fields.money(text, "EUR", InvalidTicketType) == Money(amount, "EUR")


@pytest.mark.parametrize(
    "text", ["", ".", "1.", ".5", "1.234", "-1", "+1", "1e2", "1,5", "٣", "1.2\n", " 1", "9" * 31, "NaN"]
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(InvalidTicketType):
        message_fields.money(text, "EUR", InvalidTicketType)


def test_a_currency_without_minor_units_has_no_point() -> None:
    with pytest.raises(InvalidTicketType):
        message_fields.money("1.0", "JPY", InvalidTicketType)


FIRST, LAST = (moment.replace(tzinfo=UTC) for moment in (datetime.min, datetime.max))


@pytest.mark.parametrize(
    ("moment", "zone", "shown"),
    [
        (datetime(2027, 6, 1, 12, tzinfo=UTC), "Europe/Berlin", "2027-06-01T14:00:00+02:00"),
        (LAST, "America/New_York", "9999-12-31T18:59:59.999999-05:00"),
        (LAST, "Europe/Berlin", "9999-12-31T23:59:59.999999+01:00"),
        (LAST, "Pacific/Kiritimati", "9999-12-31T23:59:59.999999+14:00"),
        (FIRST, "Asia/Tokyo", "0001-01-01T09:18:59+09:18:59"),
        (FIRST, "America/New_York", "0001-01-01T00:00:00-04:56:02"),
    ],
)
def test_every_moment_can_be_shown_by_every_clock(moment: datetime, zone: str, shown: str) -> None:
    assert message_fields.in_zone(moment, ZoneInfo(zone)).isoformat() == shown
