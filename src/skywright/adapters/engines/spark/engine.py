"""SparkEngine: a snapshot -> a session on a cluster.

Files are read by the cluster's workers, so that the estate folder must be one that they see too. What differs between two
snapshots, and one resource through time, opens few files: this process asks DuckDB for those.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from skywright.adapters.engines.duckdb.engine import DuckEngine
from skywright.adapters.engines.spark.cluster import application
from skywright.adapters.engines.spark.session import SparkSql
from skywright.model.estate import Snapshot
from skywright.model.settings import SparkSettings
from skywright.ports.engine import Overlay, Rows


class SparkEngine:
    """See ports.engine.Engine. Safe from many threads: each session has views of its own. Spark starts with the first of them."""

    def __init__(self, near: DuckEngine, settings: SparkSettings) -> None:
        self._near = near
        self._settings = settings

    @contextmanager
    def open(
        self, snapshot: Snapshot, overlay: Overlay | None = None, tables: Mapping[str, Path] | None = None
    ) -> Iterator[SparkSql]:
        """See ports.engine.Engine."""
        spark = application(self._settings).newSession()
        with self._near.cursor(snapshot.taken_at) as cursor:
            session = SparkSql(spark, cursor, self._near.tables(snapshot, overlay, tables))
            try:
                yield session
            finally:
                session.close()

    def compare(self, old: Snapshot, new: Snapshot) -> Rows:
        """See ports.engine.Engine."""
        return self._near.compare(old, new)

    def trace(self, identifier: str, snapshots: Sequence[Snapshot]) -> Rows:
        """See ports.engine.Engine."""
        return self._near.trace(identifier, snapshots)
