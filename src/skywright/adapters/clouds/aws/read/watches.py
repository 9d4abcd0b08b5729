"""An alarm's metric -> the resource that it watches."""

from typing import Any

from skywright.adapters.clouds.aws.read.place import Place, partition_of
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.place import GLOBAL

# namespace -> (dimension that names the resource, kind); the first that fits
_WATCHED: dict[str, tuple[str, str]] = {
    "AWS/EC2": ("InstanceId", "compute.instance"),
    "CWAgent": ("InstanceId", "compute.instance"),
    "AWS/EBS": ("VolumeId", "storage.volume"),
    "AWS/RDS": ("DBInstanceIdentifier", "database.instance"),
    "AWS/ElastiCache": ("CacheClusterId", "database.cache"),
    "AWS/DynamoDB": ("TableName", "database.table"),
    "AWS/Lambda": ("FunctionName", "function.function"),
    "AWS/SQS": ("QueueName", "messaging.queue"),
    "AWS/Kinesis": ("StreamName", "messaging.stream"),
    "AWS/NATGateway": ("NatGatewayId", "network.gateway"),
    "AWS/EFS": ("FileSystemId", "storage.filesystem"),
    "AWS/Redshift": ("ClusterIdentifier", "database.warehouse"),
    "AWS/Logs": ("LogGroupName", "log.group"),
    "AWS/S3": ("BucketName", "storage.bucket"),
    "AWS/AutoScaling": ("AutoScalingGroupName", "compute.group"),
    "AWS/ELB": ("LoadBalancerName", "network.balancer"),
}
_BALANCERS = frozenset({"AWS/ApplicationELB", "AWS/NetworkELB", "AWS/GatewayELB"})


def watched(namespace: str, dimensions: list[Any], place: Place) -> str | None:
    """Namespace and dimensions of a metric -> the id of its resource, in the alarm's own region; None when they name none."""
    named = {tr.said(one, "Name"): tr.said(one, "Value") for one in dimensions}
    if namespace in _BALANCERS:
        return _balancer(named.get("LoadBalancer"), place)
    if namespace == "AWS/ECS":
        return _service(named, place)
    if namespace == "AWS/CloudFront":
        return Place(place.account, GLOBAL).ref("cdn.distribution", named.get("DistributionId"))
    if namespace not in _WATCHED:
        return None
    dimension, kind = _WATCHED[namespace]
    return place.ref(kind, named.get(dimension)) or None


def _balancer(path: str | None, place: Place) -> str | None:
    """``app/shop/50dc6c495c0c9188`` is the end of the balancer's ARN, which is its native id."""
    if not path:
        return None
    arn = f"arn:{partition_of(place.region)}:elasticloadbalancing:{place.region}:{place.account}:loadbalancer/{path}"
    return place.id("network.balancer", arn)


def _service(named: dict[str, str], place: Place) -> str | None:
    cluster, service = named.get("ClusterName"), named.get("ServiceName")
    if cluster and service:
        return place.id("container.service", f"{cluster}/{service}")
    return place.ref("container.cluster", cluster) or None
