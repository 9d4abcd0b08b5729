"""`skywright cost validate PATH`: which rules of FOCUS a bill meets, which it breaks and where, and which it cannot show."""

from itertools import groupby
from typing import TYPE_CHECKING

import click

from skywright.doors.cli import show
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import JSON
from skywright.model.words import n, t

if TYPE_CHECKING:
    from skywright.topics.focus.verdicts import Outcome, Report

FINDINGS_EXIT_CODE = 3
SHOWN_MAX = 200
STYLES = {"pass": "green", "fail": "red", "not applicable": "dim", "undecided": "magenta"}


@click.command()
@click.argument("path")
@click.option(
    "--version",
    type=click.Choice(["1.2", "1.4"]),
    default="1.2",
    show_default=True,
    help=t("The version of FOCUS to measure it by."),
)
@click.option("--dataset", default="", help=t("Which of the version's datasets PATH holds, instead of finding out."))
@click.option("--supports", default="", metavar="CRITERION,...", help=t("What its issuer supports; `all` asks for every rule."))
@click.option("--all", "all_", is_flag=True, help=t("Show every rule, not only those that fail."))
@JSON
@click.pass_obj
def validate(context: Context, *, path: str, version: str, dataset: str, supports: str, all_: bool, json_: bool) -> int:
    """Say for every rule of FOCUS whether the bill at PATH meets it, with rows that do not.

    Exit codes: 0 no rule fails, 3 some do, 2 the bill cannot be read.
    """
    with show.progress(t("Validating")):
        report = context.house.treasury.validate_focus(path, version, dataset, supports.split(",") if supports else ())
    if json_:
        show.as_json({"summary": report.counts(), "report": report})
    elif all_:
        _summary(report)
        _every(report)
    else:
        _summary(report)
        _failed(report)
    return FINDINGS_EXIT_CODE if report.failed() or report.unread else 0


def _summary(report: "Report") -> None:
    out = show.console()
    rows = n("{count:,} row", "{count:,} rows", report.rows)
    out.print(t("FOCUS {version}, {dataset}, {rows}.", version=report.version, dataset=report.dataset, rows=rows), style="bold")
    counts = (f"[{STYLES[verdict]}]{count} {t(verdict)}[/]" for verdict, count in report.counts().items())
    out.print(t("Rules: {counts}.", counts=" · ".join(counts)))
    if report.unread:
        lines = n(
            "{count} line is no row; no rule was asked of it",
            "{count} lines are no rows; no rule was asked of them",
            len(report.unread),
        )
        first = report.unread[0]
        out.print(f"{lines}: {show.clean(first.where)}: {show.clean(first.why)}", style="red", markup=False, soft_wrap=True)
    if not report.supports:
        out.print(t("Rules about what an issuer may support are not asked; --supports all asks them."), style="dim")


def _every(report: "Report") -> None:
    columns = (t("rule"), t("verdict"), t("says"), t("why"))
    rows = [(one.rule, one.verdict.value, one.text, " ".join(filter(None, (one.why, one.remark)))) for one in report.outcomes]
    show.table(columns, rows, styles=lambda column, value: STYLES.get(str(value), "") if column == columns[1] else "")


def _failed(report: "Report") -> None:
    out = show.console()
    missing = report.missing()
    if missing:
        out.print("\n" + t("Columns that are not there"), style="bold")
    for column, rules in missing.items():
        asking = next((one for one in rules if one.column == column and one.todo), rules[0])
        count = n("{count} rule fails for want of it", "{count} rules fail for want of it", len(rules))
        out.print(f"  {asking.keyword:<11} {column}: {count}.", markup=False, soft_wrap=True)
    for column, failing in groupby(sorted(report.shown(), key=lambda one: one.column), key=lambda one: one.column):
        out.print(f"\n{column}", style="bold", markup=False)
        for one in failing:
            _rule(one)
    if faults := report.by_fault():
        out.print("\n" + t("By a fault of the model's check alone (no row breaks the sentence)"), style="bold")
        for one in faults:
            out.print(f"  {one.rule}: {one.remark}", style="dim", markup=False, soft_wrap=True)


def _rule(one: "Outcome") -> None:
    out = show.console()
    out.print(f"  {one.keyword:<11} {one.count:>7,}  {one.text}", markup=False, soft_wrap=True)
    for example in one.examples[:1]:
        values = ", ".join(f"{key} = {'NULL' if value is None else repr(value)}" for key, value in example.values.items())
        told = show.clean(f"{example.where}: {values}")
        out.print(f"    {told[:SHOWN_MAX]}{'...' if len(told) > SHOWN_MAX else ''}", style="dim", markup=False, soft_wrap=True)
    notes = [
        f"focus-validator: {one.official.value}." if one.official else "",
        "" if one.examples else one.why,
        one.todo,
        one.remark,
    ]
    told = " ".join(filter(None, notes))
    out.print(f"    {one.rule}: {told}" if told else f"    {one.rule}", style="cyan", markup=False, soft_wrap=True)
