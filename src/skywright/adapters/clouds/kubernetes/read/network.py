"""How what runs is reached: services, doors for HTTP, network policies, networks."""

from functools import partial
from typing import Any

import msgspec

from skywright.adapters.clouds.kit.reading import Reader
from skywright.adapters.clouds.kit.translate import at, integer, items, said, sorted_texts, text, texts
from skywright.adapters.clouds.kubernetes import selectors
from skywright.adapters.clouds.kubernetes.place import namespace_of, spaced
from skywright.adapters.clouds.kubernetes.read.base import Raw, Reading
from skywright.adapters.clouds.kubernetes.read.facts import Template, selected, templates
from skywright.adapters.clouds.kubernetes.resources import PREFIXED
from skywright.model.estate import Verb
from skywright.model.kinds.cluster import ClusterService, ContainerNetwork, Ingress, NetworkPolicy, NetworkPolicyRule, Port

ENDPOINT, INGRESS, POLICY, NETWORK = ClusterService.KIND, Ingress.KIND, NetworkPolicy.KIND, ContainerNetwork.KIND
GATEWAY_GROUP = "gateway.networking.k8s.io"
CLASS = "kubernetes.io/ingress.class"

TYPES = {"ClusterIP": "cluster-ip", "NodePort": "node-port", "LoadBalancer": "load-balancer", "ExternalName": "external-name"}

INTERNAL = {
    "service.beta.kubernetes.io/aws-load-balancer-internal": ("true", "0.0.0.0/0"),
    "service.beta.kubernetes.io/aws-load-balancer-scheme": ("internal",),
    "networking.gke.io/load-balancer-type": ("internal",),
    "cloud.google.com/load-balancer-type": ("internal",),
    "service.beta.kubernetes.io/azure-load-balancer-internal": ("true",),
    "service.beta.kubernetes.io/openstack-internal-load-balancer": ("true",),
}
"""Annotations by which a cloud makes a balancer without a public address ("Internal load balancer" of Services)."""


def _read_services(reading: Reading) -> None:
    found: list[Template] | None = None
    with reading.columns(ENDPOINT):
        found = templates(reading)
    for row in reading.take(ENDPOINT, reading.own(ENDPOINT, "services"), lambda raw: service(reading, raw, found)):
        reading.relate(row.id, Verb.IN, reading.id("container.namespace", row.namespace or ""))
        for workload in row.workloads or ():
            reading.relate(row.id, Verb.TARGETS, workload)


def service(reading: Reading, raw: Raw, found: list[Template] | None) -> ClusterService:
    """One service. ``found`` None: the workloads behind it are not known."""
    spec, namespace = raw["spec"], namespace_of(raw)
    type_ = type_of(spec)
    selector = selectors.plain(at(spec, "selector"))
    external = [text(one, key) for one in items(raw, "status", "loadBalancer", "ingress") for key in ("ip", "hostname")]
    return ClusterService(
        **reading.common(ENDPOINT, raw),
        type=type_,
        state="available",
        namespace=namespace,
        cluster_ip="" if text(spec, "clusterIP") in (None, "None") else text(spec, "clusterIP"),
        external=sorted_texts([*external, *(texts(spec, "externalIPs") or []), text(spec, "externalName")]),
        source_ranges=sorted(texts(spec, "loadBalancerSourceRanges") or []),
        ports=[_port(one) for one in items(spec, "ports")],
        selector={str(key): str(value) for key, value in (at(spec, "selector") or {}).items()},
        workloads=None if found is None else selected(reading, found, namespace, selector),
        balancer=None if type_ == "load-balancer" else "",
        public=_public(raw, type_),
    )


def type_of(spec: Raw) -> str:
    """The type of a service's spec. Raises ValueError for one that is not known."""
    type_ = text(spec, "type") or "ClusterIP"
    if type_ not in TYPES:
        raise ValueError(f"type {type_}")
    return "headless" if type_ == "ClusterIP" and text(spec, "clusterIP") == "None" else TYPES[type_]


def _port(raw: Any) -> Port:
    return Port(
        protocol=(said(raw, "protocol") or "TCP").lower(),
        port=integer(raw, "port"),
        target_port=str(found) if (found := at(raw, "targetPort")) is not None else None,
        node_port=integer(raw, "nodePort") or None,
        address="",
    )


def _public(raw: Raw, type_: str) -> bool:
    """Asks to be reachable from outside: by a balancer that is not internal, a port on every node, or an external address."""
    if texts(raw, "spec", "externalIPs"):
        return True
    if type_ == "node-port":
        return True
    annotations = at(raw, "metadata", "annotations") or {}
    internal = any(str(annotations.get(key, "")).lower() in values for key, values in INTERNAL.items())
    return type_ == "load-balancer" and not internal


