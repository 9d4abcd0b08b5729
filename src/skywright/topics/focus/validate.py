"""A bill x FOCUS 1.2's requirement model -> a report: every rule's verdict, with examples of what breaks it."""

from collections.abc import Iterable, Mapping, Sequence

from skywright.model.errors import BadInput
from skywright.model.words import t
from skywright.topics.focus.decide import Decider, said
from skywright.topics.focus.own import own
from skywright.topics.focus.rules import Rule, conditions, model, not_applicable, types
from skywright.topics.focus.sheet import Sheet
from skywright.topics.focus.verdicts import Bill, Outcome, Report, Verdict


def validate(bill: Bill, supports: Iterable[str] = ()) -> Report:
    """FOCUS 1.2 on a bill. ``supports``: the criteria that its issuer meets (names of the model, or ``all``); rules that ask for
    others do not apply. Raises BadInput for a criterion that is not known, and for a bill without rows."""
    known = model()
    met = criteria(supports)
    out = not_applicable(known.rules, met)
    sheet = Sheet(bill, types(known.rules))
    rows = int(bill.ask(f"SELECT count(*) FROM {bill.table}").rows[0][0])
    if not rows:
        raise BadInput(t("The bill has no rows."), next_step=t("There is nothing to validate."))
    leaves = [rule for rule in known.rules if not rule.composite and rule.id not in out]
    decided = Decider(sheet, known.rules, own("own-1.2"), conditions(known.rules)).outcomes(leaves)
    for rule in known.rules:
        if rule.id in out:
            decided[rule.id] = said(rule, Verdict.NOT_APPLICABLE, composite=rule.composite, why=_unmet(rule, met))
    gathered = gather(known.rules, decided)
    return Report(
        version=known.version,
        dataset="CostAndUsage",
        rows=rows,
        supports=tuple(sorted(met)),
        outcomes=tuple(gathered[rule.id] for rule in known.rules),
    )


def criteria(wanted: Iterable[str]) -> frozenset[str]:
    """Names of criteria (with or without _SUPPORTED, in any case; ``all``) -> the model's. Raises BadInput for an unknown one."""
    known = model().criteria
    found: set[str] = set()
    for name in wanted:
        full = name.strip().upper().replace("-", "_")
        full = full if full.endswith("_SUPPORTED") or full == "ALL" else f"{full}_SUPPORTED"
        if full == "ALL":
            found |= set(known)
        elif full in known:
            found.add(full)
        else:
            raise BadInput(
                t("There is no criterion {name}.", name=name.strip()),
                where="--supports",
                next_step=t("Known: all, {names}.", names=", ".join(one.removesuffix("_SUPPORTED").lower() for one in known)),
            )
    return frozenset(found)


def _unmet(rule: Rule, met: frozenset[str]) -> str:
    if rule.criteria and not met.intersection(rule.criteria):
        return t("Not asked: {criteria} (--supports).", criteria=", ".join(rule.criteria))
    return t("It builds upon rules that do not apply (--supports).")


def gather(rules: Sequence[Rule], decided: Mapping[str, Outcome]) -> dict[str, Outcome]:
    """The outcomes of leaves -> of every rule. What gathers others holds if all of them do (or any, where the model says so). Where
    the model has checks for some, only those count, as for the official validator; what ours say is then in ``remark``."""
    found = dict(decided)
    by_id = {rule.id: rule for rule in rules}

    def of(rule: Rule) -> Outcome:
        if rule.id not in found:
            found[rule.id] = _gathered(rule, [of(by_id[part]) for part in rule.parts])
        return found[rule.id]

    return {rule.id: of(rule) for rule in rules}


def _gathered(rule: Rule, parts: Sequence[Outcome]) -> Outcome:
    modelled = [part for part in parts if not part.own and part.verdict in (Verdict.PASS, Verdict.FAIL) and part.keyword != "MAY"]
    ours = [part for part in parts if part.own and part.verdict is not Verdict.NOT_APPLICABLE]
    counted = modelled or ours
    verdict = _together(rule, [part.verdict for part in counted])
    failing = [part.rule for part in counted if part.verdict is Verdict.FAIL]
    why = t("Of what it gathers, these fail: {rules}.", rules=", ".join(failing)) if verdict is Verdict.FAIL else ""
    beside = [part.rule for part in ours if modelled and part.verdict is Verdict.FAIL]
    remark = t("Our own checks beneath it fail: {rules}.", rules=", ".join(beside)) if beside else ""
    return said(rule, verdict, composite=True, own=not modelled, count=len(failing), why=why, remark=remark)


def _together(rule: Rule, verdicts: Sequence[Verdict]) -> Verdict:
    if not verdicts:
        return Verdict.NOT_APPLICABLE
    any_of = rule.requirement["check"] == "OR"
    first, second = (Verdict.PASS, Verdict.FAIL) if any_of else (Verdict.FAIL, Verdict.PASS)
    if first in verdicts:
        return first
    return Verdict.UNDECIDED if Verdict.UNDECIDED in verdicts else second
