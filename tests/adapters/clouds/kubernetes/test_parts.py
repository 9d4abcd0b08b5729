"""The small parts: quantities, selectors, containers, owners of fields, roll-outs, addresses, roles to copy."""

import json
import string
from decimal import Decimal
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from skywright.adapters.clouds.kubernetes.containers import container, containers, patch, used
from skywright.adapters.clouds.kubernetes.least import least_privilege
from skywright.adapters.clouds.kubernetes.ownership import difference, merged, owned, owners, touched
from skywright.adapters.clouds.kubernetes.quantity import gib, mib, millis, quantity, spell_mib, spell_millis
from skywright.adapters.clouds.kubernetes.resources import APIS, address
from skywright.adapters.clouds.kubernetes.rollout import progress
from skywright.adapters.clouds.kubernetes.selectors import takes, told
from skywright.lab.kubernetes import fields, patches


@pytest.mark.parametrize(
    ("spelled", "number"),
    [
        ("1", "1"),
        ("250m", "0.25"),
        ("1.5Gi", "1610612736"),
        ("128974848", "128974848"),
        ("129e6", "129000000"),
        ("129M", "129000000"),
        ("1E3", "1000"),
        ("1E", "1000000000000000000"),
        ("100n", "1E-7"),
        (".5", "0.5"),
        (2, "2"),
        (0.1, "0.1"),
    ],
)
def test_quantities(spelled: object, number: str):
    assert quantity(spelled) == Decimal(number)


@pytest.mark.parametrize("spelled", ["", "Gi", "1 Gi", "1gi", "1.2.3", "--1", "1e", None, True, [], {}])
def test_what_is_no_quantity(spelled: object):
    assert quantity(spelled) is None


@given(st.integers(1, 10**7))
def test_sizes_are_spelled_so_that_they_are_read_again(value: int):
    assert millis(spell_millis(value)) == value
    assert mib(spell_mib(value)) == value


@given(st.text(alphabet=string.printable, max_size=12))
def test_any_text_is_a_quantity_or_none(spelled: str):
    found = quantity(spelled)
    assert found is None or found.is_finite()


def test_rounding_is_up():
    assert (millis("1n"), mib("1"), mib("100M"), gib("20Gi")) == (1, 1, 96, 20.0)


LABELS = {"app": "web", "tier": "front"}


