"""Parsers of what hosts write: what is understood comes back whole, anything else is a ValueError and never a wrong value."""

# ruff: noqa: ISC004 - whole sentences are asserted as they are shown; `id` is what the API calls it

import ipaddress
import string
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skywright.adapters.clouds.hosts.faults import Offline
from skywright.adapters.clouds.hosts.parse import network, software, system
from skywright.adapters.clouds.hosts.script import SECTIONS, composed, taken_apart
from skywright.adapters.clouds.hosts.usage import Counters, counters, samples
from skywright.model.errors import AskHuman
from skywright.model.kinds.cluster import Port
from skywright.model.kinds.compute import Daemon, Disk, Package

NAMES = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=12)
VERSIONS = st.from_regex(r"\A[0-9][a-z0-9.+~]{0,10}-[0-9]{1,3}\Z")
PARSERS = {
    "processors": system.processors,
    "memory": system.memory,
    "disks": lambda text: system.disks(text, None),
    "os_release": system.os_release,
    "uptime": system.uptime,
    "uname": system.uname,
    "synchronised": system.synchronised,
    "addresses": network.addresses,
    "listeners": network.listeners,
    "packages": software.packages,
    "daemons": software.daemons,
    "runtimes": software.runtimes,
    "updates": software.updates,
    "ssh_settings": software.ssh_settings,
    "guarded": software.guarded,
    "pairs": software.pairs,
    "counters": counters,
}


@pytest.mark.parametrize("name", PARSERS)
@given(text=st.text(max_size=300))
def test_nothing_but_a_value_or_a_value_error_comes_of_any_text(name: str, text: str) -> None:
    for prefix in (
        "",
        "ss\n",
        "netstat\n",
        "proc\n# tcp\n",
        "dpkg\n",
        "rpm\n",
        "apk\n",
        "systemd\n",
        "openrc\n",
        "apt\n",
        "nft\n",
        "[",
    ):
        try:
            PARSERS[name](prefix + text)
        except ValueError:
            continue


@given(count=st.integers(1, 300), junk=st.lists(st.sampled_from(["model name\t: x", "flags\t\t: fpu", ""]), max_size=5))
def test_processors_are_counted(count: int, junk: list[str]) -> None:
    text = "".join("\n".join([f"processor\t: {index}", *junk, "", ""]) for index in range(count))
    assert system.processors(text) == count


