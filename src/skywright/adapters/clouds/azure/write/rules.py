"""Network security groups: closing and opening single lines, one security rule at a time.

A security rule of Azure may stand for several of our lines (protocols x ports x peers). Where all of its lines go it is deleted;
where some go it is written anew without those protocols, ports or peers, if what remains can be said by one rule.
"""

import copy
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from skywright.adapters.clouds.azure.read.lines import EVERYWHERE, lines
from skywright.adapters.clouds.azure.write.base import Body, Target, properties
from skywright.adapters.clouds.kit.actions import MINUTES_S, Action, Values, Way, planned
from skywright.adapters.clouds.kit.deletion import Deletion
from skywright.model.errors import AskHuman, PlanAgain
from skywright.model.kinds.network import FirewallRule
from skywright.model.plan import Reversibility
from skywright.model.words import t
from skywright.ports.cloud import Step

GROUPS = "Microsoft.Network/networkSecurityGroups"
RULES = f"{GROUPS}/securityRules"
OWN_PRIORITY_MAX = 4096
"""Above it are the rules that every group has, which nobody can change (Network security groups overview)."""

DIRECTIONS = {"ingress": "Inbound", "egress": "Outbound"}
PROTOCOLS = {"all": "*", "tcp": "Tcp", "udp": "Udp", "icmp": "Icmp", "esp": "Esp", "ah": "Ah"}

Lines = tuple[FirewallRule, ...]
Shape = tuple[str, str, int | None, int | None, int | None, str | None]
"""Direction, protocol, ports, priority and source ports of a line: all but who."""


def key(rule: FirewallRule) -> str:
    """What a line is the same line by."""
    return msgspec.json.encode(rule).decode()


def _lines(values: Values) -> dict[str, FirewallRule]:
    listed = msgspec.convert(msgspec.to_builtins(values["rules"]), list[FirewallRule])
    return {key(rule): rule for rule in listed}


def _name(rule: FirewallRule) -> tuple[str, int, str]:
    """The security rule that a line is of: its name (our description), priority and direction."""
    return (rule.description or "", rule.priority or 0, rule.direction)


class Part(msgspec.Struct, frozen=True):
    """One security rule, and its lines that are not to be there any more or are to be there."""

    name: str
    before: Lines
    after: Lines


def parts(before: Mapping[str, FirewallRule], after: Mapping[str, FirewallRule]) -> list[Part]:
    """The security rules that differ."""
    changed = {_name(rule) for shape, rule in {**before, **after}.items() if (shape in before) != (shape in after)}
    sides: dict[tuple[str, int, str], tuple[list[FirewallRule], list[FirewallRule]]] = defaultdict(lambda: ([], []))
    for side, rules in enumerate((before, after)):
        for rule in rules.values():
            sides[_name(rule)][side].append(rule)
    return [Part(name[0], tuple(sides[name][0]), tuple(sides[name][1])) for name in sorted(changed)]


def spelled(rules: Lines) -> Body | None:
    """Lines -> the one security rule that says them all and nothing else; None when there is no such rule."""
    first = rules[0]
    peers, ports, protocols, mine = (_distinct(rules, pick) for pick in (_peer, _port, _protocol, _mine))
    if len(set(map(key, rules))) != len(peers) * len(ports) * len(protocols) * len(mine):
        return None
    body = {
        "priority": first.priority,
        "direction": DIRECTIONS[first.direction],
        "access": "Allow",
        "protocol": _one_protocol(protocols),
        **_many("destinationPort", [_range(port) for port in ports], "Range"),
        **_many("sourcePort", (first.from_ports or "*").split(","), "Range"),
    }
    ours, theirs = ("destination", "source") if first.direction == "ingress" else ("source", "destination")
    body |= _many(f"{theirs}Address", _prefixes(peers), "Prefix") | _many(f"{ours}Address", [one or "*" for one in mine], "Prefix")
    made: Body = {"name": first.description, "properties": body}
    return made if body["protocol"] and _says(made, rules) else None


def _says(body: Body, rules: Lines) -> bool:
    return {key(line) for _, line in lines(body, {})} == set(map(key, rules))


