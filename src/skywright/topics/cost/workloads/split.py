"""A machine's cost and what ran on it -> parts by pod, idle and overhead, which add up to the cost to the last digit. Pure.

A machine's cost is first divided among its processors, its memory and its graphics processors by what they are worth beside each
other; each is then divided among the pods by the greater of what they asked for and what they used (the OpenCost specification's
measure of a workload's cost; of graphics processors, which nobody else may use, by what they asked for), what the machine keeps for
itself (capacity less allocatable: overhead), and what nobody asked for nor used (idle). If pods use more than is allocatable they
share all of it, and nothing is idle.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import msgspec

from skywright.topics.cost.books.exact import split

NOTHING = Fraction(0)


class Pod(msgspec.Struct, frozen=True, kw_only=True):
    """What ran on a node. Requests and usage in thousandths of a processor and in MiB; None is not known. ``claim``: it is no pod
    but a claim on a volume, which has all of it. ``gpus``: whole graphics processors that it asked for, and so has for itself, of
    which it kept ``gpu_used`` percent busy."""

    id: str
    name: str
    namespace: str
    workload: str
    labels: dict[str, str]
    cpu_request: int | None = None
    memory_request: int | None = None
    cpu_used: float | None = None
    memory_used: float | None = None
    gpus: Fraction = NOTHING
    gpu_used: float | None = None
    claim: bool = False

    @property
    def cpu(self) -> Fraction:
        """The greater of what it asked for and what it used."""
        return max(Fraction(self.cpu_request or 0), Fraction(self.cpu_used or 0), NOTHING)

    @property
    def memory(self) -> Fraction:
        """The greater of what it asked for and what it used."""
        return max(Fraction(self.memory_request or 0), Fraction(self.memory_used or 0), NOTHING)


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A machine of a cluster: what it has (``cpu``, ``memory``: thousandths, MiB) and what of it pods may have."""

    id: str
    name: str
    cluster: str
    machine: str
    cpu: int
    memory: int
    cpu_allocatable: int
    memory_allocatable: int
    gpus: Fraction = NOTHING
    gpus_allocatable: Fraction = NOTHING
    pods: tuple[Pod, ...] = ()


class Parts(msgspec.Struct, frozen=True):
    """A node's cost: ``pods`` in the node's order; ``idle`` of processors and memory, ``idle_gpus`` of graphics processors."""

    pods: tuple[Decimal, ...]
    idle: Decimal
    overhead: Decimal
    idle_gpus: Decimal = Decimal(0)


class Worth(msgspec.Struct, frozen=True):
    """What a processor, a GiB of memory and a graphics processor are worth beside each other."""

    cpu: Fraction
    memory_gib: Fraction
    gpu: Fraction = NOTHING


def parts(node: Node, cost: Decimal, worth: Worth) -> Parts:
    """Split a node's cost. The parts add up to it exactly."""
    pods, idle, idle_gpus, overhead = shares(node, worth)
    found = split(cost, [*pods, idle, idle_gpus, overhead])
    return Parts(tuple(found[:-3]), found[-3], found[-1], found[-2])


def shares(node: Node, worth: Worth) -> tuple[list[Fraction], Fraction, Fraction, Fraction]:
    """The pods', the idle, the idle graphics processors' and the overhead shares of a node; they add up to one."""
    values = _values(node, worth)
    cpu = _one(node.cpu, node.cpu_allocatable, [pod.cpu for pod in node.pods])
    memory = _one(node.memory, node.memory_allocatable, [pod.memory for pod in node.pods])
    gpus = _one(node.gpus, node.gpus_allocatable, [pod.gpus for pod in node.pods])
    weights = [value / sum(values) for value in values]
    pods = [sum((weight * part for weight, part in zip(weights, of, strict=True)), NOTHING)
            for of in zip(cpu[0], memory[0], gpus[0], strict=True)]  # fmt: skip
    overhead = sum((weight * one[2] for weight, one in zip(weights, (cpu, memory, gpus), strict=True)), NOTHING)
    return pods, weights[0] * cpu[1] + weights[1] * memory[1], weights[2] * gpus[1], overhead


def gpu_parts(node: Node, worth: Worth) -> list[Fraction]:
    """How much of each pod's share is for graphics processors, 0..1."""
    pods, *_ = shares(node, worth)
    own, *_ = _one(node.gpus, node.gpus_allocatable, [pod.gpus for pod in node.pods])
    values = _values(node, worth)
    return [values[2] / sum(values) * part / share if share else NOTHING for share, part in zip(pods, own, strict=True)]


def _values(node: Node, worth: Worth) -> tuple[Fraction, Fraction, Fraction]:
    """What its processors, its memory and its graphics processors are worth."""
    return worth.cpu * Fraction(node.cpu, 1000), worth.memory_gib * Fraction(node.memory, 1024), worth.gpu * node.gpus


def _one(
    capacity: int | Fraction, allocatable: int | Fraction, asked: Sequence[Fraction]
) -> tuple[list[Fraction], Fraction, Fraction]:
    """Shares of one kind of capacity: each pod's, idle, overhead. Of what a node does not have all is idle, and worth nothing."""
    if not capacity:
        return [NOTHING for _ in asked], Fraction(1), NOTHING
    allocatable = min(allocatable, capacity)
    wanted = sum(asked, NOTHING)
    among = max(Fraction(allocatable), wanted)
    room = Fraction(allocatable) / Fraction(capacity)
    own = [room * one / among for one in asked] if among else [NOTHING for _ in asked]
    free = room * (among - wanted) / among if among else room
    return own, free, 1 - room


def used_share(pod: Pod, worth: Worth) -> Fraction | None:
    """How much of what a pod is charged for it used, 0..1; None when its usage is not known, that of graphics processors too."""
    if pod.cpu_used is None or pod.memory_used is None or (pod.gpus and pod.gpu_used is None):
        return None
    charged = worth.cpu * pod.cpu / 1000 + worth.memory_gib * pod.memory / 1024 + worth.gpu * pod.gpus
    used = worth.cpu * Fraction(pod.cpu_used) / 1000 + worth.memory_gib * Fraction(pod.memory_used) / 1024
    used += worth.gpu * pod.gpus * _busy(pod)
    return used / charged if charged else None


def _busy(pod: Pod) -> Fraction:
    """The share of time in which its graphics processors did something."""
    return min(Fraction(1), Fraction(pod.gpu_used or 0) / 100)


def unused_gpus(node: Node, worth: Worth) -> list[Fraction | None]:
    """How much of each pod's share is for graphics processors while they did nothing, 0..1; None where it has some and what they
    did is not known."""
    return [
        None if pod.gpus and pod.gpu_used is None else part * (1 - _busy(pod))
        for pod, part in zip(node.pods, gpu_parts(node, worth), strict=True)
    ]
