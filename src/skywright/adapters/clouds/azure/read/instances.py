"""Virtual machines and scale sets."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from skywright.adapters.clouds.azure.read.base import Locks, Place, Reading, held, props
from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links, Reader
from skywright.adapters.clouds.kit.witness import saw, summed_up
from skywright.model.errors import SkywrightError
from skywright.model.estate import Verb
from skywright.model.kinds.compute import Group, Instance

INSTANCE, GROUP = "compute.instance", "compute.group"
MACHINES = "Microsoft.Compute/virtualMachines"
SETS = "Microsoft.Compute/virtualMachineScaleSets"

# https://learn.microsoft.com/azure/virtual-machines/states-billing
STATES = {
    "starting": "pending",
    "creating": "pending",
    "running": "running",
    "stopping": "stopping",
    "stopped": "stopped",
    "deallocating": "stopping",
    "deallocated": "stopped",
}
RELEASED = ("deallocated", "deallocating")
SIZE = re.compile(r"(?:Standard|Basic)_(?P<family>[A-Z]+?)(?P<cores>\d+)(?:-\d+)?(?P<features>[a-z]*)", re.ASCII)


class Beside(msgspec.Struct, frozen=True):
    """What is known besides the machines themselves. None: could not be read."""

    sizes: Mapping[str, Any]
    cards: Mapping[str, dict[str, Any]] | None
    addresses: Mapping[str, dict[str, Any]] | None
    stopped: Mapping[str, datetime | None]  # path -> since when
    locks: Locks | None


def instance(raw: dict[str, Any], place: Place, beside: Beside) -> Instance:
    """A virtual machine, with its first card's addresses."""
    own = props(raw)
    power = power_state(own)
    size = tr.said(own, "hardwareProfile", "vmSize")
    cards = _cards(own, beside.cards)
    first = _first_address(cards)
    return Instance(
        **place.head(INSTANCE, raw),
        state=STATES.get(power, power or None),
        created_at=tr.moment(own, "timeCreated"),
        type=size or None,
        **shape(size, beside.sizes.get(size.lower())),
        platform=tr.said(own, "storageProfile", "osDisk", "osType").lower() or None,
        lifecycle="spot" if tr.said(own, "priority").lower() == "spot" else "on-demand",
        image=place.of(_image(own)),
        launched_at=None,
        stopped_at=beside.stopped.get(raw["id"].lower()) if STATES.get(power) == "stopped" else None,
        zone=next(iter(tr.texts(raw, "zones") or ()), ""),
        **_network(cards, first, place),
        private_ip=tr.said(first, "properties", "privateIPAddress") if cards is not None else None,
        public_ip=_public(cards, beside.addresses),
        key_pair=_key_names(own),
        volumes=place.all_of(_disks(own)),
        role=next(iter(tr.at(raw, "identity", "userAssignedIdentities") or ()), "") if raw.get("identity") else "",
        scaling_group=place.of(tr.said(own, "virtualMachineScaleSet", "id")),
        metadata_token_required=tr.flag(own, "securityProfile", "proxyAgentSettings", "enabled") or None,
        termination_protected=held(beside.locks, raw),
        allocated=None if not power else power not in RELEASED,
    )


def links(row: Instance) -> Links:
    """What a machine needs. (Its disks point at it themselves.)"""
    yield Verb.IN, row.subnet or row.vpc
    yield Verb.MADE_FROM, row.image
    yield Verb.MEMBER_OF, row.scaling_group
    for firewall in row.firewalls or ():
        yield Verb.GUARDED_BY, firewall


def power_state(own: dict[str, Any]) -> str:
    """``running``, ``deallocated``, ...: from the instance view, or from where Resource Graph puts it; "" when neither is there."""
    codes = [tr.said(status, "code") for status in tr.items(own, "instanceView", "statuses")]
    codes.append(tr.said(own, "extended", "instanceView", "powerState", "code"))
    return next((code.partition("/")[2].lower() for code in codes if code.lower().startswith("powerstate/")), "")


def shape(size: str, known: Any) -> dict[str, Any]:
    """What a size's capabilities tell, or else its name.
    https://learn.microsoft.com/azure/virtual-machines/vm-naming-conventions"""
    found = SIZE.match(size)
    cores = int(found["cores"]) if found and "-" not in size else None
    return {
        "vcpus": tr.integer(known, "vCPUs") or cores,
        "memory_mib": _mib(tr.said(known, "MemoryGB")),
        "architecture": ("arm64" if "p" in found["features"] else "x86_64") if found else None,
        "burstable": found["family"] == "B" if found else None,
    }


def _mib(gib: str) -> int | None:
    try:
        return int(float(gib) * 1024)
    except ValueError:
        return None


