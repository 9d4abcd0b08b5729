"""What every test of an action needs: an AWS in this process, calls into it, calls that fail on order, and worlds to act in."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import msgspec
from botocore.exceptions import BotoCoreError, ClientError
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from tests.adapters.clouds.acting import Doing, Nth, change_of

from skywright.adapters.clouds.aws.faults import Asked, translated
from skywright.adapters.clouds.aws.write import steps
from skywright.model.kinds import resource_id
from skywright.model.plan import Change

ACCOUNT = "123456789012"  # moto's
REGION = "eu-west-1"
GLOBAL = ("iam", "s3control")
READS = ("describe_", "get_", "list_")


class StillClock:
    """Time that never passes; sleeping is free, but not for ever."""

    def __init__(self) -> None:
        self.slept = 0.0

    def sleep(self, seconds: float) -> None:
        self.slept += seconds


class Clients:
    """Clients of the AWS in this process, made once."""

    def __init__(self) -> None:
        self._clients: dict[tuple[str, str], Any] = {}
        self._session = boto3.Session(region_name=REGION)

    def get(self, region: str, service: str) -> Any:
        key = ("us-east-1" if region == "global" else region, service)
        if key not in self._clients:
            self._clients[key] = self._session.client(service, region_name=key[0])
        return self._clients[key]


class StandIns:
    """The few calls that moto lacks, with no more behind them than the documented answers."""

    def __init__(self) -> None:
        self.snapshots = "unblocked"
        self.images = "unblocked"
        self.monitored: set[str] = set()

        self.backup = "DISABLED"
        self.container_insights = "disabled"
        self.performance_insights = False
        self.cluster_iam = False
        self.tracing = "PassThrough"

    def answer(self, operation: str, params: dict[str, Any]) -> dict[str, Any] | None:  # noqa: C901 - one case a call
        match operation, params:
            case "modify_db_instance", {"EnablePerformanceInsights": value}:
                self.performance_insights = value
            case "modify_db_cluster", {"EnableIAMDatabaseAuthentication": value}:
                self.cluster_iam = value
            case "update_function_configuration", {"TracingConfig": {"Mode": value}}:
                self.tracing = value
            case "update_cluster_settings", {"settings": [{"value": value}]}:
                self.container_insights = value
            case "put_backup_policy", {"BackupPolicy": {"Status": value}}:
                self.backup = value
            case "get_instance_metadata_defaults", _:
                return {"AccountLevel": {}}
            case "describe_backup_policy", _:
                return {"BackupPolicy": {"Status": self.backup}}
            case "monitor_instances", _:
                self.monitored.update(params["InstanceIds"])
            case "unmonitor_instances", _:
                self.monitored.difference_update(params["InstanceIds"])
            case "enable_snapshot_block_public_access", _:
                self.snapshots = params["State"]
            case "disable_snapshot_block_public_access", _:
                self.snapshots = "unblocked"
            case "get_snapshot_block_public_access_state", _:
                return {"State": self.snapshots}
            case "enable_image_block_public_access", _:
                self.images = params["ImageBlockPublicAccessState"]
            case "disable_image_block_public_access", _:
                self.images = "unblocked"
            case "get_image_block_public_access_state", _:
                return {"ImageBlockPublicAccessState": self.images}
            case _:
                return None
        return {}

    def complete(self, operation: str, answer: dict[str, Any]) -> dict[str, Any]:  # noqa: C901 - one case a call
        match operation:
            case "describe_instances":
                for reservation in answer["Reservations"]:
                    for one in reservation["Instances"]:
                        one["Monitoring"] = {"State": "enabled" if one["InstanceId"] in self.monitored else "disabled"}
            case "describe_db_instances":
                for one in answer["DBInstances"]:
                    one["PerformanceInsightsEnabled"] = self.performance_insights
            case "describe_db_clusters":
                for one in answer["DBClusters"]:
                    one["IAMDatabaseAuthenticationEnabled"] = self.cluster_iam
            case "describe_clusters":
                for one in answer["clusters"]:
                    one["settings"] = [{"name": "containerInsights", "value": self.container_insights}]
            case "list_functions":
                for one in answer["Functions"]:
                    one["TracingConfig"] = {"Mode": self.tracing}
            case "get_function_configuration":
                answer["TracingConfig"] = {"Mode": self.tracing}
        return answer


class PlainCalls:
    """Calls without retries: botocore's clients, and our translation of their errors."""

    def __init__(self, clients: Any, stand_ins: StandIns | None = None) -> None:
        self._clients = clients
        self._stand_ins = stand_ins or StandIns()

    def client_call(self, account: str, region: str, service: str, operation: str, /, **params: Any) -> dict[str, Any]:
        if (answer := self._stand_ins.answer(operation, params)) is not None:
            return answer
        client = self._clients.get(region, service)
        try:
            return self._stand_ins.complete(operation, getattr(client, operation)(**params))
        except (ClientError, BotoCoreError) as error:
            asked = Asked(account, region, service, client.meta.method_to_api_mapping[operation])
            raise translated(error, asked) from error

    def pages(self, account: str, region: str, service: str, operation: str, items_key: str, /, **params: Any) -> Iterator[Any]:
        client = self._clients.get(region, service)
        if not client.can_paginate(operation):
            yield from _items(self.client_call(account, region, service, operation, **params), items_key)
            return
        try:
            for page in client.get_paginator(operation).paginate(**params):
                yield from _items(self._stand_ins.complete(operation, page), items_key)
        except (ClientError, BotoCoreError) as error:
            asked = Asked(account, region, service, client.meta.method_to_api_mapping[operation])
            raise translated(error, asked) from error


