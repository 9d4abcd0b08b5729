"""Functions, containers, registries: Lambda, ECS, EKS, ECR."""

from collections.abc import Callable
from typing import Any

from skywright.adapters.clouds.aws.write.base import Target
from skywright.adapters.clouds.kit.actions import HOUR_S, MINUTES_S, Action, Fits, Setting, Values, Way, first, known, switched_on
from skywright.model.errors import AskHuman
from skywright.model.words import t


def _configuration(target: Target) -> dict[str, Any] | None:
    """The function as Lambda tells it; None while an update is under way (AWS Lambda Developer Guide: Lambda function states)."""
    found = target.call("lambda:GetFunctionConfiguration", FunctionName=target.id)
    busy = found.get("LastUpdateStatus") == "InProgress" or found.get("State") == "Pending"
    return None if busy else found


def _function_setting(name: str, columns: dict[str, str], note: str = "", allowed: Fits = known) -> Setting:
    """Columns of a function, each a field of the same name in the configuration and in its update."""

    def read(target: Target) -> Values | None:
        found = _configuration(target)
        return found and {column: found.get(field) for column, field in columns.items()}

    def write(target: Target, wanted: Values) -> None:
        fields = {field: wanted[column] for column, field in columns.items()}
        target.call("lambda:UpdateFunctionConfiguration", FunctionName=target.id, **fields)

    return Setting(
        action=Action(
            name=name,
            kind="function.function",
            columns=tuple(columns),
            calls=("lambda:UpdateFunctionConfiguration", "lambda:GetFunctionConfiguration"),
            document="AWS Lambda API Reference: UpdateFunctionConfiguration",
            note=note,
        ),
        read=read,
        write=write,
        allowed=allowed,
        within_s=MINUTES_S,
    )


RUNTIME = _function_setting(
    "move a function to another runtime",
    {"runtime": "Runtime"},
    "a runtime that Lambda has closed for updates cannot be set again (AWS Lambda Developer Guide: Lambda runtimes)",
)
SIZE = _function_setting("change a function's memory or time limit", {"memory_mib": "MemorySize", "timeout_s": "Timeout"})


def _read_tracing(target: Target) -> Values | None:
    found = _configuration(target)
    return found and {"tracing": (found.get("TracingConfig") or {}).get("Mode") == "Active"}


def _write_tracing(target: Target, wanted: Values) -> None:
    mode = {"Mode": "Active" if wanted["tracing"] else "PassThrough"}
    target.call("lambda:UpdateFunctionConfiguration", FunctionName=target.id, TracingConfig=mode)


TRACING = Setting(
    action=Action(
        name="trace a function's invocations",
        kind="function.function",
        columns=("tracing",),
        calls=("lambda:UpdateFunctionConfiguration", "lambda:GetFunctionConfiguration"),
        document="AWS Lambda API Reference: UpdateFunctionConfiguration (TracingConfig)",
    ),
    read=_read_tracing,
    write=_write_tracing,
    within_s=MINUTES_S,
)


def _read_concurrency(target: Target) -> Values:
    answer = target.call("lambda:GetFunctionConcurrency", FunctionName=target.id)
    return {"reserved_concurrency": answer.get("ReservedConcurrentExecutions")}


def _write_concurrency(target: Target, wanted: Values) -> None:
    reserved = wanted["reserved_concurrency"]
    if reserved is None:
        target.call("lambda:DeleteFunctionConcurrency", FunctionName=target.id)
    else:
        target.call("lambda:PutFunctionConcurrency", FunctionName=target.id, ReservedConcurrentExecutions=reserved)


CONCURRENCY = Setting(
    action=Action(
        name="reserve concurrency for a function",
        kind="function.function",
        columns=("reserved_concurrency",),
        calls=("lambda:PutFunctionConcurrency", "lambda:DeleteFunctionConcurrency", "lambda:GetFunctionConcurrency"),
        document="AWS Lambda API Reference: PutFunctionConcurrency",
    ),
    read=_read_concurrency,
    write=_write_concurrency,
    # None is a value here: nothing reserved
    allowed=lambda _before, after: after["reserved_concurrency"] is None or after["reserved_concurrency"] >= 0,
)


