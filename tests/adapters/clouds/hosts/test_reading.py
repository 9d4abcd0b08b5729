"""Reading hosts: what a well one tells, and what is known of those that do not answer, or not as they should."""

# ruff: noqa: E501, ISC004 - whole sentences are asserted as they are shown; `id` is what the API calls it

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from tests.adapters.clouds.hosts._town import QuickClock, cloud_of, ident, read

from skywright.adapters.clouds.hosts import HostsCloud, HostsConfig
from skywright.model.canonical import row_hash
from skywright.model.errors import BadInput
from skywright.model.estate import CoverageState
from skywright.model.kinds.compute import Daemon, Disk, Package
from skywright.model.settings import SecretRef


def test_a_host_as_it_is(lab) -> None:
    rows, coverage = read(cloud_of(lab), "dc")
    assert (coverage.state, coverage.partial, coverage.rows) == (CoverageState.COMPLETE, False, 14)
    row = rows["app-000"]
    facts = (row.id, row.state, row.name, row.site, row.vcpus, row.memory_mib, row.memory_used_mib, row.kernel, row.architecture)
    assert facts == (ident("dc", "app-000"), "up", "app-000", "dc", 4, 8192, 4096, "6.1.0-18-amd64", "x86_64")
    assert row.disks == [Disk("/dev/vda1", "/", "ext4", 40.0, 40.0)]
    assert Package("openssl", "3.0.15-1~deb12u1") in row.packages
    assert row.daemons[1] == Daemon("cups", "stopped", enabled=False)
    assert [(one.port, one.process, one.address) for one in row.listeners] == [(22, "sshd", "")]
    assert (row.ssh_password_login, row.ssh_root_login, row.firewall_enabled, row.time_synchronised) == (False, False, True, True)
    assert (row.reboot_required, row.updates_pending, row.security_updates_pending, row.uptime_s) == (False, 0, 0, 864000)
    assert (row.virtual, row.private_ip, row.public_ip, row.runtimes) == (True, "10.1.0.1", "", ["docker 27.1.1"])
    assert (row.tags, row.os_version, row.os_end_of_support) == ({"owner": "platform"}, "12", datetime(2028, 6, 30))
    assert row.file_modes["/etc/shadow"] == "root:shadow 640"
    assert rows["app-000"].last_seen_at == datetime(2026, 3, 1, 12)


def test_every_planted_fault_shows_in_its_host(lab) -> None:
    rows, _ = read(cloud_of(lab), "dc")
    assert rows["pass-1"].ssh_password_login is True
    assert rows["root-1"].ssh_root_login is True
    assert rows["old-1"].os_end_of_support == datetime(2023, 5, 31)
    assert (rows["stale-1"].updates_pending, rows["stale-1"].security_updates_pending) == (1, 1)
    assert rows["kernel-1"].reboot_required is True
    assert rows["full-1"].disks[0].used_pct == 94.0
    assert rows["open-1"].firewall_enabled is False
    assert rows["clock-1"].time_synchronised is False
    assert rows["failed-1"].daemons[2] == Daemon("nginx", "failed", enabled=True)
    assert rows["syn-1"].kernel_settings["net.ipv4.tcp_syncookies"] == "0"


def test_one_visit_a_host_and_nothing_is_left_on_it(lab) -> None:
    cloud = cloud_of(lab)
    before = set(lab.machines["dc/app-000"].root.rglob("*"))
    read(cloud, "dc")
    assert cloud.api_calls == {"ssh:read": 14}
    assert lab.calls()["dc/app-000"] == 1
    assert set(lab.machines["dc/app-000"].root.rglob("*")) == before
    cloud.refresh([ident("dc", "app-000")])
    assert lab.calls()["dc/app-000"] == 2
    assert lab.calls()["dc/db-1"] == 1


