"""What is known of regions, services and units (``data/``) -> tables beside a bill; and what follows where a bill says nothing."""

from pathlib import Path

import duckdb

from skywright.adapters.bills.sql import literal, name

DATA = Path(__file__).parent / "data"
TABLES = {"fact_region": "regions.csv", "fact_service": "services.csv", "fact_code": "codes.csv", "fact_type": "types.csv"} | {
    "fact_unit": "units.csv"
}

CATEGORIES = (
    "AI and Machine Learning",
    "Analytics",
    "Business Applications",
    "Compute",
    "Databases",
    "Developer Tools",
    "Identity",
    "Integration",
    "Internet of Things",
    "Management and Governance",
    "Media",
    "Migration",
    "Mobile",
    "Multicloud",
    "Networking",
    "Other",
    "Security",
    "Storage",
    "Web",
)
"""FOCUS's service categories, each of which has a subcategory for what is none of its others: ``Other (Compute)``."""

_FILLS = (
    ("RegionId", "f.RegionId", "fact_region f", "lower(trim(staged.RegionName)) = f.Spelling"),
    ("RegionName", "f.RegionName", "fact_region f", "lower(staged.RegionId) = f.Spelling"),
    ("ServiceCategory", "f.ServiceCategory", "fact_service f", "lower(staged.ServiceName) = lower(f.ServiceName)"),
    (
        "ServiceSubcategory",
        "f.ServiceSubcategory",
        "fact_service f",
        "lower(staged.ServiceName) = lower(f.ServiceName) AND staged.ServiceCategory = f.ServiceCategory",
    ),
    ("ServiceCategory", "'Other'", "", "true"),
    (
        "ServiceSubcategory",
        "'Other (' || ServiceCategory || ')'",
        "",
        f"ServiceCategory IN ({', '.join(map(literal, CATEGORIES))})",
    ),
)
"""Column, what it becomes, from where, for which rows: in this order, and only where it is NULL."""


def load(cursor: duckdb.DuckDBPyConnection) -> None:
    """Make the tables."""
    for table, file in TABLES.items():
        options = "header = true, all_varchar = true, quote = '\"'"
        cursor.execute(f"CREATE TABLE {table} AS SELECT * FROM read_csv({literal(str(DATA / file))}, {options})")


def fill(cursor: duckdb.DuckDBPyConnection) -> None:
    """Fill what ``staged`` leaves NULL; never anything else."""
    for column, value, source, where in _FILLS:
        there = f" FROM {source}" if source else ""
        cursor.execute(f"UPDATE staged SET {name(column)} = {value}{there} WHERE staged.{name(column)} IS NULL AND {where}")
