"""Exports with their manifests: which files are the bill, whether they are whole, and which run is the newest."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import obstore
import pytest
from hypothesis import given
from hypothesis import strategies as st
from obstore.store import MemoryStore
from tests.adapters.bills.sample import held, ledger_in, month, row, write

from skywright.adapters.bills.raw import open_raw
from skywright.adapters.bills.raw.manifests import Listed, Manifest, newest, read
from skywright.model.errors import BadInput

AZURE = {
    "Date": "09/01/2026",
    "MeterCategory": "Virtual Machines",
    "Quantity": "24",
    "UnitOfMeasure": "1 Hour",
    "CostInBillingCurrency": "5",
    "ChargeType": "Usage",
    "PricingModel": "OnDemand",
    "BillingAccountId": "BA1",
    "BillingCurrencyCode": "EUR",
    "BillingPeriodStartDate": "09/01/2026",
    "BillingPeriodEndDate": "09/30/2026",
}
SCOPE = "/providers/Microsoft.Billing/billingAccounts/1234567"


def run(
    folder: Path,
    parts: Mapping[str, Sequence[Mapping[str, str]]],
    *,
    made: str = "2026-09-20T06:12:44.1234567Z",
    days: tuple[str, str] = ("2026-09-01", "2026-09-20"),
    kind: str = "ActualCost",
    **changes: Any,
) -> Path:
    """One run as Cost Management delivers it: its parts, and manifest.json beside them. ``changes`` differ in every blob."""
    blobs = []
    for name, rows in parts.items():
        path = Path(write(folder / name, rows))
        blob = {"blobName": f"root/sample/{folder.name}/{name}", "byteCount": path.stat().st_size, "dataRowCount": len(rows)}
        blobs.append(blob | changes)
    manifest = {
        "manifestVersion": "2024-04-01",
        "blobCount": len(blobs),
        "exportConfig": {
            "exportName": "sample",
            "resourceId": f"{SCOPE}/providers/Microsoft.CostManagement/exports/sample",
            "type": kind,
        },
        "runInfo": {"submittedTime": made, "startDate": f"{days[0]}T00:00:00", "endDate": f"{days[1]}T00:00:00Z"},
        "blobs": blobs,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def names(source: Path | str) -> list[str]:
    with open_raw(str(source)) as raw:
        return [file.name.removeprefix(f"{source}/") for file in raw.files]


def refused(source: Path) -> str:
    with pytest.raises(BadInput) as told, open_raw(str(source)):
        pass
    return str(told.value).replace(f"{source}/", "")


def test_the_newest_of_several_runs_is_the_bill(tmp_path: Path):
    export = tmp_path / "sample" / "20260901-20260930"
    run(export / "r1", {"part0.csv": [AZURE]}, made="2026-09-10T06:00:00Z", days=("2026-09-01", "2026-09-10"))
    run(export / "r2", {"part0.csv": [AZURE, AZURE], "part1.csv": [{**AZURE, "Quantity": "1"}]})
    run(export / "r3", {"part0.csv": [AZURE]}, made="2026-09-11T06:00:00Z", days=("2026-09-01", "2026-09-11"))
    august = run(tmp_path / "sample" / "20260801-20260831" / "r4", {"part0.csv": [AZURE]}, days=("2026-08-01", "2026-08-31"))
    assert names(tmp_path) == [
        f"{august.relative_to(tmp_path)}/part0.csv",
        "sample/20260901-20260930/r2/part0.csv",
        "sample/20260901-20260930/r2/part1.csv",
    ]
    receipt = ledger_in(tmp_path / "x").take(str(export))
    assert str(receipt.sums_out["BilledCost/EUR"].normalize()) == "15"
    assert receipt.remarks[0] == f"2 older runs of the same days were left: {export}/r2/manifest.json is the newest."


def test_runs_of_other_days_of_one_month_are_pieces(tmp_path: Path):
    run(tmp_path / "a", {"part0.csv": [AZURE]}, days=("2026-09-01", "2026-09-10"))
    run(tmp_path / "b", {"part0.csv": [AZURE, AZURE]}, days=("2026-09-11", "2026-09-20"), made="2026-09-21T00:00:00Z")
    assert names(tmp_path) == ["a/part0.csv", "b/part0.csv"]


def test_a_newer_run_of_fewer_days_is_no_whole_answer(tmp_path: Path):
    run(tmp_path / "a", {"part0.csv": [AZURE]}, days=("2026-09-01", "2026-09-20"))
    run(tmp_path / "b", {"part0.csv": [AZURE]}, days=("2026-09-15", "2026-09-21"), made="2026-09-22T00:00:00Z")
    assert refused(tmp_path) == (
        f"a/manifest.json: covers days that {tmp_path}/b/manifest.json, which is newer, leaves out, and others that it covers too. "
        "Nothing was imported. Import the folder of one run at a time."
    ).replace(f"{tmp_path}/", "")


def test_runs_that_do_not_say_when_they_were_made(tmp_path: Path):
    run(tmp_path / "a", {"part0.csv": [AZURE]}, made="")
    run(tmp_path / "b", {"part0.csv": [AZURE]}, made="")
    assert refused(tmp_path) == (
        "a/manifest.json: is a run of the same export and days as b/manifest.json, and neither says that it is the newer. Nothing "
        "was imported. Import the folder of one run."
    )


def test_a_part_that_is_missing(tmp_path: Path):
    run(tmp_path, {"part0.csv": [AZURE], "part1.csv": [AZURE]})
    (tmp_path / "part1.csv").unlink()
    assert refused(tmp_path) == (
        f"manifest.json: lists root/sample/{tmp_path.name}/part1.csv, which is not there: the bill was not delivered whole. "
        "Nothing was imported. Fetch it too, or name the files that are to be imported one by one."
    )


def test_a_part_of_fewer_bytes(tmp_path: Path):
    run(tmp_path, {"part0.csv": [AZURE, AZURE]})
    size = (tmp_path / "part0.csv").stat().st_size
    write(tmp_path / "part0.csv", [AZURE])
    less = (tmp_path / "part0.csv").stat().st_size
    assert refused(tmp_path) == (
        f"part0.csv: has {less} bytes, and {size} in manifest.json. Nothing was imported. Fetch it again: it is not what was "
        "delivered."
    )


def test_a_part_of_fewer_rows(tmp_path: Path):
    run(tmp_path, {"part0.csv": [AZURE, AZURE]}, dataRowCount=3)
    assert refused(tmp_path) == (
        "part0.csv: has 2 rows, and 3 in manifest.json. Nothing was imported. Fetch it again: it is not what was delivered."
    )


def test_rows_and_bytes_that_are_not_said_are_not_asked_for(tmp_path: Path):
    run(tmp_path, {"part0.csv": [AZURE]}, dataRowCount=None, byteCount=None)
    assert names(tmp_path) == ["part0.csv"]


def test_a_part_that_holds_the_same_as_another_counts_its_rows(tmp_path: Path):
    run(tmp_path, {"part0.csv": [AZURE], "part1.csv": [AZURE]})
    assert names(tmp_path) == ["part0.csv", "part1.csv"]


def test_files_that_the_manifest_does_not_list_are_left(tmp_path: Path):
    run(tmp_path, {"part0.csv": [AZURE]})
    write(tmp_path / "notes.csv", [{"a": "b"}])
    with open_raw(str(tmp_path)) as raw:
        assert ([file.name for file in raw.files], raw.remarks) == (
            [f"{tmp_path}/part0.csv"],
            ("1 file that its manifest does not list was left: notes.csv.",),
        )


def test_an_export_of_prices_is_no_bill(tmp_path: Path):
    run(tmp_path / "costs", {"part0.csv": [AZURE]})
    run(tmp_path / "prices", {"part0.csv": [{"Price": "1"}]}, kind="PriceSheet")
    with open_raw(str(tmp_path)) as raw:
        assert [file.name for file in raw.files] == [f"{tmp_path}/costs/part0.csv"]
        assert raw.remarks == (f"{tmp_path}/prices/manifest.json is of an export of PriceSheet, which is no bill, and was left.",)


@pytest.mark.parametrize(("kind", "lacking"), [("ActualCost", "the amortised export"), ("AmortizedCost", "the actual export")])
def test_which_half_it_is_stands_in_the_manifest(tmp_path: Path, kind: str, lacking: str):
    receipt = ledger_in(tmp_path / "x").take(str(run(tmp_path / "run", {"part0.csv": [AZURE]}, kind=kind)))
    assert receipt.remarks[-1].startswith(f"2026-09 of BA1: {lacking} has not come")


def test_both_halves_in_one_container(tmp_path: Path):
    bought = {"PricingModel": "Reservation", "ReservationId": "r1"}
    run(tmp_path / "a", {"part0.csv": [AZURE, {**AZURE, **bought, "ChargeType": "Purchase", "CostInBillingCurrency": "100"}]})
    run(tmp_path / "b", {"part0.csv": [AZURE, {**AZURE, **bought, "CostInBillingCurrency": "3"}]}, kind="AmortizedCost")
    ledger = ledger_in(tmp_path / "x")
    ledger.take(str(tmp_path))
    assert held(ledger, "SELECT sum(BilledCost)::INT, sum(EffectiveCost)::INT FROM cost_and_usage") == [(105, 8)]


def report(folder: Path, assembly: str, rows: Sequence[Mapping[str, str]], *, top: bool) -> None:
    """A version of a report as AWS delivers it: its folder, and the period's own manifest (``top``) of the newest."""
    write(folder / assembly / "cur-1.csv", rows)
    keys = [f"pre/cur/{folder.name}/{assembly}/cur-1.csv"]
    period = {"start": "20260901T000000.000Z", "end": "20261001T000000.000Z"}
    manifest = {"assemblyId": assembly, "account": assembly, "reportName": "cur", "billingPeriod": period, "reportKeys": keys}
    for path in (folder / assembly, *([folder] if top else [])):
        (path / "cur-Manifest.json").write_text(json.dumps(manifest))