def _read_ingresses(reading: Reading) -> None:
    for type_, name in PREFIXED[INGRESS].items():
        with reading.part(INGRESS):
            make = {"ingress": _ingress, "gateway": _gateway}.get(type_, _route)
            raws = reading.own(INGRESS, name)
            for row in reading.take(INGRESS, raws, partial(make, reading, type_)):
                _relate_ingress(reading, row)


def _relate_ingress(reading: Reading, row: Ingress) -> None:
    reading.relate(row.id, Verb.IN, reading.id("container.namespace", row.namespace or ""))
    for target in row.services or ():
        reading.relate(row.id, Verb.ROUTES_TO, target)
    for parent in row.parents or ():
        reading.relate(row.id, Verb.ATTACHED_TO, parent)


def _ingress(reading: Reading, type_: str, raw: Raw) -> Ingress:
    spec, namespace = at(raw, "spec") or {}, namespace_of(raw)
    hosts = sorted_texts(text(rule, "host") or "*" for rule in items(spec, "rules"))
    sealed = [host for one in items(spec, "tls") for host in (texts(one, "hosts") or ["*"])]
    backends = [at(spec, "defaultBackend"), at(spec, "backend")]
    backends += [at(path, "backend") for rule in items(spec, "rules") for path in items(rule, "http", "paths")]
    names = {text(one, "service", "name") or text(one, "serviceName") for one in backends}
    external = [text(one, key) for one in items(raw, "status", "loadBalancer", "ingress") for key in ("ip", "hostname")]
    return Ingress(
        **reading.common(INGRESS, raw, f"{type_}/{spaced(raw)}"),
        type="ingress",
        state="available",
        namespace=namespace,
        controller=text(spec, "ingressClassName") or said(raw, "metadata", "annotations", CLASS),
        hosts=hosts,
        tls=bool(sealed) and all(_sealed(host, sealed) for host in hosts),
        services=reading.place.refs(ENDPOINT, (f"{namespace}/{name}" for name in names if name)),
        parents=[],
        external=sorted_texts(external),
    )


def _sealed(host: str, sealed: list[str]) -> bool:
    return host in sealed or "*" in sealed or f"*.{host.partition('.')[2]}" in sealed


def _gateway(reading: Reading, type_: str, raw: Raw) -> Ingress:
    listeners = items(raw, "spec", "listeners")
    return Ingress(
        **reading.common(INGRESS, raw, f"{type_}/{spaced(raw)}"),
        type="gateway",
        state=_accepted(raw),
        namespace=namespace_of(raw),
        controller=said(raw, "spec", "gatewayClassName"),
        hosts=sorted_texts(text(one, "hostname") or "*" for one in listeners),
        tls=all(text(one, "protocol") in ("HTTPS", "TLS") for one in listeners),
        services=[],
        parents=[],
        external=sorted_texts(text(one, "value") for one in items(raw, "status", "addresses")),
    )


def _accepted(raw: Raw) -> str:
    conditions = {text(one, "type"): text(one, "status") for one in items(raw, "status", "conditions")}
    return "available" if conditions.get("Programmed", conditions.get("Ready", "True")) == "True" else "pending"


def _route(reading: Reading, type_: str, raw: Raw) -> Ingress:
    """A route of a Gateway: its door's certificates are the gateway's."""
    namespace = namespace_of(raw)
    backends = [
        one for rule in items(raw, "spec", "rules") for one in items(rule, "backendRefs") if text(one, "kind") in (None, "Service")
    ]
    parents = [one for one in items(raw, "spec", "parentRefs") if text(one, "kind") in (None, "Gateway")]
    return Ingress(
        **reading.common(INGRESS, raw, f"{type_}/{spaced(raw)}"),
        type="route",
        state="available",
        namespace=namespace,
        controller="",
        hosts=sorted_texts(texts(raw, "spec", "hostnames") or ["*"]),
        services=reading.place.refs(ENDPOINT, (f"{text(one, 'namespace') or namespace}/{said(one, 'name')}" for one in backends)),
        parents=reading.place.refs(
            INGRESS, (f"gateway/{text(one, 'namespace') or namespace}/{said(one, 'name')}" for one in parents)
        ),
        external=[],
    )


def _read_policies(reading: Reading) -> None:
    found: list[Template] | None = None
    with reading.columns(POLICY):
        found = templates(reading)
    raws = {spaced(raw): raw for raw in reading.own(POLICY, "networkpolicies.networking.k8s.io")}
    for row in reading.take(POLICY, raws.values(), lambda raw: policy(reading, raw, found)):
        selector = at(raws[row.native_id], "spec", "podSelector") or {}
        for workload in selected(reading, found or [], row.namespace or "", selector):
            reading.relate(workload, Verb.GUARDED_BY, row.id)


