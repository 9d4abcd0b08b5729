"""What is wrong with packs, collected so that it is told all at once."""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from skywright.model.errors import BadInput
from skywright.model.words import n, t

PROBLEMS_SHOWN_MAX = 50

Path = tuple[str | int, ...]
"""The way to a value in a document: ``("rules", 3, "when")``."""


class Problems:
    """Problems of any number of files: ``file:line: what`` (line 0: the place has no lines)."""

    def __init__(self) -> None:
        self.found: list[tuple[str, int, str]] = []

    def add(self, file: str, line: int, text: str) -> None:
        """One more."""
        self.found.append((file, line, text))

    def stop_if_any(self) -> None:
        """Raise BadInput that lists them, in order of file and line."""
        if not self.found:
            return
        listed = [f"  {file}:{line}: {text}" if line else f"  {file}: {text}" for file, line, text in sorted(set(self.found))]
        more = len(listed) - PROBLEMS_SHOWN_MAX
        if more > 0:
            listed = [*listed[:PROBLEMS_SHOWN_MAX], "  " + n("and {count} more", "and {count} more", more)]
        head = n("{count} problem in the rule packs:", "{count} problems in the rule packs:", len(set(self.found)))
        raise BadInput("\n".join([head, *listed]))


class Place:
    """A spot in one document: knows its data, its line, and where to report what is wrong with it."""

    def __init__(self, file: str, data: Any, lines: Mapping[Path, int], problems: Problems, path: Path = ()) -> None:
        self.file = file
        self.data = data
        self.path = path
        self._lines = lines
        self._problems = problems

    @property
    def line(self) -> int:
        """The line of this value, or of the nearest one around it."""
        path = self.path
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def problem(self, text: str) -> None:
        """Report something wrong here."""
        self._problems.add(self.file, self.line, text)

    def at(self, key: str | int) -> "Place":
        """The value under a key or an index (None when it is not there)."""
        held = key in self.data if isinstance(self.data, dict) else isinstance(self.data, list) and isinstance(key, int)
        return Place(self.file, self.data[key] if held else None, self._lines, self._problems, (*self.path, key))

    def items(self) -> "list[Place]":
        """The values of a list; reports and gives nothing when it is not one."""
        if self.data is None:
            return []
        if not isinstance(self.data, list):
            self.problem(t("{what} must be a list.", what=self._name()))
            return []
        return [self.at(index) for index in range(len(self.data))]

    def mapping(self) -> dict[str, Any]:
        """The value as a mapping with text keys; reports and gives an empty one when it is not."""
        if self.data is None:
            return {}
        if not isinstance(self.data, dict) or not all(isinstance(key, str) for key in self.data):
            self.problem(t("{what} must be a mapping of names to values.", what=self._name()))
            return {}
        return self.data

    def known_keys(self, known: Iterable[str], what: str) -> None:
        """Report every key that is not in ``known``, with the nearest one that is."""
        for key in self.mapping():
            if key not in known:
                self.at(key).problem(unknown(what, key, known))

    def text(self, required: bool = False) -> str:
        """The value as text; "" when it is not there."""
        if isinstance(self.data, str) and self.data.strip():
            return self.data.strip()
        if self.data is not None or required:
            self.problem(t("{what} must be a text.", what=self._name()))
        return ""

    def _name(self) -> str:
        named = [str(part) for part in self.path if isinstance(part, str)]
        return f"`{named[-1]}`" if named else t("The file")


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """``Unknown column `encrypted_`. Did you mean `encrypted`?``"""
    return t("Unknown {what} `{name}`.", what=what, name=name) + nearest(name, known)


def nearest(name: str, known: Iterable[str]) -> str:
    """`` Did you mean `x`?`` or nothing."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return " " + t("Did you mean `{name}`?", name=close[0]) if close else ""
