"""Instances, with the shape of their machine types and the firewall rules that apply to them."""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from skywright.adapters.clouds.gcp.read import names
from skywright.adapters.clouds.gcp.read.base import COMPUTE, Reading
from skywright.adapters.clouds.gcp.read.place import Place
from skywright.adapters.clouds.gcp.read.targets import Rules
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.adapters.clouds.kit.witness import saw, summed_up
from skywright.model.estate import Verb
from skywright.model.kinds.compute import Instance
from skywright.model.kinds.network import Interface

CARD = "network.interface"
KIND = "compute.instance"
STATES = {
    "PROVISIONING": "pending",
    "STAGING": "pending",
    "REPAIRING": "pending",
    "RUNNING": "running",
    "STOPPING": "stopping",
    "SUSPENDING": "stopping",
    "PENDING_STOP": "stopping",
    "SUSPENDED": "stopped",
    "TERMINATED": "stopped",  # Google's word for a stopped instance, that can be started again
    "DEPROVISIONING": "terminated",
}
CUSTOM = re.compile(r"(?:\w+-)?custom-(\d+)-(\d+)(?:-ext)?")
ARM = ("t2a-", "c4a-", "n4a-", "a4x-")


def instance(raw: dict[str, Any], place: Place, shape: Any, rules: Rules | None, image: str | None) -> Instance:
    """An Instance of Compute Engine. ``shape``: its MachineType; ``rules``: the firewall rules of its network (None: not known);
    ``image``: the link of the image that its boot disk was made from."""
    first = next(iter(_cards(raw)), None)
    kind = tr.tail(tr.text(raw, "machineType"))
    return Instance(
        **names.row(KIND, raw, place),
        state=names.word(raw, STATES, "status"),
        type=kind,
        vcpus=_cpus(kind, shape),
        memory_mib=_memory(kind, shape),
        architecture=_architecture(raw, kind, shape),
        platform=_platform(raw),
        lifecycle=_lifecycle(raw),
        burstable=tr.flag(shape, "isSharedCpu"),
        image=place.link("compute.image", image),
        launched_at=tr.moment(raw, "lastStartTimestamp"),
        stopped_at=_stopped(raw),
        zone=tr.tail(tr.text(raw, "zone")),
        vpc=place.link("network.vpc", tr.text(first, "network")),
        subnet=place.link("network.subnet", tr.said(first, "subnetwork")),
        private_ip=tr.said(first, "networkIP"),
        public_ip=_public_ip(raw),
        firewalls=None if rules is None else rules.carried(raw, _cards(raw)),
        volumes=place.links("storage.volume", (tr.text(disk, "source") for disk in tr.items(raw, "disks"))),
        role=_role(raw, place),
        scaling_group=place.link("compute.group", made_by(raw)),
        metadata_token_required=True,  # every request needs the header Metadata-Flavor ("About VM metadata")
        termination_protected=tr.flag(raw, "deletionProtection") or False,
    )


def card(raw: dict[str, Any], number: int, place: Place, rules: Rules | None) -> Interface:
    """One of an Instance's networkInterfaces. ``rules``: as for ``instance``."""
    own = tr.items(raw, "networkInterfaces")[number]
    alone = {**raw, "networkInterfaces": [own]}
    common = names.row(CARD, {**own, "zone": raw.get("zone")}, place, f"{raw['name']}/{tr.text(own, 'name') or f'nic{number}'}")
    forwards = tr.flag(raw, "canIpForward") or False
    return Interface(
        **common,
        state="in-use",
        type="interface",
        vpc=place.link("network.vpc", tr.text(own, "network")),
        subnet=place.link("network.subnet", tr.said(own, "subnetwork")),
        private_ip=tr.said(own, "networkIP"),
        public_ip=_public_ip(alone),
        firewalls=None if rules is None else rules.carried(raw, [own]),
        attached_to=place.link(KIND, tr.text(raw, "selfLink")),
        attached=True,
        source_check=not forwards,
    )


def card_links(row: Interface) -> Links:
    """A card is of an instance and in a subnet."""
    yield Verb.ATTACHED_TO, row.attached_to
    yield Verb.IN, row.subnet or row.vpc


