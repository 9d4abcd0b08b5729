"""Actions on services and packages. Each service, and each package, is a step of its own."""

import re
import shlex
from collections.abc import Callable
from typing import Any

import msgspec

from skywright.adapters.clouds.hosts.parse import software
from skywright.adapters.clouds.hosts.place import HOST
from skywright.adapters.clouds.hosts.write.base import MOVED, REFUSED, Target
from skywright.adapters.clouds.kit.actions import MINUTES_S, Action, Setting, SettingStep, Values, Way
from skywright.model.kinds.compute import Daemon, Package
from skywright.model.plan import Reversibility
from skywright.ports.cloud import Step

_NAME = re.compile(r"[A-Za-z0-9][\w@.+:-]*")
_VERSION = re.compile(r"[A-Za-z0-9][\w.+:~-]*")
STATES = ("running", "stopped")
LIFELINES = ("ssh", "sshd", "systemd-networkd", "networking", "NetworkManager", "systemd-journald", "dbus")
"""Without these we would not come in again to start them."""

Item = Daemon | Package


class Listed(msgspec.Struct, frozen=True):
    """A column that is a list of named things, of which some change: each is set by a step of its own."""

    action: Action
    kind: type[Daemon] | type[Package]
    read: Callable[[Target, str], Values | None]
    write: Callable[[Target, str, Values], None]
    fine: Callable[[Any, Any], bool]

    def fits(self, before: Values, after: Values | None) -> bool:
        """Something changes, every change is fine, and nothing comes or goes."""
        column = self.action.columns[0]
        if after is None or before.get(column) is None or after.get(column) is None:
            return False
        old, new = self._named(before[column]), self._named(after[column])
        changed = [name for name in new if old.get(name) != new[name]]
        return bool(changed) and set(old) == set(new) and all(self.fine(old[name], new[name]) for name in changed)

    def reversibility(self, before: Values, after: Values | None) -> Reversibility:
        """As the action says."""
        return self.action.reversibility

    def steps(self, target: Any, change: str, before: Values, after: Values | None) -> tuple[Step, ...]:
        """One a thing, by name."""
        column = self.action.columns[0]
        old, new = self._named(before[column]), self._named((after or {})[column])
        return tuple(self._step(target, name, old[name], new[name]) for name in sorted(new) if old[name] != new[name])

    def _step(self, target: Any, name: str, old: Any, new: Any) -> Step:
        was, wanted = ({f"{name}.{key}": value for key, value in _facts(one).items()} for one in (old, new))
        changed = {key: value for key, value in wanted.items() if was[key] != value}
        setting = Setting(
            action=msgspec.structs.replace(self.action, columns=tuple(changed)),
            read=lambda there: self._seen(there, name),
            write=lambda there, values: self.write(
                there, name, {key.removeprefix(f"{name}."): value for key, value in values.items()}
            ),
            within_s=MINUTES_S,
            whole=False,
        )
        return SettingStep(target, setting, was, changed)

    def _seen(self, target: Target, name: str) -> Values | None:
        seen = self.read(target, name)
        return None if seen is None else {f"{name}.{key}": value for key, value in seen.items()}

    def _named(self, listed: Any) -> dict[str, Any]:
        every = [msgspec.convert(msgspec.to_builtins(one), self.kind) for one in listed]
        return {one.name: one for one in every}


def _facts(one: Any) -> dict[str, Any]:
    return {key: value for key, value in msgspec.to_builtins(one).items() if key != "name"}


def _read_daemon(target: Target, name: str) -> Values | None:
    found = next((one for one in software.daemons(target.section("services")) if one.name == name), None)
    return {"state": None, "enabled": None} if found is None else {"state": found.state, "enabled": found.enabled}


def _write_daemon(target: Target, name: str, wanted: Values) -> None:
    """Enabling goes before starting, so that a boot in between does not undo it."""
    quoted = shlex.quote(name)
    lines = ["if command -v systemctl >/dev/null 2>&1; then d=systemd; else d=openrc; fi"]
    if "enabled" in wanted:
        on, add = ("enable", "add") if wanted["enabled"] else ("disable", "del")
        lines.append(f"if [ $d = systemd ]; then systemctl -q {on} {quoted}.service; else rc-update -q {add} {quoted} default; fi")
    if "state" in wanted:
        act = "start" if wanted["state"] == "running" else "stop"
        lines.append(f"if [ $d = systemd ]; then systemctl {act} {quoted}.service; else rc-service {quoted} {act}; fi")
    target.run("\n".join(lines))


def _fine_daemon(old: Daemon, new: Daemon) -> bool:
    """Between running and stopped, and between enabled and not; and never what we come in by."""
    if not _NAME.fullmatch(new.name) or new.name in LIFELINES:
        return False
    started = old.state == new.state or (new.state in STATES and old.state in (*STATES, "failed"))
    return started and (old.enabled == new.enabled or None not in (old.enabled, new.enabled))


def _read_package(target: Target, name: str) -> Values:
    found = next((one for one in software.packages(target.section("packages")) if one.name == name), None)
    return {"version": found.version if found else None}


INSTALL = """command -v apt-get >/dev/null 2>&1 || {{ echo "only apt is known here" >&2; exit {refused}; }}
apt-cache madison {name} | cut -d'|' -f2 | tr -d ' ' | grep -Fxq {version} || {{
  echo "no archive has {plain} any more" >&2; exit {moved}; }}
export DEBIAN_FRONTEND=noninteractive
apt-get install -y -q --only-upgrade --allow-downgrades -o Dpkg::Options::=--force-confold {pair} >/dev/null
"""
"""``apt-cache madison`` lists the versions that the archives have; files that were changed by hand are kept."""


def _write_package(target: Target, name: str, wanted: Values) -> None:
    version = str(wanted["version"])
    plain = f"{name} {version}"
    pair = shlex.quote(f"{name}={version}")
    target.run(
        INSTALL.format(name=shlex.quote(name), version=shlex.quote(version), plain=plain, pair=pair, refused=REFUSED, moved=MOVED)
    )


def _fine_package(old: Package, new: Package) -> bool:
    """Another version of what is installed."""
    return bool(_NAME.fullmatch(new.name) and _VERSION.fullmatch(new.version or "") and _VERSION.fullmatch(old.version or ""))


WAYS: tuple[Way, ...] = (
    Listed(
        Action(
            name="start, stop, enable or disable services",
            kind=HOST,
            columns=("daemons",),
            calls=("systemctl start", "systemctl stop", "systemctl enable", "systemctl disable"),
            document="systemctl(1), rc-service(8)",
            note="a service that had failed comes back stopped",
        ),
        Daemon,
        _read_daemon,
        _write_daemon,
        _fine_daemon,
    ),
    Listed(
        Action(
            name="install other versions of packages",
            kind=HOST,
            columns=("packages",),
            calls=("apt-get install", "apt-cache madison"),
            document="apt-get(8), apt-cache(8)",
            note="only while an archive has the version",
        ),
        Package,
        _read_package,
        _write_package,
        _fine_package,
    ),
)
"""What can be done to software."""
