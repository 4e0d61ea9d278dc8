"""Rules by which a ticket type is sold: whether the public sees it, whether it is paused, in which period, how many."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from booked.domain.errors import (
    BelowMinimum,
    InvalidTicketType,
    NoSuchTicketType,
    OverTicketLimit,
    SalesClosed,
    TypePaused,
)
from booked.domain.model.programme.times import ALWAYS, OUT_OF_YEARS, SalesWindow, is_within_years
from booked.domain.model.programme.unchanged import UNCHANGED, Unchanged, said_or

MINIMUM_MOST = 100  # as many tickets as a request may ask for
PER_USER_MOST = 10_000_000  # as many as an event may have


class Offering(StrEnum):
    """Whether the public may reserve tickets of a type and, if not, why not."""

    ON_OFFER = "on_offer"
    HIDDEN = "hidden"
    PAUSED = "paused"
    NOT_YET = "not_yet"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class TypeRules:
    """How a ticket type is sold. The public neither sees nor gets `hidden` types; it sees `paused` ones.

    `sales` is a period of the type's own, inside the event's. An order has no tickets of the type, or `min_per_order`.
    A user has `max_per_user` of them at most, None for any number.
    """

    hidden: bool = False
    paused: bool = False
    sales: SalesWindow = ALWAYS
    min_per_order: int = 1
    max_per_user: int | None = None

    @property
    def may_withhold(self) -> bool:
        """Return whether there may be moments at which the public cannot reserve the type."""
        return self.hidden or self.paused or self.sales != ALWAYS

    def offering(self, now: datetime) -> Offering:
        """Return what becomes of requests for tickets of the type now, while the event is on sale."""
        if self.hidden:
            return Offering.HIDDEN
        if self.paused:
            return Offering.PAUSED
        if not self.sales.has_begun(now):
            return Offering.NOT_YET
        return Offering.OVER if self.sales.is_over(now) else Offering.ON_OFFER

    def offers(self, now: datetime) -> bool:
        """Return whether the type's `offering` is `ON_OFFER` now."""
        return not (self.hidden or self.paused) and self.sales.has_begun(now) and not self.sales.is_over(now)

    def require_offer(self, now: datetime) -> None:
        """Raise `NoSuchTicketType`, `TypePaused` or `SalesClosed` unless the type is on offer now."""
        match self.offering(now):
            case Offering.HIDDEN:
                raise NoSuchTicketType
            case Offering.PAUSED:
                raise TypePaused
            case Offering.NOT_YET:
                raise SalesClosed(f"Tickets of this type are sold from {self.sales.start:%Y-%m-%dT%H:%M:%SZ} on.")
            case Offering.OVER:
                raise SalesClosed(f"Tickets of this type were sold until {self.sales.end:%Y-%m-%dT%H:%M:%SZ}.")


USUAL_RULES = TypeRules()


@dataclass(frozen=True, slots=True)
class WithheldTickets:
    """How many unsold tickets of an event are of types the public cannot reserve now, and why not.

    Hidden types count for the number alone. `opens_at` is when the first of the types is sold whose sale begins later.
    `is_paused` if some are of a paused type, `is_over` if the sale of every type of the event is over.
    """

    tickets: int = 0
    opens_at: datetime | None = None
    is_paused: bool = False
    is_over: bool = False


NOTHING_WITHHELD = WithheldTickets()


@dataclass(frozen=True, slots=True)
class TypeRuleChanges:
    """What an organizer wants different of a type's rules. None takes a moment away."""

    hidden: bool | Unchanged = UNCHANGED
    paused: bool | Unchanged = UNCHANGED
    sales_start: datetime | Unchanged | None = UNCHANGED
    sales_end: datetime | Unchanged | None = UNCHANGED
    min_per_order: int | Unchanged = UNCHANGED
    max_per_user: int | Unchanged | None = UNCHANGED


SAME_RULES = TypeRuleChanges()


def require_rules(rules: TypeRules) -> TypeRules:
    """Return rules that can be kept. Raises `InvalidTicketType`."""
    start, end = rules.sales.start, rules.sales.end
    for moment in (start, end):
        if not is_within_years(moment):
            raise InvalidTicketType(OUT_OF_YEARS)
    if start is not None and end is not None and start >= end:
        raise InvalidTicketType("Sales of a ticket type must end after they start.")
    if not 1 <= rules.min_per_order <= MINIMUM_MOST:
        raise InvalidTicketType(f"The fewest tickets of an order are a whole number from 1 to {MINIMUM_MOST}.")
    if rules.max_per_user is not None and not rules.min_per_order <= rules.max_per_user <= PER_USER_MOST:
        raise InvalidTicketType("A user may have as many tickets of a type as an order has at least, or more.")
    return rules


def revise_rules(rules: TypeRules, changes: TypeRuleChanges) -> TypeRules:
    """Return changed rules. Raises `InvalidTicketType`."""
    sales = SalesWindow(said_or(changes.sales_start, rules.sales.start), said_or(changes.sales_end, rules.sales.end))
    return require_rules(
        TypeRules(
            hidden=said_or(changes.hidden, rules.hidden),
            paused=said_or(changes.paused, rules.paused),
            sales=sales,
            min_per_order=said_or(changes.min_per_order, rules.min_per_order),
            max_per_user=said_or(changes.max_per_user, rules.max_per_user),
        )
    )


def below_minimum(least: int) -> BelowMinimum:
    """Return the refusal of an order with fewer tickets of a type than `least`."""
    return BelowMinimum(f"Of this type, an order has at least {least} tickets. Ask for {least} or more.")


def over_maximum(most: int) -> OverTicketLimit:
    """Return the refusal of more tickets of a type than a user may have."""
    return OverTicketLimit(f"One may have at most {most} tickets of this type. Ask for fewer, or for another type.")
