"""DuckDB over Parquet: the estate's shelf, and SQL over its snapshots."""

from skywright.adapters.engines.duckdb.engine import DuckEngine
from skywright.adapters.engines.duckdb.estate import Estate, open_estate
from skywright.adapters.engines.duckdb.shelf import ParquetShelf

__all__ = ["DuckEngine", "Estate", "ParquetShelf", "open_estate"]