def _read_insights(target: Target) -> Values:
    clusters = target.call("ecs:DescribeClusters", clusters=[target.id], include=["SETTINGS"])["clusters"]
    settings = {setting["name"]: setting["value"] for setting in first(clusters, target).get("settings") or ()}
    return {"insights": settings.get("containerInsights", "disabled") != "disabled"}


def _write_insights(target: Target, wanted: Values) -> None:
    setting = {"name": "containerInsights", "value": "enabled" if wanted["insights"] else "disabled"}
    target.call("ecs:UpdateClusterSettings", cluster=target.id, settings=[setting])


INSIGHTS = Setting(
    action=Action(
        name="measure a container cluster",
        kind="container.cluster",
        columns=("insights",),
        calls=("ecs:UpdateClusterSettings", "ecs:DescribeClusters"),
        document="Amazon ECS API Reference: UpdateClusterSettings",
    ),
    read=_read_insights,
    write=_write_insights,
    # on may mean "enabled" or "enhanced": switching it off could not be taken back exactly
    allowed=switched_on("insights"),
)


def _service_place(target: Target) -> tuple[str, str]:
    """(cluster, service) of a service's ARN (``service/cluster/name``) or of ``cluster/name``."""
    cluster, _, service = target.id.rsplit(":", 1)[-1].removeprefix("service/").rpartition("/")
    return cluster or "default", service


def _read_service(target: Target) -> Values:
    cluster, service = _service_place(target)
    found = target.call("ecs:DescribeServices", cluster=cluster, services=[service])["services"]
    return {"desired": first(found, target)["desiredCount"]}


def _write_service(target: Target, wanted: Values) -> None:
    cluster, service = _service_place(target)
    target.call("ecs:UpdateService", cluster=cluster, service=service, desiredCount=wanted["desired"])


SERVICE = Setting(
    action=Action(
        name="change the number of a service's tasks",
        kind="container.service",
        columns=("desired",),
        implied=("running",),
        calls=("ecs:UpdateService", "ecs:DescribeServices"),
        document="Amazon ECS API Reference: UpdateService",
    ),
    read=_read_service,
    write=_write_service,
)


def _cluster(target: Target) -> dict[str, Any] | None:
    """The Kubernetes cluster as EKS tells it; None while an update is under way."""
    found: dict[str, Any] = target.call("eks:DescribeCluster", name=target.id)["cluster"]
    return found if found.get("status", "ACTIVE") == "ACTIVE" else None


def _read_endpoint(target: Target) -> Values | None:
    found = _cluster(target)
    if found is None:
        return None
    network = found.get("resourcesVpcConfig") or {}
    return {
        "endpoint_public": network.get("endpointPublicAccess"),
        "endpoint_private": network.get("endpointPrivateAccess"),
        "public_cidrs": sorted(network.get("publicAccessCidrs") or ()),
    }


def _write_endpoint(target: Target, wanted: Values) -> None:
    """Who may come in goes along also when the door is closed, so that undo opens it to them and to nobody else."""
    cidrs = wanted["public_cidrs"]
    if wanted["endpoint_public"] and not cidrs:  # the default is everybody
        raise AskHuman(
            t("Nobody says which addresses may reach {target}.", target=target),
            next_step=t("Open its endpoint by hand, to the addresses that had access before."),
        )
    network = {"endpointPublicAccess": wanted["endpoint_public"], "endpointPrivateAccess": wanted["endpoint_private"]}
    allowed_in = {"publicAccessCidrs": cidrs} if cidrs else {}
    target.call(
        "eks:UpdateClusterConfig", name=target.id, resourcesVpcConfig={**network, **allowed_in}, clientRequestToken=target.token
    )


