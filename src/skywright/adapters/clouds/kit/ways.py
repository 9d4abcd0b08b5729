"""Changes -> the ways that carry them out: what can be done, and the steps to do it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

from skywright.adapters.clouds.kit.actions import Action, Target, Values, Way
from skywright.model.errors import AskHuman
from skywright.model.plan import Change, Reversibility
from skywright.model.words import t
from skywright.ports.cloud import Step


class Ways:
    """Every way of one cloud. ``load`` gives them, in order of preference, when first needed."""

    def __init__(self, provider: str, load: Callable[[], Iterable[Way]]) -> None:
        self._provider = provider
        self._load = load

    def actions(self) -> tuple[Action, ...]:
        """The table of everything that can be done, for the documentation and for ``doctor``."""
        return tuple(way.action for way in self._all)

    def can(self, kind: str, before: dict[str, Any], after: dict[str, Any] | None) -> Reversibility | None:
        """How a change of ``kind`` is taken back, or None when no way leads there. ``before`` and ``after`` may be whole rows."""
        wanted = None if after is None else _difference(before, after)
        chosen = self._chosen(kind, before, wanted)
        if not chosen:
            return None
        order = list(Reversibility)
        return max((way.reversibility(before, _of(way, wanted)) for way in chosen), key=order.index)

    def steps(self, target: Target, change: Change) -> Sequence[Step]:
        """The steps of a change, in order. Makes no call. Raises AskHuman for a change that ``can`` refuses."""
        before = change.before or {}
        wanted = None if change.after is None else _difference(before, change.after)
        chosen = self._chosen(change.kind, before, wanted)
        if not chosen:
            raise AskHuman(
                t(
                    "{provider} offers no way to carry out change {change} of {target}.",
                    provider=self._provider,
                    change=change.id,
                    target=change.target,
                ),
                next_step=t("Drop this change, or make it by hand."),
            )
        return tuple(step for way in chosen for step in way.steps(target, change.id, before, _of(way, wanted)))

    @cached_property
    def _all(self) -> tuple[Way, ...]:
        return tuple(self._load())

    @cached_property
    def _by_kind(self) -> dict[str, list[Way]]:
        found: dict[str, list[Way]] = defaultdict(list)
        for way in self._all:
            found[way.action.kind].append(way)
        return found

    def _chosen(self, kind: str, before: Values, wanted: Values | None) -> tuple[Way, ...]:
        """The ways that together bring about what is wanted; none when a part of it is out of reach."""
        found = tuple(self._fitting(kind, before, wanted))
        if wanted is None:
            return found[:1]
        reached = {column for way in found for column in (*way.action.columns, *way.action.implied)}
        return found if wanted.keys() <= reached else ()

    def _fitting(self, kind: str, before: Values, wanted: Values | None) -> Iterator[Way]:
        """At most one way for each column: the first that fits."""
        taken: set[str] = set()
        for way in self._by_kind.get(kind, ()):
            own = _of(way, wanted)
            if own == {} or not taken.isdisjoint(own or ()):
                continue
            if way.fits(before, own):
                taken.update(own or (), way.action.implied)
                yield way


def _difference(before: Values, after: Values) -> dict[str, Any]:
    return {column: value for column, value in after.items() if column not in before or before[column] != value}


def _of(way: Way, wanted: Values | None) -> Values | None:
    """The part of what is wanted that is this way's own."""
    return None if wanted is None else {column: value for column, value in wanted.items() if column in way.action.columns}
