"""Numbers as shapes in one line of text."""

from collections.abc import Sequence

_LEVELS = "▁▂▃▄▅▆▇█"
_UNKNOWN = "·"
_EIGHTHS = " ▏▎▍▌▋▊▉"


def spark(values: Sequence[float | None]) -> str:
    """A line of bars, one a value, from the lowest of them (or zero) to the highest; a point where nothing is known."""
    known = [0.0, *(value for value in values if value is not None)]
    low, high = min(known), max(known)
    scale = (len(_LEVELS) - 1) / (high - low) if high > low else 0.0
    return "".join(_UNKNOWN if value is None else _LEVELS[round((value - low) * scale)] for value in values)


def bar(share: float, width: int = 8) -> str:
    """A bar that fills ``share`` (0..1) of its width; empty for what is less than nothing."""
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    full, rest = divmod(eighths, 8)
    return "█" * full + (_EIGHTHS[rest] if rest else "")