def _reachable(before: Values, after: Values) -> bool:
    """A cluster must keep one of its two doors (API Reference: UpdateClusterConfig)."""
    doors = [after.get(door, before.get(door)) for door in ("endpoint_public", "endpoint_private")]
    return known(before, after) and doors != [False, False]


ENDPOINT = Setting(
    action=Action(
        name="close a Kubernetes cluster's endpoint to the internet",
        kind="kubernetes.cluster",
        columns=("endpoint_public", "endpoint_private", "public_cidrs"),
        calls=("eks:UpdateClusterConfig", "eks:DescribeCluster"),
        document="Amazon EKS API Reference: UpdateClusterConfig",
    ),
    read=_read_endpoint,
    write=_write_endpoint,
    allowed=_reachable,
    within_s=HOUR_S,
)


def _read_log_types(target: Target) -> Values | None:
    found = _cluster(target)
    if found is None:
        return None
    setups = (found.get("logging") or {}).get("clusterLogging") or ()
    return {"log_types": sorted(name for setup in setups if setup.get("enabled") for name in setup.get("types") or ())}


def _write_log_types(target: Target, wanted: Values) -> None:
    have, want = set((_read_log_types(target) or {}).get("log_types", ())), set(wanted["log_types"])
    setups = [{"types": sorted(want), "enabled": True}, {"types": sorted(have - want), "enabled": False}]
    logging = {"clusterLogging": [setup for setup in setups if setup["types"]]}
    target.call("eks:UpdateClusterConfig", name=target.id, logging=logging, clientRequestToken=target.token)


LOG_TYPES = Setting(
    action=Action(
        name="keep a Kubernetes cluster's control plane logs",
        kind="kubernetes.cluster",
        columns=("log_types",),
        calls=("eks:UpdateClusterConfig", "eks:DescribeCluster"),
        document="Amazon EKS API Reference: UpdateClusterConfig (logging)",
    ),
    read=_read_log_types,
    write=_write_log_types,
    within_s=HOUR_S,
)


def _repository(target: Target) -> dict[str, Any]:
    return first(target.call("ecr:DescribeRepositories", repositoryNames=[target.id])["repositories"], target)


def _repository_setting(
    name: str, column: str, calls: tuple[str, ...], read: Callable[[dict[str, Any]], bool], write: Callable[[bool], dict[str, Any]]
) -> Setting:
    return Setting(
        action=Action(
            name=name,
            kind="registry.repository",
            columns=(column,),
            calls=calls,
            document=f"Amazon ECR API Reference: {calls[0].partition(':')[2]}",
        ),
        read=lambda target: {column: read(_repository(target))},
        write=lambda target, wanted: target.call(calls[0], repositoryName=target.id, **write(wanted[column])),
    )


SCAN = _repository_setting(
    "scan images when they are pushed",
    "scan_on_push",
    ("ecr:PutImageScanningConfiguration", "ecr:DescribeRepositories"),
    lambda found: bool((found.get("imageScanningConfiguration") or {}).get("scanOnPush")),
    lambda wanted: {"imageScanningConfiguration": {"scanOnPush": wanted}},
)
IMMUTABLE = _repository_setting(
    "make a repository's tags immutable",
    "tags_immutable",
    ("ecr:PutImageTagMutability", "ecr:DescribeRepositories"),
    lambda found: str(found.get("imageTagMutability")).startswith("IMMUTABLE"),
    lambda wanted: {"imageTagMutability": "IMMUTABLE" if wanted else "MUTABLE"},
)

WAYS: tuple[Way, ...] = (
    RUNTIME,
    SIZE,
    TRACING,
    CONCURRENCY,
    INSIGHTS,
    SERVICE,
    ENDPOINT,
    LOG_TYPES,
    SCAN,
    IMMUTABLE,
)
