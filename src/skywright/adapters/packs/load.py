"""Folders of packs -> checked and compiled rules, from the cache when nothing changed."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from skywright.adapters.packs.cache import RuleCache
from skywright.model.errors import BadInput
from skywright.model.rule import Rule
from skywright.model.settings import RuleSettings
from skywright.model.words import t


def load_packs(folders: Sequence[Path], settings: RuleSettings | None = None, cache: RuleCache | None = None) -> tuple[Rule, ...]:
    """Every rule of every ``*.yaml`` under the folders (or of the files named), without the disabled ones, in order of id.

    Raises BadInput that lists every problem of every pack with file and line.
    """
    asked = settings or RuleSettings()
    files = [(path, _read(path)) for path in _files(folders)]
    kept = cache if cache is not None else RuleCache.of_user()
    key = kept.key(files, asked)
    if (rules := kept.get(key)) is None:
        from skywright.adapters.packs.check import check_packs

        rules = check_packs([path for path, _ in files], asked)
        kept.put(key, rules)
    return rules


def _files(folders: Iterable[Path]) -> list[Path]:
    found: list[Path] = []
    for folder in folders:
        if folder.is_dir():
            found.extend(sorted([*folder.rglob("*.yaml"), *folder.rglob("*.yml")]))
        elif folder.is_file():
            found.append(folder)
        elif folder.name != "rules":  # a topic without rules is fine, a folder that the user named is not
            raise BadInput(
                t("There is no rule pack at {path}.", path=folder),
                where="rules.packs",
                next_step=t("Mend the path in the configuration, or make the folder."),
            )
    return list(dict.fromkeys(found))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(t("The rule pack cannot be read: {why}.", why=error.strerror), where=str(path)) from error
