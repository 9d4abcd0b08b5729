"""Networks, what guards them and what leads into them."""

from datetime import datetime

import msgspec

from skywright.model.kinds.base import Resource


class Vpc(Resource, frozen=True, kw_only=True):
    """A private network."""

    KIND = "network.vpc"
    cidr: str | None = None
    cidrs: list[str] | None = None
    is_default: bool | None = None
    closed: bool | None = None  # a card that carries no firewall takes nothing; false: it takes everything from inside
    external: bool | None = None  # a network that leads out (OpenStack: router:external)
    shared: bool | None = None
    flow_logs: bool | None = None
    flow_log_bucket: str | None = None  # the native name of the bucket that they go to; "" when they go elsewhere


class Subnet(Resource, frozen=True, kw_only=True):
    """A part of a private network, in one zone."""

    KIND = "network.subnet"
    vpc: str | None = None
    cidr: str | None = None
    zone: str | None = None
    free_addresses: int | None = None
    firewalls: list[str] | None = None  # those around the whole subnet
    flow_logs: bool | None = None
    private_access: bool | None = None  # the provider's services are reached without a public address
    route_table: str | None = None
    public: bool | None = None  # a network of the provider's from which public addresses come
    auto_public_ip: bool | None = None


class Route(msgspec.Struct, frozen=True):
    """One way out: traffic for ``cidr`` goes to ``target`` (a resource id, or a native name)."""

    cidr: str | None = None
    target: str | None = None
    state: str | None = None
    priority: int | None = None  # of several for the same network the lowest is taken


class RouteTable(Resource, frozen=True, kw_only=True):
    """Where traffic of some subnets goes."""

    KIND = "network.route"
    vpc: str | None = None
    main: bool | None = None
    subnets: list[str] | None = None
    routes: list[Route] | None = None
    target_tags: list[str] | None = None  # it holds for instances of its network with one of these only


class Gateway(Resource, frozen=True, kw_only=True):
    """A way out of a private network. ``type``: internet, nat, egress-only, vpn, transit."""

    KIND = "network.gateway"
    type: str | None = None
    vpc: str | None = None
    subnet: str | None = None
    attached: bool | None = None
    public_ip: str | None = None
    subnets: list[str] | None = None
    logging: bool | None = None
    source_nat: bool | None = None


class Endpoint(Resource, frozen=True, kw_only=True):
    """A private door to a provider's service."""

    KIND = "network.endpoint"
    type: str | None = None
    vpc: str | None = None
    service: str | None = None
    policy_open: bool | None = None


class Peering(Resource, frozen=True, kw_only=True):
    """A link between two private networks."""

    KIND = "network.peering"
    vpc: str | None = None
    peer_vpc: str | None = None
    peer_account: str | None = None
    forwards: bool | None = None  # lets traffic from elsewhere through


class Interface(Resource, frozen=True, kw_only=True):
    """A network card. ``state``: available (attached to nothing), in-use."""

    KIND = "network.interface"
    type: str | None = None
    vpc: str | None = None
    subnet: str | None = None
    private_ip: str | None = None
    public_ip: str | None = None
    firewalls: list[str] | None = None
    attached_to: str | None = None
    attached: bool | None = None
    source_check: bool | None = None


class Address(Resource, frozen=True, kw_only=True):
    """A public address that is kept (AWS: elastic IP)."""

    KIND = "network.address"
    public_ip: str | None = None
    needs_firewall: bool | None = None  # lets nothing in where no firewall says so (Azure: the Standard SKU)
    attached: bool | None = None
    attached_to: str | None = None
    interface: str | None = None  # the card that has it
    network: str | None = None  # the network that it comes from


class FirewallRule(msgspec.Struct, frozen=True):
    """One opening. ``cidr`` or ``peer`` (a firewall's id, or a prefix list) says who; ports None means all ports."""

    direction: str  # ingress or egress
    protocol: str  # tcp, udp, icmp, ..., or all
    from_port: int | None = None
    to_port: int | None = None
    cidr: str | None = None
    peer: str | None = None
    description: str | None = None
    priority: int | None = None  # the lowest is tried first, where the firewall tries in order
    from_ports: str | None = None  # source ports, as the provider spells them; None: any
    own_cidr: str | None = None  # only these addresses of what it guards; None: all of them
    ip_version: int | None = None  # 4 or 6, where the rule says so and its cidr does not


