"""`skywright turn`: one turn of the loop, from gathering to the verdict on a plan. Nothing is changed."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from skywright.doors.cli import show
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import JSON
from skywright.model.finding import Finding, RuleVerdict, Severity
from skywright.model.words import n, t

if TYPE_CHECKING:
    from skywright.loop.cycle import Turn

FINDINGS_EXIT_CODE = 3


@click.command()
@click.option("-o", "output", type=click.Path(path_type=Path, dir_okay=False), help=t("Write the signed plan to this file."))
@click.option(
    "--fail-on",
    type=click.Choice([severity.value for severity in reversed(Severity)] + ["none"]),
    default="none",
    help=t("Exit with 3 when something of this severity or worse fails (default: none)."),
)
@JSON
@click.pass_obj
def turn(context: Context, output: Path | None, fail_on: str, json_: bool) -> int:
    """Gather, audit, analyse, plan and validate: one turn of the loop. Nothing is changed."""
    from skywright.loop.cycle import turn as walk
    from skywright.loop.plan import write_plan

    with show.progress(t("Turning")) as progress:
        walked = walk(context.house, progress)
    if output:
        write_plan(output, walked.plan)
    if json_:
        show.as_json(_document(walked))
    else:
        _draw(walked, output)
    least = Severity(fail_on).rank if fail_on != "none" else len(Severity)
    failing = any(one.verdict is RuleVerdict.FAIL and one.severity.rank >= least for one in walked.findings)
    return FINDINGS_EXIT_CODE if failing else 0


def _document(walked: "Turn") -> dict[str, object]:
    """One object for machines."""
    return {
        "snapshot": walked.snapshot.id,
        "taken_at": walked.snapshot.taken_at,
        "resources": sum(row.rows for row in walked.snapshot.coverage if row.kind != "usage"),
        "gaps": walked.snapshot.gaps(),
        "findings": _counts(walked.findings),
        "insights": len(walked.insights),
        "plan": walked.plan.hash,
        "changes": len(walked.plan.plan.changes),
        "saving_monthly": walked.plan.plan.saving_monthly,
        "blocked": walked.verdict.blocked,
        "objections": walked.verdict.objections,
        "consequences": walked.verdict.consequences,
    }


def _counts(findings: Sequence[Finding]) -> dict[str, dict[str, int]]:
    """Severity -> how many fail, how many are unknown; the worst first."""
    counted = Counter((one.severity, one.verdict) for one in findings)
    return {
        severity.value: {
            "failing": counted[severity, RuleVerdict.FAIL],
            "unknown": counted[severity, RuleVerdict.UNKNOWN],
        }
        for severity in reversed(Severity)
    }


def _draw(walked: "Turn", output: Path | None) -> None:
    from skywright.doors.cli.commands.validate import draw as draw_verdict

    resources = sum(row.rows for row in walked.snapshot.coverage if row.kind != "usage")
    gaps = len(walked.snapshot.gaps())
    seen = n("1 resource", "{count} resources", resources)
    missed = n("1 gap", '{count} gaps (see `skywright query "select * from coverage"`)', gaps) if gaps else t("no gaps")
    _say(t("Gathered {seen}, {missed}.", seen=seen, missed=missed))
    rows = [(name, count["failing"], count["unknown"]) for name, count in _counts(walked.findings).items()]
    headings = (t("severity"), t("failing"), t("unknown"))
    show.table(headings, rows, right=headings[1:], styles=lambda _column, value: show.SEVERITY_STYLE.get(str(value), ""))
    changes = n("1 change", "{count} changes", len(walked.plan.plan.changes))
    saving = walked.plan.plan.saving_monthly
    worth = t("saves {saving} a month", saving=saving) if saving else t("saving not known")
    insights = n("1 insight", "{count} insights", len(walked.insights))
    _say(t("{insights}; a plan of {changes}, {worth}.", insights=insights, changes=changes, worth=worth))
    show.console().print()
    draw_verdict(walked.verdict)
    _say(t("Next: `skywright explain {path}`.", path=output) if output else t("Nothing was changed. -o FILE keeps the plan."))


def _say(text: str) -> None:
    show.console().print(text, markup=False, soft_wrap=True)
