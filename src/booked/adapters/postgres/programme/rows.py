"""Events as rows: which columns keep what their organizers say, and how a row is read."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg

from booked.adapters.postgres.programme.venues import coordinates_of
from booked.domain.model.ids import CategoryId, EventId, OrganizationId, VenueId
from booked.domain.model.programme.cancellation import CancellationPolicy, CancellationTerms, FormerTerms
from booked.domain.model.programme.categories import Category
from booked.domain.model.programme.events import Event, EventStatus
from booked.domain.model.programme.search import FoundEvent
from booked.domain.model.programme.times import SalesWindow
from booked.domain.model.programme.venues import Venue

# What an organizer says of an event, in the order of `values_of`.
COLUMNS = (
    "name",
    "starts_at",
    "ends_at",
    "address",
    "description",
    "latitude",
    "longitude",
    "ticket_limit",
    "sales_start",
    "sales_end",
    "cancellable_until",
    "cancellation_fee",
    "former_cancellation",
    "organization_id",
    "venue_id",
    "category_id",
    "artist",
    "tour_name",
    "currency",
    "timezone",
)


def values_of(event: Event) -> tuple[object, ...]:
    return (
        event.name,
        event.starts_at,
        event.ends_at,
        event.address,
        event.description,
        event.coordinates.latitude if event.coordinates else None,
        event.coordinates.longitude if event.coordinates else None,
        event.ticket_limit,
        event.sales.start,
        event.sales.end,
        event.cancellation.present.until,
        event.cancellation.present.fee,
        _text_of(event.cancellation.former),
        event.organization_id,
        event.venue_id,
        event.category_id,
        event.artist,
        event.tour_name,
        event.currency,
        event.timezone,
    )


def parameters(first: int) -> str:
    """Return the parameters of a statement for `COLUMNS`, numbered from `first` on."""
    return ", ".join(f"${number}" for number in range(first, first + len(COLUMNS)))


def event_of(row: asyncpg.Record) -> Event:
    """Return an event from the columns of its table."""
    return Event(
        id=EventId(str(row["id"])),
        name=row["name"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        address=row["address"],
        description=row["description"],
        coordinates=coordinates_of(row["latitude"], row["longitude"]),
        ticket_limit=row["ticket_limit"],
        sales=SalesWindow(row["sales_start"], row["sales_end"]),
        cancellation=CancellationPolicy(
            CancellationTerms(row["cancellable_until"], row["cancellation_fee"]),
            _former_terms_of(row["former_cancellation"]),
        ),
        organization_id=OrganizationId(str(row["organization_id"])) if row["organization_id"] else None,
        venue_id=VenueId(str(row["venue_id"])) if row["venue_id"] else None,
        category_id=CategoryId(str(row["category_id"])) if row["category_id"] else None,
        artist=row["artist"],
        tour_name=row["tour_name"],
        currency=row["currency"],
        timezone=row["timezone"],
        status=EventStatus(row["status"]),
        seat_count=row["seat_count"],
        sold=row["sold"],
        blocked=row["blocked"],
        version=row["version"],
        has_type_rules=row["has_type_rules"],
    )


def found_event_of(row: asyncpg.Record) -> FoundEvent:
    """Return an event from a row of a search."""
    event = event_of(row)
    return FoundEvent(
        event=event,
        created_at=row["created_at"],
        venue=_venue_of(row) if event.venue_id else None,
        category=Category(event.category_id, row["category_name"]) if event.category_id else None,
        organization_name=row["organization_name"],
        lowest_price=row["lowest_price"],
        highest_price=row["highest_price"],
    )


def _venue_of(row: asyncpg.Record) -> Venue:
    """Return the venue of a found event."""
    return Venue(
        id=VenueId(str(row["venue_id"])),
        organization_id=OrganizationId(str(row["venue_organization_id"])) if row["venue_organization_id"] else None,
        name=row["venue_name"],
        address=row["venue_address"],
        city=row["venue_city"],
        country=row["venue_country"],
        coordinates=coordinates_of(row["venue_latitude"], row["venue_longitude"]),
        capacity=row["venue_capacity"],
        version=row["venue_version"],
        timezone=row["venue_timezone"],
    )


def _text_of(former: Sequence[FormerTerms]) -> str:
    return json.dumps(
        [
            {
                "booked_before": one.booked_before.isoformat(),
                "until": one.terms.until and one.terms.until.isoformat(),
                "fee": one.terms.fee,
            }
            for one in former
        ]
    )


def _former_terms_of(text: str) -> tuple[FormerTerms, ...]:
    return () if text == "[]" else tuple(_former_terms(one) for one in json.loads(text))


def _former_terms(one: dict[str, Any]) -> FormerTerms:
    until = one["until"]
    terms = CancellationTerms(datetime.fromisoformat(until) if until else None, one["fee"])
    return FormerTerms(datetime.fromisoformat(one["booked_before"]), terms)
