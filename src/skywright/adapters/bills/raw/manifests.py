"""What exports write beside their rows -> which files are the bill, and what they must hold.

An export that runs again and again leaves its runs in one folder, each the whole of its days, and says in a manifest which files a
run consists of. Sources: Microsoft Learn, "Create and manage Cost Management exports" (manifest.json: blobs with their bytes and
rows, export and run); AWS Cost and Usage Reports User Guide, "Understanding your report versions" (assembly, report keys; the
manifest in the period's own folder is of the newest version); AWS Data Exports User Guide, "Understanding export delivery" (the
manifest in metadata/PARTITION is of the newest execution; files that it does not list are left over).
"""

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import PurePosixPath

import msgspec

from skywright.model.errors import BadInput
from skywright.model.words import t

NO_BILLS = {"pricesheet", "reservationdetails", "reservationrecommendations", "reservationtransactions"}
"""Kinds of exports, in lower case, that are not what anything cost."""

_ALWAYS = frozenset({date.min})
"""The days of a manifest that names none: the same as any other's that names none."""

DAYS_MAX = 3700


class Listed(msgspec.Struct, frozen=True):
    """A file as a manifest has it: where it stands in the store, its rows and bytes (None: not said); of which ``manifest`` (as
    messages call it), and what the export calls its ``kind`` of rows."""

    path: str
    manifest: str
    kind: str = ""
    rows: int | None = None
    size: int | None = None


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What one run of an export delivered: ``bill``: what it is a run of; ``days`` that it covers; ``made``: when, as text that
    sorts (empty: not said). ``name`` as messages call it, ``path`` where it stands."""

    name: str
    path: str
    bill: tuple[str, ...]
    days: frozenset[date]
    made: str
    files: tuple[Listed, ...]

    @property
    def kind(self) -> str:
        """What the export calls its kind of rows; empty where it does not say."""
        return self.files[0].kind if self.files else ""


class _Camel(msgspec.Struct, frozen=True, rename="camel"):
    """Names as JSON has them."""


class _Blob(_Camel, frozen=True):
    blob_name: str
    byte_count: int | None = None
    data_row_count: int | None = None


class _Export(_Camel, frozen=True):
    export_name: str = ""
    resource_id: str = ""
    type: str = ""


class _Run(_Camel, frozen=True):
    submitted_time: str = ""
    start_date: str = ""
    end_date: str = ""


class _Blobs(_Camel, frozen=True):
    blobs: list[_Blob]
    export_config: _Export = _Export()
    run_info: _Run = _Run()

    def read(self, name: str, path: str) -> Manifest:
        scope = self.export_config.resource_id.lower().partition("/providers/microsoft.costmanagement/")[0]
        kind = self.export_config.type
        return Manifest(
            name=name,
            path=path,
            bill=(scope or self.export_config.export_name, kind.lower()),
            days=_days(self.run_info.start_date, self.run_info.end_date, more=1),
            made=self.run_info.submitted_time,
            files=tuple(Listed(one.blob_name.strip(), name, kind, one.data_row_count, one.byte_count) for one in self.blobs),
        )


class _Period(_Camel, frozen=True):
    start: str = ""
    end: str = ""


class _Report(_Camel, frozen=True):
    report_keys: list[str]
    report_name: str = ""
    account: str = ""
    billing_period: _Period = _Period()

    def read(self, name: str, path: str) -> Manifest:
        place, named, _ = (self.report_keys[0] if self.report_keys else "").partition(f"{self.report_name}/")
        return Manifest(
            name=name,
            path=path,
            bill=(place, self.report_name) if named else (self.account, self.report_name),
            days=_days(self.billing_period.start, self.billing_period.end),
            made="",
            files=tuple(Listed(one, name) for one in self.report_keys),
        )


class _Execution(_Camel, frozen=True):
    data_files: list[str]

    def read(self, name: str, path: str) -> Manifest:
        before, _, after = path.rpartition("metadata/")
        return Manifest(
            name=name,
            path=path,
            bill=(before, after.partition("/")[0]),
            days=_ALWAYS,
            made="",
            files=tuple(Listed(one.partition("://")[2].partition("/")[2] or one, name) for one in self.data_files),
        )


_SHAPES: dict[str, type[_Blobs | _Report | _Execution]] = {"blobs": _Blobs, "reportKeys": _Report, "dataFiles": _Execution}


def is_manifest(name: str) -> bool:
    """Whether a file is called as manifests are."""
    return PurePosixPath(name).name.lower().endswith("manifest.json")


def read(content: bytes, name: str, path: str) -> Manifest | None:
    """A manifest of one of the exports known here, else None. Raises BadInput for one that is damaged."""
    try:
        document = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"))
        shape = next((shape for key, shape in _SHAPES.items() if isinstance(document, dict) and key in document), None)
        return msgspec.convert(document, shape, strict=False).read(name, path) if shape else None
    except (msgspec.DecodeError, ValueError) as error:
        raise BadInput(
            t("is no manifest that can be read: {reason}.", reason=str(error).rstrip(".")),
            where=name,
            next_step=t("Fetch it again; nothing was imported."),
        ) from error


def _days(first: str, last: str, more: int = 0) -> frozenset[date]:
    """``2026-09-01T00:00:00`` and ``20261001T000000.000Z`` -> the days from the one till before the other (``more``: after it).
    Raises ValueError for what is no date."""
    if not first or not last:
        return _ALWAYS
    since, until = (date.fromisoformat(text[:10] if "-" in text else text[:8]) for text in (first, last))
    return frozenset(since + timedelta(days=day) for day in range(min((until - since).days + more, DAYS_MAX)))


def newest(manifests: Iterable[Manifest]) -> tuple[list[Manifest], list[tuple[Manifest, Manifest]]]:
    """Those that count, and those that a newer one takes the place of, with it. Raises BadInput where that cannot be told, or where
    a newer one covers only some of the days of an older one."""
    counting: list[Manifest] = []
    replaced: list[tuple[Manifest, Manifest]] = []
    for one in sorted(manifests, key=_age):
        rivals = [other for other in counting if other.bill == one.bill and other.days & one.days]
        if not rivals:
            counting.append(one)
            continue
        if [file.path for file in one.files] in ([file.path for file in other.files] for other in rivals):
            continue  # a copy, as two are written for one run
        _check_age(rivals[-1], one)
        if not one.days <= frozenset[date]().union(*(other.days for other in rivals)):
            raise BadInput(
                t("covers days that {newer}, which is newer, leaves out, and others that it covers too.", newer=rivals[-1].name),
                where=one.name,
                next_step=t("Nothing was imported. Import the folder of one run at a time."),
            )
        replaced.append((one, rivals[-1]))
    return counting, replaced


def _age(manifest: Manifest) -> tuple[int, ...]:
    """Sorts the newest first: by when it was made; where none says that, the one nearest to the top is the newest."""
    return (*(-ord(letter) for letter in manifest.made), 1, manifest.path.count("/"))


def _check_age(newer: Manifest, older: Manifest) -> None:
    told = newer.made > older.made if newer.made and older.made else newer.path.count("/") < older.path.count("/")
    if not told:
        raise BadInput(
            t("is a run of the same export and days as {other}, and neither says that it is the newer.", other=older.name),
            where=newer.name,
            next_step=t("Nothing was imported. Import the folder of one run."),
        )
