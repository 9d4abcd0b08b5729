"""`skywright show`: one resource, with its neighbours, findings, cost and history."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from skywright.doors.cli import show as screen
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import AT, JSON, snapshot_at
from skywright.doors.cli.story import Event, story
from skywright.model.errors import BadInput, SkywrightError
from skywright.model.words import t

if TYPE_CHECKING:
    from skywright.model.estate import Snapshot
    from skywright.model.finding import Finding
    from skywright.ports.engine import Session
    from skywright.wiring import House

_FOUND_MAX = 6


@click.command()
@click.argument("resource")
@AT
@JSON
@click.option("--native", is_flag=True, help=t("Also the provider's own answer."))
@click.pass_obj
def show(context: Context, resource: str, at: str | None, json_: bool, native: bool) -> None:
    """Show one resource (by its id, its native id or its name) with its neighbours, findings, cost and history."""
    house = context.house
    snapshot = snapshot_at(house, at)
    with house.engine.open(snapshot) as session:
        identifier = resolve(session, resource)
        told = _read(session, identifier)
    if not native:
        told["resource"].pop("native")
    told["findings"] = _findings(house, identifier, snapshot)
    if not house.book.audited(snapshot):
        told["notes"].append(t("This snapshot was not audited: `skywright audit` finds what is wrong with it."))
    told["history"] = _history(house, identifier, snapshot, told["notes"])
    if json_:
        screen.as_json(told)
    else:
        _draw(told)


def resolve(session: "Session", name: str) -> str:
    """An id, native id or name -> the one id that it means. Raises BadInput when it means none, or several."""
    from skywright.model.kinds import KIND_BY_NAME, parse_id
    from skywright.model.schema import table_name

    try:
        kind = parse_id(name).kind
    except ValueError:
        kind = ""
    if kind in KIND_BY_NAME:
        sql = f"SELECT id FROM {table_name(kind)} WHERE id = $name"  # noqa: S608 - a kind that we know
    else:
        sql = f"SELECT id FROM resource WHERE id = $name OR native_id = $name OR name = $name ORDER BY id LIMIT {_FOUND_MAX}"  # noqa: S608
    found = [row[0] for row in session.query(sql, {"name": name}).rows]
    if len(found) == 1:
        return str(found[0])
    raise _not_one(name, found)


def _not_one(name: str, found: list[str]) -> BadInput:
    if not found:
        return BadInput(
            t("Nothing in the snapshot has the id, native id or name {name!r}.", name=name),
            next_step=t("Search: `skywright query \"select id, name from resource where name ilike '%...%'\"`."),
        )
    more = ", ..." if len(found) == _FOUND_MAX else ""
    return BadInput(
        t("{name!r} is the name of several resources: {found}.", name=name, found=", ".join(found[: _FOUND_MAX - 1]) + more),
        next_step=t("Give one of these ids."),
    )


def _read(session: "Session", identifier: str) -> dict[str, Any]:
    """What the snapshot says of a resource. A part whose file cannot be read says so; the others are shown."""
    from skywright.model.kinds import parse_id
    from skywright.model.schema import table_name

    table = table_name(parse_id(identifier).kind)
    around = """
        SELECT 'out' AS direction, verb, target AS resource FROM relation WHERE source = $id
        UNION ALL SELECT 'in', verb, source FROM relation WHERE target = $id ORDER BY ALL"""
    used = "SELECT metric, window_days, samples, p50, p95, p99, max, mean FROM usage WHERE resource = $id ORDER BY metric"
    priced = "SELECT hourly, monthly, currency, source, dated, note FROM cost WHERE kind = $kind AND resource = $id"
    row = session.query(f"SELECT * FROM {table} WHERE id = $id", {"id": identifier}).dicts()[0]  # noqa: S608 - a kind that we know
    told: dict[str, Any] = {"resource": row, "notes": []}
    for part, sql in (("neighbours", around), ("usage", used), ("cost", priced)):
        try:
            told[part] = session.query(sql, {"id": identifier, "kind": parse_id(identifier).kind}).dicts()
        except SkywrightError as error:
            told[part] = None
            told["notes"].append(str(error))
    return told


def _findings(house: "House", identifier: str, snapshot: "Snapshot") -> "list[Finding]":
    from skywright.loop.audit import Choice
    from skywright.model.finding import FindingState

    choice = Choice(resources=(identifier,), states=(FindingState.OPEN, FindingState.EXCEPTED))
    return house.book.findings(snapshot, choice, today=house.clock.now())


def _history(house: "House", identifier: str, until: "Snapshot", notes: list[str]) -> list[Event]:
    """What happened to it up to ``until``; a note if an old file cannot be read."""
    snapshots = [snapshot for snapshot in house.store.snapshots.all() if snapshot.taken_at <= until.taken_at]
    try:
        traced = house.engine.trace(identifier, snapshots).dicts()
    except SkywrightError as error:
        notes.append(str(error))
        return []
    return list(story(identifier, {row.pop("snapshot"): row for row in traced}, snapshots))


def _without_nulls(value: Any) -> Any:
    """A list of structs without the fields that say nothing."""
    if not isinstance(value, list):
        return value
    return [{name: part for name, part in item.items() if part is not None} if isinstance(item, dict) else item for item in value]


def _draw(told: Mapping[str, Any]) -> None:
    known = [(column, screen.cell(_without_nulls(value))) for column, value in told["resource"].items() if value is not None]
    screen.table((t("column"), t("value")), known)
    unknown = [column for column, value in told["resource"].items() if value is None]
    if unknown:
        screen.console().print(t("Not known or not set: {columns}", columns=", ".join(unknown)), style="dim", markup=False)
    _section(t("Neighbours"), (t("direction"), t("verb"), t("resource")), told["neighbours"])
    _section(t("Cost"), (t("hourly"), t("monthly"), t("currency"), t("source"), t("dated"), t("note")), told["cost"])
    _section(t("Usage"), tuple(told["usage"][0]) if told["usage"] else (), told["usage"])
    findings = [(f.severity.value, f.rule, f.verdict.value, f.state.value, f.first_seen) for f in told["findings"]]
    _rows(t("Findings"), (t("severity"), t("rule"), t("verdict"), t("state"), t("first seen")), findings)
    events = [(e.at, e.what, e.field or e.reason, screen.cell(e.before), screen.cell(e.after)) for e in told["history"]]
    _rows(t("History"), (t("at (UTC)"), t("what"), t("field"), t("before"), t("after")), events)
    for note in told["notes"]:
        screen.errors().print(screen.clean(note), style="yellow", markup=False)


def _section(title: str, columns: tuple[str, ...], dicts: list[dict[str, Any]] | None) -> None:
    _rows(title, columns, [tuple(row.values()) for row in dicts or ()])


def _rows(title: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    if rows:
        screen.console().print()
        screen.table(columns, [list(map(screen.cell, row)) for row in rows], title=title)
