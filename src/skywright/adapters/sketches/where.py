"""What a reader is told beside the file."""

from collections.abc import Callable, Mapping

import msgspec

from skywright.ports.other import TypeOffer

Offers = Callable[[str, str], Mapping[str, TypeOffer]]


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """What the file itself may not say: the region of resources without one, and for Kubernetes the machines that pods run on."""

    cloud: str = "aws"
    region: str = ""
    node: str = ""
    nodes: int = 1
