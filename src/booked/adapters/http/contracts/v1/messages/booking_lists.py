"""What bookings somebody asks for."""

from dataclasses import replace
from typing import Annotated

from msgspec import Meta

from booked.adapters.http.contracts.v1.messages.bookings import BookingState
from booked.adapters.http.errors import InvalidQuery
from booked.adapters.http.requests.fields import Id, shown
from booked.adapters.http.requests.ids import optional_id
from booked.adapters.http.responses.csv_tables import ChosenFormat, Format
from booked.adapters.http.responses.pages import PageQuery
from booked.domain.model.ids import EventId
from booked.domain.model.programme.search import SEARCH_LENGTH
from booked.domain.model.sale.bookings import BookingSearch, BookingStatus

Wanted = Annotated[BookingState, shown("Only these.")]
Part = Annotated[
    str,
    Meta(max_length=SEARCH_LENGTH, description="A part of a name or e-mail address, or a code.", examples=["ann"]),
]


class MyBookingsQuery(PageQuery, frozen=True, kw_only=True):
    event: Annotated[Id, shown("Only those of this event.")] | None = None
    status: Wanted | None = None

    def search(self) -> BookingSearch:
        return BookingSearch(event_id=optional_id(EventId, self.event), status=_status(self.status))


class BookingsQuery(MyBookingsQuery, frozen=True, kw_only=True):
    """`q`, `code` and CSV are about the bookings of one event."""

    mine: Annotated[bool, shown("Only your own, whatever your role is.")] = False
    code: Annotated[str, Meta(max_length=SEARCH_LENGTH, description="The one with this code.")] = ""
    q: Part = ""
    format: ChosenFormat | None = None

    def search(self) -> BookingSearch:
        """Return the search. Raises `InvalidQuery` for what needs an event and has none, or for `q` beside `code`."""
        part, code = self.q.strip(), self.code.strip()
        if self.event is None and (part or code or self.format is Format.CSV):
            raise InvalidQuery("`q`, `code` and `format` are for the bookings of one event. Send its id as `event`.")
        if part and code:
            raise InvalidQuery("Send either `q` or `code`. `q` finds codes, too.")
        return replace(super().search(), part=part, code=code)


class AttendeesQuery(PageQuery, frozen=True, kw_only=True):
    q: Part = ""
    status: Wanted | None = None
    format: ChosenFormat | None = None

    def search(self) -> BookingSearch:
        return BookingSearch(status=_status(self.status), part=self.q.strip())


def _status(state: BookingState | None) -> BookingStatus | None:
    return BookingStatus(state.lower()) if state else None
