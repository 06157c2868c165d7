"""Where the shapes of a plot stand: a table's figures into places of a picture, which a template draws."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

WIDTH, HEIGHT = 720, 260
LEFT, RIGHT, TOP, BOTTOM = 56, 520, 16, 226
LINE = 16

Point = tuple[float, float]


class Shape(Enum):
    """Bars: a bar for each row's last figure. Lines: one for each row. Dots: one for each row, by its two figures."""

    BARS = "bars"
    LINES = "lines"
    DOTS = "dots"


@dataclass(frozen=True, slots=True)
class Drawing:
    """A plot in a picture of WIDTH by HEIGHT: named series of points, y of zero, and words with the point they end
    (ticks upwards), are centred on (ticks across) or begin at (names of series)."""

    series: tuple[tuple[str, tuple[Point, ...]], ...]
    zero: float
    up: tuple[tuple[float, str], ...]
    across: tuple[tuple[float, str], ...]
    names: tuple[tuple[Point, str], ...]


def draw(shape: Shape, columns: Sequence[str], rows: Sequence[tuple[str, Sequence[float]]]) -> Drawing:
    """The drawing of a table. Both axes begin at zero or below."""
    series = [(name, _points(shape, place, figures)) for place, (name, figures) in enumerate(rows)]
    xs, ys = ([0.0, *(point[axis] for _, points in series for point in points)] for axis in (0, 1))
    places = [
        (name, tuple((_scale(x, xs, LEFT, RIGHT), _scale(y, ys, BOTTOM, TOP)) for x, y in points))
        for name, points in series
    ]
    ends: list[tuple[float, str]] = [(x, f"{x:g}") for x in (0.0, max(xs))]
    ticks = {Shape.LINES: [(float(x), word) for x, word in enumerate(columns)], Shape.DOTS: ends, Shape.BARS: []}
    return Drawing(
        series=tuple(places),
        zero=_scale(0.0, ys, BOTTOM, TOP),
        up=tuple((_scale(y, ys, BOTTOM, TOP), f"{y:g}") for y in sorted({min(ys), 0.0, max(ys)})),
        across=tuple((_scale(x, xs, LEFT, RIGHT), word) for x, word in ticks[shape]),
        names=() if shape is Shape.BARS else _apart([(points[-1], name) for name, points in places]),
    )


def _points(shape: Shape, place: int, figures: Sequence[float]) -> list[Point]:
    """Where the row at this place stands, in figures."""
    if shape is Shape.LINES:
        return list(enumerate(figures))
    return [(place, figures[-1])] if shape is Shape.BARS else [(figures[0], figures[1])]


def _scale(value: float, values: Sequence[float], start: float, end: float) -> float:
    return round(float(np.interp(value, (min(values), max(values) or 1.0), (start, end))), 1)


def _apart(names: list[tuple[Point, str]]) -> tuple[tuple[Point, str], ...]:
    """Names beside their points from top to bottom, none on top of another."""
    placed, free = [], 0.0
    for (x, y), name in sorted(names, key=lambda one: one[0][1]):
        free = max(free, y)
        placed.append(((x + 10, free + 5), name))
        free += LINE
    return tuple(placed)
