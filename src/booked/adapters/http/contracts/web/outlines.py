"""An event as programs looking for events read it from its page (schema.org, in JSON-LD)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from markupsafe import Markup

from booked.adapters.http.requests.fields import amount_text, in_zone
from booked.domain.model.figures.reports import TypeReport
from booked.domain.model.money import Money
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.programme.shop import SaleState, ShownEvent
from booked.domain.model.programme.type_rules import Offering

_SCHEMA = "https://schema.org"
_STATUSES = {EventStatus.CANCELLED: "EventCancelled", EventStatus.POSTPONED: "EventPostponed"}
_ESCAPES = (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"))


def outline_of(shown: ShownEvent, types: Sequence[TypeReport], address: str | None) -> Markup:
    """Return JSON in which no character ends the element it stands in; `address` is the page's, if known."""
    found = shown.found
    event, zone = found.event, ZoneInfo(found.timezone)
    outline: dict[str, Any] = {
        "@context": _SCHEMA,
        "@type": "Event",
        "name": event.name,
        "startDate": in_zone(event.starts_at, zone).isoformat(),
        "endDate": event.ends_at and in_zone(event.ends_at, zone).isoformat(),
        "eventStatus": f"{_SCHEMA}/{_STATUSES.get(event.status, 'EventScheduled')}",
        "description": event.description,
        "url": address,
        "image": address and f"{address}/poster.svg",
        "location": {"@type": "Place", "name": found.place, "address": event.address or found.place},
        "performer": event.artist and {"@type": "PerformingGroup", "name": event.artist},
        "organizer": found.organization_name and {"@type": "Organization", "name": found.organization_name},
        "offers": [_offer(shown, report, address) for report in types],
    }
    text = msgspec.json.encode({name: value for name, value in outline.items() if value}).decode()
    for letter, escape in _ESCAPES:
        text = text.replace(letter, escape)
    return Markup(text)  # noqa: S704  # What could end the element is escaped.


def _offer(shown: ShownEvent, report: TypeReport, address: str | None) -> dict[str, Any]:
    price = Money(report.present_price, report.event.currency)
    availability, starts_at = _availability(shown, report)
    offer = {
        "@type": "Offer",
        "name": report.sales.type.name,
        "price": amount_text(price),
        "priceCurrency": price.currency,
        "availability": f"{_SCHEMA}/{availability}",
        "validFrom": starts_at and in_zone(starts_at, ZoneInfo(shown.found.timezone)).isoformat(),
        "url": address,
    }
    return {name: value for name, value in offer.items() if value is not None}


def _availability(shown: ShownEvent, report: TypeReport) -> tuple[str, datetime | None]:
    """Return what can be had of a type, and when its sale begins where that is still to come."""
    if report.sales.is_sold_out:
        return "SoldOut", None
    starts = [shown.found.event.sales.start, report.sales.type.rules.sales.start]
    if report.offering is Offering.NOT_YET or (report.sales.on_offer and shown.state is SaleState.ANNOUNCED):
        return "PreOrder", max((start for start in starts if start is not None), default=None)
    return ("InStock" if report.sales.on_offer and shown.can_be_bought else "OutOfStock"), None
