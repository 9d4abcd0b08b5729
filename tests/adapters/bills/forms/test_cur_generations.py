"""AWS's report as each generation writes it: the same lines become the same rows."""

import csv
import re
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.adapters.bills.forms.test_what_each_form_becomes import COSTS, LINES, taken
from tests.adapters.bills.sample import ledger_in, write

from skywright.adapters.bills.forms.cur_names import is_old, spelled, squashed
from skywright.model.errors import BadInput

GROUPS = {"bill": "bill", "line_item": "lineItem", "pricing": "pricing", "product": "product"} | {
    "reservation": "reservation",
    "savings_plan": "savingsPlan",
}
OWN = {"product": "product/ProductName", "resource_tags": ""}
WHO = "SubAccountId, ServiceName, RegionId, SkuMeter, SkuPriceDetails['InstanceType'], Tags['team']"
COLUMNS = f"ChargeCategory, CommitmentDiscountStatus, {COSTS}, {WHO}"


def slashed(column: str) -> str:
    """``line_item_unblended_cost`` -> ``lineItem/UnblendedCost``, as the older report's CSV files have it."""
    group = max((one for one in GROUPS if column.startswith(f"{one}_")), key=len)
    rest = column.removeprefix(f"{group}_").split("_")
    return f"{GROUPS[group]}/{''.join(word.capitalize() for word in rest)}"


def old(lines: list[dict[str, str]], *, parquet: bool) -> list[dict[str, str]]:
    """Lines of CUR 2.0 as the older report has them: tags and product in columns of their own."""
    found = []
    for line in lines:
        plain = {column: value for column, value in line.items() if column not in OWN}
        row = dict(plain) if parquet else {slashed(column): value for column, value in plain.items()}
        row["product_product_name" if parquet else "product/ProductName"] = "Amazon Elastic Compute Cloud"
        row["resource_tags_user_team" if parquet else "resourceTags/user:team"] = "web"
        row["cost_category_team" if parquet else "costCategory/Team"] = "Search"
        found.append(row)
    return found


def as_parquet(path: Path, rows: list[dict[str, str]]) -> str:
    write(path.with_suffix(".csv"), rows)
    made = f"SELECT * FROM read_csv('{path.with_suffix('.csv')}', all_varchar = true, header = true, quote = '\"')"
    duckdb.sql(f"COPY ({made}) TO '{path}' (FORMAT parquet)")
    return str(path)


def test_the_same_lines_in_every_generation_become_the_same_rows(tmp_path: Path):
    receipts, rows = zip(
        taken(tmp_path / "new", write(tmp_path / "new.csv", LINES), COLUMNS),
        taken(tmp_path / "csv", write(tmp_path / "csv.csv", old(LINES, parquet=False)), COLUMNS),
        taken(tmp_path / "parquet", as_parquet(tmp_path / "parquet.parquet", old(LINES, parquet=True)), COLUMNS),
        strict=True,
    )
    assert rows[0] == rows[1] == rows[2]
    assert [one.form for one in receipts] == ["aws-cur-2.0", "aws-cur-legacy", "aws-cur-legacy"]
    assert receipts[0].sums_in == receipts[1].sums_in == receipts[2].sums_in


def test_tags_and_cost_categories_in_columns_of_their_own(tmp_path: Path):
    lines = [{**one, "resourceTags/aws:createdBy": "root"} for one in old(LINES[:1], parquet=False)]
    _, rows = taken(tmp_path, write(tmp_path / "csv.csv", lines), "Tags")
    assert rows == [({"team": "web", "aws:createdBy": "root", "costCategory/Team": "Search"},)]


def test_cost_categories_of_cur_2(tmp_path: Path):
    lines = [{**LINES[0], "resource_tags": "", "cost_category": '{"Team": "Search"}'}, {**LINES[0], "resource_tags": ""}]
    _, rows = taken(tmp_path, write(tmp_path / "cur.csv", [{"cost_category": "", **one} for one in lines]), "Tags")
    assert rows == [({"costCategory/Team": "Search"},), (None,)]


