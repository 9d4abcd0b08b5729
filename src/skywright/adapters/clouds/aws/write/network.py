"""Networks: subnets, flow logs, addresses, NAT gateways, cards."""

from typing import Any

from skywright.adapters.clouds.aws.read.network import flow_log_bucket
from skywright.adapters.clouds.aws.read.place import partition_of
from skywright.adapters.clouds.aws.write.base import Target, bucket_names
from skywright.adapters.clouds.kit.actions import MINUTES_S, Action, Setting, Values, Way, first, switched_on
from skywright.adapters.clouds.kit.deletion import Deletion
from skywright.model.errors import NotThere
from skywright.model.plan import Reversibility
from skywright.model.words import t


def _read_subnet(target: Target) -> Values:
    subnet = first(target.call("ec2:DescribeSubnets", SubnetIds=[target.id])["Subnets"], target)
    return {"auto_public_ip": subnet["MapPublicIpOnLaunch"]}


def _write_subnet(target: Target, wanted: Values) -> None:
    target.call("ec2:ModifySubnetAttribute", SubnetId=target.id, MapPublicIpOnLaunch={"Value": wanted["auto_public_ip"]})


SUBNET = Setting(
    action=Action(
        name="stop giving public addresses to new instances of a subnet",
        kind="network.subnet",
        columns=("auto_public_ip",),
        calls=("ec2:ModifySubnetAttribute", "ec2:DescribeSubnets"),
        document="Amazon EC2 API Reference: ModifySubnetAttribute",
    ),
    read=_read_subnet,
    write=_write_subnet,
)

FLOW_LOG_TAG = "skywright:flow-log"


def _flow_logs(target: Target) -> list[dict[str, Any]]:
    filters = [{"Name": "resource-id", "Values": [target.id]}]
    return list(target.items("ec2:DescribeFlowLogs", "FlowLogs", Filters=filters))


def _read_flow_logs(target: Target) -> Values:
    logs = _flow_logs(target)
    return {"flow_logs": bool(logs), "flow_log_bucket": flow_log_bucket(logs[0]) if logs else None}


def _write_flow_logs(target: Target, wanted: Values) -> None:
    if wanted["flow_logs"]:
        target.call(
            "ec2:CreateFlowLogs",
            ResourceIds=[target.id],
            ResourceType="VPC",
            TrafficType="ALL",
            LogDestinationType="s3",
            LogDestination=f"arn:{partition_of(target.name.region)}:s3:::{wanted['flow_log_bucket']}",
            ClientToken=target.token,
            TagSpecifications=[{"ResourceType": "vpc-flow-log", "Tags": [{"Key": FLOW_LOG_TAG, "Value": "true"}]}],
        )
        return
    ours = [log["FlowLogId"] for log in _flow_logs(target) if any(tag["Key"] == FLOW_LOG_TAG for tag in log.get("Tags", ()))]
    if ours:
        target.call("ec2:DeleteFlowLogs", FlowLogIds=ours)


FLOW_LOGS = Setting(
    action=Action(
        name="write a network's flow logs to a bucket",
        kind="network.vpc",
        columns=("flow_logs", "flow_log_bucket"),
        calls=("ec2:CreateFlowLogs", "ec2:DeleteFlowLogs", "ec2:DescribeFlowLogs"),
        own_permissions=(
            "ec2:CreateFlowLogs",
            "ec2:DeleteFlowLogs",
            "ec2:DescribeFlowLogs",
            "ec2:CreateTags",
            "logs:CreateLogDelivery",
            "logs:DeleteLogDelivery",
        ),
        document="Amazon VPC User Guide: Publish flow logs to Amazon S3",
    ),
    read=_read_flow_logs,
    write=_write_flow_logs,
    allowed=switched_on("flow_logs", "flow_log_bucket"),
    spelled=bucket_names,
)


def _look_address(target: Target) -> dict[str, Any]:
    return first(target.call("ec2:DescribeAddresses", AllocationIds=[target.id])["Addresses"], target)


