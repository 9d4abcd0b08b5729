"""What Google Cloud's actions have of their own: a target that speaks methods, and changes that survive being overtaken."""

import re
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from skywright.adapters.clouds.gcp.faults import reason, status
from skywright.adapters.clouds.gcp.read.place import Place
from skywright.adapters.clouds.gcp.read.sources import SOURCES, located
from skywright.adapters.clouds.kit import actions
from skywright.adapters.clouds.kit.actions import HOUR_S, Action
from skywright.model.errors import AskHuman, NotThere, PlanAgain
from skywright.model.plan import Reversibility
from skywright.model.words import t

COMPUTE = "compute.googleapis.com/"
Raw = dict[str, Any]
Answer = TypeVar("Answer")

ATTEMPTS = 4
OVERTAKEN = (409, 412)
"""Statuses of a change that was made on what is no longer so: "Retry strategy" of Cloud IAM, "Fingerprints" of Compute Engine."""

OPERATIONS = tuple(f"compute.{scope}Operations.{verb}" for scope in ("global", "region", "zone") for verb in ("get", "list"))
OPERATIONS_LOOKED_AT = 10  # the newest come first
UNDER_WAY = ("UPDATING", "DEPLOYING", "CREATING")
"""States of what is changed by operations that cannot be listed by what they are about (Memorystore, functions)."""

SERVICES = {"sqladmin": "cloudsql", "cloudresourcemanager": "resourcemanager"}
RESOURCES = {
    "regionDisks": "disks",
    "regionInstanceGroupManagers": "instanceGroupManagers",
    "regionAutoscalers": "autoscalers",
    "keys": "serviceAccountKeys",
}
VERBS = {"patch": "update", "insert": "create"}
OTHERWISE = {
    "compute.instanceGroupManagers.resize": ("compute.instanceGroupManagers.update",),
    "compute.firewalls.patch": ("compute.firewalls.update", "compute.networks.updatePolicy"),
    "compute.disks.createSnapshot": ("compute.disks.createSnapshot", "compute.snapshots.create"),
    "container.clusters.setResourceLabels": ("container.clusters.update",),
    "run.services.patch": ("run.services.update", "iam.serviceAccounts.actAs"),
}
"""Where Google's names of permissions do not follow those of the methods ("IAM permissions reference")."""


class Target(actions.Target):
    """One resource of Google Cloud as its calls see it."""

    @property
    def project(self) -> str:
        """The id of its project."""
        return self.name.account

    @property
    def location(self) -> str:
        """Its zone, region or multi-region; ``global``."""
        return located(self.name.region, self.id)[0]

    @property
    def own_name(self) -> str:
        """Its name without the place."""
        return located(self.name.region, self.id)[1]

    @property
    def place(self) -> Place:
        """Where translations say that it is."""
        return Place(self.project, self.name.region)

    def call(self, method: str, /, *, body: Any = None, again: bool | None = None, **params: Any) -> Raw:
        """One call. Raises model.errors."""
        answer: Raw = self._calls.call(self.project, method, body=body, again=again, **params)
        return answer

    def act(self, method: str, /, *, body: Any = None, **params: Any) -> Raw:
        """One call that changes something, and the wait for its operation. Raises model.errors."""
        answer = self.call(method, body=body, **params)
        ended: Raw = self._calls.operation(self.project, method.partition(".")[0], answer, within_s=HOUR_S)
        return ended

    def items(self, method: str, key: str, /, **params: Any) -> Iterator[Raw]:
        """The items of every page of a list."""
        found: Iterator[Raw] = self._calls.pages(self.project, method, key, **params)
        return found

    def look(self, asset: str) -> Raw:
        """The resource when nothing is under way about it: a change whose answer got lost may still be. Raises NotThere."""
        asked = SOURCES[asset].getting(self.project, self.name.region, self.id)
        if asked is None:  # every kind that has an action can be asked for alone: a test holds it
            raise NotThere(t("{target} cannot be read alone.", target=self))
        method, params = asked
        return self.quiet(SOURCES[asset].service, lambda: self.call(method, **params))

    def quiet(self, service: str, look: Callable[[], Raw]) -> Raw:
        """What ``look`` sees once no operation is under way about the target. Raises TryAgain when that takes too long."""
        return self.until(t("settled"), lambda: None if self._busy(service) else _at_rest(look()), HOUR_S)

    def _busy(self, service: str) -> bool:
        """Does the service tell of an operation about the target that has not ended."""
        match service:
            case "compute":
                _, where = self.at("operations", "operation")
                del where["operation"]
                scope = "zone" if "zone" in where else "region" if "region" in where else "global"
                found = self.items(f"compute.{scope}Operations.list", "items", filter='status != "DONE"', **where)
            case "sqladmin":
                params: Raw = {"project": self.project, "instance": self.own_name, "maxResults": OPERATIONS_LOOKED_AT}
                found = iter(self.call("sqladmin.operations.list", **params).get("items") or ())
            case "container":
                parent = f"projects/{self.project}/locations/{self.location}"
                found = iter(self.call("container.projects.locations.operations.list", parent=parent).get("operations") or ())
            case _:
                return False
        return any(one.get("status") != "DONE" and _about(one) == self.own_name for one in found)

    def at(self, zonal: str, key: str) -> tuple[str, Raw]:
        """The collection of Compute Engine that holds it (``disks``; of a region ``regionDisks``), and the parameters that name it;
        ``key`` is what the method calls the resource."""
        location, name = located(self.name.region, self.id)
        where: Raw = {"project": self.project, key: name}
        if location == "global":
            return (f"global{zonal[0].upper()}{zonal[1:]}" if zonal == "addresses" else zonal), where
        if location != self.name.region:
            return zonal, {**where, "zone": location}
        regional = zonal if zonal in ("addresses", "subnetworks", "forwardingRules") else f"region{zonal[0].upper()}{zonal[1:]}"
        return regional, {**where, "region": location}

    def renewed(self, change: Callable[[], Answer]) -> Answer:
        """``change()``, which writes on what it read; again when somebody else wrote in between. Raises PlanAgain."""
        for attempt in range(ATTEMPTS):
            try:
                return change()
            except PlanAgain as error:
                if status(error) not in OVERTAKEN or attempt + 1 == ATTEMPTS:
                    raise
                self._sleep(2.0**attempt)
        raise AssertionError("counting ends in a return or an error")