def _peer(rule: FirewallRule) -> str:
    return rule.cidr or rule.peer or ""


def _port(rule: FirewallRule) -> tuple[int | None, int | None]:
    return rule.from_port, rule.to_port


def _protocol(rule: FirewallRule) -> str:
    return rule.protocol


def _mine(rule: FirewallRule) -> str | None:
    return rule.own_cidr


def _distinct(rules: Lines, pick: Callable[[FirewallRule], Any]) -> list[Any]:
    return list(dict.fromkeys(pick(rule) for rule in rules))


def _one_protocol(protocols: Sequence[str]) -> str:
    """TCP and UDP together are spelled as every protocol: of a rule with ports that is the same."""
    if set(protocols) == {"tcp", "udp"}:
        return "*"
    return PROTOCOLS.get(protocols[0], "") if len(protocols) == 1 else ""


def _range(port: tuple[int | None, int | None]) -> str:
    low, high = port
    if low is None:
        return "*"
    return str(low) if low == high else f"{low}-{high}"


def _prefixes(peers: Sequence[str]) -> list[str]:
    """Everyone, over both versions of IP, is ``*``."""
    if set(EVERYWHERE) <= set(peers):
        return ["*", *(peer for peer in peers if peer not in EVERYWHERE)] if len(peers) > len(EVERYWHERE) else ["*"]
    return list(peers)


def _many(field: str, values: Sequence[str], ending: str) -> Body:
    if len(values) == 1:
        return {f"{field}{ending}": values[0], f"{field}{_plural(ending)}": []}
    return {f"{field}{_plural(ending)}": list(values)}


def _plural(ending: str) -> str:
    return f"{ending}es" if ending == "Prefix" else f"{ending}s"


class RuleStep:
    """Bring one security rule from some lines to others; no lines: there is no such rule. Undo swaps the two sides.

    What the rule says besides (its description) is kept in the step's result, and given back where the rule is made anew.
    """

    reversibility = Reversibility.FULL

    def __init__(self, target: Target, part: Part) -> None:
        self._target = target
        self._part = part
        self.name = f"{RULES}/{'write' if part.after else 'delete'}"
        words = {
            (True, False): t("Delete the rule {rule} of {target}.", rule=part.name, target=target),
            (False, True): t("Make the rule {rule} of {target}.", rule=part.name, target=target),
        }
        narrow = t("Narrow or widen the rule {rule} of {target}.", rule=part.name, target=target)
        self.text = words.get((bool(part.before), bool(part.after)), narrow)

    def do(self, token: str) -> dict[str, Any]:
        """Before -> after."""
        was = self._bring(self._part.before, self._part.after, None)
        return {"was": was} if was else {}

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """After -> before."""
        self._bring(self._part.after, self._part.before, (result or {}).get("was"))

    def _bring(self, start: Lines, end: Lines, kept: Body | None) -> Body | None:
        target, where = self._target, f"/securityRules/{self._part.name}"
        with planned(target):
            target.get()  # a group that is gone is a world that moved
            seen = target.maybe(where)
            if agrees(seen, end):
                return None
            if not agrees(seen, start):
                raise self._moved()
            if end:
                target.send("PUT", where, self._wanted(end, kept or seen), etag=(seen or {}).get("etag"))
            else:
                target.send("DELETE", where)
            target.until(t("as wanted"), lambda: True if agrees(target.maybe(where), end) else None, MINUTES_S)
        return _plain(seen)

    def _wanted(self, end: Lines, like: Body | None) -> Body:
        """The rule in full: as it was where that says the same, else spelled anew."""
        if like and agrees(like, end):
            return {"properties": like["properties"]}
        made = spelled(end)
        if made is None:
            raise AskHuman(
                t(
                    "What is to remain of the rule {rule} of {target} cannot be said by one rule.",
                    rule=self._part.name,
                    target=self._target,
                ),
                next_step=t("Split the rule into several, gather and plan again."),
            )
        said = properties(like).get("description") if like else None
        return {"properties": {**made["properties"], **({"description": said} if said else {})}}

    def _moved(self) -> PlanAgain:
        return PlanAgain(
            t("The rule {rule} of {target} is neither as planned nor as wanted.", rule=self._part.name, target=self._target),
            next_step=t("Gather and plan again."),
        )


