"""A bill x a version of FOCUS -> a report: every rule's verdict, with examples of what breaks it."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from skywright.model.errors import BadInput
from skywright.model.words import t
from skywright.topics.focus.decide import Decider, said
from skywright.topics.focus.derive import checked, columns
from skywright.topics.focus.own import own
from skywright.topics.focus.rules import Rule, conditions, model, not_applicable, types
from skywright.topics.focus.sheet import Sheet
from skywright.topics.focus.verdicts import Bill, Outcome, Report, Verdict

OLD = "1.2"


def validate(bill: Bill, version: str, dataset: str, supports: Iterable[str] = ()) -> Report:
    """FOCUS on a bill. ``version``: 1.2 or 1.4; ``dataset`` in any spelling (cost_and_usage, CostAndUsage), or empty: the one that
    has most of the bill's columns; ``supports``: the criteria that its issuer meets (the model's names, or ``all``). Raises
    BadInput for what is unknown, or a bill without rows."""
    rows = int(bill.ask(f"SELECT count(*) FROM {bill.table}").rows[0][0])
    if not rows:
        raise BadInput(t("The bill has no rows."), where=bill.name, next_step=t("There is nothing to validate."))
    name = _dataset(version, dataset) if dataset else _nearest(version, bill.columns)
    met = criteria(supports, model().criteria if version == OLD else columns().criteria)
    outcomes = _modelled(bill, met) if version == OLD else _derived(bill, name, met)
    return Report(version=version, dataset=name, rows=rows, supports=tuple(sorted(met)), outcomes=outcomes)


DATASETS = {"1.2": ("CostAndUsage",), "1.4": ("CostAndUsage", "ContractCommitment", "BillingPeriod", "InvoiceDetail")}


def _nearest(version: str, there: Iterable[str]) -> str:
    """The dataset that has most of a bill's columns; of several, the first."""
    bill = set(there)
    own = {name: {column.name for column in columns().columns if column.dataset == name} for name in DATASETS[version]}
    return max(DATASETS[version], key=lambda name: len(bill & own[name]))


def _dataset(version: str, wanted: str) -> str:
    known = DATASETS[version]
    for name in known:
        if name.lower() == wanted.replace("_", "").replace(" ", "").replace("-", "").lower():
            return name
    raise BadInput(
        t("FOCUS {version} has no dataset {name}.", version=version, name=wanted),
        where="--dataset",
        next_step=t("It has {names}.", names=", ".join(known)),
    )


def _modelled(bill: Bill, met: frozenset[str]) -> tuple[Outcome, ...]:
    """FOCUS 1.2's requirement model. Rules whose criteria are not met do not apply."""
    known = model()
    out = not_applicable(known.rules, met)
    leaves = [rule for rule in known.rules if not rule.composite and rule.id not in out]
    decider = Decider(Sheet(bill, types(known.rules)), known.rules, own("own-1.2"), conditions(known.rules))
    decided = decider.outcomes(leaves)
    for rule in known.rules:
        if rule.id in out:
            decided[rule.id] = said(rule, Verdict.NOT_APPLICABLE, composite=rule.composite, why=_unmet(rule, met))
    gathered = with_official(known.rules, gather(known.rules, decided))
    return tuple(gathered[rule.id] for rule in known.rules)


def _derived(bill: Bill, dataset: str, met: frozenset[str]) -> tuple[Outcome, ...]:
    """FOCUS 1.4's data model. A column that need not be there is checked when it is."""
    known = checked(dataset)
    kinds = {column.name: column.kind for column in columns().columns if column.dataset == dataset}
    rules = [one.rule for one in known]
    checks = {one.rule.id: one.check for one in known if one.check is not None}
    decider = Decider(Sheet(bill, kinds), rules, checks, {rule.id: () for rule in rules}, Verdict.NOT_APPLICABLE)
    decided = decider.outcomes(rules)
    for rule in rules:
        unmet = [name for name in rule.criteria if name not in met]
        if unmet and decided[rule.id].verdict is Verdict.FAIL:
            why = t("Not asked: {criteria} (--supports).", criteria=", ".join(unmet))
            decided[rule.id] = said(rule, Verdict.NOT_APPLICABLE, why=why)
    return tuple(decided[rule.id] for rule in rules)


def criteria(wanted: Iterable[str], known: Mapping[str, str]) -> frozenset[str]:
    """Names of criteria (with or without _SUPPORTED, in any case; ``all``) -> the model's. Raises BadInput for an unknown one."""
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


def with_official(rules: Sequence[Rule], found: Mapping[str, Outcome]) -> dict[str, Outcome]:
    """Outcomes -> the same, what gathers others with the official validator's verdict too, where that is another."""
    theirs = {one.rule: replace(one, verdict=one.official or one.verdict) for one in found.values() if not one.composite}
    again = gather(rules, {**theirs, **{one.rule: one for one in found.values() if one.verdict is Verdict.NOT_APPLICABLE}})
    return {
        name: one if not one.composite or again[name].verdict is one.verdict else replace(one, official=again[name].verdict)
        for name, one in found.items()
    }


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
