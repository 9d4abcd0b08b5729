"""`skywright query`, `show`, `history`, `diff`, `gc`: the estate as it was seen."""

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from skywright.doors.cli import show as screen
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import AT, JSON, snapshot_at
from skywright.model.errors import BadInput
from skywright.model.words import n, t

if TYPE_CHECKING:
    from skywright.model.estate import Snapshot
    from skywright.ports.engine import Rows

ROWS_SHOWN_MAX = 1000
YOUNG_S = 3600.0
"""Files younger than this are never swept: a gathering that is under way may be about to name them."""


@click.command()
@click.argument("sql", required=False)
@AT
@JSON
@click.option("--csv", "csv_", is_flag=True, help=t("Print CSV."))
@click.option("--parquet", type=click.Path(dir_okay=False, path_type=Path), help=t("Write Parquet to this file."))
@click.option("--tables", is_flag=True, help=t("List the tables and their columns."))
@click.pass_obj
def query(context: Context, sql: str | None, at: str | None, json_: bool, csv_: bool, parquet: Path | None, tables: bool) -> None:
    """Ask the estate in SQL: one SELECT in DuckDB's dialect; SQL `-` reads it from standard input."""
    if tables:
        _list_tables(json_)
        return
    if not sql:
        raise click.UsageError(t('Give a query: skywright query "select kind, count(*) from resource group by kind".'))
    text = sys.stdin.read() if sql == "-" else sql
    house = context.house
    with house.engine.open(snapshot_at(house, at)) as session:
        if parquet:
            written = session.export(text, parquet, "parquet")
            screen.errors().print(t("{count} rows written to {path}.", count=written, path=parquet), markup=False)
            return
        answer = session.query(text)
    if json_:
        screen.as_json(answer.dicts())
    elif csv_:
        screen.as_csv(answer.columns, answer.rows)
    else:
        screen.table(answer.columns, [list(map(screen.cell, row)) for row in answer.rows[:ROWS_SHOWN_MAX]], right=_numbers(answer))
        _tell_rest(len(answer.rows))


@click.command()
@AT
@JSON
@click.option("--limit", type=int, default=50, show_default=True, help=t("How many to show, newest first."))
@click.pass_obj
def history(context: Context, at: str | None, json_: bool, limit: int) -> None:
    """List snapshots, newest first: when, how many resources, and where we could not look."""
    house = context.house
    newest = snapshot_at(house, at)
    kept = [snapshot for snapshot in house.store.snapshots.all() if snapshot.taken_at <= newest.taken_at]
    rows = [_summary(snapshot) for snapshot in reversed(kept)][:limit]
    if json_:
        screen.as_json(rows)
        return
    screen.table(
        (t("id"), t("taken at (UTC)"), t("resources"), t("scopes"), t("gaps")),
        [(row["id"], _time(row["taken_at"]), row["resources"], row["scopes"], row["gaps"]) for row in rows],
        right=(t("resources"), t("scopes"), t("gaps")),
    )


@click.command()
@click.argument("old", required=False)
@click.argument("new", required=False)
@click.option("--kind", multiple=True, help=t("Only these kinds."))
@JSON
@click.pass_obj
def diff(context: Context, old: str | None, new: str | None, kind: tuple[str, ...], json_: bool) -> None:
    """Show what changed between two snapshots (OLD and NEW as for --at; without them, the last two)."""
    house = context.house
    later = snapshot_at(house, new)
    earlier = snapshot_at(house, old or _previous(house.store.snapshots.all(), later.id))
    with screen.progress(t("Comparing")):
        rows = [row for row in house.engine.compare(earlier, later).dicts() if not kind or row["kind"] in kind]
    if json_:
        screen.as_json({"old": earlier.id, "new": later.id, "changes": rows})
        return
    _draw_diff(rows)
    screen.console().print(_diff_summary(rows))


@click.command()
@click.option("--apply", "apply_", is_flag=True, help=t("Delete what is listed. Without it nothing is deleted."))
@JSON
@click.pass_obj
def gc(context: Context, apply_: bool, json_: bool) -> None:
    """Delete snapshots past their retention, and the files that only they hold. Shows what would go, unless --apply is given."""
    from skywright.topics.reliability.retention import kept

    house = context.house
    snapshots = house.store.snapshots.all()
    keep = kept(snapshots, house.settings.retention, house.clock.now())
    gone = [snapshot for snapshot in snapshots if snapshot.id not in keep]
    files = frozenset(file.path for snapshot in snapshots if snapshot.id in keep for file in snapshot.files)
    if apply_:
        for snapshot in gone:
            house.log_event("snapshot.drop", target=snapshot.id, why="retention")
        house.store.snapshots.drop([snapshot.id for snapshot in gone])
    freed = house.shelf.sweep(files, YOUNG_S, dry_run=not apply_)
    if json_:
        screen.as_json(
            {"applied": apply_, "snapshots": [_summary(snapshot) for snapshot in gone], "bytes": freed, "kept": len(keep)}
        )
        return
    if gone:
        screen.table((t("id"), t("taken at (UTC)")), [(snapshot.id, _time(snapshot.taken_at)) for snapshot in gone])
    screen.console().print(_gc_summary(len(gone), len(keep), freed, apply_), markup=False)


