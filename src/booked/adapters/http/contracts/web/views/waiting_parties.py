"""What the office shows of an event's queue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from booked.adapters.http.requests.fields import in_zone
from booked.domain.model.sale.waitlist import WaitingCounts, WaitingParty
from booked.domain.services.sale.waiting_parties import EventQueue


@dataclass(frozen=True, slots=True)
class PartyRow:
    """A party by the event's clock. `position` is None with an offer, which stands until `offered_until`."""

    position: int | None
    name: str
    email: str
    count: int
    type: str
    joined_at: datetime
    offered_until: datetime | None

    @classmethod
    def of(cls, party: WaitingParty, types: Mapping[int, str], zone: ZoneInfo) -> "PartyRow":
        return cls(
            position=party.position,
            name=party.name,
            email=party.email,
            count=party.count,
            type=types.get(party.type_number or 0, ""),
            joined_at=in_zone(party.joined_at, zone),
            offered_until=party.offer_expires_at and in_zone(party.offer_expires_at, zone),
        )


@dataclass(frozen=True, slots=True)
class QueueView:
    event_id: str
    event_name: str
    counts: WaitingCounts
    parties: Sequence[PartyRow]
    next_path: str | None

    @classmethod
    def of(cls, queue: EventQueue, parties: Sequence[PartyRow], next_path: str | None) -> "QueueView":
        event = queue.found.event
        return cls(event.id, event.name, queue.counts, parties, next_path)
