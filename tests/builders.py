"""Things to test with: people, events, and what the database would tell the hold store about them."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

from booked.adapters.memory.clock import FrozenClock
from booked.adapters.memory.ids import CountingIds
from booked.domain.model.events import Coordinates, EventDraft, NewEvent
from booked.domain.model.ids import BookingId, EntryId, EventId, UserId, event_id_from
from booked.domain.model.tickets import Claim, Ledger
from booked.domain.model.users import NewUser, Role
from booked.domain.model.waitlist import Entry
from booked.ports.holds import HoldStore, SoldTickets

__all__ = [
    "ANN",
    "BEN",
    "OPENING",
    "TTL",
    "FrozenClock",
    "a_booking_id",
    "a_claim",
    "a_draft",
    "a_user",
    "a_user_id",
    "an_entry",
    "an_event",
    "an_event_id",
    "install",
    "sold_tickets",
]

OPENING = datetime(2027, 6, 1, 19, 30, tzinfo=UTC)
TTL = timedelta(minutes=10)
NOT_A_HASH = "not a hash"

_ids = CountingIds()
_serial = count(1)


def a_user_id() -> UserId:
    return UserId(str(_ids.unique()))


def an_event_id() -> EventId:
    return event_id_from(_ids.unique())


def a_booking_id() -> BookingId:
    return BookingId(str(_ids.unique()))


ANN = a_user_id()
BEN = a_user_id()


def a_user(
    name: str = "Ann", email: str | None = None, *, password_hash: str = NOT_A_HASH, role: Role = Role.USER
) -> NewUser:
    """Somebody new; without an e-mail address of their own they get one that nobody else has."""
    return NewUser(a_user_id(), name, email or f"guest{next(_serial)}@example.com", password_hash, role)


def an_event(
    *,
    name: str = "Concert",
    seats: int = 20,
    starts_at: datetime = OPENING,
    address: str = "Main Street 1",
    description: str = "Doors open at seven.",
    coordinates: Coordinates | None = None,
    ticket_limit: int | None = None,
) -> NewEvent:
    return NewEvent(an_event_id(), name, starts_at, address, description, coordinates, seats, ticket_limit)


def a_draft(
    *,
    name: str = "Concert",
    seats: int = 20,
    unix_time: int = int(OPENING.timestamp()),
    address: str = "Main Street 1",
    description: str = "Doors open at seven.",
    latitude: float | None = None,
    longitude: float | None = None,
) -> EventDraft:
    return EventDraft(name, unix_time, address, description, latitude, longitude, seats)


def an_entry(event_id: EventId, user_id: UserId, count: int = 1) -> Entry:
    return Entry(EntryId(str(_ids.unique())), event_id, user_id, count)


def a_claim(
    event_id: EventId,
    user_id: UserId,
    numbers: Collection[int] = (1,),
    *,
    epoch: int = 0,
    booking_id: BookingId | None = None,
    entry_id: EntryId | None = None,
) -> Claim:
    """A claim as the hold store would make it; an event that was never repaired has the epoch 0."""
    return Claim(booking_id or a_booking_id(), event_id, user_id, tuple(sorted(numbers)), epoch, entry_id)


async def install(holds: HoldStore, event_id: EventId, sold: SoldTickets) -> bool:
    """Tell the hold store about an event, as a repair does."""
    return await holds.flip(event_id, await holds.permit_flip(event_id), sold)


def sold_tickets(
    ranges: Sequence[tuple[int, int]] = (),
    *,
    capacity: int = 20,
    epoch: int = 1,
    released: int = 0,
    ticket_limit: int | None = None,
    per_user: Sequence[tuple[UserId, int]] = (),
    waiting: int = 0,
    waiting_version: int = 0,
) -> SoldTickets:
    """What the database says of an event with these ranges of ticket numbers sold."""
    sold = sum(last - first + 1 for first, last in ranges)
    ledger = Ledger(epoch, capacity, sold, released, ticket_limit, waiting, waiting_version)
    return SoldTickets(ledger, ranges, per_user)