def _keys(rules: Lines) -> set[str]:
    return set(map(key, rules))


def agrees(body: Body | None, planned: Lines) -> bool:
    """Does a rule say what these lines say? No lines: there is no such rule, or one that denies.

    On a row, a service tag may stand as the addresses that it means where the group is used (VirtualNetwork). Such a rule agrees
    when it has the same ports and protocols, and every address that it names itself is among the lines', and others besides.
    """
    seen = [] if body is None else [line for allows, line in lines(body, {}) if allows]
    if {key(line) for line in seen} == _keys(planned):
        return True
    if not any(line.peer for line in seen):
        return False
    ours, theirs = _peers(seen), _peers(planned)
    return ours.keys() == theirs.keys() and all(_stands_for(ours[shape], theirs[shape]) for shape in ours)


def _peers(rules: Iterable[FirewallRule]) -> dict[Shape, list[FirewallRule]]:
    found: dict[Shape, list[FirewallRule]] = defaultdict(list)
    for rule in rules:
        found[rule.direction, rule.protocol, rule.from_port, rule.to_port, rule.priority, rule.from_ports].append(rule)
    return found


def _stands_for(seen: Iterable[FirewallRule], planned: Iterable[FirewallRule]) -> bool:
    named = {_peer(line) for line in seen if not line.peer}
    listed = {_peer(line) for line in planned}
    return named < listed


def _plain(body: Body | None) -> Body | None:
    """What can be put back: without what Azure writes itself."""
    if body is None:
        return None
    own = copy.deepcopy(properties(body))
    own.pop("provisioningState", None)
    return {"name": body.get("name"), "properties": own}


class Rules:
    """The way from one set of openings to another."""

    action = Action(
        name="close, open or narrow lines of a network security group",
        kind="network.firewall",
        columns=("rules",),
        calls=(f"{RULES}/write", f"{RULES}/delete", f"{RULES}/read", f"{GROUPS}/read"),
        document="Azure REST API reference: Security Rules - Create Or Update, Delete",
    )

    def fits(self, before: Values, after: Values | None) -> bool:
        """Both sets are known, they differ in rules of the group's own, and each that is to be can be said by one rule."""
        if after is None or before.get("rules") is None or after.get("rules") is None:
            return False
        changed = parts(_lines(before), _lines(after))
        return bool(changed) and all(_reachable(part) for part in changed)

    def reversibility(self, before: Values, after: Values | None) -> Reversibility:
        """The opposite."""
        return Reversibility.FULL

    def steps(self, target: Target, change: str, before: Values, after: Values | None) -> tuple[Step, ...]:
        """One a security rule: what opens comes before what closes."""
        changed = parts(_lines(before), _lines(after or {}))
        return tuple(RuleStep(target, part) for part in sorted(changed, key=lambda part: bool(part.before)))


def _reachable(part: Part) -> bool:
    rules: Iterable[FirewallRule] = (*part.before, *part.after)
    own = all(rule.priority is not None and 0 < rule.priority <= OWN_PRIORITY_MAX for rule in rules)
    grouped = any(rule.peer and "/" in rule.peer for rule in rules)  # an application security group is a path
    return own and not grouped and bool(part.name) and all(spelled(side) is not None for side in (part.before, part.after) if side)


DELETE = Deletion(
    action=Action(
        name="delete a network security group that nothing uses",
        kind="network.firewall",
        columns=(),
        calls=(f"{GROUPS}/delete", f"{GROUPS}/read"),
        reversibility=Reversibility.NONE,
        document="Azure REST API reference: Network Security Groups - Delete",
    ),
    look=lambda target: target.present(),
    delete=lambda target: target.send("DELETE"),
    allowed=lambda before: before.get("used_by") == 0,
    within_s=MINUTES_S,
)

WAYS: tuple[Way, ...] = (Rules(), DELETE)
