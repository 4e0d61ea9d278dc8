"""What the office shows of an event's hall: what became of its seats, by section and each by itself."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from booked.adapters.http.contracts.web.views.plots import Plot
from booked.domain.model.figures.halls import HallUse, SectionUse

SEATS_DRAWN = 100_000  # in a page: more of them are smaller than the points of a screen


@dataclass(frozen=True, slots=True)
class SectionFigures:
    """`plot` shows its seats as a bar of parts: sold, held, blocked and free ones."""

    name: str
    size: int
    sold: int
    held: int
    blocked: int
    free: int
    plot: Plot

    @classmethod
    def of(cls, use: SectionUse) -> "SectionFigures":
        section = use.section
        parts = {"sold": use.sold, "held": use.held, "blocked": use.blocked, "free": use.free}
        return cls(section.name, section.size, **parts, plot=Plot.parts(parts))


@dataclass(frozen=True, slots=True)
class HallFiguresView:
    """`uses` has what became of every seat for scripts, None where there are too many to draw.

    It has two bits a seat, in base64.
    """

    id: str
    name: str
    sections: Sequence[SectionFigures]
    sold: int
    held: int
    blocked: int
    free: int
    uses: str | None

    @classmethod
    def of(cls, hall: HallUse) -> "HallFiguresView":
        sections = [SectionFigures.of(each) for each in hall.sections]
        return cls(
            id=hall.event.id,
            name=hall.event.name,
            sections=sections,
            sold=sum(each.sold for each in sections),
            held=sum(each.held for each in sections),
            blocked=sum(each.blocked for each in sections),
            free=sum(each.free for each in sections),
            uses=_packed(hall.uses) if sections and hall.event.seat_count <= SEATS_DRAWN else None,
        )


def _packed(uses: bytes) -> str:
    digits = uses.translate(_DIGITS)
    digits += b"0" * (-len(digits) % 4)
    return b64encode(int(digits, 4).to_bytes(len(digits) // 4)).decode()


_DIGITS = bytes.maketrans(bytes(range(4)), b"0123")
