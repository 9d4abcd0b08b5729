"""How a list of commitments to approve is told."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from skywright.doors.cli import show
from skywright.model.commitment import Basis
from skywright.model.errors import AskHuman
from skywright.model.words import n, t

if TYPE_CHECKING:
    from skywright.topics.commitments.ledger import Found
    from skywright.topics.commitments.weigh import Advice, Outcome, Pool, Purchase

POOLS_MAX = 10
MONTH_H = 730
ALIKE = ("*", "*.*")


def with_solver() -> None:
    """Raises AskHuman where the solver is not installed."""
    from importlib.util import find_spec

    if find_spec("highspy") is None or find_spec("numpy") is None:
        raise AskHuman(t("The solver is not installed."), next_step=t("Install skywright[finops]."))


def told(usage: "Found", advice: "Advice", currency: str) -> None:
    """The purchases, what they change, what stays on demand, and what if."""
    out = show.console()
    if advice.purchases:
        columns = (t("commit to"), t("an hour"), t("upfront"), t("saves a month"), t("used"), t("breaks even"))
        show.table(columns, list(_rows(advice.purchases)), right=columns[1:])
    else:
        out.print(t("Nothing on offer is worth committing to."), markup=False)
    _sums(usage, advice, currency)
    _pools(advice.pools)
    if advice.alone:
        shown = [(name, f"{cost:,.2f}") for name, cost in sorted(advice.alone.items(), key=lambda one: one[1])]
        show.table((t("one product alone"), t("a month, expected")), shown, right=(t("a month, expected"),))
    heads = (t("what if"), t("with these"), t("at best"), t("regret"), t("used"))
    show.table(heads, [_scenario(one) for one in advice.scenarios], right=heads[1:])
    _cautions(usage, advice, currency)
    out.print(t("A list to approve: nothing is bought here."), style="dim")


def _rows(purchases: "tuple[Purchase, ...]") -> "Iterator[tuple[str, ...]]":
    """One a purchase, below the provider's name."""
    for index, one in enumerate(purchases):
        if not index or one.provider != purchases[index - 1].provider:
            yield (one.provider, "", "", "", "", "")
        even = t("{months:g} months", months=one.break_even_months) if one.break_even_months is not None else t("never")
        yield (
            f"  {_what(one)}",
            f"{one.hourly:,.3f}",
            f"{one.upfront:,.2f}" if one.upfront else "",
            f"{one.savings_monthly:,.2f}",
            f"{one.utilisation:.1%}",
            even,
        )


def _what(one: "Purchase") -> str:
    """Product, machines, region, term and payment; ``≈`` before what rests on the price of a related machine."""
    about = "" if one.match in ALIKE or "|" in one.match else f" {one.match}"
    where = "" if one.region in ALIKE else f"{one.region}, "
    nearly = "≈ " if one.basis is Basis.SIBLING else ""
    return f"{nearly}{one.product}{about}\n    {where}{one.term_months // 12} y {one.payment}"


def _sums(usage: "Found", advice: "Advice", currency: str) -> None:
    """Before and after, what is served, and the proof."""
    out = show.console()
    saved = advice.on_demand_monthly - advice.monthly
    either = (advice.savings_high - advice.savings_low) / 2
    amounts = {"before": f"{advice.on_demand_monthly:,.2f}", "after": f"{advice.monthly:,.2f}", "saved": f"{saved:,.2f}"}
    text = t(
        "{before} a month on demand, {after} with these: {saved} ±{either} {currency} less.",
        currency=currency, either=f"{either:,.2f}", **amounts,
    )  # fmt: skip
    out.print(text, style="bold", markup=False)
    out.print(t("±: half of the 95 % interval over resampled days, if days to come are like those seen."), style="dim")
    upfront = sum(one.upfront for one in advice.purchases)
    if upfront:
        out.print(t("{upfront} {currency} to pay upfront.", upfront=f"{upfront:,.2f}", currency=currency), markup=False)
    covered = {"before": advice.coverage_before, "after": advice.coverage_after, "hours": usage.hours}
    out.print(t("Commitments serve {before:.1%} of machines, and would serve {after:.1%} ({hours} hours seen).", **covered))
    proof = {"expected": f"{advice.expected_monthly:,.2f}", "bound": f"{advice.bound_monthly:,.2f}", "gap": advice.gap}
    out.print(
        t("Expected over all scenarios below: {expected} a month; no list comes below {bound} (gap {gap:.2%}; hours are sampled).",
          **proof)
    )  # fmt: skip


def _pools(pools: "tuple[Pool, ...]") -> None:
    """What each pool would cost on demand and what stays so; the last row is all that are not shown."""
    heads = (t("machines, a month"), t("used"), t("served already"), t("served by these"), t("left on demand"))
    rows = [_pool(one.name, (one.monthly, one.covered, one.served, one.left)) for one in pools[:POOLS_MAX]]
    if rest := pools[POOLS_MAX:]:
        sums = tuple(sum(getattr(one, name) for one in rest) for name in ("monthly", "covered", "served", "left"))
        rows.append(_pool(n("{count} other", "{count} others", len(rest)), sums))
    show.table(heads, rows, right=heads[1:])


def _pool(name: str, amounts: tuple[float, ...]) -> tuple[str, ...]:
    return name, *(f"{amount:,.2f}" for amount in amounts)


def _cautions(usage: "Found", advice: "Advice", currency: str) -> None:
    """What the figures do not hold."""
    out = show.console()
    for ending in usage.ending:
        out.print(t("{id} ends within 30 days: what it serves counts as on demand here.", id=ending), style="yellow", markup=False)
    if usage.idle:
        text = n(
            "{count} hour without a single machine is left out: is a bill missing?",
            "{count} hours without a single machine are left out: is a bill missing?",
            usage.idle,
        )
        out.print(text, style="yellow", markup=False)
    if usage.others:
        amount = sum(one.cost for one in usage.others) / usage.hours * MONTH_H
        named = ", ".join(dict.fromkeys(one.service for one in usage.others[:3]))
        text = t(
            "{amount} {currency} a month of compute is no machine, or does not say which ({named}): nothing is weighed for it.",
            amount=f"{amount:,.2f}", currency=currency, named=named,
        )  # fmt: skip
        out.print(text, style="yellow", markup=False)
    if any(one.basis is Basis.SIBLING for one in advice.purchases):
        text = t(
            "≈: the rate of a related machine; ask with `skywright cost offers`, or bring your own with --offers, before you sign."
        )
        out.print(text, style="yellow", markup=False)
    if dates := sorted({one.dated for one in advice.purchases}):
        out.print(t("Rates of {dates}.", dates=", ".join(dates)), style="dim", markup=False)
    if advice.unweighed:
        names = ", ".join(dict.fromkeys(f"{one.product} (up to {1 - one.ratio:.0%})" for one in advice.unweighed))
        text = t("Not weighed, as only the best case is published: {names}. Bring your own rates with --offers.", names=names)
        out.print(text, style="yellow", markup=False)


def _scenario(one: "Outcome") -> tuple[str, ...]:
    return one.scenario, f"{one.monthly:,.2f}", f"{one.best_monthly:,.2f}", f"{one.regret:,.2f}", f"{one.utilisation:.1%}"
