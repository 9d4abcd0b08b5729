"""Networks, what guards them, and what leads into them."""

from typing import Any

from skywright.lab.azure.seed.town import Body, Site
from skywright.lab.azure.store import Record

DEFAULTS = (
    ("AllowVnetInBound", "Inbound", "Allow", 65000, "VirtualNetwork", "VirtualNetwork"),
    ("AllowAzureLoadBalancerInBound", "Inbound", "Allow", 65001, "AzureLoadBalancer", "*"),
    ("DenyAllInBound", "Inbound", "Deny", 65500, "*", "*"),
    ("AllowVnetOutBound", "Outbound", "Allow", 65000, "VirtualNetwork", "VirtualNetwork"),
    ("AllowInternetOutBound", "Outbound", "Allow", 65001, "*", "Internet"),
    ("DenyAllOutBound", "Outbound", "Deny", 65500, "*", "*"),
)
"""Network security groups overview: the rules that every group has (name, direction, access, priority, from, to)."""


def rule(name: str, priority: int, port: str, source: str = "10.0.0.0/8", *, access: str = "Allow", protocol: str = "Tcp",
         direction: str = "Inbound") -> Body:  # fmt: skip
    """One line of a group."""
    return {"name": name, "properties": _rule_properties(name, direction, access, priority, source, "*", port, protocol)}


def _rule_properties(
    name: str, direction: str, access: str, priority: int, source: str, goal: str, port: str = "*", protocol: str = "*"
) -> Body:
    return {
        "provisioningState": "Succeeded",
        "description": f"{name} as agreed with the owner",
        "protocol": protocol,
        "sourcePortRange": "*",
        "destinationPortRange": port,
        "sourceAddressPrefix": source,
        "destinationAddressPrefix": goal,
        "access": access,
        "priority": priority,
        "direction": direction,
        "sourcePortRanges": [],
        "destinationPortRanges": [],
        "sourceAddressPrefixes": [],
        "destinationAddressPrefixes": [],
    }


def group(site: Site, name: str, rules: list[Body]) -> Record:
    """A network security group; its own lines become records of their own, the ones that every group has stay inside."""
    found = site.put(f"Microsoft.Network/networkSecurityGroups/{name}", {"resourceGuid": site.town.store.guid()})
    found.properties["defaultSecurityRules"] = [
        {
            "name": each,
            "id": f"{found.body['id']}/defaultSecurityRules/{each}",
            "properties": _rule_properties(each, direction, access, priority, source, goal),
        }
        for each, direction, access, priority, source, goal in DEFAULTS
    ]
    for each in rules:
        add_rule(site, found, each)
    return found


def add_rule(site: Site, of: Record, line: Body) -> Record:
    """One more line for a group."""
    return site.part(of, f"securityRules/{line['name']}", line["properties"])


def network(site: Site, name: str, cidr: str) -> Record:
    """A virtual network."""
    return site.put(
        f"Microsoft.Network/virtualNetworks/{name}",
        {
            "resourceGuid": site.town.store.guid(),
            "addressSpace": {"addressPrefixes": [cidr]},
            "enableDdosProtection": False,
            "privateEndpointVNetPolicies": "Disabled",
        },
    )


def subnet(site: Site, of: Record, name: str, cidr: str, guard: Record | None, routes: Record | None = None) -> Record:
    """A part of a network."""
    properties: Body = {
        "provisioningState": "Succeeded",
        "addressPrefix": cidr,
        "defaultOutboundAccess": False,
        "privateEndpointNetworkPolicies": "Disabled",
        "privateLinkServiceNetworkPolicies": "Enabled",
        "serviceEndpoints": [],
        "delegations": [],
    }
    if guard:
        properties["networkSecurityGroup"] = {"id": guard.body["id"]}
    if routes:
        properties["routeTable"] = {"id": routes.body["id"]}
    return site.part(of, f"subnets/{name}", properties)


