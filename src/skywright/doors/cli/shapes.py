"""Numbers as shapes in one line of text."""

from collections.abc import Sequence

_LEVELS = "▁▂▃▄▅▆▇█"
_EIGHTHS = " ▏▎▍▌▋▊▉"


def spark(values: Sequence[float]) -> str:
    """A line of bars, one a value, from the lowest of them (or zero) to the highest; a gap where there is nothing."""
    low, high = min(0.0, *values) if values else 0.0, max(0.0, *values) if values else 0.0
    if high == low:
        return _LEVELS[0] * len(values)
    return "".join(_LEVELS[round((value - low) / (high - low) * (len(_LEVELS) - 1))] for value in values)


def bar(share: float, width: int = 8) -> str:
    """A bar that fills ``share`` (0..1) of its width; empty for what is less than nothing."""
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    full, rest = divmod(eighths, 8)
    return "█" * full + (_EIGHTHS[rest] if rest else "")
