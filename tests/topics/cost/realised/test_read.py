"""Day by day costs out of a ledger: whose rows they are, and which days are whole."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import duckdb
import pytest

from skywright.model.focus import Dataset, table_sql
from skywright.ports.engine import Rows
from skywright.topics.cost.realised import Kept
from skywright.topics.cost.realised.read import read_daily

DONE = datetime(2026, 9, 15, 12)


class Ledger:
    """A ledger of one table, in memory."""

    def __init__(self, rows):
        self.base = duckdb.connect()
        self.base.execute(f"CREATE TABLE cost_and_usage ({table_sql(Dataset.COST_AND_USAGE)})")
        columns = sorted({column for row in rows for column in row})
        for row in rows:
            marks = ", ".join("?" for _ in columns)
            self.base.execute(f"INSERT INTO cost_and_usage ({', '.join(columns)}) VALUES ({marks})", [row.get(c) for c in columns])

    def query(self, sql, params=None):
        found = self.base.execute(sql, {key: value for key, value in (params or {}).items() if f"${key}" in sql})
        return Rows(tuple(column[0] for column in found.description), found.fetchall())


def row(resource, day, cost, *, account="111122223333", hours=24, **more):
    start = datetime(2026, 9, day)
    when = {"ChargePeriodStart": start, "ChargePeriodEnd": start + timedelta(hours=hours)}
    who = {"ResourceId": resource, "SubAccountId": account, "BillingAccountId": "payer", "ServiceName": "compute"}
    return {**who, **when, "BillingCurrency": "USD", "ChargeCategory": "Usage", "EffectiveCost": Decimal(cost), **more}


def kept(target):
    return Kept(run="r", change="c", target=target, proposer="p", done_at=DONE, promised=None, by_prices=None)


INSTANCE = "aws:111122223333:eu-west-1:compute.instance/i-0abc"
LONG = "arn:aws:ec2:eu-west-1:111122223333:instance/i-0abc"


def own(rows, target=INSTANCE):
    found = read_daily(Ledger(rows), [kept(target)])
    return dict(found[target].own) if target in found else None


SPELLINGS = [
    ("the native id", INSTANCE, "i-0abc"),
    ("an ARN", INSTANCE, LONG),
    ("another case", INSTANCE, "I-0ABC"),
    ("a path", "azure:sub-1:westeurope:compute.instance//subscriptions/sub-1/rg/vm/web", "/subscriptions/SUB-1/rg/vm/web"),
]


@pytest.mark.parametrize(("name", "target", "spelled"), SPELLINGS, ids=[name for name, *_ in SPELLINGS])
def test_a_target_is_found_however_the_bill_spells_it(name, target, spelled):
    account = target.split(":")[1]
    assert own([row(spelled, 10, "2.5", account=account)], target) == {date(2026, 9, 10): Decimal("2.5")}


NOT_ITS = [
    ("another resource", row("i-0def", 10, "1")),
    ("another account", row("i-0abc", 10, "1", account="999999999999")),
    ("a whole month", row("i-0abc", 1, "1", hours=24 * 30)),
    ("a tax", row("i-0abc", 10, "1", ChargeCategory="Tax")),
    ("a correction", row("i-0abc", 10, "1", ChargeClass="Correction")),
]


@pytest.mark.parametrize(("name", "other"), NOT_ITS, ids=[name for name, *_ in NOT_ITS])
def test_what_is_not_its_daily_usage_is_left_out(name, other):
    assert own([other]) is None


def test_hours_of_a_day_are_added():
    assert own([row(LONG, 10, "1", hours=1), row(LONG, 10, "0.25", hours=1)]) == {date(2026, 9, 10): Decimal("1.25")}


def test_the_last_day_of_an_account_is_not_whole():
    found = read_daily(Ledger([row(LONG, 10, "1"), row("x", 11, "1"), row("x", 12, "1")]), [kept(INSTANCE)])
    assert found[INSTANCE].days == {date(2026, 9, 10), date(2026, 9, 11)}


def test_peers_are_of_the_same_service_and_currency_and_untouched():
    rows = [row(LONG, 10, "1"), row("i-peer", 10, "3"), row("b-1", 10, "9", ServiceName="storage")]
    rows.append(row("i-euro", 10, "7", BillingCurrency="EUR"))
    found = read_daily(Ledger(rows), [kept(INSTANCE)])
    assert {name: dict(costs) for name, costs in found[INSTANCE].peers.items()} == {"i-peer": {date(2026, 9, 10): Decimal(3)}}
