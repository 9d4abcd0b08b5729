"""A machine's cost and what ran on it -> parts by pod, idle and overhead, which add up to the cost to the last digit. Pure.

A machine's cost is first divided among its processors and its memory by what they are worth beside each other; each of the two is
then divided among the pods by the greater of what they asked for and what they used (the OpenCost specification's measure of
a workload's cost), what the machine keeps for itself (capacity less allocatable: overhead), and what nobody asked for nor used
(idle). If pods use more than is allocatable they share all of it, and nothing is idle.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import msgspec

from skywright.topics.cost.books.exact import split

NOTHING = Fraction(0)


class Pod(msgspec.Struct, frozen=True, kw_only=True):
    """What ran on a node. Requests and usage in thousandths of a processor and in MiB; None is not known. ``claim``: it is no pod
    but a claim on a volume, which has all of it."""

    id: str
    name: str
    namespace: str
    workload: str
    labels: dict[str, str]
    cpu_request: int | None = None
    memory_request: int | None = None
    cpu_used: float | None = None
    memory_used: float | None = None
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
    pods: tuple[Pod, ...] = ()


class Parts(msgspec.Struct, frozen=True):
    """A node's cost: ``pods`` in the node's order, and of each of them what it really used (NULL: not known)."""

    pods: tuple[Decimal, ...]
    idle: Decimal
    overhead: Decimal


class Worth(msgspec.Struct, frozen=True):
    """What a processor and a GiB of memory are worth beside each other."""

    cpu: Fraction
    memory_gib: Fraction


def parts(node: Node, cost: Decimal, worth: Worth) -> Parts:
    """Split a node's cost. The parts add up to it exactly."""
    pods, idle, overhead = shares(node, worth)
    found = split(cost, [*pods, idle, overhead])
    return Parts(tuple(found[:-2]), found[-2], found[-1])


def shares(node: Node, worth: Worth) -> tuple[list[Fraction], Fraction, Fraction]:
    """The pods', the idle and the overhead shares of a node; they add up to one."""
    cpu_value, memory_value = worth.cpu * Fraction(node.cpu, 1000), worth.memory_gib * Fraction(node.memory, 1024)
    whole = cpu_value + memory_value
    pods = [NOTHING] * len(node.pods)
    idle = overhead = NOTHING
    for value, capacity, allocatable, asked in (
        (cpu_value, node.cpu, node.cpu_allocatable, [pod.cpu for pod in node.pods]),
        (memory_value, node.memory, node.memory_allocatable, [pod.memory for pod in node.pods]),
    ):
        own, free, kept = _one(capacity, allocatable, asked)
        pods = [share + value / whole * part for share, part in zip(pods, own, strict=True)]
        idle, overhead = idle + value / whole * free, overhead + value / whole * kept
    return pods, idle, overhead


def _one(capacity: int, allocatable: int, asked: Sequence[Fraction]) -> tuple[list[Fraction], Fraction, Fraction]:
    """Shares of one kind of capacity: each pod's, idle, overhead."""
    allocatable = min(allocatable, capacity)
    wanted = sum(asked, NOTHING)
    among = max(Fraction(allocatable), wanted)
    room = Fraction(allocatable, capacity)
    own = [room * one / among for one in asked] if among else [NOTHING for _ in asked]
    free = room * (among - wanted) / among if among else room
    return own, free, 1 - room


def used_share(pod: Pod, worth: Worth) -> Fraction | None:
    """How much of what a pod is charged for it used, 0..1; None when its usage is not known."""
    if pod.cpu_used is None or pod.memory_used is None:
        return None
    charged = worth.cpu * pod.cpu / 1000 + worth.memory_gib * pod.memory / 1024
    used = worth.cpu * Fraction(pod.cpu_used) / 1000 + worth.memory_gib * Fraction(pod.memory_used) / 1024
    return used / charged if charged else None
