"""The estate: an organisation with three projects in two regions, in order but for the faults that were planted."""

from typing import Any

from skywright.lab.gcp.seed import faults, large, platform
from skywright.lab.gcp.seed.site import Site
from skywright.lab.gcp.seed.town import PROJECTS, REGIONS, Town, lay
from skywright.lab.gcp.world import World

ESTATES = ("empty", "small", "default", "large")


def build(world: World, estate: str, size: int = 0) -> Town:
    """Fill a world. Raises ValueError for an estate that there is none of."""
    if estate not in ESTATES:
        raise ValueError(f"{estate!r} is none of {', '.join(ESTATES)}")
    projects = PROJECTS[:1] if estate in ("empty", "small") else PROJECTS
    town = Town(world, projects)
    lay(town)
    if estate == "empty":
        return town
    sites = [Site(town, project.id, region) for project in projects for region in REGIONS]
    if estate == "small":
        _small(sites[0])
        _shared(town)
        return town
    for site in sites:
        _healthy(site)
    _spoil(sites)
    _shared(town)
    if estate == "large":
        large.fill(sites, size - world.store.count())
    return town


def _small(site: Site) -> None:
    platform.ground(site)
    site.instance("web", load=0.5)
    for fault in faults.SMALL:
        fault(site)


def _healthy(site: Site) -> None:
    """What a team runs in one region: all in order."""
    platform.ground(site)
    name = f"shop-{site.region}"
    platform.balancer(site, name, platform.group(site, name, 2))
    site.instance("worker-1", "n2-standard-4", site.zones[0], load=0.6)
    site.instance("worker-2", "n2-standard-4", site.zones[1], load=0.5)
    site.database(f"orders-{site.region}")
    site.bucket(f"{site.project}-{site.region}-assets")
    platform.topic(site, f"orders-{site.region}")
    platform.service(site, f"api-{site.region}")
    platform.function(site, f"resize-{site.region}")
    platform.repository(site, "images")
    platform.secret(site, f"database-{site.region}")
    platform.cache(site, "catalogue")
    platform.zone(site, f"shop-{site.region}")
    platform.dataset(site, f"sales_{site.region.replace('-', '_')}")
    if site.project.endswith("production"):
        platform.cluster(site, f"main-{site.region}")


def _spoil(sites: list[Site]) -> None:
    """Every fault once, dealt out over the sites in turn; then some once more, so that most sites have some of each sort."""
    for place, fault in enumerate(faults.ALL):
        fault(sites[place % len(sites)])
    for place, fault in enumerate(faults.ALL[::4]):
        fault(sites[(place * 4 + 3) % len(sites)])


def _shared(town: Town) -> None:
    """What belongs to the whole: an alert that reaches somebody, a dead-letter topic, a budget."""
    for project in town.ground:
        platform.topic(Site(town, project.id, REGIONS[0]), "dead", subscribed=False)
        condition: dict[str, Any] = {
            "displayName": "CPU is high",
            "conditionThreshold": {
                "filter": 'metric.type="compute.googleapis.com/instance/cpu/utilization" AND resource.type="gce_instance"',
                "comparison": "COMPARISON_GT",
                "thresholdValue": 0.9,
                "duration": "300s",
            },
        }
        channel = f"projects/{project.id}/notificationChannels/1"
        policy: dict[str, Any] = {
            "displayName": "CPU is high",
            "combiner": "OR",
            "enabled": True,
            "conditions": [condition],
            "notificationChannels": [channel],
        }
        town.put(f"monitoring/projects/{project.id}/alertPolicies/{700 + int(project.number[-1])}", policy)
        budget: dict[str, Any] = {
            "displayName": f"{project.id} a month",
            "amount": {"specifiedAmount": {"currencyCode": "EUR", "units": "4000"}},
        }
        budget |= {"budgetFilter": {"projects": [f"projects/{project.number}"], "calendarPeriod": "MONTH"}}
        budget |= {"thresholdRules": [{"thresholdPercent": 0.9, "spendBasis": "CURRENT_SPEND"}]}
        budget |= {"notificationsRule": {"pubsubTopic": f"projects/{project.id}/topics/dead"}}
        town.put(f"billingbudgets/billingAccounts/0X0X0X-0X0X0X-0X0X0X/budgets/{project.number}", budget)
    account: dict[str, Any] = {"displayName": "The lab's account", "open": True, "currencyCode": "EUR"}
    town.put("cloudbilling/billingAccounts/0X0X0X-0X0X0X-0X0X0X", account)
