"""Rules -> one SELECT a kind that gives every verdict but the passes, without a loop over resources."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from skywright.model.rule import Rule
from skywright.model.rule_sql import EVERYTHING, Sight, gap_column, gap_of, quoted, source_sql
from skywright.model.schema import table_name

_CARRIED = ("cloud", "account", "region", "native_id", "name")
VERDICT_COLUMNS = ("rule", "resource", "fails", *_CARRIED, "missing")
_ALWAYS_KNOWN = frozenset({"id", "cloud", "account", "region", "native_id", "native", "seen_at"})


def by_kind(rules: Iterable[Rule]) -> list[tuple[str, list[Rule]]]:
    """Kinds in order of name, each with its rules."""
    ordered = sorted(rules, key=lambda rule: (rule.kind, rule.id))
    return [(kind, list(group)) for kind, group in groupby(ordered, key=lambda rule: rule.kind)]


def verdicts_sql(kind: str, rules: Sequence[Rule], sight: Sight, *, only_ids: bool = False) -> str:
    """SELECT of VERDICT_COLUMNS: a row for each rule of one kind that fails (``fails`` TRUE) or is unknown (NULL).

    With ``only_ids`` it looks at the resources in parameter ``$ids`` alone.
    """
    answers = [f'"?{index}"' for index in range(len(rules))]
    reads = {read for rule in rules for read in rule.reads}
    columns = sorted({"id", *_CARRIED, *(column for rule in rules for column in rule.columns)})
    asked = ", ".join(f"({_for_its_clouds(rule)}) AS {answer}" for rule, answer in zip(rules, answers, strict=True))
    where = f" WHERE {table_name(kind)}.id IN (SELECT unnest($ids))" if only_ids else ""
    identifiers = ", ".join(quoted(rule.id) for rule in rules)
    return f"""
      SELECT {", ".join(VERDICT_COLUMNS[:-1])}, CASE WHEN fails IS NULL THEN {_missing(rules)} END AS missing FROM (
        SELECT *, id AS resource, unnest([{identifiers}]) AS rule, unnest([{", ".join(answers)}]) AS fails
        FROM (SELECT *, {asked} FROM {source_sql(kind, reads, sight, columns)}{where})
      ) WHERE fails IS DISTINCT FROM FALSE"""  # noqa: S608 - compiled conditions, our own names, quoted values


def needs(rule: Rule) -> tuple[str, ...]:
    """What must be known for the rule to have an answer: columns, and ``gap <kind>`` for what must be completely read."""
    gaps = sorted({gap_column(gap) for read in rule.reads if (gap := gap_of(read))})
    return (*(column for column in rule.columns if column not in _ALWAYS_KNOWN), *gaps)


def _for_its_clouds(rule: Rule) -> str:
    if not rule.clouds:
        return _for_what_they_have(rule)
    named = ", ".join(map(quoted, rule.clouds))
    return f"CASE WHEN {table_name(rule.kind)}.cloud IN ({named}) THEN {_for_what_they_have(rule)} ELSE FALSE END"


def _for_what_they_have(rule: Rule) -> str:
    """The condition; on a cloud that has no such thing as some of its columns, what only they leave open passes. What is NULL
    because it could not be read stays unknown."""
    cases = "".join(_lacking(rule, cloud, columns) for cloud, columns in sorted(rule.lacking.items()))
    return f"CASE{cases} ELSE {rule.condition} END" if cases else rule.condition


def _lacking(rule: Rule, cloud: str, columns: Sequence[str]) -> str:
    here = f" WHEN {table_name(rule.kind)}.cloud = {quoted(cloud)}"
    if EVERYTHING in columns:
        return f"{here} THEN FALSE"
    others = [f"NOT ({_is_missing(need)})" for need in needs(rule) if need not in columns]
    known = " AND ".join(["TRUE", *others])
    return f"{here} AND ({rule.condition}) IS NULL AND {known} THEN FALSE"


def _missing(rules: Iterable[Rule]) -> str:
    """SQL: which of the things that these rules need are missing in the row."""
    named = sorted({need for rule in rules for need in needs(rule)})
    return f"list_where([{', '.join(map(quoted, named))}]::VARCHAR[], [{', '.join(map(_is_missing, named))}]::BOOLEAN[])"


def _is_missing(name: str) -> str:
    return f'"{name}"' if name.startswith(gap_column("")) else f'"{name}" IS NULL'
