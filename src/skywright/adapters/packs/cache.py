"""Compiled rules kept between runs, by the content of all that they come from. A cache that cannot be used is not an error."""

import hashlib
import os
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

import skywright
from skywright.model.canonical import canonical
from skywright.model.rule import Rule
from skywright.model.settings import RuleSettings

ENTRIES_MAX = 16
_SOURCES = ("model/kinds", "model/schema.py", "model/rule.py", "model/rule_sql.py", "adapters/packs")
"""What decides how a pack is compiled: a change in any of these makes another key."""


class RuleCache:
    """A folder of compiled packs."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    @classmethod
    def of_user(cls) -> "RuleCache":
        """In the user's cache folder (XDG)."""
        base = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
        return cls(Path(base) / "skywright" / "rules")

    def key(self, files: Iterable[tuple[Path, bytes]], settings: RuleSettings) -> str:
        """The hash of the packs, of the settings that touch them, and of our own code that reads them."""
        found = hashlib.sha256(canonical([skywright.__version__, settings.disable, settings.params]))
        for path, content in (*_own_sources(), *files):
            found.update(f"\n{path}\n{len(content)}\n".encode() + content)
        return found.hexdigest()

    def get(self, key: str) -> tuple[Rule, ...] | None:
        """The rules kept under a key; None when there are none, or none that can be read."""
        if self._folder is None:
            return None
        try:
            return msgspec.msgpack.decode((self._folder / key).read_bytes(), type=tuple[Rule, ...])
        except (OSError, msgspec.DecodeError):
            return None

    def put(self, key: str, rules: Sequence[Rule]) -> None:
        """Keep rules; quietly not when the folder cannot be written."""
        if self._folder is None:
            return
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.NamedTemporaryFile(dir=self._folder, prefix=".", delete=False) as file:
                file.write(msgspec.msgpack.encode(rules))
            Path(file.name).replace(self._folder / key)
            self._forget_old()

    def _forget_old(self) -> None:
        assert self._folder is not None
        kept = sorted(self._folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in kept[ENTRIES_MAX:]:
            path.unlink(missing_ok=True)


def _own_sources() -> list[tuple[Path, bytes]]:
    base = Path(skywright.__file__).parent
    paths = [path for name in _SOURCES for path in (sorted((base / name).glob("*.py")) or [base / name])]
    return [(path.relative_to(base), path.read_bytes()) for path in paths]