def test_the_newest_version_of_a_report_is_the_one_in_the_periods_own_manifest(tmp_path: Path):
    period = tmp_path / "pre" / "cur" / "20260901-20261001"
    report(period, "zz-old", [row()], top=False)
    report(period, "aa-new", [row(), row()], top=True)
    assert names(tmp_path) == ["pre/cur/20260901-20261001/aa-new/cur-1.csv"]
    assert names(period) == ["aa-new/cur-1.csv"]
    assert names(period / "zz-old") == ["cur-1.csv"]
    (period / "cur-Manifest.json").unlink()
    assert refused(period) == (
        "aa-new/cur-Manifest.json: is a run of the same export and days as zz-old/cur-Manifest.json, and neither says that it is "
        "the newer. Nothing was imported. Import the folder of one run."
    )


def test_a_version_without_manifest_beside_the_newest_is_left(tmp_path: Path):
    report(tmp_path, "new", [row(), row()], top=True)
    write(tmp_path / "old" / "cur-1.csv", [row()])
    with open_raw(str(tmp_path)) as raw:
        assert [file.name for file in raw.files] == [f"{tmp_path}/new/cur-1.csv"]
        assert raw.remarks == ("1 file that its manifest does not list was left: old/cur-1.csv.",)


EXPORT = "pre/org-cur"


