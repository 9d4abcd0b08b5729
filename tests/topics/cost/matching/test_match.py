"""Billed names meet the estate's resources however a provider spells them; what could be two is none."""

from datetime import datetime
from pathlib import Path

import pytest
from tests.topics.cost.books.asking import TODAY
from tests.topics.cost.books.ledger import MemoryLedger, row
from tests.topics.cost.matching.small import gather, made

from skywright.model.cost_settings import CostSettings
from skywright.topics.cost.books import Books
from skywright.topics.cost.books.period import parse_period
from skywright.topics.cost.books.question import Question
from skywright.topics.cost.books.sheet import Wish
from skywright.topics.cost.matching.match import State
from skywright.topics.cost.matching.room import Estate, Matching, thinned
from skywright.wiring import House, open_house

AZURE = "11111111-2222-3333-4444-555555555555"
ONCE = made("compute.template", "once")
RESOURCES = [
    made("compute.instance", "i-0web"),
    made("database.instance", "orders"),
    made("storage.bucket", "logs-of-shop", region="global"),
    made("log.group", "/shop/web"),
    made("compute.instance", "shop/web-1", "azure", AZURE),
    made("compute.instance", "z-a/worker", "gcp", "shop-prod", native={"id": "8123456789012345678"}),
    made("compute.instance", "z-a/both", "gcp", "shop-prod", native={"id": "8123456789012345679"}),
    made("storage.volume", "z-a/both", "gcp", "shop-prod", native={"id": "8123456789012345680"}),
    made("storage.volume", "z-a/spare", "gcp", "shop-prod"),
    made("compute.instance", "both", account="777788889999"),
    made("storage.volume", "both", account="777788889999"),
    made("container.pod", "shop/web-7f9c", "kubernetes", "shop", native={"metadata": {"uid": "0b9c-uid-of-web"}}),
    made("compute.keypair", "twice"),
    made("compute.template", "twice"),
    made("storage.bucket", "theirs", account="999988887777"),
    ONCE,
]


@pytest.fixture(scope="module")
def house(tmp_path_factory) -> House:
    house = open_house(data=tmp_path_factory.mktemp("match") / ".skywright")
    gone = made("compute.instance", "i-0gone")
    gather(house, datetime(2026, 8, 1, 8), [*RESOURCES, gone, made("compute.instance", "i-0older")])
    gather(house, datetime(2026, 8, 20, 8), [*RESOURCES, gone, made("compute.keypair", "once")])
    gather(house, datetime(2026, 9, 20, 8), RESOURCES)
    return house


def reported(house: House, rows, top=9):
    estate = Estate(house.engine, house.store.snapshots.all, lambda: house.folder("keys"))
    beside = estate.beside()
    books = Books(MemoryLedger(rows), CostSettings(), lambda path, kind: kind(), lambda: beside.pair)
    return Matching(books).report(Question(by=(), period=parse_period("2026-09", TODAY)), top), books


AWS = "111122223333"
CASES = [
    ("i-0web", AWS, "i-0web"),
    ("I-0WEB", AWS, "i-0web"),
    (f"arn:aws:rds:eu-west-1:{AWS}:db:orders", AWS, "orders"),
    ("arn:aws:s3:::logs-of-shop", AWS, "logs-of-shop"),
    (f"arn:aws:logs:eu-west-1:{AWS}:log-group:/shop/web", AWS, "/shop/web"),
    (f"/subscriptions/{AZURE}/resourceGroups/Shop/providers/Microsoft.Compute/virtualMachines/Web-1", AZURE, "shop/web-1"),
    ("//compute.googleapis.com/projects/shop-prod/zones/z-a/instances/8123456789012345678", "shop-prod", "z-a/worker"),
    ("//compute.googleapis.com/projects/shop-prod/zones/z-a/instances/worker", "shop-prod", "z-a/worker"),
    ("0b9c-uid-of-web", None, "shop/web-7f9c"),
    (f"arn:aws:rds:eu-west-1:{AWS}:db:other", AWS, None),
    ("arn:aws:rds:eu-west-1:999988887777:db:orders", "999988887777", None),
    (f"/subscriptions/{AZURE}/resourceGroups/other/providers/Microsoft.Compute/virtualMachines/web-1", AZURE, None),
    ("orders-archive", AWS, None),
]


@pytest.mark.parametrize(("billed", "account", "native"), CASES)
def test_however_it_is_spelled(house, billed, account, native) -> None:
    rows = [row("1", ResourceId=billed, SubAccountId=account)]
    found, books = reported(house, rows)
    assert found.known[0].state is (State.HERE if native else State.UNKNOWN)
    sheet = books.sheet(Question(by=("estate",), period=parse_period("2026-09", TODAY)), Wish())
    met = sheet.lines[0].key[0]
    assert (met or "").partition("/")[2] == (native or "")


