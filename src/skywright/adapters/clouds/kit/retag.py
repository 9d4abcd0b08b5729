"""Tags: the difference is set and removed; tags that the change does not name are left alone."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from skywright.adapters.clouds.kit.actions import Action, Target, Values, moved, planned
from skywright.model.plan import Reversibility
from skywright.model.words import t
from skywright.ports.cloud import Step

Tags = dict[str, str]


class Tagging(msgspec.Struct, frozen=True, kw_only=True):
    """How one service reads, sets and removes tags of some kinds. ``read``, ``put`` and ``remove`` get the cloud's own target."""

    kinds: tuple[str, ...]
    calls: tuple[str, ...]  # that which sets, that which removes, that which reads
    document: str
    read: Callable[[Any], Tags]
    put: Callable[[Any, Tags], object]
    remove: Callable[[Any, Sequence[str]], object]


class TagStep:
    """Set and remove the tags that differ; undo swaps the two sides."""

    reversibility = Reversibility.FULL

    def __init__(self, target: Target, tagging: Tagging, before: Tags, after: Tags) -> None:
        keys = sorted(key for key in {*before, *after} if before.get(key) != after.get(key))
        self._target = target
        self._tagging = tagging
        self._before = {key: before.get(key) for key in keys}
        self._after = {key: after.get(key) for key in keys}
        self.name = tagging.calls[0] if any(self._after.values()) else tagging.calls[1]
        self.text = t("Change the tags {tags} of {target}.", tags=", ".join(keys), target=target)

    def do(self, token: str) -> dict[str, Any]:
        """Before -> after."""
        self._bring(self._before, self._after)
        return {"was": self._before}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """After -> before."""
        self._bring(self._after, self._before)

    def _bring(self, start: Mapping[str, str | None], end: Mapping[str, str | None]) -> None:
        target, tagging = self._target, self._tagging
        with planned(target):
            seen = self._read()
            for key in end:
                if seen[key] not in (start[key], end[key]):
                    raise moved(target, {key: seen[key]}, {key: start[key]}, {key: end[key]})
            wrong = {key: value for key, value in end.items() if seen[key] != value}
            if wanted := {key: value for key, value in wrong.items() if value is not None}:
                tagging.put(target, wanted)
            if unwanted := [key for key, value in wrong.items() if value is None]:
                tagging.remove(target, unwanted)
            target.until(t("tagged as wanted"), lambda: True if self._read() == end else None)

    def _read(self) -> dict[str, str | None]:
        found = self._tagging.read(self._target)
        return {key: found.get(key) for key in self._before}


class Retag:
    """The way from some tags to others. Tags whose keys begin with one of ``reserved`` are the provider's own."""

    def __init__(self, tagging: Tagging, kind: str, reserved: tuple[str, ...] = ()) -> None:
        self._tagging = tagging
        self._reserved = reserved
        self.action = Action(
            name=f"change the tags of {kind}", kind=kind, columns=("tags",), calls=tagging.calls, document=tagging.document
        )

    def fits(self, before: Values, after: Values | None) -> bool:
        """Both sides are known and differ, in more than what is reserved."""
        if after is None or before.get("tags") is None or after.get("tags") is None:
            return False
        changed = set(before["tags"].items()) ^ set(after["tags"].items())
        return bool(changed) and not any(key.startswith(self._reserved) for key, _ in changed)

    def reversibility(self, before: Values, after: Values | None) -> Reversibility:
        """The same way back."""
        return Reversibility.FULL

    def steps(self, target: Target, change: str, before: Values, after: Values | None) -> tuple[Step, ...]:
        """One step."""
        return (TagStep(target, self._tagging, before["tags"], (after or {})["tags"]),)
