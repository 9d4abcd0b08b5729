"""Every action's world, and more worlds for actions that have several sides."""

from tests.adapters.clouds.azure.write import _worlds_compute, _worlds_platform, _worlds_stores

CASES = {**_worlds_compute.CASES, **_worlds_stores.CASES, **_worlds_platform.CASES}
ALL = {**CASES, **_worlds_compute.MORE, **_worlds_stores.MORE, **_worlds_platform.MORE}
SAME_CALLS = [name for name in CASES if name.startswith("change the tags of ")][1:]
"""Tags of every kind go through the same calls: one kind of them is enough for the tests of failures."""
DISTINCT = [name for name in ALL if name not in SAME_CALLS]
