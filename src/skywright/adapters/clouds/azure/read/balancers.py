"""Load balancers, application gateways, and the pools behind them."""

from collections.abc import Mapping, Sequence
from typing import Any

from skywright.adapters.clouds.azure.read.base import Locks, Place, Reading, by_id, categories, held, props
from skywright.adapters.clouds.azure.read.instances import network_of
from skywright.adapters.clouds.azure.read.network import whole
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.estate import Verb
from skywright.model.kinds.network import Balancer, Listener, TargetGroup

BALANCER, TARGETS = "network.balancer", "network.targets"
LOADS, GATES = "Microsoft.Network/loadBalancers", "Microsoft.Network/applicationGateways"
ACCESS = ("ApplicationGatewayAccessLog", "allLogs", "audit")

Addresses = Mapping[str, dict[str, Any]]


def load_balancer(raw: dict[str, Any], place: Place, addresses: Addresses | None, locks: Locks | None) -> Balancer:
    """A balancer of layer 4. It writes no log of who came, so that ``access_logging`` stays unknown."""
    own = props(raw)
    pools = tr.items(own, "backendAddressPools")
    listeners = [
        Listener(port=tr.integer(props(one), "frontendPort"), protocol=tr.said(props(one), "protocol").upper() or None)
        for one in [*tr.items(own, "loadBalancingRules"), *tr.items(own, "inboundNatRules")]
    ]
    return Balancer(
        **place.head(BALANCER, raw),
        type="network",
        **_front(own, place, addresses),
        listeners=listeners,
        deletion_protected=held(locks, raw),
        cross_zone=True,
        targets=sum(_size(pool) for pool in pools),
        web_acl=False,
        idle_timeout_s=_idle(own),
        target_groups=place.all_of([tr.text(pool, "id") for pool in pools]),
    )


def _idle(own: dict[str, Any]) -> int | None:
    minutes = [found for one in tr.items(own, "loadBalancingRules") if (found := tr.integer(props(one), "idleTimeoutInMinutes"))]
    return max(minutes) * 60 if minutes else None


def _front(own: dict[str, Any], place: Place, addresses: Addresses | None) -> dict[str, Any]:
    """Where a balancer answers."""
    fronts = tr.items(own, "frontendIPConfigurations")
    paths = [path for one in fronts if (path := tr.said(one, "properties", "publicIPAddress", "id"))]
    known = None if addresses is None else [addresses.get(path.lower(), {}) for path in paths]
    subnets = [tr.text(one, "properties", "subnet", "id") for one in fronts]
    inside = [path for path in subnets if path]
    zones = [zone for one in [*fronts, *(known or ())] for zone in tr.texts(one, "zones") or ()]
    return {
        "state": "available" if tr.said(own, "provisioningState").lower() == "succeeded" else tr.text(own, "provisioningState"),
        "public": bool(paths),
        "dns_name": _name(known),
        "vpc": place.of(network_of(inside[0])) if inside else "",
        "zones": None if known is None and not zones else tr.sorted_texts([*zones, *(tr.texts(own, "zones") or ())]),
        "public_ips": None if known is None else tr.sorted_texts(tr.text(one, "properties", "ipAddress") for one in known),
        "private_ips": tr.sorted_texts(tr.text(one, "properties", "privateIPAddress") for one in fronts),
        "subnets": place.all_of(list(subnets)),
    }


def _name(known: list[dict[str, Any]] | None) -> str | None:
    if known is None:
        return None
    return next((name for one in known if (name := tr.said(one, "properties", "dnsSettings", "fqdn"))), "")


def _size(pool: dict[str, Any]) -> int:
    """Members of a pool: cards, or addresses where there are no cards behind them."""
    own = props(pool)
    cards = tr.items(own, "backendIPConfigurations")
    return len(cards) or len(tr.items(own, "loadBalancerBackendAddresses")) or len(tr.items(own, "backendAddresses"))


def application_gateway(
    raw: dict[str, Any], place: Place, addresses: Addresses | None, locks: Locks | None, logs: list[str] | None
) -> Balancer:
    """A balancer of layer 7. Its zones are those of its machines."""
    own = props(raw)
    pools = tr.items(own, "backendAddressPools")
    front = _front(own, place, addresses) | {"zones": tr.texts(raw, "zones") or []}
    homes = [tr.said(one, "properties", "subnet", "id") for one in tr.items(own, "gatewayIPConfigurations")]
    if homes:
        front |= {"vpc": place.of(network_of(homes[0])), "subnets": place.all_of(list(homes))}
    firewall = tr.flag(own, "webApplicationFirewallConfiguration", "enabled")
    return Balancer(
        **place.head(BALANCER, raw),
        type="application",
        **front,
        listeners=_listeners(own),
        access_logging=None if logs is None else any(one in ACCESS for one in logs),
        deletion_protected=held(locks, raw),
        targets=sum(_size(pool) for pool in pools),
        web_acl=bool(firewall or tr.said(own, "firewallPolicy", "id")),
        target_groups=place.all_of([tr.text(pool, "id") for pool in pools]),
    )


def _listeners(own: dict[str, Any]) -> list[Listener]:
    ports = {tr.said(one, "id").lower(): tr.integer(props(one), "port") for one in tr.items(own, "frontendPorts")}
    policy = tr.said(own, "sslPolicy", "policyName") or tr.said(own, "sslPolicy", "minProtocolVersion") or None
    return [
        Listener(
            port=ports.get(tr.said(props(one), "frontendPort", "id").lower()),
            protocol=tr.said(props(one), "protocol").upper() or None,
            tls_policy=policy if tr.said(props(one), "protocol").lower() == "https" else None,
            certificate=tr.text(props(one), "sslCertificate", "id"),
            redirects_to_tls=_redirects(own, tr.said(one, "id").lower()),
        )
        for one in tr.items(own, "httpListeners")
    ]


