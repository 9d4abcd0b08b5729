"""Room on nodes: what is taken, what is left, and where pods find some."""

from collections import Counter
from collections.abc import Iterable
from functools import cached_property

from skywright.topics.consolidate.nouns import Cluster, Node, Pod
from skywright.topics.consolidate.wants import may_run


class Ground:
    """What does not change while nodes are drained: who may run where, and how much of each node may be taken."""

    def __init__(self, cluster: Cluster, headroom_pct: float) -> None:
        self.nodes = cluster.nodes
        self.share = 1 - headroom_pct / 100
        self._may: dict[tuple[int, bool, int, int], bool] = {}

    @cached_property
    def home(self) -> dict[str, int]:
        """Pod -> the index of the node that it runs on."""
        return {pod.id: index for index, node in enumerate(self.nodes) for pod in node.pods}

    @cached_property
    def crowd(self) -> Counter[str]:
        """Workload -> the most of its copies that share a node today."""
        most: Counter[str] = Counter()
        for node in self.nodes:
            for workload, count in Counter(pod.workload for pod in node.pods).items():
                most[workload] = max(most[workload], count)
        return most

    def may(self, pod: Pod, index: int) -> bool:
        """May it run there, room aside. Copies of a workload on one node are asked once."""
        here = self.home[pod.id]
        key = (id(pod.wants), pod.zonal, here, index)
        if key not in self._may:
            self._may[key] = here != index and may_run(pod, self.nodes[here], self.nodes[index])
        return self._may[key]


class Rooms:
    """What is left on every node in millis, MiB and pods, who moved where, and which nodes are empty."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.left = [_left(node, ground.share) for node in ground.nodes]
        self.guests: list[list[Pod]] = [[pod for pod in node.pods if not pod.own] for node in ground.nodes]
        self.moved: dict[str, int] = {}
        self.drained: frozenset[int] = frozenset()

    def copy(self) -> "Rooms":
        """To try something."""
        other = object.__new__(Rooms)
        other.ground, other.drained = self.ground, self.drained
        other.left, other.moved = list(self.left), dict(self.moved)
        other.guests = [list(pods) for pods in self.guests]
        return other

    def without(self, index: int) -> "Rooms | None":
        """The same with one node fewer, its pods on others; None where one of them finds no room."""
        needs = self.guests[index]
        if not self._enough(index, needs):
            return None
        after = self.copy()
        after.drained |= {index}
        after.guests[index] = []
        for pod in sorted(needs, key=_size, reverse=True):
            if not after.settle(pod):
                return None
        return after

    def settle(self, pod: Pod, *, apart: bool = True) -> bool:
        """Put a pod where, of the nodes that have room, least is left; ``apart``: off the nodes of its fellows, where it asks for
        that. False where there is none."""
        places = [
            index
            for index in range(len(self.left))
            if self._fits(pod, index) and not (apart and pod.apart and self._together(pod, index))
        ]
        if not places:
            return False
        best = min(places, key=lambda index: (self._after(pod, index), index))
        cpu, memory, count = self.left[best]
        self.left[best] = (cpu - pod.cpu, memory - pod.memory, count - 1)
        self.guests[best].append(pod)
        self.moved[pod.id] = best
        return True

    def _fits(self, pod: Pod, index: int) -> bool:
        cpu, memory, count = self.left[index]
        roomy = cpu >= pod.cpu and memory >= pod.memory and count >= 1
        return roomy and index not in self.drained and self.ground.may(pod, index)

    def _together(self, pod: Pod, index: int) -> bool:
        """Would more copies share a node than do today, or one leave its zone."""
        nodes, ground = self.ground.nodes, self.ground
        if nodes[index].zone != nodes[ground.home[pod.id]].zone:
            return True
        return sum(other.workload == pod.workload for other in self.guests[index]) >= ground.crowd[pod.workload]

    def _after(self, pod: Pod, index: int) -> float:
        node, (cpu, memory, _) = self.ground.nodes[index], self.left[index]
        return (cpu - pod.cpu) / node.cpu + (memory - pod.memory) / node.memory

    def _enough(self, index: int, needs: Iterable[Pod]) -> bool:
        """A quick look: is there room in all for all of them."""
        others = [room for at, room in enumerate(self.left) if at != index and at not in self.drained]
        cpu, memory = sum(max(0, one[0]) for one in others), sum(max(0, one[1]) for one in others)
        return sum(pod.cpu for pod in needs) <= cpu and sum(pod.memory for pod in needs) <= memory

    def survives(self) -> bool:
        """Would all pods that come back find room, headroom included and closer together, if any one node were lost."""
        for lost in range(len(self.left)):
            if lost in self.drained:
                continue
            after = self.copy()
            after.left = [
                _with_headroom(room, node, self.ground.share) for room, node in zip(after.left, self.ground.nodes, strict=True)
            ]
            after.drained |= {lost}
            coming = [pod for pod in after.guests[lost] if pod.workload]
            if not all(after.settle(pod, apart=False) for pod in sorted(coming, key=_size, reverse=True)):
                return False
        return True


def _left(node: Node, share: float) -> tuple[int, int, int]:
    """What moved pods may have of a node."""
    cpu, memory = sum(pod.cpu for pod in node.pods), sum(pod.memory for pod in node.pods)
    return int(node.cpu * share) - cpu, int(node.memory * share) - memory, node.pods_max - len(node.pods)


def _with_headroom(room: tuple[int, int, int], node: Node, share: float) -> tuple[int, int, int]:
    cpu, memory, count = room
    return cpu + node.cpu - int(node.cpu * share), memory + node.memory - int(node.memory * share), count


def _size(pod: Pod) -> tuple[int, int, str]:
    return pod.cpu, pod.memory, pod.id
