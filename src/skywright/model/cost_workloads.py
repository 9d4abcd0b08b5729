"""What a user may set about splitting machines' costs among what runs on them."""

from decimal import Decimal

import msgspec

from skywright.model.settings_base import Strict


class WorkloadSettings(Strict, frozen=True):
    """What an hour of a processor, of a GiB of memory and of a graphics processor is worth, beside each other: only their ratio
    matters, since the bill says what the machine costs. The defaults are those of OpenCost (configs/default.json: Google Cloud,
    us-central1). ``system``: namespaces (globs) of what keeps a cluster going, which are told apart."""

    cpu_hour: Decimal = Decimal("0.031611")
    memory_gib_hour: Decimal = Decimal("0.004237")
    gpu_hour: Decimal = Decimal("0.95")
    system: list[str] = msgspec.field(default_factory=lambda: ["kube-system", "kube-public", "kube-node-lease"])

    def __post_init__(self) -> None:
        if min(self.cpu_hour, self.memory_gib_hour) < 0 or not self.cpu_hour + self.memory_gib_hour:
            raise ValueError("cpu_hour and memory_gib_hour must not be negative, and not both be zero")
        if self.gpu_hour < 0:
            raise ValueError("gpu_hour must not be negative")
