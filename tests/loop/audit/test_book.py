"""Findings through time: first seen, last seen, resolved; and unknown, which is never resolved."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from skywright.adapters.engines.duckdb import DuckEngine, ParquetShelf
from skywright.adapters.packs import RuleCache, load_packs
from skywright.adapters.stores.sql import SqlStore
from skywright.loop.audit import Choice, FindingsBook, RuleCount, evaluate
from skywright.model.errors import AskHuman
from skywright.model.estate import Coverage, CoverageState, Scope, Snapshot
from skywright.model.finding import Finding, FindingState, RuleVerdict, Severity, Waiver, finding_id
from skywright.model.kinds import KIND_BY_NAME, Resource, resource_id
from skywright.model.kinds.network import Firewall, FirewallRule, Interface, Vpc
from skywright.model.kinds.storage import Bucket, Volume
from skywright.model.rule import Rule

ACCOUNT, REGION = "111122223333", "eu-west-1"
DAY = datetime(2026, 11, 1, 8)
SAMPLE = Path(__file__).parents[2] / "adapters" / "packs" / "packs" / "sample.yaml"
RULES = load_packs([SAMPLE], None, RuleCache(None))
UNENCRYPTED = tuple(rule for rule in RULES if rule.id == "storage_volume_unencrypted")
EVERY_STATE = Choice(states=tuple(FindingState))


class Estate:
    """A folder in which snapshots are taken by hand and audited."""

    def __init__(self, folder: Path) -> None:
        self.shelf = ParquetShelf(folder / "estate")
        self.engine = DuckEngine(folder / "estate", None)
        self.store = SqlStore(f"sqlite:///{folder / 'control.db'}")
        self.book = FindingsBook(self.engine, self.store.snapshots, self.store.waivers, folder / "estate" / "findings")

    def take(self, day: int, rows: Sequence[Resource], gaps: Sequence[str] = (), unread: Sequence[str] = ()) -> Snapshot:
        """What was seen on one day. ``gaps``: kinds that failed; ``unread``: kinds that nobody looked at."""
        at = DAY + timedelta(days=day)
        files, coverage = [], []
        for kind in KIND_BY_NAME:
            own = [row for row in rows if kind == row.KIND]
            scope = Scope("aws", ACCOUNT, REGION, "test", (kind,))
            if own:
                files.append(self.shelf.write(kind, scope, own))
            state = CoverageState.FAILED if kind in gaps else CoverageState.COMPLETE
            region = "global" if kind == "storage.bucket" else REGION
            if kind not in unread:
                coverage.append(Coverage("aws", ACCOUNT, region, kind, state, at, rows=len(own)))
        snapshot = Snapshot(id=f"day-{day}", taken_at=at, files=tuple(files), coverage=tuple(coverage))
        self.store.snapshots.add(snapshot)
        return snapshot

    def audit(self, snapshot: Snapshot, rules: Sequence[Rule] = UNENCRYPTED) -> list[Finding]:
        """Audit and give every finding, whatever its state."""
        self.book.audit(snapshot, rules)
        return self.book.findings(snapshot, EVERY_STATE, today=snapshot.taken_at)


@pytest.fixture
def estate(tmp_path: Path) -> Estate:
    return Estate(tmp_path)


def common(kind: str, native_id: str) -> dict[str, str]:
    return {
        "id": resource_id("aws", ACCOUNT, REGION, kind, native_id), "cloud": "aws", "account": ACCOUNT, "region": REGION,
        "native_id": native_id,
    }  # fmt: skip


def volume(native_id: str = "vol-1", *, encrypted: bool | None = False, name: str | None = None) -> Volume:
    return Volume(**common("storage.volume", native_id), encrypted=encrypted, name=name)


def days(found: Sequence[Finding]) -> list[tuple[str, str, int, int, int | None]]:
    """(verdict, state, first seen, last seen, resolved), in days."""

    def day(moment: datetime | None) -> int | None:
        return None if moment is None else (moment - DAY).days

    return [(one.verdict.value, one.state.value, day(one.first_seen), day(one.last_seen), day(one.resolved_at)) for one in found]


def test_a_finding_keeps_its_first_day_and_its_id(estate: Estate):
    (first,) = estate.audit(estate.take(0, [volume(), volume("vol-2", encrypted=True)]))
    (second,) = estate.audit(estate.take(1, [volume(name="renamed")]))
    assert first.id == second.id == finding_id("storage_volume_unencrypted", volume().id)
    assert days([first, second]) == [("fail", "open", 0, 0, None), ("fail", "open", 0, 1, None)]
    assert (second.severity, second.kind, second.native_id, second.name) == (Severity.HIGH, "storage.volume", "vol-1", "renamed")


# what the second day shows -> the finding then
SECOND_DAYS = {
    "it was mended": ({"rows": [volume(encrypted=True)]}, ("fail", "resolved", 0, 0, 1), ""),
    "it is gone": ({"rows": []}, ("fail", "resolved", 0, 0, 1), ""),
    "it is gone, but nobody could look": (
        {"rows": [], "gaps": ["storage.volume"]},
        ("fail", "open", 0, 0, None),
        "not completely read: storage.volume",
    ),
    "nobody looked": (
        {"rows": [], "unread": ["storage.volume"]},
        ("fail", "open", 0, 0, None),
        "not completely read: storage.volume",
    ),
    "another kind could not be read": ({"rows": [], "gaps": ["storage.bucket"]}, ("fail", "resolved", 0, 0, 1), ""),
    "it was read and passes, though the rest was not read": (
        {"rows": [volume(encrypted=True)], "gaps": ["storage.volume"]},
        ("fail", "resolved", 0, 0, 1),
        "",
    ),
    "its column could not be read": ({"rows": [volume(encrypted=None)]}, ("fail", "open", 0, 0, None), "not known: encrypted"),
}


@pytest.mark.parametrize("clouds", [(), ("aws", "gcp")])
@pytest.mark.parametrize("case", SECOND_DAYS)
def test_what_the_second_day_makes_of_a_finding(estate: Estate, case: str, clouds: tuple[str, ...]):
    seen, expected, reason = SECOND_DAYS[case]
    rules = [msgspec.structs.replace(rule, clouds=clouds) for rule in UNENCRYPTED]
    estate.audit(estate.take(0, [volume()]), rules)
    found = estate.audit(estate.take(1, **seen), rules)
    assert (days(found), [one.reason for one in found]) == ([expected], [reason])


def test_a_rule_about_another_cloud_finds_nothing_and_lays_nothing_to_rest(estate: Estate):
    elsewhere = [msgspec.structs.replace(rule, clouds=("gcp",)) for rule in UNENCRYPTED]
    assert estate.audit(estate.take(0, [volume()]), elsewhere) == []
    estate.audit(estate.take(1, [volume()]))
    kept = estate.audit(estate.take(2, [], unread=["storage.volume"]), elsewhere)
    assert days(kept) == [("fail", "open", 1, 1, None)]


def test_what_comes_back_is_open_again_with_its_first_day(estate: Estate):
    estate.audit(estate.take(0, [volume()]))
    estate.audit(estate.take(1, []))
    assert days(estate.audit(estate.take(2, [volume()]))) == [("fail", "open", 0, 2, None)]


def test_a_resolved_finding_is_kept_a_year_and_no_longer(estate: Estate):
    estate.audit(estate.take(0, [volume()]))
    estate.audit(estate.take(1, []))
    assert days(estate.audit(estate.take(300, []))) == [("fail", "resolved", 0, 0, 1)]
    assert estate.audit(estate.take(400, [])) == []


def test_findings_of_a_rule_that_is_no_more_are_resolved(estate: Estate):
    estate.audit(estate.take(0, [volume()]))
    assert days(estate.audit(estate.take(1, [volume()]), rules=())) == [("fail", "resolved", 0, 0, 1)]


def test_unknown_that_fails_later_keeps_its_first_day(estate: Estate):
    assert days(estate.audit(estate.take(0, [volume(encrypted=None)]))) == [("unknown", "open", 0, 0, None)]
    assert days(estate.audit(estate.take(1, [volume()]))) == [("fail", "open", 0, 1, None)]


def test_a_bucket_of_a_global_scope_is_resolved_when_the_scope_was_read(estate: Estate):
    bucket = Bucket(**common("storage.bucket", "logs"), versioning="off")
    rule = msgspec.structs.replace(
        UNENCRYPTED[0],
        id="storage_bucket_unversioned",
        kind="storage.bucket",
        condition="storage_bucket.versioning = 'off'",
        columns=("versioning",),
    )
    estate.audit(estate.take(0, [bucket]), [rule])
    assert days(estate.audit(estate.take(1, [], gaps=["storage.bucket"]), [rule])) == [("fail", "open", 0, 0, None)]
    assert days(estate.audit(estate.take(2, []), [rule])) == [("fail", "resolved", 0, 0, 2)]


def test_the_same_audit_again_gives_the_same_findings(estate: Estate):
    estate.audit(estate.take(0, [volume()]))
    snapshot = estate.take(1, [volume(), volume("vol-2")])
    assert estate.audit(snapshot) == estate.audit(snapshot)


def test_findings_of_dropped_snapshots_are_forgotten_but_their_first_day_is_not(estate: Estate, tmp_path: Path):
    for day in range(3):
        estate.audit(estate.take(day, [volume()]))
    estate.store.snapshots.drop(["day-0", "day-1"])
    assert days(estate.audit(estate.take(3, [volume()]))) == [("fail", "open", 0, 3, None)]
    assert sorted(path.stem for path in (tmp_path / "estate" / "findings").glob("*.parquet")) == ["day-2", "day-3"]


def test_a_rule_that_cannot_be_computed_is_unknown_and_silences_no_other(estate: Estate):
    broken = msgspec.structs.replace(
        UNENCRYPTED[0], id="storage_volume_broken", condition="CAST(storage_volume.name AS INTEGER) > 3", columns=("name",)
    )
    deep = msgspec.structs.replace(
        UNENCRYPTED[0], id="storage_volume_deep", condition="(SELECT CAST(storage_volume.name AS INTEGER)) > 3", columns=("name",)
    )
    snapshot = estate.take(0, [volume(name="words"), volume("vol-2", name="7")])
    found = {(one.rule, one.native_id): one.verdict.value for one in estate.audit(snapshot, [*UNENCRYPTED, broken, deep])}
    assert found == {
        ("storage_volume_unencrypted", "vol-1"): "fail",
        ("storage_volume_unencrypted", "vol-2"): "fail",
        ("storage_volume_broken", "vol-1"): "unknown",
        ("storage_volume_broken", "vol-2"): "fail",
        ("storage_volume_deep", "vol-1"): "unknown",
        ("storage_volume_deep", "vol-2"): "unknown",
    }
    with estate.engine.open(snapshot) as session:
        asked = evaluate(session, [broken])
    assert sorted(asked.rows) == [
        ("storage_volume_broken", volume().id, "unknown"),
        ("storage_volume_broken", volume("vol-2").id, "fail"),
    ]


def test_an_exception_holds_until_its_last_day(estate: Estate):
    snapshot = estate.take(0, [volume("vol-[1]"), volume("vol-2"), volume("other")])
    estate.audit(snapshot)
    rule = "storage_volume_unencrypted"
    for identifier, resource in (("x-1", volume("vol-[1]").id), ("x-2", "*:storage.volume/vol-2*")):
        estate.store.waivers.add(
            Waiver(id=identifier, rule=rule, resource=resource, owner="o", reason="r", expires=date(2026, 11, 3), created_at=DAY)
        )

    def states(today: datetime) -> dict[str, tuple[str, str | None]]:
        found = estate.book.findings(snapshot, EVERY_STATE, today=today)
        return {one.native_id: (one.state.value, one.exception) for one in found}

    assert states(datetime(2026, 11, 3, 23, 59)) == {
        "vol-[1]": ("excepted", "x-1"),
        "vol-2": ("excepted", "x-2"),
        "other": ("open", None),
    }
    assert estate.book.counts(snapshot, EVERY_STATE, today=DAY) == [RuleCount(rule, failed=1, excepted=2)]
    assert {state for state, _ in states(datetime(2026, 11, 4)).values()} == {"open"}


def test_an_exception_made_of_sql_is_only_a_value(estate: Estate):
    snapshot = estate.take(0, [volume()])
    estate.audit(snapshot)
    hostile = "x' OR '1' = '1"
    estate.store.waivers.add(
        Waiver(id=hostile, rule=hostile, resource=hostile, owner="o", reason="r", expires=date(2030, 1, 1), created_at=DAY)
    )
    assert [one.state for one in estate.book.findings(snapshot, EVERY_STATE, today=DAY)] == [FindingState.OPEN]


def test_the_choice_is_made_by_severity_rule_kind_account_and_verdict_and_the_worst_comes_first(estate: Estate):
    opening = FirewallRule(direction="ingress", protocol="tcp", from_port=22, to_port=22, cidr="0.0.0.0/0")
    rows = [volume(), volume("vol-2", encrypted=None), Firewall(**common("network.firewall", "sg-1"), rules=[opening]),
            Vpc(**common("network.vpc", "vpc-1"))]  # fmt: skip
    snapshot = estate.take(0, rows)
    estate.book.audit(snapshot, RULES)

    def chosen(choice: Choice) -> list[str]:
        return [one.native_id for one in estate.book.findings(snapshot, choice, today=DAY)]

    assert chosen(Choice()) == ["sg-1", "vol-1", "vol-2", "vpc-1"]
    assert chosen(Choice(severity=Severity.HIGH, verdicts=(RuleVerdict.FAIL,))) == ["sg-1", "vol-1"]
    assert chosen(Choice(kinds=("network.vpc", "network.firewall"))) == ["sg-1", "vpc-1"]
    assert chosen(Choice(rules=("storage_volume_unencrypted",), resources=(volume().id,))) == ["vol-1"]
    assert chosen(Choice(accounts=("999988887777",))) == []


def test_names_in_any_script_and_ten_megabytes_are_carried(estate: Estate):
    names = ["Zoë", "名前", "'; DROP TABLE finding; --", "\u202eevil", "a\x1b[31mb", "é" * 5_000_000]
    rows = [msgspec.structs.replace(volume(f"vol-{index}", name=name), tags={name: name}) for index, name in enumerate(names)]
    assert [one.name for one in estate.audit(estate.take(0, rows))] == names


def test_a_rule_that_reads_other_rows_is_unknown_where_they_could_not_be_read(estate: Estate):
    empty = [rule for rule in RULES if rule.id == "network_vpc_empty"]
    vpc, other = Vpc(**common("network.vpc", "vpc-1")), Vpc(**common("network.vpc", "vpc-2"))
    card = Interface(**common("network.interface", "eni-1"), vpc=vpc.id)
    found = estate.audit(estate.take(0, [vpc, other, card], gaps=["network.interface"]), empty)
    assert [(one.native_id, one.verdict.value, one.reason) for one in found] == [
        ("vpc-2", "unknown", "not known: all of network.interface")
    ]


def test_evaluate_asks_only_the_resources_named(estate: Estate):
    snapshot = estate.take(0, [volume(), volume("vol-2"), volume("vol-3", encrypted=None)])
    with estate.engine.open(snapshot) as session:
        everything = evaluate(session, RULES)
        some = evaluate(session, RULES, [volume("vol-2").id, volume("vol-3").id, "no such id"])
        assert evaluate(session, RULES, []).rows == []
    assert everything.columns == ("rule", "resource", "verdict")
    assert len(everything.rows) == 3
    assert sorted(some.rows) == [
        ("storage_volume_unencrypted", volume("vol-2").id, "fail"),
        ("storage_volume_unencrypted", volume("vol-3").id, "unknown"),
    ]


def test_a_snapshot_that_was_not_audited_has_no_findings(estate: Estate):
    snapshot = estate.take(0, [volume()])
    assert not estate.book.audited(snapshot)
    assert estate.book.findings(snapshot, today=DAY) == []
    assert estate.book.counts(snapshot, today=DAY) == []


@pytest.mark.parametrize("damage", [lambda data: data[: len(data) // 2], lambda data: data[:60] + b"\x00" * 200 + data[260:]])
def test_a_damaged_file_of_findings_is_named(estate: Estate, tmp_path: Path, damage: Callable[[bytes], bytes]):
    rows = [volume(f"vol-{index}", name=f"name {index * 7919 % 1000}") for index in range(500)]
    snapshot = estate.take(0, rows)
    estate.audit(snapshot)
    file = tmp_path / "estate" / "findings" / "day-0.parquet"
    file.write_bytes(damage(file.read_bytes()))
    told = (
        f"{file} is damaged: it holds the findings of one snapshot. "
        "Delete it and run `skywright audit`; what it alone knew, such as first days, is lost."
    )
    for act in (lambda: estate.audit(estate.take(1, rows)), lambda: estate.book.findings(snapshot, today=DAY)):
        with pytest.raises(AskHuman) as raised:
            act()
        assert str(raised.value) == told


def test_a_damaged_file_of_the_estate_is_named(estate: Estate, tmp_path: Path):
    snapshot = estate.take(0, [volume()])
    (file,) = (tmp_path / "estate" / "storage.volume").glob("*.parquet")
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(AskHuman) as raised:
        estate.audit(snapshot)
    assert raised.value.message == f"{file} is damaged: it holds storage.volume of aws account {ACCOUNT}, region {REGION}."
