"""Descriptions of events that are refused, each with its code."""

from tests.http.v1.programme import (
    NOTHING,
    OPENING,
    STANDING,
    Json,
)

BAD: dict[str, tuple[Json, str]] = {
    "no name": ({"name": ""}, "EVENT-04"),
    "a long name": ({"name": "x" * 201}, "EVENT-04"),
    "a name with a NUL": ({"name": "a\0b"}, "EVENT-04"),
    "a name that turns": ({"name": "a\u202eb"}, "EVENT-04"),
    "a long description": ({"description": "x" * 5001}, "EVENT-04"),
    "no address and no venue": ({"address": " "}, "EVENT-04"),
    "a long address": ({"address": "x" * 501}, "EVENT-04"),
    "a long artist": ({"artist": "x" * 201}, "EVENT-04"),
    "a tour in two lines": ({"tour_name": "a\nb"}, "EVENT-04"),
    "an end before the start": ({"ends_at": "2027-06-01T19:30:00Z"}, "EVENT-04"),
    "sales that end before they start": (
        {"sales_start": "2027-01-02T00:00:00Z", "sales_end": "2027-01-02T00:00:00Z"},
        "EVENT-04",
    ),
    "sales that end after the event": (
        {"ends_at": "2027-06-01T22:00:00Z", "sales_end": "2027-06-01T22:00:01Z"},
        "EVENT-04",
    ),
    "sales that start with the event": ({"sales_start": OPENING}, "EVENT-04"),
    "no tickets for one user": ({"max_tickets_per_user": 0}, "EVENT-04"),
    "too many tickets for one user": ({"max_tickets_per_user": 101}, "EVENT-04"),
    "far too many tickets for one user": ({"max_tickets_per_user": 2**64}, "EVENT-04"),
    "a zone that is none": ({"timezone": "Berlin"}, "EVENT-04"),
    "cancelled at once": ({"status": "CANCELLED"}, "EVENT-11"),
    "a currency in small letters": ({"currency": "eur"}, "EVENT-12"),
    "no currency": ({"currency": ""}, "EVENT-12"),
    "no ticket types": ({"ticket_types": []}, "EVENT-12"),
    "an unknown venue": ({"venue_id": NOTHING}, "EVENT-08"),
    "an unknown category": ({"category_id": NOTHING}, "EVENT-09"),
    "an id that is none": ({"venue_id": "x"}, "SYS-03"),
    "a status that is none": ({"status": "SOLD"}, "SYS-01"),
    "a start that is no time": ({"starts_at": "soon"}, "SYS-01"),
    "a start without a zone": ({"starts_at": "2027-06-01T19:30:00"}, "SYS-01"),
    "a start in seconds": ({"starts_at": 1812000000}, "SYS-01"),
    "a start in the year 10000": ({"starts_at": "10000-01-01T00:00:00Z"}, "SYS-01"),
    "an unknown field": ({"color": "red"}, "SYS-01"),
    "an unknown field of a type": ({"ticket_types": [{**STANDING, "color": "red"}]}, "SYS-01"),
}
STATUSES = {"EVENT-08": 404, "EVENT-09": 404, "EVENT-11": 409}
