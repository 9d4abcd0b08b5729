"""The room where nodes are done without: the estate's snapshots, prices and a packer in."""

from collections.abc import Callable, Mapping
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from skywright.model.estate import Snapshot
from skywright.model.kinds import parse_id
from skywright.model.money import HOURS_PER_MONTH
from skywright.ports.engine import Engine
from skywright.ports.other import TypeOffer
from skywright.topics.consolidate.bound import Packer, most
from skywright.topics.consolidate.levels import Level, Offer, curves, offers
from skywright.topics.consolidate.nouns import Cluster, Curve, Terms
from skywright.topics.consolidate.read import chosen
from skywright.topics.consolidate.renew import Renewed, Shape, renewed


class Answer(msgspec.Struct, frozen=True):
    """A cluster, its curve at the level that was asked for, and the best of every level."""

    cluster: Cluster
    curve: Curve
    offers: tuple[Offer, ...]


class Consolidation:
    """Which nodes clusters can do without. ``offers``: (cloud, region) -> types of machines by name; ``packer``: seconds -> one
    that searches no longer."""

    def __init__(
        self, engine: Engine, offers: Callable[[str, str], Mapping[str, TypeOffer]], packer: Callable[[float], Packer]
    ) -> None:
        self._engine = engine
        self._offers = offers
        self._packer = packer

    def answers(self, snapshot: Snapshot, terms: Terms, level: Level, name: str | None, seconds: float) -> list[Answer]:
        """The clusters of a snapshot (or the one of this name), each with what draining nodes saves and disturbs. Raises BadInput
        when there is none."""
        with self._engine.open(snapshot) as session:
            found = [_priced(one, terms.node_cost) for one in chosen(session, name)]
        packer = self._packer(seconds / len(found))
        return [_answer(one, terms, level, most(one, terms.headroom_pct, packer)) for one in found]

    def renewed(self, cluster: Cluster, type_: str, headroom_pct: float, seconds: float) -> Renewed | None:
        """A cluster on new machines of one type, where its machines are. None where they do not suit its pods or have no price."""
        machine = next((parse_id(node.machine) for node in cluster.nodes if node.machine), None)
        offers = self._offers(machine.cloud, machine.region) if machine else {}
        known = {name: _shape(name, offer, offer.hourly) for name, offer in offers.items() if offer.hourly}
        return renewed(cluster, known[type_], known, headroom_pct, self._packer(seconds)) if type_ in known else None


def _answer(cluster: Cluster, terms: Terms, level: Level, limit: Decimal | None) -> Answer:
    found = curves(cluster, terms)
    return Answer(cluster, replace(found[level], most=limit), offers(found))


def _priced(cluster: Cluster, cost: Decimal | None) -> Cluster:
    """Nodes of unknown price cost this, if it is said."""
    if cost is None:
        return cluster
    nodes = (replace(node, monthly=cost) if node.monthly is None else node for node in cluster.nodes)
    return replace(cluster, nodes=tuple(nodes))


def _shape(name: str, offer: TypeOffer, hourly: Decimal) -> Shape:
    monthly = hourly * HOURS_PER_MONTH
    return Shape(name=name, cpu=offer.vcpus * 1000, memory=offer.memory_mib, architecture=offer.architecture, monthly=monthly)
