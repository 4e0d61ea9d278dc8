"""The rows of the database, and sessions: how repositories read and change them."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from booked.domain.model.ids import (
    ApiKeyId,
    BookingId,
    CategoryId,
    CounterId,
    EntryId,
    EventId,
    OrganizationId,
    SessionId,
    UserId,
    VenueId,
)
from booked.domain.model.people.api_keys import ApiKey
from booked.domain.model.people.browser_sessions import BrowserSession
from booked.domain.model.people.guests import Guest
from booked.domain.model.people.organizations import Organization
from booked.domain.model.people.users import Role, User
from booked.domain.model.programme.categories import Category
from booked.domain.model.programme.events import Event, EventStatus
from booked.domain.model.programme.ticket_types import TicketPlan
from booked.domain.model.programme.venues import Venue
from booked.domain.model.sale.holds import house_of
from booked.domain.model.sale.waitlist import Demand, Entry, EntryState, Offer


@dataclass(frozen=True, slots=True)
class SessionRow:
    user_id: UserId
    digest: bytes
    expires_at: datetime
    former_digest: bytes | None = None


@dataclass(frozen=True, slots=True)
class ApiKeyRow:
    key: ApiKey
    digest: bytes


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event with the counts that the hold store is told of; `demand` is what its queue waits for."""

    event: Event
    demand: Demand
    plan: TicketPlan
    created_at: datetime
    epoch: int = 0
    releases: int = 0
    called_off: "tuple[TicketRow, ...]" = ()  # what stood when it was cancelled

    @property
    def on_sale(self) -> bool:
        return self.event.status is EventStatus.PUBLISHED


@dataclass(frozen=True, slots=True)
class BookingRow:
    """A booking or a part of one, or with `void` one that was never made and never will be."""

    event_id: EventId
    user_id: UserId
    booked_at: datetime
    void: bool = False
    part_of: BookingId | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it is what its owner calls a booking: made, no part of another, and not the house's."""
        return not self.void and self.part_of is None and self.user_id != house_of(self.event_id)


@dataclass(frozen=True, slots=True)
class TicketRow:
    """One sale of a ticket; after a cancellation its number can be sold again, in another row."""

    booking_id: BookingId
    number: int
    event_id: EventId
    user_id: UserId
    booked_at: datetime
    type_number: int = 1
    price: int = 0
    cancelled_at: datetime | None = None
    cancelled_by: UserId | None = None
    cancel_reason: str = ""
    fee: int = 0
    checked_in_at: datetime | None = None
    gate: str = ""

    @property
    def cancelled(self) -> bool:
        return self.cancelled_at is not None

    @property
    def blocked(self) -> bool:
        return self.user_id == house_of(self.event_id)


@dataclass(frozen=True, slots=True)
class KeyRow:
    fingerprint: bytes
    subject: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class EntryRow:
    entry: Entry
    joined_at: datetime
    state: EntryState = EntryState.WAITING
    offer: Offer | None = None

    @property
    def is_open(self) -> bool:
        return self.state in {EntryState.WAITING, EntryState.OFFERED}


@dataclass(slots=True)
class Tables:
    """Rows are never altered but replaced, and stay in the order in which they came."""

    users: dict[UserId, User] = field(default_factory=dict)
    guests: dict[UserId, Guest] = field(default_factory=dict)
    api_keys: dict[ApiKeyId, ApiKeyRow] = field(default_factory=dict)
    tokens_voided: dict[UserId, tuple[datetime, int]] = field(default_factory=dict)  # when, and the how manieth
    sessions: dict[SessionId, SessionRow] = field(default_factory=dict)
    browser_sessions: dict[bytes, BrowserSession] = field(default_factory=dict)
    organizations: dict[OrganizationId, Organization] = field(default_factory=dict)
    members: dict[tuple[OrganizationId, UserId], datetime] = field(default_factory=dict)
    venues: dict[VenueId, Venue] = field(default_factory=dict)
    categories: dict[CategoryId, Category] = field(default_factory=dict)
    events: dict[EventId, EventRow] = field(default_factory=dict)
    bookings: dict[BookingId, BookingRow] = field(default_factory=dict)
    tickets: dict[tuple[BookingId, int], TicketRow] = field(default_factory=dict)
    entries: dict[EntryId, EntryRow] = field(default_factory=dict)
    keys: dict[tuple[UserId | CounterId, str], KeyRow] = field(default_factory=dict)
    voidings: int = 0

    def copy(self) -> "Tables":
        return Tables(
            dict(self.users),
            dict(self.guests),
            dict(self.api_keys),
            dict(self.tokens_voided),
            dict(self.sessions),
            dict(self.browser_sessions),
            dict(self.organizations),
            dict(self.members),
            dict(self.venues),
            dict(self.categories),
            dict(self.events),
            dict(self.bookings),
            dict(self.tickets),
            dict(self.entries),
            dict(self.keys),
            self.voidings,
        )

    def knows(self, user_id: UserId) -> bool:
        """Whether this is somebody with an account, or a guest."""
        return user_id in self.users or user_id in self.guests

    def on_sale(self, event_id: EventId) -> EventRow | None:
        row = self.events.get(event_id)
        return row if row and row.on_sale else None

    def all_on_sale(self) -> list[EventRow]:
        return [row for row in self.events.values() if row.on_sale]

    def standing(self, event_id: EventId) -> Iterator[TicketRow]:
        """Tickets of an event that are sold now, in the order of their sale."""
        return (row for row in self.tickets.values() if row.event_id == event_id and not row.cancelled)


class Session(Protocol):
    """How a repository reaches the rows: those it may see, and those that it may change."""

    @property
    def tables(self) -> Tables: ...

    def change(self) -> AbstractAsyncContextManager[Tables]: ...


@dataclass(slots=True)
class Committed:
    """What everybody sees. One change at a time works on a copy, which replaces it at the end, or never."""

    tables: Tables = field(default_factory=Tables)
    _writing: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    @asynccontextmanager
    async def change(self) -> AsyncIterator[Tables]:
        async with self._writing:
            draft = self.tables.copy()
            yield draft
            self.tables = draft

    async def clear(self, now: datetime) -> Tables:
        """Keep only what belongs to admins, and API keys; the tables as they were before."""
        async with self._writing:
            before = self.tables
            admins = {id_: user for id_, user in before.users.items() if user.role is Role.ADMIN}
            voidings = before.voidings + 1
            removed = {id_: (now, voidings) for id_ in before.users if id_ not in admins}
            self.tables = Tables(
                users=admins,
                api_keys=before.api_keys,
                tokens_voided=before.tokens_voided | removed,
                voidings=voidings,
                sessions={id_: row for id_, row in before.sessions.items() if row.user_id in admins},
                browser_sessions={id_: row for id_, row in before.browser_sessions.items() if row.user_id in admins},
            )
            return before


@dataclass(slots=True)
class Draft:
    """What a transaction sees: the copy that it works on."""

    tables: Tables

    @asynccontextmanager
    async def change(self) -> AsyncIterator[Tables]:
        yield self.tables
