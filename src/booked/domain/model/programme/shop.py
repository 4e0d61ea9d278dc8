"""What a buyer is told of an event: whether its tickets can be had, and whether to hurry."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from booked.domain.model.programme.events import Event, EventStatus
from booked.domain.model.programme.search import EventSearch, FoundEvent
from booked.domain.model.programme.type_rules import NOTHING_WITHHELD, WithheldTickets
from booked.domain.model.sale.holds import TICKETS_A_REQUEST

FEW = 10  # tickets, or …
FEW_OF = 20  # … one in so many of all there are


SATURDAY = 5  # as `date.weekday` counts
SOON = timedelta(days=30)


class When(StrEnum):
    """Days people look for: the weekend is Saturday and Sunday, on a Sunday the present one."""

    TODAY = "today"
    WEEKEND = "weekend"
    SOON = "soon"


class SaleState(StrEnum):
    """`ANNOUNCED` sells later, `PAUSED` and `SOLD_OUT` have a waitlist, `CLOSED` takes place and sells no more."""

    ANNOUNCED = "announced"
    ON_SALE = "on_sale"
    FEW_LEFT = "few_left"
    PAUSED = "paused"
    SOLD_OUT = "sold_out"
    CLOSED = "closed"
    POSTPONED = "postponed"
    CALLED_OFF = "called_off"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class ShownEvent:
    """An event as the shop shows it; `available` tickets can be reserved now, and the `withheld` ones not."""

    found: FoundEvent
    available: int
    state: SaleState
    withheld: WithheldTickets = NOTHING_WITHHELD

    @property
    def sales_start(self) -> datetime | None:
        """Return when an announced event sells: when its own sale and that of one of its types have begun."""
        starts = [self.found.event.sales.start]
        if self.found.event.status is EventStatus.PUBLISHED and self.available == 0:
            starts.append(self.withheld.opens_at)
        return max((start for start in starts if start is not None), default=None)

    @property
    def few(self) -> int:
        """Return from how many tickets on a buyer is told to hurry, 0 for never."""
        return _few_of(self.found.event)

    @property
    def can_be_bought(self) -> bool:
        return self.state in {SaleState.ON_SALE, SaleState.FEW_LEFT}

    @property
    def can_be_waited_for(self) -> bool:
        return self.state in {SaleState.SOLD_OUT, SaleState.PAUSED}

    @property
    def once_gone(self) -> "ShownEvent":
        """Return the event as it will be shown when the last ticket that can be had is gone."""
        if not self.can_be_bought:
            return self
        return replace(self, available=0, state=_with_nothing_left(self.withheld))

    @property
    def waited_for_most(self) -> int:
        """Return how many tickets somebody can wait for."""
        return min(self.found.event.ticket_limit or TICKETS_A_REQUEST, self.found.event.seat_count, TICKETS_A_REQUEST)

    @property
    def tickets_most(self) -> int:
        """Return how many tickets somebody can ask for at once."""
        limit = self.found.event.ticket_limit or TICKETS_A_REQUEST
        return max(1, min(limit, self.available, TICKETS_A_REQUEST))


_OFF_SALE = {
    EventStatus.CANCELLED: SaleState.CALLED_OFF,
    EventStatus.COMPLETED: SaleState.OVER,
    EventStatus.POSTPONED: SaleState.POSTPONED,
    EventStatus.DRAFT: SaleState.ANNOUNCED,
}


def sale_state(event: Event, available: int, now: datetime, withheld: WithheldTickets = NOTHING_WITHHELD) -> SaleState:
    """Return what a buyer is told of an event with so many tickets to be had, and these withheld."""
    if event.status is not EventStatus.PUBLISHED:
        return _OFF_SALE[event.status]
    if event.has_ended(now):
        return SaleState.OVER
    window = event.sales_window
    if window.start is not None and now < window.start:
        return SaleState.ANNOUNCED
    if window.is_over(now):
        return SaleState.CLOSED
    if available == 0:
        return _with_nothing_left(withheld)
    return SaleState.FEW_LEFT if available <= _few_of(event) else SaleState.ON_SALE


def _with_nothing_left(withheld: WithheldTickets) -> SaleState:
    if withheld.opens_at is not None:
        return SaleState.ANNOUNCED
    if withheld.is_paused:
        return SaleState.PAUSED
    return SaleState.CLOSED if withheld.is_over else SaleState.SOLD_OUT


def _few_of(event: Event) -> int:
    few = max(FEW, event.seat_count // FEW_OF)
    return few if few < event.seat_count else 0


def taking_place(search: EventSearch, when: When, today: date) -> EventSearch:
    """Return a search for events that also take place today, or start on one of the other days."""
    if when is When.TODAY:
        return replace(search, day=today)
    if when is When.SOON:
        return replace(search, starts_before=today + SOON)
    saturday = today + timedelta(days=SATURDAY - today.weekday())
    return replace(search, starts_after=saturday, starts_before=saturday + timedelta(days=2))
