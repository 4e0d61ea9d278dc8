"""Examples of messages about events and what they need."""

from datetime import UTC, datetime

import msgspec

from booked.adapters.http.contracts.v1.messages.cancellation import CancellationTermsBody, CancellationTermsRequest
from booked.adapters.http.contracts.v1.messages.categories import CategoryBody
from booked.adapters.http.contracts.v1.messages.events import (
    EventBody,
    EventOrganizationBody,
    EventRequest,
    EventState,
    EventVenueBody,
)
from booked.adapters.http.contracts.v1.messages.seat_maps import (
    AvailabilityBody,
    LayoutBlockBody,
    LayoutBody,
    LayoutTypeBody,
)
from booked.adapters.http.contracts.v1.messages.seats import SeatBody, SeatCondition
from booked.adapters.http.contracts.v1.messages.ticket_types import EarlyBirdBody, TicketTypeBody, TicketTypeRequest
from booked.adapters.http.contracts.v1.messages.tickets import TicketTypeRef
from booked.adapters.http.contracts.v1.messages.venues import SeatBlockBody, VenueBody, VenueRequest, VenueSummary
from booked.domain.model.ids import EventId, ticket_id, ticket_type_id
from booked.domain.model.programme.seating import RowStyle

MUSIC = CategoryBody("019c5b2e-a03b-7d52-b143-8c9d0e1f2031", "Music")
JAZZ = CategoryBody(MUSIC.id, "Jazz")
STALLS = SeatBlockBody("Stalls", rows=20, seats_per_row=30, row_style=RowStyle.LETTERS)
CIRCLE = SeatBlockBody("Circle", rows=8, seats_per_row=40)
THEATRE = VenueSummary(
    id="019c5b2e-b14c-7e63-8254-9d0e1f203142",
    organization_id="019c5b2e-9d2e-7c51-a032-7b8c9d0e1f20",
    name="Old Mill Theatre",
    address="Mill Lane 1",
    city="York",
    country="United Kingdom",
    latitude=53.959,
    longitude=-1.082,
    capacity=1_000,
    seats=920,
    timezone="Europe/London",
)
THEATRE_WITH_SEATS = VenueBody(**msgspec.structs.asdict(THEATRE), layout=[STALLS, CIRCLE])
NEW_VENUE = VenueRequest(
    name="Old Mill Theatre",
    address="Mill Lane 1",
    city="York",
    country="United Kingdom",
    capacity=1_000,
    organization_id="019c5b2e-9d2e-7c51-a032-7b8c9d0e1f20",
    latitude=53.959,
    longitude=-1.082,
    layout=[STALLS, CIRCLE],
    timezone="Europe/London",
)
EVENT_ID = EventId("019c5b2e-c25d-7f74-9365-000000000000")
EARLY_BIRD_END = datetime(2026, 12, 1, tzinfo=UTC)
STANDARD = TicketTypeBody(
    id=ticket_type_id(EVENT_ID, 1),
    name="Standard",
    description="",
    price="49.90",
    currency="EUR",
    early_bird=EarlyBirdBody("39.90", EARLY_BIRD_END),
    current_price="39.90",
    quota=600,
    sold=211,
    available=383,
    seated=True,
    paused=False,
    sales_start=None,
    sales_end=None,
    min_per_order=1,
    max_per_user=None,
)
NEW_TYPE = TicketTypeRequest(
    "Standard", "49.90", sections=["Stalls"], early_bird=EarlyBirdBody("39.90", EARLY_BIRD_END)
)
EVENT = EventBody(
    id=EVENT_ID,
    name="The Millers live",
    description="Doors open at seven.",
    status=EventState.PUBLISHED,
    category=MUSIC,
    venue=EventVenueBody(THEATRE.id, THEATRE.name, THEATRE.city, THEATRE.country, THEATRE.capacity),
    organization=EventOrganizationBody("019c5b2e-9d2e-7c51-a032-7b8c9d0e1f20", "Playhouse"),
    address="Old Mill Theatre, Mill Lane 1, York",
    artist="The Millers",
    tour_name="Flour Power",
    starts_at=datetime(2026, 12, 20, 19, 30, tzinfo=UTC),
    ends_at=datetime(2026, 12, 20, 22, 0, tzinfo=UTC),
    sales_start=None,
    sales_end=datetime(2026, 12, 20, 19, 30, tzinfo=UTC),
    cancellable_until=datetime(2026, 12, 13, 19, 30, tzinfo=UTC),
    cancellation=CancellationTermsBody(True, datetime(2026, 12, 13, 19, 30, tzinfo=UTC), "5.00"),
    seat_count=600,
    sold=211,
    available=383,
    price_from="39.90",
    price_to="39.90",
    currency="EUR",
    max_tickets_per_user=8,
    created_at=datetime(2026, 10, 1, 9, 0, 0, 123456, tzinfo=UTC),
    timezone="Europe/London",
)
NEW_EVENT = EventRequest(
    name="The Millers live",
    organization_id="019c5b2e-9d2e-7c51-a032-7b8c9d0e1f20",
    starts_at=datetime(2026, 12, 20, 19, 30, tzinfo=UTC),
    ticket_types=[NEW_TYPE],
    description="Doors open at seven.",
    venue_id=THEATRE.id,
    category_id=MUSIC.id,
    ends_at=datetime(2026, 12, 20, 22, 0, tzinfo=UTC),
    cancellation=CancellationTermsRequest(until=datetime(2026, 12, 13, 19, 30, tzinfo=UTC), fee="5.00"),
    artist="The Millers",
    tour_name="Flour Power",
    max_tickets_per_user=8,
    status=EventState.PUBLISHED,
)
SEAT_TYPE = TicketTypeRef(STANDARD.id, STANDARD.name)
SEAT = SeatBody(ticket_id(EVENT_ID, 1), "Stalls", "A", 1, SEAT_TYPE, "39.90", "EUR", SeatCondition.AVAILABLE)
LAYOUT = LayoutBody(
    capacity=600,
    currency="EUR",
    ticket_types=[LayoutTypeBody(STANDARD.id, STANDARD.name, "49.90")],
    blocks=[LayoutBlockBody(1, "Stalls", 1, 20, 30, 1, RowStyle.LETTERS, STANDARD.id, STANDARD.id)],
)
AVAILABILITY = AvailabilityBody(capacity=12, free=9, taken="4BA=", first=1, last=12, next_first=None)
LIVE = (
    "retry: 2417\n\n"
    'id: 6d1f0a52c3b4e897\nevent: all\ndata: {"capacity":12,"free":8,'
    f'"ticket_types":{{"{STANDARD.id}":8}},"bitmap":"4BA="}}\n\n'
    'id: 0b9d3c77a1e2f465\nevent: seats\ndata: {"capacity":12,"free":8,'
    f'"ticket_types":{{"{STANDARD.id}":8}},"taken":[4],"freed":[12]}}\n\n'
)
