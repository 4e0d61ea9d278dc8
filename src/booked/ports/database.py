"""The database: what is true. It decides every sale.

Repositories can be used directly, each call its own transaction, or together as `async with database.transaction()`.
Every call ends within a time limit. A call that fails raises `StoreReadFailed` or `StoreWriteFailed`, and one whose
outcome cannot be known `TransactionFailed`.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Protocol

from booked.domain.model.analytics import Cancellations, DayFigures, EventFigures, EventSales
from booked.domain.model.bookings import Booking, BookingRecord, BookingSearch, OwnedTicket, Verdict
from booked.domain.model.catalogue import EventCursor, EventSearch, FoundEvent
from booked.domain.model.events import SEATS_MOST, Event, EventPage, EventStatus, NewEvent
from booked.domain.model.ids import BookingId, EntryId, EventId, OrganizationId, UserId
from booked.domain.model.once import Once
from booked.domain.model.ticket_types import Admission
from booked.domain.model.tickets import USUAL, Claim, Ledger, Miscount, Release, Terms
from booked.domain.model.waitlist import NOTHING, Demand, Entry, EntryState, Offer, Place
from booked.ports.catalogue import Categories, Venues
from booked.ports.holds import SoldTickets
from booked.ports.people import ApiKeys, Guests, Organizations, Sessions, Users


class LeadershipLost(Exception):
    """Another process has taken over a duty. Nothing was written."""

    def __init__(self, duty: str) -> None:
        super().__init__(f"another process leads: {duty}")


class Events(Protocol):
    async def add(self, event: NewEvent, admission: Admission | None = None) -> None:
        """Costs the same for an event of any size. Without `admission` its tickets are of one kind, and free."""
        ...

    async def get(self, event_id: EventId) -> Event | None:
        """An event on sale: a published one."""
        ...

    async def find(self, search: EventSearch, after: EventCursor | None, limit: int) -> list[FoundEvent]:
        """Events that a search finds, in its order and, where that leaves a choice, by id; from behind `after` on."""
        ...

    async def found(self, event_id: EventId) -> FoundEvent | None:
        """An event whatever its status."""
        ...

    async def lock_any(self, event_id: EventId) -> Event | None:
        """An event whatever its status, which nobody else changes until the transaction ends."""
        ...

    async def set_status(self, event_id: EventId, status: EventStatus) -> None:
        """Change an event's status; its version goes up if that is another one.

        One that is not published any more has its epoch raised: no older claim commits.
        """
        ...

    async def admission(self, event_id: EventId) -> Admission | None:
        """An event's ticket types and the blocks that they own, whatever its status; None if there is no event."""
        ...

    async def admissions(self, event_ids: Collection[EventId]) -> dict[EventId, Admission]:
        """The same of several events at once; those that do not exist are left out."""
        ...

    async def save_admission(self, event_id: EventId, admission: Admission) -> None:
        """Keep what an event's organizer changed of its ticket types. Needs the event's lock.

        The event's seat count follows, and its version goes up. Types and blocks may be added and blocks become longer,
        but none may vanish, shrink or change its type.
        """
        ...

    async def type_counts(self, event_id: EventId) -> dict[int, tuple[int, int]]:
        """How many tickets of each type, by its number, people have, and how many are blocked."""
        ...

    async def page(self, limit: int, since: datetime | None) -> EventPage:
        """Events on sale that start at `since` or later, `limit` of them and all that start with the last one."""
        ...

    async def lock(self, event_id: EventId) -> Event | None:
        """An event on sale, whose counts nobody else changes until the transaction ends."""
        ...

    async def save(self, event: Event) -> None:
        """Keep what an organizer may change: everything but counts, status and version, which goes up by one.

        More seats, for which the event's lock is needed, are general admission: of the type that had the last of it.
        Raises `InvalidSeatCount` where there is none.
        """
        ...

    async def to_give_back(self, limit: int) -> list[EventId]:
        """Cancelled events of which tickets are sold still."""
        ...

    async def on_sale(self, after: EventId | None, limit: int) -> list[EventId]:
        """Ids of events on sale in ascending order, starting behind one of them."""
        ...

    async def ended(self, limit: int) -> list[EventId]:
        """Return ids of events on sale that have ended by the database's clock, those that ended first first."""
        ...

    async def ledger(self, event_id: EventId) -> Ledger | None:
        """The event's counts; None if it is not on sale."""
        ...

    async def next_epoch(self, event_id: EventId) -> int | None:
        """Raise the epoch by one and return it, committed; None if the event is not on sale."""
        ...

    async def withdrawn_epoch(self, event_id: EventId) -> int | None:
        """Return the epoch of an event that is not on sale, None if it is on sale.

        If it is put on sale again, its next epoch is a newer one. Of an event that does not exist it is `LAST_EPOCH`.
        """
        ...

    async def sold_among(self, event_id: EventId, numbers: Collection[int]) -> frozenset[int]:
        """Return which of these tickets are sold or blocked. The event need not be on sale."""
        ...

    async def sold_tickets(self, event_id: EventId) -> SoldTickets | None:
        """Counts and sold tickets as of one moment; None if the event is not on sale."""
        ...

    async def miscounted(self, event_id: EventId) -> list[Miscount]:
        """Return which counters (days, types, buyers, bookings, revenue) differ from the rows that they count.

        The list is empty for an event that is not on sale.
        """
        ...


