"""What licences that come with machines and databases cost, and who is told."""
# ruff: noqa: E501 - a table of cases reads best with one case a line

from decimal import Decimal

import pytest

from skywright.adapters.prices import BookPrices
from skywright.loop.analyse import analyse
from skywright.model.estate import Usage
from skywright.model.kinds.base import resource_id
from skywright.model.kinds.compute import Instance
from skywright.model.kinds.storage import Database
from skywright.model.settings import InsightSettings
from skywright.topics.cost.licences import LICENSED_DATABASE, LICENSED_INSTANCE


def machine(cloud="aws", region="us-east-1", **columns):
    usual = {"type": "m5.large", "state": "running", "scaling_group": "", "platform": "Windows"}
    return Instance(
        id=resource_id(cloud, "1", region, Instance.KIND, "i-1"),
        cloud=cloud,
        account="1",
        region=region,
        native_id="i-1",
        **usual | columns,
    )


def told(opened, measure, target, usage=()):
    return analyse(opened([target], usage), [measure], InsightSettings())


MACHINES = [
    # name                  machine                                                  licence a month
    ("windows", machine(), "67.16"),  # 0.092 x 730
    ("another region, the same licence", machine(region="eu-west-1"), "67.16"),
    ("small ones pay less for it", machine(type="t3.micro"), "6.72"),
    ("another cloud", machine("azure", "eastus", type="Standard_D4s_v3", platform="windows"), "134.32"),
    ("linux", machine(platform="Linux/UNIX"), None),
    ("own licence", machine(platform="Windows BYOL"), None),
    ("stopped", machine(state="stopped"), None),
    ("spot", machine(lifecycle="spot"), None),
    ("a third cloud", machine("gcp", "europe-west1", type="n1-standard-8"), "268.64"),  # 8 x 0.046 x 730
    ("no price", machine("gcp", "europe-west1", type="e2-micro"), None),
]


@pytest.mark.parametrize(("name", "target", "saving"), MACHINES, ids=[case[0] for case in MACHINES])
def test_machines(opened, name, target, saving):
    found = told(opened, LICENSED_INSTANCE, target)
    assert [(one.set, one.saving_monthly.amount) for one in found] == ([({}, Decimal(saving))] if saving else [])


def test_one_that_does_nothing_is_told_so_first(opened):
    target = machine()
    idle = [
        Usage(
            resource=target.id,
            metric=metric,
            window_days=14.0,
            samples=336,
            **dict.fromkeys(("p50", "p95", "p99", "max", "mean"), 1.0),
        )
        for metric in ("cpu_pct", "network_in_bytes", "network_out_bytes")
    ]
    advice = "bring a licence of your own, if your agreement allows it, or move it to Linux: 49 % of its price is the licence"
    assert [one.note for one in told(opened, LICENSED_INSTANCE, target)] == [advice]
    [insight] = told(opened, LICENSED_INSTANCE, target, idle)
    assert (insight.note, insight.confidence) == (f"it does nothing: stop it; otherwise {advice}", 0.9)


def database(engine):
    return Database(
        id="aws:1:us-east-1:database.instance/d", cloud="aws", account="1", region="us-east-1", native_id="d", engine=engine, type="db.m5.large", state="available", multi_zone=False
    )  # fmt: skip


@pytest.mark.parametrize("engine", ["postgres", "mysql", "sqlserver-ex", "oracle-ee"])
def test_engines_without_a_licence_in_the_price(opened, engine):
    assert told(opened, LICENSED_DATABASE, database(engine)) == ()


def test_what_the_price_book_does_not_hold_has_no_amount(opened):
    [insight] = told(opened, LICENSED_DATABASE, database("sqlserver-se"))
    assert (insight.set, insight.saving_monthly) == ({}, None)
    assert (
        insight.note
        == "its licence is in the price, which the price book does not hold; an application may need this engine: look at it first"
    )


def test_licences_are_no_other_price_of_a_type():
    assert BookPrices().offers("aws", "us-east-1")["m5.large"].hourly == Decimal("0.096")
