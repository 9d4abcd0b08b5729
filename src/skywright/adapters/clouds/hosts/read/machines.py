"""Hosts of a site: one visit each. One that does not answer is offline and not gone: its last known facts are shown, as old as
``last_seen_at``."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from skywright.adapters.clouds.hosts.calls import Visit
from skywright.adapters.clouds.hosts.faults import Offline
from skywright.adapters.clouds.hosts.parse import network, software, system
from skywright.adapters.clouds.hosts.place import HOST, SSH, Place
from skywright.adapters.clouds.hosts.read.base import Reading
from skywright.adapters.clouds.hosts.script import SECTIONS, VISIT, Answer
from skywright.adapters.clouds.kit.reading import DRIFT, Reader
from skywright.model.errors import AskHuman, SkywrightError
from skywright.model.kinds.compute import Host
from skywright.model.words import n, t

Value = TypeVar("Value")
NAMES_SHOWN = 5


class Heard:
    """Sections of one answer, read one by one; those that are not understood are remembered."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.strange: list[str] = []

    def read(self, section: str, parse: Callable[[str], Value]) -> Value | None:
        """What a section says; None when the host does not tell, or not in a way that is understood."""
        text = self._answer.get(section)
        if text is None:
            return None
        try:
            return parse(text)
        except DRIFT:
            if section not in self.strange:
                self.strange.append(section)
            return None


def host(heard: Heard, visit: Visit, place: Place, now: Any) -> Host:
    """An answer to the script -> a row."""
    return Host(
        **place.common(HOST, visit.host.name),
        name=heard.read("hostname", str.strip) or visit.host.name,
        state="up",
        tags=_tags(heard, visit),
        native=_native(heard, visit),
        type="server",
        site=visit.site_name,
        last_seen_at=now,
        **_machine(heard),
        **_system(heard),
        **_network(heard),
        **_software(heard),
        **_ssh(heard.read("sshd", software.ssh_settings)),
    )


def _machine(heard: Heard) -> dict[str, Any]:
    """Processors, memory, disks."""
    memory = heard.read("memory", system.memory)
    mounts = heard.read("mounts", str)
    disks = heard.read("disks", lambda text: system.disks(text, mounts))
    return {
        "vcpus": heard.read("cpu", system.processors),
        "memory_mib": memory.total_mib if memory else None,
        "memory_used_mib": memory.used_mib if memory else None,
        "disk_gib": None if disks is None else round(sum(disk.size_gib or 0 for disk in disks), 2),
        "disks": disks,
        "virtual": _virtual(heard),
    }


def _system(heard: Heard) -> dict[str, Any]:
    """The operating system, and how it is set."""
    release = heard.read("os", system.os_release)
    kernel = heard.read("uname", system.uname)
    return {
        "architecture": kernel[1] if kernel else None,
        "kernel": kernel[0] if kernel else None,
        "operating_system": release.get("PRETTY_NAME") or release["ID"] if release else None,
        "os_version": release.get("VERSION_ID") if release else None,
        "os_end_of_support": system.end_of_support(release) if release else None,
        "uptime_s": heard.read("uptime", system.uptime),
        "reboot_required": heard.read("reboot", lambda text: system.boolean(text, "yes", "no")),
        "time_synchronised": heard.read("clock", system.synchronised),
        "kernel_settings": heard.read("settings", software.pairs),
        "file_modes": heard.read("files", software.pairs),
    }


def _network(heard: Heard) -> dict[str, Any]:
    """Addresses, what listens on them, and what guards them."""
    listed = heard.read("addresses", network.addresses)
    private, public = network.split_public(listed) if listed is not None else (None, None)
    return {
        "private_ip": private,
        "public_ip": public,
        "addresses": listed,
        "listeners": heard.read("listeners", network.listeners),
        "firewall_enabled": heard.read("firewall", software.guarded),
    }


def _software(heard: Heard) -> dict[str, Any]:
    """Packages, services, what containers run in."""
    updates = heard.read("updates", software.updates)
    return {
        "updates_pending": updates[0] if updates else None,
        "security_updates_pending": updates[1] if updates else None,
        "packages": heard.read("packages", software.packages),
        "daemons": heard.read("services", software.daemons),
        "runtimes": heard.read("runtimes", software.runtimes),
    }


def _tags(heard: Heard, visit: Visit) -> dict[str, str] | None:
    """Those of the inventory, and the host's own above them."""
    own = heard.read("tags", lambda text: software.pairs(text, "="))
    return None if own is None else {**visit.host.tags, **own}