def test_an_amount_that_is_none_is_told_by_the_name_that_the_report_has_for_it(tmp_path: Path):
    lines = old(LINES[:1], parquet=False)
    source = write(tmp_path / "csv.csv", [{**lines[0], "lineItem/UnblendedCost": "1,5"}])
    with pytest.raises(BadInput) as told:
        ledger_in(tmp_path).take(source)
    assert str(told.value) == (
        f"{source}:2: lineItem/UnblendedCost 1,5 is no number. 1 row cannot be taken. Nothing was imported. Mend the bill, or pass "
        "--reject to take the others."
    )


def test_a_time_that_is_none_is_told_by_the_name_that_the_report_has_for_it(tmp_path: Path):
    lines = old(LINES[:1], parquet=False)
    source = write(tmp_path / "csv.csv", [{**lines[0], "lineItem/UsageStartDate": "yesterday"}])
    with pytest.raises(BadInput) as told:
        ledger_in(tmp_path).take(source)
    assert str(told.value) == (
        f"{source}:2: lineItem/UsageStartDate yesterday is no time that is known here. 1 row cannot be taken. Nothing was "
        "imported. Mend the bill, or pass --reject to take the others."
    )


def test_reports_of_two_generations_in_one_folder_are_turned_away(tmp_path: Path):
    folder = tmp_path / "both"
    write(folder / "a.csv", LINES)
    write(folder / "b.csv", old(LINES, parquet=False))
    with pytest.raises(BadInput) as told:
        ledger_in(tmp_path).take(str(folder))
    assert str(told.value) == (
        f"{folder}: holds bills of several kinds: {folder}/a.csv is aws-cur (cost_and_usage), {folder}/b.csv is aws-cur-legacy "
        "(cost_and_usage). Import them one by one."
    )


def test_amounts_of_more_than_18_decimals_are_rounded_and_told_to_the_last_digit(tmp_path: Path):
    line = old(LINES[:1], parquet=False)[0] | {"pricing/PublicOnDemandCost": "None"}
    costs = ["0.0016963479643642616", "0.0016963479643642616", "0.00000000000000000049"]
    source = write(tmp_path / "csv.csv", [{**line, "lineItem/UnblendedCost": cost} for cost in costs])
    receipt = ledger_in(tmp_path).take(source)
    assert receipt.sums_in["BilledCost/USD"] == Decimal("0.003392695928728524")
    assert receipt.sums_in["BilledCost/USD"] == receipt.sums_out["BilledCost/USD"]
    written = sum(Decimal(cost) for cost in costs)
    cut = f"{receipt.sums_in['BilledCost/USD'] - written:+f}"
    told = "3 amounts of lineItem/UnblendedCost have more than 18 decimals and were rounded to them: {} in all."
    assert receipt.remarks == (told.format(cut),)


@given(st.lists(st.sampled_from([one for line in LINES for one in line if one not in OWN]), unique=True, min_size=1))
def test_every_spelling_is_known_by_its_letters(columns: list[str]):
    shown = [slashed(column) for column in columns]
    assert spelled(shown, columns) == dict(zip(shown, columns, strict=True))
    assert spelled(columns, columns) == {one: one for one in columns}
    assert is_old(shown)
    assert not is_old(columns)


@given(st.text(max_size=30))
def test_a_squashed_name_is_letters_and_digits_and_stays_so(text: str):
    assert re.fullmatch("[a-z0-9]*", squashed(text))
    assert squashed(squashed(text)) == squashed(text)


def test_tag_keys_that_differ_in_case_only_are_two_tags(tmp_path: Path):
    line = old(LINES[:1], parquet=False)[0]
    path = tmp_path / "csv.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*line, "resourceTags/user:Team"])
        writer.writerow([*line.values(), "Web"])
    _, rows = taken(tmp_path, str(path), "Tags['team'], Tags['Team']")
    assert rows == [("web", "Web")]