def routes(site: Site, name: str, lines: list[tuple[str, str, str, str]]) -> Record:
    """A route table: name, prefix, type of the next hop, its address."""
    found = site.put(
        f"Microsoft.Network/routeTables/{name}", {"disableBgpRoutePropagation": True, "resourceGuid": site.town.store.guid()}
    )
    for line, prefix, hop, address in lines:
        body: Body = {"provisioningState": "Succeeded", "addressPrefix": prefix, "nextHopType": hop, "hasBgpOverride": False}
        site.part(found, f"routes/{line}", {**body, **({"nextHopIpAddress": address} if address else {})})
    return found


def address(site: Site, name: str, **properties: Any) -> Record:
    """A public address that is kept."""
    chance = site.chance()
    return site.put(
        f"Microsoft.Network/publicIPAddresses/{name}",
        {
            "resourceGuid": site.town.store.guid(),
            "ipAddress": f"20.{chance.randrange(32, 128)}.{chance.randrange(256)}.{chance.randrange(1, 255)}",
            "publicIPAddressVersion": "IPv4",
            "publicIPAllocationMethod": "Static",
            "idleTimeoutInMinutes": 4,
            "ipTags": [],
            "ddosSettings": {"protectionMode": "VirtualNetworkInherited"},
            **properties,
        },
        sku={"name": "Standard", "tier": "Regional"},
        zones=["1", "2", "3"],
    )


def nat(site: Site, name: str, front: Record, subnets: list[Record], load: str = "busy") -> Record:
    """A way out for subnets without public addresses."""
    found = site.put(
        f"Microsoft.Network/natGateways/{name}",
        {"resourceGuid": site.town.store.guid(), "idleTimeoutInMinutes": 4, "publicIpAddresses": [{"id": front.body["id"]}]},
        load=load,
        sku={"name": "Standard"},
    )
    for each in subnets:
        each.properties["natGateway"] = {"id": found.body["id"]}
    return found


def balancer(
    site: Site, name: str, front: Record | None, cards: list[Record], *, subnet: Record | None = None, load: str = "busy"
) -> Record:
    """A load balancer with one front, one pool and one rule."""
    root = site.id(f"Microsoft.Network/loadBalancers/{name}")
    inner: Body = {"privateIPAllocationMethod": "Dynamic", "provisioningState": "Succeeded"}
    if front:
        inner["publicIPAddress"] = {"id": front.body["id"]}
    spread = {"zones": ["1", "2", "3"]} if subnet else {}
    if subnet:
        inner |= {
            "subnet": {"id": subnet.body["id"]},
            "privateIPAddress": f"{subnet.properties['addressPrefix'].rsplit('.', 1)[0]}.200",
        }
    pool = f"{root}/backendAddressPools/pool"
    members = [{"id": f"{card.body['id']}/ipConfigurations/ipconfig1"} for card in cards]
    for card in cards:
        card.properties["ipConfigurations"][0]["properties"].setdefault("loadBalancerBackendAddressPools", []).append({"id": pool})
    return site.put(
        f"Microsoft.Network/loadBalancers/{name}",
        {
            "resourceGuid": site.town.store.guid(),
            "frontendIPConfigurations": [{**_named(root, "frontendIPConfigurations", "front", inner), **spread}],
            "backendAddressPools": [
                _named(root, "backendAddressPools", "pool", {"provisioningState": "Succeeded", "backendIPConfigurations": members})
            ],
            "loadBalancingRules": [_named(root, "loadBalancingRules", "https", _balancing(root, pool))],
            "probes": [_named(root, "probes", "health", PROBE)],
            "inboundNatRules": [],
            "outboundRules": [],
        },
        load=load,
        sku={"name": "Standard", "tier": "Regional"},
    )


PROBE: Body = {"protocol": "Tcp", "port": 8443, "intervalInSeconds": 5, "numberOfProbes": 2}


def _named(root: str, field: str, name: str, properties: Body) -> Body:
    return {"name": name, "id": f"{root}/{field}/{name}", "properties": properties}


def _balancing(root: str, pool: str) -> Body:
    return {
        "frontendIPConfiguration": {"id": f"{root}/frontendIPConfigurations/front"},
        "backendAddressPool": {"id": pool},
        "protocol": "Tcp",
        "frontendPort": 443,
        "backendPort": 8443,
        "idleTimeoutInMinutes": 4,
        "enableTcpReset": True,
        "probe": {"id": f"{root}/probes/health"},
    }


