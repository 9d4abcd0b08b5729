"""The company settles: accounts first, then each site's ground, then applications, then what went wrong over the years."""

import msgspec

from skywright.lab.aws.seed import compute, data, edge, faults, identity, metrics, network, twins
from skywright.lab.aws.seed.application import Application, move_in
from skywright.lab.aws.seed.compute import Ground
from skywright.lab.aws.seed.town import REGIONS, Site, Town

NAMES = (
    ("checkout", "payments"),
    ("catalogue", "search"),
    ("accounts", "platform"),
    ("ledger", "payments"),
    ("ranking", "search"),
    ("gateway", "platform"),
    ("invoices", "payments"),
    ("suggest", "search"),
    ("mailer", "platform"),
    ("refunds", "payments"),
    ("crawler", "search"),
    ("sessions", "platform"),
)
"""(application, owning team), in the order in which they are given out; later rounds carry a number."""


class Home(msgspec.Struct, frozen=True):
    """An account's shared things."""

    site: Site
    log_bucket: str


def settle(town: Town) -> None:
    """Everything, in an order in which each thing finds what it needs."""
    network.clear_defaults(town)
    identity.organization(town)
    homes = {site.account.id: _home(site) for site in town.homes()}
    _watch(town, homes)
    grounds = [(site, _ground(site, number, homes[site.account.id])) for number, site in enumerate(town.sites)]
    applications = tuple(_applications(grounds))
    faults.plant(applications)
    twins.plant(applications)


def _home(site: Site) -> Home:
    """What an account has once."""
    identity.doors(site)
    identity.machine_role(site)
    identity.people(site)
    identity.house_rules(site)
    identity.budget(site)
    bucket = data.log_bucket(site)
    key = identity.encryption_key(site, "account", "platform")
    identity.trail(site, bucket, key)
    identity.backups(site, key)
    return Home(site, bucket)


def _watch(town: Town, homes: dict[str, Home]) -> None:
    """What every region of every account has, also the empty ones."""
    for account in town.accounts:
        for region in REGIONS:
            site = Site(town, account, region, 0)
            identity.recorder(site, homes[account.id].log_bucket)
            identity.region_defaults(town, account, region)


def _ground(site: Site, number: int, home: Home) -> Ground:
    """What a site's applications share."""
    at_home = site.region == home.site.region
    bucket = home.log_bucket if at_home else data.log_bucket(site)
    built = network.build(site, number, bucket)
    key = identity.encryption_key(site, "estate", "platform")
    domain = f"{site.region}.{site.account.name}.example.com"
    certificate = identity.certificate(site, domain, "platform", site.town.ago(-200))
    ground = Ground(built, compute.golden_image(site), key, certificate, bucket)
    data.subnet_group(site, ground)
    for gateway in site.call("ec2", "describe_nat_gateways")["NatGateways"]:
        metrics.nat(site, gateway["NatGatewayId"])
    if at_home:
        _single_pieces(site, ground)
    return ground


def _single_pieces(site: Site, ground: Ground) -> None:
    """One of each, in an account's first region."""
    name = site.account.name
    edge.dns(site, f"{name}.example.com")
    assets = data.bucket(site, f"{name}-assets-{site.account.id}", "platform", ground.log_bucket)
    edge.distribution(site, assets, ground.log_bucket)
    edge.stream(site, f"{name}-events", "platform")
    edge.stack(site, f"{name}-alerts", "platform")
    if site.account.environment == "production":
        edge.warehouse(site, ground, f"{name}-warehouse", "search")
        compute.kubernetes(site, ground, f"{name}-k8s", "platform")


def _applications(grounds: list[tuple[Site, Ground]]) -> list[Application]:
    return [
        move_in(site, ground, *_named(number), number)
        for site, ground in grounds
        for number in range(site.applications)
    ]  # fmt: skip


def _named(number: int) -> tuple[str, str]:
    name, owner = NAMES[number % len(NAMES)]
    round_ = number // len(NAMES)
    return (f"{name}-{round_ + 1}" if round_ else name, owner)
