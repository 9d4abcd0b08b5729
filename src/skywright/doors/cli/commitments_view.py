"""How a list of commitments to approve is told."""

from typing import TYPE_CHECKING

from skywright.doors.cli import show
from skywright.model.errors import AskHuman
from skywright.model.words import t

if TYPE_CHECKING:
    from skywright.topics.commitments.ledger import Found
    from skywright.topics.commitments.weigh import Advice, Outcome, Purchase


def with_solver() -> None:
    """Raises AskHuman where the solver is not installed."""
    from importlib.util import find_spec

    if find_spec("highspy") is None or find_spec("numpy") is None:
        raise AskHuman(t("The solver is not installed."), next_step=t("Install skywright[finops]."))


def told(usage: "Found", advice: "Advice", currency: str) -> None:
    """The purchases, what they change, and what if."""
    out = show.console()
    if advice.purchases:
        columns = (t("commit to"), t("an hour"), t("upfront"), t("saves a month"), t("used"), t("pays back"))
        show.table(columns, [_row(one) for one in advice.purchases], right=columns[1:])
    else:
        out.print(t("Nothing on offer is worth committing to."), markup=False)
    saved = advice.on_demand_monthly - advice.monthly
    amounts = {"before": f"{advice.on_demand_monthly:,.2f}", "after": f"{advice.monthly:,.2f}", "saved": f"{saved:,.2f}"}
    text = t("{before} a month on demand, {after} with these: {saved} {currency} less.", currency=currency, **amounts)
    out.print(text, style="bold", markup=False)
    out.print(t("±: half of the 95 % interval over resampled days, if days to come are like those seen."), style="dim")
    covered = {"before": advice.coverage_before, "after": advice.coverage_after, "hours": usage.hours}
    out.print(t("Commitments served {before:.1%} of compute, and would serve {after:.1%} ({hours} hours seen).", **covered))
    out.print(t("Over all scenarios, no list costs less, to {gap:.2%} at most (hours are sampled).", gap=advice.gap))
    for ending in usage.ending:
        out.print(t("{id} ends within 30 days: what it serves counts as on demand here.", id=ending), style="yellow", markup=False)
    if advice.alone:
        shown = [(name, f"{cost:,.2f}") for name, cost in sorted(advice.alone.items(), key=lambda one: one[1])]
        show.table((t("one product alone"), t("a month, expected")), shown, right=(t("a month, expected"),))
    heads = (t("what if"), t("with these"), t("at best"), t("regret"), t("used"))
    show.table(heads, [_scenario(one) for one in advice.scenarios], right=heads[1:])
    out.print(t("A list to approve: nothing is bought here."), style="dim")


def _row(one: "Purchase") -> tuple[str, ...]:
    back = t("{months:g} months", months=one.break_even_months) if one.break_even_months is not None else t("never")
    either = (one.savings_high - one.savings_low) / 2
    return (
        f"{one.provider} {one.offer}",
        f"{one.hourly:,.3f}",
        f"{one.upfront:,.2f}",
        f"{one.savings_monthly:,.2f} ±{either:,.2f}",
        f"{one.utilisation:.1%}",
        back,
    )


def _scenario(one: "Outcome") -> tuple[str, ...]:
    return one.scenario, f"{one.monthly:,.2f}", f"{one.best_monthly:,.2f}", f"{one.regret:,.2f}", f"{one.utilisation:.1%}"
