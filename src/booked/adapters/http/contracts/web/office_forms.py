"""Forms of the organizer's office: texts as they are typed, and what they mean."""

import msgspec

from booked.adapters.http.contracts.web.reading import FieldReader
from booked.adapters.http.contracts.web.views.office import NewEvent
from booked.adapters.http.requests.ids import optional_id
from booked.domain.model.ids import OrganizationId
from booked.domain.model.programme.events import EventSpecification, EventStatus
from booked.domain.model.programme.ticket_types import STANDARD, TicketTypeDraft


class NewEventForm(msgspec.Struct, frozen=True):
    """`publish` is "yes" where tickets are to be on sale at once."""

    name: str = ""
    place: str = ""
    starts_at: str = ""
    timezone: str = ""
    price: str = ""
    currency: str = ""
    tickets: str = ""
    organization: str = ""
    founded: str = ""
    publish: str = ""

    @property
    def typed(self) -> NewEvent:
        return NewEvent(**{name: getattr(self, name) for name in NewEvent.__slots__})

    def specification(self, reader: FieldReader) -> EventSpecification:
        zone = reader.zone("timezone", self.timezone)
        currency = self.currency.strip().upper()
        return EventSpecification(
            name=reader.text("name", self.name),
            address=reader.text("place", self.place),
            starts_at=reader.moment("starts_at", self.starts_at, zone),
            timezone=zone.key,
            currency=currency,
            tickets=[
                TicketTypeDraft(
                    STANDARD,
                    reader.amount("price", self.price, currency),
                    quota=reader.count("tickets", self.tickets),
                )
            ],
            organization_id=optional_id(OrganizationId, self.organization or None),
            status=EventStatus.PUBLISHED if self.publish else EventStatus.DRAFT,
        )