class Firewall(Resource, frozen=True, kw_only=True):
    """A stateful set of openings for network cards (AWS, OpenStack: security group; Azure: network security group; Google Cloud:
    firewall rule).

    ``rules`` are the openings that this firewall itself does not take back; ``denials`` what it refuses. ``evaluation`` says how
    several firewalls of one card work together: ``union`` (any opening of any of them lets in), ``each`` (every one must let in,
    the first match by priority decides in each), ``pool`` (all lines of all of them in one order of priority, of equal ones the
    denial first; what none matches is refused on its way in and let out on its way out).
    """

    KIND = "network.firewall"
    vpc: str | None = None
    is_default: bool | None = None
    description: str | None = None
    rules: list[FirewallRule] | None = None
    denials: list[FirewallRule] | None = None  # None as well where the provider has none
    evaluation: str | None = None  # union, each, pool; None: union
    enabled: bool | None = None
    applies_to: list[str] | None = None  # subnets, cards or instances that carry it, where it says so itself
    target_tags: list[str] | None = None  # it applies to instances of its network with one of these; empty: to all of them
    logging: bool | None = None
    used_by: int | None = None  # network cards that carry it
    stateful: bool | None = None  # None: it is


class AclRule(msgspec.Struct, frozen=True):
    """One line of a stateless filter, tried in order of ``number``."""

    number: int
    direction: str
    allow: bool
    protocol: str
    from_port: int | None = None
    to_port: int | None = None
    cidr: str | None = None


class Acl(Resource, frozen=True, kw_only=True):
    """A stateless filter around subnets."""

    KIND = "network.acl"
    vpc: str | None = None
    is_default: bool | None = None
    subnets: list[str] | None = None
    rules: list[AclRule] | None = None


class Listener(msgspec.Struct, frozen=True):
    """A port that a balancer answers on."""

    port: int | None = None
    protocol: str | None = None
    tls_policy: str | None = None
    certificate: str | None = None
    redirects_to_tls: bool | None = None


class Balancer(Resource, frozen=True, kw_only=True):
    """A load balancer. ``type``: application, network, gateway, classic."""

    KIND = "network.balancer"
    type: str | None = None
    public: bool | None = None
    dns_name: str | None = None
    vpc: str | None = None
    zones: list[str] | None = None
    firewalls: list[str] | None = None
    listeners: list[Listener] | None = None
    access_logging: bool | None = None
    log_bucket: str | None = None  # the native name of the bucket that the access logs go to
    deletion_protected: bool | None = None
    drops_invalid_headers: bool | None = None
    idle_timeout_s: int | None = None
    cross_zone: bool | None = None
    targets: int | None = None  # registered targets over all its target groups
    healthy_targets: int | None = None
    web_acl: bool | None = None
    public_ips: list[str] | None = None
    private_ips: list[str] | None = None
    subnets: list[str] | None = None
    source_ranges: list[str] | None = None  # who may connect, where it says so itself
    calls_from: list[str] | None = None  # the networks from which it calls what is behind it, where not from its own addresses
    target_groups: list[str] | None = None


class TargetGroup(Resource, frozen=True, kw_only=True):
    """A set of targets behind a balancer."""

    KIND = "network.targets"
    vpc: str | None = None
    balancers: list[str] | None = None
    protocol: str | None = None
    port: int | None = None
    targets: list[str] | None = None
    healthy: int | None = None
    unhealthy: int | None = None
    health_check_path: str | None = None


class Zone(Resource, frozen=True, kw_only=True):
    """A DNS zone."""

    KIND = "dns.zone"
    private: bool | None = None
    records: int | None = None
    query_logging: bool | None = None
    dnssec: bool | None = None


class Distribution(Resource, frozen=True, kw_only=True):
    """A content delivery network in front of origins."""

    KIND = "cdn.distribution"
    enabled: bool | None = None
    domain: str | None = None
    origins: list[str] | None = None
    viewer_protocol: str | None = None  # allow-all, redirect-to-https, https-only
    tls_minimum: str | None = None
    default_certificate: bool | None = None
    access_logging: bool | None = None
    web_acl: bool | None = None
    default_root_object: bool | None = None
    origin_tls: bool | None = None
    price_class: str | None = None
    modified_at: datetime | None = None


NETWORK = (
    Vpc,
    Subnet,
    RouteTable,
    Gateway,
    Endpoint,
    Peering,
    Interface,
    Address,
    Firewall,
    Acl,
    Balancer,
    TargetGroup,
    Zone,
    Distribution,
)
