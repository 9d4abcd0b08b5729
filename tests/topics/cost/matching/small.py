"""Small estates for bills: rows of kinds written as one gathering."""

from collections.abc import Sequence
from datetime import datetime

from skywright.model.estate import Coverage, CoverageState, Scope, Snapshot, Usage
from skywright.model.kinds import KIND_BY_NAME, Resource, resource_id
from skywright.wiring import House


def made(kind: str, native_id: str, cloud="aws", account="111122223333", region="eu-west-1", **columns: object) -> Resource:
    """One resource."""
    known = {"tags": {}, "name": native_id, **columns}
    own = resource_id(cloud, account, region, kind, native_id)
    return KIND_BY_NAME[kind](id=own, cloud=cloud, account=account, region=region, native_id=native_id, **known)


def gather(house: House, at: datetime, resources: Sequence[Resource], usage: Sequence[Usage] = ()) -> Snapshot:
    """Write one gathering into the house."""
    tables: dict[tuple[str, str, str, str], list[Resource]] = {}
    for one in resources:
        tables.setdefault((one.cloud, one.account, one.region, one.KIND), []).append(one)
    files, coverage = [], []
    for (cloud, account, region, kind), rows in tables.items():
        files.append(house.shelf.write(kind, Scope(cloud, account, region, kind, (kind,)), rows))
        coverage.append(Coverage(cloud, account, region, kind, CoverageState.COMPLETE, at, rows=len(rows)))
    if usage:
        files.append(house.shelf.write("usage", Scope("aws", "1", "global", "usage", ("usage",)), usage))
    snapshot = Snapshot(id=f"snap-{at:%Y%m%dT%H%M%S}", taken_at=at, files=tuple(files), coverage=tuple(coverage))
    house.store.snapshots.add(snapshot)
    return snapshot