def test_gone_unknown_several_and_nameless_are_told_apart(house) -> None:
    rows = [
        row("8", ResourceId="i-0web", SubAccountId=AWS), row("4", ResourceId="i-0gone", SubAccountId=AWS),
        row("2", ResourceId="i-0older", SubAccountId=AWS), row("1", ResourceId="twice", SubAccountId=AWS),
        row("5", ResourceId="i-0never", SubAccountId=AWS), row("7", ChargeCategory="Tax"),
    ]  # fmt: skip
    found, _ = reported(house, rows)
    assert {one.state: (one.rows, one.amount) for one in found.known} == {
        State.HERE: (1, 8), State.GONE: (2, 6), State.SEVERAL: (1, 1), State.UNKNOWN: (1, 5), State.NONE: (1, 7),
    }  # fmt: skip
    assert [(one.billed, one.seen_until) for one in found.named] == [
        ("i-0gone", datetime(2026, 8, 20, 8)), ("i-0older", datetime(2026, 8, 1, 8)), ("twice", None), ("i-0never", None),
    ]  # fmt: skip
    assert found.rate(by_cost=False, currency="USD") == 3 / 5
    assert found.rate(by_cost=True, currency="USD") == 14 / 20
    assert found.rate(by_cost=True, currency="EUR") is None


def test_what_is_there_goes_before_what_was_and_two_are_none(house) -> None:
    rows = [row("1", ResourceId=name, SubAccountId=AWS) for name in ("once", "twice")]
    _, books = reported(house, rows)
    sheet = books.sheet(Question(by=("resource", "kind", "estate"), period=parse_period("2026-09", TODAY)), Wish())
    assert {line.key for line in sheet.lines} == {("once", "compute.template", ONCE.id), ("twice", None, None)}


def test_the_dearest_names_first_and_no_more_than_asked(house) -> None:
    found, _ = reported(house, [row(cost, ResourceId=f"x-{cost}", SubAccountId=AWS) for cost in (1, -9, 5)], top=2)
    assert [one.billed for one in found.named] == ["x--9", "x-5"]


def test_keys_are_written_once_a_snapshot(house) -> None:
    reported(house, [row("1")])
    folder: Path = house.folder("keys")
    before = {path: path.stat().st_mtime_ns for path in folder.glob("*.parquet")}
    reported(house, [row("1")])
    assert len(before) == 3
    assert {path: path.stat().st_mtime_ns for path in folder.glob("*.parquet")} == before


def test_without_a_snapshot_nothing_is_known(tmp_path) -> None:
    found, _ = reported(open_house(data=tmp_path / ".skywright"), [row("1", ResourceId="i-0web")])
    assert [(one.state, one.rows) for one in found.known] == [(State.UNKNOWN, 1)]


def test_one_snapshot_a_day(house) -> None:
    every = sorted(house.store.snapshots.all(), key=lambda one: one.taken_at, reverse=True)
    assert [one.taken_at.day for one in thinned([every[0], *every])] == [20, 20, 1]


ZONE = "//compute.googleapis.com/projects/shop-prod/zones/z-a"
BARE = "777788889999"
TELLING = [
    # billed, account, what else the row says, kind that it is (None: it could be two), or "" where it is unknown
    (f"{ZONE}/instances/both", "shop-prod", {}, "compute.instance"),
    (f"{ZONE}/disks/both", "shop-prod", {}, "storage.volume"),
    (f"{ZONE}/instances/8123456789012345680", "shop-prod", {}, "storage.volume"),  # an id is surer than a word
    (f"{ZONE}/both", "shop-prod", {}, None),
    (f"{ZONE}/both", "shop-prod", {"ResourceType": "compute.googleapis.com/Disk"}, "storage.volume"),
    (f"{ZONE}/both", "shop-prod", {"SkuMeter": "N2 Instance Core running in Frankfurt"}, "compute.instance"),
    (f"{ZONE}/both", "shop-prod", {"SkuMeter": "SSD backed PD Capacity in Frankfurt"}, "storage.volume"),
    (f"{ZONE}/instances/spare", "shop-prod", {}, ""),
    (f"{ZONE}/disks/worker", "shop-prod", {}, ""),
    (f"{ZONE}/disks/spare", "shop-prod", {}, "storage.volume"),
    ("both", BARE, {}, None),
    ("both", BARE, {"SkuMeter": "Balanced PD Capacity"}, "storage.volume"),
]


@pytest.mark.parametrize(("billed", "account", "said", "kind"), TELLING)
def test_of_a_machine_and_its_disk_of_one_name_the_row_says_which(house, billed, account, said, kind) -> None:
    found, books = reported(house, [row("1", ResourceId=billed, SubAccountId=account, **said)])
    state = State.SEVERAL if kind is None else State.HERE if kind else State.UNKNOWN
    assert found.known[0].state is state
    sheet = books.sheet(Question(by=("kind",), period=parse_period("2026-09", TODAY)), Wish())
    assert sheet.lines[0].key[0] == (kind or None)


def test_a_name_whose_rows_are_of_both_stays_two(house) -> None:
    meters = ("N2 Instance Core running in Frankfurt", "SSD backed PD Capacity in Frankfurt")
    rows = [row("1", ResourceId=f"{ZONE}/both", SubAccountId="shop-prod", SkuMeter=meter) for meter in meters]
    found, _ = reported(house, rows)
    assert [(one.state, one.rows) for one in found.known] == [(State.SEVERAL, 2)]
