"""Worlds for the actions on identities, keys, logs, trails, queues, functions, containers and load balancers."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

from tests.adapters.clouds.aws.write._harness import ACCOUNT, REGION, Case, World
from tests.adapters.clouds.aws.write._worlds_data import FIRST_TAGS, listed, tag_case
from tests.adapters.clouds.aws.write._worlds_ec2 import network

NOBODY = json.dumps({"Version": "2012-10-17", "Statement": []})


def access_key(world: World) -> Case:
    iam = world.aws("iam")
    iam.create_user(UserName="deploy")
    native_id = iam.create_access_key(UserName="deploy")["AccessKey"]["AccessKeyId"]
    return Case(
        kind="identity.key",
        native_id=native_id,
        region="global",
        before={"active": True, "state": "active"},
        after={"active": False, "state": "inactive"},
        see=lambda: {"status": iam.list_access_keys(UserName="deploy")["AccessKeyMetadata"][0]["Status"]},
        wanted={"status": "Inactive"},
    )


def _password_facts(world: World) -> dict[str, Any]:
    iam = world.aws("iam")
    try:
        found = iam.get_account_password_policy()["PasswordPolicy"]
    except iam.exceptions.NoSuchEntityException:
        return {"length": None}
    return {
        "length": found["MinimumPasswordLength"],
        "symbols": found["RequireSymbols"],
        "age": found.get("MaxPasswordAge") or None,
    }


def password_policy(world: World) -> Case:
    columns = ("require_uppercase", "require_lowercase", "require_numbers", "require_symbols")
    return Case(
        kind="identity.password_policy",
        native_id="default",
        region="global",
        before={"configured": False, "minimum_length": 0, "max_age_days": 0, **dict.fromkeys(columns, False)},
        after={"configured": True, "minimum_length": 14, "max_age_days": 90, **dict.fromkeys(columns, True)},
        see=lambda: _password_facts(world),
        wanted={"length": 14, "symbols": True, "age": 90},
    )


def password_length(world: World) -> Case:
    world.aws("iam").update_account_password_policy(MinimumPasswordLength=8, RequireSymbols=True, MaxPasswordAge=30)
    return Case(
        kind="identity.password_policy",
        native_id="default",
        region="global",
        before={"minimum_length": 8},
        after={"minimum_length": 14},
        see=lambda: _password_facts(world),
        wanted={"length": 14, "symbols": True, "age": 30},
    )


def password_length_first(world: World) -> Case:
    case = password_policy(world)
    case.before, case.after = {"minimum_length": 0}, {"minimum_length": 14}
    case.wanted = {"length": 14, "symbols": False, "age": None}
    return case


def key(world: World) -> str:
    tags = [{"TagKey": name, "TagValue": value} for name, value in FIRST_TAGS.items()]
    return world.aws("kms").create_key(Tags=tags)["KeyMetadata"]["KeyId"]


def key_rotation(world: World) -> Case:
    native_id = key(world)
    kms = world.aws("kms")
    return Case(
        kind="crypto.key",
        native_id=native_id,
        before={"rotation": False},
        after={"rotation": True},
        see=lambda: {"rotation": kms.get_key_rotation_status(KeyId=native_id)["KeyRotationEnabled"]},
    )


def _key_state(world: World, native_id: str) -> str:
    return world.aws("kms").describe_key(KeyId=native_id)["KeyMetadata"]["KeyState"]


def key_disabled(world: World) -> Case:
    native_id = key(world)
    return Case(
        kind="crypto.key",
        native_id=native_id,
        before={"state": "enabled"},
        after={"state": "disabled"},
        see=lambda: {"key": _key_state(world, native_id)},
        wanted={"key": "Disabled"},
    )


def key_gone(world: World) -> Case:
    native_id = key(world)
    return Case(
        kind="crypto.key",
        native_id=native_id,
        before={"state": "enabled"},
        after=None,
        see=lambda: {"key": _key_state(world, native_id)},
        wanted={"key": "PendingDeletion"},
    )


def key_gone_disabled(world: World) -> Case:
    case = key_gone(world)
    world.aws("kms").disable_key(KeyId=case.native_id)
    case.before = {"state": "disabled"}
    return case


def key_tags(world: World) -> Case:
    native_id = key(world)

    def see() -> dict[str, str]:
        return {tag["TagKey"]: tag["TagValue"] for tag in world.aws("kms").list_resource_tags(KeyId=native_id)["Tags"]}

    return tag_case("crypto.key", native_id, see)


def secret(world: World) -> str:
    spec = {"Name": "db/password", "SecretString": "not-a-secret", "Tags": listed(FIRST_TAGS)}
    return world.aws("secretsmanager").create_secret(**spec)["Name"]


def secret_gone(world: World) -> Case:
    native_id = secret(world)
    describe = world.aws("secretsmanager").describe_secret
    see = lambda: {"gone": "DeletedDate" in describe(SecretId=native_id)}  # noqa: E731
    return Case(kind="crypto.secret", native_id=native_id, before={}, after=None, see=see)


def secret_tags(world: World) -> Case:
    native_id = secret(world)
    describe = world.aws("secretsmanager").describe_secret
    see = lambda: {tag["Key"]: tag["Value"] for tag in describe(SecretId=native_id)["Tags"]}  # noqa: E731
    return tag_case("crypto.secret", native_id, see)


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


def queue(world: World) -> str:
    attributes = {"SqsManagedSseEnabled": "false", "MessageRetentionPeriod": "3600"}
    return world.aws("sqs").create_queue(QueueName="orders", Attributes=attributes, tags=FIRST_TAGS)["QueueUrl"]


def queue_encryption(world: World) -> Case:
    url = queue(world)

    def see() -> dict[str, Any]:
        found = world.aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["SqsManagedSseEnabled"])
        return {"encrypted": found["Attributes"]["SqsManagedSseEnabled"] == "true"}

    before, after = {"encrypted": False}, {"encrypted": True}
    return Case(kind="messaging.queue", native_id="orders", before=before, after=after, see=see)


def queue_retention(world: World) -> Case:
    url = queue(world)

    def see() -> dict[str, Any]:
        found = world.aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["MessageRetentionPeriod"])
        return {"retention_s": int(found["Attributes"]["MessageRetentionPeriod"])}

    before, after = {"retention_s": 3600}, {"retention_s": 345600}
    return Case(kind="messaging.queue", native_id="orders", before=before, after=after, see=see)


def queue_tags(world: World) -> Case:
    url = queue(world)
    return tag_case("messaging.queue", "orders", lambda: world.aws("sqs").list_queue_tags(QueueUrl=url).get("Tags", {}))


def topic(world: World) -> str:
    return world.aws("sns").create_topic(Name="alerts", Tags=listed(FIRST_TAGS))["TopicArn"]


def topic_encryption(world: World) -> Case:
    arn = topic(world)

    def see() -> dict[str, Any]:
        return {"encrypted": bool(world.aws("sns").get_topic_attributes(TopicArn=arn)["Attributes"].get("KmsMasterKeyId"))}

    before, after = {"encrypted": False}, {"encrypted": True}
    return Case(kind="messaging.topic", native_id="alerts", before=before, after=after, see=see)


def topic_tags(world: World) -> Case:
    arn = topic(world)

    def see() -> dict[str, str]:
        return {tag["Key"]: tag["Value"] for tag in world.aws("sns").list_tags_for_resource(ResourceArn=arn)["Tags"]}

    return tag_case("messaging.topic", "alerts", see)


def stream_encryption(world: World) -> Case:
    kinesis = world.aws("kinesis")
    kinesis.create_stream(StreamName="clicks", ShardCount=1)

    def see() -> dict[str, Any]:
        found = kinesis.describe_stream(StreamName="clicks")["StreamDescription"]
        return {"encrypted": found.get("EncryptionType", "NONE") == "KMS"}

    before, after = {"encrypted": False}, {"encrypted": True}
    return Case(kind="messaging.stream", native_id="clicks", before=before, after=after, see=see)


def function(world: World) -> Any:
    iam, functions = world.aws("iam"), world.aws("lambda")
    role = iam.create_role(RoleName="runner", AssumeRolePolicyDocument=NOBODY)["Role"]["Arn"]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("main.py", "def handler(event, context): return 1")
    functions.create_function(
        FunctionName="resize-images",
        Runtime="python3.9",
        Role=role,
        Handler="main.handler",
        Code={"ZipFile": archive.getvalue()},
        Tags=FIRST_TAGS,
        MemorySize=1024,
        Timeout=60,
    )
    return functions


def function_fields(columns: dict[str, str], before: dict[str, Any], after: dict[str, Any]) -> Callable[[World], Case]:
    def build(world: World) -> Case:
        functions = function(world)

        def see() -> dict[str, Any]:
            found = functions.get_function_configuration(FunctionName="resize-images")
            return {column: found.get(field) for column, field in columns.items()}

        return Case(kind="function.function", native_id="resize-images", before=before, after=after, see=see)

    return build


def tracing(world: World) -> Case:
    function(world)
    see = lambda: {"tracing": world.stand_ins.tracing == "Active"}  # noqa: E731
    before, after = {"tracing": False}, {"tracing": True}
    return Case(kind="function.function", native_id="resize-images", before=before, after=after, see=see)


def concurrency(world: World) -> Case:
    functions = function(world)

    def see() -> dict[str, Any]:
        found = functions.get_function_concurrency(FunctionName="resize-images")
        return {"reserved_concurrency": found.get("ReservedConcurrentExecutions")}

    before, after = {"reserved_concurrency": None}, {"reserved_concurrency": 5}
    return Case(kind="function.function", native_id="resize-images", before=before, after=after, see=see)


def concurrency_back(world: World) -> Case:
    case = concurrency(world)
    world.aws("lambda").put_function_concurrency(FunctionName="resize-images", ReservedConcurrentExecutions=5)
    case.before, case.after = {"reserved_concurrency": 5}, {"reserved_concurrency": None}
    return case


def function_tags(world: World) -> Case:
    functions = function(world)
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:resize-images"
    return tag_case("function.function", "resize-images", lambda: functions.list_tags(Resource=arn)["Tags"])


def insights(world: World) -> Case:
    ecs = world.aws("ecs")
    ecs.create_cluster(clusterName="web", settings=[{"name": "containerInsights", "value": "disabled"}])
    see = lambda: {"insights": world.stand_ins.container_insights == "enabled"}  # noqa: E731
    before, after = {"insights": False}, {"insights": True}
    return Case(kind="container.cluster", native_id="web", before=before, after=after, see=see)


def service(world: World) -> Case:
    ecs = world.aws("ecs")
    ecs.create_cluster(clusterName="web")
    container = {"name": "shop", "image": "shop:1", "memory": 128}
    ecs.register_task_definition(family="shop", containerDefinitions=[container])
    ecs.create_service(cluster="web", serviceName="shop", taskDefinition="shop", desiredCount=3)
    see = lambda: {"desired": ecs.describe_services(cluster="web", services=["shop"])["services"][0]["desiredCount"]}  # noqa: E731
    return Case(kind="container.service", native_id="web/shop", before={"desired": 3}, after={"desired": 1}, see=see)


def kubernetes(world: World) -> Any:
    _, subnet = network(world)
    eks = world.aws("eks")
    eks.create_cluster(
        name="platform",
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/eks",
        resourcesVpcConfig={
            "subnetIds": [subnet],
            "endpointPublicAccess": True,
            "endpointPrivateAccess": False,
            "publicAccessCidrs": ["203.0.113.0/24"],
        },
        logging={"clusterLogging": [{"types": ["audit"], "enabled": True}]},
        tags=FIRST_TAGS,
    )
    return eks


def endpoint(world: World) -> Case:
    eks = kubernetes(world)

    def see() -> dict[str, Any]:
        found = eks.describe_cluster(name="platform")["cluster"]["resourcesVpcConfig"]
        return {
            "endpoint_public": found["endpointPublicAccess"],
            "endpoint_private": found["endpointPrivateAccess"],
            "public_cidrs": found.get("publicAccessCidrs"),
        }

    before, after = {"endpoint_public": True, "endpoint_private": False}, {"endpoint_public": False, "endpoint_private": True}
    return Case(kind="kubernetes.cluster", native_id="platform", before=before, after=after, see=see)


def log_types(world: World) -> Case:
    eks = kubernetes(world)

    def see() -> dict[str, Any]:
        setups = eks.describe_cluster(name="platform")["cluster"]["logging"]["clusterLogging"]
        return {"log_types": sorted(name for setup in setups if setup["enabled"] for name in setup["types"])}

    before, after = {"log_types": ["audit"]}, {"log_types": ["api", "audit", "authenticator"]}
    return Case(kind="kubernetes.cluster", native_id="platform", before=before, after=after, see=see)


def kubernetes_tags(world: World) -> Case:
    eks = kubernetes(world)
    return tag_case("kubernetes.cluster", "platform", lambda: eks.describe_cluster(name="platform")["cluster"]["tags"])


def repository(column: str, see_it: Callable[[dict[str, Any]], bool]) -> Callable[[World], Case]:
    def build(world: World) -> Case:
        ecr = world.aws("ecr")
        ecr.create_repository(repositoryName="shop/web")
        return Case(
            kind="registry.repository",
            native_id="shop/web",
            before={column: False},
            after={column: True},
            see=lambda: {column: see_it(ecr.describe_repositories()["repositories"][0])},
        )

    return build


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
    "deactivate an access key": access_key,
    "set the rules for passwords": password_policy,
    "rotate an encryption key every year": key_rotation,
    "disable or enable an encryption key": key_disabled,
    "delete an encryption key after 30 days": key_gone,
    "change the tags of crypto.key": key_tags,
    "delete a secret after 30 days": secret_gone,
    "change the tags of crypto.secret": secret_tags,
    "switch a trail on": trail_logging,
    "have a trail cover every region, and its files validated": trail_reach,
    "switch a configuration recorder on": recorder,
    "let a log group forget after some days": retention,
    "change the tags of log.group": log_tags,
    "switch an alarm's actions on": alarm,
    "encrypt a queue": queue_encryption,
    "keep a queue's messages longer": queue_retention,
    "change the tags of messaging.queue": queue_tags,
    "encrypt a topic": topic_encryption,
    "change the tags of messaging.topic": topic_tags,
    "encrypt a stream": stream_encryption,
    "move a function to another runtime": function_fields(
        {"runtime": "Runtime"}, {"runtime": "python3.9"}, {"runtime": "python3.13"}
    ),
    "change a function's memory or time limit": function_fields(
        {"memory_mib": "MemorySize", "timeout_s": "Timeout"}, {"memory_mib": 1024}, {"memory_mib": 256}
    ),
    "trace a function's invocations": tracing,
    "reserve concurrency for a function": concurrency,
    "change the tags of function.function": function_tags,
    "measure a container cluster": insights,
    "change the number of a service's tasks": service,
    "close a Kubernetes cluster's endpoint to the internet": endpoint,
    "keep a Kubernetes cluster's control plane logs": log_types,
    "change the tags of kubernetes.cluster": kubernetes_tags,
    "scan images when they are pushed": repository("scan_on_push", lambda one: one["imageScanningConfiguration"]["scanOnPush"]),
    "make a repository's tags immutable": repository("tags_immutable", lambda one: one["imageTagMutability"] == "IMMUTABLE"),
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
VARIANTS: dict[str, Callable[[World], Case]] = {
    "lengthen passwords where there are rules": password_length,
    "lengthen passwords where there are no rules": password_length_first,
    "give a function's reserved concurrency back": concurrency_back,
    "delete a disabled encryption key after 30 days": key_gone_disabled,
}
