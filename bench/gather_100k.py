"""gather-100k: 100,000 resources over all clouds, read from the lab onto the shelf; then once more, unchanged.

The lab's own processes are not counted. Usage is read for one day, by the hour.
"""

import os
import resource
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from bench.measure import measured
from skywright.adapters.settings import load_settings
from skywright.lab import town
from skywright.model.estate import Snapshot
from skywright.model.kinds import KIND_BY_NAME
from skywright.wiring import House

USAGE_DAYS = 1


def run(estate: str = "large", clouds: str = "") -> dict[str, Any]:
    """Start the lab, gather twice. ``second_cpu_s``: the unchanged one."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with town.town_running(folder / "lab", town.wanted(clouds), estate=estate) as lab:
            os.environ.update(lab.environment())
            file = folder / "skywright.yaml"
            file.write_text(f"usage_days: {USAGE_DAYS}\n{lab.configuration()}")
            with measured() as first:
                snapshot, calls = _gather(file, folder / "data")
            with measured() as second:
                again, _ = _gather(file, folder / "data")
    counted = _resources(snapshot)
    return {
        **first,
        "rss_mib": max(first["rss_mib"], second["rss_mib"]),
        "peak_rss_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "second_cpu_s": second["cpu_s"],
        "second_wall_s": second["wall_s"],
        "resources": counted.total(),
        "resources_by_cloud": dict(counted),
        "calls_per_1000": {name: round(1000 * calls[name] / counted[name], 1) for name in counted},
        "unchanged": _resources(again) == counted,
        "gaps": sum(row.state.value not in ("complete", "skipped") for row in snapshot.coverage),
    }


def _gather(file: Path, data: Path) -> tuple[Snapshot, Counter[str]]:
    """One gathering by a house of its own, as by a command of its own."""
    house = House(load_settings(file), data, file)
    try:
        snapshot = house.gather(_tell)
        return snapshot, Counter(
            {name: sum(getattr(cloud, "api_calls", Counter()).values()) for name, cloud in house.clouds.items()}
        )
    finally:
        house.close()


def _tell(what: str, done: int, total: int) -> None:
    if done == total:
        sys.stderr.write(f"{what}: {done} of {total}\n")


def _resources(snapshot: Snapshot) -> Counter[str]:
    counted: Counter[str] = Counter()
    for file in snapshot.files:
        if file.table in KIND_BY_NAME:
            counted[file.cloud] += file.rows
    return counted
