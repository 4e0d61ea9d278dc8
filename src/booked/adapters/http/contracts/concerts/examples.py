"""Examples of messages about concerts and their seats."""

from datetime import UTC, datetime

from booked.adapters.http.contracts.concerts.messages import ConcertBody, SeatBody
from booked.domain.model.ids import EventId, ticket_id

CONCERT = ConcertBody(
    id="019c5b2e-c25d-7f74-9365-a00000000000",
    artist="The Millers",
    tour_name="Flour Power",
    name="The Millers live",
    venue="Old Mill",
    location="Old Mill, Mill Lane 1, York",
    concert_datetime=datetime(2026, 12, 20, 19, 30, tzinfo=UTC),
    total_seats=600,
    available_seats=383,
)
SEAT = SeatBody(
    ticket_id(EventId(CONCERT.id), 17), CONCERT.id, "Stalls", "A", 17, "Standard", "39.90", "EUR", "AVAILABLE"
)
