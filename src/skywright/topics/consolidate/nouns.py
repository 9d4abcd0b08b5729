"""Clusters as consolidation sees them: nodes with room and a price, pods that may move, stay, or would be lost."""

from decimal import Decimal
from enum import StrEnum

import msgspec


class Stays(StrEnum):
    """Why a pod cannot be moved off its node."""

    BARE = "nothing would bring it back"
    HOST_PATH = "it keeps files on the node"
    LOCAL_VOLUME = "its volume is on the node"
    BUDGET = "its disruption budget lets no pod go now"
    BESIDE = "it must run beside other pods"
    LOCAL_DATA = "it keeps data on the node that would be lost"
    ASKED = "its annotation asks to leave it where it is"
    GRAPHICS = "it has graphics processors"
    TWICE = "it is under two disruption budgets"
    ONLY_COPY = "it is the only copy of its workload"
    RESTARTS = "it would restart"
    UNKNOWN = "too little is known of it"


class Term(msgspec.Struct, frozen=True):
    """One requirement of a node's labels: ``how`` is in, not-in, there, not-there, more or less."""

    key: str
    how: str
    values: tuple[str, ...] = ()


class Toleration(msgspec.Struct, frozen=True):
    """A taint that a pod bears. An empty ``key`` is every key, an empty ``effect`` every effect, ``value`` None every value."""

    key: str = ""
    value: str | None = None
    effect: str = ""


class Wants(msgspec.Struct, frozen=True):
    """What a pod asks of its node: every term of ``all_of``, and of ``any_of``, unless it is empty, all terms of one group."""

    all_of: tuple[Term, ...] = ()
    any_of: tuple[tuple[Term, ...], ...] = ()
    tolerations: tuple[Toleration, ...] = ()


class Pod(msgspec.Struct, frozen=True, kw_only=True):
    """What runs on a node: ``cpu`` in millis and ``memory`` in MiB, the greater of request and known peak.

    ``own``: belongs to its node and goes with it (a daemon set's, the node's own). ``stays``: why it cannot move. ``wants`` None:
    not known, so that only nodes like its own will do. ``zonal``: may not leave its zone. ``apart``: copies keep off each other's
    nodes, and each in its zone, unless a node is lost. ``budgeted`` and ``copies`` None: not known. ``budgets``: those over it.
    """

    id: str
    workload: str
    cpu: int
    memory: int
    own: bool = False
    stays: Stays | None = None
    wants: Wants | None = None
    zonal: bool = False
    apart: bool = False
    budgeted: bool | None = None
    copies: int | None = None
    budgets: tuple[str, ...] = ()

    @property
    def alone(self) -> bool:
        """Would its workload be down while it moves, for all that is known."""
        return self.copies is None or self.copies <= 1


class Exit(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a node's machine once it is empty. ``pool``: ``label=name``; ``group``: the id of the group that would make a
    new machine, which may lose ``spare`` (None: not known) until it is at its smallest; ``held``: the annotation that keeps an
    autoscaler off; ``scaler``: the autoscaler that ends empty machines here; ``used``: what else uses the machine."""

    pool: str = ""
    group: str = ""
    spare: int | None = None
    held: str = ""
    scaler: str = ""
    used: str = ""


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A machine of a cluster. ``cpu``, ``memory``, ``pods_max``: what pods may have. ``takes``: takes new pods. ``monthly`` None:
    what it costs is not known. ``keeps``: it is never drained (a control plane's). ``drained``: it was already, and is closed."""

    id: str
    name: str
    cpu: int
    memory: int
    pods_max: int
    labels: dict[str, str]
    taints: tuple[str, ...]
    architecture: str
    zone: str
    machine: str
    pods: tuple[Pod, ...]
    takes: bool = True
    keeps: bool = False
    drained: bool = False
    monthly: Decimal | None = None
    type: str = ""
    exit: Exit = Exit()


class Cluster(msgspec.Struct, frozen=True, kw_only=True):
    """Nodes of one cluster, whose prices are of one currency."""

    name: str
    currency: str
    nodes: tuple[Node, ...]


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How it may be done. ``headroom_pct``: of a node's room, kept free of moved pods. ``spare``: how many nodes (0 or 1) may be
    lost with all pods still finding room. ``worth``: what moving one pod must save a month to be worth it.
    ``node_cost``: what a node costs a month whose price is not known."""

    headroom_pct: float = 10.0
    spare: int = 0
    worth: Decimal = Decimal(1)
    max_moves: int | None = None
    node_cost: Decimal | None = None


class Move(msgspec.Struct, frozen=True):
    """A pod that finds room elsewhere."""

    pod: str
    source: str
    target: str


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """The best way that was found to do without ``len(drained)`` nodes: the pods that move (restart), what of them has no budget or
    is the only copy of its workload (down until it is back), how many budgets are touched, and what it saves a month."""

    drained: tuple[str, ...]
    moves: tuple[Move, ...]
    unguarded: int
    only_copies: int
    budgets: int
    saving: Decimal


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """Savings against disruption: one point a number of nodes, from none. ``best``: index of the recommended one. ``kept``: why
    other nodes stay. ``most``: what no way of doing without nodes saves more than; None: not proven."""

    cluster: str
    currency: str
    nodes: int
    points: tuple[Point, ...]
    best: int
    kept: dict[str, str]
    most: Decimal | None = None
