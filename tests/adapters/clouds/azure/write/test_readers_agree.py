"""What an action calls done, the readers see as done: a change is proven by a fresh read of its target."""

import pytest
from tests.adapters.clouds.azure.write._harness import Saga, World
from tests.adapters.clouds.azure.write._worlds import ALL, SAME_CALLS

from skywright.adapters.clouds.azure import AzureCloud, AzureConfig
from skywright.adapters.clouds.azure.accounts import Accounts
from skywright.adapters.clouds.azure.write import WAYS
from skywright.adapters.clouds.kit.actions import same
from skywright.model.kinds import Resource
from skywright.model.plan import Reversibility

THERE = [name for name in ALL if not name.startswith("change the tags of ") or name == "change the tags of storage.volume"]


def cloud_of(world: World) -> AzureCloud:
    found = AzureCloud(AzureConfig(), world.clock)
    found.calls = world.calls
    found._accounts = Accounts(AzureConfig(), world.calls)
    return found


def row(cloud: AzureCloud, target: str) -> Resource | None:
    seen = cloud.refresh([target])
    assert target in seen, "it could not be read"
    return seen[target]


@pytest.mark.parametrize("name", THERE)
def test_the_row_is_as_planned_before_and_as_wanted_after(name: str):
    world = World()
    case = ALL[name](world)
    target = case.change(world.subscription).target
    cloud = cloud_of(world)
    before = row(cloud, target)
    assert before is not None
    assert shown(before, case.before) == case.before
    saga = Saga(world, case)
    saga.do()
    world.store.settle()
    after = row(cloud, target)
    if case.after is None:
        assert after is None
    else:
        assert after is not None
        assert shown(after, case.after) == case.after
    if WAYS.can(case.kind, case.before, case.after) is Reversibility.NONE:
        return
    saga.undo()
    world.store.settle()
    back = row(cloud, target)
    assert back is not None
    assert shown(back, case.before) == case.before


def shown(found: Resource, values: dict) -> dict:
    """The row's columns, spelled as in ``values`` where they are the same."""
    seen = {column: getattr(found, column) for column in values}
    return {column: values[column] if same(seen[column], values[column]) else seen[column] for column in values}


def test_kinds_whose_tags_are_changed_are_read():
    assert len(SAME_CALLS) > 20