def _native(heard: Heard, visit: Visit) -> dict[str, Any]:
    release = heard.read("os", system.os_release) or {}
    kept = {name: release[name] for name in ("ID", "VERSION_ID", "VERSION_CODENAME") if name in release}
    return {"address": visit.host.address or visit.host.name, "boot": heard.read("boot", str.strip), "os": kept}


def _virtual(heard: Heard) -> bool | None:
    """Systemd's word; else what the processor says."""
    said = heard.read("virtual", str.strip)
    return said != "none" if said else heard.read("cpu", system.hypervised)


def _ssh(settings: dict[str, str] | None) -> dict[str, Any]:
    """Passwords and root, by OpenSSH's defaults where nothing is said. No file and no server's word: not known."""
    if not settings:
        return {"ssh_password_login": None, "ssh_root_login": None, "ssh_settings": settings}
    held = software.SSH_DEFAULTS | settings
    return {
        "ssh_password_login": held["passwordauthentication"] != "no",
        "ssh_root_login": held["permitrootlogin"] not in ("no", "forced-commands-only"),
        "ssh_settings": settings,
    }


def remembered(desk: Reading, name: str, state: str | None) -> Host:
    """A host that could not be read, as it was when it could; with nothing but its name when it never could."""
    known = desk.calls.memory.facts(desk.account, name)
    waiting = len(desk.calls.memory.waiting(desk.account, name))
    row = known or Host(**desk.place.common(HOST, name), name=name, type="server", site=desk.account)
    return msgspec.structs.replace(row, state=state, queued_changes=waiting)


def visited(desk: Reading, name: str) -> Host:
    """One host as it is now; what was heard is remembered. Raises model.errors."""
    visit = desk.calls.visit(desk.account, name)
    answer = desk.calls.ask(desk.account, name, VISIT if desk.only is None else SECTIONS)
    if desk.only is None:
        desk.calls.keep_sample(desk.account, name, answer)
    heard = Heard(answer)
    row = host(heard, visit, desk.place, desk.now)
    row = msgspec.structs.replace(row, queued_changes=len(desk.calls.memory.waiting(desk.account, name)))
    desk.calls.memory.keep(row)
    if heard.strange:
        desk.partial(HOST, _strange(name, heard.strange))
    return row


def _strange(name: str, sections: list[str]) -> AskHuman:
    return AskHuman(
        t("{host} says of {sections} what is not understood.", host=name, sections=", ".join(sections)),
        next_step=t("Report this with the operating system of the host."),
    )


def _read(desk: Reading) -> None:
    """All hosts of the site, or those that are wanted."""
    desk.allowed()
    names = [name for name in desk.calls.hosts(desk.account) if desk.wants(name)]
    offline: list[tuple[str, Offline]] = []

    def visit(name: str) -> Host | SkywrightError:
        try:
            return visited(desk, name)
        except SkywrightError as error:
            return error

    for name, found in desk.each(HOST, names, visit):
        if isinstance(found, Host):
            desk.add(found)
        elif isinstance(found, Offline):
            offline.append((name, found))
        elif found is not None:
            desk.gap(HOST, found)
            if desk.only is None:
                desk.add(remembered(desk, name, None))
    if offline:
        _tell(desk, offline)


def _tell(desk: Reading, offline: list[tuple[str, Offline]]) -> None:
    """Show what did not answer. A gathering has a row for each, and says that it is old. A fresh read has none, so that nothing is
    done on it; but at an intermittent site a change may wait for the host, and its step looks again before it acts."""
    names = ", ".join(name for name, _ in offline[:NAMES_SHOWN])
    said = n("{count} host does not answer", "{count} hosts do not answer", len(offline))
    error = Offline(f"{said}: {names}. {offline[0][1].message}")
    patient = desk.calls.config.sites[desk.account].intermittent
    if desk.only is None:
        for name, _ in offline:
            desk.add(remembered(desk, name, "offline"))
        desk.partial(HOST, error)
        return
    for name, _ in offline:
        known = desk.calls.memory.facts(desk.account, name) if patient else None
        if known is None:
            desk.gap(HOST, error)
        else:
            desk.add(known)


READERS = (Reader(name="machines", service=SSH, kinds=(HOST,), read=_read, permissions=(SSH,), is_global=True),)
"""Everything is told by one visit."""