def _gc_summary(gone: int, kept: int, freed: int, applied: bool) -> str:
    snapshots, size = n("1 snapshot", "{count} snapshots", gone), f"{freed / 2**20:.1f} MiB"
    if applied:
        return t("{snapshots} deleted, {size} freed; {kept} kept.", snapshots=snapshots, size=size, kept=kept)
    if not gone and not freed:
        return t("Nothing is past its retention; {kept} kept.", kept=kept)
    return t(
        "{snapshots} would go and {size} be freed; {kept} kept. Delete with --apply.", snapshots=snapshots, size=size, kept=kept
    )


def _summary(snapshot: "Snapshot") -> dict[str, Any]:
    from skywright.model.kinds import KIND_BY_NAME

    return {
        "id": snapshot.id,
        "taken_at": snapshot.taken_at,
        "resources": sum(file.rows for file in snapshot.files if file.table in KIND_BY_NAME),
        "scopes": len(snapshot.coverage),
        "gaps": len(snapshot.gaps()),
    }


def _previous(snapshots: "Sequence[Snapshot]", identifier: str) -> str:
    """The id of the snapshot before this one."""
    ids = [snapshot.id for snapshot in snapshots]
    place = ids.index(identifier)
    if place == 0:
        raise BadInput(t("There is only one snapshot: nothing to compare it with."), next_step=t("Run `skywright gather` again."))
    return ids[place - 1]


def _draw_diff(rows: list[dict[str, Any]]) -> None:
    """One line a field, grouped by resource, with the signs that plans use."""
    signs = {"appeared": "+", "vanished": "-", "changed": "~", "unknown": "?"}
    styles = {"+": "green", "-": "red", "~": "yellow", "?": "magenta"}
    drawn = [
        (
            signs[row["change"]],
            row["resource"],
            row["name"],
            row["field"] or row["reason"],
            screen.cell(row["before"]),
            screen.cell(row["after"]),
        )
        for row in rows[:ROWS_SHOWN_MAX]
    ]
    if drawn:
        columns = ("", t("resource"), t("name"), t("field"), t("before"), t("after"))
        screen.table(columns, drawn, styles=lambda column, value: styles.get(str(value), "") if column == "" else "")
    _tell_rest(len(rows))


def _diff_summary(rows: list[dict[str, Any]]) -> str:
    counts = {
        change: len({row["resource"] for row in rows if row["change"] == change}) for change in ("appeared", "vanished", "changed")
    }
    unknown = len({row["resource"] for row in rows if row["change"] == "unknown"})
    told = t("{appeared} appeared, {vanished} vanished, {changed} changed.", **counts)
    if unknown:
        told += " " + n(
            "1 is unknown: one of the two snapshots could not look there.",
            "{count} are unknown: one of the two snapshots could not look there.",
            unknown,
        )
    return told


def _list_tables(json_: bool) -> None:
    from skywright.model.schema import MADE_TABLES, OTHER_TABLES, columns, element_tables, kind_tables

    tables: dict[str, dict[str, str]] = {}
    for table, kind in kind_tables().items():
        tables[table] = {**columns(kind), "seen_at": "TIMESTAMP"}
        tables.update({name: dict(fields) for name, (_, fields) in element_tables(kind).items()})
    tables |= {**OTHER_TABLES, **MADE_TABLES}
    if json_:
        screen.as_json(tables)
        return
    screen.table((t("table"), t("columns")), [(table, ", ".join(fields)) for table, fields in tables.items()])


def _numbers(answer: "Rows") -> list[str]:
    """The columns that hold numbers only."""
    return [
        column
        for place, column in enumerate(answer.columns)
        if answer.rows and all(screen.is_number(row[place]) for row in answer.rows[:ROWS_SHOWN_MAX])
    ]


def _tell_rest(count: int) -> None:
    if count > ROWS_SHOWN_MAX:
        text = t("{shown} of {count} rows shown; --json, --csv and --parquet give all.", shown=ROWS_SHOWN_MAX, count=count)
        screen.errors().print(text)


def _time(moment: datetime) -> str:
    return moment.isoformat(" ", "seconds")
