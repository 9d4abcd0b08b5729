"""Every action's case, by the name of the action, and more cases of actions that have several sides."""

from collections.abc import Callable

from tests.adapters.clouds.openstack import _worlds_networks, _worlds_projects, _worlds_servers
from tests.adapters.clouds.openstack._harness import Case, World

CASES: dict[str, Callable[[World], Case]] = {**_worlds_servers.CASES, **_worlds_networks.CASES, **_worlds_projects.CASES}
VARIANTS: dict[str, Callable[[World], Case]] = {
    **_worlds_servers.VARIANTS,
    **_worlds_networks.VARIANTS,
    **_worlds_projects.VARIANTS,
}


ALL = {**CASES, **VARIANTS}
AS_ADMIN = {
    "set a quota of a project",
    "a quota of volumes",
    "a quota of networks",
    "disable a user, or enable it",
    "take a hypervisor out of service, or put it back",
    "change the tags of a project",
    "switch a router's source address translation",
}
"""What only the administrator may do, over all projects."""
