"""A case for each action on trails, recorders, logs and alarms."""

from collections.abc import Callable
from typing import Any

from tests.adapters.clouds.aws.write._harness import ACCOUNT, REGION, Case, World
from tests.adapters.clouds.aws.write._parts import FIRST_TAGS, tag_case


def trail(world: World) -> Any:
    world.aws("s3").create_bucket(Bucket="trails", CreateBucketConfiguration={"LocationConstraint": REGION})
    cloudtrail = world.aws("cloudtrail")
    cloudtrail.create_trail(Name="main", S3BucketName="trails")
    return cloudtrail


def trail_logging(world: World) -> Case:
    cloudtrail = trail(world)
    see = lambda: {"logging": cloudtrail.get_trail_status(Name="main")["IsLogging"]}  # noqa: E731
    return Case(kind="audit.trail", native_id="main", before={"logging": False}, after={"logging": True}, see=see)


def trail_reach(world: World) -> Case:
    cloudtrail = trail(world)

    def see() -> dict[str, Any]:
        found = cloudtrail.get_trail(Name="main")["Trail"]
        return {
            "multi_region": found["IsMultiRegionTrail"],
            "log_validation": found["LogFileValidationEnabled"],
            "global_events": found["IncludeGlobalServiceEvents"],
        }

    before, after = {"multi_region": False, "log_validation": False}, {"multi_region": True, "log_validation": True}
    return Case(kind="audit.trail", native_id="main", before=before, after=after, see=see)


def recorder(world: World) -> Case:
    config = world.aws("config")
    role = f"arn:aws:iam::{ACCOUNT}:role/config"
    config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": role})
    config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": "config"})

    def see() -> dict[str, Any]:
        return {"recording": config.describe_configuration_recorder_status()["ConfigurationRecordersStatus"][0]["recording"]}

    before, after = {"recording": False}, {"recording": True}
    return Case(kind="audit.recorder", native_id="default", before=before, after=after, see=see)


def log_group(world: World) -> Any:
    logs = world.aws("logs")
    logs.create_log_group(logGroupName="/app/web", tags=FIRST_TAGS)
    logs.create_log_group(logGroupName="/app/web-2")
    return logs


def retention(world: World) -> Case:
    logs = log_group(world)

    def see() -> dict[str, Any]:
        found = logs.describe_log_groups(logGroupNamePrefix="/app/web")["logGroups"]
        return {group["logGroupName"]: group.get("retentionInDays") for group in found}

    return Case(
        kind="log.group",
        native_id="/app/web",
        before={"retention_days": None, "keeps_forever": True},
        after={"retention_days": 90, "keeps_forever": False},
        see=see,
        wanted={"/app/web": 90, "/app/web-2": None},
    )


def log_tags(world: World) -> Case:
    logs = log_group(world)
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/app/web"
    return tag_case("log.group", "/app/web", lambda: logs.list_tags_for_resource(resourceArn=arn)["tags"])


def alarm(world: World) -> Case:
    watch = world.aws("cloudwatch")
    watch.put_metric_alarm(
        AlarmName="cpu",
        Namespace="AWS/EC2",
        MetricName="CPUUtilization",
        Statistic="Average",
        Period=300,
        EvaluationPeriods=1,
        Threshold=90,
        ComparisonOperator="GreaterThanThreshold",
        ActionsEnabled=False,
    )
    see = lambda: {"actions_enabled": watch.describe_alarms(AlarmNames=["cpu"])["MetricAlarms"][0]["ActionsEnabled"]}  # noqa: E731
    before, after = {"actions_enabled": False}, {"actions_enabled": True}
    return Case(kind="monitor.alarm", native_id="cpu", before=before, after=after, see=see)


CASES: dict[str, Callable[[World], Case]] = {
    "switch a trail on": trail_logging,
    "have a trail cover every region, and its files validated": trail_reach,
    "switch a configuration recorder on": recorder,
    "let a log group forget after some days": retention,
    "change the tags of log.group": log_tags,
    "switch an alarm's actions on": alarm,
}
