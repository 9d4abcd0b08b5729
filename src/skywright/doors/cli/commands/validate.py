"""`skywright validate PLAN`: the guard rails' objections and the plan's consequences, before anything is touched."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from skywright.doors.cli import show
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import JSON
from skywright.model.verdict import Weight
from skywright.model.words import n, t

if TYPE_CHECKING:
    from skywright.model.finding import Finding
    from skywright.model.money import Money
    from skywright.model.verdict import Consequences, Objection, Verdict

BLOCKED = 3
FINDINGS_SHOWN_MAX = 20
_STYLES = {"block": "bold red", "approval": "yellow", "warn": "cyan"}


@click.command()
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--approve", "approvals", metavar="NAME", multiple=True, help=t("Who approves; may be given several times."))
@JSON
@click.pass_obj
def validate(context: Context, plan: Path, approvals: tuple[str, ...], json_: bool) -> int:
    """Ask the guard rails and show a plan's consequences. Exit code 0: nothing blocks; 3: blocked."""
    from skywright.loop.plan import read_plan

    house = context.house
    with show.progress(t("Looking at the consequences")):
        verdict = house.validate(read_plan(plan, house.signer), approvals)
    if json_:
        show.as_json({"blocked": verdict.blocked, "verdict": verdict})
    else:
        draw(verdict)
    return BLOCKED if verdict.blocked else 0


def draw(verdict: "Verdict") -> None:
    """Print a verdict: what stands against the plan, what it would do, and whether it may go on."""
    if verdict.objections:
        show.console().print(t("Objections"), style="bold")
        for objection in sorted(verdict.objections, key=lambda objection: list(Weight).index(objection.weight)):
            _objection(objection)
        show.console().print()
    draw_consequences(verdict.consequences)
    show.console().print()
    show.console().print(summary(verdict), style="bold red" if verdict.blocked else "bold green", markup=False)


def _objection(objection: "Objection") -> None:
    """One objection on one line of its own, never folded by us, so that its ids can be copied."""
    from rich.text import Text

    weight = Text(f"  {objection.weight.value:<9} ", style=_STYLES[objection.weight.value])
    sentence = show.clean(f"{objection.rail}: {objection.reason} ")
    show.console().print(weight + Text(sentence) + Text(show.clean(objection.next_step), style="dim"), soft_wrap=True)


def draw_consequences(seen: "Consequences") -> None:
    """Print the difference that a plan makes."""
    show.table((t("consequence"), t("now"), t("with the plan"), t("difference")), list(_lines(seen)), title=t("Consequences"))
    _findings(t("Would newly fail"), seen.introduced)
    _findings(t("Would be fixed"), seen.fixed)


def summary(verdict: "Verdict") -> str:
    """The last line: whether the plan may go on."""
    blocking = sum(objection.weight is Weight.BLOCK for objection in verdict.objections)
    waiting = sum(objection.weight is Weight.APPROVAL for objection in verdict.objections)
    if blocking:
        return n("Blocked by 1 objection.", "Blocked by {count} objections.", blocking)
    if waiting:
        return t("Nothing blocks; approval is needed.")
    return t("Nothing stands against this plan.")


def _lines(seen: "Consequences") -> Iterator[tuple[str, str, str, str]]:
    cost = seen.cost_before is not None and seen.cost_after is not None
    unknown = n("1 not known", "{count} not known", seen.cost_unknown) if seen.cost_unknown else ""
    difference = _signed(seen.cost_after - seen.cost_before) if cost and seen.cost_after and seen.cost_before else ""
    yield (
        t("cost of what changes, a month"),
        _money(seen.cost_before),
        _money(seen.cost_after),
        ", ".join(filter(None, (difference, unknown))),
    )
    for name, before, after in (
        (t("publicly exposed resources"), seen.exposed_before, seen.exposed_after),
        (t("vCPUs running"), seen.vcpus_before, seen.vcpus_after),
        (t("memory running, GiB"), seen.memory_before_mib // 1024, seen.memory_after_mib // 1024),
        (t("storage provisioned, GiB"), seen.storage_before_gib, seen.storage_after_gib),
    ):
        yield name, f"{before:,}", f"{after:,}", f"{after - before:+,}" if after != before else ""
    yield t("ports closed to the internet"), "", "", f"{len(seen.closed):,}"
    yield t("ports opened to the internet"), "", "", f"{len(seen.opened):,}"
    yield t("findings fixed"), "", "", f"{len(seen.fixed):,}"
    yield t("findings introduced"), "", "", f"{len(seen.introduced):,}"


def _findings(title: str, findings: "Sequence[Finding]") -> None:
    if not findings:
        return
    show.console().print()
    rows = [(f.severity.value, f.rule, f.resource) for f in findings[:FINDINGS_SHOWN_MAX]]
    show.table(
        (t("severity"), t("rule"), t("resource")),
        rows,
        title=title,
        styles=lambda _column, value: show.SEVERITY_STYLE.get(str(value), ""),
    )
    if len(findings) > FINDINGS_SHOWN_MAX:
        show.console().print(t("and {count} more (--json gives all)", count=len(findings) - FINDINGS_SHOWN_MAX), style="dim")


def _money(amount: "Money | None") -> str:
    return t("not known") if amount is None else str(amount)


def _signed(amount: "Money") -> str:
    return f"+{amount}" if amount.amount > 0 else str(amount)
