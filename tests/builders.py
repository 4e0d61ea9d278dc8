"""Things to test with: people, events, and what the database would tell the hold store about them."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

from booked.domain.model.ids import (
    BookingId,
    CategoryId,
    CounterId,
    EntryId,
    EventId,
    OrganizationId,
    SessionId,
    UserId,
    VenueId,
    event_id_from,
)
from booked.domain.model.people.organizations import NewOrganization
from booked.domain.model.people.users import NewUser, Role, Voided
from booked.domain.model.programme.cancellation import CancellationPolicy, CancellationTerms
from booked.domain.model.programme.categories import Category
from booked.domain.model.programme.events import (
    FREE_CURRENCY,
    Event,
    EventSpecification,
    EventStatus,
)
from booked.domain.model.programme.seating import Block, SeatBlock
from booked.domain.model.programme.ticket_types import EarlyBird, TicketPlan, TicketType
from booked.domain.model.programme.times import ALWAYS, SalesWindow
from booked.domain.model.programme.venues import Coordinates, Venue
from booked.domain.model.sale.holds import Claim, Ledger
from booked.domain.model.sale.idempotency import IdempotencyKey
from booked.domain.model.sale.waitlist import Entry, Offer
from booked.domain.model.upkeep.inventory import SoldTickets
from booked.ports.hold_store import HoldStore
from tests.memory.clock import FrozenClock
from tests.memory.ids import CountingIds

__all__ = [
    "ANN",
    "BEN",
    "LONGEST_HOLD",
    "OPENING",
    "TTL",
    "FrozenClock",
    "a_booking_id",
    "a_category",
    "a_claim",
    "a_session_id",
    "a_specification",
    "a_user",
    "a_user_id",
    "a_venue",
    "an_admission",
    "an_entry",
    "an_event",
    "an_event_id",
    "an_organization",
    "an_organization_id",
    "first_epoch_is",
    "install",
    "make_offer",
    "sold_tickets",
]

OPENING = datetime(2027, 6, 1, 19, 30, tzinfo=UTC)
TTL = timedelta(minutes=10)
LONGEST_HOLD = timedelta(days=2)  # longer than any that a test makes
NOT_A_HASH = "not a hash"

_ids = CountingIds()
_serial = count(1)


NONE_VOIDED = Voided({}, read_at=OPENING, mark=0, expired_at=OPENING)


def a_user_id() -> UserId:
    return UserId(str(_ids.unique()))


def a_session_id() -> SessionId:
    return SessionId(str(_ids.unique()))


def an_organization_id() -> OrganizationId:
    return OrganizationId(str(_ids.unique()))


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
    return NewUser(a_user_id(), name, "", email or f"guest{next(_serial)}@example.com", password_hash, role)


def an_organization(name: str = "Playhouse", description: str = "") -> NewOrganization:
    return NewOrganization(an_organization_id(), name, description)


def an_event(
    *,
    name: str = "Concert",
    seats: int = 20,
    starts_at: datetime = OPENING,
    address: str = "Main Street 1",
    description: str = "Doors open at seven.",
    coordinates: Coordinates | None = None,
    ticket_limit: int | None = None,
    status: EventStatus = EventStatus.PUBLISHED,
    ends_at: datetime | None = None,
    cancellable_until: datetime | None = None,
    sales: SalesWindow = ALWAYS,
    organization_id: OrganizationId | None = None,
    venue_id: VenueId | None = None,
    category_id: CategoryId | None = None,
    artist: str = "",
    tour_name: str = "",
    currency: str = FREE_CURRENCY,
    timezone: str | None = None,
) -> Event:
    return Event(
        id=an_event_id(),
        name=name,
        starts_at=starts_at,
        address=address,
        description=description,
        coordinates=coordinates,
        seat_count=seats,
        ticket_limit=ticket_limit,
        status=status,
        ends_at=ends_at,
        cancellation=CancellationPolicy(CancellationTerms(cancellable_until)),
        sales=sales,
        organization_id=organization_id,
        venue_id=venue_id,
        category_id=category_id,
        artist=artist,
        tour_name=tour_name,
        currency=currency,
        timezone=timezone,
    )


def a_venue(
    *,
    name: str = "Town Hall",
    address: str = "Market Square 1",
    city: str = "Vienna",
    country: str = "Austria",
    coordinates: Coordinates | None = None,
    capacity: int = 1000,
    layout: tuple[SeatBlock, ...] = (),
    organization_id: OrganizationId | None = None,
    timezone: str | None = None,
) -> Venue:
    return Venue(
        VenueId(str(_ids.unique())),
        organization_id,
        name,
        address,
        city,
        country,
        coordinates,
        capacity,
        layout,
        timezone=timezone,
    )


def a_category(name: str = "Music") -> Category:
    return Category(CategoryId(str(_ids.unique())), name)


def an_admission() -> TicketPlan:
    """Twenty tickets: ten at 20.00, which cost 15.00 before the opening, and ten at 50.00."""
    types = (
        TicketType(1, "Stalls", "", 2000, EarlyBird(1500, OPENING), 10),
        TicketType(2, "Circle", "", 5000, None, 10),
    )
    return TicketPlan(types, (Block(1, 10, 1), Block(11, 20, 2)))


def a_specification(
    *,
    name: str = "Concert",
    seats: int = 20,
    starts_at: datetime = OPENING,
    organization_id: OrganizationId | None = None,
) -> EventSpecification:
    """Free tickets of one kind, on sale at once."""
    return EventSpecification(
        name=name,
        starts_at=starts_at,
        address="Main Street 1",
        organization_id=organization_id,
        tickets=seats,
        sales_end=None,
        cancellable_until=None,
        status=EventStatus.PUBLISHED,
    )


def an_entry(event_id: EventId, user_id: UserId, count: int = 1, version: int = 0) -> Entry:
    return Entry(EntryId(str(_ids.unique())), event_id, user_id, count, version=version)


def key_by(caller: UserId | CounterId, key: str = "a key", fingerprint: bytes = b"a request") -> IdempotencyKey:
    return IdempotencyKey(caller, key, fingerprint)


def a_claim(
    event_id: EventId,
    user_id: UserId,
    numbers: Collection[int] = (1,),
    *,
    epoch: int = 0,
    booking_id: BookingId | None = None,
    entry_id: EntryId | None = None,
    reserved_at: tuple[datetime | None, ...] = (),
) -> Claim:
    """A claim as the hold store would make it; an event that was never repaired has the epoch 0."""
    return Claim(booking_id or a_booking_id(), event_id, user_id, tuple(sorted(numbers)), epoch, entry_id, reserved_at)


async def install(holds: HoldStore, event_id: EventId, sold: SoldTickets) -> bool:
    """Tell the hold store about an event, as a repair does."""
    return await holds.flip(event_id, await holds.permit_flip(event_id), sold)


async def make_offer(holds: HoldStore, entry: Entry, ttl: timedelta = TTL, epoch: int = 1) -> Offer:
    """Offer tickets to a party in time."""
    offer = await holds.offer(entry, epoch, ttl)
    assert offer is not None
    return offer


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
    sales: SalesWindow = ALWAYS,
    came_back: int = 0,
) -> SoldTickets:
    """What the database says of an event with these ranges of ticket numbers sold."""
    sold = sum(last - first + 1 for first, last in ranges)
    ledger = Ledger(epoch, capacity, sold, released, ticket_limit, waiting, waiting_version, sales)
    return SoldTickets(ledger, ranges, per_user, came_back)


def first_epoch_is(epoch: int) -> str:
    """Return the statement that makes a database believe it is in another timeline."""
    return f"CREATE OR REPLACE FUNCTION first_epoch() RETURNS integer LANGUAGE sql RETURN {epoch}"
