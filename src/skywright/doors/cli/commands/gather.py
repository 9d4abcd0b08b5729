"""`skywright gather` and `skywright doctor`: what can be seen, and what stands in the way."""

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from skywright.doors.cli import show as screen
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import JSON, LOCAL
from skywright.model.estate import Coverage, CoverageState, Snapshot
from skywright.model.words import n, t

if TYPE_CHECKING:
    from skywright.ports.cloud import Permission

GAPS_SHOWN_MAX = 30


@click.command()
@click.option("--account", "accounts", multiple=True, metavar="GLOB", help=t("Read these accounts only (repeatable)."))
@click.option(
    "--region", "regions", multiple=True, metavar="GLOB", help=t("Read these regions, and what is global, only (repeatable).")
)
@LOCAL
@JSON
@click.pass_obj
def gather(context: Context, accounts: tuple[str, ...], regions: tuple[str, ...], local: bool, json_: bool) -> None:
    """Read every cloud in scope into a new snapshot. What could not be read is recorded as a gap, with the reason."""
    from skywright.loop.gather import Choice

    context.house.role = "local" if local else "command"
    with screen.progress(t("Gathering")) as progress:
        snapshot = context.house.gather(progress, Choice(accounts, regions))
    if json_:
        screen.as_json(_document(snapshot))
        return
    _show_coverage(snapshot)
    _show_gaps(snapshot)


@click.command()
@JSON
@click.option("--all", "everything", is_flag=True, help=t("Show also what is allowed."))
@click.pass_obj
def doctor(context: Context, json_: bool, everything: bool) -> int:
    """Say what is missing, permission by permission. Exit code 2 when something needed is missing."""
    with screen.progress(t("Examining")) as progress:
        found = []
        for cloud in context.house.clouds.values():
            for permission in cloud.doctor():
                found.append(permission)
                progress(permission.name, len(found), 0)
    if json_:
        screen.as_json(found)
    else:
        _show_permissions(found, everything=everything)
    return 2 if any(permission.allowed is False for permission in found) else 0


def _document(snapshot: Snapshot) -> dict[str, object]:
    """One object for machines."""
    return {
        "id": snapshot.id,
        "taken_at": snapshot.taken_at,
        "previous": snapshot.previous,
        "resources": _resources(snapshot.coverage),
        "files": len(snapshot.files),
        "coverage": snapshot.coverage,
    }


def _resources(coverage: Iterable[Coverage]) -> int:
    return sum(row.rows for row in coverage if row.kind != "usage")


def _show_coverage(snapshot: Snapshot) -> None:
    """How many resources of each kind, and in how many places we looked in vain."""
    rows: Counter[str] = Counter()
    states: dict[str, Counter[CoverageState]] = {}
    for row in snapshot.coverage:
        rows[row.kind] += row.rows
        states.setdefault(row.kind, Counter())[row.state] += 1
    shown = [CoverageState.COMPLETE, CoverageState.DENIED, CoverageState.THROTTLED, CoverageState.FAILED, CoverageState.SKIPPED]
    present = [state for state in shown if any(counts[state] for counts in states.values())]
    headings = (t("kind"), t("found"), *(t(state.value) for state in present))
    kinds = [kind for kind in sorted(states) if rows[kind] or any(states[kind][state] for state in present[1:])]
    lines = [(kind, rows[kind], *(states[kind][state] or "" for state in present)) for kind in kinds]
    screen.table(headings, lines, right=headings[1:])
    found = n("{count} resource", "{count} resources", _resources(snapshot.coverage))
    places = {(row.account, row.region) for row in snapshot.coverage if row.state is CoverageState.COMPLETE}
    looked = n("{count} place (account and region)", "{count} places (account and region)", len(places))
    screen.console().print(t("Snapshot {id}: {found} in {looked}.", id=snapshot.id, found=found, looked=looked), markup=False)


def _show_gaps(snapshot: Snapshot) -> None:
    """Loudly: what is not in the snapshot is unknown, not absent."""
    gaps = [row for row in snapshot.coverage if row.partial or row.state not in (CoverageState.COMPLETE, CoverageState.SKIPPED)]
    if not gaps:
        return
    said = n(
        "WARNING: {count} kind could not be read, or not in full, in some place. What is not listed there is unknown, not absent.",
        "WARNING: {count} kinds could not be read, or not in full, in some place. What is not listed there is unknown, not absent.",
        len({row.kind for row in gaps}),
    )
    screen.console().print(said, style="bold yellow", markup=False)
    headings = (t("where"), t("kind"), t("state"), t("reason"))
    lines = [(f"{row.account} {row.region}", row.kind, _word(row), row.reason) for row in gaps[:GAPS_SHOWN_MAX]]
    screen.table(headings, lines)
    if len(gaps) > GAPS_SHOWN_MAX:
        rest = n("... and {count} more; --json shows all.", "... and {count} more; --json shows all.", len(gaps) - GAPS_SHOWN_MAX)
        screen.console().print(rest, markup=False)


def _word(row: Coverage) -> str:
    return t("partial") if row.state is CoverageState.COMPLETE else t(row.state.value)


def _show_permissions(found: "list[Permission]", *, everything: bool) -> None:
    words = {True: t("yes"), False: t("no"), None: t("unknown")}
    styles = {words[True]: "green", words[False]: "bold red", words[None]: "yellow"}
    shown = [permission for permission in found if everything or permission.allowed is not True]
    headings = (t("permission"), t("allowed"), t("needed for"), t("reason"))
    lines = [(one.name, words[one.allowed], one.needed_for, one.reason) for one in shown]
    if lines:
        screen.table(headings, lines, styles=lambda column, value: styles.get(str(value), "") if column == headings[1] else "")
    counts = Counter(permission.allowed for permission in found)
    text = t(
        "{yes} permissions are there, {no} are missing, {unknown} could not be found out.",
        yes=counts[True],
        no=counts[False],
        unknown=counts[None],
    )
    screen.console().print(text, markup=False)
