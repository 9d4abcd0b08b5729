"""Deleting what cannot be brought back: one step that looks, deletes, and owns up."""

from collections.abc import Callable
from typing import Any

import msgspec

from skywright.adapters.clouds.kit.actions import SOON_S, Action, Target, Values
from skywright.model.errors import AskHuman, NotThere
from skywright.model.plan import Reversibility
from skywright.model.words import t
from skywright.ports.cloud import Step


def always(_before: Values) -> bool:
    """Whatever it was like."""
    return True


def there(look: Callable[[Any], object], target: Target) -> bool:
    """Is the target still there, by the word of ``look``, which raises NotThere when it is not."""
    try:
        look(target)
    except NotThere:
        return False
    return True


class Deletion(msgspec.Struct, frozen=True, kw_only=True):
    """A deletion without a way back. ``look`` raises NotThere when the target is gone; ``delete`` makes the call."""

    action: Action
    look: Callable[[Any], object]
    delete: Callable[[Any], object]
    allowed: Callable[[Values], bool] = always
    within_s: float = SOON_S

    def fits(self, before: Values, after: Values | None) -> bool:
        """Only where nothing is wanted after."""
        return after is None and self.allowed(before)

    def reversibility(self, before: Values, after: Values | None) -> Reversibility:
        """None at all."""
        return Reversibility.NONE

    def steps(self, target: Any, change: str, before: Values, after: Values | None) -> tuple[Step, ...]:
        """One step."""
        return (DeletionStep(target, self),)


class DeletionStep:
    """Delete the target. Undo can only find out whether it is too late."""

    reversibility = Reversibility.NONE

    def __init__(self, target: Target, deletion: Deletion) -> None:
        self._target = target
        self._deletion = deletion
        self.name = deletion.action.calls[0]
        self.text = t("Delete {target}. This cannot be undone.", target=target)

    def do(self, token: str) -> dict[str, Any]:
        """Gone, and seen to be gone."""
        if self._there():
            try:
                self._deletion.delete(self._target)
            except NotThere:
                return {}
            self._target.until(t("gone"), lambda: None if self._there() else True, self._deletion.within_s)
        return {}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """Raises AskHuman when the target is gone."""
        if not self._there():
            raise AskHuman(
                t("{target} has been deleted, and that cannot be undone.", target=self._target),
                next_step=t("Decide whether it has to be made anew."),
            )

    def _there(self) -> bool:
        return there(self._deletion.look, self._target)