def policy(reading: Reading, raw: Raw, found: list[Template] | None) -> NetworkPolicy:
    """One policy. Ports that are said by name are looked up among the namespace's pods; where one cannot be found, the rules
    are not known."""
    spec, namespace = raw["spec"], namespace_of(raw)
    types = texts(spec, "policyTypes") or (["Ingress", "Egress"] if items(spec, "egress") else ["Ingress"])
    named = _named_ports(found, namespace)
    rules: list[NetworkPolicyRule] | None = []
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        if direction.capitalize() not in types:
            continue
        for opening in items(spec, direction):
            made = _rules(direction, items(opening, peers), items(opening, "ports"), named)
            rules = None if rules is None or made is None else [*rules, *made]
    return NetworkPolicy(
        **reading.common(POLICY, raw, keep=("spec",)),
        state="available",
        namespace=namespace,
        selector=selectors.told(at(spec, "podSelector") or {}),
        directions=sorted(type_.lower() for type_ in types),
        rules=rules,
    )


def _named_ports(found: list[Template] | None, namespace: str) -> dict[str, set[int]]:
    named: dict[str, set[int]] = {}
    for one in found or ():
        for container in items(one.spec, "containers") if one.namespace == namespace else ():
            for port in items(container, "ports"):
                if text(port, "name") and integer(port, "containerPort"):
                    named.setdefault(said(port, "name"), set()).add(integer(port, "containerPort") or 0)
    return named


def _rules(direction: str, peers: list[Any], ports: list[Any], named: dict[str, set[int]]) -> list[NetworkPolicyRule] | None:
    """Every peer with every port; None where a port's number is not known."""
    spans = [span for port in ports for span in _spans(port, named)] if ports else [(None, None, None)]
    if ports and any(not _spans(port, named) for port in ports):
        return None
    return [
        msgspec.structs.replace(_peer(direction, peer), protocol=protocol, from_port=low, to_port=high)
        for peer in (peers or [None])
        for protocol, low, high in spans
    ]


def _spans(port: Any, named: dict[str, set[int]]) -> list[tuple[str | None, int | None, int | None]]:
    protocol = (said(port, "protocol") or "TCP").lower()
    value = at(port, "port")
    if value is None:
        return [(protocol, None, None)]
    number = integer(port, "port")
    if number is None:
        return [(protocol, one, one) for one in sorted(named.get(str(value), ()))]
    return [(protocol, number, integer(port, "endPort") or number)]


def _peer(direction: str, peer: Any) -> NetworkPolicyRule:
    if peer is None:
        return NetworkPolicyRule(direction=direction)
    return NetworkPolicyRule(
        direction=direction,
        cidr=text(peer, "ipBlock", "cidr"),
        except_cidrs=texts(peer, "ipBlock", "except"),
        namespace_labels=selectors.told(at(peer, "namespaceSelector")),
        pod_labels=selectors.told(at(peer, "podSelector")) if at(peer, "podSelector") is not None or at(peer, "ipBlock") else [],
    )


def _read_networks(reading: Reading) -> None:
    reading.take(
        NETWORK, reading.own(NETWORK, "network-attachment-definitions.k8s.cni.cncf.io"), lambda raw: _network(reading, raw)
    )


def _network(reading: Reading, raw: Raw) -> ContainerNetwork:
    """A further network that pods may be attached to; its settings are a CNI configuration in JSON."""
    try:
        settings = msgspec.json.decode(said(raw, "spec", "config") or "{}")
    except msgspec.DecodeError:
        settings = {}
    return ContainerNetwork(
        **reading.common(NETWORK, raw),
        state="available",
        driver=text(settings, "type") or text(next(iter(items(settings, "plugins")), {}), "type"),
        cidr=text(settings, "ipam", "subnet") or text(settings, "ipam", "range"),
        attachable=True,
    )


_TEMPLATES = (
    "list deployments.apps",
    "list statefulsets.apps",
    "list daemonsets.apps",
    "list jobs.batch",
    "list cronjobs.batch",
    "list pods",
)

READERS: tuple[Reader, ...] = (
    Reader(
        name="services",
        service="network",
        kinds=(ENDPOINT,),
        read=_read_services,
        permissions=("list services", *_TEMPLATES),
        is_global=True,
    ),
    Reader(
        name="ingresses",
        service="network",
        kinds=(INGRESS,),
        read=_read_ingresses,
        permissions=tuple(f"list {name}" for name in PREFIXED[INGRESS].values()),
        is_global=True,
    ),
    Reader(
        name="policies",
        service="network",
        kinds=(POLICY,),
        read=_read_policies,
        permissions=("list networkpolicies.networking.k8s.io", *_TEMPLATES),
        is_global=True,
    ),
    Reader(
        name="networks",
        service="network",
        kinds=(NETWORK,),
        read=_read_networks,
        permissions=("list network-attachment-definitions.k8s.cni.cncf.io",),
        is_global=True,
    ),
)
"""How it is reached."""