def _cards(own: dict[str, Any], known: Mapping[str, dict[str, Any]] | None) -> list[dict[str, Any]] | None:
    """The machine's network cards, the primary one first; None when one of them is not known."""
    named = tr.items(own, "networkProfile", "networkInterfaces")
    ordered = sorted(named, key=lambda one: tr.flag(one, "properties", "primary") is not True)
    found = [known.get(tr.said(one, "id").lower()) for one in ordered] if known is not None else [None]
    complete = [card for card in found if card is not None]
    return complete if len(complete) == len(found) else None


def _first_address(cards: list[dict[str, Any]] | None) -> dict[str, Any]:
    listed = [address for card in cards or () for address in tr.items(card, "properties", "ipConfigurations")]
    return next((one for one in listed if tr.flag(one, "properties", "primary")), listed[0] if listed else {})


def _network(cards: list[dict[str, Any]] | None, first: dict[str, Any], place: Place) -> dict[str, Any]:
    if cards is None:
        return {}
    subnet = tr.said(first, "properties", "subnet", "id")
    guards = [tr.said(card, "properties", "networkSecurityGroup", "id") for card in cards]
    return {"subnet": place.of(subnet), "vpc": place.of(network_of(subnet)), "firewalls": place.all_of(list(guards))}


def network_of(subnet: str) -> str:
    """A subnet's path -> its network's."""
    return subnet[: subnet.lower().rfind("/subnets/")] if "/subnets/" in subnet.lower() else ""


def _public(cards: list[dict[str, Any]] | None, addresses: Mapping[str, dict[str, Any]] | None) -> str | None:
    """The first public address of any of the cards; "" when they have none."""
    if cards is None:
        return None
    wanted = [path.lower() for card in cards for path in public_paths(card)]
    if not wanted:
        return ""
    if addresses is None or any(path not in addresses for path in wanted):
        return None
    return next((found for path in wanted if (found := tr.said(addresses[path], "properties", "ipAddress"))), "")


def public_paths(card: dict[str, Any]) -> list[str]:
    """The paths of a card's public addresses."""
    listed = tr.items(card, "properties", "ipConfigurations")
    return [path for one in listed if (path := tr.said(one, "properties", "publicIPAddress", "id"))]


def _image(own: dict[str, Any]) -> str:
    """An image of one's own; one of the marketplace is no resource of anybody's."""
    path = tr.said(own, "storageProfile", "imageReference", "id")
    return path.partition("/versions/")[0]


def _key_names(own: dict[str, Any]) -> str | None:
    """Azure copies public keys into the machine and forgets their names: whether there are any is all that is known."""
    keys = tr.items(own, "osProfile", "linuxConfiguration", "ssh", "publicKeys")
    return None if keys else ""


def _disks(own: dict[str, Any]) -> list[str | None]:
    profile = own.get("storageProfile")
    return [tr.text(one, "managedDisk", "id") for one in [tr.at(profile, "osDisk"), *tr.items(profile, "dataDisks")]]


def _read_machines(reading: Reading) -> None:
    found = reading.of_type(INSTANCE, MACHINES, "?$expand=instanceView")
    if not found:
        return
    named = (tr.said(one, "id") for raw in found for one in tr.items(raw, "properties", "networkProfile", "networkInterfaces"))
    cards = reading.facts_of("Microsoft.Network/networkInterfaces", named, INSTANCE)
    public = (path for card in (cards or {}).values() for path in public_paths(card))  # asked for by a narrowed reading alone
    beside = Beside(
        sizes=_sizes(reading),
        cards=cards,
        addresses=reading.facts_of("Microsoft.Network/publicIPAddresses", public, INSTANCE),
        stopped=_stopped(reading, found),
        locks=reading.locks(INSTANCE),
    )
    reading.take(INSTANCE, found, lambda raw: instance(raw, reading.place, beside), links)


def _sizes(reading: Reading) -> dict[str, Any]:
    """Size (lower case) -> its capabilities, of this location: the same for every subscription."""
    path = f"/providers/Microsoft.Compute/skus?$filter=location%20eq%20'{reading.region}'"
    what = f"sizes {reading.region}"
    with reading.columns(INSTANCE):
        with summed_up():  # the subscription that is asked is that of whoever comes first
            sizes = reading.tenant_shared(what, lambda: _capabilities(reading.pages(path)))
        saw(what, msgspec.json.encode(sizes))
        return sizes
    return {}


