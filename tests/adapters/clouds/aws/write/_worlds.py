"""Every action's case, by the name of the action."""

from collections.abc import Callable

from tests.adapters.clouds.aws.write import (
    _worlds_balancers,
    _worlds_buckets,
    _worlds_databases,
    _worlds_ec2_tags,
    _worlds_functions,
    _worlds_instances,
    _worlds_keys,
    _worlds_logs,
    _worlds_network,
    _worlds_queues,
    _worlds_volumes,
)
from tests.adapters.clouds.aws.write._harness import Case, World

CASES: dict[str, Callable[[World], Case]] = {
    **_worlds_instances.CASES,
    **_worlds_volumes.CASES,
    **_worlds_network.CASES,
    **_worlds_ec2_tags.CASES,
    **_worlds_buckets.CASES,
    **_worlds_databases.CASES,
    **_worlds_keys.CASES,
    **_worlds_logs.CASES,
    **_worlds_queues.CASES,
    **_worlds_functions.CASES,
    **_worlds_balancers.CASES,
}
VARIANTS: dict[str, Callable[[World], Case]] = {
    **_worlds_instances.VARIANTS,
    **_worlds_volumes.VARIANTS,
    **_worlds_buckets.VARIANTS,
    **_worlds_keys.VARIANTS,
    **_worlds_functions.VARIANTS,
}
ALL = {**CASES, **VARIANTS}
