"""A host as a folder: what its /proc and /etc hold, and the tables that its played commands work on."""

import json
from pathlib import Path
from typing import Any

import msgspec

SETTINGS = {
    "kernel.randomize_va_space": "2",
    "kernel.kptr_restrict": "1",
    "fs.protected_symlinks": "1",
    "fs.suid_dumpable": "0",
    "net.ipv4.ip_forward": "0",
    "net.ipv4.tcp_syncookies": "1",
    "net.ipv4.conf.all.accept_redirects": "0",
    "net.ipv4.conf.all.accept_source_route": "0",
    "net.ipv4.conf.all.rp_filter": "1",
}
MODES = {
    "/etc/passwd": "root:root 644",
    "/etc/shadow": "root:shadow 640",
    "/etc/group": "root:root 644",
    "/etc/ssh/sshd_config": "root:root 600",
    "/etc/crontab": "root:root 600",
}
UNITS = {"ssh": "running enabled", "cron": "running enabled", "nginx": "running enabled", "cups": "stopped disabled"}
PACKAGES = {"openssl": "3.0.15-1~deb12u1", "nginx": "1.22.1-9", "libc6": "2.36-9+deb12u9"}
ARCHIVE = ["openssl 3.0.15-1~deb12u1", "openssl 3.0.17-1~deb12u2", "nginx 1.22.1-9", "nginx 1.22.1-9+deb12u1"]
OS_RELEASE = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n'
LISTENERS = ['tcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:* users:(("sshd",pid=1,fd=3))']
SSHD = "Include /etc/ssh/sshd_config.d/*.conf\nPasswordAuthentication no\nPermitRootLogin no\nX11Forwarding no\n"


class Machine(msgspec.Struct, kw_only=True):
    """One host. ``fault``: "" (well), offline, slow, cut, garbage, denied, changed-key, noisy, mute."""

    site: str
    name: str
    root: Path
    fault: str = ""
    cpus: int = 4
    memory_kib: int = 8_388_608
    address: str = "10.1.0.10/24"
    os_release: str = OS_RELEASE
    root_used_pct: int = 40
    sshd: str = SSHD
    tags: dict[str, str] = {}
    units: dict[str, str] = msgspec.field(default_factory=lambda: dict(UNITS))
    packages: dict[str, str] = msgspec.field(default_factory=lambda: dict(PACKAGES))
    settings: dict[str, str] = msgspec.field(default_factory=lambda: dict(SETTINGS))
    modes: dict[str, str] = msgspec.field(default_factory=lambda: dict(MODES))
    listeners: list[str] = msgspec.field(default_factory=lambda: list(LISTENERS))
    updates: list[str] = []
    reboot: bool = False
    firewall: bool = True
    clock: bool = True
    docker: str = ""

    def write(self) -> "Machine":
        """Make the folder."""
        for path, text in self._files().items():
            place = self.root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        for key, value in self.settings.items():
            place = self.root / "proc/sys" / key.replace(".", "/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(value + "\n")
        for path in self.modes:
            place = self.root / path.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch()
        (self.root / "run").mkdir(exist_ok=True)
        return self

    def _files(self) -> dict[str, str]:
        found = {
            "etc/hostname": self.name + "\n",
            "etc/os-release": self.os_release,
            "etc/ssh/sshd_config": self.sshd,
            "proc/cpuinfo": "".join(f"processor\t: {index}\nflags\t\t: fpu sse2 hypervisor\n\n" for index in range(self.cpus)),
            "proc/meminfo": (
                f"MemTotal:       {self.memory_kib} kB\nMemAvailable:   {self.memory_kib // 2} kB\nHugePages_Total:       0\n"
            ),
            "proc/uptime": "864000.11 3000000.00\n",
            "proc/mounts": "/dev/vda1 / ext4 rw 0 0\ntmpfs /run tmpfs rw 0 0\n",
            "proc/stat": "cpu 1000 0 500 8000 500 0 0 0 0 0\n",
            "proc/diskstats": " 254 0 vda 100 0 8000 10 200 0 16000 20\n 254 1 vda1 100 0 8000 10 200 0 16000 20\n",
            "proc/net/dev": "Inter-| Receive | Transmit\n face |bytes packets\n  eth0: 5000 10 0 0 0 0 0 0 7000 20 0 0 0 0 0 0\n",
            "proc/sys/kernel/random/boot_id": "b0b0b0b0-0000-4000-8000-000000000001\n",
            **{f"var/lab/{name}": text for name, text in self._tables().items()},
        }
        if self.tags:
            found["etc/skywright/tags"] = "".join(f"{key}={value}\n" for key, value in self.tags.items())
        if self.reboot:
            found["run/reboot-required"] = "*** System restart required ***\n"
        return found

    def _tables(self) -> dict[str, str]:
        size = 41_943_040
        used = size * self.root_used_pct // 100
        info = [{"family": "inet", "local": self.address.split("/")[0], "prefixlen": int(self.address.split("/")[1])}]
        links: list[dict[str, Any]] = [{"ifname": "lo", "addr_info": [{"local": "127.0.0.1", "prefixlen": 8}]}]
        links.append({"ifname": "eth0", "addr_info": info})
        found = {
            "df": (
                "Filesystem 1024-blocks Used Available Capacity Mounted on\n"
                f"/dev/vda1 {size} {used} {size - used} {self.root_used_pct}% /\ntmpfs 1000 0 1000 0% /run\n"
            ),
            "ip": json.dumps(links) + "\n",
            "ss": "".join(line + "\n" for line in self.listeners),
            "units": "".join(f"{name} {text}\n" for name, text in self.units.items()),
            "packages": "".join(f"{name} {version}\n" for name, version in self.packages.items()),
            "archive": "".join(line + "\n" for line in ARCHIVE),
            "updates": "".join(line + "\n" for line in self.updates),
            "modes": "".join(f"{path} {text}\n" for path, text in self.modes.items()),
            "virtual": "kvm\n",
            "clock": "yes\n" if self.clock else "no\n",
            "nft": "table inet filter {\n type filter hook input priority 0; policy drop;\n}\n" if self.firewall else "\n",
        }
        return found | ({"docker": f"Docker version {self.docker}, build 1\n"} if self.docker else {})

    @property
    def make(self) -> bytes:
        """What it is like, but for its name and address: hosts of one make say the same."""
        return msgspec.json.encode(
            msgspec.structs.replace(self, site="", name="", root=Path(), address="10.0.0.1/24"), enc_hook=str
        )

    def table(self, name: str) -> dict[str, str]:
        """What a table of the host holds now."""
        lines = (self.root / "var/lab" / name).read_text().splitlines()
        return {line.split(" ", 1)[0]: line.split(" ", 1)[1] for line in lines}