def exported(period: str, files: Sequence[str]) -> dict[str, bytes]:
    """The manifest of AWS Data Exports."""
    listed = [f"s3://bills/{EXPORT}/data/BILLING_PERIOD={period}/{name}" for name in files]
    return {f"{EXPORT}/metadata/BILLING_PERIOD={period}/org-cur-Manifest.json": json.dumps({"dataFiles": listed}).encode()}


def test_data_exports_list_their_files_and_what_is_left_over_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    store = MemoryStore()
    monkeypatch.setattr("obstore.store.from_url", lambda _url, **_options: store)
    for number, period in ((8, "2026-08"), (9, "2026-09")):
        content = Path(write(tmp_path / "x.csv", [month(number)])).read_bytes()
        for key, data in exported(period, ["org-cur-00001.csv"]).items():
            obstore.put(store, key, data)
        obstore.put(store, f"{EXPORT}/data/BILLING_PERIOD={period}/org-cur-00001.csv", content)
    obstore.put(store, f"{EXPORT}/data/BILLING_PERIOD=2026-09/org-cur-00002.csv", b"not,read\n")
    for source in ("s3://bills", f"s3://bills/{EXPORT}/"):
        with open_raw(source) as raw:
            assert [Path(file.name).parts[-2:] for file in raw.files] == [
                ("BILLING_PERIOD=2026-08", "org-cur-00001.csv"),
                ("BILLING_PERIOD=2026-09", "org-cur-00001.csv"),
            ]
    obstore.delete(store, f"{EXPORT}/data/BILLING_PERIOD=2026-08/org-cur-00001.csv")
    with pytest.raises(BadInput) as told, open_raw("s3://bills"):
        pass
    assert str(told.value) == (
        f"s3://bills/{EXPORT}/metadata/BILLING_PERIOD=2026-08/org-cur-Manifest.json: lists {EXPORT}/data/BILLING_PERIOD=2026-08/"
        "org-cur-00001.csv, which is not there: the bill was not delivered whole. Nothing was imported. Fetch it too, or name the "
        "files that are to be imported one by one."
    )


