"""The ticket types on the page of an event, and what somebody chooses among them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from booked.adapters.http.requests.fields import in_zone
from booked.domain.model.figures.reports import TypeReport
from booked.domain.model.ids import ticket_type_id
from booked.domain.model.money import Money
from booked.domain.model.programme.type_rules import Offering

USUAL_NUMBER = 2  # of tickets, until somebody says another one


@dataclass(frozen=True, slots=True)
class TypeRow:
    """A ticket type with what it costs now; `early_until` is how long that is less than `later_price`.

    It is sold from `opens_at` on, None if at once. An order has `least` tickets of it or more, a
    person `most` of them, None for any number.
    """

    id: str
    number: int
    name: str
    description: str
    price: Money
    later_price: Money
    early_until: datetime | None
    available: int
    seated: bool
    offering: Offering = Offering.ON_OFFER
    opens_at: datetime | None = None
    least: int = 1
    most: int | None = None

    @classmethod
    def of(cls, report: TypeReport, zone: ZoneInfo) -> "TypeRow":
        type_, currency = report.sales.type, report.event.currency
        early = type_.early_bird if type_.early_bird and report.present_price == type_.early_bird.price else None
        return cls(
            id=ticket_type_id(report.event.id, type_.number),
            number=type_.number,
            name=type_.name,
            description=type_.description,
            price=Money(report.present_price, currency),
            later_price=Money(type_.price, currency),
            early_until=in_zone(early.until, zone) if early else None,
            available=report.sales.available,
            seated=report.seated,
            offering=report.offering,
            opens_at=in_zone(type_.rules.sales.start, zone) if type_.rules.sales.start else None,
            least=type_.rules.min_per_order,
            most=type_.rules.max_per_user,
        )

    @property
    def can_be_waited_for(self) -> bool:
        return self.offering in {Offering.ON_OFFER, Offering.PAUSED}

    def most_of(self, most: int) -> int:
        """Return how many tickets of the type somebody can ask for, out of `most` of any type."""
        return min(most, self.most or most, self.available or most)


@dataclass(frozen=True, slots=True)
class Choice:
    """How many tickets somebody wants, and the number of a ticket type, "" for any. None was not said yet.

    `split` is "yes" where the party may sit in groups.
    """

    number: str | None = None
    type: str | None = None
    split: str = ""

    def among(self, types: Sequence[TypeRow]) -> "Choice":
        """Return the choice, with the first type of which there are tickets if none was said."""
        if self.type is not None:
            return self
        return replace(self, type=next((str(row.number) for row in types if row.available), ""))

    def with_number(self, types: Sequence[TypeRow], most: int) -> "Choice":
        """Return the choice, with a number that can be asked for if none was said: of `most` tickets of any type."""
        if self.number is not None:
            return self
        wanted = [row for row in types if str(row.number) == self.type] or types
        most = max((row.most_of(most) for row in wanted), default=most)
        least = min((row.least for row in wanted), default=1)
        return replace(self, number=str(max(least, min(USUAL_NUMBER, most))))
