"""`skywright insights`, `plan`, `explain`: what could be better, what is to be done about it, and how, call by call."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from skywright.doors.cli import show
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import AT, JSON, snapshot_at
from skywright.model.words import n, t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from skywright.model.finding import Insight
    from skywright.model.plan import SignedPlan
    from skywright.ports.cloud import Step

ALL = click.option("--all", "everything", is_flag=True, help=t("Show every change and every rejected proposal."))
INSIGHTS_SHOWN_MAX = 50
RISKS = ("none", "low", "medium", "high")


@click.command()
@AT
@JSON
@click.option("--type", "types", metavar="TYPE", multiple=True, help=t("Only these: idle, oversized, unattached, ..."))
@click.option("--all", "everything", is_flag=True, help=t("Show all, not only the largest."))
@click.pass_obj
def insights(context: Context, at: str | None, json_: bool, types: tuple[str, ...], everything: bool) -> None:
    """Show what could be smaller, switched off or removed, with evidence; largest saving first."""
    from skywright.doors.cli.plan_view import insight_lines, write

    house = context.house
    with show.progress(t("Analysing")):
        found = [one for one in house.insights(snapshot_at(house, at)) if not types or one.type.value in types]
    if json_:
        show.as_json(found)
        return
    shown = found if everything else found[:INSIGHTS_SHOWN_MAX]
    write(line for one in shown for line in insight_lines(one))
    if len(found) > len(shown):
        show.console().print(t("and {count} more (--all shows them)", count=len(found) - len(shown)), style="dim")
    show.console().print(_insight_summary(found), style="bold", markup=False)


@click.command()
@click.option("-o", "output", type=click.Path(path_type=Path, dir_okay=False), help=t("Write the signed plan to this file."))
@click.option("--rule", "rules", metavar="GLOB", multiple=True, help=t("Only what these rules or measures propose."))
@click.option("--only", "kinds", metavar="KIND", multiple=True, help=t("Only resources of these kinds (globs)."))
@click.option("--target", "targets", metavar="ID", multiple=True, help=t("Only these resources (ids, provider's ids, or globs)."))
@click.option("--insights/--no-insights", "with_insights", default=True, help=t("Plan insights too, or findings alone."))
@click.option(
    "--risk-max", type=click.Choice(["none", "low", "medium", "high"]), default="high", help=t("Nothing riskier than this.")
)
@ALL
@JSON
@click.pass_obj
def plan(
    context: Context,
    output: Path | None,
    rules: tuple[str, ...],
    kinds: tuple[str, ...],
    targets: tuple[str, ...],
    with_insights: bool,
    risk_max: str,
    everything: bool,
    json_: bool,
) -> None:
    """Turn findings and insights into a signed plan. Nothing is changed."""
    from skywright.doors.cli.plan_view import draw
    from skywright.loop.plan import Choice, write_plan
    from skywright.model.plan import Risk

    choice = Choice(rules=rules, kinds=kinds, targets=targets, insights=with_insights, risk_max=Risk(risk_max))
    with show.progress(t("Planning")):
        signed = context.house.plan(choice)
    if output:
        write_plan(output, signed)
    if json_:
        show.as_json(signed)
        return
    draw(signed, everything=everything)
    show.console().print(_next_step(signed, output), style="dim", markup=False, soft_wrap=True)


@click.command()
@click.argument("file", metavar="PLAN", type=click.Path(path_type=Path))
@click.option("--change", "only", metavar="ID", multiple=True, help=t("Only these changes."))
@ALL
@JSON
@click.pass_obj
def explain(context: Context, file: Path, only: tuple[str, ...], everything: bool, json_: bool) -> None:
    """Show a plan file: every change with its evidence, call by call, as execution will make them."""
    from skywright.doors.cli.plan_view import change_lines, draw, write
    from skywright.loop.plan import read_plan

    house = context.house
    signed = read_plan(file, house.signer)
    chosen = [change for change in signed.plan.changes if not only or change.id in only or change.target in only]
    steps = {change.id: house.steps(change) for change in chosen}
    if json_:
        show.as_json({"plan": signed, "steps": {change: [_plain(step) for step in taken] for change, taken in steps.items()}})
        return
    if not only:
        draw(signed, steps=steps, everything=everything)
        return
    write(line for change in chosen for line in change_lines(change, steps[change.id]))


def _plain(step: "Step") -> dict[str, Any]:
    return {"name": step.name, "text": step.text, "reversibility": step.reversibility}


def _insight_summary(found: "Sequence[Insight]") -> str:
    from skywright.doors.cli.plan_view import money
    from skywright.model.money import Money

    total: Money | None = None
    for saving in (one.saving_monthly for one in found):
        if saving is not None:
            total = saving if total is None else total + saving
    count = n("1 insight", "{count} insights", len(found))
    if total is None:
        return f"{count}."
    return t("{count}; taken each for itself, they {saving}.", count=count, saving=money(total).replace("saves", "save", 1))


def _next_step(signed: "SignedPlan", output: Path | None) -> str:
    if not signed.plan.changes:
        return ""
    if output is None:
        return t("Nothing was written: -o FILE keeps the plan.")
    return t("Written to {path}. Next: `skywright validate {path}`, `skywright explain {path}`.", path=output)
