"""FOCUS 1.4 as the ledger keeps it: four datasets, their columns, types, and where nothing may be said."""

from skywright.model.focus.columns import BILLING_PERIOD, CONTRACT_COMMITMENT, COST_AND_USAGE, INVOICE_DETAIL
from skywright.model.focus.types import DECIMAL, Dataset, FocusColumn, FocusType, Level

DATASETS = {
    Dataset.COST_AND_USAGE: COST_AND_USAGE,
    Dataset.CONTRACT_COMMITMENT: CONTRACT_COMMITMENT,
    Dataset.BILLING_PERIOD: BILLING_PERIOD,
    Dataset.INVOICE_DETAIL: INVOICE_DETAIL,
}
"""Dataset -> its columns, by name."""

OWN = (
    FocusColumn("x_Import", FocusType.TEXT, False, Level.OPTIONAL),
    FocusColumn("x_Row", FocusType.TEXT, False, Level.OPTIONAL),
)
"""What the ledger adds to every row of every dataset: the receipt it came with, and where it stood (file:line)."""


def table_sql(dataset: Dataset) -> str:
    """The columns of a dataset's table in the ledger, as CREATE TABLE takes them: the dataset's, then our own."""
    return ", ".join(f'"{column.name}" {column.type.sql}' for column in (*DATASETS[dataset], *OWN))


__all__ = [
    "BILLING_PERIOD",
    "CONTRACT_COMMITMENT",
    "COST_AND_USAGE",
    "DATASETS",
    "DECIMAL",
    "INVOICE_DETAIL",
    "OWN",
    "Dataset",
    "FocusColumn",
    "FocusType",
    "Level",
    "table_sql",
]
