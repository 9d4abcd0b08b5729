"""Spark over the same Parquet: SQL that is written once in DuckDB's dialect, answered by a cluster."""

from skywright.adapters.engines.spark.engine import SparkEngine

__all__ = ["SparkEngine"]
