"""The machine itself: processors, memory, disks, operating system, time."""

import re
import shlex
from datetime import datetime

import msgspec

from skywright.model.kinds.compute import Disk

PSEUDO = frozenset((
    "autofs", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "devtmpfs", "efivarfs", "fusectl",
    "hugetlbfs", "mqueue", "nsfs", "proc", "pstore", "ramfs", "rpc_pipefs", "securityfs", "squashfs", "sysfs", "tmpfs",
    "tracefs", "overlay",
))  # fmt: skip
"""File systems that store nothing of their own (proc(5), filesystems)."""
KIB_PER_GIB = 2**20


class Memory(msgspec.Struct, frozen=True):
    """In MiB."""

    total_mib: int
    used_mib: int | None


def processors(text: str) -> int:
    """/proc/cpuinfo -> logical processors. Raises ValueError for none."""
    found = len(re.findall(r"^processor\s*:\s*\d+\s*$", text, re.MULTILINE))
    if not found:
        s390 = re.search(r"^# processors\s*:\s*(\d+)", text, re.MULTILINE)
        found = int(s390[1]) if s390 else 0
    if not found:
        raise ValueError("no processor in /proc/cpuinfo")
    return found


def hypervised(text: str) -> bool | None:
    """/proc/cpuinfo -> does the processor say that a hypervisor is below; None where it has no flags."""
    flags = re.search(r"^flags\s*:\s*(.*)$", text, re.MULTILINE)
    return None if flags is None else "hypervisor" in flags[1].split()


def memory(text: str) -> Memory:
    """/proc/meminfo -> memory. Used is what is not available (proc(5), MemAvailable)."""
    sizes = {name: int(size) for name, size in re.findall(r"^(\w+(?:\(\w+\))?):\s+(\d+)(?: kB)?\s*$", text, re.MULTILINE)}
    if not sizes.get("MemTotal"):
        raise ValueError("no MemTotal in /proc/meminfo")
    total, available = sizes["MemTotal"], sizes.get("MemAvailable")
    if available is not None and available > total:
        raise ValueError("more memory available than there is")
    return Memory(total // 1024, None if available is None else (total - available) // 1024)


def disks(text: str, mounts: str | None) -> list[Disk]:
    """``df -P -k`` and /proc/mounts -> file systems that store something, by mount point. A line that is none raises ValueError."""
    rows = [words[:3] for line in (mounts or "").splitlines() if len(words := line.split()) > 2]
    types = {_unescaped(point): kind for _, point, kind in rows}
    found: dict[str, Disk] = {}
    lines = text.splitlines()
    if not lines or not lines[0].startswith("Filesystem"):
        raise ValueError("df wrote no heading")
    for line in lines[1:]:
        match = re.fullmatch(r"(\S.*?)\s+(\d+)\s+(\d+)\s+(-?\d+)\s+(\d+%|-)\s+(/.*)", line)
        if match is None:
            raise ValueError(f"df wrote {line[:60]!r}")
        device, size, used, free, _, mount = match.groups()
        if types.get(mount, device) in PSEUDO or device in PSEUDO or int(size) == 0:
            continue
        usable = int(used) + max(0, int(free))
        share = round(100 * int(used) / usable, 1) if usable else 0.0
        found[mount] = Disk(
            device=device, mount=mount, type=types.get(mount), size_gib=round(int(size) / KIB_PER_GIB, 2), used_pct=share
        )
    return [found[mount] for mount in sorted(found)]


def _unescaped(point: str) -> str:
    """/proc/mounts writes blanks as octal (proc(5))."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), point)


def os_release(text: str) -> dict[str, str]:
    """os-release(5) -> its variables. Raises ValueError for a line that no shell would take, or without ID."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        plain = line.strip()
        if not plain or plain.startswith("#"):
            continue
        name, equals, value = plain.partition("=")
        if not equals or not re.fullmatch(r"[A-Z][A-Z0-9_]*", name):
            raise ValueError(f"os-release has {plain[:60]!r}")
        words = shlex.split(value)  # ValueError for quotes without an end
        found[name] = words[0] if len(words) == 1 else " ".join(words)
    if "ID" not in found:
        raise ValueError("os-release names no ID")
    return found


def uptime(text: str) -> int:
    """/proc/uptime -> seconds since boot."""
    match = re.fullmatch(r"(\d+)(?:\.\d+)? \d+(?:\.\d+)?", text.strip())
    if match is None:
        raise ValueError(f"/proc/uptime has {text[:40]!r}")
    return int(match[1])


def uname(text: str) -> tuple[str, str]:
    """``uname -sr; uname -m`` -> kernel, architecture."""
    lines = text.split("\n")
    if len(lines) != 2 or not all(line.strip() for line in lines):
        raise ValueError(f"uname wrote {text[:60]!r}")
    return lines[0].split(" ", 1)[-1].strip(), lines[1].strip()


def boolean(text: str, true: str, false: str) -> bool:
    """One of two words. Raises ValueError for a third."""
    word = text.strip()
    if word not in (true, false):
        raise ValueError(f"neither {true} nor {false}: {word[:40]!r}")
    return word == true


def synchronised(text: str) -> bool:
    """Timedatectl's ``yes`` or ``no``, or chrony's leap status, which is ``Not synchronised`` when it is not."""
    word = text.strip()
    if word.startswith("Leap status"):
        return "not synchronised" not in word.lower()
    return boolean(word, "yes", "no")


_ENDS = {
    ("debian", "10"): datetime(2024, 6, 30),
    ("debian", "11"): datetime(2026, 8, 31),
    ("debian", "12"): datetime(2028, 6, 30),
    ("ubuntu", "16.04"): datetime(2021, 4, 30),
    ("ubuntu", "18.04"): datetime(2023, 5, 31),
    ("ubuntu", "20.04"): datetime(2025, 5, 31),
    ("centos", "7"): datetime(2024, 6, 30),
    ("centos", "8"): datetime(2021, 12, 31),
}
"""End of security support without a paid subscription (Debian wiki, "LTS"; Ubuntu release cycle; CentOS end dates)."""


def end_of_support(release: dict[str, str]) -> datetime | None:
    """The system's own word (os-release(5), SUPPORT_END), or ours where we know; None: not known."""
    if said := release.get("SUPPORT_END"):
        try:
            return datetime.strptime(said, "%Y-%m-%d")
        except ValueError:
            return None
    return _ENDS.get((release["ID"], release.get("VERSION_ID", "")))
