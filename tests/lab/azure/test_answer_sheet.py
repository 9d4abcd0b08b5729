"""Gather the company, audit it with the rules as they ship: what fails is what was planted, no more and no less."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from skywright import wiring
from skywright.lab import azure
from skywright.lab.azure.standin import AzureLab
from skywright.model.estate import CoverageState
from skywright.model.finding import RuleVerdict
from skywright.model.kinds import resource_id


def audited(lab: AzureLab, folder: Path) -> tuple[dict[str, set[str]], list[str]]:
    """Rule -> the resources that fail it; and the reasons of all gaps."""
    config = folder / "skywright.yaml"
    config.write_bytes(msgspec.yaml.encode({"data": str(folder / "data"), "clouds": {"azure": lab.section()}}))
    house = wiring.open_house(config)
    try:
        snapshot = house.gather(lambda *_: None)
        findings = house.audit(snapshot)
    finally:
        house.close()
    found: dict[str, set[str]] = defaultdict(set)
    for one in findings:
        if one.verdict is RuleVerdict.FAIL:
            found[one.rule].add(one.resource)
    return dict(found), [row.reason for row in snapshot.coverage if row.partial or row.state is not CoverageState.COMPLETE]


def sheet(lab: AzureLab) -> dict[str, set[str]]:
    planted: dict[str, set[str]] = defaultdict(set)
    for line in lab.answers():
        identifier = resource_id("azure", line["account"], line["region"], line["kind"], line["native_id"])
        planted[line["fault"]].add(identifier)
    return dict(planted)


@pytest.fixture(params=[("small", 1), ("default", 1), ("default", 5)], ids=["small", "default", "another seed"])
def lab(request: pytest.FixtureRequest) -> Iterator[AzureLab]:
    estate, seed = request.param
    found = azure.start(seed=seed, estate=estate)
    yield found
    found.stop()


def test_exactly_what_was_planted_is_found(lab: AzureLab, tmp_path: Path):
    found, gaps = audited(lab, tmp_path)
    assert found == sheet(lab)
    assert gaps == []
