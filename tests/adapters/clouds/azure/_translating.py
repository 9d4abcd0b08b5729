"""What the tests of translations share: the place, a row held against its columns, what is known beside a resource."""

from collections.abc import Callable
from typing import Any

from skywright.adapters.clouds.azure.read.base import Locks, Place, by_id
from skywright.adapters.clouds.azure.read.instances import Beside
from skywright.model.kinds import Resource

HERE = Place("s", "westeurope")
ID = "azure:s:westeurope:"
Example = Callable[[str], Any]
NO_LOCKS = Locks(iter(()))


def has(row: Resource, **expected: Any) -> None:
    assert {name: getattr(row, name) for name in expected} == expected


def beside(example: Example, **given: Any) -> Beside:
    known = {
        "sizes": {},
        "cards": by_id([example("nic")]),
        "addresses": by_id([example("address")]),
        "stopped": {},
        "locks": NO_LOCKS,
    }
    return Beside(**known | given)
