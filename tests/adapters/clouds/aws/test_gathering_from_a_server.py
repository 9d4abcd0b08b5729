"""Every reader against an AWS API over HTTP: what was made is found, what is gone is gone."""

from datetime import datetime

import boto3
import pytest

from skywright.adapters.clouds.aws import AwsCloud, AwsConfig
from skywright.model.estate import CoverageState
from skywright.model.kinds import Resource

REGION = "eu-west-1"
ACCOUNT = "123456789012"


class StillClock:
    """Time that stands; sleeping is noted."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> datetime:
        return datetime(2026, 7, 1, 12)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
def cloud(aws_environment: str) -> AwsCloud:
    return AwsCloud(AwsConfig(regions=[REGION]), StillClock())


def read_all(cloud: AwsCloud) -> dict[str, list[Resource]]:
    scopes, gaps = cloud.scopes()
    assert not gaps
    found: dict[str, list[Resource]] = {}
    for scope in scopes:
        batch = cloud.read(scope)
        assert {row.kind for row in batch.coverage} == set(scope.kinds)
        for row in batch.coverage:
            assert row.state is CoverageState.COMPLETE and not row.partial, row
        for resource in batch.resources:
            found.setdefault(resource.KIND, []).append(resource)
    return found


def test_an_empty_account_is_complete_and_has_the_defaults(cloud: AwsCloud) -> None:
    found = read_all(cloud)
    assert len(found["network.vpc"]) == 1
    assert found["network.vpc"][0].is_default
    assert "compute.instance" not in found
