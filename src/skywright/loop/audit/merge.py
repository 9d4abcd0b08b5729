"""Verdicts x what was known before -> the findings as they stand now, as one SELECT.

- A finding that is there again keeps its first_seen; its last_seen is the snapshot's time.
- It is resolved when its resource passes now, or is gone and its scope was read completely, or its rule is no more.
- What failed and cannot be told now stays a failing, open finding with its old last_seen, and ``reason`` says why: unknown is
  not resolved.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from skywright.loop.audit.conditions import by_kind, needs, verdicts_sql
from skywright.model.rule import Rule
from skywright.model.rule_sql import EVERYTHING, Sight, gap_column, quoted
from skywright.model.schema import table_name
from skywright.model.words import t

BEFORE = "finding_before"
RESOLVED_KEPT_DAYS = 365

COLUMNS = {
    "id": "VARCHAR",
    "rule": "VARCHAR",
    "verdict": "VARCHAR",
    "severity": "VARCHAR",
    "kind": "VARCHAR",
    "resource": "VARCHAR",
    "native_id": "VARCHAR",
    "cloud": "VARCHAR",
    "account": "VARCHAR",
    "region": "VARCHAR",
    "name": "VARCHAR",
    "first_seen": "TIMESTAMP",
    "last_seen": "TIMESTAMP",
    "state": "VARCHAR",
    "resolved_at": "TIMESTAMP",
    "reason": "VARCHAR",
}
"""The columns of the stored findings."""


def merge_sql(rules: Sequence[Rule], sight: Sight, *, before: bool, others: Sequence[Rule] = (), first: bool = True) -> str:
    """SELECT of COLUMNS. ``before``: whether the table BEFORE is there with the findings of the audit before. Of those only the
    ones by ``rules`` are looked at, and in the ``first`` part also those by rules that are no more (not even among ``others``)."""
    now = _time(sight.now)
    return f"""
    WITH rules(rule, kind, severity, needs) AS ({_rules(rules)}),
    verdicts AS (
      SELECT 'f-' || md5(rule || '|' || resource)[:16] AS id, * FROM ({_verdicts(rules, sight)})
    ),
    looked AS (
      SELECT cloud, account, region, kind, bool_and(state = 'complete') AS complete FROM coverage GROUP BY ALL
    ),
    was AS ({_was(sight, before, rules, others, first=first)}),
    now AS (
      SELECT verdicts.*, kind, severity, CASE WHEN fails IS NULL THEN {_reason()} ELSE '' END AS reason
      FROM verdicts JOIN rules USING (rule)
    )
    SELECT coalesce(n.id, w.id) AS id, coalesce(n.rule, w.rule) AS rule,
      CASE WHEN n.fails OR (w.open AND w.verdict = 'fail') THEN 'fail' WHEN n.id IS NULL THEN w.verdict ELSE 'unknown' END
        AS verdict,
      coalesce(n.severity, w.severity) AS severity, coalesce(n.kind, w.kind) AS kind, coalesce(n.resource, w.resource) AS resource,
      coalesce(n.native_id, w.native_id) AS native_id, coalesce(n.cloud, w.cloud) AS cloud,
      coalesce(n.account, w.account) AS account, coalesce(n.region, w.region) AS region, coalesce(n.name, w.name) AS name,
      coalesce(w.first_seen, {now}) AS first_seen,
      CASE WHEN n.id IS NULL OR (n.fails IS NULL AND w.open AND w.verdict = 'fail') THEN w.last_seen ELSE {now} END AS last_seen,
      CASE WHEN n.id IS NOT NULL OR (w.open AND NOT w.settled) THEN 'open' ELSE 'resolved' END AS state,
      CASE WHEN n.id IS NULL AND NOT w.open THEN w.resolved_at WHEN n.id IS NULL AND w.settled THEN {now} END AS resolved_at,
      CASE WHEN n.id IS NOT NULL THEN n.reason WHEN w.open AND NOT w.settled THEN {_unread()} ELSE '' END AS reason
    FROM now n FULL JOIN was w ON n.id = w.id"""  # noqa: S608 - compiled conditions, our own names, quoted values


def _rules(rules: Sequence[Rule]) -> str:
    listed = ", ".join(map(_rule, rules))
    return f"VALUES {listed}" if listed else "SELECT '', '', '', ''"


def _rule(rule: Rule) -> str:
    return f"({', '.join(map(quoted, (rule.id, rule.kind, rule.severity.value, ','.join(needs(rule)))))})"


def _verdicts(rules: Sequence[Rule], sight: Sight) -> str:
    parts = [verdicts_sql(kind, own, sight) for kind, own in by_kind(filter(sight.concerns, rules))]
    nothing = "SELECT '' AS rule, '' AS resource, NULL::BOOLEAN AS fails, '' AS cloud, '' AS account, '' AS region, "
    return " UNION ALL ".join(parts) or nothing + "'' AS native_id, '' AS name, [''] AS missing WHERE FALSE"


def _was(sight: Sight, before: bool, rules: Sequence[Rule], others: Sequence[Rule], *, first: bool) -> str:
    """The findings of the audit before, each with ``open`` and with ``settled``: if no verdict names it now, is it resolved?"""
    if not before:
        nothing = ", ".join(f"NULL::{kind} AS {column}" for column, kind in COLUMNS.items())
        return f"SELECT {nothing}, FALSE AS open, FALSE AS settled WHERE FALSE"
    oldest = _time(sight.now - timedelta(days=RESOLVED_KEPT_DAYS))
    return f"""
      SELECT f.*, f.state = 'open' AS open,
        (r.rule IS NULL OR {_is_present(sight)} OR (
           (here.complete IS NOT NULL OR everywhere.complete IS NOT NULL)
           AND coalesce(here.complete, TRUE) AND coalesce(everywhere.complete, TRUE))) AS settled
      FROM {BEFORE} f LEFT JOIN rules r ON r.rule = f.rule
      LEFT JOIN looked here ON {_same_scope("here", "f.region")}
      LEFT JOIN looked everywhere ON {_same_scope("everywhere", "'global'")} AND f.region <> 'global'
      WHERE (f.resolved_at IS NULL OR f.resolved_at > {oldest}) AND {_mine(rules, others, first=first)}"""  # noqa: S608 - our own names


def _mine(rules: Sequence[Rule], others: Sequence[Rule], *, first: bool) -> str:
    """SQL: whether a finding of before belongs to this part of an audit."""
    mine = {rule.id for rule in rules}
    theirs = ", ".join(quoted(name) for name in sorted({rule.id for rule in others} - mine))
    if first:
        return f"f.rule NOT IN ({theirs})" if theirs else "TRUE"
    return f"f.rule IN ({', '.join(map(quoted, sorted(mine)))})" if mine else "FALSE"


def _same_scope(looked: str, region: str) -> str:
    """A global service is one scope of region ``global``, though its resources may name regions of their own."""
    same = [f"{looked}.{column} = f.{column}" for column in ("cloud", "account", "kind")]
    return " AND ".join([*same, f"{looked}.region = {region}"])


def _is_present(sight: Sight) -> str:
    """Whether the resource was read although its scope was not read to the end; asked of the kinds with gaps alone."""
    kinds = sorted(set(sight.gaps) - {EVERYTHING, "usage"})
    if not kinds:
        return "FALSE"
    return f"f.resource IN ({' UNION ALL '.join(_ids(kinds))})"


def _ids(kinds: Iterable[str]) -> list[str]:
    return [f"SELECT id FROM {table_name(kind)}" for kind in kinds]  # noqa: S608 - our own names


def _reason() -> str:
    """SQL text that says what of the rule's needs was missing."""
    lacking = "list_filter(string_split(needs, ','), lambda need: list_contains(missing, need))"
    named = f"array_to_string({lacking}, ', ')"
    return (
        f"CASE WHEN {named} = '' THEN {quoted(t('the condition has no answer for this resource'))} "
        f"ELSE {quoted(t('not known: '))} || replace({named}, {quoted(gap_column(''))}, {quoted(t('all of '))}) END"
    )


def _unread() -> str:
    return f"{quoted(t('not completely read: '))} || w.kind"


def _time(moment: datetime) -> str:
    return f"TIMESTAMP {quoted(moment.isoformat(sep=' '))}"
