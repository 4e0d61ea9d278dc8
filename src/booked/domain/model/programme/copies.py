"""Copies of events: the same at another time, and not on sale yet."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime, tzinfo

from booked.domain.errors import InvalidEvent
from booked.domain.model.programme.cancellation import NEVER
from booked.domain.model.programme.events import Event, EventDetails, EventSpecification
from booked.domain.model.programme.ticket_types import EarlyBird, TicketPlan, TicketType, TicketTypeDraft
from booked.domain.model.programme.times import OUT_OF_YEARS, SalesWindow, is_within_years
from booked.domain.model.programme.type_rules import TypeRules


@dataclass(frozen=True, slots=True)
class Move:
    """The way of an event to another start. Other times of it move along by the clock of its time zone."""

    former_start: datetime
    starts_at: datetime
    zone: tzinfo

    def of(self, moment: datetime) -> datetime:
        """Return where a moment moves. Raises `InvalidEvent` where that is not in the years from 1970 to 9999."""
        try:
            start = self.starts_at.astimezone(self.zone)
            local = self._local(moment) + (start.replace(tzinfo=None) - self._local(self.former_start))
            # Of an hour that comes twice, it is the one of the new start: the start itself moves exactly there.
            moved = local.replace(tzinfo=self.zone, fold=start.fold).astimezone(UTC)
        except OverflowError as cause:
            raise InvalidEvent(OUT_OF_YEARS) from cause
        if not is_within_years(moved):
            raise InvalidEvent(OUT_OF_YEARS)
        return moved

    def of_any(self, moment: datetime | None) -> datetime | None:
        return None if moment is None else self.of(moment)

    def of_end(self, ends_at: datetime | None) -> datetime | None:
        """Return where the end moves: it stays behind the start also where clocks were changed in between."""
        if ends_at is None:
            return None
        moved = self.of(ends_at)
        return moved if moved > self.starts_at else self.starts_at + (ends_at - self.former_start)

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone).replace(tzinfo=None)


def copy_of(event: Event, plan: TicketPlan, starts_at: datetime, zone: tzinfo) -> EventSpecification:
    """Return an event like this one that starts at another time, as a draft. All its times move along.

    What was at 10:00 by the clock of `zone` is at 10:00 again. Raises `InvalidEvent` as `Move.of` does.
    """
    move = Move(event.starts_at, starts_at, zone)
    terms = event.cancellation.present
    return EventSpecification(
        **{field.name: getattr(event, field.name) for field in fields(EventDetails)}
        | {"starts_at": starts_at, "ends_at": move.of_end(event.ends_at)},
        tickets=[_draft_of(type_, plan, move) for type_ in plan.types],
        latitude=event.coordinates.latitude if event.coordinates else None,
        longitude=event.coordinates.longitude if event.coordinates else None,
        sales_start=move.of_any(event.sales.start),
        sales_end=move.of_any(event.sales.end),
        cancellable_until=terms.until if terms.until == NEVER else move.of_any(terms.until),
        cancellation_fee=terms.fee,
    )


def _draft_of(type_: TicketType, plan: TicketPlan, move: Move) -> TicketTypeDraft:
    sections = [block.seats.section for block in plan.blocks_of(type_.number) if block.seats]
    early, rules = type_.early_bird, type_.rules
    return TicketTypeDraft(
        name=type_.name,
        description=type_.description,
        price=type_.price,
        quota=None if sections else type_.quota,
        sections=tuple(dict.fromkeys(sections)),
        early_bird=EarlyBird(early.price, move.of(early.until)) if early else None,
        rules=TypeRules(
            hidden=rules.hidden,
            paused=rules.paused,
            sales=SalesWindow(move.of_any(rules.sales.start), move.of_any(rules.sales.end)),
            min_per_order=rules.min_per_order,
            max_per_user=rules.max_per_user,
        ),
    )
