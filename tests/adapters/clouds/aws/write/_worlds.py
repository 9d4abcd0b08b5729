"""Every action's case, by the name of the action."""

from collections.abc import Callable

from tests.adapters.clouds.aws.write import _worlds_control, _worlds_data, _worlds_ec2
from tests.adapters.clouds.aws.write._harness import Case, World

CASES: dict[str, Callable[[World], Case]] = {**_worlds_ec2.CASES, **_worlds_data.CASES, **_worlds_control.CASES}
VARIANTS: dict[str, Callable[[World], Case]] = {
    **_worlds_ec2.VARIANTS,
    **_worlds_data.VARIANTS,
    **_worlds_control.VARIANTS,
}
ALL = {**CASES, **VARIANTS}
