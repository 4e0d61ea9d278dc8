"""What can be done with an event as a whole in the office, by names in addresses."""

from collections.abc import Sequence
from enum import Enum

from booked.domain.model.programme.events import FOLLOWING, EventStatus


class EventStep(Enum):
    """What can be done with an event as a whole, by its name in addresses."""

    PUBLISH = "publish"
    POSTPONE = "postpone"
    CALL_OFF = "call-off"

    @property
    def leads_to(self) -> EventStatus:
        return _LEADS_TO[self]


_LEADS_TO = {
    EventStep.PUBLISH: EventStatus.PUBLISHED,
    EventStep.POSTPONE: EventStatus.POSTPONED,
    EventStep.CALL_OFF: EventStatus.CANCELLED,
}


def steps_from(status: EventStatus) -> Sequence[EventStep]:
    """Return what can be done with an event in this state."""
    return [step for step in EventStep if step.leads_to in FOLLOWING[status]]
