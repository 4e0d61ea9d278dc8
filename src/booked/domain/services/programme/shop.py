"""The shop: what is on, what is left of it, and reserving without having to choose seats.

`viewer` is anybody, None for somebody unknown.
"""

from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from booked.domain.model.figures.reports import TypeReport
from booked.domain.model.ids import EventId, UserId
from booked.domain.model.people.users import User
from booked.domain.model.programme.events import EventStatus
from booked.domain.model.programme.search import EventCursor, EventSearch, EventSort, FoundEvent
from booked.domain.model.programme.shop import SaleState, ShownEvent, When, sale_state, taking_place
from booked.domain.model.sale.idempotency import IdempotencyKey
from booked.domain.model.sale.reservations import TicketRequest
from booked.domain.services.programme.plans import PlanCache
from booked.domain.services.programme.search import ProgrammeService
from booked.domain.services.programme.ticket_types import TicketTypeService
from booked.domain.services.sale.reservations import PricedReservation, ReservationService
from booked.ports.system import Clock

ANNOUNCED = frozenset({EventStatus.PUBLISHED, EventStatus.POSTPONED, EventStatus.CANCELLED})
TOOK_PLACE = frozenset({EventStatus.PUBLISHED, EventStatus.COMPLETED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopService:
    programme: ProgrammeService
    ticket_types: TicketTypeService
    reservations: ReservationService
    plans: PlanCache
    clock: Clock

    async def upcoming(
        self,
        viewer: User | None,
        search: EventSearch,
        after: EventCursor | None,
        limit: int,
        when: When | None = None,
    ) -> list[ShownEvent]:
        """Return matching events not over yet, called off or not, with what is left of each.

        `when` counts from today in the box office's time zone, and finds events by the days of their own.
        """
        announced = replace(search, statuses=ANNOUNCED)
        if when is not None:
            today = self.clock.now().astimezone(ZoneInfo(self.programme.timezone)).date()
            announced = taking_place(announced, when, today)
        return await self._shown(await self.programme.search(viewer, announced, after, limit, past=False))

    async def past(
        self, viewer: User | None, search: EventSearch, after: EventCursor | None, limit: int
    ) -> list[ShownEvent]:
        """Return matching events already over, the latest first."""
        over = replace(search, statuses=TOOK_PLACE, over_at=self.clock.now(), sort=EventSort.STARTS_LAST)
        found = await self.programme.search(viewer, over, after, limit)
        return [ShownEvent(each, 0, SaleState.OVER) for each in found]

    async def event(self, viewer: User | None, event_id: EventId) -> tuple[ShownEvent, list[TypeReport]]:
        """Return an event with what is left of it, and the ticket types not hidden. Raises `NoEventFound`."""
        found = await self.programme.event(viewer, event_id)
        [shown] = await self._shown([found])
        reports = await self.ticket_types.reports_of(viewer, found.event)
        return shown, [report for report in reports if not report.sales.type.rules.hidden]

    async def has_several_types(self, event_id: EventId) -> bool:
        """Tell whether buyers choose among ticket types. Raises `NoEventFound`."""
        return len((await self.plans.on_sale(event_id)).plan.for_public.types) > 1

    async def reserve(
        self,
        user_id: UserId,
        event_id: EventId,
        count: int,
        type_number: int | None,
        idempotency_key: IdempotencyKey,
        *,
        split: bool,
        limited: bool,
    ) -> PricedReservation:
        """Hold the best seats next to each other where what is asked for has seats, else any tickets of it.

        With `split`, a party that fits in no row sits in groups. Raises as `ReservationService.make_held` does.
        """
        plan = (await self.plans.on_sale(event_id)).plan.for_public
        blocks = plan.blocks if type_number is None else plan.blocks_of(type_number)
        seated = any(block.seats for block in blocks)
        request = TicketRequest(count, type_number, best_available=seated, split=seated and split)
        return await self.reservations.make_held(user_id, event_id, request, idempotency_key, limited=limited)

    async def _shown(self, found: list[FoundEvent]) -> list[ShownEvent]:
        now = self.clock.now()
        left = await self.programme.left([each.event for each in found])
        return [
            ShownEvent(each, count, sale_state(each.event, count, now, withheld), withheld)
            for each, (count, withheld) in zip(found, left, strict=True)
        ]
