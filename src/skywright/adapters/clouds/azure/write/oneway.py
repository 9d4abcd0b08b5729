"""Switches that Azure lets nobody turn back: the step owns up, and its undo can only find out whether it is too late."""

from typing import Any

from skywright.adapters.clouds.azure.write.base import Options, Spec, Target, setting
from skywright.adapters.clouds.kit.actions import MINUTES_S, Action, Setting, SettingStep, Values, matches, planned, switched_on
from skywright.model.errors import AskHuman
from skywright.model.plan import Reversibility
from skywright.model.words import t
from skywright.ports.cloud import Step


class OneWay:
    """The way from off to on."""

    def __init__(self, name: str, kind: str, spec: Spec, document: str, within_s: float = MINUTES_S) -> None:
        self._column = spec.fields[0].column
        options = Options(
            reversibility=Reversibility.NONE,
            allowed=switched_on(self._column),
            within_s=within_s,
            note="it cannot be switched off again",
        )
        self._setting: Setting = setting(name, kind, (spec,), document, options=options)
        self.action: Action = self._setting.action

    def fits(self, before: Values, after: Values | None) -> bool:
        """Off before, on after."""
        return self._setting.fits(before, after)

    def reversibility(self, before: Values, after: Values | None) -> Reversibility:
        """None at all."""
        return Reversibility.NONE

    def steps(self, target: Target, change: str, before: Values, after: Values | None) -> tuple[Step, ...]:
        """One step."""
        return (OneWayStep(target, self._setting, before, after or {}),)


class OneWayStep(SettingStep):
    """Switch it on."""

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """Raises AskHuman when it is on."""
        with planned(self._target):
            seen = self._setting.read(self._target)
        if seen is None or matches(seen, self._after):
            raise AskHuman(
                t(
                    "{target}: {columns} is on, and Azure lets nobody switch it off.",
                    target=self._target,
                    columns=", ".join(self._after),
                ),
                next_step=t("Keep it."),
            )
