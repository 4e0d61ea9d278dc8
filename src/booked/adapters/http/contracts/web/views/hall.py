"""What choosing seats shows: the sections of a hall, and the rows of one section with its chosen seats."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from booked.adapters.http.contracts.web.forms import Complaints
from booked.adapters.http.contracts.web.seat_choice import hall_path, section_path
from booked.adapters.http.contracts.web.views.shop import EventCard
from booked.adapters.http.requests.fields import amount_text, currency_digits
from booked.domain.model.figures.reports import TypeReport
from booked.domain.model.money import Money
from booked.domain.model.programme.halls import Row, ShownHall, ShownSection
from booked.domain.model.programme.seating import Seat


@dataclass(frozen=True, slots=True)
class SectionRow:
    """A section in the list, with its lowest and its highest price."""

    name: str
    path: str
    size: int
    free: int
    lowest: Money
    highest: Money


@dataclass(frozen=True, slots=True)
class HallView:
    """`chosen` counts the seats ticked in any section."""

    card: EventCard
    can_buy: bool
    tickets_most: int
    sections: Sequence[SectionRow]
    free: int
    chosen: int
    kept_query: str

    @classmethod
    def of(cls, hall: ShownHall, chosen: Sequence[int]) -> "HallView":
        event = hall.shown.found.event
        prices = _prices(hall.types)
        rows = []
        for section, free in zip(hall.sections, hall.free, strict=True):
            own = sorted({prices[block.type_number] for block in section.blocks})
            rows.append(
                SectionRow(
                    name=section.name,
                    path=section_path(event.id, section.number, chosen),
                    size=section.size,
                    free=free,
                    lowest=Money(own[0], event.currency),
                    highest=Money(own[-1], event.currency),
                )
            )
        return cls(
            card=EventCard.of(hall.shown),
            can_buy=hall.shown.can_be_bought,
            tickets_most=hall.shown.tickets_most,
            sections=rows,
            free=sum(hall.free),
            chosen=len(chosen),
            kept_query=".".join(map(str, chosen)),
        )


@dataclass(frozen=True, slots=True)
class SeatCell:
    """A seat to tick, or to see that it is taken. `amount` is its price for scripts."""

    number: int
    section: str
    row: str
    seat: int
    price: Money
    amount: str
    free: bool
    ticked: bool


@dataclass(frozen=True, slots=True)
class RowView:
    """A row of the table. Where its section has a chair and it has none, the cell is None."""

    label: str
    cells: Sequence[SeatCell | None]


@dataclass(frozen=True, slots=True)
class SectionView:
    """Some rows of a section. `elsewhere` are ticked seats in other rows.

    `path_here` leads to these rows with the chosen seats.
    `row_before` and `row_after` begin the rows before and after these, None where there are none. `key` lets the form
    take effect once.
    """

    card: EventCard
    can_buy: bool
    tickets_most: int
    section: str
    path: str
    path_here: str
    hall_path: str
    event_path: str
    first_row: int
    row_before: int | None
    row_after: int | None
    seats_across: range
    rows: Sequence[RowView]
    elsewhere: Sequence[SeatCell]
    gone: Sequence[SeatCell]
    instead: Sequence[SeatCell]
    currency: str
    key: str
    kept: bool
    complaints: Complaints

    @property
    def digits(self) -> int:
        """Return how many digits prices have after the point."""
        return currency_digits(self.currency)

    @classmethod
    def of(cls, shown: ShownSection, key: str, complaints: Complaints, *, kept: bool) -> "SectionView":
        event = shown.shown.found.event
        prices = {number: Money(amount, event.currency) for number, amount in _prices(shown.types).items()}
        chosen = [seat.number for seat in shown.chosen]
        here = {seat.number for row in shown.rows for seat in row.seats()}
        following = shown.first_row + shown.rows_a_view

        def cell(seat: Seat, ticked: Collection[int] = ()) -> SeatCell:
            price = prices[seat.type_number]
            free = seat.number in shown.free or seat.number not in here
            return SeatCell(
                number=seat.number,
                section=seat.section,
                row=seat.row,
                seat=seat.seat,
                price=price,
                amount=amount_text(price),
                free=free,
                ticked=free and seat.number in ticked,
            )

        def cells(row: Row) -> Iterator[SeatCell | None]:
            placed = {seat.seat: cell(seat, chosen) for seat in row.seats()}
            return (placed.get(number) for number in shown.section.seats_across)

        return cls(
            card=EventCard.of(shown.shown),
            can_buy=shown.shown.can_be_bought,
            tickets_most=shown.shown.tickets_most,
            section=shown.section.name,
            path=section_path(event.id, shown.section.number, ()),
            path_here=section_path(event.id, shown.section.number, chosen, shown.first_row),
            hall_path=hall_path(event.id, chosen),
            event_path=f"/e/{event.id}",
            first_row=shown.first_row,
            row_before=max(1, shown.first_row - shown.rows_a_view) if shown.first_row > 1 else None,
            row_after=following if following <= shown.rows_of_all else None,
            seats_across=shown.section.seats_across,
            rows=[RowView(row.label, list(cells(row))) for row in shown.rows],
            elsewhere=[cell(seat, chosen) for seat in shown.chosen if seat.number not in here],
            gone=[cell(seat) for seat in shown.gone],
            instead=[cell(seat) for seat in shown.instead],
            currency=event.currency,
            key=key,
            kept=kept,
            complaints=complaints,
        )


def _prices(types: Sequence[TypeReport]) -> dict[int, int]:
    return {report.sales.type.number: report.present_price for report in types}
