"""How each service reads and changes labels, which are tags to everyone else."""

from collections.abc import Callable, Sequence

from skywright.adapters.clouds.gcp.write.base import COMPUTE, LABEL_KEY, LABEL_VALUE, Raw, Target, permissions
from skywright.adapters.clouds.gcp.write.platform import CLUSTERS, KEYS, REPOSITORIES, RUN, cluster_path, key_path
from skywright.adapters.clouds.kit.actions import Action, Values, Way
from skywright.adapters.clouds.kit.retag import Retag, Tagging, Tags
from skywright.adapters.clouds.kit.translate import at

RESERVED = ("goog-",)  # Google's own: "Labels overview", system-generated labels
DOCUMENT = "Resource Manager: Labels overview"

Look = Callable[[Target], Raw]
Write = Callable[[Target, Raw, Tags], object]


class Relabel(Retag):
    """Tags as labels: only what Google Cloud takes as a label."""

    def __init__(self, tagging: Tagging, kind: str) -> None:
        super().__init__(tagging, kind, RESERVED)
        line = self.action
        self.action = Action(
            name=line.name,
            kind=kind,
            columns=line.columns,
            calls=line.calls,
            own_permissions=permissions(line.calls),
            document=line.document,
        )

    def fits(self, before: Values, after: Values | None) -> bool:
        """Lower case letters, digits, hyphens and underscores."""
        wanted = (after or {}).get("tags") or {}
        held = before.get("tags") or {}
        new = {key: value for key, value in wanted.items() if held.get(key) != value}
        sayable = all(LABEL_KEY.fullmatch(key) and LABEL_VALUE.fullmatch(str(value)) for key, value in new.items())
        return sayable and super().fits(before, after)


def _tagging(kind: str, calls: tuple[str, ...], look: Look, field: Sequence[str], write: Write) -> Tagging:
    """``write(target, now, labels)`` writes all labels over the resource ``now`` that was read."""

    def labels(found: Raw) -> Tags:
        return dict(at(found, *field) or {})

    def change(target: Target, edit: Callable[[Tags], Tags]) -> None:
        def once() -> None:
            now = look(target)
            write(target, now, edit(labels(now)))

        target.renewed(once)

    return Tagging(
        kinds=(kind,),
        calls=calls,
        document=DOCUMENT,
        read=lambda target: labels(look(target)),
        put=lambda target, tags: change(target, lambda held: {**held, **tags}),
        remove=lambda target, keys: change(target, lambda held: {key: value for key, value in held.items() if key not in keys}),
    )


def _compute(kind: str, asset: str, collection: str) -> Tagging:
    """Compute Engine: all labels at once, with the fingerprint of those that were read."""
    world = (
        ("globalAddresses",) if collection == "addresses" else ("globalForwardingRules",) if collection == "forwardingRules" else ()
    )

    def write(target: Target, now: Raw, tags: Tags) -> None:
        key = "instance" if collection == "instances" else "resource"
        named, where = target.at(collection, key)
        if collection == "forwardingRules" and target.location == "global":
            named = "globalForwardingRules"
        body = {"labels": tags, "labelFingerprint": now.get("labelFingerprint")}
        target.act(f"compute.{named}.setLabels", body=body, **where)

    calls: tuple[str, ...] = (f"compute.{collection}.setLabels", f"compute.{collection}.setLabels", f"compute.{collection}.get")
    calls += tuple(f"compute.{one}.{verb}" for one in world for verb in ("setLabels", "get"))
    return _tagging(kind, calls, lambda target: target.look(COMPUTE + asset), ("labels",), write)


def _masked(kind: str, prefix: str, look: Look, path: Callable[[Target], str], wrap: str = "") -> Tagging:
    """A service whose resources are patched by a mask of fields."""
    patch = f"{prefix}.patch"

    def write(target: Target, _now: Raw, tags: Tags) -> None:
        if wrap:
            target.act(patch, body={wrap: {"labels": tags}, "updateMask": "labels"}, name=path(target))
        else:
            target.act(patch, body={"labels": tags}, name=path(target), updateMask="labels")

    return _tagging(kind, (patch, patch, f"{prefix}.get"), look, ("labels",), write)