def links(row: Instance) -> Links:
    """What an instance needs."""
    yield Verb.IN, row.subnet or row.vpc
    yield Verb.MADE_FROM, row.image
    yield Verb.ACTS_AS, row.role
    yield Verb.MEMBER_OF, row.scaling_group
    for firewall in row.firewalls or ():
        yield Verb.GUARDED_BY, firewall


def custom(kind: str | None) -> tuple[int, int] | None:
    """A custom machine type says its shape in its name: vCPUs and MiB (``n2-custom-4-8192``)."""
    found = CUSTOM.fullmatch(kind or "")
    return (int(found[1]), int(found[2])) if found else None


def _cpus(kind: str | None, shape: Any) -> int | None:
    own = custom(kind)
    return own[0] if own else tr.integer(shape, "guestCpus")


def _memory(kind: str | None, shape: Any) -> int | None:
    own = custom(kind)
    return own[1] if own else tr.integer(shape, "memoryMb")


def _architecture(raw: Any, kind: str | None, shape: Any) -> str | None:
    boot = next((disk for disk in tr.items(raw, "disks") if tr.flag(disk, "boot")), None)
    told = tr.text(shape, "architecture") or tr.text(boot, "architecture")
    if told and told != "ARCHITECTURE_UNSPECIFIED":
        return told.lower()
    return None if kind is None else "arm64" if kind.startswith(ARM) else "x86_64"


def _platform(raw: Any) -> str | None:
    licences = [licence for disk in tr.items(raw, "disks") for licence in tr.texts(disk, "licenses") or []]
    return "Windows" if any("windows" in licence for licence in licences) else "Linux/UNIX"


def _lifecycle(raw: Any) -> str:
    spot = tr.text(raw, "scheduling", "provisioningModel") == "SPOT" or tr.flag(raw, "scheduling", "preemptible")
    return "spot" if spot else "on-demand"


def _stopped(raw: Any) -> Any:
    stopped = STATES.get(tr.said(raw, "status")) == "stopped"
    return (tr.moment(raw, "lastStopTimestamp") or tr.moment(raw, "lastSuspendedTimestamp")) if stopped else None


def _public_ip(raw: Any) -> str:
    """The first public address of any card; an IPv6 one where there is no other."""
    cards = tr.items(raw, "networkInterfaces")
    four = [tr.text(one, "natIP") for card in cards for one in tr.items(card, "accessConfigs")]
    six = [tr.text(one, "externalIpv6") for card in cards for one in tr.items(card, "ipv6AccessConfigs")]
    return next((address for address in [*four, *six] if address), "")


def _role(raw: Any, place: Place) -> str | None:
    account = next(iter(tr.items(raw, "serviceAccounts")), None)
    return place.service_account(tr.said(account, "email"))


def made_by(raw: Any) -> str:
    """The managed group that made an instance, as the instance's metadata says; "" for one that was made by hand."""
    said = (tr.said(one, "value") for one in tr.items(raw, "metadata", "items") if tr.text(one, "key") == "created-by")
    found = next(said, "")
    return found if "/instanceGroupManagers/" in found else ""


def _read(reading: Reading) -> None:
    found = reading.here(KIND, COMPUTE + "Instance")
    shapes: dict[str, Any] = {}
    with reading.columns(KIND):
        shapes = _shapes(reading, found)
    rules = _rules(reading, found)
    images = _images(reading, found)
    reading.take(
        KIND,
        found,
        lambda raw: instance(
            raw, reading.place, shapes.get(_kind(raw)), rules.get(_network_project(raw, reading)), images.get(_boot(raw))
        ),
        links,
    )


def _kind(raw: Any) -> str:
    return tr.tail(tr.text(raw, "machineType")) or ""


def _shapes(reading: Reading, found: Sequence[Any]) -> dict[str, Any]:
    """Machine type -> what it has: asked once for each type in use (in the first zone where it is), custom ones not at all."""
    zones = {_kind(raw): tr.tail(tr.said(raw, "zone")) for raw in found if _kind(raw) and custom(_kind(raw)) is None}
    asked = reading.each(KIND, sorted(zones.items()), lambda one: _shape(reading, *one))
    return {kind: shape for (kind, _), shape in asked}