RELEASE = Deletion(
    action=Action(
        name="release an address that nothing uses",
        kind="network.address",
        columns=(),
        calls=("ec2:ReleaseAddress", "ec2:DescribeAddresses"),
        reversibility=Reversibility.NONE,
        document="Amazon EC2 API Reference: ReleaseAddress",
        note="the address may be asked for again (AllocateAddress) as long as nobody else has got it",
    ),
    look=_look_address,
    delete=lambda target: target.call("ec2:ReleaseAddress", AllocationId=target.id),
    allowed=lambda before: not before.get("attached"),
)


def _look_nat(target: Target) -> dict[str, Any]:
    gateway = first(target.call("ec2:DescribeNatGateways", NatGatewayIds=[target.id])["NatGateways"], target)
    if gateway["State"] == "deleted":
        raise NotThere(t("{target} is deleted.", target=target))
    return gateway


def _delete_nat(target: Target) -> None:
    if _look_nat(target)["State"] != "deleting":
        target.call("ec2:DeleteNatGateway", NatGatewayId=target.id)


DELETE_NAT = Deletion(
    action=Action(
        name="delete a NAT gateway that nothing uses",
        kind="network.gateway",
        columns=(),
        calls=("ec2:DeleteNatGateway", "ec2:DescribeNatGateways"),
        reversibility=Reversibility.NONE,
        document="Amazon EC2 API Reference: DeleteNatGateway",
        note="routes that lead to it become black holes; its elastic IP stays allocated",
    ),
    look=_look_nat,
    delete=_delete_nat,
    allowed=lambda before: before.get("type", "nat") == "nat",
    within_s=MINUTES_S,
)


def _look_interface(target: Target) -> dict[str, Any]:
    return first(target.call("ec2:DescribeNetworkInterfaces", NetworkInterfaceIds=[target.id])["NetworkInterfaces"], target)


DELETE_INTERFACE = Deletion(
    action=Action(
        name="delete a network card that is attached to nothing",
        kind="network.interface",
        columns=(),
        calls=("ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces"),
        reversibility=Reversibility.NONE,
        document="Amazon EC2 API Reference: DeleteNetworkInterface",
    ),
    look=_look_interface,
    delete=lambda target: target.call("ec2:DeleteNetworkInterface", NetworkInterfaceId=target.id),
    allowed=lambda before: not before.get("attached"),
)


def _look_snapshot(target: Target) -> dict[str, Any]:
    return first(target.call("ec2:DescribeSnapshots", SnapshotIds=[target.id])["Snapshots"], target)


DELETE_SNAPSHOT = Deletion(
    action=Action(
        name="delete a snapshot",
        kind="storage.snapshot",
        columns=(),
        calls=("ec2:DeleteSnapshot", "ec2:DescribeSnapshots"),
        reversibility=Reversibility.NONE,
        document="Amazon EC2 API Reference: DeleteSnapshot",
        note="a Recycle Bin rule of the account, where there is one, keeps it for its retention period",
    ),
    look=_look_snapshot,
    delete=lambda target: target.call("ec2:DeleteSnapshot", SnapshotId=target.id),
)


def _look_image(target: Target) -> dict[str, Any]:
    return first(target.call("ec2:DescribeImages", ImageIds=[target.id])["Images"], target)


DEREGISTER = Deletion(
    action=Action(
        name="deregister a machine image",
        kind="compute.image",
        columns=(),
        calls=("ec2:DeregisterImage", "ec2:DescribeImages"),
        reversibility=Reversibility.NONE,
        document="Amazon EC2 API Reference: DeregisterImage",
        note="its snapshots stay",
    ),
    look=_look_image,
    delete=lambda target: target.call("ec2:DeregisterImage", ImageId=target.id),
)

WAYS: tuple[Way, ...] = (SUBNET, FLOW_LOGS, RELEASE, DELETE_NAT, DELETE_INTERFACE, DELETE_SNAPSHOT, DEREGISTER)
