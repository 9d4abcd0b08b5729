"""`skywright drift`: what changed without us, and who did it where the cloud's audit trail tells; or what is not as declared."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from skywright.doors.cli import show
from skywright.doors.cli.context import Context
from skywright.doors.cli.options import JSON, snapshot_at
from skywright.doors.cli.places import placed
from skywright.model.words import n, t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from skywright.loop.analyse.drift import Drift

DRIFTED = 3
_STYLES = {"appeared": "green", "vanished": "bold red", "changed": "yellow", "unknown": "magenta"}


@click.command()
@click.option("--since", metavar="TIME", help=t("Since this time or snapshot (2h, 3d, a date, an id); default: the last but one."))
@click.option("--declared", type=click.Path(path_type=Path), help=t("Against this file instead of an earlier snapshot."))
@click.option("--who/--no-who", default=True, help=t("Ask the clouds' audit trails who did it."))
@JSON
@click.pass_obj
def drift(context: Context, *, since: str | None, declared: Path | None, who: bool, json_: bool) -> int:
    """Show changes that were not made by Skywright. Exit code 0: none; 3: there are some."""
    house = context.house
    failures: list[str] = []
    with show.progress(t("Comparing")):
        if declared:
            found = _from_file(context, declared)
        else:
            found, failures = house.drift_since(snapshot_at(house, since) if since else None, who=who)
    if json_:
        show.as_json({"drift": found, "trails_not_read": failures})
    else:
        _tell(found)
        for failure in failures:
            show.errors().print(failure, style="magenta", markup=False)
    return DRIFTED if found else 0


def _from_file(context: Context, file: Path) -> "tuple[Drift, ...]":
    """What is not as a declaration file says, on the newest snapshot."""
    from skywright.adapters.settings import load_file
    from skywright.loop.analyse.drift import Declaration, undeclared
    from skywright.loop.analyse.history import rows_of

    declared, house = load_file(file, Declaration), context.house
    with house.engine.open(snapshot_at(house, None)) as session, placed(file):
        return tuple(undeclared(declared, *rows_of(session, declared)))


def _tell(found: "Sequence[Drift]") -> None:
    if not found:
        show.console().print(t("Nothing changed but by Skywright."), style="green")
        return
    columns = (t("change"), t("resource"), t("field"), t("before"), t("after"), t("who"), t("when (UTC)"))
    rows = []
    for one in found:
        last = one.deeds[-1] if one.deeds else None
        by = (last.who or t("not told"), _time(last.at)) if last else ("", "")
        rows.append((one.change, one.resource, one.field, one.before, one.after or one.reason, *by))
    show.table(columns, rows, styles=lambda column, value: _STYLES.get(str(value), "") if column == columns[0] else "")
    fields = n("{count} difference", "{count} differences", len(found))
    resources = n("{count} resource", "{count} resources", len({one.resource for one in found}))
    show.console().print(t("{fields} of {resources}.", fields=fields, resources=resources))


def _time(when: datetime) -> str:
    return when.strftime("%Y-%m-%d %H:%M")
