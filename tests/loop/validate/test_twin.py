"""The twin: what a plan fixes, what it breaks, what it costs, exposes and takes away - over a real engine and real rules."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import msgspec
import pytest

from skywright.adapters.engines.duckdb import DuckEngine, ParquetShelf
from skywright.adapters.packs import load_packs
from skywright.adapters.prices import BookPrices
from skywright.loop.audit.evaluate import evaluate
from skywright.loop.validate import Opinions, Rooms, validate
from skywright.loop.validate.twin import overlay_of
from skywright.model.canonical import row_hash
from skywright.model.estate import Coverage, CoverageState, Relation, Scope, Snapshot, Verb
from skywright.model.finding import Waiver, finding_id
from skywright.model.kinds import KINDS
from skywright.model.kinds.compute import Instance
from skywright.model.kinds.control import Key
from skywright.model.kinds.network import Firewall, FirewallRule, Gateway, Route, RouteTable, TargetGroup
from skywright.model.kinds.storage import Volume
from skywright.model.money import Money
from skywright.model.plan import Plan, Signature, SignedPlan
from skywright.model.settings import RailSettings, RuleSettings
from skywright.topics.reach.table import reach_rows
from skywright.topics.reliability.rails import CAPACITY, DEPENDENTS, MEMBERS
from skywright.topics.security.rails import EXPOSED

from .conftest import NOW, change, rid

REGION = "us-east-1"
PACK = """
topic: test
rules:
  - {id: storage_volume_unencrypted, kind: storage.volume, title: t, severity: high, when: not encrypted, why: w, remedy: r,
     source: s, examples: {bad: [{encrypted: false}], good: [{encrypted: true}], unknown: [{encrypted: null}]}}
  - id: crypto_key_unused
    kind: crypto.key
    title: t
    severity: low
    when: manager = 'customer' and state = 'enabled'
    why: w
    remedy: r
    source: s
    examples: {bad: [{manager: customer, state: enabled}],
      good: [{manager: provider, state: enabled}], unknown: [{manager: customer}]}
  - id: storage_volume_key_disabled
    kind: storage.volume
    title: t
    severity: critical
    when: exists (select 1 from crypto_key k where k.id = storage_volume.key and k.state <> 'enabled')
    why: w
    remedy: r
    source: s
    examples:
      bad: [{key: k, others: {crypto_key: [{id: k, state: disabled}]}}]
      good: [{key: k, others: {crypto_key: [{id: k, state: enabled}]}}]
      unknown: [{key: null, others: {crypto_key: [{id: k, state: disabled}]}}]
  - id: network_route_blackhole
    kind: network.route
    title: t
    severity: high
    when: >
      exists (select 1 from network_route_routes r where r.resource = network_route.id and r.target like 'aws:%'
              and not exists (select 1 from network_gateway g where g.id = r.target))
    why: w
    remedy: r
    source: s
    examples:
      bad: [{routes: [{cidr: 0.0.0.0/0, target: 'aws:x'}]}]
      good: [{routes: [{cidr: 0.0.0.0/0, target: local}]}]
      unknown: [{routes: null}]