def _capabilities(listed: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {
        tr.said(one, "name").lower(): {tr.said(fact, "name"): tr.said(fact, "value") for fact in tr.items(one, "capabilities")}
        for one in listed
        if tr.said(one, "resourceType").lower() == "virtualmachines"
    }


def _stopped(reading: Reading, found: Sequence[dict[str, Any]]) -> dict[str, datetime | None]:
    """Since when machines have been stopped: the time of their last operation, which only the list of states tells. A later
    operation of another sort makes it too late a time, never too early a one."""
    if not any(STATES.get(power_state(raw.get("properties") or {})) == "stopped" for raw in found):
        return {}
    listed = found
    if reading.only is None:
        try:
            path = f"/providers/{MACHINES}?statusOnly=true"
            listed = reading.shared("states", lambda: list(reading.pages(path)))
        except SkywrightError as error:
            reading.partial(INSTANCE, error)
    return {tr.said(raw, "id").lower(): _last_time(raw) for raw in listed}


def _last_time(raw: dict[str, Any]) -> datetime | None:
    statuses = tr.items(raw, "properties", "instanceView", "statuses")
    times = [tr.moment(status, "time") for status in statuses if tr.said(status, "code").lower().startswith("provisioningstate/")]
    return next((time for time in times if time), None)


def group(raw: dict[str, Any], place: Place, members: list[str] | None, limits: dict[str, Any] | None) -> Group:
    """A scale set. ``limits``: the profile of its autoscaler, {} for none: then its capacity is minimum and maximum."""
    capacity = tr.integer(raw, "sku", "capacity")
    profile = tr.at(props(raw), "virtualMachineProfile")
    cards = tr.items(profile, "networkProfile", "networkInterfaceConfigurations")
    spots = [one for card in cards for one in tr.items(card, "properties", "ipConfigurations")]
    pools = [tr.text(pool, "id") for one in spots for key in POOLS for pool in tr.items(one, "properties", key)]
    return Group(
        **place.head(GROUP, raw),
        state=tr.said(props(raw), "provisioningState").lower() or None,
        created_at=tr.moment(props(raw), "timeCreated"),
        min_size=_limit(limits, "minimum", capacity),
        max_size=_limit(limits, "maximum", capacity),
        desired=capacity,
        instances=members,
        zones=tr.texts(raw, "zones") or [],
        subnets=place.all_of([tr.text(one, "properties", "subnet", "id") for one in spots]),
        target_groups=place.all_of(list(pools)),
        health_check="balancer" if _probed(profile) else "instance",
        uses_launch_configuration=False,
        spot_share_pct=100.0 if tr.said(profile, "priority").lower() == "spot" else 0.0,
    )


POOLS = ("loadBalancerBackendAddressPools", "applicationGatewayBackendAddressPools")


def _probed(profile: Any) -> bool:
    """A balancer's probe, or the extension that asks the application itself."""
    extensions = tr.items(profile, "extensionProfile", "extensions")
    health = ("applicationhealthlinux", "applicationhealthwindows")
    return bool(tr.at(profile, "networkProfile", "healthProbe")) or any(
        tr.said(one, "properties", "type").lower() in health for one in extensions
    )


def _limit(limits: dict[str, Any] | None, name: str, capacity: int | None) -> int | None:
    if limits is None:
        return None
    return tr.integer(limits, name) if limits else capacity


def group_links(row: Group) -> Links:
    """A scale set and what it is behind."""
    for subnet in row.subnets or ():
        yield Verb.IN, subnet
    for pool in row.target_groups or ():
        yield Verb.USES, pool


def _read_sets(reading: Reading) -> None:
    found = reading.of_type(GROUP, SETS)
    if not found:
        return
    scaled = _autoscaled(reading)
    members = reading.each(GROUP, found, lambda raw: _members(reading, raw))
    known = {tr.said(raw, "id"): value for raw, value in members}

    def row(raw: dict[str, Any]) -> Group:
        limits = None if scaled is None else scaled.get(raw["id"].lower(), {})
        return group(raw, reading.place, known.get(raw["id"]), limits)

    reading.take(GROUP, found, row, group_links)


def _members(reading: Reading, raw: dict[str, Any]) -> list[str]:
    """Ids of the machines of a scale set: its own, or ordinary ones that belong to it (flexible orchestration)."""
    listed = reading.pages(f"{raw['id']}/virtualMachines")
    return reading.place.all_of([tr.text(one, "id") for one in listed])


def _autoscaled(reading: Reading) -> dict[str, dict[str, Any]] | None:
    """Scale set -> the capacity that its autoscaler keeps to; None when autoscalers cannot be read."""
    with reading.columns(GROUP):
        listed = reading.shared("autoscalers", lambda: list(reading.pages("/providers/Microsoft.Insights/autoscaleSettings")))
        return {
            tr.said(one, "properties", "targetResourceUri").lower(): tr.at(profile, "capacity") or {}
            for one in listed
            if tr.flag(one, "properties", "enabled") is not False
            for profile in tr.items(one, "properties", "profiles")[:1]
        }
    return None


READERS = (
    Reader(
        name="instances",
        service="compute",
        kinds=(INSTANCE,),
        read=_read_machines,
        permissions=(
            f"{MACHINES}/read",
            "Microsoft.Compute/skus/read",
            "Microsoft.Network/networkInterfaces/read",
            "Microsoft.Network/publicIPAddresses/read",
            "Microsoft.Authorization/locks/read",
        ),
    ),
    Reader(
        name="scale-sets",
        service="compute",
        kinds=(GROUP,),
        read=_read_sets,
        permissions=(f"{SETS}/read", f"{SETS}/virtualMachines/read", "Microsoft.Insights/autoscaleSettings/read"),
    ),
)
