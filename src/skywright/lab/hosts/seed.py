"""A data centre and some edge sites, with faults whose finding is the measure of an audit."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from skywright.lab.hosts.machine import MODES, SETTINGS, SSHD, UNITS, Machine

OLD = 'PRETTY_NAME="Ubuntu 18.04.6 LTS"\nNAME="Ubuntu"\nVERSION_ID="18.04"\nID=ubuntu\n'
UPDATE = "Inst openssl [3.0.15-1~deb12u1] (3.0.17-1~deb12u2 Debian-Security:12/oldstable-security [amd64])"
TELNET = 'tcp LISTEN 0 5 0.0.0.0:23 0.0.0.0:* users:(("inetd",pid=9,fd=4))'
POSTGRESQL = 'tcp LISTEN 0 244 0.0.0.0:5432 0.0.0.0:* users:(("postgres",pid=7,fd=6))'
SIZES = {"small": 1, "default": 4, "large": 150}
"""Estate -> how many plain hosts each site has besides those with faults."""
MANY = 100
"""From so many on the hosts answer from prepared pages, and have no folder until one is needed."""


class Planted(msgspec.Struct):
    """What there is, and what is wrong with it."""

    machines: list[Machine]
    answers: list[dict[str, str]]
    intermittent: frozenset[str] = frozenset({"edge"})


def plant(seed: int, estate: str, folder: Path) -> Planted:
    """Seed and size -> an estate. ``seed`` moves the addresses."""
    planted = Planted([], [])
    count = SIZES[estate]

    def host(site: str, name: str, **more: Any) -> Machine:
        address = f"10.{seed % 200}.{len(planted.machines) // 250}.{len(planted.machines) % 250 + 1}/24"
        more.setdefault("tags", {"owner": "platform"})
        made = Machine(site=site, name=name, root=folder / "hosts" / site / name, **({"address": address} | more))
        planted.machines.append(made)
        return made

    def bad(rule: str, name: str, **more: Any) -> None:
        host("dc", name, **more)
        fault = {"fault": rule, "kind": "compute.host", "account": "dc", "region": "global", "native_id": name}
        planted.answers.append(fault)

    for index in range(count):
        host("dc", f"app-{index:03d}", docker="27.1.1" if index == 0 else "")
        host("edge", f"shop-{index:03d}", cpus=2, memory_kib=2_097_152)
    _faulty(bad)
    host("edge", "shop-away", fault="offline")
    if count < MANY:
        for machine in planted.machines:
            machine.write()
    return planted


def _faulty(bad: Callable[..., None]) -> None:
    """One host a fault."""
    bad("compute_host_ssh_password_login", "pass-1", sshd=SSHD.replace("PasswordAuthentication no", "PasswordAuthentication yes"))
    bad("compute_host_ssh_root_login", "root-1", sshd=SSHD.replace("PermitRootLogin no", "PermitRootLogin yes"))
    bad("compute_host_end_of_support", "old-1", os_release=OLD)
    bad("compute_host_security_updates_pending", "stale-1", updates=[UPDATE])
    bad("compute_host_reboot_required", "kernel-1", reboot=True)
    bad("compute_host_disk_nearly_full", "full-1", root_used_pct=94)
    bad("compute_host_firewall_off", "open-1", firewall=False)
    bad("compute_host_telnet_listening", "telnet-1", listeners=[TELNET])
    bad("compute_host_database_on_every_address", "db-1", listeners=[POSTGRESQL])
    bad("compute_host_clock_not_synchronised", "clock-1", clock=False)
    bad("compute_host_service_failed", "failed-1", units={**UNITS, "nginx": "failed enabled"})
    bad("compute_host_syncookies_off", "syn-1", settings={**SETTINGS, "net.ipv4.tcp_syncookies": "0"})
    bad("compute_host_shadow_readable", "shadow-1", modes={**MODES, "/etc/shadow": "root:shadow 644"})
