"""Load balancers (ELBv2): their attributes, and deletion."""

from collections.abc import Callable
from typing import Any

from skywright.adapters.clouds.aws.write.base import Target, bucket_names
from skywright.adapters.clouds.kit.actions import Action, Fits, Setting, Values, Way, first, known, switched_on
from skywright.adapters.clouds.kit.deletion import Deletion
from skywright.model.errors import AskHuman
from skywright.model.plan import Reversibility
from skywright.model.words import t

CALLS = ("elbv2:ModifyLoadBalancerAttributes", "elbv2:DescribeLoadBalancerAttributes", "elbv2:DescribeLoadBalancers")
PERMISSIONS = tuple(call.replace("elbv2:", "elasticloadbalancing:") for call in CALLS)


def balancer_arn(target: Target) -> str:
    """The balancer's ARN. Raises AskHuman for a classic balancer, which has none."""
    if not target.id.startswith("arn:"):
        raise AskHuman(
            t("{target} is a classic load balancer, which is not changed from here.", target=target),
            next_step=t("Migrate it to an Application or Network Load Balancer, or change it by hand."),
        )
    return target.id


def _describe(target: Target) -> dict[str, Any]:
    return first(target.call("elbv2:DescribeLoadBalancers", LoadBalancerArns=[balancer_arn(target)])["LoadBalancers"], target)


def _attributes(target: Target) -> dict[str, str]:
    answer = target.call("elbv2:DescribeLoadBalancerAttributes", LoadBalancerArn=balancer_arn(target))
    return {attribute["Key"]: attribute["Value"] for attribute in answer["Attributes"]}


def _set(target: Target, attributes: dict[str, str]) -> None:
    listed = [{"Key": key, "Value": value} for key, value in attributes.items()]
    target.call("elbv2:ModifyLoadBalancerAttributes", LoadBalancerArn=balancer_arn(target), Attributes=listed)


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _attribute_setting(
    name: str,
    column: str,
    key: str,
    from_text: Callable[[str], Any] = "true".__eq__,
    to_text: Callable[[Any], str] = _flag,
    allowed: Fits = known,
) -> Setting:
    """One column that is one attribute."""

    def read(target: Target) -> Values:
        found = _attributes(target).get(key)
        return {column: None if found is None else from_text(found)}

    return Setting(
        action=Action(
            name=name,
            kind="network.balancer",
            columns=(column,),
            calls=CALLS,
            own_permissions=PERMISSIONS,
            document="Elastic Load Balancing API Reference: LoadBalancerAttribute",
        ),
        read=read,
        write=lambda target, wanted: _set(target, {key: to_text(wanted[column])}),
        allowed=allowed,
    )


def _seconds(before: Values, after: Values) -> bool:
    return known(before, after) and 1 <= after["idle_timeout_s"] <= 4000


ATTRIBUTES = (
    _attribute_setting(
        "drop invalid headers at a load balancer", "drops_invalid_headers", "routing.http.drop_invalid_header_fields.enabled"
    ),
    _attribute_setting("protect a load balancer against deletion", "deletion_protected", "deletion_protection.enabled"),
    _attribute_setting(
        "change a load balancer's idle timeout", "idle_timeout_s", "idle_timeout.timeout_seconds", int, str, _seconds
    ),
    _attribute_setting(
        "spread a load balancer's traffic over zones",
        "cross_zone",
        "load_balancing.cross_zone.enabled",
    ),
)

LOG_KEYS = ("access_logs.s3.enabled", "access_logs.s3.bucket")


def _read_logs(target: Target) -> Values:
    found = _attributes(target)
    enabled = found.get(LOG_KEYS[0]) == "true"
    return {"access_logging": enabled, "log_bucket": found.get(LOG_KEYS[1]) if enabled else None}  # the name outlives the logging


def _write_logs(target: Target, wanted: Values) -> None:
    bucket = {LOG_KEYS[1]: wanted["log_bucket"]} if wanted["access_logging"] else {}
    _set(target, {LOG_KEYS[0]: _flag(wanted["access_logging"]), **bucket})


ACCESS_LOGS = Setting(
    action=Action(
        name="keep a load balancer's access logs in a bucket",
        kind="network.balancer",
        columns=("access_logging", "log_bucket"),
        calls=CALLS,
        own_permissions=PERMISSIONS,
        document="Elastic Load Balancing, Application Load Balancers: Enable access logs",
    ),
    read=_read_logs,
    write=_write_logs,
    allowed=switched_on("access_logging", "log_bucket"),
    spelled=bucket_names,
)


def _delete(target: Target) -> None:
    if _attributes(target).get("deletion_protection.enabled") == "true":
        raise AskHuman(
            t("{target} is protected against deletion.", target=target), next_step=t("Remove the protection, or drop this change.")
        )
    target.call("elbv2:DeleteLoadBalancer", LoadBalancerArn=balancer_arn(target))


DELETE = Deletion(
    action=Action(
        name="delete a load balancer",
        kind="network.balancer",
        columns=(),
        calls=("elbv2:DeleteLoadBalancer", "elbv2:DescribeLoadBalancers", "elbv2:DescribeLoadBalancerAttributes"),
        own_permissions=("elasticloadbalancing:DeleteLoadBalancer", *PERMISSIONS[1:]),
        reversibility=Reversibility.NONE,
        document="Elastic Load Balancing API Reference: DeleteLoadBalancer",
        note="its DNS name goes with it; its target groups stay",
    ),
    look=_describe,
    delete=_delete,
    allowed=lambda before: before.get("type") != "classic" and not before.get("deletion_protected"),
)

WAYS: tuple[Way, ...] = (*ATTRIBUTES, ACCESS_LOGS, DELETE)
