"""The form of an event at a venue: prices by section, and their ticket types."""

from collections import Counter
from dataclasses import replace
from itertools import zip_longest
from zoneinfo import ZoneInfo

from booked.adapters.http.contracts.web.forms import Complaints
from booked.adapters.http.contracts.web.languages import Language
from booked.adapters.http.contracts.web.marking import N_
from booked.adapters.http.contracts.web.reading import FieldReader
from booked.adapters.http.contracts.web.views.hall_event import HallEventFields, SectionTexts
from booked.domain.model.programme.events import EventSpecification, EventStatus
from booked.domain.model.programme.ticket_types import STANDARD, TicketTypeDraft
from booked.domain.model.programme.venues import Venue


class HallEventForm(HallEventFields, frozen=True):
    """`section`, `type` and `price` come once for each section.

    `publish` is "yes" where tickets are to be on sale at once.
    """

    publish: str = ""
    section: tuple[str, ...] = ()
    type: tuple[str, ...] = ()
    price: tuple[str, ...] = ()

    def sections(self, venue: Venue) -> list[SectionTexts]:
        """Return the sections of the venue, with what was typed for those in the form."""
        priced = {
            name: (type_, price)
            for name, type_, price in zip_longest(self.section, self.type, self.price, fillvalue="")
        }
        return [SectionTexts(name, seats, *priced.get(name, (name, ""))) for name, seats in _sizes(venue).items()]

    def specification(self, venue: Venue, zone: str, language: Language) -> tuple[EventSpecification, Complaints]:
        """Return the intended event, by the clock of a time zone, and what is wrong with it."""
        reader = FieldReader(language)
        return self._specification(venue, ZoneInfo(zone), reader), reader.complaints

    def _specification(self, venue: Venue, zone: ZoneInfo, reader: FieldReader) -> EventSpecification:
        currency = self.currency.strip().upper()
        return EventSpecification(
            name=reader.text("name", self.name),
            starts_at=reader.moment("starts_at", self.starts_at, zone),
            currency=currency,
            venue_id=venue.id,
            organization_id=venue.organization_id,
            tickets=self._types(venue, currency, reader),
            status=EventStatus.PUBLISHED if self.publish else EventStatus.DRAFT,
        )

    def _types(self, venue: Venue, currency: str, reader: FieldReader) -> list[TicketTypeDraft]:
        """Return a type for each name. Sections under one name belong to it, at one price."""
        types: dict[str, TicketTypeDraft] = {}
        for number, section in enumerate(self.sections(venue), 1):
            if not section.price.strip():
                continue
            name = section.type.strip() or section.name
            price = reader.amount(f"price-{number}", section.price, currency)
            type_ = types.setdefault(name, TicketTypeDraft(name, price))
            if type_.price != price:
                told = N_("This ticket type has another price above. Name it otherwise, or type the same price.")
                reader.refuse(f"price-{number}", told)
            types[name] = replace(type_, sections=(*type_.sections, section.name))
        return [*types.values(), *self._without_seats(currency, reader, needed=not types)]

    def _without_seats(self, currency: str, reader: FieldReader, *, needed: bool) -> list[TicketTypeDraft]:
        if not (needed or self.tickets.strip() or self.ticket_price.strip()):
            return []
        price = reader.amount("ticket_price", self.ticket_price, currency)
        return [TicketTypeDraft(STANDARD, price, quota=reader.count("tickets", self.tickets))]


def priced_sections(venue: Venue) -> list[SectionTexts]:
    """Return the sections of a venue, each as a ticket type of its own without a price yet."""
    return HallEventForm().sections(venue)


def _sizes(venue: Venue) -> Counter[str]:
    """Return how many seats each section has, in the order of the layout."""
    sizes: Counter[str] = Counter()
    for block in venue.layout:
        sizes[block.section] += block.size
    return sizes
