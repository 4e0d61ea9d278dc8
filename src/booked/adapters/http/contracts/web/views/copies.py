"""What the page shows on which an event is copied."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from booked.adapters.http.contracts.web.forms import Complaints, KeyForm
from booked.adapters.http.contracts.web.views.office_event import local_text
from booked.domain.model.programme.search import FoundEvent


class CopyForm(KeyForm, frozen=True):
    starts_at: str = ""


@dataclass(frozen=True, slots=True)
class CopyView:
    """`started_at` is the copied event's start, by the clock of `timezone`. `key` is for the form, as in `once.py`."""

    id: str
    name: str
    started_at: str
    timezone: str
    typed: CopyForm
    key: str
    complaints: Complaints

    @classmethod
    def of(cls, found: FoundEvent, typed: CopyForm, key: str, complaints: Complaints) -> "CopyView":
        started_at = local_text(found.event.starts_at, ZoneInfo(found.timezone))
        return cls(found.event.id, found.event.name, started_at, found.timezone, typed, key, complaints)