def _redirects(own: dict[str, Any], listener: str) -> bool:
    """Does every rule of a listener send the caller on to one that speaks TLS."""
    secure = {
        tr.said(one, "id").lower() for one in tr.items(own, "httpListeners") if tr.said(props(one), "protocol").lower() == "https"
    }
    onward = {
        tr.said(one, "id").lower()
        for one in tr.items(own, "redirectConfigurations")
        if tr.said(props(one), "targetListener", "id").lower() in secure or tr.said(props(one), "targetUrl").startswith("https://")
    }
    rules = [one for one in tr.items(own, "requestRoutingRules") if tr.said(props(one), "httpListener", "id").lower() == listener]
    return bool(rules) and all(tr.said(props(one), "redirectConfiguration", "id").lower() in onward for one in rules)


def links(row: Balancer) -> Links:
    """A balancer, where it is and what it sends to."""
    yield Verb.IN, row.vpc
    for pool in row.target_groups or ():
        yield Verb.ROUTES_TO, pool


def pool(raw: dict[str, Any], place: Place, owner: dict[str, Any]) -> TargetGroup:
    """A pool behind a balancer, with the ports of the rules that lead to it. Members: cards and machines, or plain addresses."""
    own = props(raw)
    cards = [whole(tr.said(one, "id")) for one in tr.items(own, "backendIPConfigurations")]
    listed = [*tr.items(own, "loadBalancerBackendAddresses"), *tr.items(own, "backendAddresses")]
    plain = [tr.said(one, "properties", "ipAddress") or tr.said(one, "ipAddress") or tr.said(one, "fqdn") for one in listed]
    rule = _rule_of(owner, tr.said(raw, "id").lower())
    return TargetGroup(
        **{**place.head(TARGETS, raw), "tags": tr.tags(owner.get("tags"))},
        vpc=None,
        balancers=place.all_of([tr.text(owner, "id")]),
        protocol=tr.said(rule, "protocol").upper() or None,
        port=tr.integer(rule, "backendPort") or tr.integer(rule, "port"),
        targets=tr.sorted_texts([*(place.of(path) for path in cards), *(() if cards else plain)]),
        health_check_path=_probe_path(owner, rule),
    )


def _rule_of(owner: dict[str, Any], path: str) -> dict[str, Any]:
    """The rule that leads to a pool (of a gateway: the settings that the rule uses)."""
    own = owner.get("properties")
    for one in tr.items(own, "loadBalancingRules"):
        named = [tr.said(props(one), "backendAddressPool", "id")] + [
            tr.said(p, "id") for p in tr.items(props(one), "backendAddressPools")
        ]
        if path in (name.lower() for name in named):
            return props(one)
    for one in tr.items(own, "requestRoutingRules"):
        if tr.said(props(one), "backendAddressPool", "id").lower() == path:
            settings = by_id(tr.items(own, "backendHttpSettingsCollection"))
            return props(settings.get(tr.said(props(one), "backendHttpSettings", "id").lower(), {}))
    return {}


def _probe_path(owner: dict[str, Any], rule: dict[str, Any]) -> str | None:
    probes = by_id(tr.items(owner, "properties", "probes"))
    probe = probes.get(tr.said(rule, "probe", "id").lower(), {})
    return tr.text(props(probe), "requestPath") or tr.text(props(probe), "path")


def pool_links(row: TargetGroup) -> Links:
    """A pool and its members."""
    for target in row.targets or ():
        if target.startswith("azure:"):
            yield Verb.TARGETS, target


def _read(reading: Reading) -> None:
    loads, gates = _found(reading, LOADS), _found(reading, GATES)
    if loads or gates:
        named = [path for raw in [*loads, *gates] for path in _public_paths(raw)]
        addresses = reading.facts_of("Microsoft.Network/publicIPAddresses", named, BALANCER)
        locks = reading.locks(BALANCER)
        logs = {
            tr.said(raw, "id"): categories(said)
            for raw, said in reading.each(BALANCER, gates, lambda raw: reading.logged(raw["id"]))
        }
        reading.take(BALANCER, loads, lambda raw: load_balancer(raw, reading.place, addresses, locks), links)
        reading.take(BALANCER, gates, lambda raw: application_gateway(raw, reading.place, addresses, locks, logs[raw["id"]]), links)
    for owner in [*loads, *gates]:
        pools = tr.items(owner, "properties", "backendAddressPools")
        reading.take(TARGETS, pools, lambda raw, of=owner: pool(raw, reading.place, of), pool_links)  # type: ignore[misc]  # mypy cannot infer a lambda's default
    if BALANCER in reading.failures:
        reading.gap(TARGETS, reading.failures[BALANCER])


def _public_paths(raw: dict[str, Any]) -> list[str]:
    fronts = tr.items(raw, "properties", "frontendIPConfigurations")
    return [path for one in fronts if (path := tr.said(one, "properties", "publicIPAddress", "id"))]


def _found(reading: Reading, type_: str) -> Sequence[dict[str, Any]]:
    """The balancers; for a reading that is narrowed to pools, those that hold them."""
    if reading.only is None:
        return reading.of_type(BALANCER, type_)
    return reading.facts(type_, BALANCER, TARGETS) or []


READERS = (
    Reader(
        name="balancers",
        service="network",
        kinds=(BALANCER, TARGETS),
        read=_read,
        permissions=(
            f"{LOADS}/read",
            f"{GATES}/read",
            "Microsoft.Network/publicIPAddresses/read",
            "Microsoft.Authorization/locks/read",
            "Microsoft.Insights/diagnosticSettings/read",
        ),
    ),
)
