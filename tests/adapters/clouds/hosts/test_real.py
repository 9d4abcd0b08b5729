"""The script on a real host, through a real SSH server: this machine itself. Nothing is changed on it."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from tests.adapters.clouds.hosts._real import NoServer, RealServer
from tests.adapters.clouds.hosts._town import QuickClock, ident, read

from skywright.adapters.clouds.hosts import HostsCloud, HostsConfig
from skywright.model.estate import CoverageState

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[RealServer]:
    try:
        made = RealServer(tmp_path_factory.mktemp("sshd"))
    except NoServer as error:
        pytest.skip(f"NO REAL SSH SERVER: {error}")
    yield made
    made.stop()


def cloud_of(server: RealServer, tmp_path: Path) -> HostsCloud:
    return HostsCloud(msgspec.convert(server.section(tmp_path), HostsConfig), QuickClock())


def test_this_machine_as_it_is(server, tmp_path) -> None:
    import os
    import platform

    rows, coverage = read(cloud_of(server, tmp_path), "dc")
    row = rows["here"]
    assert (coverage.state, coverage.reason) == (CoverageState.COMPLETE, "")
    assert (row.state, row.name, row.kernel, row.architecture) == ("up", platform.node(), platform.release(), platform.machine())
    assert row.vcpus == os.cpu_count()
    total = int(next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal")).split()[1])
    assert row.memory_mib == total // 1024
    assert any(port.port == server.port for port in row.listeners)
    assert "/" in {disk.mount for disk in row.disks}
    assert row.uptime_s <= float(Path("/proc/uptime").read_text().split()[0])


def test_usage_and_health_and_doctor(server, tmp_path) -> None:
    cloud = cloud_of(server, tmp_path)
    row = read(cloud, "dc")[0]["here"]
    found = {one.metric: one.mean for one in cloud.usage([row], QuickClock().now(), QuickClock().now())}
    assert 0 <= found["cpu_pct"] <= 100
    assert 0 < found["memory_pct"] < 100
    assert [one.resource for one in cloud.health([row.id])] == [ident("dc", "here")]
    assert {one.name: one.allowed for one in cloud.doctor()}["ssh"] is True


def test_another_host_key_is_refused(server, tmp_path) -> None:
    other = tmp_path / "known"
    other.write_text((server.folder / "known-hosts").read_text().replace("AAAAC3NzaC1lZDI1NTE5AAAAI", "AAAAC3NzaC1lZDI1NTE5AAAAJ"))
    section = server.section(tmp_path)
    section["sites"]["dc"]["known_hosts"] = str(other)
    _, coverage = read(HostsCloud(msgspec.convert(section, HostsConfig), QuickClock()), "dc")
    assert coverage.reason.startswith("The SSH host key of here is not known, or not the one that is known.")
