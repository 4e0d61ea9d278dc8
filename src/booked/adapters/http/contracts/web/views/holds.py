"""What the pages of a reservation show: what is held, until when, and what can be done about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from booked.adapters.http.contracts.web.forms import Complaints
from booked.adapters.http.contracts.web.views.tickets import TicketLine, lines_of
from booked.adapters.http.requests.fields import in_zone
from booked.domain.model.money import Money
from booked.domain.model.programme.search import FoundEvent
from booked.domain.model.sale.holds import TICKETS_A_REQUEST
from booked.domain.services.sale.reservations import PricedReservation

MINUTE = 60  # seconds


@dataclass(frozen=True, slots=True)
class HoldView:
    """Moments are those of the place where the event is. `key` lets a form sent twice take effect once.

    `extensions_left` and `extendable_until` hold as long as nobody waits for the event. `number` is how many tickets
    somebody asked for, `number_most` how many they can ask for.
    """

    id: str
    event_id: str
    event_name: str
    place: str
    starts_at: datetime
    lines: Sequence[TicketLine]
    total: Money
    together: bool | None
    until: datetime
    seconds_left: int
    extensions_left: int
    extendable_until: datetime
    number: str
    number_most: int
    key: str
    complaints: Complaints

    @property
    def count(self) -> int:
        return sum(line.count for line in self.lines)

    @property
    def minutes_left(self) -> int:
        return self.seconds_left // MINUTE

    @classmethod
    def of(
        cls, held: PricedReservation, found: FoundEvent, key: str, complaints: Complaints, number: str | None
    ) -> "HoldView":
        zone = ZoneInfo(found.timezone)
        return cls(
            id=held.reservation.id,
            event_id=held.event.id,
            event_name=held.event.name,
            place=found.place,
            starts_at=in_zone(held.event.starts_at, zone),
            lines=lines_of(held.tickets, held.event.currency),
            total=held.total,
            together=held.together,
            until=in_zone(held.reservation.expires_at, zone),
            seconds_left=held.seconds_left,
            extensions_left=held.extensions_left_unwanted,
            extendable_until=in_zone(held.extendable_until, zone),
            number=str(len(held.tickets)) if number is None else number,
            number_most=held.event.ticket_limit or TICKETS_A_REQUEST,
            key=key,
            complaints=complaints,
        )


@dataclass(frozen=True, slots=True)
class HoldCard:
    """A reservation in a list."""

    id: str
    event_name: str
    place: str
    starts_at: datetime
    lines: Sequence[TicketLine]
    total: Money
    until: datetime

    @classmethod
    def of(cls, held: PricedReservation, found: FoundEvent) -> "HoldCard":
        zone = ZoneInfo(found.timezone)
        return cls(
            id=held.reservation.id,
            event_name=held.event.name,
            place=found.place,
            starts_at=in_zone(held.event.starts_at, zone),
            lines=lines_of(held.tickets, held.event.currency),
            total=held.total,
            until=in_zone(held.reservation.expires_at, zone),
        )


@dataclass(frozen=True, slots=True)
class GoneView:
    """A reservation that holds nothing any more, or is somebody else's. Without an id its event is gone too."""

    event_id: str
    event_name: str
    complaints: Complaints
