"""Alarms that fire on demand: a named instance's alarms are in state ALARM for as long as it runs as a named type."""

from typing import Any

from moto.cloudwatch.responses import CloudWatchResponse

from skywright.lab.aws.strict.patch import put


def install(alarming: dict[str, str]) -> None:
    """Look at the instances before alarms are described. ``alarming``: instance id -> type ("" for any)."""
    describe = CloudWatchResponse.describe_alarms

    def describe_alarms(asked: Any) -> Any:
        for alarm in asked.cloudwatch_backend.alarms.values():
            for dimension in alarm.dimensions:
                if dimension.name == "InstanceId" and dimension.value in alarming:
                    alarm.state_value = "ALARM" if _runs_as(asked, dimension.value, alarming[dimension.value]) else "OK"
        return describe(asked)

    put(CloudWatchResponse, "describe_alarms", describe_alarms)


def _runs_as(asked: Any, instance: str, wanted: str) -> bool:
    from moto.ec2.models import ec2_backends

    found = ec2_backends[asked.current_account][asked.region].get_instance(instance)
    return found.state == "running" and wanted in ("", found.instance_type)
