"""Actions on small files: kernel settings, tags, owners and modes. Files are written whole, by renaming."""

import re
import shlex
from typing import Any

from skywright.adapters.clouds.hosts.parse import software
from skywright.adapters.clouds.hosts.place import HOST
from skywright.adapters.clouds.hosts.script import FILES, SETTINGS
from skywright.adapters.clouds.hosts.write.base import REFUSED, Target
from skywright.adapters.clouds.kit.actions import Action, Setting, Values, Way, known
from skywright.model.words import t

DROP_IN = "/etc/sysctl.d/90-skywright.conf"
TAGS = "/etc/skywright/tags"
_WORD = re.compile(r"[\w .:/@+,=-]*")
_KEY = re.compile(r"[A-Za-z0-9][\w.:/-]*")
_MODE = re.compile(r"[\w.-]+:[\w.-]+ [0-7]{3,4}")


def _mapping(value: Any, keys: re.Pattern[str], values: re.Pattern[str]) -> bool:
    """A mapping of plain words to plain words: nothing in it may mean anything to a shell or to the file's own syntax."""
    return isinstance(value, dict) and all(
        isinstance(name, str) and keys.fullmatch(name) and isinstance(text, str) and values.fullmatch(text)
        for name, text in value.items()
    )


def _same_keys(allowed: tuple[str, ...], values: re.Pattern[str]) -> Any:
    """Values change, keys do not: what is not set cannot be unset again. Only what we look at."""

    def fits(before: Values, after: Values) -> bool:
        return known(before, after) and all(
            _mapping(value, _PATH_OR_KEY, values) and set(value) == set(before[column]) and set(value) <= set(allowed)
            for column, value in after.items()
        )

    return fits


_PATH_OR_KEY = re.compile(r"[\w./-]+")
_NUMBER = re.compile(r"-?\d+( -?\d+)*")


def _read_settings(target: Target) -> Values:
    return {"kernel_settings": software.pairs(target.section("settings"))}


def _write_settings(target: Target, wanted: Values) -> None:
    """Into force at once, and for the next boot. A value that is the system's own again is still written: it is what was there."""
    now = _read_settings(target)["kernel_settings"]
    changed = {key: value for key, value in wanted["kernel_settings"].items() if now.get(key) != value}
    lines = "".join(f"sysctl -q -w {shlex.quote(f'{key}={value}')}\n" for key, value in sorted(changed.items()))
    keys = "|".join(re.escape(key) for key in sorted(changed))
    kept = f'{{ [ ! -e "$f" ] || grep -Ev \'^({keys}) *=\' "$f" || true; cat; }}'
    text = "".join(f"{key} = {value}\n" for key, value in sorted(changed.items()))
    target.run(f'{lines}f="$R{DROP_IN}"\nprintf %s {shlex.quote(text)} | {kept} | put "$f"')


def _read_tags(target: Target) -> Values:
    inventory = target._calls.visit(target.site, target.id).host.tags  # noqa: SLF001 - the target's own calls
    return {"tags": {**inventory, **software.pairs(target.section("tags"), "=")}}


def _write_tags(target: Target, wanted: Values) -> None:
    """The host's own tags; those of the inventory stay where they are written."""
    inventory = target._calls.visit(target.site, target.id).host.tags  # noqa: SLF001 - the target's own calls
    own = {key: value for key, value in wanted["tags"].items() if inventory.get(key) != value}
    text = "".join(f"{key}={value}\n" for key, value in sorted(own.items()))
    target.run(f'printf %s {shlex.quote(text)} | put "$R{TAGS}"' if own else f'rm -f "$R{TAGS}"')


def _read_modes(target: Target) -> Values:
    return {"file_modes": software.pairs(target.section("files"))}


def _write_modes(target: Target, wanted: Values) -> None:
    now = _read_modes(target)["file_modes"]
    lines = []
    for path, text in sorted(wanted["file_modes"].items()):
        if now.get(path) == text:
            continue
        owner, _, mode = text.partition(" ")
        before = now.get(path, "").partition(" ")[0]
        if owner != before:
            lines.append(f'chown -h {shlex.quote(owner)} "$R"{shlex.quote(path)}')
        lines.append(f'[ ! -L "$R"{shlex.quote(path)} ] || {{ echo "{path} is a link" >&2; exit {REFUSED}; }}')
        lines.append(f'chmod {shlex.quote(mode)} "$R"{shlex.quote(path)}')
    target.run("\n".join(lines))


def _tags_fit(before: Values, after: Values) -> bool:
    return known(before, after) and all(_mapping(value, _KEY, _WORD) for value in after.values())


def _setting(name: str, column: str, call: str, document: str, **how: Any) -> Setting:
    action = Action(name=name, kind=HOST, columns=(column,), calls=(call,), document=document, note=how.pop("note", ""))
    return Setting(action=action, **how)


WAYS: tuple[Way, ...] = (
    _setting(
        "change kernel settings",
        "kernel_settings",
        "sysctl -w",
        "sysctl(8), sysctl.d(5)",
        read=_read_settings,
        write=_write_settings,
        allowed=_same_keys(SETTINGS, _NUMBER),
        note=t("the old values stay written in {file}", file=DROP_IN),
    ),
    _setting(
        "change tags", "tags", "write /etc/skywright/tags", "rename(2)", read=_read_tags, write=_write_tags, allowed=_tags_fit
    ),
    _setting(
        "change owners and modes of files",
        "file_modes",
        "chmod",
        "chmod(1), chown(1)",
        read=_read_modes,
        write=_write_modes,
        allowed=_same_keys(FILES, _MODE),
    ),
)
"""What can be done to small files."""
