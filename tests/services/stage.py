"""A concert in a hall with two sections of seats and room to stand, and the people around it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from booked.domain.model.ids import EventId, OrganizationId, TicketId, UserId, ticket_id
from booked.domain.model.people.users import Identity, Role, User
from booked.domain.model.programme.cancellation import CancellationPolicy, CancellationTerms
from booked.domain.model.programme.events import Event, EventStatus
from booked.domain.model.programme.seating import RowStyle, SeatBlock
from booked.domain.model.programme.ticket_types import EarlyBird, TicketTypeDraft, lay_out
from booked.domain.model.programme.times import ALWAYS, SalesWindow
from booked.domain.model.sale.reservations import TicketRequest
from booked.domain.model.sale.waitlist import Offer
from booked.domain.services.sale.booking_views import BookingView
from tests.builders import OPENING, a_user, an_event_id, an_organization
from tests.memory.clock import NEW_YEAR
from tests.services.box_office import BoxOffice

STALLS, BALCONY, STANDING = 1, 2, 3  # the numbers of the ticket types
EARLY_UNTIL = NEW_YEAR + timedelta(minutes=5)
LAYOUT = [SeatBlock("Stalls", 4, 5, row_style=RowStyle.LETTERS), SeatBlock("Balcony", 2, 5)]  # seats 1 … 20, 21 … 30
TYPES = [
    TicketTypeDraft("Stalls", 4990, sections=("Stalls",), early_bird=EarlyBird(3990, EARLY_UNTIL)),
    TicketTypeDraft("Balcony", 2990, sections=("Balcony",)),
    TicketTypeDraft("Standing", 1500, quota=20),  # tickets 31 … 50
]


@dataclass(frozen=True)
class Staff:
    """An organizer, whose organization runs the event; one of another organization; and an admin."""

    organization_id: OrganizationId
    ora: User
    otto: User
    root: User


async def staff(office: BoxOffice) -> Staff:
    organizations = [await office.database.organizations.add(an_organization(name)) for name in ("Ours", "Theirs")]
    ora, otto = [await office.database.users.add(a_user(name, role=Role.ORGANIZER)) for name in ("Ora", "Otto")]
    root = await office.database.users.add(a_user("Root", role=Role.ADMIN))
    for organization, organizer in zip(organizations, (ora, otto), strict=True):
        await office.database.organizations.add_member(organization.id, organizer.id)
    return Staff(organizations[0].id, ora, otto, root)


async def put_on(
    office: BoxOffice,
    organization_id: OrganizationId | None = None,
    *,
    ticket_limit: int | None = None,
    sales: SalesWindow = ALWAYS,
    ends_at: datetime | None = None,
    cancellable_until: datetime | None = None,
    cancellation_fee: int = 0,
    status: EventStatus = EventStatus.PUBLISHED,
) -> EventId:
    plan = lay_out(TYPES, LAYOUT)
    event = Event(
        id=an_event_id(),
        name="Midwinter",
        starts_at=ends_at - timedelta(hours=2) if ends_at else OPENING,
        address="Main Street 1",
        seat_count=plan.capacity,
        ticket_limit=ticket_limit,
        status=status,
        ends_at=ends_at,
        cancellation=CancellationPolicy(CancellationTerms(cancellable_until, cancellation_fee)),
        sales=sales,
        organization_id=organization_id,
    )
    await office.database.events.add(event, plan)
    return event.id


async def identity(office: BoxOffice, user_id: UserId) -> Identity:
    user = await office.database.users.by_id(user_id)
    assert user is not None
    return Identity(user.id, user.role, user.token_version)


def seats(event_id: EventId, *numbers: int) -> list[TicketId]:
    return [ticket_id(event_id, number) for number in numbers]


def these(event_id: EventId, *numbers: int) -> TicketRequest:
    """A request for these seats."""
    return TicketRequest(seats=seats(event_id, *numbers))


async def held(office: BoxOffice, event_id: EventId) -> int:
    stock = await office.inventory.when_warm(event_id, lambda: office.holds.stock(event_id))
    return stock.held


async def sold(office: BoxOffice, event_id: EventId) -> int:
    return (await office.ledger(event_id)).sold


def numbers(view: BookingView) -> list[int]:
    """Return the numbers of a booking's standing tickets."""
    return [ticket.number for ticket in view.record.standing]


async def offer_to(office: BoxOffice, event_id: EventId, owner: UserId, user: UserId, count: int) -> Offer:
    """Return the offer that a user gets who joins, once as many tickets were cancelled."""
    await office.waitlist.join(user, event_id, count)
    await office.sale.cancel(owner, event_id, count)
    await office.offers.serve(event_id)
    return office.notifier.offers[-1]
