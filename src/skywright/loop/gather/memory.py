"""What clouds answered in the last gathering, as digests: a place of which they say the same again keeps its files."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from skywright.model.estate import Coverage, CoverageState, Scope, ScopeFile, Snapshot
from skywright.model.kinds import KIND_BY_NAME
from skywright.ports.store import Facts

ANSWERS = "gather:answers"
"""Under which fact they are kept."""

Place = tuple[str, str, str]  # cloud, account, region


class _Answers(msgspec.Struct, frozen=True):
    """Place -> reader -> digest of what the cloud answered to it, when ``snapshot`` was made."""

    snapshot: str
    places: list[tuple[Place, dict[str, str]]]


class Memory:
    """A snapshot and the answers that it rests on."""

    def __init__(self, snapshot: Snapshot | None, answers: Mapping[Place, Mapping[str, str]]) -> None:
        self._answers = answers
        self._files: dict[Place, list[ScopeFile]] = defaultdict(list)
        self._coverage: dict[Place, list[Coverage]] = defaultdict(list)
        for file in snapshot.files if snapshot and answers else ():
            if file.table in KIND_BY_NAME or file.table == "relation":
                self._files[file.cloud, file.account, file.region].append(file)
        for row in snapshot.coverage if snapshot and answers else ():
            if row.kind != "usage" and row.state is CoverageState.COMPLETE:
                self._coverage[row.cloud, row.account, row.region].append(row)

    def answers(self, scope: Scope) -> str:
        """The digest of the answers to a scope; "" when there is none."""
        return self._answers.get(place_of(scope), {}).get(scope.reader, "")

    def readers(self, place: Place) -> frozenset[str]:
        """Whose answers are known of a place."""
        return frozenset(self._answers.get(place, {}))

    def files(self, place: Place) -> list[ScopeFile]:
        """Its files of resources and of relations."""
        return self._files.get(place, [])

    def coverage(self, place: Place) -> list[Coverage]:
        """What could be read of it."""
        return self._coverage.get(place, [])


def place_of(scope: Scope) -> Place:
    """Where a scope is."""
    return scope.cloud, scope.account, scope.region


def recall(facts: Facts | None, snapshot: Snapshot | None) -> Memory:
    """What is known of ``snapshot``'s answers: nothing, if they were not kept or are those of another."""
    kept = facts.get(ANSWERS) if facts is not None and snapshot else None
    try:
        known = msgspec.json.decode(kept, type=_Answers) if kept else None
    except msgspec.DecodeError:  # of another version
        known = None
    if known is None or snapshot is None or known.snapshot != snapshot.id:
        return Memory(None, {})
    return Memory(snapshot, dict(known.places))


def remember(facts: Facts, snapshot: Snapshot, answers: Iterable[tuple[Scope, str]]) -> None:
    """Keep the digests that a snapshot rests on, instead of those before."""
    places: dict[Place, dict[str, str]] = defaultdict(dict)
    for scope, one in answers:
        if one:
            places[place_of(scope)][scope.reader] = one
    facts.put(ANSWERS, msgspec.json.encode(_Answers(snapshot.id, sorted(places.items(), key=lambda one: one[0]))).decode())
