"""What Kubernetes' actions have of their own: a target that applies fields as our manager, and steps that watch a roll-out."""

from fnmatch import fnmatchcase
from typing import Any

from skywright.adapters.clouds.kit import actions
from skywright.adapters.clouds.kit.actions import MINUTES_S, SettingStep, Values, matches, planned
from skywright.adapters.clouds.kit.translate import flag
from skywright.adapters.clouds.kubernetes.calls import JSON, MANAGER, METADATA_OF_ONE, Call, KubeCalls, at
from skywright.adapters.clouds.kubernetes.faults import AlreadyThere, Conflicting
from skywright.adapters.clouds.kubernetes.ownership import difference, merged, owned, owners, touched
from skywright.adapters.clouds.kubernetes.resources import APIS, Address, Api, address
from skywright.adapters.clouds.kubernetes.rollout import progress
from skywright.model.errors import AskHuman, NotThere, PlanAgain
from skywright.model.plan import Reversibility
from skywright.model.words import t
from skywright.ports.cloud import Step

Raw = dict[str, Any]

APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"
SECRETS = "secrets"
TRIES = 4
"""How often an object that changes under our hands is read and written again."""

OURS = (MANAGER, "Apply")

MANAGED_BY = {"app.kubernetes.io/managed-by": MANAGER}


class Target(actions.Target):
    """One object as its calls see it."""

    @property
    def calls(self) -> KubeCalls:
        """The way to the clusters."""
        calls: KubeCalls = self._calls
        return calls

    def pause(self, seconds: float) -> None:
        """Wait."""
        self._sleep(seconds)

    @property
    def where(self) -> Address:
        """The object in the API. Raises AskHuman for a kind that has none."""
        found = address(self.name.kind, self.id)
        if found is None:
            raise AskHuman(t("{target} is not an object of the API.", target=self), next_step=t("Drop this change."))
        return found

    @property
    def type(self) -> str:
        """The first part of a native id that has one: ``deployment``."""
        return self.id.partition("/")[0]

    def read(self) -> Raw:
        """The object. Raises NotThere."""
        return self.get(self.where)

    def get(self, where: Address) -> Raw:
        """An object of the same cluster; of a secret its metadata alone, so that its values never travel. Raises NotThere."""
        return self.calls.get(self.name.account, where.api, where.namespace, where.name, metadata_only=where.api.name == SECRETS)

    def list(self, name: str, namespace: str = "", fields: str = "") -> list[Raw]:
        """Every object of a list of the same cluster; ``fields`` is a field selector."""
        query = {"fieldSelector": fields} if fields else {}
        return self.calls.objects(self.name.account, APIS[name], namespace, query=query)

    def apply(self, fields: Raw) -> Raw:
        """Set fields of the object by server-side apply; None takes one away. Gives the object as it then is.

        An object that changed meanwhile is read again. Raises Conflicting where another manager, that may not be taken over, owns
        what is to be set.
        """
        for _ in range(TRIES - 1):
            try:
                return self._apply_once(fields)
            except Conflicting as conflict:
                if conflict.managers:
                    raise
        return self._apply_once(fields)

    def _apply_once(self, fields: Raw) -> Raw:
        live = self.read()
        others = {path: owners(live, path) - {OURS} for path, gone in touched(fields, live) if gone}
        foreign = [path for path in others if others[path] or OURS not in owners(live, path)]
        return self._merge(live, fields) if foreign else self._apply_as_ours(live, fields)

    def _apply_as_ours(self, live: Raw, fields: Raw) -> Raw:
        where, version = self.where, self.calls.needed(self.name.account, self.where.api)
        body = {
            **merged(owned(live, MANAGER), fields),
            "apiVersion": where.api.api_version(version),
            "kind": where.api.kind,
        }
        named = {"name": where.name, "resourceVersion": live["metadata"]["resourceVersion"]}
        body["metadata"] = {**(body.get("metadata") or {}), **named, **({"namespace": where.namespace} if where.namespace else {})}
        try:
            return self.patch(where, body, APPLY, fieldManager=MANAGER, force="false")
        except Conflicting as conflict:
            if not conflict.managers or not self._may_take(conflict.managers):
                raise
            return self.patch(where, body, APPLY, fieldManager=MANAGER, force="true")

    def _merge(self, live: Raw, fields: Raw) -> Raw:
        """Apply cannot take away what others own. Where they may be taken over, all of it goes in one patch, so that nothing is
        left half-way."""
        paths = [path for path, _ in touched(fields, live)]
        managers = {name for path in paths for name, _ in owners(live, path)}
        if not self._may_take(managers):
            words = t(
                "{fields} of {target} belongs to {managers}.",
                fields=", ".join(".".join(map(str, path)) for path in paths),
                target=self,
                managers=", ".join(sorted(managers - {MANAGER})),
            )
            step = t("Change it there, or name the manager under clouds.kubernetes.take_over.")
            raise Conflicting(words, managers=tuple(sorted(managers)), next_step=step)
        body = difference(live, merged(live, fields))
        body["metadata"] = {**(body.get("metadata") or {}), "resourceVersion": live["metadata"]["resourceVersion"]}
        return self.patch(self.where, body, MERGE, fieldManager=MANAGER)

    def _may_take(self, managers: tuple[str, ...] | set[str]) -> bool:
        globs = (MANAGER, *self.calls.take_over)
        return all(any(fnmatchcase(name, glob) for glob in globs) for name in managers)

    def patch(self, where: Address, body: Any, content: str, **query: str) -> Raw:
        """Change an object, or, by apply, make it."""
        return self._make("PATCH", where, "patch", body=body, content=content, query=query)

    def create(self, where: Address, body: Raw) -> None:
        """Make an object. One of its name that is there already is left as it is."""
        version = self.calls.needed(self.name.account, where.api)
        named = {**(body.get("metadata") or {}), "name": where.name, "namespace": where.namespace}
        full = {**body, "apiVersion": where.api.api_version(version), "kind": where.api.kind, "metadata": named}
        call = Call(
            method="POST",
            path=at(where.api, version, where.namespace),
            permission=f"create {where.api.name}",
            namespace=where.namespace,
            body=full,
            query={"fieldManager": MANAGER},
        )
        try:
            self.calls.make(self.name.account, call)
        except AlreadyThere:
            return

    def delete(self, where: Address, uid: str) -> None:
        """Delete the very object that has this uid; one that is gone is gone."""
        body = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": uid}, "propagationPolicy": "Background"}
        try:
            self._make("DELETE", where, "delete", body=body)
        except NotThere:
            return

    def post(self, where: Address, sub: str, body: Raw) -> None:
        """Post to a part of an object (``eviction``)."""
        version = self.calls.needed(self.name.account, where.api)
        call = Call(
            method="POST",
            path=at(where.api, version, where.namespace, where.name, sub),
            permission=f"create {where.api.name}/{sub}",
            namespace=where.namespace,
            body=body,
        )
        self.calls.make(self.name.account, call)

    def _make(self, method: str, where: Address, verb: str, **more: Any) -> Raw:
        version = self.calls.needed(self.name.account, where.api)
        call = Call(
            method=method,
            path=at(where.api, version, where.namespace, where.name),
            permission=f"{verb} {where.api.name}",
            namespace=where.namespace,
            accept=METADATA_OF_ONE if where.api.name == SECRETS else JSON,
            **more,
        )
        answer = self.calls.make(self.name.account, call)
        return answer if isinstance(answer, dict) else {}


