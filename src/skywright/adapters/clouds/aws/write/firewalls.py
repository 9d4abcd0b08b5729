"""Firewalls (security groups): openings are closed and opened by the difference of the rules, one step a direction and verb."""

from collections.abc import Iterable, Sequence
from ipaddress import ip_network
from typing import Any

import msgspec

from skywright.adapters.clouds.aws.write.base import Target
from skywright.adapters.clouds.kit.actions import Action, Values, Way, first, planned
from skywright.adapters.clouds.kit.deletion import Deletion
from skywright.model.kinds import parse_id
from skywright.model.kinds.network import FirewallRule
from skywright.model.plan import Reversibility
from skywright.model.words import t
from skywright.ports.cloud import Step

PROTOCOL_NUMBERS = {"-1": "all", "1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}
"""IANA's numbers of the protocols that EC2 also names; -1 stands for all (API Reference: IpPermission)."""
ALL_PORTS = {"tcp": (0, 65535), "udp": (0, 65535)}


class Opening(msgspec.Struct, frozen=True, order=True):
    """A rule without its description: what two rules must agree in to be the same to EC2. ``peer`` is a native id."""

    direction: str
    protocol: str
    from_port: int
    to_port: int
    cidr: str
    peer: str

    def __str__(self) -> str:
        who = self.cidr or self.peer
        ports = "" if self.protocol == "all" else f" {self.from_port}-{self.to_port}"
        return f"{self.direction} {self.protocol}{ports} {who}"


def opening(rule: FirewallRule) -> Opening:
    """A neutral rule -> what identifies it. "All ports" is spelled as EC2 spells it."""
    protocol = PROTOCOL_NUMBERS.get(rule.protocol, rule.protocol)
    lowest, highest = ALL_PORTS.get(protocol, (-1, -1))
    ports = (-1, -1) if protocol == "all" else (_or(rule.from_port, lowest), _or(rule.to_port, highest))
    return Opening(
        rule.direction, protocol, *ports, str(ip_network(rule.cidr, strict=False)) if rule.cidr else "", _native(rule.peer)
    )


def _or(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value


def _native(peer: str | None) -> str:
    if peer and peer.startswith("aws:"):
        return parse_id(peer).native_id
    return peer or ""


def _rule_seen(raw: dict[str, Any]) -> FirewallRule:
    """One item of DescribeSecurityGroupRules."""
    return FirewallRule(
        direction="egress" if raw.get("IsEgress") else "ingress",
        protocol=str(raw["IpProtocol"]),
        from_port=raw.get("FromPort"),
        to_port=raw.get("ToPort"),
        cidr=raw.get("CidrIpv4") or raw.get("CidrIpv6"),
        peer=raw.get("PrefixListId") or (raw.get("ReferencedGroupInfo") or {}).get("GroupId"),
    )


def _present(target: Target) -> dict[Opening, str]:
    """The openings of a security group, with the ids of their rules."""
    first(target.call("ec2:DescribeSecurityGroups", GroupIds=[target.id])["SecurityGroups"], target)
    filters = [{"Name": "group-id", "Values": [target.id]}]
    found = target.items("ec2:DescribeSecurityGroupRules", "SecurityGroupRules", Filters=filters)
    return {opening(_rule_seen(raw)): raw["SecurityGroupRuleId"] for raw in found}


def _permission(rule: FirewallRule, account: str) -> dict[str, Any]:
    """A neutral rule as AuthorizeSecurityGroup... wants it."""
    shape = opening(rule)
    said = {"Description": rule.description} if rule.description else {}
    if shape.cidr:
        six = ":" in shape.cidr
        who: dict[str, Any] = {"Ipv6Ranges" if six else "IpRanges": [{"CidrIpv6" if six else "CidrIp": shape.cidr, **said}]}
    elif shape.peer.startswith("pl-"):
        who = {"PrefixListIds": [{"PrefixListId": shape.peer, **said}]}
    else:
        who = {"UserIdGroupPairs": [{"GroupId": shape.peer, **_foreign(rule.peer, account), **said}]}
    ports = {} if shape.protocol == "all" else {"FromPort": shape.from_port, "ToPort": shape.to_port}
    return {"IpProtocol": "-1" if shape.protocol == "all" else shape.protocol, **ports, **who}


def _foreign(peer: str | None, account: str) -> dict[str, str]:
    """A group of another account must be named with that account."""
    if not (peer and peer.startswith("aws:")):
        return {}
    owner = parse_id(peer).account
    return {} if owner == account else {"UserId": owner}


class RuleStep:
    """Open or close some openings of one direction; undo does the opposite to the same ones and leaves all others alone."""

    reversibility = Reversibility.FULL

    def __init__(self, target: Target, direction: str, rules: Sequence[FirewallRule], *, opens: bool) -> None:
        self._target = target
        self._direction = direction.capitalize()
        self._rules = {opening(rule): rule for rule in rules}
        self._opens = opens
        self.name = f"ec2:{'Authorize' if opens else 'Revoke'}SecurityGroup{self._direction}"
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
            if opens:
                self._open([rule for shape, rule in self._rules.items() if shape not in present])
            else:
                self._close([present[shape] for shape in self._rules if shape in present])
            self._target.until(t("as wanted"), lambda: self._reached(opens=opens))

    def _open(self, rules: Sequence[FirewallRule]) -> None:
        if rules:
            permissions = [_permission(rule, self._target.name.account) for rule in rules]
            call = f"ec2:AuthorizeSecurityGroup{self._direction}"
            self._target.call(call, GroupId=self._target.id, IpPermissions=permissions)

    def _close(self, rule_ids: Sequence[str]) -> None:
        if rule_ids:
            call = f"ec2:RevokeSecurityGroup{self._direction}"
            self._target.call(call, GroupId=self._target.id, SecurityGroupRuleIds=list(rule_ids))

    def _reached(self, *, opens: bool) -> bool | None:
        present = _present(self._target)
        return True if all((shape in present) == opens for shape in self._rules) else None


def _rules(values: Values) -> dict[Opening, FirewallRule]:
    return {opening(rule): rule for rule in msgspec.convert(msgspec.to_builtins(values["rules"]), list[FirewallRule])}


class Rules:
    """The way from one set of rules to another: what is new is opened before what is old is closed."""

    action = Action(
        name="close or narrow a firewall's openings",
        kind="network.firewall",
        columns=("rules",),
        calls=(
            "ec2:AuthorizeSecurityGroupIngress",
            "ec2:AuthorizeSecurityGroupEgress",
            "ec2:RevokeSecurityGroupIngress",
            "ec2:RevokeSecurityGroupEgress",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSecurityGroupRules",
        ),
        document="Amazon EC2 API Reference: RevokeSecurityGroupIngress, AuthorizeSecurityGroupIngress",
        note="rules that undo opens again have new rule ids and no tags",
    )

    def fits(self, before: Values, after: Values | None) -> bool:
        """Both sets are known and differ in more than descriptions. Rules for ICMP do not tell their types, so undo could not
        bring them back exactly."""
        if after is None or before.get("rules") is None or after.get("rules") is None:
            return False
        different = _rules(before).keys() ^ _rules(after).keys()
        return bool(different) and not any(shape.protocol.startswith("icmp") for shape in different)

    def reversibility(self, before: Values, after: Values | None) -> Reversibility:
        """The opposite calls."""
        return Reversibility.FULL

    def steps(self, target: Target, change: str, before: Values, after: Values | None) -> tuple[Step, ...]:
        """At most four."""
        old, new = _rules(before), _rules(after or {})
        added = [rule for shape, rule in sorted(new.items()) if shape not in old]
        removed = [rule for shape, rule in sorted(old.items()) if shape not in new]
        return (*_by_direction(target, added, opens=True), *_by_direction(target, removed, opens=False))


def _by_direction(target: Target, rules: Iterable[FirewallRule], *, opens: bool) -> Iterable[RuleStep]:
    listed = list(rules)
    for direction in ("ingress", "egress"):
        if some := [rule for rule in listed if rule.direction == direction]:
            yield RuleStep(target, direction, some, opens=opens)


def _look(target: Target) -> dict[str, Any]:
    return first(target.call("ec2:DescribeSecurityGroups", GroupIds=[target.id])["SecurityGroups"], target)


DELETE = Deletion(
    action=Action(
        name="delete a firewall that nothing uses",
        kind="network.firewall",
        columns=(),
        calls=("ec2:DeleteSecurityGroup", "ec2:DescribeSecurityGroups"),
        reversibility=Reversibility.NONE,
        document="Amazon EC2 API Reference: DeleteSecurityGroup",
    ),
    look=_look,
    delete=lambda target: target.call("ec2:DeleteSecurityGroup", GroupId=target.id),
    allowed=lambda before: not before.get("used_by") and not before.get("is_default"),
)

WAYS: tuple[Way, ...] = (Rules(), DELETE)
