"""The same changes on the stand-in and on a real OpenStack, as the readers see them: before -> after -> before."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from tests.adapters.clouds.openstack._harness import World
from tests.adapters.clouds.openstack._town import build
from tests.real_openstack import clouds_yaml

from skywright.adapters.clouds.openstack import OpenstackCloud, OpenstackConfig
from skywright.model.estate import CoverageState
from skywright.model.kinds import Resource
from skywright.model.plan import Action, Change, Reversibility, Risk

KINDS = {
    "compute.instance",
    "compute.image",
    "compute.keypair",
    "storage.volume",
    "storage.snapshot",
    "storage.bucket",
    "network.vpc",
    "network.subnet",
    "network.gateway",
    "network.interface",
    "network.address",
    "network.firewall",
}


class RealClock:
    def now(self) -> datetime:
        return datetime.now(UTC).replace(tzinfo=None)

    def sleep(self, seconds: float) -> None:
        import time

        time.sleep(min(seconds, 0.5))


class Place:
    """A cloud, and what a gathering of it showed first."""

    def __init__(self, cloud: OpenstackCloud, clock: Any, kinds: set[str] = KINDS) -> None:
        self.cloud = cloud
        self.clock = clock
        self.rows: dict[str, Resource] = {}
        self.gaps: list[str] = []
        for scope in cloud.scopes()[0]:
            if kinds & set(scope.kinds):
                batch = cloud.read(scope)
                self.rows |= {row.id: row for row in batch.resources}
                self.gaps += [row.reason for row in batch.coverage if row.state is not CoverageState.COMPLETE]

    def named(self, kind: str, name: str) -> Any:
        found = [row for row in self.rows.values() if (row.KIND, row.name) == (kind, name)]
        assert len(found) == 1, (kind, name, len(found))
        return found[0]

    def card(self, server: str) -> Any:
        owner = self.named("compute.instance", server).id
        return next(row for row in self.rows.values() if row.KIND == "network.interface" and row.attached_to == owner)  # type: ignore[attr-defined]

    def fresh(self, target: str) -> Any:
        return self.cloud.refresh([target])[target]

    def steps(self, row: Resource, after: dict[str, Any] | None) -> Any:
        from skywright.adapters.clouds.openstack.write import steps

        before = msgspec.to_builtins(row)
        if after is not None:
            before = {name: before[name] for name in after}
        change = Change(
            id=f"c{abs(hash((row.id, repr(after)))) % 10**8}",
            target=row.id,
            kind=row.KIND,
            action=Action.DELETE if after is None else Action.UPDATE,
            before=before,
            after=after,
            why="a test",
            reasons=(),
            risk=Risk.LOW,
            reversibility=Reversibility.FULL,
            observed="sha256:0",
        )
        assert self.cloud.can(row.KIND, before, after) is not None
        return list(steps(self.cloud.calls, change, self.clock.sleep))


@pytest.fixture(scope="module", params=["stand-in", pytest.param("real", marks=pytest.mark.real)])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    if request.param == "real":
        clock, path = RealClock(), clouds_yaml()
        build(path, clock)
        yield Place(OpenstackCloud(OpenstackConfig(clouds=["lab-demo"], config_file=path), clock), clock)
        return
    world = World()
    yield Place(world.cloud, world.clock)
    world.stop()


def test_everything_is_read(place: Place) -> None:
    assert [reason for reason in place.gaps if "load-balancer" not in reason] == []
    server = place.named("compute.instance", "web-1")
    assert (server.state, server.type, server.vcpus, server.firewalls) == (
        "running",
        "m1.medium",
        2,
        [place.named("network.firewall", "web").id],
    )
    assert (server.tags["owner"], server.subnet) == ("shop", place.named("network.subnet", "shop-subnet").id)
    assert server.public_ip.startswith("203.0.113.")
    gateway = place.named("network.gateway", "shop-router")
    assert (gateway.type, gateway.attached, len(gateway.subnets), gateway.source_nat) == ("internet", True, 2, True)
    assert place.named("network.vpc", "public").external is True
    assert place.named("storage.volume", "db-data").attached is True
    assert place.named("storage.snapshot", "db-before-upgrade").volume == place.named("storage.volume", "db-data").id
    assert place.named("storage.bucket", "assets").public_acl is True
    assert place.named("compute.image", "shop-golden").public is True


CHANGES: list[tuple[str, str, dict[str, Any]]] = [
    ("compute.instance", "web-1", {"tags": {"team": "search"}}),
    ("compute.instance", "web-1", {"labels": ["blue", "green"]}),
    ("compute.instance", "web-1", {"termination_protected": True}),
    ("compute.instance", "web-1", {"state": "stopped"}),
    ("compute.instance", "web-1", {"type": "m1.small"}),
    ("storage.volume", "forgotten", {"tags": {"owner": "search", "keep": "true"}}),
    ("storage.snapshot", "db-before-upgrade", {"tags": {"keep": "true"}}),
    ("storage.volume", "db-data", {"attached": False, "attached_to": ""}),
    ("compute.image", "shop-golden", {"public": False}),
    ("compute.image", "shop-golden", {"protected": True}),
    ("compute.image", "shop-golden", {"tags": {"owner": "search", "reviewed": ""}}),
    ("network.vpc", "shop", {"tags": {"owner": "search", "reviewed": ""}}),
    ("network.subnet", "shop-subnet", {"tags": {"owner": "search"}}),
    ("network.gateway", "shop-router", {"tags": {"owner": "search"}}),
    ("network.firewall", "web", {"tags": {"owner": "search"}}),
    ("storage.bucket", "assets", {"public_acl": False}),
    ("storage.bucket", "assets", {"read_acl": "", "write_acl": ""}),
    ("storage.bucket", "assets", {"quota_bytes": 1 << 30}),
    ("storage.bucket", "assets", {"tags": {"team": "search"}}),
]


@pytest.mark.parametrize(("kind", "name", "after"), CHANGES, ids=[f"{kind} {'+'.join(after)}" for kind, _, after in CHANGES])
def test_there_and_back(place: Place, kind: str, name: str, after: dict[str, Any]) -> None:
    round_trip(place, place.named(kind, name), after)


def round_trip(place: Place, row: Resource, after: dict[str, Any]) -> None:
    steps = place.steps(row, after)
    for index, step in enumerate(steps):
        step.do(f"t{index}")
        step.do(f"t{index}")
    assert _columns(place.fresh(row.id), after) == after
    for index in range(len(steps) - 1, -1, -1):
        steps[index].undo(f"t{index}", None)
        steps[index].undo(f"t{index}", None)
    assert _columns(place.fresh(row.id), after) == _columns(row, after)


def _columns(row: Any, names: dict[str, Any]) -> dict[str, Any]:
    told = msgspec.to_builtins(row)
    return {name: told[name] for name in names}


def test_ssh_is_closed_and_opened(place: Place) -> None:
    group = place.named("network.firewall", "web")
    rules = msgspec.to_builtins(group.rules)
    kept = [rule for rule in rules if rule["from_port"] != 22]
    steps = place.steps(group, {"rules": kept})
    for step in steps:
        step.do("t")
    assert {one.from_port for one in place.fresh(group.id).rules} == {rule["from_port"] for rule in kept}
    for step in reversed(steps):
        step.undo("t", None)
    assert msgspec.to_builtins(place.fresh(group.id).rules) == rules


def test_a_card_without_its_guards_and_with_them_again(place: Place) -> None:
    card = place.card("web-1")
    bare = card.firewalls[0].rpartition("/")[0] + "/no-port-security"
    round_trip(place, card, {"source_check": False, "firewalls": [bare]})


def test_port_security_alone_is_switched_on(place: Place) -> None:
    """A card that had no groups has none then, and takes nothing."""
    card = place.card("web-1")
    bare = card.firewalls[0].rpartition("/")[0] + "/no-port-security"
    for step in place.steps(card, {"source_check": False, "firewalls": [bare]}):
        step.do("t")
    off = place.fresh(card.id)
    (step,) = place.steps(off, {"source_check": True})
    step.do("t")
    assert place.fresh(card.id).firewalls == []
    step.undo("t", None)
    assert place.fresh(card.id).firewalls == [bare]
    for step in place.steps(place.fresh(card.id), {"source_check": True, "firewalls": card.firewalls}):
        step.do("t")
    assert place.fresh(card.id) == card


def test_a_floating_address_is_taken_and_given_back(place: Place) -> None:
    card = place.card("web-1")
    address = next(row for row in place.rows.values() if row.KIND == "network.address" and row.interface == card.id)  # type: ignore[attr-defined]
    round_trip(place, address, {"attached": False, "interface": ""})


def test_a_floating_address_is_released_and_another_one_comes(place: Place) -> None:
    free = next(row for row in place.rows.values() if row.KIND == "network.address" and not row.attached)  # type: ignore[attr-defined]
    addresses = len(_addresses(place))
    (step,) = place.steps(free, None)
    step.do("t")
    step.do("t")
    assert place.fresh(free.id) is None
    step.undo("t", None)
    step.undo("t", None)
    assert len(_addresses(place)) == addresses
    place.rows = Place(place.cloud, place.clock).rows


def _addresses(place: Place) -> list[Resource]:
    return [row for row in Place(place.cloud, place.clock).rows.values() if row.KIND == "network.address"]


def test_a_key_pair_is_deleted_and_imported_again(place: Place) -> None:
    pair = next(row for row in place.rows.values() if row.KIND == "compute.keypair")
    (step,) = place.steps(pair, None)
    step.do("t")
    assert place.fresh(pair.id) is None
    step.undo("t", None)
    back = place.fresh(pair.id)
    assert (back.public_key, back.name) == (pair.public_key, pair.name)  # type: ignore[attr-defined]


def test_a_volume_grows_and_a_snapshot_goes_for_good(place: Place) -> None:
    from skywright.model.errors import AskHuman

    volume, snapshot = place.named("storage.volume", "forgotten"), place.named("storage.snapshot", "db-before-upgrade")
    (grow,) = place.steps(volume, {"size_gib": volume.size_gib + 1})
    grow.do("t")
    assert place.fresh(volume.id).size_gib == volume.size_gib + 1
    with pytest.raises(AskHuman, match="cannot be made smaller"):
        grow.undo("t", None)
    (delete,) = place.steps(snapshot, None)
    delete.do("t")
    assert place.fresh(snapshot.id) is None
    with pytest.raises(AskHuman, match="cannot be undone"):
        delete.undo("t", None)


@pytest.fixture(scope="module", params=["stand-in", pytest.param("real", marks=pytest.mark.real)])
def whole(request: pytest.FixtureRequest) -> Iterator[Place]:
    """Every project, as the administrator."""
    if request.param == "real":
        clock, path = RealClock(), clouds_yaml()
        build(path, clock)
        config = OpenstackConfig(clouds=["lab-admin"], config_file=path, all_projects=True)
        yield Place(OpenstackCloud(config, clock), clock, ADMINS)
        return
    world = World("lab-admin", wide=True)
    yield Place(world.cloud, world.clock, ADMINS)
    world.stop()


ADMINS = {
    "account.quota",
    "account.account",
    "compute.host",
    "identity.user",
    "network.gateway",
    "storage.volume",
    "compute.instance",
}
ADMIN_CHANGES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("account.quota", {"native_id": "compute.cores"}, {"limit_value": 7.0}),
    ("account.quota", {"native_id": "block-storage.gigabytes"}, {"limit_value": 70.0}),
    ("account.quota", {"native_id": "network.router"}, {"limit_value": 3.0}),
    ("account.account", {}, {"tags": {"env": "test", "reviewed": ""}}),
    ("compute.host", {"name": "compute-1"}, {"state": "disabled"}),
    ("identity.user", {"name": "reader"}, {"state": "disabled"}),
    ("network.gateway", {"name": "shop-router"}, {"source_nat": False}),
    ("storage.volume", {"name": "forgotten"}, {"tags": {"by": "admin"}}),
    ("compute.instance", {"name": "web-1"}, {"tags": {"by": "admin"}}),
]


@pytest.mark.parametrize(("kind", "like", "after"), ADMIN_CHANGES, ids=[f"{one[0]} {'+'.join(one[2])}" for one in ADMIN_CHANGES])
def test_what_administrators_do(whole: Place, kind: str, like: dict[str, Any], after: dict[str, Any]) -> None:
    """In another project than their own, where there are several."""
    found = [row for row in whole.rows.values() if kind == row.KIND and all(_begins(row, *fact) for fact in like.items())]
    homes = {login.home for logins in whole.cloud.calls.accounts.find()[0].values() for login in logins}
    found.sort(key=lambda row: row.account in homes)
    round_trip(whole, found[0], after)


def _begins(row: Resource, name: str, value: str) -> bool:
    return str(getattr(row, name)).startswith(value)