@given(total=st.integers(1024, 2**34), share=st.floats(0, 1))
def test_memory_is_what_it_says(total: int, share: float) -> None:
    available = int(total * share)
    found = system.memory(f"MemTotal: {total} kB\nMemFree: 1 kB\nMemAvailable: {available} kB\n")
    assert found == system.Memory(total // 1024, (total - available) // 1024)


def test_memory_that_cannot_be_is_no_memory() -> None:
    with pytest.raises(ValueError, match="more memory available"):
        system.memory("MemTotal: 10 kB\nMemAvailable: 11 kB\n")
    assert system.memory("MemTotal: 2048 kB\n") == system.Memory(2, None)


MOUNTS = st.from_regex(r"\A/[a-z0-9_ ]{0,10}[a-z0-9]\Z")


@given(st.dictionaries(MOUNTS, st.tuples(st.integers(1, 2**30), st.integers(0, 100)), max_size=6))
def test_disks_come_back_as_they_were_written(listed: dict[str, tuple[int, int]]) -> None:
    lines = ["Filesystem 1024-blocks Used Available Capacity Mounted on"]
    for mount, (size, share) in listed.items():
        used = size * share // 100
        lines.append(f"/dev/sd{len(mount)}  {size} {used}   {size - used} {share}% {mount}")
    found = system.disks("\n".join(lines), None)
    assert {disk.mount for disk in found} == set(listed)
    for disk in found:
        size, share = listed[disk.mount]
        assert disk.size_gib == round(size / 2**20, 2)
        assert disk.used_pct == round(100 * (size * share // 100) / size, 1)


def test_disks_without_storage_are_left_out() -> None:
    heading = "Filesystem 1024-blocks Used Available Capacity Mounted on\n"
    text = heading + "tmpfs 10 0 10 0% /run\nnas:/my share 1048576 524288 524288 50% /mnt/my share\nnone 0 0 0 - /x\n"
    assert system.disks(text, "nas:/my\\040share /mnt/my\\040share nfs rw 0 0\n") == [
        Disk("nas:/my share", "/mnt/my share", "nfs", 1.0, 50.0)
    ]


@given(st.dictionaries(st.from_regex(r"\A[A-Z][A-Z_]{0,8}\Z"), st.text(string.ascii_letters + " .()/", max_size=20), max_size=5))
def test_os_release_comes_back_as_it_was_quoted(values: dict[str, str]) -> None:
    values = {**values, "ID": "debian"}
    text = "# a comment\n" + "\n".join(f'{key}="{value}"' for key, value in values.items())
    assert system.os_release(text) == values


@pytest.mark.parametrize(
    ("release", "end"),
    [
        ({"ID": "debian", "VERSION_ID": "12"}, datetime(2028, 6, 30)),
        ({"ID": "fedora", "VERSION_ID": "40", "SUPPORT_END": "2025-05-13"}, datetime(2025, 5, 13)),
        ({"ID": "fedora", "SUPPORT_END": "soon"}, None),
        ({"ID": "nixos", "VERSION_ID": "24.05"}, None),
    ],
)
def test_ends_of_support(release: dict[str, str], end: datetime | None) -> None:
    assert system.end_of_support(release) == end


@pytest.mark.parametrize(
    ("text", "expected"),
    [("yes", True), ("no", False), ("Leap status     : Normal", True), ("Leap status     : Not synchronised", False)],
)
def test_clocks(text: str, expected: bool) -> None:
    assert system.synchronised(text) is expected


INTERFACES = st.lists(st.tuples(st.ip_addresses(), st.integers(8, 32)), max_size=6)


@given(INTERFACES)
def test_addresses_come_back_from_both_forms_of_ip(listed: list[tuple[Any, int]]) -> None:
    expected = sorted({f"{address}/{prefix}" for address, prefix in listed if not (address.is_loopback or address.is_link_local)})
    info = [{"family": "inet", "local": str(address), "prefixlen": prefix} for address, prefix in listed]
    import json

    assert (
        network.addresses(
            json.dumps([{"ifname": "lo", "addr_info": [{"local": "127.0.0.1", "prefixlen": 8}]}, {"addr_info": info}])
        )
        == expected
    )
    plain = "\n".join(f"    {'inet' if one.version == 4 else 'inet6'} {one}/{prefix} scope global eth0" for one, prefix in listed)
    assert network.addresses("1: lo\n    inet 127.0.0.1/8 scope host lo\n" + plain) == expected


@pytest.mark.parametrize(
    "text",
    [
        "eth0: flags=4163<UP>  mtu 1500\n        inet 10.1.2.3  netmask 255.255.255.0  broadcast 10.1.2.255\n"
        "        inet6 2001:db8::5  prefixlen 64  scopeid 0x0<global>\n",
        "eth0      Link encap:Ethernet\n          inet addr:10.1.2.3  Bcast:10.1.2.255  Mask:255.255.255.0\n"
        "          inet6 addr: 2001:db8::5/64 Scope:Global\n",
        "em0: flags=8843<UP>\n\tinet 10.1.2.3 netmask 0xffffff00 broadcast 10.1.2.255\n\tinet6 2001:db8::5 prefixlen 64\n",
    ],
    ids=["net-tools 2", "net-tools 1", "BSD"],
)
def test_ifconfig_in_its_forms(text: str) -> None:
    assert network.addresses(text) == ["10.1.2.3/24", "2001:db8::5/64"]


def test_private_and_public() -> None:
    assert network.split_public(["2001:db8::5/64", "10.0.0.2/8", "8.8.8.8/24"]) == ("10.0.0.2", "8.8.8.8")
    assert network.split_public([]) == ("", "")


PORTS = st.lists(st.tuples(st.sampled_from(["tcp", "udp"]), st.ip_addresses(v=4), st.integers(1, 65535), NAMES), max_size=8)


@given(PORTS)
def test_listeners_come_back_from_ss_netstat_and_proc(listed: list[tuple[str, Any, int, str]]) -> None:
    def expected(named: bool) -> list[Port]:
        made = {
            Port(protocol=kind, port=port, address="" if int(address) == 0 else str(address), process=name if named else "")
            for kind, address, port, name in listed
        }
        return sorted(made, key=lambda one: (one.port, one.protocol, one.address, one.process))

    ss = "".join(
        f'{kind} LISTEN 0 128 {address}:{port} 0.0.0.0:* users:(("{name}",pid=7,fd=3))\n' for kind, address, port, name in listed
    )
    assert network.listeners("ss\n" + ss) == expected(named=True)
    netstat = "Active Internet connections (only servers)\nProto Recv-Q Send-Q Local Address\n" + "".join(
        f"{kind} 0 0 {address}:{port} 0.0.0.0:* {'LISTEN' if kind == 'tcp' else ''} 7/{name}\n"
        for kind, address, port, name in listed
    )
    assert network.listeners("netstat\n" + netstat) == expected(named=True)
    proc = ""
    for wanted, state in (("tcp", "0A"), ("udp", "07")):
        proc += f"# {wanted}\n  sl  local_address rem_address   st\n"
        for kind, address, port, _ in listed:
            raw = int.from_bytes(address.packed, "little")
            if kind == wanted:
                proc += f"   0: {raw:08X}:{port:04X} 00000000:0000 {state} 00000000:00000000 00:00000000\n"
    assert network.listeners("proc\n" + proc) == expected(named=False)


def test_a_connection_is_no_listener_and_ipv6_is_read() -> None:
    packed = ipaddress.ip_address("2001:db8::5").packed
    raw = "".join(f"{int.from_bytes(packed[start : start + 4], 'little'):08X}" for start in range(0, 16, 4))
    text = f"proc\n# tcp6\n   0: {raw}:01BB 00000000000000000000000000000000:0000 0A 0\n   1: {raw}:0050 {raw}:01BB 01 0\n"
    assert network.listeners(text) == [Port(protocol="tcp", port=443, address="2001:db8::5", process="")]


@given(st.dictionaries(NAMES, VERSIONS, max_size=8))
def test_packages_come_back_from_dpkg_rpm_and_apk(listed: dict[str, str]) -> None:
    expected = sorted((Package(name, version) for name, version in listed.items()), key=lambda one: one.name)
    dpkg = "".join(f"ii  {name} {version}\n" for name, version in listed.items())
    assert software.packages(f"dpkg\n{dpkg}rc  gone 1.0-1\nun  never \n") == expected
    rpm = "".join(f"{name} 0:{version}\n" for name, version in listed.items())
    assert software.packages(f"rpm\n{rpm}") == expected
    apk = "".join(f"{name}-{version.replace('-', '-r').replace('~', '')}\n" for name, version in listed.items())
    assert [one.name for one in software.packages(f"apk\n{apk}")] == sorted(listed)


@given(st.dictionaries(NAMES, st.tuples(st.sampled_from(["running", "stopped", "failed"]), st.booleans()), max_size=8))
def test_services_come_back_from_systemd_and_openrc(listed: dict[str, tuple[str, bool]]) -> None:
    expected = [Daemon(name, state, enabled) for name, (state, enabled) in sorted(listed.items())]
    words = {"running": "active running", "stopped": "inactive dead", "failed": "failed failed"}
    units = "".join(f"{name}.service loaded {words[state]} Text of it\n" for name, (state, _) in listed.items())
    files = "".join(f"{name}.service {'enabled' if on else 'disabled'} enabled\n" for name, (_, on) in listed.items())
    assert software.daemons(f"systemd\n{units}\n--\n{files}getty@.service enabled enabled\n") == expected
    words = {"running": "started", "stopped": "stopped", "failed": "crashed"}
    status = "".join(f"{name} = {words[state]}\n" for name, (state, _) in listed.items())
    update = "".join(f" {name} | {'default' if on else ''}\n" for name, (_, on) in listed.items())
    assert software.daemons(f"openrc\n[default]\n{status}\n--\n{update}") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PasswordAuthentication no\npasswordauthentication yes\n", {"passwordauthentication": "no"}),
        ("# PermitRootLogin yes\nPermitRootLogin=no # here\nMatch User x\nPasswordAuthentication yes\n", {"permitrootlogin": "no"}),
        ("", {}),
    ],
)
def test_the_first_word_of_sshd_counts_and_match_is_left_out(text: str, expected: dict[str, str]) -> None:
    assert software.ssh_settings(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nft\n2", True),
        ("nft\n0", False),
        ("iptables\n-P INPUT ACCEPT", False),
        ("iptables\n-P INPUT DROP", True),
        ("iptables\n-P INPUT ACCEPT\n-A INPUT -p tcp -j DROP", True),
    ],
)
def test_firewalls(text: str, expected: bool) -> None:
    assert software.guarded(text) is expected


