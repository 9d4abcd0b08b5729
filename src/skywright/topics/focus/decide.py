"""Rules of the requirement model x a bill -> outcomes."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from skywright.model.words import n, t
from skywright.topics.focus.advice import advice
from skywright.topics.focus.asked import Asked, asked_of
from skywright.topics.focus.checks import ALWAYS, NEVER, broken, columns_of, met
from skywright.topics.focus.faults import faults, requirement, takes_null_for
from skywright.topics.focus.kinds import Kinds
from skywright.topics.focus.names import Named, about_names
from skywright.topics.focus.own import Own
from skywright.topics.focus.probes import EXAMPLES_MAX, Groups, count, distinct, groups_where, rows_where, values_of
from skywright.topics.focus.rules import Rule, Spec
from skywright.topics.focus.schema import schema, wrong
from skywright.topics.focus.sheet import Sheet
from skywright.topics.focus.verdicts import Example, Outcome, Verdict

PERMISSIONS = ("MAY", "OPTIONAL")
SEVERAL = 2

Question = Asked | dict[str, Asked] | Outcome
"""What to count for a rule (or for each column it is about), or its outcome where nothing need be counted."""


class Decider:
    """Leaf rules of a model on one bill. ``checks``: our own, by rule; ``where``: a rule's conditions. ``absent``: what a rule says
    of a column that the bill does not have."""

    def __init__(
        self,
        sheet: Sheet,
        model: Sequence[Rule],
        checks: Mapping[str, Own],
        where: Mapping[str, Sequence[Spec]],
        absent: Verdict = Verdict.FAIL,
    ) -> None:
        self.sheet = sheet
        self._checks = checks
        self._where = where
        self._absent = absent
        self._kinds = Kinds(sheet, model)
        self._counts: dict[str, int] = {}

    def outcomes(self, rules: Sequence[Rule]) -> dict[str, Outcome]:
        """Every rule's outcome, from two scans (and one more for each that needs groups or examples)."""
        self._kinds.look()
        asked = {rule.id: self._asked(rule) for rule in rules}
        self._counts = count(self.sheet, [sql for one in asked.values() for part in _parts(one) for sql in part.conditions])
        return {rule.id: self._outcome(rule, asked[rule.id]) for rule in rules}

    def _asked(self, rule: Rule) -> Question:
        """What to count for a rule, or its outcome where nothing need be counted."""
        if rule.function == "Presence":
            return self._presence(rule)
        if rule.keyword in PERMISSIONS:
            return said(rule, Verdict.PASS, why=t("A permission: nothing in a bill can break it."))
        if not rule.dynamic:
            return self._modelled(rule)
        check = self._checks.get(rule.id)
        return (
            self._ours(rule, check) if check else said(rule, Verdict.UNDECIDED, own=True, why=t("Nothing in a bill can show it."))
        )

    def _presence(self, rule: Rule) -> Outcome:
        column = rule.requirement["column"]
        if column in self.sheet.bill.columns:
            return said(rule, Verdict.PASS)
        if rule.keyword in PERMISSIONS:
            return said(rule, Verdict.PASS, why=t("A permission: nothing in a bill can break it."))
        why = t("The bill has no column {column}.", column=column)
        return said(rule, Verdict.FAIL, count=1, why=why, todo=advice(rule.requirement), missing=column)

    def _modelled(self, rule: Rule) -> Question:
        applies, spec = self._applies(rule), requirement(rule)
        if spec["check"] == "CheckDistinctCount":
            asked = Asked(groups=Groups((spec["a"],), spec["b"], applies, spec["count"]))
            lacking = self.sheet.lacks(f"{spec['a']} {spec['b']} {applies}")
        else:
            asked = Asked(applies, broken(spec, self.sheet), sentence=self._sentence(rule))
            lacking = self.sheet.lacks(f"{' '.join(columns_of(spec))} {applies}")
        if not lacking:
            return asked
        if spec["check"] == "OR":
            return said(
                rule,
                Verdict.PASS,
                why=t("No value is there that could be wrong: the bill has no column {column}.", column=lacking[0]),
            )
        broken_ones = int(self._absent is Verdict.FAIL)
        why = t("The bill has no column {column}.", column=lacking[0])
        return said(rule, self._absent, count=broken_ones, why=why, missing=lacking[0])

    def _applies(self, rule: Rule, *, nulls: bool = False) -> str:
        where = [met(spec, nulls=nulls) for spec in self._where[rule.id]]
        return " AND ".join(f"({one})" for one in where if one != ALWAYS) or ALWAYS

    def _sentence(self, rule: Rule) -> str:
        """When a row breaks a rule's sentence, where its check says something else."""
        if fault := faults().get(rule.id):
            return fault.bad
        if any(takes_null_for(spec) for spec in self._where[rule.id]):
            return Asked(self._applies(rule, nulls=True), broken(requirement(rule), self.sheet)).wrong
        return ""

    def _ours(self, rule: Rule, check: Own) -> Question:
        if check.names:
            return _of_names(rule, about_names(check.names, self.sheet), check)
        if check.each:
            return self._kinds.concerned(check)
        if check.schema:
            return self._fits(rule, check)
        if check.as_text and self.sheet.has(rule.reference) and not self.sheet.is_text(rule.reference):
            return said(rule, Verdict.PASS, own=True)
        named = self.sheet.lacks(f"{check.applies} {check.bad} {check.doubt} {' '.join(check.by)} {check.one}")
        lacking = [column for column in named if column not in check.optional]
        if lacking:
            return said(rule, Verdict.NOT_APPLICABLE, own=True, why=t("The bill has no column {column}.", column=lacking[0]))
        return asked_of(check)

    def _fits(self, rule: Rule, check: Own) -> Outcome:
        """Whether the values of a column fit FOCUS's JSON schema of it."""
        if not self.sheet.has(check.schema):
            return said(rule, Verdict.NOT_APPLICABLE, own=True, why=t("The bill has no column {column}.", column=check.schema))
        values = values_of(self.sheet, check.schema)
        bad = [(text, many, where, why) for text, many, where in values if (why := wrong(text, schema(check.schema)))]
        if not values:
            return said(rule, Verdict.NOT_APPLICABLE, own=True, why=check.none)
        if not bad:
            return said(rule, Verdict.PASS, own=True)
        examples = tuple(Example(where, {check.schema: text}) for text, _, where, _ in bad[:EXAMPLES_MAX])
        return said(rule, Verdict.FAIL, own=True, count=sum(many for _, many, _, _ in bad), why=bad[0][3], examples=examples)

    def _outcome(self, rule: Rule, asked: Question) -> Outcome:
        match asked:
            case Outcome():
                return asked
            case Asked():
                check = self._checks.get(rule.id) if rule.dynamic else None
                return self._counted(rule, asked, check)
            case _:
                return self._columns(rule, asked, self._checks[rule.id])

    def _counted(self, rule: Rule, asked: Asked, check: Own | None) -> Outcome:
        outcome = self._judged(rule, asked, check)
        if rule.dynamic:
            return outcome
        official = self._official(rule, asked, outcome)
        by_sentence = self._counts[asked.sentence] if asked.sentence not in {"", NEVER, ALWAYS} else None
        remark = self._remark(rule, outcome, by_sentence)
        return msgspec.structs.replace(outcome, official=official, remark=remark, by_sentence=by_sentence if remark else None)

    def _official(self, rule: Rule, asked: Asked, outcome: Outcome) -> Verdict | None:
        """focus-validator's verdict where it is another: it passes allowed values when one row alone has one."""
        if self._absent is not Verdict.FAIL or outcome.verdict is not Verdict.FAIL or rule.requirement["check"] != "OR":
            return None
        return Verdict.PASS if self._rows(asked.wrong) < self._counts[ALWAYS] else None

    def _remark(self, rule: Rule, outcome: Outcome, by_sentence: int | None) -> str:
        fault = faults().get(rule.id)
        if fault is None and (by_sentence is None or by_sentence == outcome.count):
            return ""
        columns = list(dict.fromkeys(column for spec in self._where[rule.id] for column in takes_null_for(spec)))
        remark = (
            fault.remark
            if fault
            else t("The model's check passes over rows whose {column} is NULL.", column=t(" or ").join(columns))
        )
        if by_sentence is None:
            return remark
        return f"{remark} {n('{count} row breaks the sentence.', '{count} rows break the sentence.', by_sentence)}"

    def _judged(self, rule: Rule, asked: Asked, check: Own | None) -> Outcome:
        if check and asked.applies != ALWAYS and not self._counts[asked.applies]:
            return said(rule, Verdict.NOT_APPLICABLE, own=True, why=check.none)
        if asked.groups and (outcome := self._grouped(rule, asked.groups, check)):
            return outcome
        if wrong := self._rows(asked.wrong):
            examples = rows_where(self.sheet, asked.wrong, self._shown(rule, asked))
            return said(rule, Verdict.FAIL, own=rule.dynamic, count=wrong, examples=examples, todo=advice(requirement(rule)))
        if check and (doubtful := self._rows(asked.open)):
            return said(rule, Verdict.UNDECIDED, own=True, count=doubtful, why=check.because)
        if check and check.over and distinct(self.sheet, check.over) < SEVERAL:
            return said(rule, Verdict.UNDECIDED, own=True, why=check.because)
        return said(rule, Verdict.PASS, own=rule.dynamic)

    def _columns(self, rule: Rule, asked: Mapping[str, Asked], check: Own) -> Outcome:
        """The outcome of a rule about a kind of column."""
        wrong = {column: many for column, one in asked.items() if (many := self._rows(one.wrong))}
        if wrong:
            examples = tuple(row for column in wrong for row in rows_where(self.sheet, asked[column].wrong, [column]))
            why = ", ".join(f"{column} ({many:,})" for column, many in wrong.items())
            return said(rule, Verdict.FAIL, own=True, count=sum(wrong.values()), why=why, examples=examples[:EXAMPLES_MAX])
        if doubtful := sum(self._rows(one.open) for one in asked.values()):
            return said(rule, Verdict.UNDECIDED, own=True, count=doubtful, why=check.because)
        concerned = check.applies == ALWAYS or any(self._rows(one.applies) for one in asked.values())
        if concerned and self._kinds.has(check.each):
            return said(rule, Verdict.PASS, own=True)
        return said(rule, Verdict.NOT_APPLICABLE, own=True, why=check.none or t("The bill has no such column."))

    def _grouped(self, rule: Rule, groups: Groups, check: Own | None) -> Outcome | None:
        many, examples = groups_where(self.sheet, groups)
        if not many:
            return None
        if check and check.doubtful:
            return said(rule, Verdict.UNDECIDED, own=True, count=many, why=check.because, examples=examples)
        by = t(" and ").join(groups.by)
        why = n("{count} {by} does not have one {one}.", "{count} of {by} do not have one {one}.", many, by=by, one=groups.one)
        return said(rule, Verdict.FAIL, own=rule.dynamic, count=many, examples=examples, why=why, todo=advice(rule.requirement))

    def _rows(self, condition: str) -> int:
        return 0 if condition == NEVER else self._counts[condition]

    def _shown(self, rule: Rule, asked: Asked) -> list[str]:
        first = [rule.reference] if rule.reference in self.sheet.types else []
        return [*first, *self.sheet.named(f"{asked.bad} {asked.applies}")]


def said(rule: Rule, verdict: Verdict, **more: Any) -> Outcome:
    """A rule's outcome."""
    return Outcome(rule=rule.id, column=rule.reference, keyword=rule.keyword, text=rule.text, verdict=verdict, **more)


def _parts(asked: Question) -> list[Asked]:
    match asked:
        case Outcome():
            return []
        case Asked():
            return [asked]
        case _:
            return list(asked.values())


def _of_names(rule: Rule, found: Named, check: Own) -> Outcome:
    if found.bad:
        return said(rule, Verdict.FAIL, own=True, count=len(found.bad), why=", ".join(found.bad))
    if found.doubtful:
        return said(rule, Verdict.UNDECIDED, own=True, count=len(found.doubtful), why=check.because)
    if not found.concerned:
        return said(rule, Verdict.NOT_APPLICABLE, own=True, why=check.none)
    return said(rule, Verdict.PASS, own=True)
