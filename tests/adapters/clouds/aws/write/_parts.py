"""What cases of several services share: tags, and what stands in for an emulator's gaps."""

from collections.abc import Callable
from typing import Any

from tests.adapters.clouds.aws.write._harness import Case, World


def _tag_map(listed: list[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in listed}


OLD_TAGS = {"owner": "payments", "temporary": "yes"}
NEW_TAGS = {"owner": "search", "cost-center": "42"}
LATER = {"later": "not in the plan"}


def tag_case(kind: str, native_id: str, see: Callable[[], dict[str, str]]) -> Case:
    """Tags of which one changes, one goes, one is new and one is not spoken of. The builder sets OLD_TAGS and LATER."""
    wanted = {"tags": {**NEW_TAGS, **LATER}}
    before, after = {"tags": OLD_TAGS}, {"tags": NEW_TAGS}
    return Case(kind=kind, native_id=native_id, before=before, after=after, see=lambda: {"tags": see()}, wanted=wanted)


def listed(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


FIRST_TAGS = {**OLD_TAGS, **LATER}


def stood_in(build: Callable[[World], Case], look: Callable[[World], dict[str, Any]]) -> Callable[[World], Case]:
    """A case that is looked at through a stand-in, where moto keeps nothing."""

    def built(world: World) -> Case:
        case = build(world)
        case.see = lambda: look(world)
        return case

    return built
