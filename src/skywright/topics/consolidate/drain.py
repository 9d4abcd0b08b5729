"""A cluster -> the curve of what draining its nodes saves and disturbs. A search that keeps several ways open at every step."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from skywright.model.words import t
from skywright.topics.consolidate.nouns import Cluster, Curve, Move, Node, Pod, Point, Stays, Terms
from skywright.topics.consolidate.rooms import Ground, Rooms

WAYS = 4  # kept open at each step
TRIED = 12  # nodes that are tried next, of each way
SMALL = 200  # nodes up to which a cluster is searched so; a larger one is drained one node after the other
REASONS: Mapping[Stays, str] = {
    Stays.BARE: t("nothing would bring back {pod}"),
    Stays.HOST_PATH: t("{pod} keeps files on the node"),
    Stays.LOCAL_VOLUME: t("the volume of {pod} is on the node"),
    Stays.BUDGET: t("the disruption budget of {pod} lets no pod go now"),
    Stays.BESIDE: t("{pod} must run beside other pods"),
    Stays.LOCAL_DATA: t("{pod} keeps data on the node (emptyDir) that would be lost"),
    Stays.ASKED: t("the annotation of {pod} asks to leave it where it is"),
    Stays.GRAPHICS: t("{pod} has graphics processors, whose room on other nodes is not counted"),
    Stays.TWICE: t("{pod} is under two disruption budgets, and the API evicts no such pod"),
    Stays.ONLY_COPY: t("{pod} is the only copy of its workload"),
    Stays.RESTARTS: t("{pod} would restart"),
    Stays.UNKNOWN: t("too little is known of {pod}"),
}


def curve(cluster: Cluster, terms: Terms) -> Curve:
    """What may be saved. The pods of nodes that are not drained stay where they are."""
    ground = Ground(cluster, terms.headroom_pct)
    kept = {node.name: reason for node in cluster.nodes if (reason := why_kept(node))}
    ways = [Rooms(ground)]
    points = [_point(cluster, ways[0])]
    if not terms.spare or ways[0].survives():
        able = [index for index, node in enumerate(cluster.nodes) if node.name not in kept]
        while ways := _next(ways, able, terms):
            points.append(max((_point(cluster, way) for way in ways), key=_order))
    else:
        kept = (
            dict.fromkeys((node.name for node in cluster.nodes), t("the loss of a node would leave pods without room already"))
            | kept
        )
    left = set().union(*(point.drained for point in points))
    for node in cluster.nodes:
        if node.name not in left:
            kept.setdefault(node.name, t("its pods find no room elsewhere"))
    return Curve(
        cluster=cluster.name,
        currency=cluster.currency,
        nodes=len(cluster.nodes),
        points=tuple(points),
        best=best(points, terms),
        kept=kept,
    )


def best(points: list[Point], terms: Terms) -> int:
    """The point that saves most once each moved pod is charged what moving it must be worth; of equals the one that moves less."""
    open_ = [index for index, point in enumerate(points) if terms.max_moves is None or len(point.moves) <= terms.max_moves]
    return max(open_, key=lambda index: (points[index].saving - terms.worth * len(points[index].moves), -index))


def why_kept(node: Node) -> str:
    """Why a node is never drained; nothing where it may be."""
    if node.keeps:
        return t("it is of the control plane")
    if node.drained:
        return t("it is drained already, and costs until its machine is let go of")
    if node.monthly is None:
        return t("what it costs is not known")
    for pod in node.pods:
        if not pod.own and pod.stays is not None:
            return REASONS[pod.stays].format(pod=_short(pod))
    return ""


def _short(pod: Pod) -> str:
    return pod.id.partition("/")[2]


def _next(ways: list[Rooms], able: list[int], terms: Terms) -> list[Rooms]:
    """Every way that is open, with one node fewer: the best of them, no set of nodes twice."""
    found: dict[frozenset[int], Rooms] = {}
    wide = len(ways[0].ground.nodes) <= SMALL
    for way in ways:
        for after in _fewer(way, able, terms, TRIED if wide else 1):
            known = found.get(after.drained)
            if known is None or len(after.moved) < len(known.moved):
                found[after.drained] = after
    return sorted(found.values(), key=_promise, reverse=True)[: WAYS if wide else 1]


def _fewer(way: Rooms, able: list[int], terms: Terms, count: int) -> Iterator[Rooms]:
    """The first ``count`` nodes that can be drained, by what they save for each pod that moves."""
    nodes = way.ground.nodes
    order = sorted(
        (index for index in able if index not in way.drained),
        key=lambda index: (-float(nodes[index].monthly or 0) / (1 + len(way.guests[index])), nodes[index].name),
    )
    for index in order:
        if count and (after := way.without(index)) and (not terms.spare or after.survives()):
            count -= 1
            yield after
        if not count:
            return


def _promise(way: Rooms) -> tuple[Decimal, int, list[int]]:
    saved = sum((way.ground.nodes[index].monthly or Decimal(0) for index in way.drained), Decimal(0))
    return saved, -len(way.moved), sorted(way.drained, reverse=True)


def _order(point: Point) -> tuple[Decimal, int]:
    return point.saving, -len(point.moves)


def _point(cluster: Cluster, way: Rooms) -> Point:
    nodes = cluster.nodes
    pods = {pod.id: pod for node in nodes for pod in node.pods}
    moved = [pods[pod] for pod in way.moved]
    return Point(
        drained=tuple(sorted(nodes[index].name for index in way.drained)),
        moves=tuple(Move(pod, nodes[way.ground.home[pod]].name, nodes[index].name) for pod, index in sorted(way.moved.items())),
        unguarded=sum(pod.budgeted is not True for pod in moved),
        only_copies=sum(pod.alone for pod in moved),
        budgets=len({budget for pod in moved for budget in pod.budgets}),
        saving=sum((nodes[index].monthly or Decimal(0) for index in way.drained), Decimal(0)),
    )
