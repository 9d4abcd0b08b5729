"""Site -> its hosts, from the configuration, an inventory file, or aliases of ``~/.ssh/config``.

The inventory is the INI form of Ansible's: one host a line, ``ansible_host``, ``ansible_port`` and ``ansible_user`` are
understood, and the names of a host's groups become the tag ``group`` (Ansible documentation, "How to build your inventory").
"""

import re
import shlex
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from skywright.adapters.clouds.hosts.config import HostEntry, Site
from skywright.model.errors import BadInput
from skywright.model.words import t

_SECTION = re.compile(r"\[([^\]:]+)(?::(\w+))?\]$")


def hosts_of(site: Site, where: str) -> dict[str, HostEntry]:
    """Every host by name; one that is named twice is the first. Raises BadInput with file and line."""
    found: dict[str, HostEntry] = {}
    for entry in _entries(site, where):
        found.setdefault(entry.name, entry)
    return found


def _entries(site: Site, where: str) -> Iterator[HostEntry]:
    for one in site.hosts:
        yield one if isinstance(one, HostEntry) else _entry(one, where)
    if site.inventory:
        path = Path(site.inventory).expanduser()
        yield from parse_inventory(_text(path, where), str(path))
    if site.aliases:
        config = Path("~/.ssh/config").expanduser()
        known = aliases(config.read_text(encoding="utf-8", errors="replace") if config.is_file() else "")
        yield from (HostEntry(name=name) for name in known if any(fnmatchcase(name, glob) for glob in site.aliases))


def _text(path: Path, where: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            t("{path} cannot be read: {error}.", path=path, error=getattr(error, "strerror", None) or type(error).__name__),
            where=where,
            next_step=t("Check the path of the inventory."),
        ) from error


def parse_inventory(text: str, where: str) -> list[HostEntry]:
    """Lines -> hosts. Raises BadInput with the line that cannot be used."""
    found: dict[str, HostEntry] = {}
    groups: dict[str, list[str]] = {}
    section, what = "", ""
    for number, line in enumerate(text.splitlines(), 1):
        plain = re.sub(r"(^|\s)[#;].*$", "", line).strip()
        if not plain:
            continue
        if match := _SECTION.match(plain):
            section, what = match[1], match[2] or ""
            continue
        if what in ("vars", "children"):
            continue
        entry = _line(plain, f"{where}:{number}")
        found.setdefault(entry.name, entry)
        if section:
            groups.setdefault(entry.name, []).append(section)
    return [_grouped(entry, groups.get(name, ())) for name, entry in found.items()]


def _grouped(entry: HostEntry, groups: Iterable[str]) -> HostEntry:
    names = sorted(set(groups))
    return HostEntry(
        name=entry.name,
        address=entry.address,
        port=entry.port,
        user=entry.user,
        tags={"group": ",".join(names)} if names else {},
    )


def _line(plain: str, where: str) -> HostEntry:
    try:
        name, *rest = shlex.split(plain)
        pairs = dict(one.split("=", 1) for one in rest)
        port = pairs.get("ansible_port")
        number = int(port) if port else None
    except ValueError as error:
        raise BadInput(
            t("This line is no host: {line}", line=plain), where=where, next_step=t("Write `name key=value ...`.")
        ) from error
    entry = _entry(name, where)
    return HostEntry(name=entry.name, address=pairs.get("ansible_host"), port=number, user=pairs.get("ansible_user"))


def _entry(name: str, where: str) -> HostEntry:
    try:
        return HostEntry(name=name)
    except ValueError as error:
        raise BadInput(t("{name} cannot be the name of a host.", name=repr(name)), where=where) from error


def aliases(text: str) -> list[str]:
    """The aliases that an SSH configuration names, in order, without patterns (ssh_config(5), Host)."""
    found: dict[str, None] = {}
    for line in text.splitlines():
        words = line.replace("=", " ", 1).split()
        if words and words[0].lower() == "host":
            found.update(dict.fromkeys(word.strip('"') for word in words[1:] if not set(word) & set("*?!")))
    return list(found)
