"""Posters made by code: the name of an event in large letters, below a picture derived from the name.

Evenings of one tour look alike. The same event always has the same poster.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from textwrap import wrap

from booked.domain.model.programme.search import FoundEvent

POSTER_HEADERS = {
    "Cache-Control": "public, max-age=3600",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}

WIDTH, HEIGHT = 600, 800
MARGIN = 44
TITLE_MOST = 100  # characters
SMALL_MOST = 38
LINE = 1.04  # of the size of letters

# The size of letters, how many fit in a line, and how many lines of them fit.
_TITLES = ((112, 8, 1), (90, 10, 2), (72, 12, 3), (58, 15, 4), (46, 19, 4))

_SERIF = "Georgia, 'Noto Serif', serif"
_SANS = "'Helvetica Neue', Arial, 'Noto Sans', sans-serif"


@dataclass(frozen=True, slots=True)
class Palette:
    """Paper, the ink of letters, and two inks of pictures, as a printer of posters would mix them."""

    paper: str
    ink: str
    first: str
    second: str


_PALETTES = (
    Palette("#f4ead9", "#1d1a16", "#c8412b", "#e9a93c"),
    Palette("#10243b", "#f5eddd", "#e4763a", "#5f9aab"),
    Palette("#e7ece2", "#16281f", "#2b6a4d", "#dba23b"),
    Palette("#2a1830", "#f8e9de", "#d6495d", "#f0b04f"),
    Palette("#f8efe6", "#22223b", "#474ca0", "#ea93a0"),
    Palette("#0e302c", "#f3efdf", "#dcb44a", "#3f9787"),
    Palette("#f0e2ce", "#2a1410", "#7e1c2b", "#dc8c45"),
    Palette("#1a1a1e", "#f6f2e9", "#d0492f", "#9aa3ad"),
    Palette("#d9482b", "#fff4e4", "#2a1a2e", "#f6c667"),
    Palette("#f2c14e", "#221a10", "#b3361e", "#1f4e5f"),
)


@dataclass(frozen=True, slots=True)
class Canvas:
    """The upper part of a poster, down to `height`. Numbers derived from a name decide what is drawn there."""

    digest: bytes
    height: int
    palette: Palette

    def below(self, place: int, bound: int) -> int:
        return self.digest[place % len(self.digest)] % bound


def poster(found: FoundEvent) -> bytes:
    """Return the poster of an event as SVG."""
    event = found.event
    digest = sha256((event.tour_name or event.name).encode()).digest()
    palette = _PALETTES[digest[14] % len(_PALETTES)]
    small = [
        text if len(text) <= SMALL_MOST else f"{text[:SMALL_MOST]}…" for text in (event.artist, found.place) if text
    ]
    base = HEIGHT - MARGIN - 15 - 35 * len(small)
    lines, size = _title(event.name)
    top = base - size * (LINE * (len(lines) - 1) + 0.72)
    canvas = Canvas(digest, int(top) - 46, palette)
    picture = "".join(_PICTURES[digest[3] % len(_PICTURES)](canvas))
    title = "".join(
        _text(base - size * LINE * place, size, 700, line, _SERIF) for place, line in enumerate(reversed(lines))
    )
    details = "".join(
        _text(base + 50 + 35 * place, 27, 600 if place == 0 else 400, text, _SANS) for place, text in enumerate(small)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
        f'<path fill="{palette.paper}" d="M0 0H{WIDTH}V{HEIGHT}H0Z"/>{picture}'
        f'<path fill="{palette.paper}" d="M0 {canvas.height}H{WIDTH}V{HEIGHT}H0Z"/>'
        f'<g fill="{palette.ink}">{title}{details}</g></svg>'
    ).encode()


def _text(y: float, size: int, weight: int, text: str, family: str) -> str:
    spacing = ' letter-spacing="-1.5"' if family is _SERIF else ""
    return (
        f'<text x="{MARGIN}" y="{y:.0f}" font-size="{size}" font-weight="{weight}" font-family="{family}"{spacing}>'
        f"{escape(text)}</text>"
    )


def _title(name: str) -> tuple[list[str], int]:
    """Return the lines of a title and the size of its letters: as large as fits."""
    text = name[:TITLE_MOST]
    for size, letters, most in _TITLES:
        lines = wrap(text, letters, break_long_words=False)
        if len(lines) <= most and max(map(len, lines), default=0) <= letters:
            return _balanced(text, lines), size
    return wrap(text, 23)[:4], 38


def _balanced(text: str, lines: list[str]) -> list[str]:
    """Return as many lines, of similar lengths."""
    for letters in range(max(map(len, text.split())), max(map(len, lines))):
        narrower = wrap(text, letters, break_long_words=False)
        if len(narrower) == len(lines):
            return narrower
    return lines


def _circle(x: float, y: float, radius: float, fill: str) -> str:
    return f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{radius:.0f}" fill="{fill}"/>'


def _path(points: str, fill: str) -> str:
    return f'<path d="{points}" fill="{fill}"/>'


def _ripples(canvas: Canvas) -> Iterator[str]:
    """Rings around a point near an edge, and a disc they pass."""
    palette, left = canvas.palette, canvas.below(2, 2)
    x, y = (120, canvas.height - 60) if left else (480, canvas.height - 60)
    for step in range(9, 0, -1):
        yield _circle(x, y, 62 * step, palette.second if step % 2 else palette.paper)
    yield _circle(WIDTH - x, 70 + canvas.height * 0.22, 96, palette.first)


def _tiles(canvas: Canvas) -> Iterator[str]:
    """Quarters and halves of circles on a board of squares."""
    palette, rows = canvas.palette, max(2, round(canvas.height / 150))
    wide, tall = WIDTH / 4, canvas.height / rows
    for place in range(4 * rows):
        x, y, kind = place % 4 * wide, place // 4 * tall, canvas.below(4 + place, 7)
        ground, shape = [
            (palette.first, palette.paper),
            (palette.paper, palette.second),
            (palette.second, palette.ink),
        ][canvas.below(9 + place * 3, 3)]
        right, low = x + wide, y + tall
        yield _path(f"M{x:.0f} {y:.0f}H{right:.0f}V{low:.0f}H{x:.0f}Z", ground)
        corners = [(x, y, x, low, right, y), (right, y, x, y, right, low), (right, low, right, y, x, low)]
        if kind < 3:
            cx, cy, ax, ay, bx, by = corners[kind]
            arc = f"A{wide:.0f} {tall:.0f} 0 0 0 {bx:.0f} {by:.0f}"
            yield _path(f"M{cx:.0f} {cy:.0f}L{ax:.0f} {ay:.0f}{arc}Z", shape)
        elif kind < 5:
            yield _path(f"M{x:.0f} {low:.0f}A{wide / 2:.0f} {tall / 2:.0f} 0 0 1 {right:.0f} {low:.0f}Z", shape)
        elif kind == 5:
            yield _circle(x + wide / 2, y + tall / 2, min(wide, tall) * 0.3, shape)


def _hills(canvas: Canvas) -> Iterator[str]:
    """A sun behind approaching waves."""
    palette, low = canvas.palette, canvas.height
    yield _circle(170 + canvas.below(2, 260), low * 0.36, 130, palette.second)
    for place in range(5):
        y, lift = low * (0.42 + 0.13 * place), 34 + canvas.below(3 + place, 40)
        way = lift if place % 2 else -lift
        fill = palette.first if place % 2 == 0 else palette.second if place == 3 else palette.ink
        wave = f"M0 {y:.0f}C150 {y + way:.0f} 250 {y + way:.0f} 320 {y:.0f}S500 {y - way:.0f} 600 {y:.0f}V{low}H0Z"
        yield _path(wave, fill)


def _rays(canvas: Canvas) -> Iterator[str]:
    """Light from below, beyond every edge."""
    palette, low = canvas.palette, canvas.height
    x, count = 200 + canvas.below(2, 200), 9 + canvas.below(3, 4)
    for place in range(count):
        start, end = (math.pi * (place + part) / count for part in (0.1, 0.72))
        far = [f"L{x - 1200 * math.cos(angle):.0f} {low - 1200 * math.sin(angle):.0f}" for angle in (start, end)]
        yield _path(f"M{x} {low}{far[0]}{far[1]}Z", palette.second if place % 3 == 1 else palette.first)
    yield _circle(x, low, 118, palette.paper)
    yield _circle(x, low, 88, palette.ink)


def _bars(canvas: Canvas) -> Iterator[str]:
    """Sound as columns around a line."""
    palette, middle = canvas.palette, canvas.height / 2 + 14
    for place in range(12):
        swing = 0.55 + 0.45 * math.sin(place * (0.5 + canvas.below(2, 5) / 10) + canvas.below(3, 6))
        length = max(46, (middle - 36) * swing * (0.7 + canvas.below(4 + place, 30) / 100))
        fill = palette.second if canvas.below(6 + place, 4) == 0 else palette.first
        yield (
            f'<rect x="{MARGIN + place * 43:.0f}" y="{middle - length:.0f}" width="31" height="{2 * length:.0f}" '
            f'rx="15.5" fill="{fill}"/>'
        )


def _arches(canvas: Canvas) -> Iterator[str]:
    """Gates behind gates, or half of them."""
    palette, low = canvas.palette, canvas.height
    middle = (300, 600, 0)[canvas.below(2, 3)]
    widest = 256 if middle == 300 else 520
    count = 5 + canvas.below(3, 2)
    inks = (palette.first, palette.paper, palette.second, palette.paper)
    for step in range(count):
        radius = widest * (1 - step / count)
        top = low - min(low - 40, widest * 1.35) + step * widest / count
        spring = max(top + radius, radius + 30)
        yield _path(
            f"M{middle - radius:.0f} {low}V{spring:.0f}A{radius:.0f} {radius:.0f} 0 0 1 "
            f"{middle + radius:.0f} {spring:.0f}V{low}Z",
            inks[step % 4],
        )


def _beams(canvas: Canvas) -> Iterator[str]:
    """Two spotlights meeting on a stage."""
    palette, low = canvas.palette, canvas.height
    lean = 60 + canvas.below(2, 120)
    for x, foot, fill in ((90, 300 + lean, palette.first), (510, 300 - lean, palette.second)):
        yield f'<path d="M{x} -20L{foot - 170} {low - 60}H{foot + 170}Z" fill="{fill}" opacity=".82"/>'
        yield f'<ellipse cx="{foot}" cy="{low - 60}" rx="170" ry="44" fill="{fill}"/>'
    yield _circle(300, low - 168, 27, palette.ink)
    yield _path(f"M252 {low - 56}V{low - 84}A48 48 0 0 1 348 {low - 84}V{low - 56}Z", palette.ink)


def _strings(canvas: Canvas) -> Iterator[str]:
    """Straight threads that make a curve."""
    palette, low = canvas.palette, canvas.height
    turned = canvas.below(2, 2)
    for fill, shift, step in ((palette.first, 0, 18), (palette.second, 70, 24)):
        lines = "".join(
            f"M{WIDTH - x if turned else x} {low}L{WIDTH if turned else 0} {max(0, x * low / WIDTH - shift):.0f}"
            f"M{x if turned else WIDTH - x} 0L{0 if turned else WIDTH} {low - x * low / WIDTH + shift:.0f}"
            for x in range(0, WIDTH + 1, step)
        )
        yield f'<path d="{lines}" stroke="{fill}" stroke-width="3.5" fill="none"/>'
    yield _circle(300, low / 2, 74, palette.first)


def _moon(canvas: Canvas) -> Iterator[str]:
    """A large disc that goes down behind slats."""
    palette, middle = canvas.palette, canvas.height / 2 + 16
    radius = min(230, canvas.height / 2 - 24)
    x = 300 + canvas.below(2, 3) * 60 - 60
    yield _circle(x, middle, radius, palette.first)
    for place in range(7):
        y = middle - radius * 0.1 + place * radius * 0.17
        yield _path(f"M0 {y:.0f}H{WIDTH}V{y + 4 + place * 3.4:.0f}H0Z", palette.paper)
    yield _circle(x + radius * 0.72, middle - radius * 0.7, 44, palette.second)


_PICTURES: tuple[Callable[[Canvas], Iterator[str]], ...] = (
    _ripples,
    _tiles,
    _hills,
    _rays,
    _bars,
    _arches,
    _beams,
    _strings,
    _moon,
)
