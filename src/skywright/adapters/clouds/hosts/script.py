"""The one script that is sent to a host, and how its answer is taken apart.

It needs POSIX sh and /proc, nothing else; what a host lacks is a section without an answer. ``R`` is empty but in the lab, where a
host is a folder.
"""

import re
import secrets

import msgspec

from skywright.adapters.clouds.hosts.faults import cut
from skywright.model.errors import AskHuman
from skywright.model.words import t

SETTINGS = (
    "kernel.randomize_va_space",
    "kernel.kptr_restrict",
    "fs.protected_symlinks",
    "fs.suid_dumpable",
    "net.ipv4.ip_forward",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.conf.all.accept_redirects",
    "net.ipv4.conf.all.accept_source_route",
    "net.ipv4.conf.all.rp_filter",
)
"""Kernel settings that are looked at (CIS Debian Linux Benchmark, "Network parameters" and "Additional process hardening")."""
FILES = ("/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow", "/etc/ssh/sshd_config", "/etc/crontab", "/etc/cron.d")
"""Files whose owner and mode are looked at (CIS Debian Linux Benchmark, "System file permissions")."""

_HEAD = """
LC_ALL=C; export LC_ALL; R="${SKYWRIGHT_LAB_ROOT-}"; M='@@%s'
PATH="$PATH:$R/usr/sbin:$R/sbin:$R/usr/bin:$R/bin"; export PATH
has() { command -v "$1" >/dev/null 2>&1; }
s() { printf '\\n%%s %%s\\n' "$M" "$1"; }
e() { printf '\\n%%s =%%s\\n' "$M" "$?"; }
"""

SECTIONS = {
    "id": "id -u",
    "boot": 'cat "$R/proc/sys/kernel/random/boot_id"',
    "hostname": "uname -n",
    "uname": "uname -sr; uname -m",
    "os": 'cat "$R/etc/os-release" || cat "$R/usr/lib/os-release"',
    "cpu": 'cat "$R/proc/cpuinfo"',
    "memory": 'cat "$R/proc/meminfo"',
    "uptime": 'cat "$R/proc/uptime"',
    "disks": "df -P -k",
    "mounts": 'cat "$R/proc/mounts"',
    "addresses": "ip -j addr 2>/dev/null || ip addr 2>/dev/null || ifconfig -a",
    "packages": (
        "if has dpkg-query; then echo dpkg; dpkg-query -W -f '${db:Status-Abbrev} ${Package} ${Version}\\n'\n"
        "elif has rpm; then echo rpm; rpm -qa --qf '%{NAME} %{EPOCHNUM}:%{VERSION}-%{RELEASE}\\n'\n"
        "elif has apk; then echo apk; apk info -v\nelse false; fi"
    ),
    "listeners": (
        "if has ss; then echo ss; ss -H -l -n -t -u -p\nelif has netstat; then echo netstat; netstat -l -n -t -u -p 2>/dev/null\n"
        'else echo proc; for f in tcp tcp6 udp udp6; do echo "# $f"; cat "$R/proc/net/$f" 2>/dev/null; done; fi'
    ),
    "services": (
        "if has systemctl; then echo systemd; systemctl list-units --type=service --all --no-legend --no-pager --plain && echo -- "
        "&& systemctl list-unit-files --type=service --no-legend --no-pager\n"
        "elif has rc-status; then echo openrc; rc-status -a -f ini && echo -- && rc-update show\nelse false; fi"
    ),
    "runtimes": (
        'for c in docker podman containerd crio; do v="$(has $c && $c --version 2>/dev/null | head -n 1)"; '
        '[ -z "$v" ] || echo "$c $v"; done'
    ),
    "sshd": (
        'c="$R/etc/ssh/sshd_config"; if has sshd && sshd -T; then :; elif [ -r "$c" ]; then\n'
        'for f in "$R"/etc/ssh/sshd_config.d/*.conf "$c"; do [ ! -e "$f" ] || cat "$f"; done; else false; fi'
    ),
    "reboot": (
        'if [ -e "$R/var/run/reboot-required" ] || [ -e "$R/run/reboot-required" ]; then echo yes\n'
        "elif has needs-restarting; then needs-restarting -r >/dev/null 2>&1 && echo no || echo yes\n"
        "elif has apt-get; then echo no; else false; fi"
    ),
    "updates": (
        "if has apt-get; then echo apt; apt-get -s -q -o Debug::NoLocking=true upgrade 2>/dev/null | grep '^Inst' || true\n"
        "else false; fi"
    ),
    "virtual": "if has systemd-detect-virt; then systemd-detect-virt --vm || true; else false; fi",
    "clock": (
        "if has timedatectl; then timedatectl show -p NTPSynchronized --value\n"
        "elif has chronyc; then chronyc -n tracking | grep '^Leap status'; else false; fi"
    ),
    "firewall": (
        "if [ \"$(id -u)\" != 0 ]; then false\nelif has nft; then echo nft; nft list ruleset | grep -c 'hook input' || true\n"
        "elif has iptables; then echo iptables; iptables -S INPUT; else false; fi"
    ),
    "settings": (
        f"for k in {' '.join(SETTINGS)}; do "
        'f="$R/proc/sys/$(echo $k | tr . /)"; [ -r "$f" ] && printf "%s %s\\n" "$k" "$(cat "$f")"; done; true'
    ),
    "files": (
        f"for f in {' '.join(FILES)}; do "
        """[ -e "$R$f" ] && printf '%s %s\\n' "$f" "$(stat -c '%U:%G %a' "$R$f")"; done; true"""
    ),
    "tags": 'if [ -e "$R/etc/skywright/tags" ]; then cat "$R/etc/skywright/tags"; fi',
}
"""Section -> what is run for it; a status other than 0 means that the host does not tell."""

