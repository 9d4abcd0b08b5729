"""A case for each action on functions, containers, Kubernetes clusters and repositories."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

from tests.adapters.clouds.aws.write._ec2 import network
from tests.adapters.clouds.aws.write._harness import ACCOUNT, REGION, Case, World
from tests.adapters.clouds.aws.write._parts import FIRST_TAGS, tag_case

NOBODY = json.dumps({"Version": "2012-10-17", "Statement": []})


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


CASES: dict[str, Callable[[World], Case]] = {
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
}


VARIANTS: dict[str, Callable[[World], Case]] = {
    "give a function's reserved concurrency back": concurrency_back,
}
