"""The estate of the stand-in: the same again for the same seed, and what the rules find in it is what was planted, no more."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from skywright.lab.hosts import start
from skywright.model.finding import RuleVerdict
from skywright.model.kinds import parse_id
from skywright.wiring import open_house


@pytest.fixture(scope="module", params=["small", "default"])
def audited(request, tmp_path_factory) -> Iterator[tuple[Any, set[tuple[str, str]]]]:
    lab = start(estate=request.param)
    folder: Path = tmp_path_factory.mktemp("estate")
    config = folder / "skywright.yaml"
    config.write_bytes(msgspec.yaml.encode({"data": str(folder / "data"), "clouds": {"hosts": lab.section()}}))
    house = open_house(config)
    try:
        found = house.audit(house.gather(lambda *_: None))
        yield lab, {(one.rule, parse_id(one.resource).native_id) for one in found if one.verdict is RuleVerdict.FAIL}
    finally:
        house.close()
        lab.stop()


def test_every_planted_fault_is_found_and_nothing_else(audited) -> None:
    lab, found = audited
    planted = {(one["fault"], one["native_id"]) for one in lab.answers()}
    assert len(planted) >= 12
    assert found == planted


def test_the_same_seed_gives_the_same_estate() -> None:
    one, other = start(seed=7, estate="small"), start(seed=7, estate="small")
    try:
        assert one.answers() == other.answers()
        assert one.answers() != []
    finally:
        one.stop()
        other.stop()


def test_many_hosts_answer_from_prepared_pages_and_a_changed_one_for_itself() -> None:
    from tests.adapters.clouds.acting import change_of
    from tests.adapters.clouds.hosts._town import cloud_of, ident

    lab = start(estate="large")
    try:
        cloud = cloud_of(lab)
        names = [ident("dc", name) for name in ("app-001", "app-002", "pass-1")]
        cloud.refresh(names[:1])
        fresh = cloud.refresh(names)
        assert [(fresh[name].name, fresh[name].private_ip, fresh[name].ssh_password_login) for name in names] == [
            ("app-001", "10.1.0.3", False),
            ("app-002", "10.1.0.5", False),
            ("pass-1", "10.1.1.51", True),
        ]
        assert [machine.name for machine in lab.machines.values() if machine.root.exists()] == ["app-001", "pass-1"]
        cloud.steps(change_of(names[1], {"tags": {"owner": "platform"}}, {"tags": {"owner": "x"}}))[0].do("token")
        fresh = cloud.refresh(names[:2])  # in whatever order they answer
        assert [fresh[name].tags for name in names[:2]] == [{"owner": "platform"}, {"owner": "x"}]
    finally:
        lab.stop()
