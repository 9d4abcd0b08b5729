"""Checks of ours for rules that the model leaves without one (data/own-1.2.toml): what a bill alone can prove, and no more.

Each says when a row is concerned (``applies``), when it breaks the rule (``bad``), and when the bill alone cannot show
whether it does (``doubt``, with ``because``). A rule fails on one bad row, is undecided on one doubtful row, and passes otherwise.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

import msgspec

from skywright.topics.focus.formats import PLACEHOLDERS, PROPERTIES, TERMS, UNIT, currencies
from skywright.topics.focus.probes import ROW, Groups
from skywright.topics.focus.sheet import literal, raw

_MACRO = re.compile(r"@([A-Za-z]+)")


class Own(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One check.

    ``each``: asked of every column of a kind (``@text`` stands for the column as delivered). ``as_text``: not of columns that came
    typed. ``one``: of which column rows alike in ``by`` should have one value at most; more are bad (or ``doubtful``), and one
    alone shows nothing unless the bill has several values of ``over``. ``optional``: columns that are NULL where the bill has none.
    ``names``: a check of the columns' names (names.py). ``schema``: a column whose values must fit FOCUS's schema of it. ``text``
    and ``keyword``: the sentence, where the rule has none. ``because``: why it stays undecided where it does; ``none``: what there
    is none of where no row is concerned.
    """

    applies: str = "TRUE"
    bad: str = "FALSE"
    doubt: str = "FALSE"
    because: str = ""
    none: str = ""
    each: str = ""
    as_text: bool = False
    by: tuple[str, ...] = ()
    one: str = ""
    over: str = ""
    doubtful: bool = False
    optional: tuple[str, ...] = ()
    names: str = ""
    schema: str = ""
    text: str = ""
    keyword: str = "MUST"

    @property
    def groups(self) -> Groups | None:
        """The groups to look at, if it is about groups."""
        where = self.applies if self.one == ROW else f"({self.applies}) AND {self.one} IS NOT NULL"
        return Groups(self.by, self.one, where, at_most=True) if self.one else None

    def of(self, column: str) -> "Own":
        """The check of one column, for one that is asked of each."""
        text = {"text": raw(column)}
        return msgspec.structs.replace(
            self, applies=filled(self.applies, text), bad=filled(self.bad, text), doubt=filled(self.doubt, text), each=""
        )


def filled(sql: str, more: Mapping[str, str]) -> str:
    """An expression with its ``@names`` filled in: lists and forms of FOCUS, ``more``, and columns as delivered."""
    known = {**_macros(), **more}
    return _MACRO.sub(lambda found: known.get(found[1]) or (found[0] if found[1] == "text" else raw(found[1])), sql)


@lru_cache(maxsize=1)
def _macros() -> dict[str, str]:
    def listed(values: tuple[str, ...]) -> str:
        return ", ".join(literal(value) for value in values)

    return {
        "currencies": listed(currencies()),
        "placeholders": listed(PLACEHOLDERS),
        "unit": literal(UNIT),
        "terms": "|".join(TERMS),
        "properties": listed(tuple(key.lower() for key in PROPERTIES)),
        "Properties": listed(tuple(PROPERTIES)),
        "numeric": listed(tuple(key for key, number in PROPERTIES.items() if number)),
        "worded": listed(tuple(key for key, number in PROPERTIES.items() if not number)),
    }


@lru_cache(maxsize=4)
def own(name: str) -> dict[str, Own]:
    """Rule -> our check, from the table of that name."""
    text = resources.files(__package__).joinpath(f"data/{name}.toml").read_text("utf-8")
    checks = msgspec.convert(tomllib.loads(text), dict[str, Own])
    return {
        rule: msgspec.structs.replace(
            check, applies=filled(check.applies, {}), bad=filled(check.bad, {}), doubt=filled(check.doubt, {})
        )
        for rule, check in checks.items()
    }
