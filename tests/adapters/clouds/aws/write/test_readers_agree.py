"""What the writers do is what the readers see: before a change and after it, a fresh read shows the columns of the plan."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
import pytest
from tests.adapters.clouds.acting import holds
from tests.adapters.clouds.aws.write._harness import Case, Saga, StillClock, World
from tests.adapters.clouds.aws.write._worlds import ALL

from skywright.adapters.clouds.aws import AwsCloud, AwsConfig
from skywright.model.kinds import Resource

EMULATOR_LACKS = {
    "protect an instance against termination": "no list tells it, so the reader leaves it unknown",
    "keep or delete a volume when its instance is terminated": "DeleteOnTermination in DescribeVolumes",
    "make a snapshot private": "RestorableByUserIds in DescribeSnapshots",
    "change the tags of network.endpoint": "the filter vpc-endpoint-id",
    "change the tags of network.acl": "the filter network-acl-id",
    "change the tags of compute.template": "tags in DescribeLaunchTemplates",
}


class Noon(StillClock):
    def now(self) -> datetime:
        return datetime(2026, 1, 1, 12)


def fresh(world: World, case: Case) -> Resource | None:
    cloud = AwsCloud(AwsConfig(), Noon())  # type: ignore[arg-type]
    cloud.calls = world.calls  # type: ignore[assignment]
    target = case.change().target
    return cloud.refresh([target])[target]


def seen(row: Resource, case: Case) -> dict[str, Any]:
    """The columns that the case changes; of the tags those that it names."""
    found = {column: value for column, value in msgspec.to_builtins(row).items() if column in case.after}
    if tags := found.get("tags"):
        named = {*case.before["tags"], *case.after["tags"]}
        found["tags"] = {key: value for key, value in tags.items() if key in named}
    return found


@pytest.mark.parametrize("name", [name for name in ALL if name not in EMULATOR_LACKS])
def test_a_fresh_read_shows_the_plan(name: str, new_world: Callable[[], World]):
    world = new_world()
    case = ALL[name](world)
    row = fresh(world, case)
    assert row is not None
    saga = Saga(case, world.calls, world.clock.sleep)
    assert saga.do() == -1
    after = fresh(world, case)
    if case.after is None:
        assert after is None or after.state in ("terminated", "deleted", "pending-deletion")
        return
    assert after is not None
    assert holds(seen(after, case), case.after)