def test_updates_and_runtimes() -> None:
    assert software.updates("apt\nInst a [1] (2 Debian:12)\nInst b [1] (2 Debian-Security:12)\n") == (2, 1)
    with pytest.raises(ValueError, match="something else"):
        software.updates("apt\nE: Could not get lock\n")
    assert software.runtimes("docker Docker version 27.1.1, build 63\npodman podman version 4.3.1\ncrio\n") == [
        "crio",
        "docker 27.1.1",
        "podman 4.3.1",
    ]


def test_usage_is_what_changed_between_two_readings() -> None:
    first = "cpu 100 0 100 700 100 0 0 0\n 8 0 sda 1 0 100 0 1 0 200 0\n 8 1 sda1 1 0 100 0 1 0 200 0\n"
    first += " eth0: 1000 1 0 0 0 0 0 0 2000 1\n lo: 9 1 0 0 0 0 0 0 9 1\n"
    second = "cpu 130 0 120 740 110 0 0 0\n 8 0 sda 1 0 102 0 1 0 204 0\n 8 1 sda1 1 0 999 0 1 0 999 0\n"
    second += " eth0: 1500 1 0 0 0 0 0 0 2100 1\n lo: 99 1 0 0 0 0 0 0 99 1\n"
    assert counters(first) == Counters(200, 1000, 100, 200, 1000, 2000)
    answer = {"stat": first, "again": second, "memory": "MemTotal: 4096 kB\nMemAvailable: 1024 kB\n"}
    assert {one.metric: one.mean for one in samples("r", answer)} == {
        "cpu_pct": 50.0,
        "disk_read_bytes": 2 * 512 * 3600.0,
        "disk_write_bytes": 4 * 512 * 3600.0,
        "network_in_bytes": 500 * 3600.0,
        "network_out_bytes": 100 * 3600.0,
        "memory_pct": 75.0,
    }
    assert [one.metric for one in samples("r", {"stat": second, "again": first, "memory": None})] == []


