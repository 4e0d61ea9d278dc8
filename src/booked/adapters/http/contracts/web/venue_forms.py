"""Forms of venues: texts as they are typed, and the venue they mean."""

from collections.abc import Sequence
from itertools import zip_longest

from msgspec.structs import replace

from booked.adapters.http.contracts.web.forms import Complaint, Complaints
from booked.adapters.http.contracts.web.languages import Language
from booked.adapters.http.contracts.web.marking import N_
from booked.adapters.http.contracts.web.reading import FieldReader
from booked.adapters.http.contracts.web.views.venues import BlockTexts, VenueFields, VenueTexts
from booked.adapters.http.errors import InvalidForm
from booked.adapters.http.requests.ids import optional_id
from booked.domain.model.ids import OrganizationId, VenueId
from booked.domain.model.programme.seating import ROWS_MOST, SEATS_A_ROW, RowStyle, SeatBlock, overlap
from booked.domain.model.programme.venues import VENUE_CAPACITY_MOST, Coordinates, Venue

NEW = VenueId("")
ADD, REMOVE = "add", "remove-"
CONFLICT = 409
CHANGED = N_("Somebody has changed this venue while you did. Look at what you typed, then save it again.")


class VenueForm(VenueFields, frozen=True):
    """A venue as it is sent, with its blocks, whose fields come once for each.

    `step` is "add" for one more block, "remove-2" for one fewer, and otherwise empty.
    """

    step: str = ""
    version: str = ""
    section: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    seats: tuple[str, ...] = ()
    style: tuple[str, ...] = ()
    first_row: tuple[str, ...] = ()
    first_seat: tuple[str, ...] = ()

    @property
    def typed(self) -> VenueTexts:
        blocks = [BlockTexts(*texts) for texts in zip_longest(*self._columns, fillvalue="")]
        texts = {name: getattr(self, name) for name in VenueFields.__struct_fields__}
        return VenueTexts(**texts, blocks=blocks)

    @property
    def is_adding(self) -> bool:
        return self.step == ADD

    def rearranged(self) -> VenueTexts | None:
        """Return what was typed with one block more or fewer, None where the venue is to be saved.

        Raises `InvalidForm` for another step.
        """
        typed, blocks = self.typed, list(self.typed.blocks or ())
        if not self.step:
            return None
        if self.is_adding:
            return replace(typed, blocks=[*blocks, BlockTexts()])
        number = self.step.removeprefix(REMOVE)
        if self.step.startswith(REMOVE) and number in map(str, range(1, len(blocks) + 1)):
            del blocks[int(number) - 1]
            return replace(typed, blocks=blocks)
        raise InvalidForm("It does not say what to do. Load the page again and press a button.")

    @property
    def _columns(self) -> Sequence[tuple[str, ...]]:
        return self.section, self.rows, self.seats, self.style, self.first_row, self.first_seat


def conflict(language: Language) -> Complaints:
    """Return what to say where somebody else has changed a venue."""
    return Complaints((Complaint("", language.text(CHANGED), ""),), CONFLICT)


def read_venue(typed: VenueTexts, language: Language, present: Venue | None = None) -> tuple[Venue, Complaints]:
    """Return the intended venue, a new one or the present one as it is to be, and what is wrong with it."""
    reader = FieldReader(language)
    return _venue(typed, reader, present), reader.complaints


def _venue(typed: VenueTexts, reader: FieldReader, present: Venue | None) -> Venue:
    layout = present.layout if present and typed.blocks is None else _layout(typed.blocks or (), reader)
    seats = sum(block.size for block in layout)
    return Venue(
        id=present.id if present else NEW,
        organization_id=present.organization_id if present else optional_id(OrganizationId, typed.organization or None),
        name=reader.text("name", typed.name),
        address=reader.text("address", typed.address),
        city=reader.text("city", typed.city),
        country=reader.text("country", typed.country),
        coordinates=_coordinates(typed, reader),
        capacity=_capacity(typed.capacity, seats, reader),
        layout=layout,
        version=present.version if present else 1,
        timezone=reader.zone("timezone", typed.timezone).key if typed.timezone.strip() else None,
    )


def _coordinates(typed: VenueTexts, reader: FieldReader) -> Coordinates | None:
    latitude = reader.degrees("latitude", typed.latitude, 90)
    longitude = reader.degrees("longitude", typed.longitude, 180)
    for name, own, other in (
        ("latitude", typed.latitude, typed.longitude),
        ("longitude", typed.longitude, typed.latitude),
    ):
        if other.strip() and not own.strip():
            reader.refuse(name, N_("Latitude and longitude belong together. Type both or neither."))
    return None if latitude is None or longitude is None else Coordinates(latitude, longitude)


def _capacity(typed: str, seats: int, reader: FieldReader) -> int:
    if not typed.strip() and seats:
        return seats
    capacity = reader.count("capacity", typed, VENUE_CAPACITY_MOST)
    if capacity < seats and not reader.wrong:
        reader.refuse("capacity", N_("There are more seats than that. Type their number or more, or leave it empty."))
    return capacity


def _layout(blocks: Sequence[BlockTexts], reader: FieldReader) -> tuple[SeatBlock, ...]:
    """Return the filled-in blocks. Of two with a seat in common, the second is told."""
    found: list[SeatBlock] = []
    for number, typed in enumerate(blocks, 1):
        if typed.is_empty:
            continue
        block = _block(typed, number, reader)
        if any(overlap(block, other) for other in found) and not reader.wrong:
            told = N_(
                "This section has some of these seats already. Begin at another row or seat, or name it otherwise."
            )
            reader.refuse(f"section-{number}", told)
        found.append(block)
    return tuple(found)


def _block(typed: BlockTexts, number: int, reader: FieldReader) -> SeatBlock:
    if typed.style not in set(RowStyle):
        raise InvalidForm("There is no such way to name rows. Load the page again and choose one.")
    return SeatBlock(
        section=reader.text(f"section-{number}", typed.section),
        rows=reader.count(f"rows-{number}", typed.rows, ROWS_MOST),
        seats_per_row=reader.count(f"seats-{number}", typed.seats, SEATS_A_ROW),
        first_row=reader.count(f"first_row-{number}", typed.first_row or "1", ROWS_MOST),
        first_seat=reader.count(f"first_seat-{number}", typed.first_seat or "1", SEATS_A_ROW),
        row_style=RowStyle(typed.style),
    )
