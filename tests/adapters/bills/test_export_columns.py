"""Columns of an export: each version's own names, in its order, none that came later."""

import pytest

from skywright.adapters.bills.export import export_sql, options_of
from skywright.model.errors import BadInput
from skywright.model.focus import COST_AND_USAGE

LATER = {
    "AllocatedMethodDetails", "AllocatedMethodId", "AllocatedResourceId", "AllocatedResourceName", "AllocatedTags",
    "CommitmentProgramEligibilityDetails", "ContractApplied", "InvoiceDetailId",
}  # fmt: skip


def names(sql: str) -> list[str]:
    return [
        part.rpartition(" AS ")[2].strip('"')
        for part in sql.removeprefix("SELECT ").rpartition(" FROM ")[0].split(", ")
        if " AS " in part
    ]


def test_the_newest_version_has_every_column_by_its_name() -> None:
    assert names(export_sql("1.4", "rows", text=True)) == [column.name for column in COST_AND_USAGE]


def test_an_older_version_has_its_own_names_and_nothing_that_came_later() -> None:
    older = {"ServiceProviderName": "ProviderName", "HostProviderName": "PublisherName"}
    wanted = [older.get(column.name, column.name) for column in COST_AND_USAGE if column.name not in LATER]
    assert names(export_sql("1.2", "rows", text=True)) == wanted
    assert {"ProviderName", "PublisherName"} < set(wanted)


def test_a_version_that_is_not_written() -> None:
    with pytest.raises(BadInput, match=r"^--version: FOCUS 1\.0 is not written\. Choose 1\.2 or 1\.4\.$"):
        export_sql("1.0", "rows", text=True)


def test_the_ending_says_how_it_is_written(tmp_path) -> None:
    assert options_of(tmp_path / "A.CSV.GZ") == ("FORMAT csv, HEADER, DELIMITER ',', COMPRESSION gzip", True)
    assert options_of(tmp_path / "a.csv") == ("FORMAT csv, HEADER, DELIMITER ','", True)
    assert options_of(tmp_path / "a.parquet") == ("FORMAT parquet, COMPRESSION zstd", False)
    with pytest.raises(BadInput, match=r"a\.xlsx: a\.xlsx ends in none of \.csv, \.csv\.gz, \.parquet\. Rename it\.$"):
        options_of(tmp_path / "a.xlsx")