def _asset(asset: str) -> Look:
    return lambda target: target.look(asset)


def _path(form: str) -> Callable[[Target], str]:
    return lambda target: form.format(project=target.project, location=target.location, name=target.own_name)


def _whole(held: Raw | None, tags: Tags) -> dict[str, str | None]:
    """All labels for a merge patch: those that are to go are null."""
    return {**dict.fromkeys(held or (), None), **tags}


def _write_bucket(target: Target, now: Raw, tags: Tags) -> None:
    params: Raw = {"bucket": target.own_name, "ifMetagenerationMatch": now.get("metageneration")}
    target.call("storage.buckets.patch", body={"labels": _whole(now.get("labels"), tags)}, **params)


def _write_database(target: Target, now: Raw, tags: Tags) -> None:
    settings = {
        "userLabels": _whole(at(now, "settings", "userLabels"), tags),
        "settingsVersion": at(now, "settings", "settingsVersion"),
    }
    target.act("sqladmin.instances.patch", body={"settings": settings}, project=target.project, instance=target.own_name)


def _write_cluster(target: Target, now: Raw, tags: Tags) -> None:
    body = {"resourceLabels": tags, "labelFingerprint": now.get("labelFingerprint")}
    target.act(f"{CLUSTERS}.setResourceLabels", body=body, name=cluster_path(target))


LOCATED = "projects/{project}/locations/{location}"
TAGGINGS = (
    _compute("compute.instance", "Instance", "instances"),
    _compute("storage.volume", "Disk", "disks"),
    _compute("storage.snapshot", "Snapshot", "snapshots"),
    _compute("compute.image", "Image", "images"),
    _compute("network.address", "Address", "addresses"),
    _compute("network.balancer", "ForwardingRule", "forwardingRules"),
    _tagging(
        "storage.bucket",
        ("storage.buckets.patch", "storage.buckets.patch", "storage.buckets.get"),
        _asset("storage.googleapis.com/Bucket"),
        ("labels",),
        _write_bucket,
    ),
    _tagging(
        "database.instance",
        ("sqladmin.instances.patch", "sqladmin.instances.patch", "sqladmin.instances.get"),
        _asset("sqladmin.googleapis.com/Instance"),
        ("settings", "userLabels"),
        _write_database,
    ),
    _tagging(
        "kubernetes.cluster",
        (f"{CLUSTERS}.setResourceLabels", f"{CLUSTERS}.setResourceLabels", f"{CLUSTERS}.get"),
        _asset("container.googleapis.com/Cluster"),
        ("resourceLabels",),
        _write_cluster,
    ),
    _masked("crypto.key", KEYS, lambda target: target.call(f"{KEYS}.get", name=key_path(target)), key_path),
    _masked(
        "crypto.secret",
        "secretmanager.projects.secrets",
        _asset("secretmanager.googleapis.com/Secret"),
        _path("projects/{project}/secrets/{name}"),
    ),
    _masked(
        "messaging.topic",
        "pubsub.projects.topics",
        _asset("pubsub.googleapis.com/Topic"),
        _path("projects/{project}/topics/{name}"),
        "topic",
    ),
    _masked(
        "messaging.queue",
        "pubsub.projects.subscriptions",
        _asset("pubsub.googleapis.com/Subscription"),
        _path("projects/{project}/subscriptions/{name}"),
        "subscription",
    ),
    _masked(
        "registry.repository",
        REPOSITORIES,
        _asset("artifactregistry.googleapis.com/Repository"),
        _path(LOCATED + "/repositories/{name}"),
    ),
    _masked("container.service", RUN, _asset("run.googleapis.com/Service"), _path(LOCATED + "/services/{name}")),
    _masked(
        "function.function",
        "cloudfunctions.projects.locations.functions",
        _asset("cloudfunctions.googleapis.com/Function"),
        _path(LOCATED + "/functions/{name}"),
    ),
    _masked(
        "database.cache",
        "redis.projects.locations.instances",
        _asset("redis.googleapis.com/Instance"),
        _path(LOCATED + "/instances/{name}"),
    ),
)

WAYS: tuple[Way, ...] = tuple(Relabel(tagging, kind) for tagging in TAGGINGS for kind in tagging.kinds)