@pytest.mark.parametrize("text", ["{}", "[]", '{"nodes": {}}', "3"])
def test_manifests_of_other_programs_are_left(tmp_path: Path, text: str):
    write(tmp_path / "bill.csv", [row()])
    (tmp_path / "manifest.json").write_text(text)
    assert names(tmp_path) == ["bill.csv"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"blobs": [', "Input data was truncated"),
        ('{"blobs": [{}]}', "Object missing required field `blobName` - at `$.blobs[0]`"),
        ('{"reportKeys": 3}', "Expected `array`, got `int` - at `$.reportKeys`"),
        ('{"blobs": [], "runInfo": {"startDate": "soon", "endDate": "late"}}', "Invalid isoformat string: 'soon'"),
    ],
)
def test_a_damaged_manifest(tmp_path: Path, text: str, why: str):
    (tmp_path / "manifest.json").write_text(text)
    assert refused(tmp_path) == (f"manifest.json: is no manifest that can be read: {why}. Fetch it again; nothing was imported.")


def test_a_manifest_is_no_bill(tmp_path: Path):
    run(tmp_path, {"part0.csv": [AZURE]})
    with pytest.raises(BadInput) as told, open_raw(str(tmp_path / "manifest.json")):
        pass
    assert str(told.value) == f"{tmp_path}/manifest.json: is a manifest and no bill. Name the folder that it speaks of."


@given(st.binary(max_size=60) | st.recursive(st.none() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner) |
    st.dictionaries(st.sampled_from(["blobs", "reportKeys", "dataFiles", "runInfo", "blobName", "startDate"]), inner),
).map(lambda one: json.dumps(one).encode()))  # fmt: skip
def test_whatever_a_manifest_holds_it_is_read_left_or_refused(content: bytes):
    try:
        found = read(content, "m.json", "m.json")
    except BadInput as told:
        assert told.where == "m.json"
    else:
        assert found is None or all(one.manifest == "m.json" for one in found.files)


@st.composite
def runs(draw: st.DrawFn) -> list[Manifest]:
    """Runs of one export, each from the month's first day to some day, made one after the other."""
    ends = draw(st.lists(st.integers(1, 28), min_size=1, max_size=6))
    return [
        Manifest(
            name=f"m{index}",
            path=f"r{index}/manifest.json",
            bill=("scope", "actualcost"),
            days=frozenset(date(2026, 9, 1) + timedelta(days=day) for day in range(end)),
            made=f"2026-09-{index + 1:02}T00:00:00Z",
            files=(Listed(f"r{index}/part0.csv", f"m{index}"),),
        )
        for index, end in enumerate(sorted(ends))
    ]


@given(runs(), st.randoms())
def test_of_runs_that_grow_the_last_counts_in_whatever_order_they_lie(found: list[Manifest], random: Any):
    shuffled = list(found)
    random.shuffle(shuffled)
    counting, replaced = newest(shuffled)
    assert counting == [found[-1]]
    assert {one.name for one, _ in replaced} == {one.name for one in found[:-1]}
