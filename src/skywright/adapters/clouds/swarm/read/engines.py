"""One engine: the host that it runs on, its images, volumes and networks."""

from collections import Counter
from typing import Any

from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.reading import Links
from skywright.adapters.clouds.swarm.directory import Engine
from skywright.adapters.clouds.swarm.place import CLUSTER, HOST, IMAGE, NETWORK, VOLUME, Place
from skywright.adapters.clouds.swarm.read.base import ENGINE, SWARM, Reading, containers, on
from skywright.model.estate import Verb
from skywright.model.kinds import resource_id
from skywright.model.kinds.cluster import ContainerImage, ContainerNetwork, ContainerVolume
from skywright.model.kinds.compute import Host

MIB = 2**20
UNSAID = "<none>:<none>"
UNGUARDED = "API is accessible on"
"""The words of the warning in GET /info when a TCP port asks for no certificate (moby, daemon/info.go)."""


def host(raw: dict[str, Any], place: Place, engine: Engine, swarm: str | None) -> Host:
    """GET /info -> the host. Proxies may hold passwords, and counters change at every reading: they are dropped."""
    version = tr.text(raw, "ServerVersion")
    options = tr.texts(raw, "SecurityOptions")
    return Host(
        **place.common(HOST, raw["ID"]),
        name=tr.text(raw, "Name"),
        state="up",
        tags=_labels(raw.get("Labels")),
        native=tr.native(raw, *_VOLATILE, "HttpProxy", "HttpsProxy", "NoProxy", "RegistryConfig", "Swarm", "Plugins"),
        type="docker",
        vcpus=tr.integer(raw, "NCPU"),
        memory_mib=_mib(tr.integer(raw, "MemTotal")),
        instances=tr.integer(raw, "ContainersRunning"),
        architecture=tr.text(raw, "Architecture"),
        operating_system=tr.text(raw, "OperatingSystem"),
        os_version=tr.text(raw, "OSVersion"),
        kernel=tr.text(raw, "KernelVersion"),
        private_ip=tr.text(raw, "Swarm", "NodeAddr"),
        runtimes=[f"docker {version}"] if version else None,
        swarm=resource_id("swarm", swarm, "global", CLUSTER, swarm) if swarm else swarm,
        live_restore=tr.flag(raw, "LiveRestoreEnabled"),
        user_namespaces=None if options is None else any("name=userns" in one or "name=rootless" in one for one in options),
        tls_required=engine.endpoint.guarded and not any(UNGUARDED in str(one) for one in tr.items(raw, "Warnings")),
    )


_VOLATILE = (
    "Containers", "ContainersRunning", "ContainersPaused", "ContainersStopped", "Images", "NFd", "NGoroutines", "SystemTime",
    "NEventsListener",
)  # fmt: skip


def _labels(listed: Any) -> dict[str, str] | None:
    """``key=value`` lines -> tags."""
    if listed is None:
        return {}
    if not isinstance(listed, list):
        return None
    return dict(str(one).partition("=")[::2] for one in listed)


def _mib(size: int | None) -> int | None:
    return None if size is None else size // MIB


def image(raw: dict[str, Any], place: Place, used: set[str] | None) -> ContainerImage:
    """One of GET /images/json. ``used``: ids of images that containers were made from; None: not known."""
    names = [name for name in tr.texts(raw, "RepoTags") or () if name != UNSAID]
    digests = [name for name in tr.texts(raw, "RepoDigests") or () if not name.startswith("<none>@")]
    in_use = None if used is None else raw["Id"] in used
    size = tr.integer(raw, "Size")
    return ContainerImage(
        **place.common(IMAGE, raw["Id"]),
        name=next(iter(names or digests), ""),
        state=None if in_use is None else "in-use" if in_use else "available",
        tags=tr.tags(raw.get("Labels")),
        created_at=tr.moment(raw, "Created"),
        native=tr.native(raw, "Containers", "SharedSize", "VirtualSize"),
        reference=next(iter(names), ""),
        digest=next((name.partition("@")[2] for name in digests), ""),
        size_mib=None if size is None else round(size / MIB, 1),
        pinned=not names and bool(digests),
        used=in_use,
    )


