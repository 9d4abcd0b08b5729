"""Security groups: openings are closed and opened by the difference of the rules, one step a direction and verb."""

from collections.abc import Iterable, Sequence
from ipaddress import ip_network
from typing import Any

import msgspec

from skywright.adapters.clouds.kit.actions import Action, Values, Way, planned
from skywright.adapters.clouds.kit.deletion import Deletion
from skywright.adapters.clouds.openstack.place import CLOUD, NETWORK, Place
from skywright.adapters.clouds.openstack.read.groups import NUMBERS, rule
from skywright.adapters.clouds.openstack.read.ports import UNGUARDED
from skywright.adapters.clouds.openstack.write.base import Target, call
from skywright.model.errors import AskHuman, NotThere
from skywright.model.kinds import parse_id
from skywright.model.kinds.network import FirewallRule
from skywright.model.plan import Reversibility
from skywright.model.words import t
from skywright.ports.cloud import Step

KIND = "network.firewall"
OPEN, CLOSE = call(NETWORK, "POST /security-group-rules"), call(NETWORK, "DELETE /security-group-rules/{}")


class Opening(msgspec.Struct, frozen=True, order=True):
    """A rule without its description: what two rules must agree in to be the same to Neutron. ``peer`` is a native id; ports of
    -1: all."""

    direction: str
    family: int
    protocol: str
    from_port: int
    to_port: int
    cidr: str
    peer: str

    def __str__(self) -> str:
        ports = "" if self.from_port < 0 else f" {self.from_port}-{self.to_port}"
        return f"{self.direction} {self.protocol}{ports} {self.cidr or self.peer}"


def opening(one: FirewallRule) -> Opening:
    """A neutral rule -> what identifies it."""
    cidr = str(ip_network(one.cidr, strict=False)) if one.cidr else ""
    peer = one.peer or ""
    return Opening(
        direction=one.direction,
        family=(6 if ":" in cidr else 4) if cidr else one.ip_version or 4,
        protocol=NUMBERS.get(one.protocol, one.protocol),
        from_port=-1 if one.from_port is None else one.from_port,
        to_port=-1 if one.to_port is None else one.to_port,
        cidr=cidr,
        peer=parse_id(peer).native_id if peer.startswith(f"{CLOUD}:") else peer,
    )


def describe(target: Target) -> dict[str, Any]:
    """The group as Neutron tells it. Raises AskHuman for the group that stands for none."""
    if target.id == UNGUARDED:
        raise AskHuman(
            t("{target} stands for cards without port security; it has no rules of its own.", target=target),
            next_step=t("Switch port security on for those cards instead."),
        )
    return target.get("/security-groups/{}", target.id, item="security_group")


def _present(target: Target) -> dict[Opening, list[str]]:
    """The openings of a group, with the ids of the rules that make them."""
    found: dict[Opening, list[str]] = {}
    for raw in describe(target)["security_group_rules"]:
        found.setdefault(opening(rule(raw, Place(target.name.account, target.name.region))), []).append(raw["id"])
    return found


class RuleStep:
    """Open or close some openings of one direction; undo does the opposite to the same ones and leaves all others alone."""

    reversibility = Reversibility.FULL

    def __init__(self, target: Target, direction: str, rules: Sequence[FirewallRule], *, opens: bool) -> None:
        self._target = target
        self._rules = {opening(one): one for one in rules}
        self._opens = opens
        self.name = OPEN if opens else CLOSE
        listed = ", ".join(str(shape) for shape in self._rules)
        words = "Open {rules} on {target}." if opens else "Close {rules} on {target}."
        self.text = t(words, rules=listed, target=target)

    def do(self, token: str) -> dict[str, Any]:
        """All of them open, or all closed."""
        self._bring(opens=self._opens)
        return {}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """The opposite."""
        self._bring(opens=not self._opens)

    def _bring(self, *, opens: bool) -> None:
        with planned(self._target):
            present = _present(self._target)
            for shape, one in self._rules.items():
                if opens and shape not in present:
                    body = {"security_group_rule": _asked(shape, one, self._target.id)}
                    self._target.ask("POST /security-group-rules", json=body)
                elif not opens:
                    self._close(present.get(shape, ()))
            self._target.until(t("as wanted"), lambda: self._reached(opens=opens))

    def _close(self, rules: Iterable[str]) -> None:
        for one in rules:
            try:
                self._target.ask("DELETE /security-group-rules/{}", one)
            except NotThere:
                continue

    def _reached(self, *, opens: bool) -> bool | None:
        present = _present(self._target)
        return True if all((shape in present) == opens for shape in self._rules) else None


