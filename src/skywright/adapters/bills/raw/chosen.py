"""Manifests and the files that are there -> which of them are the bill."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

import msgspec

from skywright.adapters.bills.raw.manifests import NO_BILLS, Listed, Manifest, newest
from skywright.model.errors import BadInput
from skywright.model.words import n, t

NAMED_MAX = 3
_PACKED = (".gz", ".zip")


class Choice(msgspec.Struct, frozen=True):
    """Which files are the bill: path -> what a manifest says of it (None: none says anything); and what is to be remarked."""

    files: Mapping[str, Listed | None]
    remarks: tuple[str, ...] = ()


def choose(manifests: Sequence[Manifest], there: Sequence[str]) -> Choice:
    """Of the files that are there (paths with ``/``, from the top of the source), those that are listed by manifests that count,
    and those that no manifest has anything to do with. Raises BadInput for a file that is listed and not there."""
    counting, replaced = newest(one for one in manifests if one.kind.lower() not in NO_BILLS)
    called: dict[str, list[str]] = {}
    for path in there:
        called.setdefault(PurePosixPath(path).name, []).append(path)
    listed = {_found(one, called, manifest): one for manifest in counting for one in manifest.files}
    folders = {_folder(one.path) for one in manifests} | {_folder(path) for path in listed}
    files = {path: listed.get(path) for path in there if path in listed or not _below(path, folders)}
    return Choice(files, tuple(_remarks(manifests, replaced, [path for path in there if path not in files])))


def _found(listed: Listed, called: Mapping[str, Sequence[str]], manifest: Manifest) -> str:
    """The file that a manifest lists: at the same place as far as both tell, or beside the manifest. ``called``: name -> paths."""
    for name in (listed.path, *(listed.path.removesuffix(packed) for packed in _PACKED)):
        last = PurePosixPath(name).name
        for path in called.get(last, ()):
            if _same_end(path, name) or path == f"{_folder(manifest.path)}{last}":
                return path
    raise BadInput(
        t("lists {file}, which is not there: the bill was not delivered whole.", file=listed.path),
        where=manifest.name,
        next_step=t("Nothing was imported. Fetch it too, or name the files that are to be imported one by one."),
    )


def _same_end(one: str, other: str) -> bool:
    """Whether two paths are the same, but for folders before the one or the other."""
    parts, others = PurePosixPath(one).parts, PurePosixPath(other).parts
    count = min(len(parts), len(others))
    return parts[-count:] == others[-count:]


def _folder(path: str) -> str:
    return path[: path.rfind("/") + 1]


def _below(path: str, folders: Iterable[str]) -> bool:
    return any(path.startswith(folder) for folder in folders)


def _remarks(manifests: Sequence[Manifest], replaced: Sequence[tuple[Manifest, Manifest]], left: Sequence[str]) -> Iterator[str]:
    for newer in dict.fromkeys(newer for _, newer in replaced):
        count = sum(other is newer for _, other in replaced)
        one, many = (
            t("{count} older run of the same days was left: {name} is the newest."),
            t("{count} older runs of the same days were left: {name} is the newest."),
        )
        yield n(one, many, count, name=newer.name)
    for manifest in manifests:
        if manifest.kind.lower() in NO_BILLS:
            yield t("{name} is of an export of {kind}, which is no bill, and was left.", name=manifest.name, kind=manifest.kind)
    told = [*(older for older, _ in replaced), *(one for one in manifests if one.kind.lower() in NO_BILLS)]
    strays = [path for path in left if not any(_same_end(path, one.path) for manifest in told for one in manifest.files)]
    if strays:
        names = ", ".join(strays[:NAMED_MAX]) + (", ..." if len(strays) > NAMED_MAX else "")
        one, many = (
            t("{count} file that its manifest does not list was left: {names}."),
            t("{count} files that their manifests do not list were left: {names}."),
        )
        yield n(one, many, len(strays), names=names)