def _at_rest(found: Raw) -> Raw | None:
    return None if found.get("reconciling") or found.get("state") in UNDER_WAY else found


def _about(operation: Raw) -> str:
    """The name of what an operation is about."""
    return tail(operation.get("targetLink") or operation.get("targetId"))


def permissions(calls: tuple[str, ...]) -> tuple[str, ...]:
    """The IAM permissions that methods need (by the names of methods, and the exceptions to them)."""
    found: set[str] = set()
    for call in calls:
        service, *middle, verb = call.split(".")
        resource = RESOURCES.get(middle[-1], middle[-1])
        plain = f"{service}.{resource}.{verb}"
        named = OTHERWISE.get(call) or OTHERWISE.get(plain)
        found.update(named or (f"{SERVICES.get(service, service)}.{resource}.{VERBS.get(verb, verb)}",))
        if service == "compute":
            found.update(OPERATIONS)
        if service == "container":
            found.update(("container.operations.get", "container.operations.list"))
    return tuple(sorted(found))


def action(name: str, kind: str, columns: tuple[str, ...], *calls: str, document: str, **more: Any) -> Action:
    """A line of the table of actions, with the permissions that its calls need."""
    return Action(name=name, kind=kind, columns=columns, calls=calls, own_permissions=permissions(calls), document=document, **more)


def irreversible(name: str, kind: str, columns: tuple[str, ...], *calls: str, document: str, **more: Any) -> Action:
    """A line of the table of what cannot be undone."""
    return action(name, kind, columns, *calls, document=document, reversibility=Reversibility.NONE, **more)


def tail(link: Any) -> str:
    """The last part of a link."""
    return str(link or "").rsplit("/", 1)[-1]


def picked(row: Any, *columns: str) -> dict[str, Any]:
    """Some columns of a row."""
    return {column: getattr(row, column) for column in columns}


def in_use(error: PlanAgain) -> bool:
    """Was it refused because another resource uses it."""
    return reason(error) in ("resourceInUseByAnotherResource", "resourceInUse")


def refuse(text: str, next_step: str) -> AskHuman:
    """An error that a person must decide on."""
    return AskHuman(text, next_step=next_step)


LABEL_KEY = re.compile(r"[a-z][a-z0-9_-]{0,62}")
LABEL_VALUE = re.compile(r"[a-z0-9_-]{0,63}")
"""What a label may be ("Labels overview", requirements)."""
