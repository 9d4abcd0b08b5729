"""EC2's rules about states and dependencies.

Sources: the Amazon EC2 API reference, "Error codes for the Amazon EC2 API" (IncorrectInstanceState, VolumeInUse,
InvalidVolume.ZoneMismatch, DependencyViolation, InvalidIPAddress.InUse), and "Change the instance type" in the EC2 user guide.
"""

import functools
from collections.abc import Callable
from typing import Any

import msgspec
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.instances import Instance
from moto.ec2.responses import EC2Response

from skywright.lab.aws.strict.patch import put

Guard = Callable[[Any], None]


class _Hand(msgspec.Struct, frozen=True):
    """How a service of AWS holds a network card that it made for itself."""

    attachment_id: str = "ela-attach-00000000000000000"
    device_index: int = 1
    network_card_index: int = 0
    instance_owner_id: str = "amazon-aws"
    status: str = "attached"
    delete_on_termination: bool = False


SERVICE_HAND = _Hand()
_GONE = ("shutting-down", "terminated")


def install(impaired: dict[str, str], regions: tuple[str, ...]) -> None:
    """Put the guards before moto's methods; let named instances fail their status check; offer the lab's regions only."""
    for operation, guard in GUARDS.items():
        put(EC2Response, operation, _guarded(getattr(EC2Response, operation), guard))
    honest: Any = Instance.instance_status
    put(Instance, "instance_status", property(_status_with(impaired, honest.fget)))
    plain: Any = NetworkInterface.attachment
    put(NetworkInterface, "attachment", property(lambda card: SERVICE_HAND if card.requester_managed else plain.fget(card)))
    describe = EC2Response.describe_regions
    put(EC2Response, "describe_regions", lambda asked: _keep_regions(describe(asked), regions))
    snapshots = EC2Response.describe_snapshots
    put(EC2Response, "describe_snapshots", lambda asked: _keep_restorable(asked, snapshots(asked)))


def _guarded(method: Callable[[Any], Any], guard: Guard) -> Callable[[Any], Any]:
    @functools.wraps(method)
    def asked(response: Any) -> Any:
        guard(response)
        return method(response)

    return asked


def _status_with(impaired: dict[str, str], honest: Callable[[Any], dict[str, Any]]) -> Callable[[Any], dict[str, Any]]:
    def status(instance: Any) -> dict[str, Any]:
        if instance.state_code == 16 and impaired.get(instance.id) in ("", instance.instance_type):
            return {"Details": [{"Name": "reachability", "Status": "failed"}], "Status": "impaired"}
        return honest(instance)

    return status


def _keep_regions(answer: Any, regions: tuple[str, ...]) -> Any:
    """As if the organisation had enabled no others."""
    answer.result["Regions"] = [region for region in answer.result["Regions"] if region.name in regions]
    return answer


def _keep_restorable(asked: Any, answer: Any) -> Any:
    """``RestorableByUserIds=all`` asks for the public snapshots, which moto does not look at."""
    if "all" in (asked._get_param("RestorableByUserIds", []) or asked._get_param("RestorableByUser", [])):  # noqa: SLF001
        answer.result["Snapshots"] = [each for each in answer.result["Snapshots"] if "all" in each.create_volume_permission_groups]
    return answer


def _value(asked: Any, name: str) -> str:
    """A flat parameter of a form: ``InstanceType.Value``; "" when it was not given."""
    return str(asked.querystring.get(name, [""])[0])


def _resize(asked: Any) -> None:
    """A running instance keeps its type, and the new type must exist and fit the processor."""
    instance = asked.ec2_backend.get_instance(_value(asked, "InstanceId"))
    named = _value(asked, "InstanceType.Value")
    if _value(asked, "Attribute") == "instanceType":
        named = _value(asked, "Value")
    if not named:
        return
    if instance.state != "stopped":
        raise EC2ClientError("IncorrectInstanceState", f"The instance '{instance.id}' is not in the 'stopped' state.")
    wanted, current = _architectures(asked, named), _architectures(asked, instance.instance_type)
    if not wanted:
        raise EC2ClientError("InvalidInstanceAttributeValue", f"Invalid value '{named}' for instanceType.")
    if current and not wanted & current:
        raise EC2ClientError(
            "InvalidParameterValue",
            f"The architecture '{','.join(sorted(current))}' of the instance does not match that of type {named}.",
        )