def gate(site: Site, name: str, front: Record, subnet: Record, cards: list[Record], policy: Record | None) -> Record:
    """An application gateway that speaks TLS and sends plain http there."""
    root = site.id(f"Microsoft.Network/applicationGateways/{name}")
    ends = [{"ipAddress": card.properties["ipConfigurations"][0]["properties"]["privateIPAddress"]} for card in cards]
    listeners = [_listener(root, "https", 443, "Https"), _listener(root, "http", 80, "Http")]
    redirect = {"redirectType": "Permanent", "targetListener": {"id": f"{root}/httpListeners/https"}}
    return site.put(
        f"Microsoft.Network/applicationGateways/{name}",
        {
            "sku": {"name": "WAF_v2", "tier": "WAF_v2", "family": "Generation_1"},
            "operationalState": "Running",
            "autoscaleConfiguration": {"minCapacity": 1, "maxCapacity": 4},
            "sslPolicy": {"policyType": "Predefined", "policyName": "AppGwSslPolicy20220101"},
            "gatewayIPConfigurations": [_named(root, "gatewayIPConfigurations", "gateway", {"subnet": {"id": subnet.body["id"]}})],
            "sslCertificates": [_named(root, "sslCertificates", "site", {})],
            "frontendIPConfigurations": [
                _named(root, "frontendIPConfigurations", "front", {"publicIPAddress": {"id": front.body["id"]}})
            ],
            "frontendPorts": [_named(root, "frontendPorts", f"port-{port}", {"port": port}) for port in (80, 443)],
            "backendAddressPools": [_named(root, "backendAddressPools", "pool", {"backendAddresses": ends})],
            "backendHttpSettingsCollection": [
                _named(root, "backendHttpSettingsCollection", "http", {"port": 8080, "protocol": "Http"})
            ],
            "httpListeners": listeners,
            "redirectConfigurations": [_named(root, "redirectConfigurations", "to-https", redirect)],
            "requestRoutingRules": _routing(root),
            **({"firewallPolicy": {"id": policy.body["id"]}} if policy else {}),
        },
        zones=["1", "2", "3"],
    )


def _listener(root: str, name: str, port: int, protocol: str) -> Body:
    body: Body = {
        "frontendIPConfiguration": {"id": f"{root}/frontendIPConfigurations/front"},
        "frontendPort": {"id": f"{root}/frontendPorts/port-{port}"},
        "protocol": protocol,
        "requireServerNameIndication": False,
    }
    if protocol == "Https":
        body["sslCertificate"] = {"id": f"{root}/sslCertificates/site"}
    return _named(root, "httpListeners", name, body)


def _routing(root: str) -> list[Body]:
    """Https goes to the pool, http to https."""
    send = {
        "ruleType": "Basic",
        "priority": 100,
        "httpListener": {"id": f"{root}/httpListeners/https"},
        "backendAddressPool": {"id": f"{root}/backendAddressPools/pool"},
        "backendHttpSettings": {"id": f"{root}/backendHttpSettingsCollection/http"},
    }
    turn = {
        "ruleType": "Basic",
        "priority": 110,
        "httpListener": {"id": f"{root}/httpListeners/http"},
        "redirectConfiguration": {"id": f"{root}/redirectConfigurations/to-https"},
    }
    return [_named(root, "requestRoutingRules", "send", send), _named(root, "requestRoutingRules", "turn", turn)]


def flow_logs(site: Site, watcher: Record, of: Record, account: Record) -> Record:
    """Flow logs of a whole network, kept in a storage account."""
    return site.town.store.put(
        f"{watcher.body['id']}/flowLogs/{of.body['name']}-flow",
        {
            "location": of.body["location"],
            "properties": {
                "provisioningState": "Succeeded",
                "targetResourceId": of.body["id"],
                "storageId": account.body["id"],
                "enabled": True,
                "retentionPolicy": {"days": 90, "enabled": True},
                "format": {"type": "JSON", "version": 2},
            },
        },
    )