SAMPLE = {
    "stat": 'head -n 1 "$R/proc/stat"; cat "$R/proc/diskstats"; cat "$R/proc/net/dev"',
    "memory": 'cat "$R/proc/meminfo"',
    "pause": "sleep 1",
    "again": 'head -n 1 "$R/proc/stat"; cat "$R/proc/diskstats"; cat "$R/proc/net/dev"',
}
"""Two readings of the counters, a second apart."""

VISIT = {**SAMPLE, **SECTIONS}
"""All that a gathering wants to know, in one visit. The counters come first: what the visit itself costs is not counted."""

Answer = dict[str, str | None]
"""Section -> what it wrote, None where the host does not tell."""


class Asked(msgspec.Struct, frozen=True):
    """A script, and the mark by which its answer is told from anything else that a login prints."""

    text: str
    mark: str
    sections: tuple[str, ...]


def composed(sections: dict[str, str]) -> Asked:
    """Sections -> one script, with a mark that no host can guess."""
    mark = secrets.token_hex(8)
    body = "".join(f"s {name}\n{{ {run}\n}} </dev/null 2>/dev/null\ne\n" for name, run in sections.items())
    return Asked(f"{_HEAD % mark}{body}s end\nexit 0\n", f"@@{mark}", tuple(sections))


def taken_apart(asked: Asked, text: str, host: str) -> Answer:
    """What came back -> sections. Raises Offline when it was cut, AskHuman when it is no answer to the script."""
    pattern = re.compile(rf"^{re.escape(asked.mark)} (=?)(.*)$", re.MULTILINE)
    marks = list(pattern.finditer(text))
    if not marks:
        raise AskHuman(
            t("{host} ran something else than our script, or nothing.", host=host),
            next_step=t("Check that its login shell is a shell, and prints nothing (`ssh {host} true`).", host=host),
        )
    if (marks[-1][1], marks[-1][2]) != ("", "end"):
        raise cut(host)
    expected = [part for name in asked.sections for part in (("", name), ("=", None))]
    found: Answer = {}
    for index, (equals, name) in enumerate(expected):
        if index >= len(marks) - 1 or marks[index][1] != equals or (name is not None and marks[index][2] != name):
            raise AskHuman(
                t("The answer of {host} is garbled at section {name}.", host=host, name=asked.sections[index // 2]),
                next_step=t("Run it again; if it stays so, look at what the host's shell prints."),
            )
        if equals:
            said = text[marks[index - 1].end() + 1 : marks[index].start()]
            found[asked.sections[index // 2]] = said.rstrip("\n") if marks[index][2] == "0" else None
    return found
