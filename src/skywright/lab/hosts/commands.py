"""The commands of a host of the lab: the ordinary ones of this machine, and played ones that work on the files of the host's
folder."""

import shutil
import sys
from pathlib import Path

ORDINARY = (
    *("awk", "cat", "cp", "cut", "date", "dirname", "echo", "env", "expr", "false", "grep", "head", "ls", "mkdir", "mktemp", "mv"),
    *("printf", "rm", "sed", "sh", "sort", "tail", "test", "touch", "tr", "true", "wc"),
)

SHOW = 'f="$SKYWRIGHT_LAB_ROOT/var/lab/%s"; [ -e "$f" ] || exit 1; cat "$f"\n'
"""A command that shows a file of the host."""

EDIT = 'u="$SKYWRIGHT_LAB_ROOT/var/lab/%s"; set_() { awk -v n="$1" -v k="$2" -v v="$3" '
EDIT += '\'$1 == n { $k = v } { print }\' "$u" > "$u.new" && mv "$u.new" "$u"; }\n'
"""``set_ NAME FIELD VALUE`` in a table of the host."""

PLAYED = {
    "id": 'case "$1" in -u) echo "${SKYWRIGHT_LAB_UID:-0}";; *) echo root;; esac\n',
    "uname": (
        'case "$1" in -n) cat "$SKYWRIGHT_LAB_ROOT/etc/hostname";; -sr) echo "Linux 6.1.0-18-amd64";; -m) echo x86_64;; esac\n'
    ),
    "df": SHOW % "df",
    "ip": SHOW % "ip",
    "ss": SHOW % "ss",
    "dpkg-query": 'awk \'{ print "ii  " $1 " " $2 }\' "$SKYWRIGHT_LAB_ROOT/var/lab/packages"\n',
    "systemd-detect-virt": SHOW % "virtual",
    "timedatectl": SHOW % "clock",
    "nft": SHOW % "nft",
    "docker": SHOW % "docker",
    "sleep": (  # time passes at once, but for what waits to be confirmed: that waits for "later"
        'cd "$SKYWRIGHT_LAB_ROOT" || exit 0\n'
        '[ "$1" -lt 10 ] || while [ -e run/skywright-sshd ] && [ ! -e var/lab/later ]; do nap 0.02; done\n'
    ),
    "sudo": '[ "$1" = -n ] && shift; exec "$@"\n',
    "shutdown": (
        'rm -f "$SKYWRIGHT_LAB_ROOT/run/reboot-required"; b="$SKYWRIGHT_LAB_ROOT/proc/sys/kernel/random/boot_id"\n'
        'echo "$(cat "$b")0" > "$b"\n'
    ),
    "sysctl": (
        'while [ $# -gt 0 ]; do case "$1" in -*) ;; *=*) f="$SKYWRIGHT_LAB_ROOT/proc/sys/$(echo "${1%%=*}" | tr . /)"\n'
        '[ -e "$f" ] || { echo "sysctl: cannot stat $f: No such file or directory" >&2; exit 255; }\n'
        'echo "${1#*=}" > "$f";; esac; shift; done\n'
    ),
    "stat": 'f="${3#"$SKYWRIGHT_LAB_ROOT"}"; awk -v f="$f" \'$1 == f { print $2, $3 }\' "$SKYWRIGHT_LAB_ROOT/var/lab/modes"\n',
    "chmod": EDIT % "modes" + 'set_ "${2#"$SKYWRIGHT_LAB_ROOT"}" 3 "$1"\n',
    "chown": EDIT % "modes" + '[ "$1" = -h ] && shift; set_ "${2#"$SKYWRIGHT_LAB_ROOT"}" 2 "$1"\n',
    "apt-cache": 'awk -v n="$2" \'$1 == n { print $1 " | " $2 " | main" }\' "$SKYWRIGHT_LAB_ROOT/var/lab/archive"\n',
    "apt-get": (
        EDIT % "packages"
        + 'case " $* " in *" -s "*) cat "$SKYWRIGHT_LAB_ROOT/var/lab/updates"; exit 0;; esac\n'
        + 'for one; do case "$one" in Dpkg*|-*) ;; *=*) set_ "${one%%=*}" 2 "${one#*=}";; esac; done\n'
    ),
    "sshd": (
        'c="$SKYWRIGHT_LAB_ROOT/etc/ssh"\ncase "$1" in\n'
        '-t) ! grep -qi bogus "$c"/sshd_config.d/*.conf "$c/sshd_config" 2>/dev/null;;\n'
        '-T) for f in "$c"/sshd_config.d/*.conf "$c/sshd_config"; do [ ! -e "$f" ] || cat "$f"; done;;\nesac\n'
    ),
    "systemctl": (
        EDIT % "units" + '[ "$1" = -q ] && shift; n="${2%.service}"\n'
        'case "$1" in\n'
        'list-units) awk \'{ print $1 ".service loaded " ($2 == "running" ? "active running" : $2 == "failed" ? "failed failed" : '
        '"inactive dead") " A service" }\' "$u";;\n'
        'list-unit-files) awk \'{ print $1 ".service " $3 " enabled" }\' "$u";;\n'
        'start|stop) grep -q "^$n " "$u" || { echo "Failed to $1 $n.service: Unit $n.service not found." >&2; exit 5; }\n'
        '  [ ! -e "$SKYWRIGHT_LAB_ROOT/var/lab/stuck-$n" ] || { echo "Job for $n.service failed." >&2; exit 1; }\n'
        '  set_ "$n" 2 "$([ "$1" = start ] && echo running || echo stopped)";;\n'
        'enable|disable) set_ "$n" 3 "${1}d";;\n'
        "reload) exit 0;;\nesac\n"
    ),
}
"""Command -> what it does."""


def install(folder: Path) -> None:
    """Put all commands into a folder."""
    folder.mkdir(parents=True)
    for name in ORDINARY:
        if found := shutil.which(name):
            (folder / name).symlink_to(found)
    (folder / "nap").symlink_to(shutil.which("sleep") or "/bin/sleep")
    for name, body in PLAYED.items():
        path = folder / name
        path.write_text(f"#!{shutil.which('sh') or '/bin/sh'}\n{body}")
        path.chmod(0o755)


WINDOWS = sys.platform == "win32"
"""There the lab's hosts cannot run: they need a POSIX shell."""
