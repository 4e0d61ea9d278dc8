"""Copies of events: the same at another time, and not on sale yet."""

from dataclasses import fields
from datetime import datetime, timedelta

from booked.domain.errors import InvalidEvent
from booked.domain.model.programme.events import Event, EventDetails, EventSpecification
from booked.domain.model.programme.ticket_types import EarlyBird, TicketPlan, TicketType, TicketTypeDraft
from booked.domain.model.programme.times import EARLIEST_START, LATEST_START, SalesWindow
from booked.domain.model.programme.type_rules import TypeRules


def copy_of(event: Event, plan: TicketPlan, starts_at: datetime) -> EventSpecification:
    """Return an event like this one that starts at another time, as a draft. All its times move along.

    Raises `InvalidEvent` where one of them would leave the years from 1970 to 9999.
    """
    later = starts_at - event.starts_at
    terms = event.cancellation.present
    return EventSpecification(
        **{field.name: getattr(event, field.name) for field in fields(EventDetails)}
        | {"starts_at": starts_at, "ends_at": _moved(event.ends_at, later)},
        tickets=[_draft_of(type_, plan, later) for type_ in plan.types],
        latitude=event.coordinates.latitude if event.coordinates else None,
        longitude=event.coordinates.longitude if event.coordinates else None,
        sales_start=_moved(event.sales.start, later),
        sales_end=_moved(event.sales.end, later),
        cancellable_until=_moved(terms.until, later),
        cancellation_fee=terms.fee,
    )


def _draft_of(type_: TicketType, plan: TicketPlan, later: timedelta) -> TicketTypeDraft:
    sections = [block.seats.section for block in plan.blocks_of(type_.number) if block.seats]
    early, rules = type_.early_bird, type_.rules
    return TicketTypeDraft(
        name=type_.name,
        description=type_.description,
        price=type_.price,
        quota=None if sections else type_.quota,
        sections=tuple(dict.fromkeys(sections)),
        early_bird=EarlyBird(early.price, _moment(early.until, later)) if early else None,
        rules=TypeRules(
            hidden=rules.hidden,
            paused=rules.paused,
            sales=SalesWindow(_moved(rules.sales.start, later), _moved(rules.sales.end, later)),
            min_per_order=rules.min_per_order,
            max_per_user=rules.max_per_user,
        ),
    )


def _moved(moment: datetime | None, later: timedelta) -> datetime | None:
    return None if moment is None else _moment(moment, later)


def _moment(moment: datetime, later: timedelta) -> datetime:
    if not EARLIEST_START - moment <= later <= LATEST_START - moment:
        raise InvalidEvent("Every time must lie between 1970 and the year 9999.")
    return moment + later
