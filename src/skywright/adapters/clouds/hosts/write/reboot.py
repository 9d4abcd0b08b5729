"""Rebooting a host that asks for it: down, up again, and seen to have another boot id."""

from typing import Any

import msgspec

from skywright.adapters.clouds.hosts.faults import Offline
from skywright.adapters.clouds.hosts.place import HOST
from skywright.adapters.clouds.hosts.write.base import Target
from skywright.adapters.clouds.kit.actions import MINUTES_S, Action, Values, Way
from skywright.model.errors import AskHuman
from skywright.model.plan import Reversibility
from skywright.model.words import t
from skywright.ports.cloud import Step

START = """n="$R/run/skywright-reboot"; b="$(cat "$R/proc/sys/kernel/random/boot_id")"
if [ "$b" = {boot} ]; then mkdir -p "$(dirname "$n")"; ( sleep 1; shutdown -r now || reboot ) </dev/null >/dev/null 2>&1 & fi
echo started
"""
"""Only if it is still the boot that was seen: a second try after a lost answer does not reboot it twice."""


class Reboot(msgspec.Struct, frozen=True):
    """From ``reboot_required`` to not. Irreversible: what ran before is not brought back."""

    action: Action

    def fits(self, before: Values, after: Values | None) -> bool:
        """Only where the host asks for it."""
        return after is not None and before.get("reboot_required") is True and after.get("reboot_required") is False

    def reversibility(self, before: Values, after: Values | None) -> Reversibility:
        """None at all."""
        return Reversibility.NONE

    def steps(self, target: Any, change: str, before: Values, after: Values | None) -> tuple[Step, ...]:
        """One step."""
        return (RebootStep(target),)


class RebootStep:
    """Reboot and wait until it is back."""

    name = "shutdown -r"
    reversibility = Reversibility.NONE

    def __init__(self, target: Target) -> None:
        self._target = target
        self.text = t("Reboot {target}. What runs there is interrupted, and this cannot be undone.", target=target)

    def do(self, token: str) -> dict[str, Any]:
        """Another boot id, and no further reboot asked for. A host that asks for none is left alone."""
        if self._target.section("reboot").strip() == "no":
            return {}
        boot = self._target.section("boot").strip()
        self._target.run(START.format(boot=boot if boot.replace("-", "").isalnum() else "''"), "reboot")
        self._target.until(t("up again"), lambda: self._back(boot), MINUTES_S)
        return {}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """Raises AskHuman when it was rebooted."""
        if self._target.section("reboot").strip() == "no":
            raise AskHuman(
                t("{target} has been rebooted, and that cannot be undone.", target=self._target),
                next_step=t("See that everything runs there that should."),
            )

    def _back(self, boot: str) -> bool | None:
        try:
            return True if self._target.section("boot").strip() != boot else None
        except Offline:
            return None


WAYS: tuple[Way, ...] = (
    Reboot(
        Action(
            name="reboot a host that asks for it",
            kind=HOST,
            columns=("reboot_required",),
            calls=("shutdown -r",),
            document="shutdown(8)",
            reversibility=Reversibility.NONE,
        )
    ),
)
"""What can be done to the whole host."""
