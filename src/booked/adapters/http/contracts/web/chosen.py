"""Tickets chosen in a booking."""

import re
from dataclasses import replace

from booked.adapters.http.contracts.web.forms import KeyForm
from booked.adapters.http.contracts.web.reading import FieldReader
from booked.adapters.http.errors import InvalidForm
from booked.domain.model.ids import EventId, TicketId, ticket_id
from booked.domain.model.programme.events import Event
from booked.domain.model.sale.cancellations import CancellationWish

_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_NO_TICKET = 0  # what text that is no number of a ticket asks for


class ChosenForm(KeyForm, frozen=True):
    """Tickets by their numbers."""

    ticket: tuple[str, ...] = ()

    @property
    def numbers(self) -> frozenset[int]:
        return frozenset(map(_number_in, self.ticket))

    def wish(self, event_id: EventId) -> CancellationWish:
        """Return the wish to cancel these tickets. Raises `InvalidForm` where there are none."""
        if not self.ticket:
            raise InvalidForm("It has no tickets. Choose them on the page of the booking.")
        return CancellationWish([ticket_id(event_id, number) for number in self.numbers])


class CancellingForm(ChosenForm, frozen=True):
    """Tickets to be cancelled by those who run the event. Without a refund, everything paid comes back."""

    reason: str = ""
    refund: str = ""

    def wish_for(self, event: Event, reader: FieldReader) -> CancellationWish:
        """Return the wish to cancel these tickets. Raises `InvalidForm`, or `InvalidCancellation` for the reason."""
        refund = reader.amount("refund", self.refund, event.currency) if self.refund.strip() else None
        return replace(self.wish(event.id), reason=self.reason.replace("\r\n", "\n").strip(), refund=refund)


class CheckInForm(KeyForm, frozen=True):
    """A ticket by its number, and the gate at which it is admitted."""

    ticket: str = ""
    gate: str = ""

    def chosen(self, event_id: EventId) -> TicketId:
        return ticket_id(event_id, _number_in(self.ticket))


def _number_in(text: str) -> int:
    return int(text) if _NUMBER.fullmatch(text) else _NO_TICKET
