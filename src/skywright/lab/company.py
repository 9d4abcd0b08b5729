"""A small company to write a bill of where no estate was gathered: three clouds, four teams, and some things that nobody tagged.

Machines cost about what their lists said in 2026; the company and all its names are made up.
"""

from collections.abc import Iterator
from decimal import Decimal

from skywright.lab.bill import Cost

TEAMS = {"shop": "cc-100", "search": "cc-200", "data": "cc-300", "platform": "cc-900"}
"""Team -> the cost centre that pays for it."""

AWS, AWS_TEST = ("aws", "111122223333", "us-east-1"), ("aws", "444455556666", "eu-west-1")
GOOGLE, AZURE = ("gcp", "shop-analytics", "europe-west1"), ("azure", "00000000-0000-0000-0000-000000000042", "westeurope")

_ESTATE = (
    # where, kind, type, how many, each a month, name, team (nobody: no tag), environment
    (AWS, "compute.instance", "m5.xlarge", 6, "140.16", "web", "shop", "production"),
    (AWS, "compute.instance", "c5.2xlarge", 3, "248.20", "search", "search", "production"),
    (AWS, "compute.instance", "r5.xlarge", 2, "183.96", "cache", "shop", "production"),
    (AWS, "compute.instance", "m5.large", 1, "70.08", "build", None, None),
    (AWS, "database.instance", None, 2, "310.00", "orders", "shop", "production"),
    (AWS, "storage.volume", None, 11, "40.00", "vol", "shop", "production"),
    (AWS, "storage.bucket", None, 2, "220.00", "archive", "data", "production"),
    (AWS, "network.gateway", None, 1, "130.00", "nat", "platform", "production"),
    (AWS, "network.balancer", None, 1, "45.00", "front", "shop", "production"),
    (AWS, "log.group", None, 3, "28.00", "logs", None, None),
    (AWS_TEST, "compute.instance", "m5.large", 4, "78.11", "test", "shop", "test"),
    (AWS_TEST, "compute.instance", "m5.4xlarge", 1, "624.88", "load-test", None, None),
    (AWS_TEST, "database.instance", None, 1, "95.00", "orders-test", "shop", "test"),
    (GOOGLE, "compute.instance", "n2-standard-4", 4, "156.00", "spark", "data", "production"),
    (GOOGLE, "storage.bucket", None, 2, "310.00", "lake", "data", "production"),
    (GOOGLE, "kubernetes.cluster", None, 1, "73.00", "analytics", "platform", "production"),
    (AZURE, "compute.instance", "Standard_D4s_v5", 3, "168.00", "office", "platform", "production"),
    (AZURE, "storage.volume", None, 3, "19.00", "disk", "platform", "production"),
)  # fmt: skip


def company() -> list[Cost]:
    """Everything that the company pays for, by the month."""
    return [one for line in _ESTATE for one in _lines(*line)]


def _lines(
    where: tuple[str, str, str],
    kind: str,
    machine: str | None,
    count: int,
    each: str,
    name: str,
    team: str | None,
    stage: str | None,
) -> Iterator[Cost]:
    cloud, account, region = where
    tags = {"team": team, "cost_center": TEAMS[team], "environment": stage or ""} if team else None
    for number in range(1, count + 1):
        native = f"{name}-{number}" if count > 1 else name
        yield Cost(
            resource=f"{cloud}:{account}:{region}:{kind}/{native}", native_id=native, cloud=cloud, account=account, region=region,
            kind=kind, name=native, type=machine, tags=tags, monthly=Decimal(each), currency="USD",
        )  # fmt: skip
