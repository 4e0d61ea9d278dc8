"""The rows of the database, and sessions: how repositories read and change them."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from booked.domain.model.events import Event
from booked.domain.model.ids import BookingId, EntryId, EventId, UserId
from booked.domain.model.users import User
from booked.domain.model.waitlist import Demand, Entry, EntryState, Offer


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event with the counts that the hold store is told of; `demand` is what its queue waits for."""

    event: Event
    demand: Demand
    epoch: int = 0
    releases: int = 0
    on_sale: bool = True


@dataclass(frozen=True, slots=True)
class BookingRow:
    """A booking, or with `void` one that was never made and never will be."""

    event_id: EventId
    user_id: UserId
    booked_at: datetime
    void: bool = False


@dataclass(frozen=True, slots=True)
class TicketRow:
    """One sale of a ticket; after a cancellation its number can be sold again, in another row."""

    booking_id: BookingId
    number: int
    event_id: EventId
    user_id: UserId
    booked_at: datetime
    cancelled: bool = False


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
    tokens_voided: dict[UserId, datetime] = field(default_factory=dict)
    events: dict[EventId, EventRow] = field(default_factory=dict)
    bookings: dict[BookingId, BookingRow] = field(default_factory=dict)
    tickets: dict[tuple[BookingId, int], TicketRow] = field(default_factory=dict)
    entries: dict[EntryId, EntryRow] = field(default_factory=dict)

    def copy(self) -> "Tables":
        return Tables(
            dict(self.users),
            dict(self.tokens_voided),
            dict(self.events),
            dict(self.bookings),
            dict(self.tickets),
            dict(self.entries),
        )

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


@dataclass(slots=True)
class Draft:
    """What a transaction sees: the copy that it works on."""

    tables: Tables

    @asynccontextmanager
    async def change(self) -> AsyncIterator[Tables]:
        yield self.tables