def _architectures(asked: Any, name: str) -> set[str]:
    shapes = asked.ec2_backend.describe_instance_types([])
    found = next((shape for shape in shapes if shape["InstanceType"] == name), None)
    return set(found["ProcessorInfo"]["SupportedArchitectures"]) if found else set()


def _startable(asked: Any) -> None:
    _refuse_gone(asked, "started")


def _stoppable(asked: Any) -> None:
    _refuse_gone(asked, "stopped")


def _refuse_gone(asked: Any, done: str) -> None:
    for instance in asked.ec2_backend.get_multi_instances_by_id(asked._get_param("InstanceIds", [])):  # noqa: SLF001 - moto's own way
        if instance.state in _GONE:
            raise EC2ClientError(
                "IncorrectInstanceState", f"The instance '{instance.id}' is not in a state from which it can be {done}."
            )


def _attachable(asked: Any) -> None:
    """A volume hangs on one instance at a time, in its own zone."""
    volume = asked.ec2_backend.get_volume(_value(asked, "VolumeId"))
    instance = asked.ec2_backend.get_instance(_value(asked, "InstanceId"))
    if volume.attachment:
        raise EC2ClientError("VolumeInUse", f"{volume.id} is already attached to an instance")
    if volume.zone.name != instance.placement.zone:
        raise EC2ClientError(
            "InvalidVolume.ZoneMismatch",
            f"The volume '{volume.id}' is not in the same availability zone as instance '{instance.id}'",
        )


def _growing(asked: Any) -> None:
    """A volume never shrinks."""
    volume = asked.ec2_backend.get_volume(_value(asked, "VolumeId"))
    size = _value(asked, "Size")
    if size and int(size) < int(volume.size):
        raise EC2ClientError("InvalidParameterValue", f"New size cannot be smaller than existing size {volume.size}")


def _free_address(asked: Any) -> None:
    """An address that something uses is not released."""
    for address in asked.ec2_backend.addresses:
        if address.allocation_id == _value(asked, "AllocationId") and (address.instance or address.eni):
            raise EC2ClientError("InvalidIPAddress.InUse", f"The address {address.public_ip} is in use.")


def _unused_group(asked: Any) -> None:
    """A security group that a network card carries, or that another group names, stays."""
    group = _value(asked, "GroupId")
    cards = any(group in {g.id for g in card.group_set} for card in asked.ec2_backend.enis.values())
    if cards or any(_names(other, group) for groups in asked.ec2_backend.groups.values() for other in groups.values()):
        raise EC2ClientError("DependencyViolation", f"resource {group} has a dependent object")


def _names(other: Any, group: str) -> bool:
    rules = [*other.ingress_rules, *other.egress_rules]
    return other.id != group and any(rule.source_group.get("GroupId") == group for rule in rules)


def _empty_subnet(asked: Any) -> None:
    """A subnet with network cards stays."""
    subnet = _value(asked, "SubnetId")
    if any(card.subnet.id == subnet for card in asked.ec2_backend.enis.values()):
        raise EC2ClientError("DependencyViolation", f"The subnet '{subnet}' has dependencies and cannot be deleted.")


def _empty_network(asked: Any) -> None:
    """A VPC with an internet gateway stays."""
    vpc = _value(asked, "VpcId")
    if any(gateway.vpc and gateway.vpc.id == vpc for gateway in asked.ec2_backend.internet_gateways.values()):
        raise EC2ClientError("DependencyViolation", f"The vpc '{vpc}' has dependencies and cannot be deleted.")


GUARDS: dict[str, Guard] = {
    "modify_instance_attribute": _resize,
    "start_instances": _startable,
    "stop_instances": _stoppable,
    "attach_volume": _attachable,
    "modify_volume": _growing,
    "release_address": _free_address,
    "delete_security_group": _unused_group,
    "delete_subnet": _empty_subnet,
    "delete_vpc": _empty_network,
}
