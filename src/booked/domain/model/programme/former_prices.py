"""Former prices of ticket types: what is reserved costs what it did, however often the price changes."""

from dataclasses import replace
from datetime import datetime, timedelta

from booked.domain.errors import PriceFixed
from booked.domain.model.programme.ticket_types import FormerPrice, TicketPlan, TicketType

# By then every process has learned of a new price, and clocks that differ a little still agree on who reserved before.
PRICE_NOTICE = timedelta(seconds=5)

FORMER_PRICES_MOST = 100  # of a type


def keep_former_prices(before: TicketPlan, after: TicketPlan, now: datetime, lifetime: timedelta) -> TicketPlan:
    """Return a changed plan that keeps former prices, so that reserved tickets cost what they did before.

    New prices count from `PRICE_NOTICE` after now on, to the second. A former price is kept for this lifetime: as long
    as a reservation at it may live. Raises `PriceFixed` where a type would have more than `FORMER_PRICES_MOST`.
    """
    pairs = zip(before.types, after.types, strict=True)
    return replace(after, types=tuple(_keep_former_price(type_, changed, now, lifetime) for type_, changed in pairs))


def _keep_former_price(before: TicketType, after: TicketType, now: datetime, lifetime: timedelta) -> TicketType:
    if (before.price, before.early_bird) == (after.price, after.early_bird):
        return after
    kept = tuple(former for former in before.former if now < former.until + lifetime)
    if len(kept) >= FORMER_PRICES_MOST:
        raise PriceFixed(f"It can be changed again at {kept[0].until + lifetime:%Y-%m-%dT%H:%M:%SZ}.")
    until = (now + PRICE_NOTICE).replace(microsecond=0)
    if kept and until <= kept[-1].until:
        return replace(after, former=kept)  # the price that is replaced never counted
    return replace(after, former=(*kept, FormerPrice(before.price, before.early_bird, until)))
