"""What stands between a forwarding rule and the backends: target proxies, URL maps, backend services."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import msgspec

from skywright.adapters.clouds.gcp.read.base import COMPUTE, Reading
from skywright.adapters.clouds.gcp.read.targets import network_key
from skywright.adapters.clouds.kit import translate as tr

PROXIES = {
    "TargetHttpProxy": "HTTP",
    "TargetHttpsProxy": "HTTPS",
    "TargetSslProxy": "TLS",
    "TargetTcpProxy": "TCP",
}
"""Type of a target proxy -> the protocol that it answers."""

DEFAULT_TLS = "TLS_1_0"
"""What a proxy without an SSL policy takes ("SSL policies overview": the default is COMPATIBLE with TLS 1.0)."""


class Fronts(msgspec.Struct, frozen=True):
    """The parts of a project's load balancers by the key of their links (``targets.network_key``)."""

    rules: tuple[Any, ...]
    proxies: dict[str, tuple[str, Any]]  # protocol, proxy
    maps: dict[str, Any]
    services: dict[str, Any]
    buckets: dict[str, Any]
    policies: dict[str, Any]
    zones: dict[str, list[str]]  # of the instance groups that are spread over several
    leading: dict[str, list[Any]] = {}  # backend -> the forwarding rules that lead to it

    def proxy(self, rule: Any) -> tuple[str, Any]:
        """The protocol and target proxy of a forwarding rule; ("", None) when it has none."""
        return self.proxies.get(network_key(tr.at(rule, "target")), ("", None))

    def map(self, rule: Any) -> Any:
        """The URL map of a forwarding rule, or None."""
        return self.maps.get(network_key(tr.at(self.proxy(rule)[1], "urlMap")))

    def backends(self, rule: Any) -> list[str]:
        """Keys of the backend services, backend buckets or target pools that a forwarding rule leads to."""
        _, proxy = self.proxy(rule)
        named = [tr.text(rule, "backendService"), tr.text(proxy, "service"), *_services(self.map(rule))]
        pool = tr.said(rule, "target")
        return sorted({network_key(one) for one in [*named, pool if "/targetPools/" in pool else None] if one})

    def redirects(self, rule: Any) -> bool:
        """Does it only send callers to HTTPS."""
        return tr.flag(self.map(rule), "defaultUrlRedirect", "httpsRedirect") or False

    def tls(self, rule: Any) -> str | None:
        """The lowest TLS version that is taken; None where none is spoken."""
        protocol, proxy = self.proxy(rule)
        if protocol not in ("HTTPS", "TLS"):
            return None
        policy = tr.text(proxy, "sslPolicy")
        return tr.text(self.policies.get(network_key(policy)), "minTlsVersion") if policy else DEFAULT_TLS

    def leading_to(self, key: str) -> list[Any]:
        """The forwarding rules that lead to a backend."""
        return self.leading.get(key, [])

    def indexed(self) -> "Fronts":
        """The same, with ``leading`` filled."""
        found: dict[str, list[Any]] = defaultdict(list)
        for rule in self.rules:
            for key in self.backends(rule):
                found[key].append(rule)
        return msgspec.structs.replace(self, leading=dict(found))


def fronts(reading: Reading) -> Fronts:
    """All of a project's; asked once. Raises model.errors."""
    return reading.shared("fronts", lambda: _fronts(reading).indexed())


def _fronts(reading: Reading) -> Fronts:
    def by_key(kind: str) -> dict[str, Any]:
        return {network_key(tr.at(raw, "selfLink")): raw for raw in reading.everywhere(COMPUTE + kind)}

    return Fronts(
        rules=tuple(reading.everywhere(COMPUTE + "ForwardingRule")),
        proxies={key: (protocol, raw) for kind, protocol in PROXIES.items() for key, raw in by_key(kind).items()},
        maps=by_key("UrlMap"),
        services=by_key("BackendService") | by_key("TargetPool"),
        buckets=by_key("BackendBucket"),
        policies=by_key("SslPolicy"),
        zones={
            network_key(tr.at(raw, "instanceGroup")): spread
            for raw in reading.everywhere(COMPUTE + "InstanceGroupManager")
            if (spread := [tr.said(one, "zone").rpartition("/")[2] for one in tr.items(raw, "distributionPolicy", "zones")])
        },
    )


def _services(part: Any) -> Iterator[str]:
    """Every backend that a URL map names, at whatever depth."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name in ("defaultService", "service", "backendService") and isinstance(value, str):
                yield value
            else:
                yield from _services(value)
    elif isinstance(part, list):
        for one in part:
            yield from _services(one)
