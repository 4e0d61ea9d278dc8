"""Posters made by code: an event's name in large letters, on shapes and colours that follow from its id."""

from dataclasses import dataclass
from hashlib import sha256
from html import escape
from textwrap import wrap

from booked.domain.model.programme.events import Event

POSTER_HEADERS = {
    "Cache-Control": "public, max-age=3600",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}

WIDTH, HEIGHT = 600, 800
MARGIN = 48
LINES_MOST = 4
TEXT_MOST = 120  # characters

# Paper, ink, and two inks for shapes, as a printer of posters would mix them.
_PALETTES = (
    ("#f3e9d8", "#1d1a16", "#c8412b", "#e9b44c"),
    ("#12263a", "#f4ecdc", "#e07a3f", "#5b8e9d"),
    ("#e8ece4", "#18281f", "#2f6b4f", "#d9a441"),
    ("#2b1a2f", "#f6e7dc", "#d1495b", "#edae49"),
    ("#f7efe5", "#22223b", "#4a4e9a", "#e5989b"),
    ("#0f2e2b", "#f2eedd", "#d7b14a", "#3f8f84"),
    ("#efe3d0", "#2a1410", "#7d1d2b", "#d98e4a"),
    ("#1b1b1e", "#f5f1e8", "#b8412f", "#8a8f98"),
)


@dataclass(frozen=True, slots=True)
class _Seed:
    """Numbers that follow from an id, always the same."""

    digest: bytes

    def below(self, place: int, bound: int) -> int:
        return self.digest[place] % bound


def poster(event: Event) -> bytes:
    """Return the poster of an event as SVG."""
    seed = _Seed(sha256(event.id.encode()).digest())
    paper, ink, first, second = _PALETTES[seed.below(0, len(_PALETTES))]
    shapes = _SHAPES[seed.below(1, len(_SHAPES))](seed, first, second)
    title, size = _title(event.name)
    top = HEIGHT - MARGIN - size * 1.05 * (len(title) - 1)
    lines = "".join(
        f'<text x="{MARGIN}" y="{top + size * 1.05 * row:.0f}" font-size="{size}">{escape(line)}</text>'
        for row, line in enumerate(title)
    )
    small = escape(event.artist[:TEXT_MOST])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{paper}"/>{shapes}'
        f'<g fill="{ink}" font-family="Georgia, \'Noto Serif\', serif" font-weight="700">'
        f'<text x="{MARGIN}" y="{MARGIN + 22}" font-size="24" font-weight="400" letter-spacing="1">{small}</text>'
        f"{lines}</g></svg>"
    ).encode()


def _title(name: str) -> tuple[list[str], int]:
    """Return the lines of a title and the size of its letters: as large as fits."""
    text = name[:TEXT_MOST]
    for size, letters in ((92, 10), (76, 13), (62, 16), (50, 20)):
        lines = wrap(text, letters, break_long_words=False)
        if len(lines) <= LINES_MOST and max(map(len, lines), default=0) <= letters:
            return lines, size
    return wrap(text, 24)[:LINES_MOST], 40


def _circles(seed: _Seed, first: str, second: str) -> str:
    x, radius = 180 + seed.below(2, 240), 150 + seed.below(3, 60)
    rings = "".join(
        f'<circle cx="{x}" cy="270" r="{radius - step * 30}" fill="none" stroke="{second}" stroke-width="7"/>'
        for step in range(4)
    )
    return f'<circle cx="{WIDTH - x}" cy="240" r="{radius - 20}" fill="{first}"/>{rings}'


def _bars(seed: _Seed, first: str, second: str) -> str:
    heights = [90 + seed.below(place, 9) * 34 for place in range(4, 12)]
    return "".join(
        f'<rect x="{MARGIN + place * 64}" y="{460 - height}" width="46" height="{height}" rx="4" fill="{ink}"/>'
        for place, height in enumerate(heights)
        for ink in [first if height % 68 else second]
    )


def _rays(seed: _Seed, first: str, second: str) -> str:
    x = 150 + seed.below(2, 300)
    fans = "".join(
        f'<path d="M{x} 430 L{place * 100 - 60} 90 L{place * 100} 90 Z" fill="{first if place % 2 else second}"/>'
        for place in range(8)
    )
    return f'{fans}<circle cx="{x}" cy="430" r="54" fill="{second}"/>'


def _arches(seed: _Seed, first: str, second: str) -> str:
    spans = 4 + seed.below(2, 3)
    return "".join(
        f'<path d="M{300 - width} 450 V300 A{width} {width} 0 0 1 {300 + width} 300 V450 Z" fill="{ink}"/>'
        for step in range(spans)
        for width, ink in [(220 - step * 40, first if step % 2 else second)]
    )


def _waves(seed: _Seed, first: str, second: str) -> str:
    lift = 30 + seed.below(2, 40)
    return "".join(
        f'<path d="M-20 {y} Q130 {y - lift} 290 {y} T620 {y}" fill="none" stroke="{ink}" stroke-width="22"/>'
        for place, y in enumerate(range(130, 450, 46))
        for ink in [second if place == seed.below(3, 7) else first]
    )


_SHAPES = (_circles, _bars, _rays, _arches, _waves)
