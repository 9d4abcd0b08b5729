"""The table ``bill`` -> the table ``staged``: rows as the ledger keeps them, still with the file and line that they came from."""

from collections.abc import Mapping

import duckdb

from skywright.adapters.bills import facts
from skywright.adapters.bills.forms import Translation
from skywright.adapters.bills.sql import literal, name
from skywright.model.focus import DATASETS, Dataset
from skywright.model.words import t

REQUIRED = {
    Dataset.COST_AND_USAGE: ("BilledCost", "BillingAccountId", "BillingCurrency", "BillingPeriodStart", "InvoiceIssuerName"),
    Dataset.CONTRACT_COMMITMENT: ("ContractCommitmentId", "ContractId", "ContractCommitmentPeriodStart", "InvoiceIssuerName"),
    Dataset.BILLING_PERIOD: ("BillingPeriodStart", "BillingPeriodStatus", "InvoiceIssuerName"),
    Dataset.INVOICE_DETAIL: ("BilledCost", "BillingAccountId", "BillingCurrency", "BillingPeriodStart", "InvoiceIssuerName"),
}
"""What a row must say to have a place in the ledger."""


def stage(cursor: duckdb.DuckDBPyConnection, how: Translation, prefix: str, currency: str) -> None:
    """Make ``staged`` and add to ``bad`` what has no place. ``prefix`` is cut from the names of files; ``currency`` stands in where
    the bill says none."""
    select, more = chosen(how, currency), _halved(how)
    left = f" WHERE ({how.leave}) IS NOT TRUE" if how.leave else ""
    parts = [_rows(how.dataset, select, how.source.format(table="bill"), prefix, more) + left]
    for also in how.also:
        source = (also.source or how.source).format(table="bill")
        parts.append(f"{_rows(how.dataset, {**select, **also.select}, source, prefix, more)} WHERE {also.where}")
    cursor.execute(f"CREATE TABLE staged AS {' UNION ALL '.join(parts)}")
    if how.leave:
        source = how.source.format(table="bill")
        cursor.execute(f"DELETE FROM bad WHERE (_file, _line) IN (SELECT (_file, _line) FROM {source} WHERE {how.leave})")
    if how.dataset is Dataset.COST_AND_USAGE:
        facts.fill(cursor)
    _tell_odd(cursor, how)
    if how.halves:
        then = ", ".join(f"{_then(column)} AS {name(column)}" for column in how.halves.select)
        cursor.execute(f"INSERT INTO staged SELECT * REPLACE ({then}, true AS _beside) FROM staged WHERE NOT _left")


def _tell_odd(cursor: duckdb.DuckDBPyConnection, how: Translation) -> None:
    """Add the rows to ``bad`` that have no place: for what the form says, for a period that cannot be, for what is missing."""
    for where, why in how.odd:
        odd = f"SELECT _file, _line, {literal(why)} FROM {how.source.format(table='bill')} WHERE {where}"
        cursor.execute(f"INSERT INTO bad {odd}")
    if how.dataset is Dataset.COST_AND_USAGE:
        backwards = literal(t("The billing period ends before it begins."))
        odd = "BillingPeriodEnd < BillingPeriodStart"
        cursor.execute(f"INSERT INTO bad SELECT _file, _line, {backwards} FROM staged WHERE {odd}")
    for column in REQUIRED[how.dataset]:
        why = literal(t("{column} is missing.", column=column))
        amiss = f"{name(column)} IS NULL AND (_file, _line) NOT IN (SELECT (_file, _line) FROM bad)"
        cursor.execute(f"INSERT INTO bad SELECT _file, _line, {why} FROM staged WHERE {amiss}")


def _halved(how: Translation) -> str:
    """Columns that say which half a row is of, and how it differs beside the other half: ``_left`` there, or with other values."""
    if not how.halves:
        return "'' AS _half, false AS _beside"
    kinds = {column.name: column.type.sql for column in DATASETS[how.dataset]}
    then = "".join(f", CAST({sql} AS {kinds[column]}) AS {_then(column)}" for column, sql in how.halves.select.items())
    return f"{how.halves.half} AS _half, false AS _beside, coalesce({how.halves.leave}, false) AS _left{then}"


def _then(column: str) -> str:
    return name(f"_beside_{column}")


def _rows(dataset: Dataset, select: Mapping[str, str], source: str, prefix: str, more: str) -> str:
    fields = ", ".join(
        f"CAST({select.get(column.name, 'NULL')} AS {column.type.sql}) AS {name(column.name)}" for column in DATASETS[dataset]
    )
    return f"SELECT {fields}, replace(_file, {literal(prefix)}, '') || ':' || _line AS x_Row, _file, _line, {more} FROM {source}"


def chosen(how: Translation, currency: str) -> Mapping[str, str]:
    """FOCUS column -> SQL over ``bill``, with what follows from other columns where a bill leaves it out."""
    select = dict(how.select)
    if currency and how.dataset in {Dataset.COST_AND_USAGE, Dataset.INVOICE_DETAIL}:
        said = select.get("BillingCurrency")
        select["BillingCurrency"] = f"coalesce({said}, {literal(currency)})" if said else literal(currency)
    return select
