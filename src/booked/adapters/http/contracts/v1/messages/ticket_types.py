"""Messages about the ticket types of an event."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from booked.adapters.http.contracts.v1.messages.patches import or_unchanged, read_or_unchanged, sent
from booked.adapters.http.contracts.v1.messages.tickets import Count
from booked.adapters.http.requests.fields import Amount, Currency, Id, Time, amount_text, money, shown, to_second
from booked.domain.errors import InvalidTicketType, NoSuchTicketType
from booked.domain.model.figures.reports import TypeReport
from booked.domain.model.ids import EventId, TicketTypeId, event_of, parse_uuid, ticket_type_id, type_number_of
from booked.domain.model.money import Money
from booked.domain.model.programme.seating import BLOCKS_MOST, SEATS_MOST, SECTION_LENGTH
from booked.domain.model.programme.ticket_types import (
    TYPE_DESCRIPTION_LENGTH,
    TYPE_NAME_LENGTH,
    TYPES_MOST,
    EarlyBird,
    TicketTypeChanges,
    TicketTypeDraft,
)
from booked.domain.model.programme.times import SalesWindow
from booked.domain.model.programme.type_rules import MINIMUM_MOST, PER_USER_MOST, TypeRuleChanges, TypeRules

Name = Annotated[str, shown("What it is called.", minLength=1, maxLength=TYPE_NAME_LENGTH)]
Description = Annotated[str, shown("What buyers get.", maxLength=TYPE_DESCRIPTION_LENGTH)]
Quota = Annotated[int, shown("How many tickets there are of it.", minimum=1, maximum=SEATS_MOST)]
Section = Annotated[str, shown("A section of the venue.", minLength=1, maxLength=SECTION_LENGTH)]
Hidden = Annotated[bool, shown("Whether only those who run the event see it; nobody can reserve it.")]
Paused = Annotated[bool, shown("Whether it is listed, but cannot be reserved.")]
MinPerOrder = Annotated[
    int, shown("How many tickets of it an order has at least if it has any.", minimum=1, maximum=MINIMUM_MOST)
]
MaxPerUser = Annotated[int, shown("How many tickets of it a user may have at most.", minimum=1, maximum=PER_USER_MOST)]
Sections = Annotated[
    list[Section], shown("Sections of the venue, all of whose seats are of this type.", maxItems=BLOCKS_MOST)
]


class EarlyBirdBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A lower price until a time."""

    price: Amount
    until: Time

    @classmethod
    def of(cls, early_bird: EarlyBird, currency: str) -> "EarlyBirdBody":
        return cls(amount_text(Money(early_bird.price, currency)), early_bird.until)

    def early_bird(self, currency: str) -> EarlyBird:
        return EarlyBird(minor_units(self.price, currency), to_second(self.until))


class TicketTypeRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Either a `quota` of tickets without seats, or `sections` of the event's venue.

    It is sold from `sales_start` until `sales_end`, and only while the event is.
    """

    name: Name
    price: Amount
    description: Description = ""
    quota: Quota | None = None
    sections: Sections = []
    early_bird: EarlyBirdBody | None = None
    hidden: Hidden = False
    paused: Paused = False
    sales_start: Time | None = None
    sales_end: Time | None = None
    min_per_order: MinPerOrder = 1
    max_per_user: MaxPerUser | None = None

    def draft(self, currency: str) -> TicketTypeDraft:
        return TicketTypeDraft(
            name=self.name,
            price=minor_units(self.price, currency),
            description=self.description,
            quota=self.quota,
            sections=tuple(self.sections),
            early_bird=self.early_bird.early_bird(currency) if self.early_bird else None,
            rules=TypeRules(
                hidden=self.hidden,
                paused=self.paused,
                sales=SalesWindow(_to_second(self.sales_start), _to_second(self.sales_end)),
                min_per_order=self.min_per_order,
                max_per_user=self.max_per_user,
            ),
        )


TicketTypeRequests = Annotated[list[TicketTypeRequest], shown("Of one currency.", minItems=1, maxItems=TYPES_MOST)]


class MoreTicketTypesRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    ticket_types: TicketTypeRequests


class TicketTypeChangesRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Fields that are not sent stay as they are. A quota can only grow.

    Null ends an early-bird price, or takes the bound of a period or the limit per user away. What is reserved can be
    booked all the same, within that limit.
    """

    name: Name | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    price: Amount | UnsetType = UNSET
    quota: Quota | UnsetType = UNSET
    early_bird: EarlyBirdBody | UnsetType | None = UNSET
    hidden: Hidden | UnsetType = UNSET
    paused: Paused | UnsetType = UNSET
    sales_start: Time | UnsetType | None = UNSET
    sales_end: Time | UnsetType | None = UNSET
    min_per_order: MinPerOrder | UnsetType = UNSET
    max_per_user: MaxPerUser | UnsetType | None = UNSET

    def changes(self, currency: str) -> TicketTypeChanges:
        early_bird = self.early_bird or None
        return TicketTypeChanges(
            name=sent(self.name),
            description=sent(self.description),
            price=None if self.price is UNSET else minor_units(self.price, currency),
            quota=sent(self.quota),
            early_bird=early_bird.early_bird(currency) if early_bird else None,
            end_early_bird=self.early_bird is None,
            rules=TypeRuleChanges(
                hidden=or_unchanged(self.hidden),
                paused=or_unchanged(self.paused),
                sales_start=read_or_unchanged(self.sales_start, _to_second),
                sales_end=read_or_unchanged(self.sales_end, _to_second),
                min_per_order=or_unchanged(self.min_per_order),
                max_per_user=or_unchanged(self.max_per_user),
            ),
        )


class TicketTypeBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """`current_price` is the early-bird price while that lasts. `available` is what anyone can reserve now.

    `seated` types have numbered seats. `paused` ones cannot be reserved, and others only in their period: null is no
    bound. `blocked` tells organizers how many they keep from sale, `hidden` that only they see the type.
    """

    id: Id
    name: Name
    description: Description
    price: Amount
    currency: Currency
    early_bird: EarlyBirdBody | None
    current_price: Amount
    quota: Quota
    sold: Count
    available: Count
    seated: bool
    paused: Paused
    sales_start: Time | None
    sales_end: Time | None
    min_per_order: MinPerOrder
    max_per_user: MaxPerUser | None
    blocked: Count | UnsetType = UNSET
    hidden: Hidden | UnsetType = UNSET

    @classmethod
    def of(cls, report: TypeReport) -> "TicketTypeBody":
        type_, currency = report.sales.type, report.event.currency
        return cls(
            id=ticket_type_id(report.event.id, type_.number),
            name=type_.name,
            description=type_.description,
            price=amount_text(Money(type_.price, currency)),
            currency=currency,
            early_bird=EarlyBirdBody.of(type_.early_bird, currency) if type_.early_bird else None,
            current_price=amount_text(Money(report.present_price, currency)),
            quota=type_.quota,
            sold=report.sales.sold,
            available=report.sales.available,
            seated=report.seated,
            paused=type_.rules.paused,
            sales_start=type_.rules.sales.start,
            sales_end=type_.rules.sales.end,
            min_per_order=type_.rules.min_per_order,
            max_per_user=type_.rules.max_per_user,
            blocked=report.sales.blocked if report.to_organizer else UNSET,
            hidden=type_.rules.hidden if report.to_organizer else UNSET,
        )


def _to_second(moment: datetime | None) -> datetime | None:
    return None if moment is None else to_second(moment)


def minor_units(amount: str, currency: str) -> int:
    """Return a price in minor units. Raises `InvalidTicketType`."""
    return money(amount, currency, InvalidTicketType).amount


def optional_type_number(event_id: EventId, text: str | None) -> int | None:
    """Return the number of the ticket type in an optional field, or None where the field has none."""
    return None if text is None else type_number_in(event_id, TicketTypeId(parse_uuid(text)))


def type_number_in(event_id: EventId, type_id: TicketTypeId) -> int:
    """Return the number of a ticket type of this event. Raises `NoSuchTicketType`."""
    number = type_number_of(type_id)
    if number == 0 or event_of(type_id) != event_id:
        raise NoSuchTicketType
    return number