@given(
    st.lists(
        st.text(st.characters(exclude_characters="@\r", exclude_categories=["Cs"]), max_size=20),
        min_size=len(SECTIONS),
        max_size=len(SECTIONS),
    )
)
def test_an_answer_is_taken_apart_as_it_was_put_together(said: list[str]) -> None:
    asked = composed(SECTIONS)
    text = "".join(
        f"\n{asked.mark} {name}\n{one}\n{asked.mark} ={index % 2}\n"
        for index, (name, one) in enumerate(zip(SECTIONS, said, strict=True))
    )
    found = taken_apart(asked, f"Welcome!\n{text}\n{asked.mark} end\n", "h")
    expected = {
        name: one.rstrip("\n") if index % 2 == 0 else None for index, (name, one) in enumerate(zip(SECTIONS, said, strict=True))
    }
    assert found == expected


@given(st.data())
def test_a_cut_answer_is_never_taken_for_a_whole_one(data: Any) -> None:
    asked = composed({"id": "id -u", "boot": "true"})
    text = f"\n{asked.mark} id\n0\n\n{asked.mark} =0\n\n{asked.mark} boot\nb\n\n{asked.mark} =0\n\n{asked.mark} end"
    cut = data.draw(st.integers(0, len(text) - 1))
    with pytest.raises((Offline, AskHuman)):
        taken_apart(asked, text[:cut], "h")
    assert taken_apart(asked, text, "h") == {"id": "0", "boot": "b"}


def test_sections_out_of_order_are_garbled() -> None:
    asked = composed({"id": "id -u", "boot": "true"})
    text = f"{asked.mark} boot\nb\n{asked.mark} =0\n{asked.mark} id\n0\n{asked.mark} =0\n{asked.mark} end\n"
    with pytest.raises(AskHuman) as caught:
        taken_apart(asked, text, "web-1")
    assert str(caught.value) == (
        "The answer of web-1 is garbled at section id. Run it again; if it stays so, look at what the host's shell prints."
    )
