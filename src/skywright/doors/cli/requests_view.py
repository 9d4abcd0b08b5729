"""Requests by what was used, for people: what changes, what it saves, what it risks, and why the rest stays."""

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

from skywright.doors.cli import show
from skywright.model.words import n, t

if TYPE_CHECKING:
    from skywright.topics.scaling.requests.room import Answer, Line
    from skywright.topics.scaling.requests.sizes import Sized, Terms

_SHOWN_MAX = 30


def tell(answer: "Answer", terms: "Terms") -> None:
    """The containers whose requests change, the largest saving first; then totals, and what stays."""
    out = show.console()
    changed = sorted((line for line in answer.lines if line.sized.changes), key=lambda line: -_amount(line))
    heads = (
        t("container"),
        t("copies"),
        t("cpu, millis"),
        t("over"),
        t("held out"),
        t("memory, MiB"),
        t("peak"),
        t("saves a month"),
    )
    show.table(heads, [_row(line) for line in changed[:_SHOWN_MAX]], right=heads[1:])
    if len(changed) > _SHOWN_MAX:
        out.print(t("... and {count:,} more; --json has all.", count=len(changed) - _SHOWN_MAX), style="dim")
    _totals(changed)
    words = t(
        "over: share of time in which the busiest copy used more than its request, now -> as sized; held out: in the last 30% "
        "of the time, sized by the part before it. Memory is at least {margin:.0%} above the highest seen.",
        margin=terms.memory_margin,
    )
    out.print(words, style="dim", markup=False)
    for note in answer.notes:
        out.print(note, style="yellow", markup=False)
    _stays(answer)


def _row(line: "Line") -> tuple[object, ...]:
    one = line.sized
    place = f"{one.asks.workload.partition('/')[2]} {one.asks.container}"
    over = f"{_share(one.cpu_over_now)} -> {_share(one.cpu_over_new)}"
    saving = f"{line.saving.amount:,.2f}" if line.saving else t("not known")
    peak = "" if one.memory_most is None else f"{one.memory_most:,.0f}"
    cpu, memory = _arrow(one.asks.cpu, one.cpu), _arrow(one.asks.memory, one.memory)
    return place, one.asks.copies, cpu, over, _held_out(one), memory, peak, saving


def _held_out(one: "Sized") -> str:
    """A share of the processor's time; a peak of memory that nothing before it foretold is said."""
    return _share(one.cpu_over) + (t(" (memory too)") if one.memory_over else "")


def _arrow(old: int | None, new: int | None) -> str:
    if old is None or new is None:
        return "-"
    return f"{old:,}" if old == new else f"{old:,} -> {new:,}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _amount(line: "Line") -> Decimal:
    return line.saving.amount if line.saving else Decimal(0)


def _totals(changed: "list[Line]") -> None:
    out = show.console()
    if not changed:
        out.print(t("No request should be another."))
        return
    totals: dict[str, Decimal] = {}
    for line in changed:
        if line.saving:
            totals[line.saving.currency] = totals.get(line.saving.currency, Decimal(0)) + line.saving.amount
    sums = ", ".join(_less(amount, currency) for currency, amount in sorted(totals.items())) or t("what that saves is not known")
    containers = n("{count} container", "{count} containers", len(changed))
    said = t("{containers}: {sums}; saved once nodes become free.", containers=containers, sums=sums)
    out.print(said, style="bold green", markup=False)


def _less(amount: Decimal, currency: str) -> str:
    said = (
        t("{sum:,.2f} {currency} a month less is asked for")
        if amount >= 0
        else t("{sum:,.2f} {currency} a month more is asked for")
    )
    return said.format(sum=abs(amount), currency=currency)


def _stays(answer: "Answer") -> None:
    """Why containers stay, most common reason first."""
    reasons = Counter(line.sized.why for line in answer.lines if line.sized.why)
    for why, count in reasons.most_common(_SHOWN_MAX):
        said = n("{count} container stays: {why}.", "{count} containers stay: {why}.", count, why=why)
        show.console().print(said, style="dim", markup=False)
