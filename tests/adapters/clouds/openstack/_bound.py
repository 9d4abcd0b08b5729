"""What cases share: a resource of the lab bound to a change of it."""

from collections.abc import Callable
from typing import Any

from tests.adapters.clouds.openstack._harness import REGION, SHOP, Case, World

from skywright.model.kinds import resource_id


def _id(kind: str, native_id: str) -> str:
    return resource_id("openstack", SHOP, REGION, kind, native_id)


def _bound(collection: str, kind: str, before: dict[str, Any], after: dict[str, Any] | None, see: Any, /, **more: Any) -> Any:
    """A case whose look is a function of the item."""
    find = more.pop("find", {})

    def make(world: World) -> Case:
        item = world.one(collection, **find)

        def look() -> dict[str, Any]:
            world.settle()
            if item["id"] not in world.state.all(collection):
                return {"gone": True}
            return see(item)

        return Case(kind=kind, native_id=item.get("uuid") or item["id"], before=before, after=after, see=look, **more)

    return make


def _tagged(collection: str, kind: str, find: dict[str, Any], before: dict[str, str]) -> Callable[[World], Case]:
    after = {"owner": "search", "reviewed": ""}
    return _bound(
        collection,
        kind,
        {"tags": before},
        {"tags": after},
        lambda item: {"tags": list(item["tags"])},
        find=find,
        wanted={"tags": ["owner=search", "reviewed"]},
    )
