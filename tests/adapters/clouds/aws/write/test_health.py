"""Are the targets well, by AWS's own word; and nothing is said where AWS says nothing."""

from collections.abc import Callable, Iterator
from typing import Any

from tests.adapters.clouds.aws.write._harness import ACCOUNT, REGION, World
from tests.adapters.clouds.aws.write._worlds_balancers import balancer
from tests.adapters.clouds.aws.write._worlds_databases import database
from tests.adapters.clouds.aws.write._worlds_functions import function
from tests.adapters.clouds.aws.write._worlds_instances import instance, scaling_group
from tests.adapters.clouds.aws.write._worlds_volumes import volume

from skywright.adapters.clouds.aws.write import health
from skywright.model.errors import Denied, NotThere

NewWorld = Callable[[], World]


class Told:
    """Calls that answer what they were told; an error is raised."""

    def __init__(self, **answers: Any) -> None:
        self._answers = {"describe_alarms": [], **answers}

    def client_call(self, account: str, region: str, service: str, operation: str, /, **params: Any) -> dict[str, Any]:
        answer = self._answers.get(operation, {})
        if isinstance(answer, Exception):
            raise answer
        return answer

    def pages(self, account: str, region: str, service: str, operation: str, items_key: str, /, **params: Any) -> Iterator[Any]:
        answer = self._answers.get(operation, [])
        if isinstance(answer, Exception):
            raise answer
        yield from answer


def name(kind: str, native_id: str) -> str:
    return f"aws:{ACCOUNT}:{REGION}:{kind}/{native_id}"


def one(calls: Any, kind: str, native_id: str) -> tuple[bool | None, str]:
    (found,) = health(calls, [name(kind, native_id)])
    assert found.resource == name(kind, native_id)
    return found.well, found.reason


def running(check: str = "ok") -> dict[str, Any]:
    checks = {"InstanceStatus": {"Status": check}, "SystemStatus": {"Status": "ok"}}
    return {
        "describe_instances": [{"Instances": [{"InstanceId": "i-1", "State": {"Name": "running"}}]}],
        "describe_instance_status": [{"InstanceId": "i-1", **checks}],
    }


def test_instances_by_their_status_checks():
    assert one(Told(**running()), "compute.instance", "i-1") == (True, "")
    assert one(Told(**running("impaired")), "compute.instance", "i-1") == (
        False,
        "Status checks: InstanceStatus: impaired, SystemStatus: ok.",
    )
    assert one(Told(**running("initializing")), "compute.instance", "i-1")[0] is None
    assert one(Told(), "compute.instance", "i-1") == (None, "AWS says nothing about its health.")


def test_an_instance_that_its_target_group_calls_unhealthy_is_unwell():
    targets = {"TargetHealthDescriptions": [{"Target": {"Id": "i-1"}, "TargetHealth": {"State": "unhealthy"}}]}
    groups = [{"TargetGroupArn": "arn:g", "TargetGroupName": "web"}]
    calls = Told(**running(), describe_target_groups=groups, describe_target_health=targets)
    assert one(calls, "compute.instance", "i-1") == (False, "Target group web calls it unhealthy.")


def test_an_alarm_that_watches_the_target_speaks_last():
    alarm = {"AlarmName": "cpu high", "Dimensions": [{"Name": "InstanceId", "Value": "i-1"}]}
    calls = Told(**running(), describe_alarms=[alarm])
    assert one(calls, "compute.instance", "i-1") == (False, "The alarm cpu high is in state ALARM.")
    arn = "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/front/50dc"
    watching = [{"AlarmName": "5xx", "Dimensions": [{"Name": "LoadBalancer", "Value": "app/front/50dc"}]}]
    assert one(Told(describe_alarms=watching), "network.balancer", arn)[0] is False


def test_what_could_not_be_asked_is_neither_well_nor_unwell():
    denied = Denied("AWS denies ec2:DescribeInstances.", permission="ec2:DescribeInstances")
    calls = Told(describe_instances=denied, describe_alarms=denied)
    assert one(calls, "compute.instance", "i-1") == (None, "AWS denies ec2:DescribeInstances.")
    assert one(Told(get_function_configuration=NotThere("No such function.")), "function.function", "f")[0] is None


def test_databases_by_their_status():
    def of(status: str) -> bool | None:
        return one(
            Told(describe_db_instances=[{"DBInstanceIdentifier": "d", "DBInstanceStatus": status}]), "database.instance", "d"
        )[0]

    assert [of(status) for status in ("available", "modifying", "storage-full", "incompatible-network")] == [
        True,
        None,
        False,
        False,
    ]


def test_functions_by_their_last_update():
    failed = {"State": "Active", "LastUpdateStatus": "Failed", "LastUpdateStatusReason": "no such layer"}
    assert one(Told(get_function_configuration=failed), "function.function", "f") == (
        False,
        "Its last update failed: no such layer",
    )


def test_groups_by_their_members():
    member = {"HealthStatus": "Healthy", "LifecycleState": "InService"}
    group = {"AutoScalingGroupName": "web", "DesiredCapacity": 2, "Instances": [member, {**member, "HealthStatus": "Unhealthy"}]}
    assert one(Told(describe_auto_scaling_groups=[group]), "compute.group", "web") == (False, "1 of 2 instances are healthy.")


def test_a_real_estate_in_the_order_of_the_question(new_world: NewWorld):
    world = new_world()
    machine, stopped, disk, front = instance(world), instance(world), volume(world), balancer(world)
    world.aws("ec2").stop_instances(InstanceIds=[stopped])
    database(world)
    function(world)
    scaling_group(world)
    asked = [
        name("network.balancer", front),
        name("compute.instance", machine),
        name("compute.instance", stopped),
        name("storage.volume", disk),
        name("database.instance", "ledger"),
        name("function.function", "resize-images"),
        name("compute.group", "web"),
        name("log.group", "/app"),
    ]
    found = health(world.calls, asked)
    assert [one.resource for one in found] == asked
    assert [one.well for one in found] == [None, True, None, True, True, True, True, None]
