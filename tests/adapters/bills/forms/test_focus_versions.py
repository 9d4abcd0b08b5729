"""FOCUS 1.0 to 1.4, its four datasets, renamed columns; what follows where a version leaves it out, and what is never replaced."""

from pathlib import Path

import pytest
from tests.adapters.bills.sample import ROW, held, ledger_in, row, write

from skywright.model.errors import BadInput
from skywright.model.focus import DATASETS, Dataset, FocusType

NEW = {"ServiceProviderName": "Seller", "HostProviderName": "Host"}
OLD = ("ProviderName", "PublisherName")

VERSIONS = [  # name, added columns, left out, form
    ("1.0", {}, (), "focus-1.0"),
    ("1.1", {"ServiceSubcategory": "Virtual Machines", "SkuMeter": "m"}, (), "focus-1.1"),
    ("1.2", {"ServiceSubcategory": "Virtual Machines", "InvoiceId": "I-1"}, (), "focus-1.2"),
    ("1.3 with both names", {**NEW, "AllocatedMethodId": ""}, (), "focus-1.3"),
    ("1.4", {**NEW, "InvoiceDetailId": "D-1"}, OLD, "focus-1.4"),
]


@pytest.mark.parametrize(("added", "left", "form"), [one[1:] for one in VERSIONS], ids=[one[0] for one in VERSIONS])
def test_a_version_is_known_by_its_columns(tmp_path: Path, added: dict[str, str], left: tuple[str, ...], form: str):
    ledger = ledger_in(tmp_path)
    receipt = ledger.take(write(tmp_path / "bill.csv", [{**ROW, **added}], without=left))
    assert (receipt.form, receipt.dataset) == (form, "cost_and_usage")
    seller = ("Seller", "Host") if "ServiceProviderName" in added else ("Provider", "Publisher")
    assert held(ledger, "SELECT ServiceProviderName, HostProviderName FROM cost_and_usage") == [seller]


def test_lower_case_headers_are_the_same_columns(tmp_path: Path):
    ledger = ledger_in(tmp_path)
    assert ledger.take(write(tmp_path / "bill.csv", [{key.lower(): value for key, value in ROW.items()}])).form == "focus-1.0"
    assert held(ledger, "SELECT BilledCost::VARCHAR FROM cost_and_usage") == [("1.500000000000000000",)]


EXAMPLE = {FocusType.DECIMAL: "1.5", FocusType.TIME: "2026-09-01T00:00:00Z", FocusType.TAGS: '{"a": "b"}', FocusType.JSON: "{}"}


def example(dataset: Dataset) -> dict[str, str]:
    """A row of a dataset with something in every column."""
    row = {c.name: c.allowed[0] if c.allowed else EXAMPLE.get(c.type, c.name.lower()) for c in DATASETS[dataset]}
    return {**row, **({"BillingPeriodEnd": "2026-10-01T00:00:00Z"} if "BillingPeriodEnd" in row else {})}


@pytest.mark.parametrize("dataset", list(Dataset))
def test_every_dataset_of_1_4_is_kept_column_by_column(tmp_path: Path, dataset: Dataset):
    ledger = ledger_in(tmp_path)
    given = example(dataset)
    receipt = ledger.take(write(tmp_path / "bill.csv", [given]))
    assert (receipt.form, receipt.dataset, receipt.remarks) == ("focus-1.4", dataset.value, ())
    with ledger.open() as session:
        kept = session.query(f"SELECT * EXCLUDE (x_Import, x_Row) FROM {dataset.value}").dicts()[0]
        columns = session.query(f"SELECT column_name, column_type FROM (DESCRIBE {dataset.value})").rows
    assert [name for name, value in kept.items() if value is None] == []
    assert columns == [(c.name, c.type.sql) for c in DATASETS[dataset]] + [("x_Import", "VARCHAR"), ("x_Row", "VARCHAR")]
    assert {name: str(value) for name, value in kept.items() if isinstance(value, str)} == {
        name: value for name, value in given.items() if isinstance(kept[name], str)
    }
    assert ledger.take(str(tmp_path / "bill.csv")).repeated


def test_datasets_that_came_never_are_empty_tables(tmp_path: Path):
    with ledger_in(tmp_path).open({"mine": "SELECT count(*) AS n FROM cost_and_usage"}) as session:
        assert [session.query(f"SELECT count(*) FROM {dataset.value}").rows for dataset in Dataset] == [[(0,)]] * 4
        assert session.query("SELECT n FROM mine").rows == [(0,)]