class Bookings(Protocol):
    async def commit(self, claim: Claim, terms: Terms = USUAL) -> Verdict:
        """Write a claim as a booking, in one transaction and one round trip, and say what became of it.

        The waitlist entry whose offer it is ends with it. A claim of the house blocks its tickets: they cost nothing
        and count as nobody's. BOOKED is only said of what is durable, and repeating it with the same booking id
        changes nothing more. ALREADY_SOLD is also said of a number above the capacity.
        DONE_BEFORE is said where the terms' key was used for another booking id, whatever else
        stands against the claim; CODE_TAKEN where another booking of the event has the confirmation code of this one.
        Raises `TransactionFailed` where the outcome is unknown; the same claim can then be committed again.
        """
        ...

    async def void(self, claim: Claim) -> Verdict:
        """Make sure that a claim is never committed from now on: VOID; or BOOKED where it was already.

        A claim of a user whose account is gone can never be committed.
        """
        ...

    async def owned(self, event_id: EventId, user_id: UserId) -> frozenset[int]:
        """The numbers of all tickets of an event that a user has and has not cancelled."""
        ...

    async def newest(self, event_id: EventId, user_id: UserId, count: int) -> list[OwnedTicket]:
        """The tickets of an event that a user bought last and has not cancelled, up to this many."""
        ...

    async def standing(self, event_id: EventId, user_id: UserId, numbers: Sequence[int]) -> list[OwnedTicket]:
        """Those of these tickets that a user has and has not cancelled, by number."""
        ...

    async def standing_in(self, booking_id: BookingId) -> list[OwnedTicket]:
        """Return the tickets of a booking and its parts that are not cancelled, in the order they were bought in."""
        ...

    async def cancel(self, event_id: EventId, user_id: UserId, numbers: Sequence[int]) -> Release:
        """Give back those of these tickets that the user owns; the release names them, under a number of its own.

        What was paid for them is refunded; the house's become free without having been sold. Needs the event's lock.
        """
        ...

    async def cancel_all(self, event_id: EventId, after: int = 0, at_most: int = SEATS_MOST) -> int | None:
        """Give back tickets of a cancelled event, up to this many by number, from behind one on.

        Return the last one's number, or None where none is left behind it. Needs the event's lock.
        """
        ...

    async def of_user(self, user_id: UserId) -> list[Booking]:
        """Return a user's bookings with at least one ticket that stands, newest first.

        Those of a called-off event have the tickets that stood when it was called off.
        """
        ...

    async def get(self, booking_id: BookingId) -> BookingRecord | None:
        """A booking with everything that was added to it. None for one that was never made, or is part of another."""
        ...

    async def owning(self, event_id: EventId, user_id: UserId, numbers: Sequence[int]) -> BookingId | None:
        """The booking that has these tickets of a user, the newest if there are several; None if there is none."""
        ...

    async def search(self, search: BookingSearch, after: BookingId | None, limit: int) -> list[BookingRecord]:
        """Bookings, newest first, from behind one of them on."""
        ...


class Keys(Protocol):
    """Requests that must not take effect twice, and what they made. They are kept for a day."""

    async def find(self, once: Once) -> str | None:
        """The id of what an earlier request with this key made; None if there was none.

        Raises `IdempotencyKeyReused` if that request had another fingerprint.
        """
        ...

    async def remember(self, once: Once, subject: str) -> None:
        """Keep the id of what this request makes, in the same transaction.

        Raises `RequestInFlight` if a twin was faster: the transaction has to be given up.
        """
        ...

    async def forget(self, older_than: timedelta, limit: int) -> int:
        """Drop up to this many that were used longer ago than this, by the database's clock; how many there were."""
        ...


