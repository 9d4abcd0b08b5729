"""Files of a manifest -> the one that is missing or damaged, in words that say what to do."""

from collections.abc import Iterable
from pathlib import Path

import duckdb

from skywright.adapters.engines.duckdb.database import quoted
from skywright.model.errors import AskHuman
from skywright.model.estate import ScopeFile
from skywright.model.words import t


def find_damage(cursor: duckdb.DuckDBPyConnection, folder: Path, files: Iterable[ScopeFile]) -> AskHuman | None:
    """Read each file to its end and tell of the first that cannot be read; None when all can. Only asked after an error."""
    for file in files:
        path = folder / file.path
        if not path.exists():
            return _trouble(file, path, t("is missing"), t("Run `skywright gather` to write it again."))
        if not _reads(cursor, path):
            return _trouble(file, path, t("is damaged"), t("Delete it and run `skywright gather` to write it again."))
    return None


def _reads(cursor: duckdb.DuckDBPyConnection, path: Path) -> bool:
    try:
        cursor.execute(f"SELECT md5(row::VARCHAR) FROM read_parquet({quoted(str(path))}) row").fetchall()
    except duckdb.Error:
        return False
    return True


def _trouble(file: ScopeFile, path: Path, what: str, next_step: str) -> AskHuman:
    message = t(
        "{path} {what}: it holds {table} of {cloud} account {account}, region {region}.",
        path=path,
        what=what,
        table=file.table,
        cloud=file.cloud,
        account=file.account,
        region=file.region,
    )
    return AskHuman(message, next_step=next_step)
