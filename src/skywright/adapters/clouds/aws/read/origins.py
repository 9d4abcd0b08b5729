"""The domain of a distribution's origin -> the bucket or balancer behind it."""

import re

from skywright.adapters.clouds.aws.read.base import Reading
from skywright.adapters.clouds.aws.read.s3 import bucket_id
from skywright.adapters.clouds.kit import translate as tr
from skywright.model.errors import SkywrightError
from skywright.model.kinds.network import Balancer, Distribution

_BUCKET = re.compile(r"(?P<name>[a-z0-9][a-z0-9.-]+)\.s3(?:-website)?(?:[.-][a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?")
_BALANCER = re.compile(
    r".+\.(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)\.elb\.amazonaws\.com(?:\.cn)?|.+\.elb\.(?P<of_network>[a-z0-9-]+)\.amazonaws\.com"
)


def bucket_name(domain: str) -> str | None:
    """``shop.s3.eu-west-1.amazonaws.com`` (or a website's ``shop.s3-website-eu-west-1.amazonaws.com``) -> ``shop``."""
    match = _BUCKET.fullmatch(domain)
    return match["name"] if match else None


def balancer_region(domain: str) -> str | None:
    """``web-1.eu-west-1.elb.amazonaws.com`` (a network balancer: ``web-1.elb.eu-west-1.amazonaws.com``) -> ``eu-west-1``."""
    match = _BALANCER.fullmatch(domain)
    return (match["region"] or match["of_network"]) if match else None


def origin_target(domain: str, reading: Reading) -> str | None:
    """The id of what an origin's domain leads to, if that is a bucket or balancer of this account."""
    if name := bucket_name(domain):
        return bucket_id(reading, name, Distribution.KIND)
    if region := balancer_region(domain):
        return _balancers(reading, region).get(domain)
    return None


def _balancers(reading: Reading, region: str) -> dict[str, str]:
    """Domain -> id of the region's balancers; without the relation, where they cannot be listed."""

    def ask() -> dict[str, str]:
        listed = reading.pages("describe_load_balancers", "LoadBalancers", service="elbv2", region=region)
        return {
            tr.said(raw, "DNSName").lower(): reading.id(Balancer.KIND, tr.said(raw, "LoadBalancerArn"), region)
            for raw in listed
            if tr.text(raw, "LoadBalancerArn")
        }

    try:
        return reading.shared(f"balancers by domain {region}", ask)
    except SkywrightError as error:
        reading.partial(Distribution.KIND, error)
        return {}
