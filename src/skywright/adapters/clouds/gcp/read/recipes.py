"""What instances are made from, and the groups that make them: templates, managed groups, images."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from skywright.adapters.clouds.gcp.read import names
from skywright.adapters.clouds.gcp.read.base import COMPUTE, Asking, Reading
from skywright.adapters.clouds.gcp.read.instances import made_by
from skywright.adapters.clouds.gcp.read.place import Place
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.model.estate import Verb
from skywright.model.kinds.compute import Group, Image, LaunchTemplate

TEMPLATE, GROUP, IMAGE = "compute.template", "compute.group", "compute.image"
IMAGE_STATES = {"READY": "available", "PENDING": "pending", "FAILED": "failed", "DELETING": "deleting"}


def template(raw: dict[str, Any], place: Place) -> LaunchTemplate:
    """An InstanceTemplate. Google encrypts every disk."""
    made = tr.at(raw, "properties")
    boot = next((disk for disk in tr.items(made, "disks") if tr.flag(disk, "boot")), None)
    return LaunchTemplate(
        **{**names.row(TEMPLATE, raw, place), "tags": names.labels(made)},
        type=tr.tail(tr.text(made, "machineType")),
        image=place.link(IMAGE, tr.said(boot, "initializeParams", "sourceImage")),
        metadata_token_required=True,  # as for instances
        public_ip=any(tr.items(card, "accessConfigs") for card in tr.items(made, "networkInterfaces")),
        volumes_encrypted=True,
    )


class Around(msgspec.Struct, frozen=True):
    """What stands around a managed group; None: not known. ``scaler`` is {} when it has none; ``members`` are links of its
    instances, ``behind`` ids of the backend services that send to it, ``labels`` those that its template gives."""

    scaler: Any = None
    members: Sequence[str] | None = None
    behind: Sequence[str] | None = None
    labels: Mapping[str, str] | None = None


def group(raw: dict[str, Any], place: Place, around: Around) -> Group:
    """An InstanceGroupManager. It has no labels of its own: its tags are those that it gives its instances."""
    scaler, members, behind = around.scaler, around.members, around.behind
    own = names.labels(tr.at(raw, "allInstancesConfig", "properties")) or {}
    size = tr.integer(raw, "targetSize")
    policy = tr.at(scaler, "autoscalingPolicy")
    fixed = size if scaler == {} else None
    zones = [tr.tail(tr.text(one, "zone")) for one in tr.items(raw, "distributionPolicy", "zones")]
    healing = any(tr.text(one, "healthCheck") for one in tr.items(raw, "autoHealingPolicies"))
    stable = tr.flag(raw, "status", "isStable")
    return Group(
        **{**names.row(GROUP, raw, place), "tags": None if around.labels is None else {**around.labels, **own}},
        state=None if stable is None else "stable" if stable else "updating",
        min_size=_least(policy) if policy else fixed,
        max_size=tr.integer(policy, "maxNumReplicas") if policy else fixed,
        desired=size,
        instances=None if members is None else place.links("compute.instance", members),
        zones=tr.sorted_texts([tr.tail(tr.text(raw, "zone")), *zones]),
        target_groups=None if behind is None else sorted(behind),
        health_check="balancer" if healing else "instance",
        template=place.link(TEMPLATE, _template(raw)),
        uses_launch_configuration=False,
    )


def image(raw: dict[str, Any], place: Place, policy: Any) -> Image:
    """An Image with its IAM policy (None: not known)."""
    deprecated = tr.at(raw, "deprecated")
    return Image(
        **names.row(IMAGE, raw, place),
        state="deprecated" if tr.text(deprecated, "state") else names.word(raw, IMAGE_STATES, "status"),
        public=None if policy is None else names.open_to_all(policy),
        encrypted=True,
        snapshots=place.links("storage.snapshot", [tr.text(raw, "sourceSnapshot")]),
        deprecated_at=tr.moment(deprecated, "deprecated"),
        shared_with=None if policy is None else tr.sorted_texts(member for _, member, _ in names.members(policy)),
    )


def group_links(row: Group) -> Links:
    """A group needs its template."""
    yield Verb.MADE_FROM, row.template


def _least(policy: Any) -> int | None:
    return 0 if tr.text(policy, "mode") == "OFF" else tr.integer(policy, "minNumReplicas")


def _template(raw: Any) -> str | None:
    own = [tr.text(version, "instanceTemplate") for version in tr.items(raw, "versions")]
    return tr.text(raw, "instanceTemplate") or next((one for one in own if one), None)


def _read_templates(reading: Reading) -> None:
    found = reading.here(TEMPLATE, COMPUTE + "InstanceTemplate")
    reading.take(
        TEMPLATE,
        found,
        lambda raw: template(raw, reading.place),
        lambda row: [(Verb.MADE_FROM, row.image)] if row.image else [],
    )


def _read_groups(reading: Reading) -> None:
    found = reading.here(GROUP, COMPUTE + "InstanceGroupManager")
    if found:
        around = _around(reading)
        reading.take(GROUP, found, lambda raw: group(raw, reading.place, around(raw)), group_links)


def _around(reading: Reading) -> Callable[[Any], Around]:
    """How to find what stands around a group: four lists, each of which may be out of sight."""
    scalers = _seen(reading, _scalers)
    members = _seen(reading, _members)
    behind = _seen(reading, _behind)
    labels = _seen(reading, _labels)
    return lambda raw: Around(
        None if scalers is None else scalers.get(_key(tr.said(raw, "selfLink")), {}),
        None if members is None else members.get(f"{reading.account}/{tr.said(raw, 'name')}/{_where(raw)}", []),
        None if behind is None else behind.get(_key(tr.said(raw, "instanceGroup")), []),
        None if labels is None else labels.get(_key(_template(raw) or ""), {}),
    )


Known = TypeVar("Known")


def _seen(reading: Reading, look: Callable[[Reading], Known]) -> Known | None:
    """What ``look`` finds; None when it may not, and then the columns of groups stay unknown."""
    with reading.columns(GROUP):
        return reading.shared(look.__name__, lambda: look(reading))
    return None


def _scalers(reading: Reading) -> dict[str, Any]:
    """Managed group -> its Autoscaler."""
    return {_key(tr.said(one, "target")): one for one in reading.everywhere(COMPUTE + "Autoscaler")}


def _labels(reading: Reading) -> dict[str, dict[str, str]]:
    """Template -> the labels that it gives."""
    listed = reading.everywhere(COMPUTE + "InstanceTemplate")
    return {_key(tr.said(one, "selfLink")): names.labels(tr.at(one, "properties")) or {} for one in listed}


def _key(link: str) -> str:
    return link.partition("/projects/")[2]


def _where(raw: Any) -> str:
    return tr.tail(tr.text(raw, "zone") or tr.text(raw, "region")) or ""


def _members(reading: Reading) -> dict[str, list[str]]:
    """Project, name and place of a managed group -> links of the instances that say that it made them."""
    found: dict[str, list[str]] = defaultdict(list)
    for raw in reading.everywhere(COMPUTE + "Instance"):
        parts = made_by(raw).split("/")
        if len(parts) >= 6:
            found[f"{reading.place.project(parts[-5])}/{parts[-1]}/{parts[-3]}"].append(tr.said(raw, "selfLink"))
    return found


def _behind(reading: Reading) -> dict[str, list[str]]:
    """Instance group -> ids of the backend services that send to it."""
    found: dict[str, list[str]] = defaultdict(list)
    for raw in reading.everywhere(COMPUTE + "BackendService"):
        for backend in tr.items(raw, "backends"):
            if identifier := reading.place.link("network.targets", tr.text(raw, "selfLink")):
                found[_key(tr.said(backend, "group"))].append(identifier)
    return found


def _image_policy(raw: dict[str, Any], project: str) -> Asking:
    return names.full_name("compute", raw), "compute.images.getIamPolicy", {"project": project, "resource": tr.said(raw, "name")}


def _read_images(reading: Reading) -> None:
    found = reading.here(IMAGE, COMPUTE + "Image")
    granted = reading.granted(IMAGE, found, lambda raw: _image_policy(raw, reading.account))
    reading.take(IMAGE, granted, lambda one: image(one[0], reading.place, one[1]))


READERS = (
    Reader(
        name="templates",
        service="compute",
        kinds=(TEMPLATE,),
        read=_read_templates,
        permissions=("compute.instanceTemplates.list",),
    ),
    Reader(
        name="groups",
        service="compute",
        kinds=(GROUP,),
        read=_read_groups,
        permissions=(
            "compute.instanceGroupManagers.list",
            "compute.autoscalers.list",
            "compute.instances.list",
            "compute.backendServices.list",
            "compute.instanceTemplates.list",
        ),
    ),
    Reader(
        name="images",
        service="compute",
        kinds=(IMAGE,),
        read=_read_images,
        is_global=True,
        permissions=("compute.images.list", "compute.images.getIamPolicy"),
    ),
)
