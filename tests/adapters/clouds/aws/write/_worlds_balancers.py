"""A case for each action on load balancers."""

import json
from collections.abc import Callable
from typing import Any

from tests.adapters.clouds.aws.write._ec2 import network
from tests.adapters.clouds.aws.write._harness import ACCOUNT, REGION, Case, World
from tests.adapters.clouds.aws.write._parts import FIRST_TAGS, listed, tag_case


def balancer(world: World) -> str:
    vpc, subnet = network(world)
    other = world.aws("ec2").create_subnet(VpcId=vpc, CidrBlock="10.0.2.0/24", AvailabilityZone=f"{REGION}b")["Subnet"]["SubnetId"]
    spec = {"Name": "front", "Subnets": [subnet, other], "Scheme": "internal", "Tags": listed(FIRST_TAGS)}
    return world.aws("elbv2").create_load_balancer(**spec)["LoadBalancers"][0]["LoadBalancerArn"]


def balancer_attribute(column: str, attribute: str, before: Any, after: Any) -> Callable[[World], Case]:
    def build(world: World) -> Case:
        arn = balancer(world)
        elb = world.aws("elbv2")
        spelled = {before: json.dumps(before), after: json.dumps(after)}
        elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[{"Key": attribute, "Value": spelled[before]}])

        def see() -> dict[str, Any]:
            found = elb.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
            value = {one["Key"]: one["Value"] for one in found}[attribute]
            return {column: next(typed for typed, text in spelled.items() if text == value)}

        return Case(kind="network.balancer", native_id=arn, before={column: before}, after={column: after}, see=see)

    return build


def balancer_logs(world: World) -> Case:
    arn = balancer(world)
    elb = world.aws("elbv2")
    s3 = world.aws("s3")
    s3.create_bucket(Bucket="lb-logs", CreateBucketConfiguration={"LocationConstraint": REGION})
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::156460612806:root"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::lb-logs/AWSLogs/{ACCOUNT}/*",
    }
    s3.put_bucket_policy(Bucket="lb-logs", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))

    def see() -> dict[str, Any]:
        found = {one["Key"]: one["Value"] for one in elb.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]}
        return {"access_logging": found.get("access_logs.s3.enabled") == "true"}

    return Case(
        kind="network.balancer",
        native_id=arn,
        before={"access_logging": False},
        after={"access_logging": True, "log_bucket": "lb-logs"},
        see=see,
        wanted={"access_logging": True},
    )


def balancer_gone(world: World) -> Case:
    arn = balancer(world)
    see = lambda: {"gone": not world.aws("elbv2").describe_load_balancers()["LoadBalancers"]}  # noqa: E731
    return Case(kind="network.balancer", native_id=arn, before={"type": "application"}, after=None, see=see)


def balancer_tags(world: World) -> Case:
    arn = balancer(world)

    def see() -> dict[str, str]:
        found = world.aws("elbv2").describe_tags(ResourceArns=[arn])["TagDescriptions"][0]["Tags"]
        return {tag["Key"]: tag["Value"] for tag in found}

    return tag_case("network.balancer", arn, see)


CASES: dict[str, Callable[[World], Case]] = {
    "drop invalid headers at a load balancer": balancer_attribute(
        "drops_invalid_headers", "routing.http.drop_invalid_header_fields.enabled", False, True
    ),
    "protect a load balancer against deletion": balancer_attribute(
        "deletion_protected", "deletion_protection.enabled", False, True
    ),
    "change a load balancer's idle timeout": balancer_attribute("idle_timeout_s", "idle_timeout.timeout_seconds", 60, 120),
    "spread a load balancer's traffic over zones": balancer_attribute(
        "cross_zone", "load_balancing.cross_zone.enabled", False, True
    ),
    "keep a load balancer's access logs in a bucket": balancer_logs,
    "delete a load balancer": balancer_gone,
    "change the tags of network.balancer": balancer_tags,
}
