"""Money: whole minor units of a currency, for exact sums."""

import re
from dataclasses import dataclass

from booked.domain.errors import InvalidTicketType

PRICE_MOST = 1_000_000_000_000  # minor units: a rial is worth little, and has a hundred of them

_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (cents, say) of a currency by its ISO 4217 code."""

    amount: int
    currency: str


def require_price(amount: int) -> int:
    if not 0 <= amount <= PRICE_MOST:
        raise InvalidTicketType(f"A price must lie between 0 and {PRICE_MOST} minor units of its currency.")
    return amount


def require_currency(code: str) -> str:
    """A code of the form of ISO 4217. Whether anybody mints such a currency is for the payment to find out."""
    if not _CURRENCY.fullmatch(code):
        raise InvalidTicketType("A currency is three capital letters as in ISO 4217, such as EUR.")
    return code
