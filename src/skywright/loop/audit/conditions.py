"""Rules -> one SELECT a kind that gives every verdict but the passes, without a loop over resources."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from skywright.model.rule import Rule
from skywright.model.rule_sql import Sight, gap_column, gap_of, quoted, source_sql
from skywright.model.schema import table_name
from skywright.model.words import t

_CARRIED = ("cloud", "account", "region", "native_id", "name")
VERDICT_COLUMNS = ("rule", "resource", "fails", *_CARRIED, "reason")
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
    some = " OR ".join(f"{answer} IS DISTINCT FROM FALSE" for answer in answers)
    identifiers = ", ".join(quoted(rule.id) for rule in rules)
    reasons = ", ".join(f"CASE WHEN {answer} IS NULL THEN {_reason(rule)} END" for rule, answer in zip(rules, answers, strict=True))
    return f"""
      SELECT {", ".join(VERDICT_COLUMNS)} FROM (
        SELECT unnest([{identifiers}]) AS rule, id AS resource, unnest([{", ".join(answers)}]) AS fails,
               {", ".join(_CARRIED)}, unnest([{reasons}]) AS reason
        FROM (SELECT *, {asked} FROM {source_sql(kind, reads, sight, columns)}{where}) WHERE {some}
      ) WHERE fails IS DISTINCT FROM FALSE"""  # noqa: S608 - compiled conditions, our own names, quoted values


def _for_its_clouds(rule: Rule) -> str:
    if not rule.clouds:
        return rule.condition
    named = ", ".join(map(quoted, rule.clouds))
    return f"CASE WHEN {table_name(rule.kind)}.cloud IN ({named}) THEN {rule.condition} ELSE FALSE END"


def _reason(rule: Rule) -> str:
    """SQL text that says what could not be read: columns that are NULL, and kinds with gaps in the account."""
    missing = [f"CASE WHEN {name} IS NULL THEN {quoted(column)} END" for column, name in _nullable(rule)]
    gaps = sorted({gap for read in rule.reads if (gap := gap_of(read))})
    partly = [f'CASE WHEN "{gap_column(gap)}" THEN {quoted(gap)} END' for gap in gaps]
    parts = [_listed(t("not known: "), missing), _listed(t("not completely read: "), partly)]
    told = f"concat_ws('; ', {', '.join(part for part in parts if part)})" if missing or partly else "''"
    return f"coalesce(nullif({told}, ''), {quoted(t('the condition has no answer for this resource'))})"


def _nullable(rule: Rule) -> list[tuple[str, str]]:
    return [(column, f'"{column}"') for column in rule.columns if column not in _ALWAYS_KNOWN]


def _listed(prefix: str, cases: Sequence[str]) -> str:
    return f"{quoted(prefix)} || nullif(concat_ws(', ', {', '.join(cases)}), '')" if cases else ""