def test_a_host_that_was_never_seen_is_offline_and_not_gone(lab) -> None:
    rows, coverage = read(cloud_of(lab), "edge")
    row = rows["shop-away"]
    assert (row.state, row.vcpus, row.last_seen_at, row.site) == ("offline", None, None, "edge")
    assert (coverage.state, coverage.partial) == (CoverageState.COMPLETE, True)
    assert coverage.reason.startswith("1 host does not answer: shop-away. shop-away cannot be reached by SSH: ")


def test_a_host_that_goes_keeps_its_last_known_facts(lab) -> None:
    clock = QuickClock()
    seen, _ = read(cloud_of(lab, clock), "edge")
    lab.machines["edge/shop-000"].fault = "offline"
    clock.at += timedelta(days=3)
    cloud = cloud_of(lab, clock)  # another process: the memory is in files
    rows, coverage = read(cloud, "edge")
    row = rows["shop-000"]
    assert (row.state, row.last_seen_at, row.vcpus, row.packages) == (
        "offline",
        datetime(2026, 3, 1, 12),
        2,
        seen["shop-000"].packages,
    )
    assert coverage.partial
    assert coverage.reason.startswith("2 hosts do not answer: shop-000, shop-away. ")
    assert cloud.can("compute.host", {"state": "offline", "tags": {}}, {"state": "offline", "tags": {"a": "b"}}) is None
    lab.machines["edge/shop-000"].fault = ""
    assert read(cloud, "edge")[0]["shop-000"].state == "up"


def test_a_fresh_read_of_an_offline_host_is_missing_but_for_intermittent_sites(lab) -> None:
    clock = QuickClock()
    cloud = cloud_of(lab, clock)
    rows = read(cloud, "edge")[0] | read(cloud, "dc")[0]
    for name in ("edge/shop-000", "dc/app-000"):
        lab.machines[name].fault = "offline"
    fresh = cloud.refresh([ident("edge", "shop-000"), ident("dc", "app-000"), ident("edge", "shop-away")])
    assert set(fresh) == {ident("edge", "shop-000")}
    assert row_hash(fresh[ident("edge", "shop-000")]) == row_hash(rows["shop-000"])


def test_a_host_that_the_configuration_no_longer_names_is_gone(lab) -> None:
    assert cloud_of(lab).refresh([ident("dc", "never")]) == {ident("dc", "never"): None}


@pytest.mark.parametrize(
    ("fault", "state", "said"),
    [
        ("garbage", CoverageState.FAILED, "app-000 ran something else than our script, or nothing."),
        ("mute", CoverageState.FAILED, "app-000 ran something else than our script, or nothing."),
    ],
)
def test_a_host_that_talks_nonsense_is_a_gap(lab, fault: str, state: CoverageState, said: str) -> None:
    lab.machines["dc/app-000"].fault = fault
    rows, coverage = read(cloud_of(lab), "dc")
    assert (coverage.state, len(rows)) == (state, 14)
    assert coverage.reason == f"{said} Check that its login shell is a shell, and prints nothing (`ssh app-000 true`)."
    assert (rows["app-000"].state, rows["app-000"].vcpus) == (None, None)


@pytest.mark.parametrize("fault", ["cut", "half"])
def test_an_answer_that_is_cut_is_a_host_that_is_offline(lab, fault: str) -> None:
    lab.machines["dc/app-000"].fault = fault
    rows, coverage = read(cloud_of(lab), "dc")
    assert rows["app-000"].state == "offline"
    assert "The connection to app-000 was lost in the middle of its answer." in coverage.reason


@pytest.mark.parametrize("fault", ["noisy", "slow"])
def test_a_banner_or_a_slow_line_is_no_harm(lab, fault: str) -> None:
    lab.machines["dc/app-000"].fault = fault
    rows, coverage = read(cloud_of(lab), "dc")
    assert (rows["app-000"].vcpus, coverage.reason) == (4, "")


