"""What pages show of places on waitlists, and of offers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from booked.adapters.http.contracts.web.views.tickets import TicketLine, lines_of
from booked.adapters.http.requests.fields import in_zone
from booked.domain.model.money import Money
from booked.domain.model.programme.search import FoundEvent
from booked.domain.model.sale.priced_places import PricedWaitlistPlace


@dataclass(frozen=True, slots=True)
class PlaceCard:
    """A place on a waitlist. `position` counts from 1, and is None once tickets are offered: `lines`, until `until`."""

    entry_id: str
    event_id: str
    event_name: str
    place: str
    starts_at: datetime
    count: int
    type: str
    position: int | None
    lines: Sequence[TicketLine]
    total: Money
    until: datetime | None

    @classmethod
    def of(cls, waiting: PricedWaitlistPlace, found: FoundEvent) -> "PlaceCard":
        entry, event, zone = waiting.place, waiting.event, ZoneInfo(found.timezone)
        return cls(
            entry_id=entry.entry_id,
            event_id=event.id,
            event_name=event.name,
            place=found.place,
            starts_at=in_zone(event.starts_at, zone),
            count=entry.count,
            type=waiting.type.name if waiting.type else "",
            position=entry.position,
            lines=lines_of(waiting.tickets, event.currency),
            total=Money(sum(ticket.price for ticket in waiting.tickets), event.currency),
            until=entry.offer_expires_at and in_zone(entry.offer_expires_at, zone),
        )
