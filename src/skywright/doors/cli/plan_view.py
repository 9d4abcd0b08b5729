"""A plan as people expect it: symbols, before -> after, money, risk, the way back, waves, and one line that sums it up."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import msgspec

from skywright.doors.cli import show
from skywright.model.canonical import canonical
from skywright.model.plan import Action, Change, Plan, Rejected, Reversibility, Risk, SignedPlan
from skywright.model.words import n, t

if TYPE_CHECKING:
    from skywright.model.finding import Evidence, Insight
    from skywright.model.money import Money
    from skywright.ports.cloud import Step

Line = tuple[str, str]
"""(text, style)"""

ACTION_STYLE = {Action.CREATE: "green", Action.UPDATE: "yellow", Action.DELETE: "red"}
RISK_STYLE = {Risk.NONE: "dim", Risk.LOW: "cyan", Risk.MEDIUM: "yellow", Risk.HIGH: "bold red"}
CHANGES_SHOWN_MAX = 50
VALUE_SHOWN_MAX = 100
ROUND_FROM = 100


def draw(signed: SignedPlan, *, steps: "Mapping[str, Sequence[Step]] | None" = None, everything: bool = False) -> None:
    """Print a plan; with ``steps`` also the evidence, and every change call by call."""
    write(lines(signed, steps=steps, everything=everything))


def write(told: Iterable[Line]) -> None:
    """Print lines; nothing in them is taken for markup."""
    for text, style in told:
        show.console().print(show.clean(text), style=style or None, markup=False, soft_wrap=True)


def lines(signed: SignedPlan, *, steps: "Mapping[str, Sequence[Step]] | None" = None, everything: bool = False) -> Iterator[Line]:
    """Every line of the picture, with its style."""
    plan = signed.plan
    yield t("{plan} on snapshot {snapshot}, made {at} UTC", plan=plan.id, snapshot=plan.snapshot, at=_minute(plan)), "bold"
    yield t("{hash}, signed with {key}", hash=signed.hash, key=signed.signature.key), "dim"
    if plan.note:
        yield plan.note, "dim"
    shown = plan.changes if everything else plan.changes[:CHANGES_SHOWN_MAX]
    for wave, changes in groupby(shown, key=lambda change: change.wave):
        yield "", ""
        yield t("Wave {wave}", wave=wave), "bold"
        for change in changes:
            yield from change_lines(change, None if steps is None else steps.get(change.id, ()))
    if len(shown) < len(plan.changes):
        yield "", ""
        yield (
            n("and 1 change more (--all shows it)", "and {count} changes more (--all shows them)", len(plan.changes) - len(shown)),
            "dim",
        )
    yield "", ""
    yield from _rejections(plan.rejected, everything=everything)
    yield summary(plan), "bold"


def change_lines(change: Change, steps: "Sequence[Step] | None" = None) -> Iterator[Line]:
    """One change: what, fields, why, and what it means; with ``steps`` its evidence and its calls as well."""
    name = f"{change.name}  " if change.name else ""
    yield f"  {change.action.symbol} {change.kind}  {name}{change.target}", ACTION_STYLE[change.action]
    for line in field_lines(change):
        yield f"      {line}", ""
    yield f"      {t('why')}: {change.why}", ""
    yield f"      {_meaning(change)}", RISK_STYLE[change.risk]
    yield f"      {t('undo')}: {change.undo_cost}  {t('disruption')}: {change.disruption}", "dim"
    if steps is not None:
        yield from _details(change, steps)


def field_lines(change: Change) -> Iterator[str]:
    """``column: before -> after``; of lists and maps only what comes and goes; of a delete everything that is known."""
    before, after = change.before or {}, change.after or {}
    if change.action is Action.DELETE:
        yield ", ".join(
            f"{column} {_value(value)}" for column, value in sorted(before.items()) if not isinstance(value, (list, dict))
        )
        return
    for column, new in sorted(after.items()):
        old = before.get(column)
        if isinstance(old, list) and isinstance(new, list):
            yield from _elements(column, old, new)
        elif isinstance(old, dict) and isinstance(new, dict):
            yield from _keys(column, old, new)
        else:
            yield f"{column}: {_value(old)} -> {_value(new)}"


def summary(plan: Plan) -> str:
    """The last line: counts, money, waves, and what cannot be undone."""
    if not plan.changes:
        return t("Plan: nothing to do.")
    counts = Counter(change.action for change in plan.changes)
    verbs = ((Action.CREATE, t("to create")), (Action.UPDATE, t("to change")), (Action.DELETE, t("to delete")))
    parts = [", ".join(f"{counts[action]:,} {verb}" for action, verb in verbs)]
    unknown = sum(change.saving_monthly is None for change in plan.changes)
    if unknown < len(plan.changes):
        parts.append(money(plan.saving_monthly))
    if unknown:
        parts.append(n("saving of 1 change not known", "saving of {count} changes not known", unknown))
    parts.append(n("1 wave", "{count} waves", max(change.wave for change in plan.changes)))
    parts.append(t("highest risk {risk}", risk=max((change.risk for change in plan.changes), key=lambda risk: risk.rank).value))
    if final := sum(change.reversibility is Reversibility.NONE for change in plan.changes):
        parts.append(n("1 cannot be undone", "{count} cannot be undone", final))
    return t("Plan: {parts}.", parts="; ".join(parts))


def money(amount: "Money | None") -> str:
    """What a change saves a month, in words."""
    if amount is None:
        return t("saving not known")
    if amount.amount == 0:
        return t("costs the same")
    if amount.amount < 0:
        return t("costs {amount} more a month", amount=-amount)
    return t("saves {amount} a month", amount=amount)


def insight_lines(insight: "Insight") -> Iterator[Line]:
    """One insight: what, how much, how sure, and what was measured."""
    wanted = t("delete") if insight.delete else ", ".join(f"{column} -> {_value(value)}" for column, value in insight.set.items())
    yield f"{insight.type.value}  {insight.resource}", "bold"
    yield f"    {insight.title}: {wanted}", ""
    said = (money(insight.saving_monthly), t("confidence {share:.0%}", share=insight.confidence), insight.note)
    yield f"    {'; '.join(filter(None, said))}", "cyan"
    yield f"    {evidence_text(insight.evidence)}", "dim"


def evidence_text(evidence: "Iterable[Evidence]") -> str:
    """Statistics with their window: ``cpu_pct p99 4.1 (at most 40) over 14 days, 336 hours``."""
    return "; ".join(map(_evidence, evidence))


def _evidence(one: "Evidence") -> str:
    value = t("not measured") if one.value is None else _number(one.value)
    threshold = "" if one.threshold is None else t(" (threshold {value})", value=_number(one.threshold))
    window = t(" over {days} days, {hours} hours with data", days=f"{one.window_days:g}", hours=one.samples) if one.samples else ""
    return f"{one.metric} {one.statistic} {value}{threshold}{window}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= ROUND_FROM else f"{value:.3g}"


def _details(change: Change, steps: "Sequence[Step]") -> Iterator[Line]:
    if change.evidence:
        yield f"      {t('evidence')}: {evidence_text(change.evidence)}", "dim"
    if change.depends_on:
        yield f"      {t('after')}: {', '.join(change.depends_on)}", "dim"
    for number, step in enumerate(steps, start=1):
        yield f"      {number}. {step.name}  {step.text}  [{_way_back(step.reversibility)}]", ""


def _way_back(reversibility: Reversibility) -> str:
    match reversibility:
        case Reversibility.FULL:
            return t("can be undone")
        case Reversibility.SAFETY_COPY:
            return t("undone from a copy")
        case Reversibility.NONE:
            return t("cannot be undone")


def _meaning(change: Change) -> str:
    return f"{money(change.saving_monthly)}; {t('risk {risk}', risk=change.risk.value)}; {_way_back(change.reversibility)}"


def _rejections(rejected: Sequence[Rejected], *, everything: bool) -> Iterator[Line]:
    if not rejected:
        return
    hint = "" if everything else t(" (--all lists them)")
    yield n("1 proposal rejected", "{count} proposals rejected", len(rejected)) + hint, "dim"
    if everything:
        for one in rejected:
            yield f"  {one.proposal.proposer} {t('on')} {one.proposal.target}: {one.reason}", "dim"
    yield "", ""


def _elements(column: str, old: list[Any], new: list[Any]) -> Iterator[str]:
    before, after = Counter(map(canonical, old)), Counter(map(canonical, new))
    yield f"{column}:"
    for symbol, gone in (("-", before - after), ("+", after - before)):
        for element in sorted(gone.elements()):
            yield f"  {symbol} {_element(element)}"


def _element(encoded: bytes) -> str:
    """One element of a list; of a struct what is set, name by name."""
    value = msgspec.json.decode(encoded)
    if not isinstance(value, dict):
        return _value(value)
    return ", ".join(f"{name} {_value(part)}" for name, part in value.items() if part is not None)


def _keys(column: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for key in sorted({*old, *new}):
        if key not in new:
            yield f"{column}.{key}: {_value(old[key])} -> {t('(none)')}"
        elif old.get(key) != new[key]:
            yield f"{column}.{key}: {_value(old[key]) if key in old else t('(none)')} -> {_value(new[key])}"


def _value(value: Any) -> str:
    if value is None or value == "":
        return t("(none)")
    return _cut(value if isinstance(value, str) else canonical(value).decode()).replace("\n", "\\n")


def _cut(text: str) -> str:
    return text if len(text) <= VALUE_SHOWN_MAX else text[: VALUE_SHOWN_MAX - 3] + "..."


def _minute(plan: Plan) -> str:
    return plan.created_at.strftime("%Y-%m-%d %H:%M")
