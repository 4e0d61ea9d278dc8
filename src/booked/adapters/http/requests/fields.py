"""Fields of messages of several contracts: ids, times, money."""

import re
from datetime import UTC, date, datetime, tzinfo
from typing import Annotated

import iso4217
import msgspec
from msgspec import Meta

from booked.adapters.http.errors import InvalidQuery
from booked.domain.errors import BookedError
from booked.domain.model.money import Money

AMOUNT_LENGTH = 30  # of what all tickets of the largest event cost, too

_DIGITS = {currency.code: currency.exponent for currency in iso4217.Currency}
_USUAL_DIGITS = 2  # of a currency that ISO 4217 does not list, or lists without a minor unit, like gold
_AMOUNT = re.compile(r"([0-9]+)(?:\.([0-9]+))?")


def shown(description: str | None = None, **schema: object) -> Meta:
    """Describe a field in the OpenAPI document alone. The domain checks bounds, and answers with its own codes."""
    return Meta(description=description, extra_json_schema=schema)


Id = Annotated[str, shown(format="uuid")]
"""An id as a client sends it, to be parsed by `parse_uuid`."""

CanonicalId = Annotated[str, Meta(max_length=36, pattern="^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$")]
"""An id as we write it, for cursors."""

Time = Annotated[datetime, Meta(tz=True, description="A time (RFC 3339); answers have it in UTC.")]
Amount = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=AMOUNT_LENGTH,
        pattern=r"^[0-9]+(\.[0-9]+)?$",
        description="A decimal number, with no more digits after the point than the currency's minor unit has.",
    ),
]
Timezone = Annotated[str, shown("A time zone, by its IANA name.", examples=["Europe/London"])]
Currency = Annotated[str, shown("A currency (ISO 4217).", pattern="^[A-Z]{3}$")]


def in_zone(moment: datetime, zone: tzinfo) -> datetime:
    """Return the same moment by the clock of a time zone.

    Within hours of the first or the last moment there is, that clock may have no such time: then it shows what the
    clock of `moment` shows.
    """
    try:
        return moment.astimezone(zone)
    except OverflowError:
        return moment.replace(tzinfo=zone)


def utc(moment: datetime) -> datetime:
    """Return the same moment in UTC."""
    return in_zone(moment, UTC)


def to_second(moment: datetime) -> datetime:
    """Return the same moment in UTC without the fraction of a second, as times of events are kept."""
    return utc(moment).replace(microsecond=0)


def day_or_time(text: str, name: str) -> date | datetime:
    """Return a parameter that is a day, or else a time in UTC. Raises `InvalidQuery`."""
    try:
        return msgspec.convert(text, date)
    except msgspec.ValidationError:
        pass
    try:
        return utc(msgspec.convert(text, Time))
    except msgspec.ValidationError as cause:
        raise InvalidQuery(f"`{name}` is neither a date nor a time (RFC 3339).") from cause


def amount_text(money: Money) -> str:
    """Return money as people write it, such as `49.90`."""
    digits = currency_digits(money.currency)
    whole, fraction = divmod(money.amount, 10**digits)
    return f"{whole}.{fraction:0{digits}}" if digits else str(whole)


def money(text: str, currency: str, refusal: type[BookedError]) -> Money:
    """Return what people wrote as money. Raises the refusal if it is no amount of whole minor units."""
    amount = _AMOUNT.fullmatch(text)
    digits = currency_digits(currency)
    if amount is None or len(text) > AMOUNT_LENGTH or len(amount[2] or "") > digits:
        raise refusal(f"An amount is a decimal number with at most {digits} digits after the point.")
    return Money(int(amount[1] + (amount[2] or "").ljust(digits, "0")), currency)


def currency_digits(currency: str) -> int:
    """Return how many digits an amount of a currency has after the point."""
    digits = _DIGITS.get(currency)
    return _USUAL_DIGITS if digits is None else digits