def test_what_is_not_understood_is_null_and_said(lab) -> None:
    lab_file = lab.machines["dc/app-000"].root / "var/lab/df"
    lab_file.write_text("Filesystem 1024-blocks Used Available Capacity Mounted on\nsomething else\n")
    (lab.machines["dc/app-000"].root / "etc/os-release").write_text("not a shell file\n")
    rows, coverage = read(cloud_of(lab), "dc")
    assert (rows["app-000"].disks, rows["app-000"].os_version, rows["app-000"].vcpus) == (None, None, 4)
    assert (coverage.state, coverage.partial) == (CoverageState.COMPLETE, True)
    assert coverage.reason == (
        "app-000 says of os, disks what is not understood. Report this with the operating system of the host."
    )


def test_without_root_the_firewall_is_unknown(lab) -> None:
    script = lab.folder / "bin" / "id"
    script.write_text("#!/bin/sh\necho 1000\n")
    rows, coverage = read(cloud_of(lab), "dc")
    assert rows["open-1"].firewall_enabled is None
    assert coverage.reason == ""


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (
            "changed-key",
            "The SSH host key of app-000 is not known, or not the one that is known. Compare it by another way (`ssh-keyscan app-000 | "
            "ssh-keygen -lf -`), then mend ~/.ssh/known_hosts. It is never accepted unseen.",
        ),
        (
            "denied",
            "app-000 lets us not in by SSH: Permission denied for user skywright on host 127.0.0.1. Check the user, its key on the host, "
            "and the agent (`ssh app-000 true`).",
        ),
    ],
)
def test_nobody_is_trusted_unseen_and_who_is_refused_says_so(fault: str, said: str, tmp_path) -> None:
    from skywright.lab.hosts import HostsLab
    from skywright.lab.hosts.commands import install
    from skywright.lab.hosts.machine import Machine
    from skywright.lab.hosts.seed import Planted

    install(tmp_path / "bin")
    lab = HostsLab(Planted([Machine(site="dc", name="app-000", root=tmp_path / "h", fault=fault).write()], []), tmp_path)
    try:
        rows, coverage = read(cloud_of(lab), "dc")
    finally:
        lab.stop()
    assert coverage.state is (CoverageState.DENIED if fault == "denied" else CoverageState.FAILED)
    assert coverage.reason == said
    assert rows["app-000"].state is None


def test_an_unknown_host_key_is_refused(lab) -> None:
    (lab.folder / "known-hosts").write_text("")
    rows, coverage = read(cloud_of(lab), "edge")
    assert coverage.state is CoverageState.FAILED
    assert coverage.reason.startswith("The SSH host key of shop-000 is not known")
    assert rows["shop-000"].state is None


def test_the_key_may_come_from_a_secret(lab) -> None:
    section = lab.section()
    section["sites"]["edge"]["key"] = {"env": "SSH_KEY"}
    asked: list[SecretRef] = []

    def secret(reference: SecretRef) -> str:
        asked.append(reference)
        return (lab.folder / "client-key").read_text().strip()

    cloud = HostsCloud(msgspec.convert(section, HostsConfig), QuickClock(), secret)
    rows, _ = read(cloud, "edge")
    assert rows["shop-000"].state == "up"
    assert asked[0] == SecretRef(env="SSH_KEY")


def test_a_key_that_is_none_is_told_without_it(lab) -> None:
    section = lab.section()
    section["sites"]["edge"]["key"] = {"env": "SSH_KEY"}
    cloud = HostsCloud(msgspec.convert(section, HostsConfig), QuickClock(), lambda _: "my-very-secret-key")
    _, coverage = read(cloud, "edge")
    assert coverage.reason == (
        "What stands for the SSH key under clouds.hosts is no private key without a passphrase. Give an OpenSSH private key, or use the "
        "agent."
    )


