"""Stand-ins that stop when a test is over."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.adapters.clouds.openstack._harness import World


@pytest.fixture
def new_world(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., World]]:
    """Gives a world at each call. Nothing of the machine's own OpenStack environment counts."""
    for name in ("OS_CLOUD", "OS_CLIENT_CONFIG_FILE", "OS_AUTH_URL", "OS_USERNAME", "OS_PASSWORD", "OS_PROJECT_NAME"):
        monkeypatch.delenv(name, raising=False)
    made: list[World] = []

    def make(*args: Any, **more: Any) -> World:
        made.append(World(*args, **more))
        return made[-1]

    yield make
    for world in made:
        world.stop()


@pytest.fixture
def world(new_world: Callable[..., World]) -> World:
    """One, as a member of the project shop."""
    return new_world()
