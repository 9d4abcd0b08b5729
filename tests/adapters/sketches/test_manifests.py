"""Kubernetes manifests as sketches: the share of a machine that pods take, and bad manifests."""

import contextlib
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skywright.adapters.sketches import Where, read_sketch
from skywright.adapters.sketches.manifests import quantity
from skywright.model.errors import BadInput

NODE = {"m5.xlarge": SimpleNamespace(vcpus=4, memory_mib=16384)}
HERE = {"cloud": "aws", "region": "eu-west-1", "node": "m5.xlarge"}


def items(text, tmp_path, **where):
    path = tmp_path / "app.yaml"
    path.write_text(text)
    return read_sketch(path, Where(**(HERE | where)), lambda *_: NODE).items


def deployment(containers, replicas=1, kind="Deployment", more=""):
    return (
        f"apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: web}}\n"
        f"spec:\n  replicas: {replicas}\n  template: {{spec: {{containers: [{containers}]{more}}}}}\n"
    )


SHARES = [
    ("the larger share counts: processor", deployment("{name: a, resources: {requests: {cpu: 1, memory: 1Gi}}}"), "0.25"),
    ("the larger share counts: memory", deployment("{name: a, resources: {requests: {cpu: 1, memory: 8Gi}}}"), "0.5"),
    ("replicas", deployment("{name: a, resources: {requests: {cpu: 1}}}", 6), "1.5"),
    ("none", deployment("{name: a, resources: {requests: {cpu: 1}}}", 0), "0"),
    ("a limit without a request is one", deployment("{name: a, resources: {limits: {cpu: 2, memory: 1Gi}}}"), "0.5"),
    (
        "an init container that needs more",
        deployment(
            "{name: a, resources: {requests: {cpu: 500m}}}", more=", initContainers: [{name: i, resources: {requests: {cpu: 2}}}]"
        ),
        "0.5",
    ),
    (
        "a sidecar stays",
        deployment(
            "{name: a, resources: {requests: {cpu: 1}}}",
            more=", initContainers: [{name: i, restartPolicy: Always, resources: {requests: {cpu: 1}}}]",
        ),
        "0.5",
    ),
]


@pytest.mark.parametrize(("name", "text", "share"), SHARES, ids=[name for name, *_ in SHARES])
def test_the_share_of_a_machine(name, text, share, tmp_path):
    [item] = items(text, tmp_path)
    assert item.after["pods"].quantity == Decimal(share)


def test_a_daemon_runs_on_every_node(tmp_path):
    text = deployment("{name: a, resources: {requests: {cpu: 1}}}", kind="DaemonSet").replace("  replicas: 1\n", "")
    [item] = items(text, tmp_path, nodes=8)
    assert item.after["pods"].quantity == 2


def test_volumes_of_a_stateful_set_come_once_a_replica(tmp_path):
    claim = (
        "  volumeClaimTemplates: [{metadata: {name: d}, spec: {storageClassName: gp3, resources: {requests: {storage: 9500Mi}}}}]\n"
    )
    [item] = items(deployment("{name: a, resources: {requests: {cpu: 1}}}", 3, "StatefulSet") + claim, tmp_path)
    disk = item.after["volume d"]
    assert (disk.quantity, disk.columns["type"], disk.columns["size_gib"]) == (3, "gp3", 10)


UNPRICED = [
    ("nothing requested", deployment("{name: a}"), {}, "its containers request nothing"),
    (
        "no machine named",
        deployment("{name: a, resources: {requests: {cpu: 1}}}"),
        {"node": ""},
        "the machines are not known; name them with --node",
    ),
    ("a job", deployment("{name: a, resources: {requests: {cpu: 1}}}", kind="Job"), {}, "how long it runs is not known"),
]


@pytest.mark.parametrize(("name", "text", "where", "why"), UNPRICED, ids=[name for name, *_ in UNPRICED])
def test_what_cannot_be_priced_says_why(name, text, where, why, tmp_path):
    [item] = items(text, tmp_path, **where)
    assert item.unpriced == why


def test_pods_of_which_not_all_is_known_are_a_lower_bound(tmp_path):
    [item] = items(deployment("{name: a, resources: {requests: {cpu: 1, memory: 1Gi}}}, {name: b}"), tmp_path)
    assert item.after["pods"].note == "at least: some containers request nothing"


ASKED = "{{name: a, resources: {{requests: {{cpu: {}}}}}}}"
NO_QUANTITY = ": default/Deployment/web, a: '{}' is no quantity, such as 500m or 1.5Gi."
BAD = [
    ("a quantity", deployment(ASKED.format("lots")), NO_QUANTITY.format("lots")),
    ("below zero", deployment(ASKED.format("-1")), NO_QUANTITY.format("-1")),
    ("replicas", deployment("{name: a}", "many"), ": default/Deployment/web: replicas is 'many' and must be a whole number."),
    ("no template", "apiVersion: apps/v1\nkind: Deployment\nspec: {}\n", ": default/Deployment/?: It has no pod template."),
    ("no YAML", "apiVersion: v1\nkind: [\n", ":3: This is not YAML: expected the node content, but found '<stream end>'."),
]


@pytest.mark.parametrize(("name", "text", "said"), BAD, ids=[name for name, *_ in BAD])
def test_a_bad_manifest_is_told(name, text, said, tmp_path):
    with pytest.raises(BadInput) as error:
        items(text, tmp_path)
    assert str(error.value) == f"{tmp_path / 'app.yaml'}{said}"


def test_a_machine_that_is_not_on_offer_is_told(tmp_path):
    with pytest.raises(BadInput) as error:
        items(deployment("{name: a}"), tmp_path, node="m5.huge")
    assert str(error.value) == (
        f"{tmp_path / 'app.yaml'}: m5.huge is not on offer in eu-west-1. Name the machines that pods run on with --node, and where"
        " with --region."
    )


@given(st.integers(0, 10**6), st.sampled_from([("m", "0.001"), ("", "1"), ("k", "1000"), ("Ki", "1024"), ("Gi", "1073741824")]))
def test_quantities(number, unit):
    assert quantity(f"{number}{unit[0]}", "here") == number * Decimal(unit[1])


@given(st.text(max_size=8))
def test_any_text_is_a_quantity_or_told(text):
    with contextlib.suppress(BadInput):
        assert quantity(text, "here") >= 0
