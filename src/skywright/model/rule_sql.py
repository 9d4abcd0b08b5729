"""Rules -> SQL text: the table that a compiled condition is asked of, and the query that computes a fix.

A compiled condition names its columns ``<kind table>.<column>``. Beside the kind's own columns it may name

- ``"now"``: the snapshot's time, a naive UTC TIMESTAMP;
- ``"gap <what>"``: TRUE where ``<what>`` (a kind, ``usage``, or ``*`` for everything) could not be read completely in the
  row's account, so that what is not found there is unknown and not absent.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from skywright.model.estate import Coverage, CoverageState
from skywright.model.rule import Rule
from skywright.model.schema import READ_BY_REACH, table_name

NOW = "now"
EVERYTHING = "*"
REACH = "reach"
_WHOLE_ESTATE = frozenset({"relation", "resource"})
_WITHOUT_COVERAGE = frozenset({"coverage", "cost", "price"})


class Sight(msgspec.Struct, frozen=True):
    """When we looked and where we could not: ``gaps`` maps a kind, ``usage``, ``reach`` or ``*`` to its (cloud, account) pairs.
    ``clouds``: those that there is anything of; None: it is not known."""

    now: datetime
    gaps: Mapping[str, frozenset[tuple[str, str]]] = {}
    clouds: frozenset[str] | None = None

    @classmethod
    def of(cls, now: datetime, coverage: Iterable[Coverage], clouds: Iterable[str] | None = None) -> "Sight":
        """From coverage rows. A partial one is a gap too: columns that could not be read may hide what a rule looks for."""
        gaps: dict[str, set[tuple[str, str]]] = {}
        for row in coverage:
            if row.partial or row.state is not CoverageState.COMPLETE:
                for what in (row.kind, EVERYTHING, *([REACH] if row.kind in (*READ_BY_REACH, EVERYTHING) else [])):
                    gaps.setdefault(what, set()).add((row.cloud, row.account))
        return cls(now, {what: frozenset(pairs) for what, pairs in gaps.items()}, None if clouds is None else frozenset(clouds))

    def concerns(self, rule: Rule) -> bool:
        """May the rule fail at all: is there anything of a cloud that it is about."""
        return not rule.clouds or self.clouds is None or not self.clouds.isdisjoint(rule.clouds)


def gap_of(read: str) -> str | None:
    """What must be covered for an absence in ``read`` to count: a kind, ``usage``, ``reach``, ``*``; None when nothing must."""
    if read in _WITHOUT_COVERAGE:
        return None
    return EVERYTHING if read in _WHOLE_ESTATE else read


def gap_column(what: str) -> str:
    """The name of the column that says whether ``what`` has gaps in the row's account."""
    return f"gap {what}"


def quoted(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def source_sql(kind: str, reads: Iterable[str], sight: Sight, columns: Iterable[str] = ("*",)) -> str:
    """The FROM clause's table for compiled conditions over ``kind`` that read ``reads``; with fewer ``columns`` it is planned
    faster."""
    table = table_name(kind)
    chosen = ", ".join("*" if column == "*" else f'"{column}"' for column in columns)
    extra = [f'TIMESTAMP {quoted(sight.now.isoformat(sep=" "))} AS "{NOW}"']
    for what in sorted({gap for read in reads if (gap := gap_of(read))}):
        extra.append(f'{_in_gap(sight.gaps.get(what, frozenset()))} AS "{gap_column(what)}"')
    return f"(SELECT {chosen}, {', '.join(extra)} FROM {table}) AS {table}"  # noqa: S608 - names are ours, values are quoted


def fix_sql(rule: Rule, sight: Sight) -> str:
    """Rule -> SELECT id and each computed column of its fix, for the resources listed in parameter ``$ids``.

    Raises ValueError for a rule whose fix computes nothing.
    """
    if not rule.computed:
        raise ValueError(f"rule {rule.id} computes no column")
    columns = ", ".join(f'({sql}) AS "{name}"' for name, sql in rule.computed.items())
    table = table_name(rule.kind)
    source = source_sql(rule.kind, rule.reads, sight)
    return f"SELECT {table}.id, {columns} FROM {source} WHERE {table}.id IN (SELECT unnest($ids))"  # noqa: S608 - compiled


def _in_gap(pairs: frozenset[tuple[str, str]]) -> str:
    if not pairs:
        return "FALSE"
    listed = ", ".join(f"({quoted(cloud)}, {quoted(account)})" for cloud, account in sorted(pairs))
    return f"((cloud, account) IN ({listed}))"
