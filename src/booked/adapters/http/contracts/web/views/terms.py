"""Terms of cancellation, ready to be written down."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from booked.adapters.http.requests.fields import in_zone
from booked.domain.model.money import Money
from booked.domain.model.programme.cancellation import NEVER, CancellationTerms


@dataclass(frozen=True, slots=True)
class TermsView:
    """Until when tickets can be cancelled: None for no bound. `fee` is kept of each ticket, None for nothing."""

    until: datetime | None
    never: bool
    fee: Money | None

    @classmethod
    def of(cls, terms: CancellationTerms, currency: str, zone: ZoneInfo) -> "TermsView":
        never = terms.until == NEVER
        until = None if never or terms.until is None else in_zone(terms.until, zone)
        return cls(until, never, Money(terms.fee, currency) if terms.fee else None)