def sibling(target: Target, api: Api, name: str, namespace: str | None = None) -> Address:
    """Another object beside the target."""
    return Address(api, target.where.namespace if namespace is None else namespace, name)


class Rolling(actions.Setting, frozen=True, kw_only=True):
    """A setting of a workload whose copies are replaced: it is done when the roll-out is."""

    def steps(self, target: Any, change: str, before: Values, after: Values | None) -> tuple[Step, ...]:
        """One step."""
        return (RollingStep(target, self, before, after or {}),)


class RollingStep(SettingStep):
    """Set, then watch the roll-out to its end. One that stalls is an error, so that it is taken back."""

    reversibility: Reversibility

    def do(self, token: str) -> dict[str, Any]:
        """Before -> after, with every copy new and ready."""
        result = super().do(token)
        with planned(self._target):
            watch(self._target)
        return result

    def undo(self, token: str, result: dict[str, Any] | None) -> None:
        """After -> before, with every copy as before. What was never done is not watched: it may have been unwell before."""
        with planned(self._target):
            seen = self._setting.read(self._target)
        if seen is not None and matches(seen, self._before):
            return
        super().undo(token, result)
        with planned(self._target):
            watch(self._target)


def watch(target: Target) -> None:
    """Wait until a workload's roll-out is complete. Raises PlanAgain when its controller says that it has stopped, TryAgain when it
    takes too long. One that is paused is not waited for."""

    def look() -> bool | None:
        raw = target.read()
        if flag(raw, "spec", "paused") is True:
            return True
        found = progress(target.type, raw)
        if found.failed:
            raise PlanAgain(
                t("The roll-out of {target} has stopped: {reason}", target=target, reason=found.failed),
                next_step=t("Look at its new pods (`kubectl describe`), then plan again."),
            )
        return True if found.done else None

    target.until(t("rolled out"), look, MINUTES_S)
