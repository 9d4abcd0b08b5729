"""Who may connect to a database's server: firewall rules by address ranges, one range a step."""

import hashlib
import ipaddress
from collections.abc import Sequence
from typing import Any

from skywright.adapters.clouds.azure.read.sql import cidrs
from skywright.adapters.clouds.azure.write.base import Body, Target, above
from skywright.adapters.clouds.kit.actions import MINUTES_S, Action, Values, Way, known, planned
from skywright.model.plan import Reversibility
from skywright.model.words import t
from skywright.ports.cloud import Step

SERVERS, DATABASES = "Microsoft.Sql/servers", "Microsoft.Sql/servers/databases"
OWNERS = (SERVERS, "Microsoft.DBforPostgreSQL/flexibleServers", "Microsoft.DBforMySQL/flexibleServers")


class _Range:
    """What the steps share: the server's rules, and one range. Of a rule that a step makes the name follows from the range, so that
    a step that runs again makes no second one."""

    name: str
    reversibility = Reversibility.FULL

    def __init__(self, target: Target, cidr: str, wanted: Sequence[str]) -> None:
        self._target = target
        self._cidr = cidr
        self._wanted = set(wanted)
        self._own = f"skywright-{hashlib.sha256(cidr.encode()).hexdigest()[:12]}"
        self.text = self._words()

    def _words(self) -> str:
        """What it does, for explain."""
        raise NotImplementedError

    @property
    def _home(self) -> str:
        """The server's path."""
        target = self._target
        return above()(target) if target.type.lower() == DATABASES.lower() else target.path

    def _rules(self) -> list[Body]:
        self._target.get(path=self._home)  # a server that is gone is a world that moved
        return self._target.listed(self._home + "/firewallRules")

    def _holding(self) -> list[Body]:
        """The rules that let this range in."""
        return [rule for rule in self._rules() if self._cidr in _ranges(rule)]

    def _make(self) -> None:
        network = ipaddress.ip_network(self._cidr)
        body = {"properties": {"startIpAddress": str(network[0]), "endIpAddress": str(network[-1])}}
        self._target.send("PUT", f"/firewallRules/{self._own}", body, path=self._home)
        self._target.until(t("let in"), lambda: True if self._holding() else None, MINUTES_S)

    def _drop(self, rule: Body) -> None:
        self._target.send("DELETE", f"/firewallRules/{rule['name']}", path=self._home)


def _ranges(rule: Body) -> list[str]:
    return cidrs([rule]) or []


class Admit(_Range):
    """Let a range in by a rule that lets in nothing but what is wanted; undo takes our own rule away again."""

    name = f"{SERVERS}/firewallRules/write"

    def _words(self) -> str:
        return t("Let {cidr} in to the server of {target}.", cidr=self._cidr, target=self._target)

    def do(self, token: str) -> dict[str, Any]:
        """Nothing to do where such a rule is there."""
        with planned(self._target):
            if not any(set(_ranges(rule)) <= self._wanted for rule in self._holding()):
                self._make()
        return {}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """Where the range was let in before as well, another rule must do so, or ours stays."""
        with planned(self._target):
            holding = self._holding()
            own = [rule for rule in holding if str(rule["name"]).lower() == self._own]
            if own and (self._new or len(holding) > 1):
                self._drop(own[0])

    _new = True


class Keep(Admit):
    """Like Admit, for a range that was let in before as well: by a rule that may have to go for the sake of others."""

    _new = False

    def _words(self) -> str:
        return t("Make sure that {cidr} keeps its way in to the server of {target}.", cidr=self._cidr, target=self._target)


class Refuse(_Range):
    """Delete the rules that let a range in; undo makes one for just this range."""

    name = f"{SERVERS}/firewallRules/delete"

    def _words(self) -> str:
        return t("Shut {cidr} out of the server of {target}.", cidr=self._cidr, target=self._target)

    def do(self, token: str) -> dict[str, Any]:
        """What else such a rule let in and is wanted has a rule of its own by now."""
        with planned(self._target):
            for rule in self._holding():
                self._drop(rule)
            self._target.until(t("shut out"), lambda: None if self._holding() else True, MINUTES_S)
        return {}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """Nothing to do while it is let in."""
        with planned(self._target):
            if not self._holding():
                self._make()


class Ranges:
    """The way from some ranges to others: new ones are let in first, so that nobody who may stay is shut out."""

    action = Action(
        name="change which addresses may connect to a database's server",
        kind="database.instance",
        columns=("authorized_cidrs",),
        calls=tuple(
            f"{one}/{verb}"
            for one in OWNERS
            for verb in (*(f"firewallRules/{word}" for word in ("write", "delete", "read")), "read")
        ),
        document="Azure REST API reference: Firewall Rules - Create Or Update, Delete",
        note="rules that come back have names of ours; it holds for every database of the server",
    )

    def fits(self, before: Values, after: Values | None) -> bool:
        """Both lists are known."""
        return after is not None and known(before, after)

    def reversibility(self, before: Values, after: Values | None) -> Reversibility:
        """The same way back."""
        return Reversibility.FULL

    def steps(self, target: Target, change: str, before: Values, after: Values | None) -> tuple[Step, ...]:
        """One a range."""
        old, new = sorted(before["authorized_cidrs"]), sorted((after or {})["authorized_cidrs"])
        gone = [cidr for cidr in old if cidr not in new]
        return (
            *(Admit(target, cidr, new) for cidr in new if cidr not in old),
            *(Keep(target, cidr, new) for cidr in new if cidr in old and gone),
            *(Refuse(target, cidr, new) for cidr in gone),
        )


WAYS: tuple[Way, ...] = (Ranges(),)
