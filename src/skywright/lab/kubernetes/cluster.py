"""One cluster's objects: versions, owners, defaults, and controllers that bring about what is wanted, a look at a time."""

import copy
import hashlib
import itertools
import threading
from collections import Counter
from datetime import datetime, timedelta

from skywright.lab.kubernetes import controllers, fields
from skywright.lab.kubernetes.catalogue import Resource, resources
from skywright.lab.kubernetes.fields import Object
from skywright.lab.kubernetes.refused import Refused

START = datetime(2026, 1, 5, 8)
NO_GENERATION = {"ConfigMap", "Secret", "ServiceAccount", "Node", "Namespace", "Pod", "Service"}


class Cluster:
    """Objects by resource and name. Safe to use from many threads. ``tick`` is how often it was looked at."""

    def __init__(self, name: str, minor: int = 34, seed: int = 1) -> None:
        self.name = name
        self.minor = minor
        self.seed = seed
        self.served = {(one.group, one.version, one.plural): one for one in resources(minor)}
        self.lock = threading.RLock()
        self.versions = itertools.count(1000)
        self.kept: dict[str, list[Object]] = {}  # lists that are being paged through
        self.looks: Counter[str] = Counter()
        self._objects: dict[str, dict[tuple[str, str], Object]] = {one.name: {} for one in self.served.values()}
        self._ports = itertools.count(30000)
        self._addresses = itertools.count(2)

    def all(self, name: str, namespace: str = "") -> list[Object]:
        """Every object of a resource (``deployments.apps``), in order of names."""
        with self.lock:
            found = self._objects.get(name, {})
            return [found[key] for key in sorted(found) if not namespace or key[0] == namespace]

    def get(self, name: str, namespace: str, object_name: str) -> Object:
        """One object. Raises Refused 404."""
        with self.lock:
            found = self._objects[name].get((namespace, object_name))
            if found is None:
                raise Refused(404, "NotFound", f'{name} "{object_name}" not found')
            return found

    def resource(self, name: str) -> Resource:
        """The resource of a name, in the version that is served."""
        return next(one for one in self.served.values() if one.name == name)

    def add(self, body: Object, manager: str = "kubectl-create") -> Object:
        """Make an object. Raises Refused 409 where there is one of its name, 404 for a namespace that is not there."""
        with self.lock:
            resource = next(one for one in self.served.values() if one.kind == body["kind"])
            metadata = {"name": body["metadata"]["name"], **body["metadata"]}
            namespace = metadata.get("namespace") or ("default" if resource.namespaced else "")
            key = (namespace, metadata["name"])
            if key in self._objects[resource.name]:
                raise Refused(409, "AlreadyExists", f'{resource.name} "{key[1]}" already exists')
            if resource.namespaced and ("", namespace) not in self._objects["namespaces"]:
                raise Refused(404, "NotFound", f'namespaces "{namespace}" not found')
            made = copy.deepcopy({**body, "apiVersion": resource.api_version, "metadata": metadata})
            if resource.namespaced:
                metadata["namespace"] = made["metadata"]["namespace"] = namespace
            version = next(self.versions)
            made["metadata"].setdefault("creationTimestamp", (START + timedelta(seconds=version)).isoformat() + "Z")
            made["metadata"]["uid"] = hashlib.sha256(f"{self.name}{version}".encode()).hexdigest()[:32]
            controllers.default(self, made)
            if manager:
                fields.updated(None, made, manager)
            return self._keep(resource, key, made, first=True)

    def replace(self, name: str, key: tuple[str, str], new: Object, version: str = "") -> Object:
        """Put an object in the place of another. ``version``: the one that was read. Raises Refused 409 when it is not of now."""
        with self.lock:
            old = self.get(name, *key)
            if version and version != old["metadata"]["resourceVersion"]:
                words = f'Operation cannot be fulfilled on {name} "{key[1]}": the object has been modified'
                raise Refused(409, "Conflict", words)
            controllers.default(self, new)
            controllers.validate(new)
            if _contents(old) == _contents(new):
                return old
            return self._keep(self.resource(name), key, new, changed=old.get("spec") != new.get("spec"))

    def remove(self, name: str, key: tuple[str, str], uid: str = "") -> None:
        """Delete an object and what it owns. Raises Refused 404, or 409 where it is another one than was meant."""
        with self.lock:
            found = self.get(name, *key)
            if uid and uid != found["metadata"]["uid"]:
                raise Refused(409, "Conflict", f"the UID in the precondition ({uid}) does not match")
            del self._objects[name][key]
            next(self.versions)
            controllers.removed(self, found)
            for other in list(self._objects):
                for inner, one in list(self._objects[other].items()):
                    owners = one["metadata"].get("ownerReferences") or ()
                    if inner in self._objects[other] and any(owner["uid"] == found["metadata"]["uid"] for owner in owners):
                        self.remove(other, inner)
            controllers.settle(self)

    def load(self, body: Object) -> Object:
        """Add an object as it is, without waking the controllers: for what comes by the thousand."""
        with self.lock:
            resource = next(one for one in self.served.values() if one.kind == body["kind"])
            version = next(self.versions)
            metadata = {**body["metadata"], "uid": f"{self.name}-{version:x}", "resourceVersion": str(version), "generation": 1}
            metadata.setdefault("creationTimestamp", START.isoformat() + "Z")
            made: Object = {**body, "apiVersion": resource.api_version, "metadata": metadata}
            self._objects[resource.name][metadata.get("namespace") or "", metadata["name"]] = made
            return made

    def touch(self, one: Object) -> None:
        """An object was changed by a controller."""
        one["metadata"]["resourceVersion"] = str(next(self.versions))

    def port(self) -> int:
        """A port of every node that nobody has."""
        return next(self._ports)

    def address(self) -> str:
        """An address inside the cluster that nobody has."""
        number = next(self._addresses)
        return f"10.96.{number // 250}.{number % 250 + 1}"

    def _keep(self, resource: Resource, key: tuple[str, str], made: Object, *, first: bool = False, changed: bool = True) -> Object:
        metadata = made["metadata"]
        metadata["resourceVersion"] = str(next(self.versions))
        if made["kind"] not in NO_GENERATION:
            metadata["generation"] = 1 if first else metadata.get("generation", 1) + int(changed)
        self._objects[resource.name][key] = made
        controllers.settle(self)
        return made


def _contents(one: Object) -> Object:
    return {**one, "metadata": {key: value for key, value in one["metadata"].items() if key != "resourceVersion"}}