def _shape(reading: Reading, kind: str, zone: str | None) -> Any:
    what = f"machine type {kind}"
    with summed_up():  # it is asked in the zone of whoever comes first
        shape = reading.shared(
            what, lambda: reading.maybe("compute.machineTypes.get", project=reading.account, zone=zone, machineType=kind)
        )
    saw(what, f"{tr.integer(shape, 'guestCpus')} {tr.integer(shape, 'memoryMb')}".encode())
    return shape


def _cards(raw: Any) -> list[Any]:
    return tr.items(raw, "networkInterfaces")


def _network_project(raw: Any, reading: Reading, number: int = 0) -> str:
    """The project whose network a card of an instance is in: its own, or that of a shared VPC."""
    found = re.search(r"projects/([^/]+)/", tr.said(next(iter(_cards(raw)[number:]), None), "network"))
    return reading.place.project(found[1]) if found else reading.account


def _rules(reading: Reading, found: Sequence[Any], kind: str = KIND) -> dict[str, Rules]:
    """Project -> the firewall rules of its networks; those of a shared VPC may be out of sight."""
    rules: dict[str, Rules] = {}
    for project in sorted({_network_project(raw, reading, at) for raw in found for at in range(len(_cards(raw)))}):
        with reading.columns(kind):
            rules[project] = reading.shared(f"rules of {project}", partial(_found_rules, reading, project))
    return rules


def _found_rules(reading: Reading, project: str) -> Rules:
    return Rules(reading.firewalls(project), reading.place)


def _boot(raw: Any) -> str:
    boot = next((disk for disk in tr.items(raw, "disks") if tr.flag(disk, "boot")), None)
    return tr.said(boot, "source").partition("/projects/")[2]


def _images(reading: Reading, found: Sequence[Any]) -> Mapping[str, str]:
    """Boot disk -> the image that it was made from. In a refresh each disk is asked for; else they are listed anyway."""
    images: dict[str, str] = {}
    with reading.columns(KIND):
        for raw in _disks(reading, found):
            images[tr.said(raw, "selfLink").partition("/projects/")[2]] = tr.said(raw, "sourceImage")
    return images


def _disks(reading: Reading, found: Sequence[Any]) -> list[Any]:
    if reading.only is None:
        return reading.disks()
    wanted = [parts for raw in found if len(parts := _boot(raw).split("/")) == 5]
    asked = reading.each(KIND, wanted, lambda parts: reading.one(COMPUTE + "Disk", reading.region, f"{parts[2]}/{parts[4]}"))
    return [disk for _, disk in asked if disk]


def _read_cards(reading: Reading) -> None:
    found = _carriers(reading)
    rules = _rules(reading, found, CARD)
    cards = [(raw, number) for raw in found for number in range(len(tr.items(raw, "networkInterfaces")))]
    wanted = [one for one in cards if reading.wants(f"{tr.tail(one[0].get('zone'))}/{one[0].get('name')}/{_called(*one)}")]
    reading.take(
        CARD,
        wanted,
        lambda one: card(*one, reading.place, rules.get(_network_project(one[0], reading, one[1]))),
        card_links,
    )


def _called(raw: Any, number: int) -> str:
    return tr.text(tr.items(raw, "networkInterfaces")[number], "name") or f"nic{number}"


def _carriers(reading: Reading) -> list[Any]:
    """The instances whose cards are wanted."""
    if reading.only is None:
        return reading.here(CARD, COMPUTE + "Instance")
    owners = sorted({native_id.rpartition("/")[0] for native_id in reading.only})
    asked = reading.each(CARD, owners, lambda owner: reading.one(COMPUTE + "Instance", reading.region, owner), needed=True)
    return [raw for _, raw in asked if raw]


READERS = (
    Reader(
        name="instances",
        service="compute",
        kinds=(KIND,),
        read=_read,
        permissions=("compute.instances.list", "compute.machineTypes.get", "compute.firewalls.list", "compute.disks.list"),
    ),
    Reader(
        name="interfaces",
        service="compute",
        kinds=(CARD,),
        read=_read_cards,
        permissions=("compute.instances.list", "compute.firewalls.list"),
    ),
)
