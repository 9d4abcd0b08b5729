"""What every action on a host is made of: a target that runs scripts, and the patience with hosts that are offline."""

import re
from typing import Any

from skywright.adapters.clouds.hosts.faults import Offline
from skywright.adapters.clouds.hosts.script import SECTIONS
from skywright.adapters.clouds.kit import actions
from skywright.model.errors import AskHuman, PlanAgain, SkywrightError
from skywright.model.plan import Reversibility
from skywright.model.words import t
from skywright.ports.cloud import Step

HEAD = """set -eu
LC_ALL=C; export LC_ALL; R="${SKYWRIGHT_LAB_ROOT-}"
PATH="$PATH:$R/usr/sbin:$R/sbin:$R/usr/bin:$R/bin"; export PATH
put() { mkdir -p "$(dirname "$1")"; t="$1.skywright.$$"; cat > "$t"; chmod "${2:-644}" "$t"; mv -f "$t" "$1"; }
"""
"""``put FILE [MODE]`` writes standard input whole or not at all: rename(2) is atomic."""
REFUSED, NEEDS_ROOT, MOVED = 64, 77, 75
"""Statuses by which our scripts say: this cannot be (sysexits.h, EX_USAGE), not allowed (EX_NOPERM), the world is otherwise
(EX_TEMPFAIL)."""


class Target(actions.Target):
    """One host as its scripts see it."""

    @property
    def site(self) -> str:
        """Its site."""
        return self.name.account

    def section(self, name: str) -> str:
        """One section of the reader's script. Raises AskHuman when the host does not tell."""
        said = self._calls.ask(self.site, self.id, {name: SECTIONS[name]}, "look")[name]
        if said is None:
            raise AskHuman(
                t("{target} does not tell of its {what}.", target=self, what=name),
                next_step=t("See what the user of Skywright may do there (`skywright doctor`)."),
            )
        return str(said)

    def run(self, script: str, purpose: str = "change") -> str:
        """Run a script that changes something, to its end. Raises Offline when no end was seen: it may have had its effect.

        A shell reads a function whole before it runs it: of a script that is cut on its way nothing is done, and no command can eat
        the rest of it.
        """
        said = self._calls.run(self.site, self.id, f"{HEAD}main() {{\n{script}\n}}\nmain </dev/null\n", purpose)
        if said.status == 0:
            return str(said.out)
        raise self._failed(said.status, said.err)

    def queued(self, token: str, what: str, error: Offline) -> Exception:
        """What a step raises when the host does not answer."""
        found: Exception = self._calls.queued(self.site, self.id, token, what, error)
        return found

    def arrived(self, token: str) -> None:
        """Nothing waits under this token any longer."""
        self._calls.memory.arrived(self.site, self.id, token)

    def _failed(self, status: int, err: str) -> SkywrightError:
        said = _last_line(err) or t("status {status}", status=status)
        if status == MOVED:
            return PlanAgain(t("{target}: {said}.", target=self, said=said), next_step=t("Gather and plan again."))
        if status == NEEDS_ROOT or re.search(
            r"permission denied|not permitted|a password is required|must be root", err, re.IGNORECASE
        ):
            return AskHuman(
                t("{target} does not allow us this: {said}.", target=self, said=said),
                next_step=t("Set `sudo: true` for site {site}, with a sudoers rule for our user.", site=self.site),
            )
        return AskHuman(t("{target} refuses: {said}.", target=self, said=said), next_step=t("Look at the host, then try again."))


def _last_line(err: str) -> str:
    lines = [line.strip() for line in err.splitlines() if line.strip()]
    return lines[-1][:300].rstrip(".") if lines else ""


class Patient:
    """A step that waits for its host: at an intermittent site a host that does not answer is normal, and the change is queued."""

    def __init__(self, step: Step, target: Target) -> None:
        self._step = step
        self._target = target
        self.name = step.name
        self.text = step.text
        self.reversibility: Reversibility = step.reversibility

    def do(self, token: str) -> dict[str, Any]:
        """As the step does; TryAgain with the next try's time while the host is offline, AskHuman when its time is up."""
        try:
            result = self._step.do(token)
        except Offline as error:
            raise self._target.queued(token, self.text, error) from error
        self._target.arrived(token)
        return result

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """As the step does, with the same patience."""
        mark = f"undo-{token}"
        try:
            self._step.undo(token, result)
        except Offline as error:
            raise self._target.queued(mark, t("Undoing: {text}", text=self.text), error) from error
        self._target.arrived(mark)
        self._target.arrived(token)
