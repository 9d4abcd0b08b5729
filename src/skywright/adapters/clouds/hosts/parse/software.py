"""Packages, services, what containers run in, updates, and how the host is guarded."""

import re

from skywright.model.kinds.compute import Daemon, Package

INSTALLED = re.compile(r"^[ihuprU ]i")
"""dpkg's status abbreviation of what is installed (dpkg-query(1), db:Status-Abbrev)."""
SSH_LOOKED_AT = ("passwordauthentication", "permitrootlogin", "permitemptypasswords", "x11forwarding", "maxauthtries", "port")
SSH_DEFAULTS = {"passwordauthentication": "yes", "permitrootlogin": "prohibit-password", "permitemptypasswords": "no"}
"""What OpenSSH does where nothing is said (sshd_config(5))."""


def packages(text: str) -> list[Package]:
    """dpkg's, rpm's or apk's list (the first line says whose) -> packages by name. Raises ValueError for another line."""
    tool, _, body = text.partition("\n")
    read = {"dpkg": _dpkg, "rpm": _rpm, "apk": _apk}.get(tool.strip())
    if read is None:
        raise ValueError(f"packages by {tool[:20]!r}")
    found = {package for line in body.splitlines() if line.strip() and (package := read(line))}
    return sorted(found, key=lambda one: (one.name, one.version or ""))


def _dpkg(line: str) -> Package | None:
    words = line[3:].split() if len(line) > 3 else []
    if len(words) not in (1, 2) or not re.fullmatch(r"[a-z0-9][a-z0-9.+-]*", words[0]):
        raise ValueError(f"dpkg-query wrote {line[:60]!r}")
    return Package(words[0], words[1]) if INSTALLED.match(line) and len(words) == 2 else None


def _rpm(line: str) -> Package | None:
    name, _, version = line.strip().partition(" ")
    if not version or " " in version:
        raise ValueError(f"rpm wrote {line[:60]!r}")
    return Package(name, version.removeprefix("0:"))


def _apk(line: str) -> Package | None:
    match = re.fullmatch(r"(.+?)-(\d[^\s-]*-r\d+)", line.strip())
    if match is None:
        raise ValueError(f"apk wrote {line[:60]!r}")
    return Package(match[1], match[2])


def daemons(text: str) -> list[Daemon]:
    """Systemd's or OpenRC's lists (the first line says whose) -> services by name. Raises ValueError."""
    tool, _, body = text.partition("\n")
    running, dashes, enabled = body.partition("\n--\n")
    if not dashes:
        raise ValueError("the second list of services is missing")
    match tool.strip():
        case "systemd":
            return _systemd(running, enabled)
        case "openrc":
            return _openrc(running, enabled)
        case other:
            raise ValueError(f"services by {other[:20]!r}")


_SYSTEMD = {"active": "running", "activating": "running", "reloading": "running", "failed": "failed"}


def _systemd(running: str, enabled: str) -> list[Daemon]:
    """``name.service loaded active running Text`` and ``name.service enabled enabled`` (systemctl(1))."""
    files = {words[0]: words[1] for line in enabled.splitlines() if len(words := line.split()) >= 2}
    states: dict[str, str] = {}
    for line in running.splitlines():
        words = line.replace("●", " ").split()
        if not words:
            continue
        if len(words) < 4 or not words[0].endswith(".service"):
            raise ValueError(f"systemctl wrote {line[:60]!r}")
        if words[1] != "not-found":
            states[words[0]] = _SYSTEMD.get(words[2], "stopped")
    names = {name for name in (*states, *files) if not name.endswith("@.service")}
    return [
        Daemon(name.removesuffix(".service"), states.get(name, "stopped"), _enabled(files.get(name, "")))
        for name in sorted(names)
        if files.get(name) != "masked" or states.get(name) == "running"
    ]


def _enabled(word: str) -> bool | None:
    """Static units have nothing to enable; None."""
    return {"enabled": True, "enabled-runtime": True, "disabled": False, "masked": False}.get(word)


def _openrc(running: str, enabled: str) -> list[Daemon]:
    """``name = started`` under runlevels (rc-status -f ini), and ``name | default`` (rc-update(8))."""
    states: dict[str, str] = {}
    for line in running.splitlines():
        match = re.fullmatch(r"\s*([\w.-]+) += +(\w+)\s*", line)
        if match:
            states[match[1]] = {"started": "running", "crashed": "failed"}.get(match[2], "stopped")
        elif line.strip() and not line.startswith("["):
            raise ValueError(f"rc-status wrote {line[:60]!r}")
    at_boot = {line.split("|")[0].strip() for line in enabled.splitlines() if line.partition("|")[2].strip()}
    return [Daemon(name, states[name], name in at_boot) for name in sorted(states)]


def runtimes(text: str) -> list[str]:
    """``docker Docker version 27.1.1, build 6312585`` -> ``docker 27.1.1``."""
    found = []
    for line in text.splitlines():
        words = line.split()
        if words:
            version = re.search(r"\bv?(\d+(?:\.\d+)+[\w.+~-]*)", line)
            found.append(f"{words[0]} {version[1].rstrip(',')}" if version else words[0])
    return sorted(found)


def updates(text: str) -> tuple[int, int]:
    """``apt-get -s upgrade`` -> pending updates, and those of them from a security archive (Debian: Debian-Security, Ubuntu:
    -security)."""
    tool, _, body = text.partition("\n")
    if tool.strip() != "apt":
        raise ValueError(f"updates by {tool[:20]!r}")
    lines = [line for line in body.splitlines() if line.strip()]
    if not all(line.startswith("Inst ") for line in lines):
        raise ValueError("apt-get wrote something else than Inst")
    return len(lines), sum("security" in line.lower() for line in lines)


def ssh_settings(text: str) -> dict[str, str]:
    """``sshd -T``, or the configuration in the order in which it is read -> what holds: the first value of a keyword counts
    (sshd_config(5)). What stands under Match holds for some only, and is left out."""
    found: dict[str, str] = {}
    matched = False
    for line in text.splitlines():
        words = re.sub(r"\s+#.*$", "", line.strip()).replace("=", " ", 1).split(None, 1)
        if not words or words[0].startswith("#"):
            continue
        keyword = words[0].lower()
        matched = matched or keyword == "match"
        if not matched and keyword in SSH_LOOKED_AT and len(words) == 2:
            found.setdefault(keyword, words[1].strip('"').lower())
    return found


def guarded(text: str) -> bool:
    """Is anything let in only after a look: a hook on input (nft), or a policy or rules (iptables)."""
    tool, _, body = text.partition("\n")
    match tool.strip():
        case "nft":
            return int(body.strip()) > 0
        case "iptables":
            return "-P INPUT DROP" in body or "-A INPUT" in body
        case other:
            raise ValueError(f"firewall by {other[:20]!r}")


def pairs(text: str, separator: str = " ") -> dict[str, str]:
    """``name value`` lines. Raises ValueError for a line without a value."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        plain = line.strip()
        if not plain or plain.startswith("#"):
            continue
        name, cut, value = plain.partition(separator)
        if not cut or not name.strip():
            raise ValueError(f"no {separator!r} in {plain[:60]!r}")
        found[name.strip()] = " ".join(value.split())
    return found
