"""Two snapshots -> what differs, field by field, in SQL over the files that are not the same in both."""

from pathlib import Path

import duckdb
import msgspec

from skywright.adapters.engines.duckdb.damage import find_damage
from skywright.adapters.engines.duckdb.database import name, quoted
from skywright.adapters.engines.duckdb.encode import lines
from skywright.adapters.engines.duckdb.session import load
from skywright.adapters.engines.duckdb.tables import Fetch, Loaded, Tables
from skywright.model.estate import ScopeFile, Snapshot
from skywright.model.kinds import KIND_BY_NAME
from skywright.model.schema import columns
from skywright.model.words import t
from skywright.ports.engine import Overlay, Rows

COLUMNS = ("kind", "resource", "name", "change", "field", "before", "after", "reason")
_IDENTITY = ("id", "cloud", "account", "region", "native_id", "native")


def compare(cursor: duckdb.DuckDBPyConnection, folder: Path, old: Snapshot, new: Snapshot, fetch: Fetch) -> Rows:
    """See ports.engine.Engine. Files that both snapshots hold are not opened: the same name is the same content."""
    was, now = _without(old, new), _without(new, old)
    kinds = [kind for kind in KIND_BY_NAME if any(file.table == kind for file in (*was.files, *now.files))]
    if not kinds:
        return Rows(COLUMNS, [])
    for table, snapshot in (("_looked_before", old), ("_looked_after", new)):
        load(cursor, folder, table, Loaded("coverage", lines(snapshot.coverage)))
    tables = [Tables(folder, snapshot, Overlay(), None, {}, fetch=fetch) for snapshot in (was, now)]
    try:
        parts = [_kind(kind, tables[0].select_of(kind), tables[1].select_of(kind)) for kind in kinds]
        sql = f"SELECT {', '.join(COLUMNS)} FROM ({' UNION ALL '.join(parts)}) ORDER BY kind, resource, field"
        return Rows(COLUMNS, cursor.execute(sql).fetchall())
    except duckdb.Error as error:
        damage = find_damage(cursor, folder, [file for file in (*was.files, *now.files) if file.rows])
        if damage:
            raise damage from error
        raise


def _without(snapshot: Snapshot, other: Snapshot) -> Snapshot:
    """The snapshot with only the files that the other does not hold."""
    shared: set[str] = {file.path for file in other.files}
    return msgspec.structs.replace(snapshot, files=tuple(file for file in snapshot.files if _counts(file, shared)))


def _counts(file: ScopeFile, shared: set[str]) -> bool:
    return bool(file.rows) and file.path not in shared


def _kind(kind: str, before: str, after: str) -> str:
    """One kind's differences. What only one side holds has vanished or appeared if the other side looked; else it is unknown."""
    fields = ", ".join(_field(column) for column in columns(kind) if column not in _IDENTITY)
    return f"""
      SELECT {quoted(kind)} AS kind, resource, name,
        CASE WHEN was AND stays THEN 'changed' WHEN looked IS DISTINCT FROM 'complete' THEN 'unknown'
             WHEN was THEN 'vanished' ELSE 'appeared' END AS change,
        field.field AS field, field.before AS before, field.after AS after,
        CASE WHEN was AND stays OR looked = 'complete' THEN ''
             ELSE coalesce(nullif(reason, ''), looked, {quoted(t("not looked at"))}) END AS reason
      FROM (
        SELECT coalesce(a.id, b.id) AS resource, coalesce(a.name, b.name) AS name, b.id IS NOT NULL AS was,
          a.id IS NOT NULL AS stays, CASE WHEN a.id IS NULL THEN l.state ELSE m.state END AS looked,
          CASE WHEN a.id IS NULL THEN l.reason ELSE m.reason END AS reason,
          CASE WHEN a.id IS NULL OR b.id IS NULL THEN [NULL]
               ELSE list_filter([{fields}], lambda f: f.before IS DISTINCT FROM f.after) END AS fields
        FROM ({before}) b FULL JOIN ({after}) a ON a.id = b.id
        LEFT JOIN _looked_after l ON {_same_scope("l", "b", kind)}
        LEFT JOIN _looked_before m ON {_same_scope("m", "a", kind)}
      ), unnest(fields) AS each(field)"""


def _same_scope(coverage: str, row: str, kind: str) -> str:
    parts = [f"{coverage}.{column} = {row}.{column}" for column in ("cloud", "account", "region")]
    return " AND ".join([*parts, f"{coverage}.kind = {quoted(kind)}"])


def _field(column: str) -> str:
    quoted_name = name(column)
    return f"{{'field': {quoted(column)}, 'before': b.{quoted_name}::VARCHAR, 'after': a.{quoted_name}::VARCHAR}}"
