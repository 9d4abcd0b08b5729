"""One resource through time: the snapshots that hold it -> its row in each."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from skywright.adapters.engines.duckdb.damage import find_damage
from skywright.adapters.engines.duckdb.tables import Fetch, parquet, typed
from skywright.model.estate import ScopeFile, Snapshot
from skywright.model.kinds import ResourceName, parse_id
from skywright.model.schema import columns
from skywright.ports.engine import Rows


def trace(cursor: duckdb.DuckDBPyConnection, folder: Path, identifier: str, snapshots: Sequence[Snapshot], fetch: Fetch) -> Rows:
    """See ports.engine.Engine. A file that many snapshots share is read once."""
    resource = parse_id(identifier)
    wanted = columns(resource.kind)
    files = {file.path: file for snapshot in snapshots for file in snapshot.files if _may_hold(file, resource)}
    fetch(files.values())
    found = _read(cursor, folder, files, wanted, identifier) if files else {}
    rows = [
        (snapshot.id, *found[str(folder / file.path)])
        for snapshot in snapshots
        for file in snapshot.files
        if str(folder / file.path) in found
    ]
    return Rows(("snapshot", *wanted), rows)


def _read(
    cursor: duckdb.DuckDBPyConnection, folder: Path, files: dict[str, ScopeFile], wanted: dict[str, str], identifier: str
) -> dict[str, tuple[Any, ...]]:
    """File -> the resource's row in it."""
    source = f"SELECT *, filename FROM {parquet(str(folder / path) for path in files)}"
    sql = f"FROM ({typed({'filename': 'VARCHAR', **wanted}, source)}) WHERE id = $id"
    try:
        return {row[0]: row[1:] for row in cursor.execute(sql, {"id": identifier}).fetchall()}
    except duckdb.Error as error:
        damage = find_damage(cursor, folder, files.values())
        if damage:
            raise damage from error
        raise


def _may_hold(file: ScopeFile, resource: ResourceName) -> bool:
    return file.rows > 0 and (file.table, file.cloud, file.account, file.region) == (
        resource.kind,
        resource.cloud,
        resource.account,
        resource.region,
    )
