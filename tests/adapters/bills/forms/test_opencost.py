"""OpenCost's answers and CSV exports: who bears what, idle capacity apart, and nothing across months."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.bills.sample import held, ledger_in, write

from skywright.model.errors import BadInput
from skywright.ports.bills import Wanted

OPENCOST = {
    "name": "web",
    "properties": {
        "cluster": "c1",
        "namespace": "shop",
        "controllerKind": "deployment",
        "controller": "web",
        "labels": {"app": "web"},
    },
    "start": "2026-09-01T00:00:00Z",
    "end": "2026-09-02T00:00:00Z",
    "totalCost": 0.30000000000000004,
}
IDLE = {**OPENCOST, "name": "__idle__", "properties": {"cluster": "c1"}, "totalCost": 0.7}


def taken(folder: Path, source: str, columns: str, wanted: Wanted | None = None) -> tuple[Any, list[tuple[Any, ...]]]:
    ledger = ledger_in(folder)
    return ledger.take(source, wanted), held(ledger, f"SELECT {columns} FROM cost_and_usage ORDER BY ALL")


def answer(path: Path, *allocations: dict[str, Any] | None) -> str:
    path.write_text(json.dumps({"code": 200, "data": [None, {one["name"]: one for one in allocations if one}]}))
    return str(path)


def test_what_no_workload_bears_is_told_apart(tmp_path: Path):
    special = [
        {**OPENCOST, "name": name, "properties": {"cluster": "c1", "node": "n1", "namespace": name.rpartition("/")[2]}}
        for name in ("__idle__", "c1/__idle__", "__unmounted__", "__unallocated__", "idle")
    ]
    _, rows = taken(tmp_path, answer(tmp_path / "a.json", *special), "ResourceName, ChargeDescription, Tags['kubernetes:node']")
    assert rows == [
        ("__idle__", "Idle capacity, as OpenCost has it", "n1"),
        ("__unallocated__", "Not allocated by OpenCost", "n1"),
        ("__unmounted__", "Volumes that nothing mounts, as OpenCost has it", "n1"),
        ("c1/__idle__", "Idle capacity, as OpenCost has it", "n1"),
        ("idle", "Allocated by OpenCost", "n1"),
    ]


def test_the_total_is_taken_with_all_that_it_holds(tmp_path: Path):
    parts = {"cpuCost": 1.0, "cpuCostAdjustment": -0.25, "sharedCost": 0.5, "loadBalancerCost": 0.1, "pvCost": 0.2}
    _, rows = taken(tmp_path, answer(tmp_path / "a.json", {**OPENCOST, **parts, "totalCost": 1.55}), "BilledCost::DOUBLE")
    assert rows == [(1.55,)]


def test_labels_of_the_csv_export_are_tags(tmp_path: Path):
    line = {"Date": "2026-09-01", "Namespace": "shop", "Labels": '{"app": "web"}', "TotalCost": "0.5"}
    _, rows = taken(tmp_path, write(tmp_path / "oc.csv", [line]), "Tags")
    assert rows == [({"kubernetes:namespace": "shop", "app": "web"},)]


def test_an_allocation_that_runs_into_the_next_month_has_no_place(tmp_path: Path):
    ends = [{**OPENCOST, "name": "ends", "end": "2026-10-01T00:00:00Z"}, {**OPENCOST, "end": "2026-10-01T00:05:00Z"}]
    path = answer(tmp_path / "a.json", *ends)
    with pytest.raises(BadInput) as caught:
        ledger_in(tmp_path).take(path)
    assert str(caught.value) == (
        f"{path}:2: The allocation runs beyond the end of its month, which is billed apart: ask OpenCost for days (step=1d). 1 row "
        "cannot be taken. Nothing was imported. Mend the bill, or pass --reject to take the others."
    )


def test_opencost_answers_and_csv(tmp_path: Path):
    path = tmp_path / "allocation.json"
    path.write_text(json.dumps({"code": 200, "data": [{"web": OPENCOST, "__idle__": IDLE}]}))
    columns = "BillingAccountId, ResourceId, SubAccountId, regexp_replace(BilledCost::VARCHAR, '0+$', ''), BillingCurrency, Tags"
    receipt, rows = taken(tmp_path, str(path), columns)
    places = {
        "kubernetes:cluster": "c1",
        "kubernetes:namespace": "shop",
        "kubernetes:kind": "deployment",
        "kubernetes:controller": "web",
    }
    assert rows == [
        ("c1", "c1", None, "0.7", "USD", {"kubernetes:cluster": "c1"}),
        ("c1", "c1/shop/deployment/web", "shop", "0.30000000000000004", "USD", {**places, "app": "web"}),
    ]
    assert receipt.remarks == ("What OpenCost allocates a cloud may bill too: ask for one issuer at a time.",)
    line = {"Date": "2026-09-01", "Namespace": "shop", "Pod": "web-1", "TotalCost": "0.5"}
    _, rows = taken(
        tmp_path / "csv",
        write(tmp_path / "oc.csv", [line]),
        "SubAccountId, ResourceId, regexp_replace(BilledCost::VARCHAR, '0+$', '')",
        Wanted(currency="EUR"),
    )
    assert rows == [("shop", "shop/web-1", "0.5")]
