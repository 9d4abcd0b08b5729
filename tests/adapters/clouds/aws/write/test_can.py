"""What can be done, and how it is taken back: pure, and never on an unknown."""

import msgspec
import pytest
from tests.adapters.clouds.aws.write._harness import Case

from skywright.adapters.clouds.aws.write import actions, can, steps
from skywright.model.errors import AskHuman
from skywright.model.kinds import KIND_BY_NAME
from skywright.model.plan import Reversibility

FULL, COPY, NONE = Reversibility.FULL, Reversibility.SAFETY_COPY, Reversibility.NONE
SSH = {"direction": "ingress", "protocol": "tcp", "from_port": 22, "to_port": 22, "cidr": "0.0.0.0/0"}
PING = {"direction": "ingress", "protocol": "icmp", "cidr": "0.0.0.0/0"}


@pytest.mark.parametrize(
    ("kind", "before", "after", "expected"),
    [
        # columns that follow from another need no call of their own
        ("compute.instance", {"type": "m5.xlarge", "vcpus": 4}, {"type": "m5.large", "vcpus": 2, "memory_mib": 8192}, FULL),
        ("compute.instance", {"type": "m5.xlarge"}, {"vcpus": 2}, None),
        ("compute.instance", {"type": None}, {"type": "m5.large"}, None),
        ("compute.instance", {"type": "m5.large", "architecture": "x86_64"}, {"type": "m6g.large", "architecture": "arm64"}, None),
        ("compute.instance", {"state": "running"}, {"state": "stopped"}, FULL),
        ("compute.instance", {"state": "pending"}, {"state": "stopped"}, None),
        ("compute.instance", {}, None, COPY),
        ("compute.instance", {"termination_protected": True}, None, None),
        # several columns, several ways: the worst of them counts
        ("storage.volume", {"type": "gp2", "tags": {}}, {"type": "gp3", "tags": {"owner": "a"}}, FULL),
        ("storage.volume", {"type": "gp2", "size_gib": 8, "tags": {}}, {"size_gib": 9, "tags": {"owner": "a"}}, NONE),
        # a whole row may be handed in: what does not change needs no way
        ("storage.volume", {"type": "gp2", "zone": "a", "encrypted": False}, {"type": "gp3", "zone": "a"}, FULL),
        ("storage.volume", {"encrypted": False}, {"encrypted": True}, None),
        ("storage.volume", {"attached": True}, None, None),
        ("storage.volume", {"attached": False}, None, COPY),
        ("storage.snapshot", {}, None, NONE),
        ("network.address", {"attached": True}, None, None),
        ("network.firewall", {"rules": [SSH]}, {"rules": []}, FULL),
        ("network.firewall", {"rules": None}, {"rules": []}, None),
        ("network.firewall", {"rules": [PING]}, {"rules": []}, None),
        ("network.firewall", {"rules": [PING, SSH]}, {"rules": [PING]}, FULL),
        ("network.firewall", {"rules": [SSH]}, {"rules": [{**SSH, "description": "why"}]}, None),
        ("network.vpc", {"flow_logs": False}, {"flow_logs": True}, None),
        ("storage.bucket", {"block_public_acls": None}, {"block_public_acls": True}, None),
        ("storage.bucket", {"versioning": "off"}, {"versioning": "on"}, FULL),
        ("storage.bucket", {"policy": "{}", "tls_required": False}, {"policy": "", "tls_required": False}, FULL),
        ("log.group", {"retention_days": None, "keeps_forever": True}, {"retention_days": 90}, FULL),
        ("log.group", {"retention_days": None, "keeps_forever": None}, {"retention_days": 90}, None),
        ("log.group", {"retention_days": None}, {"retention_days": 91}, None),
        ("identity.key", {"active": True, "state": "active"}, {"active": False, "state": "inactive"}, FULL),
        ("audit.trail", {"multi_region": False, "global_events": True}, {"multi_region": True, "global_events": False}, None),
        ("kubernetes.cluster", {"endpoint_public": True, "endpoint_private": False}, {"endpoint_public": False}, None),
        (
            "kubernetes.cluster",
            {"endpoint_public": True, "endpoint_private": False},
            {"endpoint_public": False, "endpoint_private": False},
            None,
        ),
        ("crypto.key", {"state": "enabled", "manager": "customer"}, None, FULL),
        ("crypto.key", {"state": "enabled", "manager": "provider"}, None, None),
        ("compute.group", {"min_size": 1, "desired": 2}, {"min_size": 3, "desired": 2}, None),
        ("compute.instance", {"tags": {"aws:x": "1"}}, {"tags": {}}, None),
        ("compute.instance", {"tags": None}, {"tags": {"owner": "a"}}, None),
        ("compute.instance", {"type": "m5.large"}, {"type": "m5.large"}, None),
        ("finance.budget", {}, None, None),
    ],
)
def test_can(kind, before, after, expected):
    assert can(kind, before, after) is expected


def test_steps_of_what_cannot_be_done_ask_a_human():
    case = Case(kind="storage.volume", native_id="vol-1", before={"size_gib": 9}, after={"size_gib": 8}, see=dict)
    with pytest.raises(AskHuman) as refused:
        steps(None, case.change())  # type: ignore[arg-type]
    assert str(refused.value) == (
        "AWS offers no way to carry out change change-1 of aws:123456789012:eu-west-1:storage.volume/vol-1. "
        "Drop this change, or make it by hand."
    )


def test_several_columns_take_the_steps_of_each_in_one_order():
    before, after = {"type": "gp2", "tags": {}}, {"tags": {"owner": "a"}, "type": "gp3"}
    case = Case(kind="storage.volume", native_id="vol-1", before=before, after=after, see=dict)
    assert [step.text for step in steps(None, case.change())] == [  # type: ignore[arg-type]
        'Set type: "gp2" -> "gp3" of aws:123456789012:eu-west-1:storage.volume/vol-1.',
        "Change the tags owner of aws:123456789012:eu-west-1:storage.volume/vol-1.",
    ]


def test_a_long_value_is_cut_in_the_words_of_a_step():
    case = Case(kind="storage.bucket", native_id="b", before={"policy": "x" * 5000}, after={"policy": ""}, see=dict)
    assert len(steps(None, case.change())[0].text) < 200  # type: ignore[arg-type]


def test_the_table_is_complete_and_names_real_columns():
    table = actions()
    assert len(table) >= 25
    assert len({action.name for action in table}) == len(table)
    for action in table:
        columns = {field.name for field in msgspec.structs.fields(KIND_BY_NAME[action.kind])}
        assert {*action.columns, *action.implied} <= columns, action.name
        assert action.document, action.name
        assert all(":" in permission for permission in (*action.calls, *action.permissions)), action.name
