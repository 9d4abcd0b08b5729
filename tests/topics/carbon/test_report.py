"""The answer: sums by key, what had to be assumed, and what is not in it."""

from decimal import Decimal

import duckdb
import pytest

from skywright.adapters.bills.machines import views
from skywright.model.focus import Dataset, table_sql
from skywright.ports.engine import Rows
from skywright.topics.carbon.report import Known, as_document, of_bill, of_estate


class Asked:
    """A database as a session."""

    def __init__(self) -> None:
        self.database = duckdb.connect(":memory:")

    def query(self, sql, params=None):
        wanted = {key: value for key, value in (params or {}).items() if f"${key}" in sql}
        answer = self.database.execute(sql, wanted)
        return Rows(tuple(one[0] for one in answer.description or ()), answer.fetchall())


ROWS = [
    # provider, service, region, text, unit, quantity, cost, currency, charge, status
    ("AWS", "EC2", "eu-west-1", "m5.large Instance Hour", "Hours", 100, "10", "USD", "Usage", None),
    ("AWS", "EC2", "eu-west-1", "g5.xlarge Instance Hour", "Hours", 10, "30", "USD", "Usage", None),
    ("AWS", "EC2", "eu-west-1", "m5.large Instance Hour", "Hours", 100, "5", "USD", "Usage", "Unused"),
    ("AWS", "EC2", "eu-west-1", "reservation", "Hours", 1, "500", "USD", "Purchase", None),
    ("AWS", "S3", "eu-north-1", "TimedStorage", "GB-Months", 1000, "20", "USD", "Usage", None),
    ("AWS", "SQS", "eu-north-1", "requests", "Requests", 1000, "-40", "USD", "Usage", None),
    ("Oracle", "Compute", "sky", "OCPU", "OCPU Hours", 5, "1", "EUR", "Usage", None),
]


@pytest.fixture
def session():
    asked = Asked()
    asked.database.execute(f"CREATE TABLE cost_and_usage ({table_sql(Dataset.COST_AND_USAGE)})")
    for name, sql in views().items():
        asked.database.execute(f"CREATE VIEW {name} AS {sql}")
    for provider, service, region, text, unit, quantity, cost, currency, charge, status in ROWS:
        asked.database.execute(
            "INSERT INTO cost_and_usage (ServiceProviderName, ServiceName, RegionId, ChargeDescription, ConsumedUnit,"
            " ConsumedQuantity, EffectiveCost, BillingCurrency, ChargeCategory, CommitmentDiscountStatus)"
            f" VALUES ({', '.join('?' * 10)})",
            [provider, service, region, text, unit, quantity, Decimal(cost), currency, charge, status],
        )
    return asked


def answer(session, by="service", busy=None):
    keys = {"service": "ServiceName", "region": "RegionId"}
    return of_bill(session, "2026-09", {name: keys[name] for name in by.split(",")}, ("TRUE", {}), Known(busy))


def test_usage_by_service(session):
    found = answer(session)
    assert {row.key[0]: row.estimated for row in found.rows} == {"EC2": True, "S3": True, "Compute": True, "SQS": False}
    ec2 = next(row for row in found.rows if row.key == ("EC2",))
    assert ec2.cost == {"USD": Decimal(40)}
    assert ec2.unestimated == {"USD": Decimal(30)}
    assert found.total.kg.likely == pytest.approx(sum(row.emission.kg.likely for row in found.rows))
    assert found.total.kg.likely == pytest.approx(sum(part.kg.likely for part in found.by_kind.values()))


def test_purchases_and_unused_parts_emit_nothing(session):
    alone = answer(session)
    session.database.execute("DELETE FROM cost_and_usage WHERE ChargeCategory = 'Purchase' OR CommitmentDiscountStatus = 'Unused'")
    assert answer(session) == alone


def test_what_is_left_by_its_share_of_the_cost(session):
    left = [(one.service, one.why, one.currency, one.share) for one in answer(session).left]
    assert left == [
        ("SQS", "nothing but a count (Requests)", "USD", pytest.approx(0.4)),  # 40 of 10 + 30 + 20 + 40: a refund hides nothing
        ("EC2", "machine types without published watts: g5.xlarge", "USD", pytest.approx(0.3)),
    ]


def test_what_had_to_be_assumed(session):
    assert answer(session).assumed == (
        "Utilisation is not known for 2 of 2 lines of machines: likely is 50 %, the bounds are idle and busy.",
        "1 region has no known grid factor: other/sky; the spread over the cloud's others is taken.",
        "For clouds whose facts are not known, chips, grid and PUE are means over all.",
    )
    assert "Utilisation" not in answer(session, busy=20.0).assumed[0]


def test_by_two_dimensions_and_as_json(session):
    found = answer(session, "region,service")
    assert ("eu-west-1", "EC2") in {row.key for row in found.rows}
    document = as_document(found)
    assert document["of"] == "2026-09"
    assert document["total"]["kg"]["likely"] == pytest.approx(found.total.kg.likely)
    assert document["total"]["kwh"]["low"] <= document["total"]["kwh"]["likely"] <= document["total"]["kwh"]["high"]


def test_an_estate_for_a_month():
    asked = Asked()
    common = "id VARCHAR, cloud VARCHAR, account VARCHAR, region VARCHAR, tags MAP(VARCHAR, VARCHAR), type VARCHAR"
    asked.database.execute(f"CREATE TABLE compute_instance ({common}, state VARCHAR, vcpus INTEGER, memory_mib INTEGER)")
    asked.database.execute(f"CREATE TABLE storage_volume ({common}, size_gib INTEGER)")
    asked.database.execute("CREATE TABLE usage (resource VARCHAR, metric VARCHAR, mean DOUBLE)")
    asked.database.execute(
        "INSERT INTO compute_instance VALUES ('a', 'aws', '1', 'eu-west-1', MAP {'team': 'red'}, 'm5.large', 'running', 2, 8192),"
        " ('b', 'aws', '1', 'eu-west-1', NULL, 'm5.large', 'stopped', 2, 8192),"
        " ('c', 'hosts', '1', 'cellar', NULL, NULL, 'running', 4, 0)"
    )
    asked.database.execute("INSERT INTO storage_volume VALUES ('v', 'aws', '1', 'eu-west-1', NULL, 'gp3', 100)")
    asked.database.execute("INSERT INTO usage VALUES ('a', 'cpu_pct', 10.0)")
    found = of_estate(asked, "snapshot", ("service", "tag:team"))
    assert {row.key: row.estimated for row in found.rows} == {
        ("compute", "red"): True,
        ("compute", ""): False,
        ("storage", ""): True,
    }
    assert [one.why for one in found.left] == ["machine types without published watts: unknown type"]
    low = of_estate(asked, "snapshot", ("service",)).total.kwh.likely
    asked.database.execute("UPDATE usage SET mean = 90")
    assert of_estate(asked, "snapshot", ("service",)).total.kwh.likely > low
