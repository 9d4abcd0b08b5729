"""The estate of the stand-in: the same again for the same seed, and every planted fault is found by the shipped rules."""

import json
from pathlib import Path

import pytest

from skywright.lab.openstack import PROJECTS, start
from skywright.model.kinds import parse_id
from skywright.topics.reach.search import Reach
from skywright.topics.reach.world import SOURCES, build
from skywright.wiring import House, open_house


@pytest.fixture(scope="module")
def gathered(tmp_path_factory: pytest.TempPathFactory):
    standin = start()
    folder = tmp_path_factory.mktemp("estate")
    config = folder / "skywright.yaml"
    config.write_text(json.dumps({"clouds": {"openstack": standin.section()}}))
    house = open_house(config, folder / "data")
    yield standin, house, house.gather(lambda *_: None)
    standin.stop()


def test_the_same_seed_gives_the_same_estate() -> None:
    one, other = start(seed=7), start(seed=7)
    try:
        assert one.answers() == other.answers()
        assert one.state.things.keys() == other.state.things.keys()
    finally:
        one.stop()
        other.stop()


def test_every_planted_fault_is_found(gathered) -> None:
    standin, house, snapshot = gathered
    found = set()
    for finding in house.audit(snapshot):
        name = parse_id(finding.resource)
        found.add((finding.rule, name.kind, name.account, name.region, name.native_id))
    planted = {(one["fault"], one["kind"], one["account"], one["region"], one["native_id"]) for one in standin.answers()}
    assert len(planted) >= 12
    assert planted - found == set()


def test_what_a_rule_finds_was_planted(gathered) -> None:
    """No rule of the sheet finds more than was planted."""
    standin, house, snapshot = gathered
    planted = {(one["fault"], one["native_id"]) for one in standin.answers()}
    rules = {fault for fault, _ in planted}
    failed = (finding for finding in house.audit(snapshot) if finding.verdict.value == "fail" and finding.rule in rules)
    assert {(finding.rule, parse_id(finding.resource).native_id) for finding in failed} - planted == set()


def test_what_the_internet_reaches(gathered) -> None:
    _standin, house, snapshot = gathered
    reach = Reach(_world(house, snapshot))
    names = {}
    with house.engine.open(snapshot) as session:
        names = dict(session.query("SELECT name, id FROM compute_instance", {}).rows)
    openings = {opening for path in reach.from_internet(names["web-1"]) for opening in path.openings}
    assert {("tcp", (22, 22)), ("tcp", (80, 80)), ("tcp", (443, 443))} <= openings
    assert all(not path.unknown for path in reach.from_internet(names["web-1"]))
    assert reach.from_internet(names["db-1"]) == ()
    inside = reach.between(names["web-2"], names["db-1"])
    assert ("tcp", (5432, 5432)) in {opening for path in inside for opening in path.openings}


def _world(house: House, snapshot):
    with house.engine.open(snapshot) as session:
        return build({name: list(session.query(sql, {}).rows) for name, sql in SOURCES.items()})


def test_the_large_estate_is_large() -> None:
    standin = start(estate="large")
    try:
        assert len(standin.state.all("servers")) >= 1000
    finally:
        standin.stop()


def test_clouds_yaml_is_for_its_owner_only(gathered) -> None:
    standin, _, _ = gathered
    path = Path(standin.environment()["OS_CLIENT_CONFIG_FILE"])
    assert path.stat().st_mode & 0o077 == 0
    assert PROJECTS["shop"] not in path.read_text()
