"""Relations around a resource, ring by ring, and what an outage of it would take along."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum

import msgspec

from skywright.model.estate import Relation, Verb

Ask = Callable[[Sequence[str]], Iterable[Relation]]
"""Relations in which one of these ids stands, on either side."""


class Effect(Enum):
    """What becomes of the source of a relation when its target stops."""

    STOPS = "stops"
    DEGRADED = "degraded"


EFFECTS: Mapping[Verb, Effect | None] = {
    Verb.USES: Effect.STOPS,
    Verb.ATTACHED_TO: Effect.STOPS,
    Verb.IN: Effect.STOPS,
    Verb.MEMBER_OF: None,  # members outlive their group
    Verb.GUARDED_BY: None,
    Verb.ROUTES_TO: Effect.STOPS,
    Verb.TARGETS: Effect.STOPS,
    Verb.ENCRYPTED_BY: Effect.STOPS,
    Verb.LOGS_TO: Effect.DEGRADED,
    Verb.ACTS_AS: Effect.STOPS,
    Verb.COPY_OF: None,  # a copy outlives its original
    Verb.MADE_FROM: None,  # what was made from a recipe outlives it
    Verb.WATCHES: Effect.DEGRADED,
    Verb.RUNS_ON: Effect.STOPS,
    Verb.SELECTS: Effect.STOPS,
    Verb.OWNED_BY: None,
}
"""Verb -> what the source suffers (of BACKWARDS: the target). None: nothing, as long as it only runs and is not changed."""

BACKWARDS = frozenset({Verb.ATTACHED_TO})
"""Verbs whose target suffers when their source stops: an instance cannot do without the volume that is attached to it."""

REDUNDANT = frozenset({Verb.TARGETS, Verb.SELECTS, Verb.RUNS_ON, Verb.ROUTES_TO})
"""Verbs of which one is enough: a balancer stops with the last of its targets, and is degraded before."""


class Graph(msgspec.Struct, frozen=True):
    """Some relations, and how far each resource is from where the walk began (0)."""

    distance: Mapping[str, int]
    relations: tuple[Relation, ...]


class Hit(msgspec.Struct, frozen=True):
    """A resource that an outage reaches: how, over how many steps, and because of which neighbour."""

    resource: str
    effect: Effect
    distance: int
    because: str
    verb: Verb


def around(start: str, depth: int, ask: Ask, limit: int = 1000) -> Graph:
    """Everything within ``depth`` relations of ``start``, in either direction; at most about ``limit`` resources, the nearest."""
    distance = {start: 0}
    found: set[Relation] = set()
    ring = [start]
    for step in range(1, depth + 1):
        met = sorted(ask(ring), key=_order) if ring else []
        ring = []
        for relation in met:
            for end in (relation.source, relation.target):
                if end not in distance and len(distance) < limit:
                    distance[end] = step
                    ring.append(end)
        found.update(relation for relation in met if relation.source in distance and relation.target in distance)
    return Graph(distance, tuple(sorted(found, key=_order)))


def impact(stopped: Iterable[str], ask: Ask) -> tuple[Hit, ...]:
    """What an outage of ``stopped`` takes along, nearest first: what needs it stops; what has another of its kind is degraded.

    A fixed point: a source of redundant relations stops once the last of its targets has stopped.
    """
    down = set(stopped)
    hits: dict[str, Hit] = {}
    ring, distance = sorted(down), 0
    while ring:
        distance += 1
        relations = [_forwards(relation) for relation in ask(ring)]
        needs = _needs([relation.source for relation in relations], ask)
        fresh = []
        for relation in sorted(relations, key=_order):
            effect = _effect(relation, needs, down)
            if effect is None or relation.source in down or relation.target not in down:
                continue
            known = hits.get(relation.source)
            if known is None or (known.effect is Effect.DEGRADED and effect is Effect.STOPS):
                hits[relation.source] = Hit(relation.source, effect, distance, relation.target, relation.verb)
            if effect is Effect.STOPS:
                fresh.append(relation.source)
        ring = sorted(set(fresh) - down)
        down.update(ring)
    return tuple(sorted(hits.values(), key=lambda hit: (hit.distance, hit.effect.value, hit.resource)))


def _forwards(relation: Relation) -> Relation:
    """Turned so that the source needs the target."""
    return Relation(relation.target, relation.verb, relation.source) if relation.verb in BACKWARDS else relation


def _order(relation: Relation) -> tuple[str, str, str]:
    return relation.source, relation.verb.value, relation.target


Needs = Mapping[tuple[str, Verb], frozenset[str]]


def _needs(sources: Iterable[str], ask: Ask) -> Needs:
    """Source and redundant verb -> all of its targets."""
    found: dict[tuple[str, Verb], set[str]] = defaultdict(set)
    wanted = sorted(set(sources))
    for relation in ask(wanted) if wanted else ():
        if relation.verb in REDUNDANT:
            found[relation.source, relation.verb].add(relation.target)
    return {key: frozenset(targets) for key, targets in found.items()}


def _effect(relation: Relation, needs: Needs, down: set[str]) -> Effect | None:
    effect = EFFECTS[relation.verb]
    if effect is Effect.STOPS and relation.verb in REDUNDANT and not needs[relation.source, relation.verb] <= down:
        return Effect.DEGRADED
    return effect