def volume(raw: dict[str, Any], place: Place, used: set[str] | None) -> ContainerVolume:
    """One of GET /volumes. ``used``: names of volumes that containers mount; None: not known. Options may hold passwords (CIFS)."""
    in_use = None if used is None else raw["Name"] in used
    return ContainerVolume(
        **place.common(VOLUME, raw["Name"]),
        name=raw["Name"],
        state=None if in_use is None else "in-use" if in_use else "available",
        tags=tr.tags(raw.get("Labels")),
        created_at=tr.moment(raw, "CreatedAt"),
        native=tr.native(raw, "Options", "Status", "UsageData"),
        type="local" if tr.text(raw, "Scope") == "local" else "volume",
        storage_class=tr.text(raw, "Driver"),
        bound=True,
        used=in_use,
    )


def network(
    raw: dict[str, Any], place: Place, members: Counter[str] | None, twice: frozenset[str] = frozenset()
) -> ContainerNetwork:
    """One of GET /networks. Its name is its id, so that one that is made anew is the same; where two share a name, with its own id
    besides. ``members``: network id -> how many are in it; None: not known."""
    name = raw["Name"]
    options = raw.get("Options") or {}
    count = None if members is None else members[raw["Id"]]
    return ContainerNetwork(
        **place.common(NETWORK, f"{name}@{raw['Id'][:12]}" if name in twice else name),
        name=name,
        state=None if count is None else "in-use" if count else "available",
        tags=tr.tags(raw.get("Labels")),
        native=tr.native(raw, "Containers", "Peers", "Services"),
        driver=tr.text(raw, "Driver"),
        cidr=next((tr.text(one, "Subnet") for one in tr.items(raw, "IPAM", "Config")), None) or "",
        internal=tr.flag(raw, "Internal"),
        encrypted="encrypted" in options if tr.text(raw, "Driver") == "overlay" else None,
        attachable=tr.flag(raw, "Attachable"),
        members=count,
    )


def twice_named(raws: list[dict[str, Any]]) -> frozenset[str]:
    """Names that more than one network has."""
    return frozenset(name for name, count in Counter(raw.get("Name") for raw in raws).items() if count > 1 and name)


def _read_host(desk: Reading) -> None:
    info = desk.ask("GET /info")
    engine = desk.directory.engine(desk.account) or Engine(desk._desk.calls.way(desk.account).endpoints[0], info)  # noqa: SLF001
    swarm = desk.directory.swarm_of(engine)
    desk.take(HOST, [info], lambda raw: host(raw, desk.place, engine, swarm), _host_links)


def _host_links(row: Host) -> Links:
    yield Verb.MEMBER_OF, row.swarm


def _read_images(desk: Reading) -> None:
    used: set[str] | None = None
    with desk.columns(IMAGE):
        used = {tr.said(one, "ImageID") for one in containers(desk)}
    desk.take(IMAGE, desk.listed("GET /images/json"), lambda raw: image(raw, desk.place, used))


def _read_volumes(desk: Reading) -> None:
    used: set[str] | None = None
    with desk.columns(VOLUME):
        used = {tr.said(mount, "Name") for one in containers(desk) for mount in tr.items(one, "Mounts")}
    answer = desk.ask("GET /volumes")
    desk.take(VOLUME, answer["Volumes"] or (), lambda raw: volume(raw, desk.place, used))


def _read_networks(desk: Reading) -> None:
    members: Counter[str] | None = None
    with desk.columns(NETWORK):
        members = Counter(
            tr.said(joined, "NetworkID")
            for one in containers(desk)
            for joined in (tr.at(one, "NetworkSettings", "Networks") or {}).values()
        )
    local = [raw for raw in desk.listed("GET /networks") if raw.get("Scope") != SWARM]
    twice = twice_named(local)
    desk.take(NETWORK, local, lambda raw: network(raw, desk.place, members, twice))


READERS = (
    on(ENGINE, "host", (HOST,), _read_host, "GET /info", "GET /events"),  # the latter: when was it done (trail)
    on(ENGINE, "images", (IMAGE,), _read_images, "GET /images/json", "GET /containers/json"),
    on(ENGINE, "volumes", (VOLUME,), _read_volumes, "GET /volumes", "GET /containers/json"),
    on(ENGINE, "networks", (NETWORK,), _read_networks, "GET /networks", "GET /containers/json"),
)
"""What one engine holds besides its containers."""