def test_no_site_is_a_gap_and_a_broken_inventory_one_of_its_site(tmp_path) -> None:
    _, gaps = HostsCloud(HostsConfig(), QuickClock()).scopes()
    assert [(gap.account, gap.reason) for gap in gaps] == [("*", "No hosts are named. Add a site under clouds.hosts.sites.")]
    file = tmp_path / "hosts.ini"
    file.write_text("[web]\nw1\nw2 ansible_port=many\n")
    config = msgspec.convert({"sites": {"dc": {"inventory": str(file)}, "edge": {"hosts": ["e1"]}}}, HostsConfig)
    scopes, gaps = HostsCloud(config, QuickClock()).scopes()
    assert [scope.account for scope in scopes] == ["edge"]
    assert gaps[0].account == "dc"
    assert gaps[0].reason == f"{file}:3: This line is no host: w2 ansible_port=many Write `name key=value ...`."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\nb ansible_host=10.0.0.1 ansible_port=22 ansible_user=x\n", [("a", None, None, {}), ("b", "10.0.0.1", 22, {})]),
        ("[web]\na\n[db]\na # twice\n[web:vars]\nx=1\n", [("a", None, None, {"group": "db,web"})]),
        ("; comment\n\n# another\n", []),
    ],
)
def test_inventories(text: str, expected: list[Any]) -> None:
    from skywright.adapters.clouds.hosts.inventory import parse_inventory

    assert [(one.name, one.address, one.port, one.tags) for one in parse_inventory(text, "f")] == expected


@pytest.mark.parametrize("text", ["-oProxyCommand=evil\n", "a/b\n", 'a "unclosed\n', "a b\n"])
def test_lines_that_are_no_hosts(text: str) -> None:
    from skywright.adapters.clouds.hosts.inventory import parse_inventory

    with pytest.raises(BadInput, match="f:1"):
        parse_inventory(text, "f")


def test_aliases_of_the_ssh_configuration() -> None:
    from skywright.adapters.clouds.hosts.inventory import aliases

    assert aliases('Host edge-1 edge-2\n  HostName x\nHost *\nhost="db"\nHost !no yes?\n') == ["edge-1", "edge-2", "db"]


def test_health_doctor_and_usage(lab) -> None:
    cloud = cloud_of(lab)
    lab.machines["dc/app-000"].fault = "offline"
    said = {one.resource: (one.well, one.reason) for one in cloud.health([ident("dc", "failed-1"), ident("dc", "db-1"),
                                                                           ident("edge", "shop-away"), ident("dc", "app-000")])}  # fmt: skip
    assert said[ident("dc", "failed-1")] == (False, "Failed: nginx.")
    assert said[ident("dc", "db-1")] == (True, "")
    assert said[ident("edge", "shop-away")][0] is None
    assert said[ident("dc", "app-000")][0] is False
    permissions = {(one.name, one.needed_for): one.allowed for one in cloud.doctor()}
    assert permissions["ssh", "host db-1 of site dc"] is True
    assert permissions["root", "host db-1 of site dc"] is True
    assert permissions["ssh", "host app-000 of site dc"] is None


def test_usage_is_two_readings(lab) -> None:
    cloud = cloud_of(lab)
    rows, _ = read(cloud, "dc")
    found = {(one.metric): one for one in cloud.usage([rows["db-1"]], datetime(2026, 1, 1), datetime(2026, 1, 2))}
    assert {metric: one.mean for metric, one in found.items()} == {"memory_pct": 50.0}  # the counters of the lab stand still
    assert all(one.samples == 1 for one in found.values())


def test_a_gathering_visits_a_host_once_and_a_later_look_at_its_use_visits_it_again(lab) -> None:
    cloud = cloud_of(lab)
    cloud.scopes()
    rows, _ = read(cloud, "dc")
    up, visits = [row for row in rows.values() if row.state == "up"], dict(cloud.api_calls)
    once = list(cloud.usage(up, datetime(2026, 1, 1), datetime(2026, 1, 2)))
    assert "ssh:sample" not in visits | cloud.api_calls
    assert list(cloud.usage(up, datetime(2026, 1, 1), datetime(2026, 1, 2))) == once
    assert cloud.api_calls["ssh:sample"] == len(up)
