"""The seeded estate: every resource is as Google documents it, every fault is there, and the same seed gives the same estate."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

import skywright
from skywright.lab.gcp.check import problems
from skywright.lab.gcp.discovery import Document, document
from skywright.lab.gcp.seed import ESTATES, build
from skywright.lab.gcp.seed.faults import opened
from skywright.lab.gcp.world import World

PACKS = list((Path(skywright.__file__).parent / "topics").glob("*/rules/*.yaml"))
NOW = datetime(2026, 3, 1, 12)
VERSIONS = {
    "bigquery": "v2",
    "billingbudgets": "v1",
    "cloudfunctions": "v2",
    "cloudresourcemanager": "v3",
    "logging": "v2",
    "monitoring": "v3",
    "run": "v2",
}


def world(estate: str = "default", seed: int = 1, size: int = 0) -> tuple[World, list[dict[str, str]]]:
    made = World(NOW, seed)
    return made, build(made, estate, size).answers


def schemas(known: Document) -> Iterator[tuple[re.Pattern[str], str]]:
    """What the ``get`` methods of a service answer, by the path of what they are about."""
    for method in known.methods:
        if method.verb == "get" and method.response.ref:
            yield method.shape, method.response.ref


@pytest.mark.parametrize("estate", ["small", "default"])
def test_every_resource_has_the_documented_shape(estate: str):
    made, _ = world(estate)
    wrong: list[str] = []
    seen = 0
    for key, raw in made.store.everything():
        service, path = key.split("/", 1)
        known = document(service, VERSIONS.get(service, "v1"))
        assert known is not None, key
        found = [name for shape, name in schemas(known) if shape.match(path) or shape.match(f"{known.version}/{path}")]
        if service == "dns" and not found:
            found = ["ManagedZone" if "/rrsets/" not in key else "ResourceRecordSet"]
        assert found, f"no method gets {key}"
        seen += 1
        said = [problems(known, name, msgspec.json.decode(raw)) for name in found]
        if all(said):
            wrong.append(f"{key}: {said[0]}")
    assert not wrong, "\n".join(wrong[:20])
    assert seen > (80 if estate == "small" else 500)


def test_the_same_seed_gives_the_same_estate():
    (one, answers), (other, again) = world(), world()
    assert dict(one.store.everything()) == dict(other.store.everything())
    assert answers == again


def test_the_answer_sheet_names_rules_that_are_shipped_and_things_that_are_there():
    made, answers = world()
    rules = set(re.findall(r"- id: (\w+)", "".join(path.read_text() for path in PACKS)))
    assert {line["fault"] for line in answers} <= rules
    assert len({tuple(sorted(line.items())) for line in answers}) == len(answers)
    names = {key.rsplit("/", 1)[-1] for key, _ in made.store.everything()}
    missing = [line for line in answers if line["native_id"].rsplit("/", 1)[-1] not in names]
    assert not missing
    assert len(answers) > 60
    assert len({line["account"] for line in answers}) == 3


@pytest.mark.parametrize(
    ("first", "last", "rules"),
    [
        (22, 22, ["ssh"]),
        (20, 30, ["ssh", "telnet"]),
        (443, 443, []),
        (9300, 9300, ["elasticsearch"]),
        (138, 138, ["smb"]),
        (1434, 1434, ["sqlserver"]),
    ],
)
def test_which_rules_an_opening_breaks(first: int, last: int, rules: list[str]):
    assert opened(first, last) == [f"network_firewall_{name}_open_to_internet" for name in rules]


def test_an_opening_of_everything_breaks_them_all():
    assert len(opened(0, 65535)) == 13
    assert opened(0, 65535)[-1] == "network_firewall_all_open_to_internet"


def test_a_large_estate_is_about_as_large_as_asked():
    made, _ = world("large", size=6000)
    assert 5500 <= made.store.count() <= 7500


def test_an_estate_that_there_is_none_of():
    with pytest.raises(ValueError, match="'huge' is none of empty, small, default, large"):
        world("huge")
    assert ESTATES == ("empty", "small", "default", "large")
