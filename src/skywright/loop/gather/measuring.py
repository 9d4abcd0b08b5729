"""One place -> how much of what stands there was used: by its cloud's word, and by a meter that keeps what the cloud does not."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from skywright.loop.gather.memory import Place
from skywright.model.errors import SkywrightError
from skywright.model.estate import Coverage, CoverageState, Scope, ScopeFile, Snapshot, Usage
from skywright.model.history import UsageHistory
from skywright.model.kinds import KIND_BY_NAME, Resource
from skywright.model.words import t
from skywright.ports.cloud import Cloud, Hourly
from skywright.ports.engine import Shelf
from skywright.ports.other import Meter


class Measures(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured of a place, with one row of coverage (kind ``usage``) for each who was asked."""

    usage: Sequence[Usage]
    history: Sequence[UsageHistory] = ()
    coverage: Sequence[Coverage]

    def keep(self, shelf: Shelf, place: Place) -> list[ScopeFile]:
        """Put it on the shelf."""
        tables = {"usage": self.usage, "history": self.history}
        return [shelf.write(table, Scope(*place, table, (table,)), rows) for table, rows in tables.items() if rows]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A place that is to be measured, and what stands there. ``among``: the cloud's accounts that this gathering knows of;
    ``known``: the history as it was kept last time; ``whole``: what to say where the cloud told all."""

    place: Place
    resources: Sequence[Resource]
    among: Collection[str]
    known: Sequence[UsageHistory] = ()
    whole: str = ""


class Watch(msgspec.Struct, frozen=True):
    """How places are measured: ``days`` back, by their clouds and, where there is one, by a meter."""

    meter: Meter | None
    days: int

    def measured(self, cloud: Cloud, asked: Asked, at: datetime) -> Measures:
        """What the meter tells goes before what the cloud tells of the same."""
        window = at - timedelta(days=self.days), at
        usage, failure = _by_cloud(cloud, asked.resources, window)
        coverage = [_told(asked.place, at, failure, len(usage), asked.whole)]
        told = self.meter.measure(asked.place[1], asked.among, asked.resources, asked.known, window) if self.meter else None
        if told is None:
            return Measures(usage=usage, coverage=coverage)
        better = {(row.resource, row.metric) for row in told.usage}
        rows = [row for row in usage if (row.resource, row.metric) not in better] + list(told.usage)
        coverage.append(_told(asked.place, at, told.failure, len(told.usage), ""))
        return Measures(usage=rows, history=told.history, coverage=coverage)


class Told(msgspec.Struct, frozen=True):
    """What a place's cloud told of its usage in the last gathering: the row of coverage, and the file if there were any."""

    coverage: Coverage
    file: ScopeFile | None


def hours_of(cloud: Cloud, days: int, at: datetime) -> str:
    """Which hours usage is about; "" for a cloud that measures moments."""
    if not (isinstance(cloud, Hourly) and cloud.usage_by_hour):
        return ""
    return t("The hours of {days} days until {hour}.", days=days, hour=f"{at:%Y-%m-%d %H}:00")


def told_before(
    previous: Snapshot | None, files: Iterable[ScopeFile], hours: Mapping[Place, str], shelf: Shelf
) -> dict[Place, Told]:
    """Places whose usage need not be asked for: it was read in full in this very hour, for the same resources as now. ``hours``
    says of each place what it is to be about; ``files`` are those of now. Where a meter was asked too, both are asked again."""
    if previous is None:
        return {}
    then, now = _standing(previous.files), _standing(files)
    usage = {(file.cloud, file.account, file.region): file for file in previous.files if file.table == "usage"}
    rows: dict[Place, list[Coverage]] = defaultdict(list)
    for row in previous.coverage:
        if row.kind == "usage":
            rows[row.cloud, row.account, row.region].append(row)
    found: dict[Place, Told] = {}
    for place, (row, *others) in rows.items():
        wanted = hours.get(place, "") if row.state is CoverageState.COMPLETE and not others else ""
        if not wanted or row.reason != wanted or then.get(place) != now.get(place):
            continue
        file = usage.get(place)
        if row.rows == 0 or (file is not None and shelf.holds(file)):
            found[place] = Told(row, file if row.rows else None)
    return found


def _standing(files: Iterable[ScopeFile]) -> dict[Place, set[tuple[str, str, str]]]:
    """Place -> what its files of resources say: table, reader and content of each."""
    found: dict[Place, set[tuple[str, str, str]]] = defaultdict(set)
    for file in files:
        if file.table in KIND_BY_NAME:
            found[file.cloud, file.account, file.region].add((file.table, file.reader, file.sha256))
    return found


def among(cloud: str, scopes: Collection[Scope], coverage: Collection[Coverage]) -> frozenset[str]:
    """The accounts of a cloud that a gathering knows of, those that it does not read too."""
    seen = {(one.cloud, one.account) for one in scopes} | {(row.cloud, row.account) for row in coverage}
    return frozenset(account for name, account in seen if name == cloud)


def kept(shelf: Shelf, files: Sequence[ScopeFile]) -> list[UsageHistory]:
    """The history in these files. One that cannot be read is as if it were not there: it is asked for again."""
    try:
        return [msgspec.convert(row, UsageHistory) for file in files if file.table == "history" for row in shelf.read(file)]
    except SkywrightError:
        return []


def _by_cloud(
    cloud: Cloud, resources: Sequence[Resource], window: tuple[datetime, datetime]
) -> tuple[list[Usage], SkywrightError | None]:
    rows: list[Usage] = []
    try:
        rows.extend(cloud.usage(resources, *window))
    except SkywrightError as error:
        return rows, error
    return rows, None


def _told(place: Place, at: datetime, failure: SkywrightError | None, rows: int, whole: str) -> Coverage:
    state = CoverageState.of(failure) if failure else CoverageState.COMPLETE
    return Coverage(*place, "usage", state, at, str(failure) if failure else whole, rows)
