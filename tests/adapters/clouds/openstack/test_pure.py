"""What needs no server: what can be done, how tags, access lists and rules are spelled, where policies are named."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skywright.adapters.clouds.openstack.doctor import TRIALS
from skywright.adapters.clouds.openstack.least import least_privilege
from skywright.adapters.clouds.openstack.place import Place, worded, words
from skywright.adapters.clouds.openstack.read import OF_THE_CLOUD, READERS
from skywright.adapters.clouds.openstack.read.containers import everyone, shown_headers, tags_of, versioning
from skywright.adapters.clouds.openstack.read.groups import rule
from skywright.adapters.clouds.openstack.read.servers import state_of
from skywright.adapters.clouds.openstack.usage import percentile
from skywright.adapters.clouds.openstack.write import actions, can
from skywright.adapters.clouds.openstack.write.firewalls import opening
from skywright.model.kinds import KIND_BY_NAME
from skywright.model.plan import Reversibility

FULL, COPY, NONE = Reversibility.FULL, Reversibility.SAFETY_COPY, Reversibility.NONE
SSH = {"direction": "ingress", "protocol": "tcp", "from_port": 22, "to_port": 22, "cidr": "0.0.0.0/0"}
PING = {"direction": "ingress", "protocol": "icmp", "cidr": "0.0.0.0/0"}
PLACE = Place("p", "r")


@pytest.mark.parametrize(
    ("kind", "before", "after", "expected"),
    [
        ("compute.instance", {"state": "running"}, {"state": "stopped"}, FULL),
        ("compute.instance", {"state": "paused"}, {"state": "stopped"}, None),
        ("compute.instance", {"state": None}, {"state": "stopped"}, None),
        ("compute.instance", {"type": "a", "vcpus": 4}, {"type": "b", "vcpus": 2, "memory_mib": 1}, FULL),
        ("compute.instance", {"type": None}, {"type": "b"}, None),
        ("compute.instance", {"tags": None}, {"tags": {"a": "b"}}, None),
        ("compute.instance", {"tags": {}}, {"tags": {"a": "b" * 256}}, None),
        ("compute.instance", {"labels": []}, {"labels": ["a/b"]}, None),
        ("storage.volume", {"size_gib": 8}, {"size_gib": 9}, NONE),
        ("storage.volume", {"size_gib": 9}, {"size_gib": 8}, None),
        ("storage.volume", {"size_gib": 8, "tags": {}}, {"size_gib": 9, "tags": {"a": "b"}}, NONE),
        ("storage.volume", {"type": ""}, {"type": "fast"}, None),
        ("storage.volume", {"state": "available", "attached": False}, None, COPY),
        ("storage.volume", {"state": "in-use", "attached": True}, None, None),
        ("storage.volume", {"attached": True, "attached_to": "x"}, {"attached": False, "attached_to": ""}, FULL),
        ("storage.volume", {"attached": True}, {"attached": False}, None),
        ("storage.volume", {"encrypted": False}, {"encrypted": True}, None),
        ("storage.snapshot", {}, None, NONE),
        ("network.firewall", {"rules": [SSH]}, {"rules": []}, FULL),
        ("network.firewall", {"rules": None}, {"rules": []}, None),
        ("network.firewall", {"rules": [PING]}, {"rules": []}, None),
        ("network.firewall", {"rules": [PING, SSH]}, {"rules": [PING]}, FULL),
        ("network.firewall", {"rules": [SSH]}, {"rules": [{**SSH, "description": "why"}]}, None),
        ("network.firewall", {"rules": [{**SSH, "cidr": None, "peer": "a-book"}]}, {"rules": []}, None),
        ("network.firewall", {"used_by": 1}, None, None),
        ("network.address", {"attached": False, "network": "n", "public_ip": "192.0.2.1"}, None, COPY),
        ("network.address", {"attached": True, "network": "n", "public_ip": "192.0.2.1"}, None, None),
        ("network.address", {"attached": False}, None, None),
        ("network.interface", {"source_check": False}, {"source_check": True}, FULL),
        ("network.interface", {"source_check": True}, {"source_check": False}, None),
        ("compute.image", {"public": True}, {"public": False}, FULL),
        ("compute.image", {"tags": {}}, {"tags": {"a": "b,c"}}, None),
        ("storage.bucket", {"versioning": "off"}, {"versioning": "on"}, FULL),
        ("storage.bucket", {"versioning": "on"}, {"versioning": "off"}, None),
        ("storage.bucket", {"tags": {}}, {"tags": {"Temp_Key": "a"}}, None),
        ("storage.bucket", {"tags": {}}, {"tags": {"temp-url-key": "a"}}, None),
        ("storage.bucket", {"block_public_acls": None}, {"block_public_acls": True}, None),
        ("account.quota", {"limit_value": 10.0}, {"limit_value": -1.0}, FULL),
        ("account.quota", {"limit_value": 10.0}, {"limit_value": 1.5}, None),
        ("identity.user", {"state": "active"}, {"state": "gone"}, None),
        ("identity.key", {"name": "backup"}, None, None),
        ("compute.keypair", {}, None, None),
        ("finance.budget", {}, None, None),
    ],
)
def test_can(kind: str, before: dict[str, Any], after: dict[str, Any] | None, expected: Reversibility | None) -> None:
    assert can(kind, before, after) is expected


def test_the_table_is_complete_and_names_real_columns() -> None:
    table = actions()
    assert len(table) >= 35
    assert len({action.name for action in table}) == len(table)
    for action in table:
        columns = {field.name for field in msgspec.structs.fields(KIND_BY_NAME[action.kind])}
        assert {*action.columns, *action.implied} <= columns, action.name
        assert action.document, action.name
        assert all(":" in call for call in action.calls), action.name


def test_readers_are_distinct_and_their_kinds_known() -> None:
    names = [reader.name for reader in READERS]
    assert len(set(names)) == len(names)
    assert set(names) >= OF_THE_CLOUD
    assert {kind for reader in READERS for kind in reader.kinds} <= set(KIND_BY_NAME)
    assert TRIALS.keys() <= {permission for reader in READERS for permission in reader.permissions}


def test_the_least_privileges_are_named_once_each() -> None:
    told = list(least_privilege(["a", "b"], ["c"]))
    assert [language for _, language, _ in told] == ["sh", "text", "text"]
    assert [text for _, _, text in told[1:]] == ["a\nb", "c"]


WORDS = st.lists(st.text(st.characters(codec="ascii", exclude_characters=","), min_size=1, max_size=12), unique=True)


@given(WORDS)
def test_words_come_back_as_they_were(listed: list[str]) -> None:
    told = words(listed)
    assert told is not None
    assert worded(told) == sorted(listed)


@pytest.mark.parametrize(
    ("listed", "tags"),
    [
        (["env=prod"], {"env": "prod"}),
        (["blue"], {"blue": ""}),
        (["a=1", "a=2"], {"a=1": "", "a=2": ""}),
        (["a="], {"a=": ""}),
        (["url=http://x?y=z"], {"url": "http://x?y=z"}),
        (None, None),
    ],
)
def test_words_as_tags(listed: list[str] | None, tags: dict[str, str] | None) -> None:
    assert words(listed) == tags


@pytest.mark.parametrize(
    ("acl", "found"),
    [
        (".r:*,.rlistings", [".r:*"]),
        (".r:*.example.com", []),
        (".rlistings", []),
        ("*:*", ["*:*"]),
        ("project:*", []),
        ("", []),
        (" .r:* , a:b", [".r:*"]),
    ],
)
def test_who_is_everyone(acl: str, found: list[str]) -> None:
    assert everyone(acl) == found


def test_a_containers_headers() -> None:
    headers = {
        "x-container-meta-owner": "a",
        "x-container-meta-temp-url-key": "s3cret",
        "x-container-sync-key": "s3cret",
        "x-trans-id": "1",
    }
    assert tags_of(headers) == {"owner": "a"}
    assert shown_headers(headers) == {"x-container-meta-owner": "a"}


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({}, "off"),
        ({"x-versions-enabled": "True"}, "on"),
        ({"x-versions-enabled": "False"}, "suspended"),
        ({"x-history-location": "old"}, "on"),
        ({"x-versions-location": "old"}, "on"),
    ],
)
def test_versions(headers: dict[str, str], said: str) -> None:
    assert versioning(headers) == said


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"protocol": None}, ("all", None, None, "0.0.0.0/0", None)),
        ({"ethertype": "IPv6"}, ("all", None, None, "::/0", None)),
        ({"protocol": "6", "port_range_min": 1, "port_range_max": 2}, ("tcp", 1, 2, "0.0.0.0/0", None)),
        ({"protocol": "icmp", "port_range_min": 8, "port_range_max": 0}, ("icmp", None, None, "0.0.0.0/0", None)),
        ({"protocol": "ipv6-icmp", "ethertype": "IPv6"}, ("icmpv6", None, None, "::/0", None)),
        ({"protocol": "tcp", "remote_group_id": "g"}, ("tcp", None, None, None, "openstack:p:r:network.firewall/g")),
        ({"protocol": "udp", "remote_address_group_id": "book"}, ("udp", None, None, None, "book")),
        ({"protocol": "tcp", "remote_ip_prefix": "192.0.2.0/24"}, ("tcp", None, None, "192.0.2.0/24", None)),
    ],
)
def test_rules(raw: dict[str, Any], expected: tuple[Any, ...]) -> None:
    one = rule({"direction": "ingress", "ethertype": "IPv4", **raw}, PLACE)
    assert (one.protocol, one.from_port, one.to_port, one.cidr, one.peer) == expected


def test_rules_for_both_versions_of_one_peer_are_two_openings() -> None:
    four, six = (rule({"direction": "ingress", "ethertype": family, "remote_group_id": "g"}, PLACE) for family in ("IPv4", "IPv6"))
    assert opening(four) != opening(six)
    assert opening(rule({"direction": "ingress", "remote_ip_prefix": "10.1.2.3/8"}, PLACE)).cidr == "10.0.0.0/8"


@pytest.mark.parametrize(
    ("status", "task", "state"),
    [
        ("ACTIVE", None, "running"),
        ("ACTIVE", "powering-off", "stopping"),
        ("SHUTOFF", None, "stopped"),
        ("SHUTOFF", "powering-on", "pending"),
        ("VERIFY_RESIZE", None, "running"),
        ("SHELVED_OFFLOADED", None, "shelved_offloaded"),
        ("ERROR", None, "error"),
        ("UNKNOWN", None, None),
        (None, None, None),
    ],
)
def test_states(status: str | None, task: str | None, state: str | None) -> None:
    assert state_of({"status": status, "OS-EXT-STS:task_state": task}) == state


@given(st.lists(st.floats(0, 100), min_size=1), st.sampled_from([50.0, 95.0, 99.0]))
def test_a_percentile_was_really_seen(values: list[float], percent: float) -> None:
    found = percentile(sorted(values), percent)
    assert found in values
    assert sum(value <= found for value in values) >= percent / 100 * len(values) - 1e-9
