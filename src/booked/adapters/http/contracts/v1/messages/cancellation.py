"""Messages about terms of cancellation, and about cancelling."""

from datetime import datetime
from typing import Annotated

import msgspec

from booked.adapters.http.contracts.v1.messages.tickets import Ids, parsed_tickets
from booked.adapters.http.requests.fields import Amount, Time, amount_text, money, shown, to_second
from booked.domain.errors import InvalidCancellation, InvalidEvent
from booked.domain.model.money import Money
from booked.domain.model.programme.cancellation import NEVER, CancellationTerms
from booked.domain.model.programme.times import AT_START, AtStart
from booked.domain.model.sale.cancellations import REASON_LENGTH, CancellationWish

Fee = Annotated[Amount, shown("What is kept of each ticket, at most its price.")]
Reason = Annotated[str, shown("Why, for its owner and its organizer to read.", maxLength=REASON_LENGTH)]


class CancellationTermsRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Buyers can cancel until the start, or another time, for a fee; or, if it is not `allowed`, not at all."""

    allowed: bool = True
    until: Time | None = None
    fee: Fee = "0"

    def moment(self) -> datetime | AtStart:
        if not self.allowed:
            return NEVER
        return AT_START if self.until is None else to_second(self.until)

    def amount(self, currency: str) -> int:
        return money(self.fee, currency, InvalidEvent).amount


class CancellationTermsBody(msgspec.Struct, frozen=True):
    """Whether buyers can cancel, until when (null for no bound), and what is kept of each ticket."""

    allowed: bool
    until: Time | None
    fee: Fee

    @classmethod
    def of(cls, terms: CancellationTerms, currency: str) -> "CancellationTermsBody":
        allowed = terms.until != NEVER
        return cls(allowed, terms.until if allowed else None, amount_text(Money(terms.fee, currency)))


class CancelRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Cancel all tickets of a booking, or only `tickets`. As an organizer you may say what is refunded of them."""

    reason: Reason = ""
    tickets: Ids | None = None
    refund: Amount | None = None

    def wish(self, currency: str) -> CancellationWish:
        tickets = None if self.tickets is None else parsed_tickets(self.tickets)
        refund = None if self.refund is None else money(self.refund, currency, InvalidCancellation).amount
        return CancellationWish(tickets, self.reason.strip(), refund)