"""


def made(kind, native, **columns):
    return kind(
        id=rid(kind.KIND, native, region=REGION), cloud="aws", account="1", region=REGION, native_id=native, tags={}, **columns
    )


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("twin")
    (folder / "packs").mkdir()
    (folder / "packs" / "test.yaml").write_text(PACK)
    shelf, engine = ParquetShelf(folder / "estate"), DuckEngine(folder / "estate", BookPrices(), {"reach": reach_rows})
    key = made(Key, "key-1", manager="customer", state="enabled")
    volume = made(
        Volume, "vol-1", encrypted=True, key=key.id, type="gp2", size_gib=100, state="in-use", iops=3000, throughput_mibps=125
    )
    bare = made(Volume, "vol-2", encrypted=False, type="gp2", size_gib=50, state="available")
    gateway = made(Gateway, "nat-1", type="nat")
    route = made(RouteTable, "rtb-1", routes=[Route("0.0.0.0/0", gateway.id, "active")])
    wall = made(Firewall, "sg-1", rules=[FirewallRule("ingress", "tcp", 22, 22, "0.0.0.0/0")])
    server = made(
        Instance, "i-1", state="running", type="m5.large", vcpus=2, memory_mib=8192, public_ip="203.0.113.1", firewalls=[wall.id]
    )
    group = made(TargetGroup, "tg-1", targets=[server.id], healthy=1)
    rows = {}
    for resource in (key, volume, bare, gateway, route, wall, server, group):
        rows.setdefault(resource.KIND, []).append(resource)
    scope = Scope("aws", "1", REGION, "all", tuple(rows))
    files = [shelf.write(kind, scope, held) for kind, held in rows.items()]
    files.append(shelf.write("relation", scope, [Relation(route.id, Verb.ROUTES_TO, gateway.id)]))
    coverage = tuple(Coverage("aws", "1", REGION, kind.KIND, CoverageState.COMPLETE, NOW) for kind in KINDS)
    snapshot = Snapshot(id="s1", taken_at=NOW, files=tuple(files), coverage=coverage)
    return SimpleNamespace(
        engine=engine, snapshot=snapshot, rules=load_packs([folder / "packs"], RuleSettings()),
        key=key, volume=volume, bare=bare, gateway=gateway, route=route, wall=wall, server=server, group=group,
    )  # fmt: skip


def verdict_on(world, *changes, evaluate=evaluate, snapshot=None, waivers=()):
    snapshot = snapshot or world.snapshot
    plan = Plan(id="p", created_at=NOW, snapshot="s1", changes=changes)
    opinions = Opinions(exposed=EXPOSED, capacity=CAPACITY, dependents=DEPENDENTS, members=MEMBERS)
    rooms = Rooms(lambda overlay: world.engine.open(snapshot, overlay), evaluate, world.rules, opinions, waivers)
    return validate(SignedPlan(plan, "sha256:0", Signature("", "")), snapshot, rooms, RailSettings(), NOW)


def planned(resource, **after):
    before = {column: msgspec.to_builtins(getattr(resource, column)) for column in after}
    return change(resource.id, before, after, observed=row_hash(resource))


def deleted(resource):
    return change(resource.id, delete=True, observed=row_hash(resource))


def pairs(findings):
    return [(finding.rule, finding.resource) for finding in findings]


def test_a_plan_that_fixes_one_thing_by_breaking_another_is_caught(world):
    verdict = verdict_on(world, planned(world.key, state="disabled"))
    assert pairs(verdict.consequences.fixed) == [("crypto_key_unused", world.key.id)]
    assert pairs(verdict.consequences.introduced) == [("storage_volume_key_disabled", world.volume.id)]
    assert verdict.blocked
    assert [(objection.target, objection.reason) for objection in verdict.objections if objection.rail == "introduced"] == [
        (world.volume.id, f"{world.volume.id} would newly fail storage_volume_key_disabled (critical).")
    ]


@pytest.mark.parametrize(("expires", "blocked"), [(date(2026, 3, 3), True), (date(2026, 3, 4), False)])
def test_what_somebody_has_accepted_is_not_introduced_until_the_exception_ends(expires, blocked, world):
    accepted = Waiver(
        id="w-1",
        rule="storage_volume_key_disabled",
        resource="aws:1:*:storage.volume/*",
        owner="ann",
        reason="moving",
        expires=expires,
        created_at=NOW,
    )
    assert verdict_on(world, planned(world.key, state="disabled"), waivers=(accepted,)).blocked is blocked


def test_a_deletion_that_breaks_a_neighbour_is_caught_twice_by_its_relation_and_on_the_twin(world):
    verdict = verdict_on(world, deleted(world.gateway))
    assert pairs(verdict.consequences.introduced) == [("network_route_blackhole", world.route.id)]
    assert {objection.rail for objection in verdict.objections} >= {"dependency", "introduced"}


def test_a_harmless_fix_introduces_nothing(world):
    verdict = verdict_on(world, planned(world.bare, encrypted=True))
    assert pairs(verdict.consequences.fixed) == [("storage_volume_unencrypted", world.bare.id)]
    assert verdict.consequences.introduced == ()
    assert verdict.objections == ()


def test_findings_of_what_is_deleted_are_gone(world):
    assert pairs(verdict_on(world, deleted(world.bare)).consequences.fixed) == [("storage_volume_unencrypted", world.bare.id)]


def test_what_passed_and_can_no_longer_be_told_is_a_warning(world):
    verdict = verdict_on(world, planned(world.volume, encrypted=None))
    assert [(o.weight.value, o.target) for o in verdict.objections if o.rail == "introduced"] == [("warn", world.volume.id)]


def test_the_price_of_what_changes_before_and_after(world):
    seen = verdict_on(world, planned(world.volume, type="gp3"), deleted(world.bare)).consequences
    assert (seen.cost_before, seen.cost_after, seen.cost_unknown) == (Money(Decimal("15.00")), Money(Decimal("8.00")), 0)


def test_what_has_no_price_is_counted_and_in_no_sum(world):
    seen = verdict_on(world, planned(world.volume, type="not-a-type"), planned(world.server, type="not-a-type")).consequences
    assert (seen.cost_before, seen.cost_after, seen.cost_unknown) == (None, None, 2)


def test_exposure_and_capacity_of_the_estate_before_and_after(world):
    changes = (planned(world.wall, rules=[]), planned(world.server, state="stopped", public_ip=None), deleted(world.bare))
    seen = verdict_on(world, *changes).consequences
    assert (seen.exposed_before, seen.exposed_after) == (2, 0)
    assert [(one.resource, one.from_port) for one in seen.closed] == [(world.server.id, 22)]
    assert seen.opened == ()
    assert (seen.vcpus_before, seen.vcpus_after) == (2, 0)
    assert (seen.memory_before_mib, seen.memory_after_mib) == (8192, 0)
    assert (seen.storage_before_gib, seen.storage_after_gib) == (150, 100)


def test_a_rule_that_reads_nothing_touched_is_asked_of_the_targets_alone(world):
    asked = []

    def listening(session, rules, ids):
        asked.append(([rule.id for rule in rules], ids))
        return evaluate(session, rules, ids)

    verdict_on(world, planned(world.bare, encrypted=True), evaluate=listening)
    assert (
        asked == [(["storage_volume_key_disabled", "storage_volume_unencrypted"], [world.bare.id])] * 2
        or asked == [(["storage_volume_unencrypted", "storage_volume_key_disabled"], [world.bare.id])] * 2
    )


def test_a_change_that_rests_on_an_unknown_finding_is_blocked(world):
    reasons = (finding_id("storage_volume_unencrypted", world.volume.id),)
    hazy = msgspec.structs.replace(world.volume, encrypted=None)

    def hazy_rules(session, rules, ids):
        answer = evaluate(session, rules, ids)
        return msgspec.structs.replace(answer, rows=[*answer.rows, ("storage_volume_unencrypted", hazy.id, "unknown")])

    one = msgspec.structs.replace(planned(world.volume, encrypted=True), reasons=reasons)
    verdict = verdict_on(world, one, evaluate=hazy_rules)
    assert [objection.reason for objection in verdict.objections if objection.rail == "unknown-evidence"] == [
        f"{world.volume.id} would be changed because of storage_volume_unencrypted, which could not be decided for it."
    ]


def test_the_groups_of_the_targets_are_read(world):
    verdict = verdict_on(world, planned(world.server, state="stopped"))
    assert [objection.reason for objection in verdict.objections if objection.rail == "last-healthy"] == [
        f"{world.group.id} would be left without a healthy member: {world.server.id} would leave it."
    ]


@pytest.mark.parametrize(
    ("state", "partial", "rails"),
    [
        (CoverageState.COMPLETE, False, set()),
        (CoverageState.COMPLETE, True, {"unknown-evidence"}),
        (CoverageState.DENIED, False, {"coverage"}),
    ],
)
def test_scopes_that_were_not_read_whole_are_gaps(state, partial, rails, world):
    coverage = (Coverage("aws", "1", REGION, "storage.volume", state, NOW, partial=partial),)
    snapshot = msgspec.structs.replace(world.snapshot, coverage=coverage)
    verdict = verdict_on(world, planned(world.bare, iops=3000), snapshot=snapshot)
    assert {objection.rail for objection in verdict.objections} & {"coverage", "unknown-evidence"} == rails


def test_who_may_need_a_target_out_of_sight_is_known(world):
    coverage = (Coverage("aws", "1", REGION, "network.targets", CoverageState.DENIED, NOW),)
    verdict = verdict_on(world, deleted(world.server), snapshot=msgspec.structs.replace(world.snapshot, coverage=coverage))
    assert [objection.target for objection in verdict.objections if objection.rail == "coverage"] == [world.server.id]


def test_a_plan_for_a_world_that_moved_is_blocked(world):
    stale = msgspec.structs.replace(planned(world.volume, type="gp3"), observed="sha256:other", before={"type": "io1"})
    assert [objection.reason for objection in verdict_on(world, stale).objections if objection.rail == "moved"] == [
        f"{world.volume.id} has changed since it was planned: type."
    ]


def test_sizes_are_counted_by_kind_account_and_environment(world):
    changes = [planned(resource, type="gp3") for resource in (world.volume, world.bare)]
    plan = Plan(id="p", created_at=NOW, snapshot="s1", changes=tuple(changes))
    rooms = Rooms(lambda overlay: world.engine.open(world.snapshot, overlay), evaluate, (), Opinions())
    settings = RailSettings(share_floor=2, share_max_pct=99)
    verdict = validate(SignedPlan(plan, "sha256:0", Signature("", "")), world.snapshot, rooms, settings, NOW)
    assert [objection.reason for objection in verdict.objections if objection.rail == "blast-radius"] == [
        "The plan touches 2 of 2 storage.volume in account 1; 99 % are allowed."
    ]


def test_a_created_resource_is_on_the_twin_from_its_id_and_after():
    target = rid("storage.volume", "new")
    made_change = msgspec.structs.replace(
        change(target), action=type(change(target).action).CREATE, before=None, after={"size_gib": 5}
    )
    overlay = overlay_of(Plan(id="p", created_at=NOW, snapshot="s", changes=(made_change,)), {})
    assert overlay.replaced == {
        "storage.volume": [{"id": target, "cloud": "aws", "account": "1", "region": "r", "native_id": "new", "size_gib": 5}]
    }
