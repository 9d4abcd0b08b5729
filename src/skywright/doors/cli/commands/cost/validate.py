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
SHOWN_MAX = 120
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
@click.option("--dataset", default="cost_and_usage", show_default=True, help=t("Which of the version's datasets PATH holds."))
@click.option(
    "--supports",
    default="",
    metavar="CRITERION,...",
    help=t("What its issuer supports; `all` asks for every rule, `help` lists them."),
)
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
    else:
        _tell(report, all_)
    return FINDINGS_EXIT_CODE if report.failed() else 0


def _tell(report: "Report", all_: bool) -> None:
    out = show.console()
    counts = report.counts()
    rows = n("{count} row", "{count} rows", report.rows)
    out.print(t("FOCUS {version}, {dataset}: {rows}.", version=report.version, dataset=report.dataset, rows=rows), markup=False)
    out.print(
        " · ".join(f"[{STYLES[verdict]}]{count} {t(verdict)}[/]" for verdict, count in counts.items()) + " " + t("(rules)"),
        style="bold",
    )
    if not report.supports:
        out.print(t("Rules for what an issuer may support are left out; --supports all asks for them too."), style="dim")
    if all_:
        _every(report)
    _failed(report.failed())


def _every(report: "Report") -> None:
    columns = (t("rule"), t("verdict"), t("says"), t("why"))
    rows = [(one.rule, one.verdict.value, one.text, one.why) for one in report.outcomes]
    show.table(columns, rows, styles=lambda column, value: STYLES.get(str(value), "") if column == columns[1] else "")


def _failed(failed: "tuple[Outcome, ...]") -> None:
    out = show.console()
    for column, rules in groupby(sorted(failed, key=lambda one: one.column), key=lambda one: one.column):
        out.print(f"\n{column}", style="bold", markup=False)
        for one in rules:
            count = n("{count} row", "{count} rows", one.count)
            out.print(f"  {one.keyword:<11} {one.rule:<36} {count:>12}  {one.text}", markup=False, soft_wrap=True)
            if one.why:
                out.print(f"    {show.clean(one.why)}", style="dim", markup=False, soft_wrap=True)
            for example in one.examples[:1]:
                values = ", ".join(f"{key} = {'NULL' if value is None else repr(value)}" for key, value in example.values.items())
                out.print(show.clean(f"    {example.where}: {values}"[: SHOWN_MAX * 2]), style="dim", markup=False, soft_wrap=True)
