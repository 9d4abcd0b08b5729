"""The SSH server's settings. A mistake here locks everyone out, so that a change takes itself back unless it is confirmed over a
new connection (as network devices do with ``commit confirmed``)."""

import shlex
from typing import Any

from skywright.adapters.clouds.hosts.parse import software
from skywright.adapters.clouds.hosts.place import HOST
from skywright.adapters.clouds.hosts.write.base import REFUSED, Target
from skywright.adapters.clouds.kit.actions import Action, Setting, Values, Way, known
from skywright.model.words import t

DROP_IN = "/etc/ssh/sshd_config.d/00-skywright.conf"
PENDING = "/run/skywright-sshd"
CONFIRM_WITHIN_S = 60
"""So long has a new connection to come in and confirm."""
_OPTIONS = {
    "ssh_password_login": ("PasswordAuthentication", "yes", "no"),
    "ssh_root_login": ("PermitRootLogin", "prohibit-password", "no"),
}
"""Column -> sshd's keyword, and its words for true and false (sshd_config(5))."""

RELOAD = (
    "reload() { if command -v systemctl >/dev/null 2>&1; then systemctl reload ssh 2>/dev/null || systemctl reload sshd; "
    'else kill -HUP "$(cat "$R/run/sshd.pid")"; fi; }'
)

CHANGE = """
f="$R{drop_in}"; p="$R{pending}"
grep -Eiq '^[[:space:]]*Include[[:space:]].*sshd_config\\.d' "$R/etc/ssh/sshd_config" || {{
  echo "sshd_config does not include sshd_config.d" >&2; exit {refused}; }}
if [ -e "$p" ]; then echo "another change of the SSH server is not confirmed yet" >&2; exit {refused}; fi
mkdir -p "$(dirname "$p")"; if [ -e "$f" ]; then cp -p "$f" "$p"; else : > "$p.none"; cp "$p.none" "$p"; fi
back() {{ if [ -e "$p.none" ]; then rm -f "$f"; else cp -p "$p" "$f"; fi; rm -f "$p" "$p.none"; }}
{{ [ ! -e "$f" ] || grep -Eiv '^(({keywords})[[:space:]])' "$f" || true; printf %s {text}; }} | put "$f" 600
sshd -t || {{ back; echo "sshd -t refuses the new settings" >&2; exit {refused}; }}
( sleep {within}; if [ -e "$p" ]; then back; reload; fi ) </dev/null >/dev/null 2>&1 &
reload
"""
"""Write, test, keep the old one, arm the way back, reload."""

CONFIRM = 'p="$R{pending}"; rm -f "$p" "$p.none"'


def _read(target: Target) -> Values | None:
    """What the server runs with; None while a change is neither confirmed nor taken back."""
    held = software.SSH_DEFAULTS | software.ssh_settings(target.section("sshd"))
    if target.run(f'[ ! -e "$R{PENDING}" ] || echo pending', "look").strip() == "pending":
        return None
    return {
        "ssh_password_login": held["passwordauthentication"] != "no",
        "ssh_root_login": held["permitrootlogin"] not in ("no", "forced-commands-only"),
    }


def _write(target: Target, wanted: Values) -> None:
    """Change what differs, then come in anew and confirm. Does no new connection come in, the host takes it back by itself."""
    now = _read(target) or {}
    changed = {column: value for column, value in wanted.items() if now.get(column) != value}
    words = {_OPTIONS[column][0]: _OPTIONS[column][1 if value else 2] for column, value in changed.items()}
    text = "".join(f"{keyword} {word}\n" for keyword, word in sorted(words.items()))
    script = CHANGE.format(
        drop_in=DROP_IN,
        pending=PENDING,
        keywords="|".join(sorted(words)),
        text=shlex.quote(text),
        within=CONFIRM_WITHIN_S,
        refused=REFUSED,
    )
    target.run(f"{RELOAD}\n{script}")
    target.run(CONFIRM.format(pending=PENDING), "confirm")


def _switches(before: Values, after: Values) -> bool:
    """On or off on both sides."""
    return known(before, after) and all(isinstance(value, bool) for value in (*after.values(), *(before[key] for key in after)))


def _way() -> Any:
    action = Action(
        name="let passwords or root in by SSH, or not",
        kind=HOST,
        columns=tuple(_OPTIONS),
        calls=("sshd -t", "systemctl reload ssh"),
        document="sshd_config(5), sshd(8)",
        note=t(
            "`PermitRootLogin yes` comes back as `prohibit-password`; what was not written in {file} before stays written there",
            file=DROP_IN,
        ),
    )
    return Setting(action=action, read=_read, write=_write, allowed=_switches, within_s=2.0 * CONFIRM_WITHIN_S)


WAYS: tuple[Way, ...] = (_way(),)
"""What can be done to the SSH server."""
