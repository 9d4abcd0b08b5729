"""What was, what is expected, and between which ends: drawn over a few lines of text."""

from collections.abc import Iterator, Sequence

HEIGHT = 8
FROM_ZERO = 0.4  # where the least is under this share of the most, the chart begins at zero
WIDTH_MAX, WIDTH_MIN, WIDE_MAX = 100, 52, 4
WHOLE = 1000  # from here on numbers are told without decimals
PAST, MIDDLE, WITHIN = "•", "━", "░"

Column = tuple[float, float, float, bool]
"""Low, middle, high, and whether it is of the past."""


def band(
    past: Sequence[float], points: Sequence[float], low: Sequence[float], high: Sequence[float], ends: tuple[str, str] = ("", "")
) -> Iterator[str]:
    """Lines from the top down: the past as dots, the forecast as a line within its interval. Neighbours share a column where there
    are more than fit; a few are drawn wider. ``ends`` stand below the first and the last column."""
    columns: list[Column] = [(value, value, value, True) for value in past]
    columns += [(down, point, up, False) for down, point, up in zip(low, points, high, strict=True)]
    columns = _narrowed(columns)
    bottom, top = min(one[0] for one in columns), max(one[2] for one in columns)
    if 0 < bottom < FROM_ZERO * top:
        bottom = 0.0
    rise = (top - bottom) / HEIGHT or 1.0
    labels = (_label(top), _label(bottom))
    wide = max(1, min(WIDE_MAX, WIDTH_MIN // len(columns)))
    width = max(map(len, labels))
    for line in reversed(range(HEIGHT)):
        label = labels[0] if line == HEIGHT - 1 else labels[1] if line == 0 else ""
        cells = "".join(_cell(one, bottom + line * rise, rise, first=line == 0, last=line == HEIGHT - 1) * wide for one in columns)
        yield f"{label:>{width}} ┤{cells}".rstrip()
    if any(ends):
        room = max(len(ends[1]) + 1, wide * len(columns) - len(ends[0]))
        yield f"{'':{width}}  {ends[0]}{ends[1]:>{room}}"


def _label(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= WHOLE else f"{value:,.4g}"


def _narrowed(columns: list[Column]) -> list[Column]:
    """At most so many columns; those of the past and those to come are never mixed."""
    together = -(-len(columns) // WIDTH_MAX)
    if together <= 1:
        return columns
    narrow: list[Column] = []
    for kind in (True, False):
        mine = [one for one in columns if one[3] is kind]
        for first in range(0, len(mine), together):
            some = mine[first : first + together]
            middle = sum(one[1] for one in some) / len(some)
            narrow.append((min(one[0] for one in some), middle, max(one[2] for one in some), kind))
    return narrow


def _cell(column: Column, floor: float, rise: float, *, first: bool, last: bool) -> str:
    low, middle, high, past = column
    inside = (first or middle >= floor) and (last or middle < floor + rise)
    if inside:
        return PAST if past else MIDDLE
    return WITHIN if low < floor + rise and high > floor and low != high else " "