def _items(page: dict[str, Any], items_key: str) -> list[Any]:
    return list(page.get(items_key) or ()) if items_key else [page]


class World:
    """An empty AWS. ``aws("ec2")`` is a client for the builders and for looking; ``calls`` is what the steps get."""

    def __init__(self, clients: Clients) -> None:
        for backend in BackendDict._instances:
            backend.reset()
        reset_model_data()
        self._clients = clients
        self.clock = StillClock()
        self.stand_ins = StandIns()
        self.calls = PlainCalls(clients, self.stand_ins)

    def aws(self, service: str) -> Any:
        return self._clients.get("us-east-1" if service in GLOBAL else REGION, service)


class Case(msgspec.Struct, kw_only=True):
    """A resource in a world, the change to try on it, and a way of looking at it that is not the code under test.

    ``see`` gives neutral facts; those of ``after`` (``gone`` for a deletion) must come true, all must be as before after undo.
    ``undone`` are facts that undo rightly leaves different.
    """

    kind: str
    native_id: str
    before: dict[str, Any]
    after: dict[str, Any] | None
    see: Callable[[], dict[str, Any]]
    wanted: dict[str, Any] | None = None  # what to see after, where that is not ``after``
    undone: dict[str, Any] = {}
    region: str = REGION

    @property
    def goal(self) -> dict[str, Any]:
        if self.wanted is not None:
            return self.wanted
        return {"gone": True} if self.after is None else self.after

    def change(self) -> Change:
        return change_of(resource_id("aws", ACCOUNT, self.region, self.kind, self.native_id), self.before, self.after)


class Failing(Nth):
    """Calls of which the ``nth`` that changes something fails."""

    def __init__(self, inner: Any, nth: int = 0, *, after: bool = False) -> None:
        super().__init__(nth, after=after)
        self._inner = inner

    def client_call(self, account: str, region: str, service: str, operation: str, /, **params: Any) -> dict[str, Any]:
        if operation.startswith(READS):
            return self._inner.client_call(account, region, service, operation, **params)
        return self.make(f"{service}:{operation}", lambda: self._inner.client_call(account, region, service, operation, **params))

    def pages(self, *where: str, **params: Any) -> Iterator[Any]:
        return self._inner.pages(*where, **params)


class Saga(Doing):
    """The steps of a case."""

    def __init__(self, case: Case, calls: Any, sleep: Callable[[float], None]) -> None:
        super().__init__(steps(calls, case.change(), sleep))
