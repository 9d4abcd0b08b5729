"""Rules about the names of columns (FOCUS's attribute Column Handling) -> which names are concerned, bad, or cannot be judged."""

import re

import msgspec

from skywright.topics.focus.sheet import Sheet

CUSTOM = "x_"
LENGTH_MAX = 50
_PASCAL = re.compile(r"([A-Z][a-z0-9]*)+")
_ALPHANUMERIC = re.compile(r"[A-Za-z0-9]+")


class Named(msgspec.Struct, frozen=True):
    """Names that a rule is about; those that break it; those that a bill alone cannot judge."""

    concerned: tuple[str, ...] = ()
    bad: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()


def about_names(check: str, sheet: Sheet) -> Named:
    """What one of the checks says of a bill's columns. Raises ValueError for one that is not known."""
    names = tuple(sheet.bill.columns)
    own = tuple(name for name in names if name.startswith(CUSTOM))
    others = tuple(name for name in names if not name.startswith(CUSTOM))
    foreign = tuple(name for name in others if name not in sheet.types)
    match check:
        case "pascal":
            return Named(others, tuple(name for name in others if not _PASCAL.fullmatch(name)))
        case "alphanumeric":
            return Named(others, tuple(name for name in others if not _ALPHANUMERIC.fullmatch(name)))
        case "short":
            return Named(names, tuple(name for name in names if len(name) > LENGTH_MAX))
        case "specified":  # FOCUS's own names are as FOCUS wants them
            return Named(others, (), foreign)
        case "prefixed":
            return Named(names, foreign)
        case "custom":
            return Named(own, tuple(name for name in own if not _tidy(name.removeprefix(CUSTOM))))
        case "custom last":
            return Named(own, _mixed(names, sheet))
        case "custom exist":
            return Named(own, (), own)
        case _:
            raise ValueError(check)


def _tidy(name: str) -> bool:
    return bool(_PASCAL.fullmatch(name)) and len(name) <= LENGTH_MAX


def _mixed(names: tuple[str, ...], sheet: Sheet) -> tuple[str, ...]:
    """The columns that are none of FOCUS's and stand before one that is."""
    last = max((place for place, name in enumerate(names) if name in sheet.types), default=-1)
    return tuple(name for name in names[: last + 1] if name not in sheet.types)