@pytest.mark.parametrize(
    ("selector", "taken", "words"),
    [
        ({}, True, []),
        (None, False, None),
        ({"matchLabels": {"app": "web"}}, True, ["app=web"]),
        ({"matchLabels": {"app": "web", "tier": "back"}}, False, ["app=web", "tier=back"]),
        ({"matchExpressions": [{"key": "tier", "operator": "In", "values": ["front", "a"]}]}, True, ["tier in (a,front)"]),
        ({"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["front"]}]}, False, ["tier notin (front)"]),
        ({"matchExpressions": [{"key": "none", "operator": "NotIn", "values": ["x"]}]}, True, ["none notin (x)"]),
        ({"matchExpressions": [{"key": "app", "operator": "Exists"}]}, True, ["app"]),
        ({"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, False, ["!app"]),
        ({"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "x", "operator": "Exists"}]}, False, ["app=web", "x"]),
    ],
)
def test_selectors(selector: Any, taken: bool, words: Any):
    assert (takes(selector, LABELS), told(selector)) == (taken, words)


def test_an_operator_that_is_not_known_is_no_answer():
    with pytest.raises(ValueError, match="operator Near"):
        takes({"matchExpressions": [{"key": "a", "operator": "Near"}]}, LABELS)


@pytest.mark.parametrize(
    ("own", "pods", "root"),
    [
        ({}, {}, True),
        ({"runAsNonRoot": True}, {}, False),
        ({}, {"runAsNonRoot": True}, False),
        ({"runAsNonRoot": False}, {"runAsNonRoot": True}, True),
        ({"runAsUser": 1000}, {}, False),
        ({"runAsUser": 0}, {"runAsUser": 1000}, True),
        ({}, {"runAsUser": 1000}, False),
        ({"runAsUser": 0}, {"runAsNonRoot": True}, False),  # the kubelet refuses to start it
    ],
)
def test_who_may_be_root(own: Any, pods: Any, root: bool):
    assert container({"name": "a", "securityContext": own}, {"securityContext": pods}).runs_as_root is root


def test_a_container_in_neutral_words():
    raw = {
        "name": "app",
        "image": "web:1",
        "resources": {"requests": {"cpu": "1500m"}, "limits": {"memory": "1G"}},
        "securityContext": {
            "privileged": True,
            "allowPrivilegeEscalation": False,
            "capabilities": {"add": ["NET_ADMIN"], "drop": ["ALL"]},
        },
        "ports": [{"containerPort": 1, "hostPort": 8080}, {"containerPort": 2}],
        "env": [{"name": "A", "value": "1"}, {"name": "P", "valueFrom": {"secretKeyRef": {"name": "s", "key": "p"}}}],
        "envFrom": [{"secretRef": {"name": "all"}}],
    }
    found = container(raw, {})
    assert (found.cpu_request_millis, found.cpu_limit_millis, found.memory_request_mib, found.memory_limit_mib) == (
        1500,
        -1,
        -1,
        954,
    )
    assert (found.privileged, found.privilege_escalation, found.capabilities_added, found.host_ports) == (
        True,
        True,
        ["NET_ADMIN"],
        [8080],
    )
    assert (found.environment_names, found.environment_secrets, found.seccomp) == (["A", "P"], ["P", "all/*"], "")
    with pytest.raises(ValueError, match="is no quantity"):
        container({**raw, "resources": {"limits": {"cpu": "lots"}}}, {})


def test_what_a_pod_uses():
    spec = {
        "volumes": [
            {"configMap": {"name": "c1"}},
            {"secret": {"secretName": "s1"}},
            {"persistentVolumeClaim": {"claimName": "p1"}},
            {"projected": {"sources": [{"configMap": {"name": "c2"}}, {"secret": {"name": "s2"}}]}},
            {"csi": {"nodePublishSecretRef": {"name": "s5"}}},
        ],
        "containers": [
            {"name": "a", "env": [{"valueFrom": {"configMapKeyRef": {"name": "c3"}}}], "envFrom": [{"secretRef": {"name": "s3"}}]}
        ],
        "initContainers": [{"name": "b", "envFrom": [{"configMapRef": {"name": "c4"}}]}],
        "imagePullSecrets": [{"name": "s4"}],
    }
    wanted = {*(("config", f"c{n}") for n in range(1, 5)), *(("secret", f"s{n}") for n in range(1, 6)), ("claim", "p1")}
    assert set(used(spec)) == wanted


PLAIN = st.sampled_from([-1, 64, 100, 1024])


@given(PLAIN, PLAIN, st.booleans(), st.booleans(), st.booleans())
def test_what_is_written_is_read_again(request_: int, limit: int, root: bool, escalation: bool, writable: bool):
    """patch() and container() are each other's inverse, from any container to any other."""
    raw = {"name": "app", "image": "web:1", "resources": {"requests": {"cpu": "7m"}}, "securityContext": {"runAsNonRoot": True}}
    now = container(raw, {})
    goal = msgspec.structs.replace(
        now,
        image="web:2",
        memory_request_mib=request_,
        cpu_limit_millis=limit,
        runs_as_root=root,
        privilege_escalation=escalation,
        read_only_root=not writable,
    )
    after = merged(raw, patch(now, goal))
    assert container(after, {}) == goal
    assert container(merged(after, patch(goal, now)), {}) == now


def test_init_containers_are_marked():
    found = containers({"containers": [{"name": "a"}], "initContainers": [{"name": "b"}]})
    assert [(one.name, one.init) for one in found] == [("b", True), ("a", False)]


KEYS = st.sampled_from("abc")
TREES = st.recursive(st.integers(0, 3), lambda inner: st.dictionaries(KEYS, inner, max_size=3), max_leaves=6)
OBJECTS = st.dictionaries(KEYS, TREES, max_size=3)


@given(OBJECTS, OBJECTS)
def test_a_merge_patch_leads_from_one_to_the_other(old: dict[str, Any], new: dict[str, Any]):
    assert patches.merge(old, difference(old, new)) == new


LIVE: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "labels": {"app": "web"}},
    "spec": {"replicas": 2, "containers": [{"name": "app", "image": "web:1"}, {"name": "side", "image": "side:1"}]},
}


def test_what_is_ours_is_sent_along():
    live = json.loads(json.dumps(LIVE))
    fields.updated(None, live, "kubectl")
    ours = {"spec": {"containers": [{"name": "app", "image": "web:2"}]}}
    live = fields.apply(live, ours, "skywright", force=True)
    assert owned(live, "skywright") == ours
    assert owned(live, "kubectl") == {}, "not by apply"
    image = ("spec", "containers", 0, "image")
    assert owners(live, image) == {("skywright", "Apply")}
    assert owners(live, ("spec", "containers", 1, "image")) == {("kubectl", "Update")}
    assert list(touched({"spec": {"replicas": None, "containers": [{"name": "app", "image": "web:3"}]}}, live)) == [
        (("spec", "replicas"), True),
        (image, False),
    ]


def test_merging_keeps_what_is_not_said():
    new = {"spec": {"replicas": None, "containers": [{"name": "side", "image": "side:2"}]}}
    assert merged(LIVE, new)["spec"] == {"containers": [{"name": "app", "image": "web:1"}, {"name": "side", "image": "side:2"}]}


@pytest.mark.parametrize(
    ("type_", "status", "spec", "done", "failed"),
    [
        (
            "deployment",
            {"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2},
            {"replicas": 2},
            True,
            False,
        ),
        (
            "deployment",
            {"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2},
            {"replicas": 2},
            False,
            False,
        ),
        (
            "deployment",
            {"observedGeneration": 2, "replicas": 3, "updatedReplicas": 2, "availableReplicas": 3},
            {"replicas": 2},
            False,
            False,
        ),
        ("deployment", {}, {"replicas": 0}, False, False),
        (
            "deployment",
            {
                "observedGeneration": 2,
                "conditions": [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}],
            },
            {"replicas": 2},
            False,
            True,
        ),
        (
            "stateful-set",
            {"observedGeneration": 2, "readyReplicas": 2, "currentRevision": "a", "updateRevision": "a"},
            {"replicas": 2},
            True,
            False,
        ),
        (
            "stateful-set",
            {"observedGeneration": 2, "readyReplicas": 2, "updatedReplicas": 1, "currentRevision": "a", "updateRevision": "b"},
            {"replicas": 2},
            False,
            False,
        ),
        (
            "daemon-set",
            {"observedGeneration": 2, "desiredNumberScheduled": 3, "numberReady": 3, "updatedNumberScheduled": 2},
            {},
            False,
            False,
        ),
        (
            "daemon-set",
            {"observedGeneration": 2, "desiredNumberScheduled": 3, "numberReady": 3, "updatedNumberScheduled": 3},
            {},
            True,
            False,
        ),
        ("job", {"conditions": [{"type": "Failed", "status": "True"}]}, {}, False, True),
        ("cron-job", {}, {}, True, False),
        ("bare", {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}, {}, True, False),
        ("bare", {"phase": "Pending"}, {}, False, False),
    ],
)
def test_how_far_a_roll_out_has_come(type_: str, status: Any, spec: Any, done: bool, failed: bool):
    found = progress(type_, {"metadata": {"generation": 2}, "spec": spec, "status": status})
    assert (found.done, bool(found.failed)) == (done, failed)


@pytest.mark.parametrize(
    ("kind", "native_id", "name", "namespace", "plain"),
    [
        ("container.workload", "deployment/shop/web", "deployments.apps", "shop", "web"),
        ("container.volume", "volume/disk", "persistentvolumes", "", "disk"),
        ("container.role", "admin", "clusterroles.rbac.authorization.k8s.io", "", "admin"),
        ("container.role", "shop/admin", "roles.rbac.authorization.k8s.io", "shop", "admin"),
        ("container.node", "node-1", "nodes", "", "node-1"),
    ],
)
def test_where_an_object_stands(kind: str, native_id: str, name: str, namespace: str, plain: str):
    found = address(kind, native_id)
    assert found is not None
    assert (found.api, found.namespace, found.name) == (APIS[name], namespace, plain)


@pytest.mark.parametrize(
    ("kind", "native_id"), [("container.image", "a:1"), ("container.workload", "thing/a/b"), ("container.node", "a/b/c")]
)
def test_what_is_no_object(kind: str, native_id: str):
    assert address(kind, native_id) is None


def test_roles_to_copy():
    (_, language, text), _ = least_privilege(["list pods", "list deployments.apps", "get pods", "create pods/eviction"], [])
    assert language == "yaml"
    assert yaml.safe_load(text)["rules"] == [
        {"apiGroups": [""], "resources": ["pods/eviction"], "verbs": ["create"]},
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]},
        {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["list"]},
    ]
