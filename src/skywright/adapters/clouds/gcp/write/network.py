"""Firewall rules, subnets, addresses."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec

from skywright.adapters.clouds.gcp.read.firewalls import firewall
from skywright.adapters.clouds.gcp.read.network import subnet
from skywright.adapters.clouds.gcp.write.base import COMPUTE, Raw, Target, action, irreversible, picked
from skywright.adapters.clouds.kit.actions import MINUTES_S, Setting, Values, Way, known
from skywright.adapters.clouds.kit.deletion import Deletion
from skywright.model.kinds.network import FirewallRule

FIREWALL, SUBNET, ADDRESS = "network.firewall", "network.subnet", "network.address"
FIREWALL_CALLS = ("compute.firewalls.patch", "compute.firewalls.get")
EVERYONE = "0.0.0.0/0"
WITH_PORTS = frozenset({"tcp", "udp", "sctp"})
NUMBERS = {"icmpv6": "58"}  # the others have names of their own in the API


# --- firewall rules -------------------------------------------------------------------------------------------------------------


def _look(target: Target) -> Raw:
    return target.look(COMPUTE + "Firewall")


def _patch(target: Target, body: Raw) -> None:
    target.act("compute.firewalls.patch", body=body, project=target.project, firewall=target.own_name)


def _lines(values: Any) -> list[FirewallRule]:
    """The lines of a plan, which may be plain data by now."""
    return msgspec.convert(msgspec.to_builtins(values or []), list[FirewallRule])


def product(lines: Sequence[FirewallRule]) -> tuple[list[str], list[str], list[dict[str, Any]]] | None:
    """Lines -> CIDRs, peers and what they may use, as one rule of Google Cloud says it: everyone in the first two may use all of
    the third. None when the lines are no such product, or differ in direction or priority."""
    if len({(line.direction, line.priority) for line in lines}) != 1:
        return None
    uses: dict[tuple[str | None, str | None], set[tuple[str, int | None, int | None]]] = defaultdict(set)
    for line in lines:
        uses[line.cidr, line.peer].add((line.protocol, line.from_port, line.to_port))
    wanted = next(iter(uses.values()))
    if any(held != wanted for held in uses.values()):
        return None
    cidrs = sorted({cidr for cidr, _ in uses if cidr})
    return cidrs, sorted({peer for _, peer in uses if peer}), _entries(wanted)


def _entries(uses: set[tuple[str, int | None, int | None]]) -> list[dict[str, Any]]:
    by_protocol: dict[str, list[str]] = defaultdict(list)
    for protocol, low, high in sorted(uses, key=str):
        if low is not None:
            by_protocol[protocol].append(str(low) if low == high else f"{low}-{high}")
        else:
            by_protocol.setdefault(protocol, [])
    names = {name: NUMBERS.get(name, name) for name in by_protocol}
    return [{"IPProtocol": names[name], **({"ports": ports} if ports else {})} for name, ports in sorted(by_protocol.items())]


def _sayable(before: Values, after: Values) -> bool:
    """Can one rule say what is to be left, and what was before? A rule that allows has no denials, and the other way round."""
    return all(not _lines(side.get(column)) or product(_lines(side.get(column))) for side in (before, after) for column in after)


def _rules_fit(before: Values, after: Values) -> bool:
    return known(before, after) and bool(_lines(before.get(next(iter(after))))) and _sayable(before, after)


def _read_lines(column: str) -> Any:
    def read(target: Target) -> Values:
        return picked(firewall(_look(target), target.place, None, whole=False), column)

    return read


def _write_lines(column: str, field: str) -> Any:
    """Nothing left: the rule is switched off, and keeps what it said for the way back."""

    def write(target: Target, wanted: Values) -> None:
        lines = _lines(wanted[column])
        said = product(lines) if lines else None
        _patch(target, {"disabled": True} if said is None else _body(said, field, lines[0].direction))

    return write


def _body(said: tuple[list[str], list[str], list[dict[str, Any]]], field: str, direction: str) -> Raw:
    cidrs, peers, entries = said
    if direction == "egress":
        return {"disabled": False, field: entries, "destinationRanges": cidrs}
    body: Raw = {"disabled": False, field: entries, "sourceRanges": cidrs}
    for prefix, name in (("tag:", "sourceTags"), ("serviceAccount:", "sourceServiceAccounts")):
        if named := [peer.removeprefix(prefix) for peer in peers if peer.startswith(prefix)]:
            body[name] = named
    return body


def _lines_way(name: str, column: str, field: str) -> Setting:
    return Setting(
        action=action(
            name,
            FIREWALL,
            (column,),
            *FIREWALL_CALLS,
            document="Virtual Private Cloud: Use VPC firewall rules",
            implied=("enabled", "used_by"),
            note="a rule of which nothing is left is switched off, not deleted",
        ),
        read=_read_lines(column),
        write=_write_lines(column, field),
        allowed=_rules_fit,
        spelled=lambda values: {name: _lines(lines) for name, lines in values.items()},
    )


ENABLED = Setting(
    action=action(
        "switch a firewall rule on or off",
        FIREWALL,
        ("enabled",),
        *FIREWALL_CALLS,
        document="Virtual Private Cloud: Use VPC firewall rules",
        implied=("rules", "denials"),
    ),
    read=lambda target: {"enabled": not _look(target).get("disabled", False)},
    write=lambda target, wanted: _patch(target, {"disabled": not wanted["enabled"]}),
)

FIREWALL_LOG = Setting(
    action=action(
        "log what a firewall rule does",
        FIREWALL,
        ("logging",),
        *FIREWALL_CALLS,
        document="Virtual Private Cloud: Use Firewall Rules Logging",
    ),
    read=lambda target: {"logging": bool((_look(target).get("logConfig") or {}).get("enable"))},
    write=lambda target, wanted: _patch(target, {"logConfig": {"enable": wanted["logging"]}}),
)


# --- subnets --------------------------------------------------------------------------------------------------------------------


def _look_subnet(target: Target) -> Raw:
    return target.look(COMPUTE + "Subnetwork")


def _where(target: Target) -> Raw:
    return {"project": target.project, "region": target.name.region, "subnetwork": target.own_name}


def _write_flow_logs(target: Target, wanted: Values) -> None:
    def change() -> None:
        mark = _look_subnet(target).get("fingerprint")
        body = {"fingerprint": mark, "logConfig": {"enable": wanted["flow_logs"]}}
        target.act("compute.subnetworks.patch", body=body, **_where(target))

    target.renewed(change)


FLOW_LOGS = Setting(
    action=action(
        "log the flows of a subnet",
        SUBNET,
        ("flow_logs",),
        "compute.subnetworks.patch",
        "compute.subnetworks.get",
        document="Virtual Private Cloud: Configure VPC Flow Logs",
    ),
    read=lambda target: picked(subnet(_look_subnet(target), target.place, None), "flow_logs"),
    write=_write_flow_logs,
)


def _write_private_access(target: Target, wanted: Values) -> None:
    body = {"privateIpGoogleAccess": wanted["private_access"]}
    target.act("compute.subnetworks.setPrivateIpGoogleAccess", body=body, **_where(target))


PRIVATE_ACCESS = Setting(
    action=action(
        "let a subnet reach Google's services privately",
        SUBNET,
        ("private_access",),
        "compute.subnetworks.setPrivateIpGoogleAccess",
        "compute.subnetworks.get",
        document="Virtual Private Cloud: Configure Private Google Access",
    ),
    read=lambda target: picked(subnet(_look_subnet(target), target.place, None), "private_access"),
    write=_write_private_access,
)


# --- addresses ------------------------------------------------------------------------------------------------------------------


def _look_address(target: Target) -> Raw:
    return target.look(COMPUTE + "Address")


def _delete_address(target: Target) -> None:
    collection, where = target.at("addresses", "address")
    target.act(f"compute.{collection}.delete", **where)


RELEASE = Deletion(
    action=irreversible(
        "release an address",
        ADDRESS,
        (),
        "compute.addresses.delete",
        "compute.globalAddresses.delete",
        "compute.addresses.get",
        document="Compute Engine: Release a static external IP address",
        note="the address goes back to Google, who may give it to somebody else",
    ),
    look=_look_address,
    delete=_delete_address,
    allowed=lambda before: before.get("attached") is not True,
    within_s=MINUTES_S,
)

WAYS: tuple[Way, ...] = (
    _lines_way("open or close ports of a firewall rule", "rules", "allowed"),
    _lines_way("change what a firewall rule refuses", "denials", "denied"),
    ENABLED,
    FIREWALL_LOG,
    FLOW_LOGS,
    PRIVATE_ACCESS,
    RELEASE,
)