FACTS = "RegionId, RegionName, ServiceCategory, ServiceSubcategory"
FILLED = [
    (
        "a region's name",
        {"RegionId": "eu-west-1", "RegionName": ""},
        ("eu-west-1", "Europe (Ireland)", "Compute", "Virtual Machines"),
    ),
    ("a region's id", {"RegionName": "EU West", "RegionId": ""}, ("westeurope", "EU West", "Compute", "Virtual Machines")),
    (
        "what the issuer says stays",
        {"RegionId": "eu-west-1", "RegionName": "Mine"},
        ("eu-west-1", "Mine", "Compute", "Virtual Machines"),
    ),
    ("another category stays", {"ServiceCategory": "Storage", "RegionId": ""}, (None, None, "Storage", "Other (Storage)")),
    ("a category that is not FOCUS's", {"ServiceCategory": "Metal", "RegionId": ""}, (None, None, "Metal", None)),
    ("no category", {"ServiceCategory": "", "RegionId": ""}, (None, None, "Compute", "Virtual Machines")),
    ("an unknown service", {"ServiceCategory": "", "ServiceName": "Own"}, (None, None, "Other", "Other (Other)")),
    ("an unknown region", {"RegionId": "moon-1", "RegionName": ""}, ("moon-1", None, "Compute", "Virtual Machines")),
]


@pytest.mark.parametrize(("changes", "filled"), [one[1:] for one in FILLED], ids=[one[0] for one in FILLED])
def test_facts_fill_what_is_left_open_and_nothing_else(tmp_path: Path, changes: dict[str, str], filled: tuple[str | None, ...]):
    ledger = ledger_in(tmp_path)
    ledger.take(write(tmp_path / "bill.csv", [row(**changes)]))
    assert held(ledger, f"SELECT {FACTS} FROM cost_and_usage") == [filled]


def test_columns_that_are_not_focus_are_told(tmp_path: Path):
    receipt = ledger_in(tmp_path).take(write(tmp_path / "bill.csv", [{**ROW, "x_Discount": "1", "Colour": "red"}]))
    assert receipt.remarks == ("2 columns are not FOCUS's and were left out: Colour, x_Discount.",)


def test_several_datasets_in_one_folder_are_not_thrown_together(tmp_path: Path):
    for dataset in (Dataset.COST_AND_USAGE, Dataset.INVOICE_DETAIL):
        write(tmp_path / "bills" / f"{dataset.value}.csv", [example(dataset)])
    with pytest.raises(BadInput) as caught:
        ledger_in(tmp_path).take(str(tmp_path / "bills"))
    assert str(caught.value).replace(f"{tmp_path}/", "") == (
        "bills: holds bills of several kinds: bills/cost_and_usage.csv is focus (cost_and_usage), bills/invoice_detail.csv is "
        "focus "
        "(invoice_detail). Import them one by one."
    )


def test_files_of_a_bill_may_have_more_columns_than_others(tmp_path: Path):
    write(tmp_path / "bills" / "a.csv", [ROW])
    write(tmp_path / "bills" / "b.csv", [{**ROW, "InvoiceId": "I-1", "BilledCost": "2"}])
    ledger = ledger_in(tmp_path)
    assert ledger.take(str(tmp_path / "bills")).form == "focus-1.2"
    assert held(ledger, "SELECT InvoiceId, x_Row FROM cost_and_usage ORDER BY x_Row") == [(None, "a.csv:2"), ("I-1", "b.csv:2")]


def test_what_issuers_said_in_columns_of_their_own_before_focus_had_them(tmp_path: Path):
    ledger = ledger_in(tmp_path)
    ledger.take(
        write(tmp_path / "bill.csv", [{**ROW, "x_UsageType": "EU-BoxUsage", "x_InvoiceId": "I-1", "x_SkuDetails": '{"VCPUs": 2}'}])
    )
    assert held(ledger, "SELECT SkuMeter, InvoiceId, SkuPriceDetails FROM cost_and_usage") == [
        ("EU-BoxUsage", "I-1", {"VCPUs": "2"})
    ]


TAGS = [
    ('{"a": "1", "b": null, "c": 2}', {"a": "1", "b": None, "c": "2"}),
    ('[{"key": "a", "value": "1"}, {"key": "b", "value": "2"}, {"key": "a", "value": "1"}]', {"a": "1", "b": "2"}),
    ("{}", {}),
    ("", None),
]


@pytest.mark.parametrize(("text", "tags"), TAGS)
def test_tags_as_an_object_or_as_a_list_of_keys_and_values(tmp_path: Path, text: str, tags: dict[str, str | None] | None):
    ledger = ledger_in(tmp_path)
    ledger.take(write(tmp_path / "bill.csv", [row(Tags=text)]))
    assert held(ledger, "SELECT Tags FROM cost_and_usage") == [(tags,)]