def _asked(shape: Opening, one: FirewallRule, group: str) -> dict[str, Any]:
    """A rule as Neutron wants it."""
    return {
        "security_group_id": group,
        "direction": shape.direction,
        "ethertype": f"IPv{shape.family}",
        "protocol": None if shape.protocol == "all" else shape.protocol,
        "port_range_min": None if shape.from_port < 0 else shape.from_port,
        "port_range_max": None if shape.to_port < 0 else shape.to_port,
        "remote_ip_prefix": shape.cidr or None,
        "remote_group_id": shape.peer or None,
        "description": one.description or "",
    }


def _rules(values: Values) -> dict[Opening, FirewallRule]:
    return {opening(one): one for one in msgspec.convert(msgspec.to_builtins(values["rules"]), list[FirewallRule])}


class Rules:
    """The way from one set of rules to another: what is new is opened before what is old is closed."""

    action = Action(
        name="close or narrow the openings of a security group",
        kind=KIND,
        columns=("rules",),
        calls=(OPEN, CLOSE, call(NETWORK, "GET /security-groups/{}")),
        own_permissions=("create_security_group_rule", "delete_security_group_rule", "get_security_group"),
        note="rules that undo opens again have new ids",
        document="Networking API v2.0: Security group rules",
    )

    def fits(self, before: Values, after: Values | None) -> bool:
        """Both sets are known and differ in more than descriptions. Rules for ICMP do not tell their types, and of an address group
        only the name is known, so undo could not bring them back exactly."""
        if after is None or before.get("rules") is None or after.get("rules") is None:
            return False
        old, new = _rules(before), _rules(after)
        different = old.keys() ^ new.keys()
        return bool(different) and not any(
            shape.protocol.startswith("icmp") or _is_book(old.get(shape) or new[shape]) for shape in different
        )

    def reversibility(self, before: Values, after: Values | None) -> Reversibility:
        """The opposite calls."""
        return Reversibility.FULL

    def steps(self, target: Target, change: str, before: Values, after: Values | None) -> tuple[Step, ...]:
        """At most four."""
        old, new = _rules(before), _rules(after or {})
        added = [one for shape, one in sorted(new.items()) if shape not in old]
        removed = [one for shape, one in sorted(old.items()) if shape not in new]
        return (*_by_direction(target, added, opens=True), *_by_direction(target, removed, opens=False))


def _is_book(one: FirewallRule) -> bool:
    return bool(one.peer) and not str(one.peer).startswith(f"{CLOUD}:")


def _by_direction(target: Target, rules: Iterable[FirewallRule], *, opens: bool) -> Iterable[RuleStep]:
    listed = list(rules)
    for direction in ("ingress", "egress"):
        if some := [one for one in listed if one.direction == direction]:
            yield RuleStep(target, direction, some, opens=opens)


DELETE = Deletion(
    action=Action(
        name="delete a security group that nothing uses",
        kind=KIND,
        columns=(),
        calls=(call(NETWORK, "DELETE /security-groups/{}"), call(NETWORK, "GET /security-groups/{}")),
        own_permissions=("delete_security_group",),
        reversibility=Reversibility.NONE,
        document="Networking API v2.0: Delete security group",
    ),
    look=describe,
    delete=lambda target: target.ask("DELETE /security-groups/{}", target.id),
    allowed=lambda before: not before.get("used_by") and not before.get("is_default"),
)

WAYS: tuple[Way, ...] = (Rules(), DELETE)