class Waitlist(Protocol):
    async def add(self, entry: Entry) -> Demand:
        """Put a party at the end of the queue. Needs the event's lock.

        Raises `AlreadyWaiting` if the user waits for the event or has an offer, also against a simultaneous twin, and
        `InvalidToken` if the user's account is gone.
        """
        ...

    async def queue(self, event_id: EventId, limit: int, free: Mapping[int | None, int] = NOTHING) -> list[Entry]:
        """The first parties that wait, and behind them the first that the free tickets are enough for, in their order.

        `free` says how many are free of which type; under None, how many altogether.
        """
        ...

    async def wanted(self, event_id: EventId) -> dict[int, int]:
        """How many tickets of each type those parties wait for that wait for one type."""
        ...

    async def events_with_entries(self) -> list[EventId]:
        """Events on sale for which anyone waits or has an offer."""
        ...

    async def offered(self, event_id: EventId) -> list[Offer]:
        """Entries to which an offer was made that is neither booked nor closed."""
        ...

    async def record_offer(self, offer: Offer) -> Demand | None:
        """Turn a waiting entry into an offered one; None if it does not wait any more, or in another turn."""
        ...

    async def record_passes(self, entries: Sequence[Entry]) -> None:
        """Keep how often each was passed, and since when tickets gather for it."""
        ...

    async def close(self, entry_id: EntryId, state: EntryState = EntryState.LAPSED) -> Demand | None:
        """End an entry in this state; None if it has ended."""
        ...

    async def close_waiting(self, event_id: EventId, limit: int) -> Demand | None:
        """End the first entries that wait, up to this many, as lapsed; those with an offer stay. None without event."""
        ...

    async def lapse(self, seen: Entry | Offer) -> Demand | None:
        """End an entry as lapsed. None, with no effect, if it is not as it was seen: it waits, or has this offer."""
        ...

    async def close_all(self, event_id: EventId) -> None:
        """End every entry of an event, as withdrawn. Needs the event's lock."""
        ...

    async def reinstate(self, seen: Entry | Offer) -> Demand | None:
        """Let an entry wait at its old place, in a new turn. None, with no effect, if it is not as it was seen."""
        ...

    async def reinstate_all(self, event_id: EventId) -> None:
        """Let all entries of an event that wait or have an offer wait in a new turn. Needs the event's lock."""
        ...

    async def of_user(self, user_id: UserId) -> list[Place]:
        """A user's entries that wait or have an offer, oldest first, each with its position among those waiting."""
        ...

    async def get(self, entry_id: EntryId) -> Place | None:
        """An entry, whatever has become of it."""
        ...


class Analytics(Protocol):
    async def sales(self) -> list[EventSales]:
        """Events on sale by capacity utilisation, best first."""
        ...

    async def cancellations(self) -> list[Cancellations]:
        """Events on sale by how often their tickets are cancelled, most often first."""
        ...

    async def days(self, event_id: EventId) -> list[DayFigures]:
        """What happened to an event's tickets on each day on which anything did, by type, from counters."""
        ...

    async def figures(
        self, organizations: frozenset[OrganizationId] | None, after: EventId | None, limit: int
    ) -> list[EventFigures]:
        """Counters of all organizations' events or of these', newest first, from behind one of them on."""
        ...


class Repositories(Protocol):
    @property
    def users(self) -> Users: ...

    @property
    def sessions(self) -> Sessions: ...

    @property
    def organizations(self) -> Organizations: ...

    @property
    def guests(self) -> Guests: ...

    @property
    def api_keys(self) -> ApiKeys: ...

    @property
    def events(self) -> Events: ...

    @property
    def bookings(self) -> Bookings: ...

    @property
    def keys(self) -> Keys: ...

    @property
    def venues(self) -> Venues: ...

    @property
    def categories(self) -> Categories: ...

    @property
    def waitlist(self) -> Waitlist: ...

    @property
    def analytics(self) -> Analytics: ...

    async def now(self) -> datetime:
        """Return the database's time at this moment, also within a transaction that began before."""
        ...


class Database(Repositories, Protocol):
    def transaction(
        self, patience: timedelta | None = None, at: EventId | None = None
    ) -> AbstractAsyncContextManager[Repositories]:
        """Repositories whose calls take effect together at the end, or, if the block raises, not at all.

        With `patience`, each call may take that long instead of the usual time limit. `at` names the event that the
        block locks: those who wait for its lock keep nobody from other events.
        """
        ...

    def leadership(self, duty: str) -> "AbstractAsyncContextManager[Database | None]":
        """Lead a duty for as long as the block runs; None where another process does.

        A process that freezes, or is cut off, leads for some seconds at most. If another one has taken over since, what
        it writes to the database that it is given raises `LeadershipLost` and has no effect.
        """
        ...

    async def was_led(self, duty: str, within: timedelta) -> bool:
        """Whether any process has led a duty within this time, by the database's clock."""
        ...

    async def clear(self) -> list[EventId]:
        """Remove everything but admins and API keys, all of it or nothing, and name the events that are gone.

        Admins stay logged in; tokens of everybody else are void. A claim of an event that is gone is never committed.
        Raises `StoreWriteFailed` where transactions under way keep it waiting for too long.
        """
        ...

    async def ping(self) -> None:
        """Return if the database answers."""
        ...
