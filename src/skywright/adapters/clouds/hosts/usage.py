"""Usage of hosts: two readings of the kernel's counters a second apart -> one sample of now. Formulas: proc(5), /proc/stat (busy is
all but idle and iowait) and Documentation/admin-guide/iostats.rst (sectors are 512 bytes)."""

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor

import msgspec

from skywright.adapters.clouds.hosts.calls import Calls
from skywright.adapters.clouds.hosts.parse import system
from skywright.adapters.clouds.kit.reading import DRIFT
from skywright.model.errors import SkywrightError
from skywright.model.estate import Usage
from skywright.model.kinds import Resource
from skywright.model.kinds.compute import Host

SECTOR = 512
SECONDS_PER_HOUR = 3600
WHOLE_DISK = re.compile(r"sd[a-z]+|vd[a-z]+|xvd[a-z]+|hd[a-z]+|nvme\d+n\d+|mmcblk\d+|dasd[a-z]+")
"""Names of whole disks, so that no partition is counted twice."""


class Counters(msgspec.Struct, frozen=True):
    """One reading."""

    busy: int
    total: int
    read_sectors: int
    written_sectors: int
    received: int
    sent: int


def usage(calls: Calls, resources: Sequence[Resource], threads: Executor) -> Iterator[Usage]:
    """Hosts that answered last time -> their usage. The first failure (model.errors) is raised at the end."""
    failures: list[SkywrightError] = []

    def sample(host: Host) -> list[Usage]:
        try:
            answer = calls.sample(host.account, host.native_id)
        except SkywrightError as error:
            failures.append(error)
            return []
        return list(samples(host.id, answer))

    hosts = [one for one in resources if isinstance(one, Host) and one.state == "up"]
    for rows in threads.map(sample, hosts):
        yield from rows
    if failures:
        raise failures[0]


def samples(resource: str, answer: dict[str, str | None]) -> Iterator[Usage]:
    """An answer -> what can be said of now. Bytes are of the second that was seen, for a whole hour."""
    found: dict[str, float] = {}
    try:
        first, second = counters(answer["stat"] or ""), counters(answer["again"] or "")
        found = _rates(first, second)
    except DRIFT:
        pass
    try:
        memory = system.memory(answer["memory"] or "")
        if memory.used_mib is not None:
            found["memory_pct"] = round(100 * memory.used_mib / memory.total_mib, 2)
    except DRIFT:
        pass
    for metric, value in found.items():
        yield Usage(
            resource=resource, metric=metric, window_days=0.0, samples=1, p50=value, p95=value, p99=value, max=value, mean=value
        )


def _rates(first: Counters, second: Counters) -> dict[str, float]:
    if second.total <= first.total or second.busy < first.busy:
        return {}
    hourly = {
        "disk_read_bytes": (second.read_sectors - first.read_sectors) * SECTOR,
        "disk_write_bytes": (second.written_sectors - first.written_sectors) * SECTOR,
        "network_in_bytes": second.received - first.received,
        "network_out_bytes": second.sent - first.sent,
    }
    found = {"cpu_pct": round(100 * (second.busy - first.busy) / (second.total - first.total), 2)}
    return found | {metric: float(value * SECONDS_PER_HOUR) for metric, value in hourly.items() if value >= 0}


def counters(text: str) -> Counters:
    """The first line of /proc/stat, /proc/diskstats and /proc/net/dev -> counters. Raises ValueError."""
    first, _, rest = text.partition("\n")
    words = first.split()
    if len(words) < 6 or words[0] != "cpu":
        raise ValueError("no line for all processors in /proc/stat")
    ticks = [int(word) for word in words[1:9]]
    idle = ticks[3] + ticks[4]
    read = written = received = sent = 0
    for line in rest.splitlines():
        parts = line.replace(":", " ", 1).split() if ":" in line else line.split()
        if ":" in line and parts[0] != "lo" and len(parts) >= 10 and parts[1].isdigit():
            received, sent = received + int(parts[1]), sent + int(parts[9])
        elif len(parts) >= 10 and WHOLE_DISK.fullmatch(parts[2]):
            read, written = read + int(parts[5]), written + int(parts[9])
    return Counters(sum(ticks) - idle, sum(ticks), read, written, received, sent)
