"""What the office shows to put on an event at a venue: its sections, each with a ticket type and a price."""

from collections.abc import Sequence
from dataclasses import dataclass

from booked.adapters.http.contracts.web.forms import Complaints, KeyForm

SECTIONS_MOST = 300  # that a form takes, with three fields for each


@dataclass(frozen=True, slots=True)
class SectionTexts:
    """A section as it is priced: `type` is what its tickets are called. Without a price it is not sold."""

    name: str
    seats: int
    type: str
    price: str = ""


class HallEventFields(KeyForm, frozen=True):
    """An event as it is typed, without the prices of sections. `tickets` are those without a seat."""

    name: str = ""
    starts_at: str = ""
    currency: str = "EUR"
    tickets: str = ""
    ticket_price: str = ""


@dataclass(frozen=True, slots=True)
class HallEventView:
    venue_id: str
    venue: str
    timezone: str
    typed: HallEventFields
    sections: Sequence[SectionTexts]
    key: str
    complaints: Complaints

    @property
    def has_too_many_sections(self) -> bool:
        return len(self.sections) > SECTIONS_MOST
