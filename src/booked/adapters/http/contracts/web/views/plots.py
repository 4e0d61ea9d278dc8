"""Plots: bars for numbers, in the units of a drawing. Templates draw them and say the numbers beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH = 400
HEIGHT = 120
LOWEST = 2
ROW = 38  # the height of a bar with its label
LABEL = 15  # of that, what the label takes
GAP = 2
THICK = 16  # a bar of parts


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle of a plot, in its units. Its label ends at `label_y`; `kind` tells parts of a bar apart."""

    x: float
    y: float
    width: float
    height: float
    label_y: float = 0
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Plot:
    """Bars for numbers, the longest one for the greatest."""

    width: int
    height: int
    bars: Sequence[Bar]

    @classmethod
    def columns(cls, values: Sequence[int], highest: int = 1) -> "Plot":
        """Return a plot of upright bars from left to right, in which `highest` or the greatest is as high as the plot.

        Nothing that is there is too low to be seen.
        """
        greatest, step = max([1, highest, *values]), WIDTH / max(len(values), 10)
        heights = [round(max(HEIGHT * value / greatest, LOWEST if value else 0), 1) for value in values]
        bars = [
            Bar(round(place * step, 1), round(HEIGHT - height, 1), round(step - GAP, 1), height)
            for place, height in enumerate(heights)
        ]
        return cls(WIDTH, HEIGHT, bars)

    @classmethod
    def rows(cls, values: Sequence[int]) -> "Plot":
        """Return a plot of lying bars below each other, with room for a label above each."""
        greatest = max([1, *values])
        bars = [
            Bar(0, place * ROW + LABEL + 6, round(WIDTH * value / greatest, 1), ROW - LABEL - 14, place * ROW + LABEL)
            for place, value in enumerate(values)
        ]
        return cls(WIDTH, ROW * len(values), bars)

    @classmethod
    def parts(cls, values: Mapping[str, int]) -> "Plot":
        """Return a bar as wide as the plot, in parts by their kinds."""
        total, x, bars = max(1, sum(values.values())), 0.0, []
        for kind, value in values.items():
            width = round(WIDTH * value / total, 1)
            bars.append(Bar(round(x, 1), 0, width, THICK, kind=kind))
            x += width
        return cls(WIDTH, THICK, bars)
