"""What actions refuse, and what they do when the cluster says no."""

import subprocess
import sys
from typing import Any

import msgspec
import pytest
from tests.adapters.clouds.kubernetes._harness import Saga, change_of, new_calls, new_cloud, rid
from tests.adapters.clouds.kubernetes.write._worlds import WEB, claim, deleted, look, ready, scale

from skywright.adapters.clouds.kubernetes import KubernetesConfig
from skywright.adapters.clouds.kubernetes.contexts import Kubeconfig
from skywright.adapters.clouds.kubernetes.write import actions, can, steps
from skywright.lab.kit import Fault
from skywright.lab.kubernetes import KubernetesLab, fields
from skywright.model.errors import AskHuman, PlanAgain, TryAgain
from skywright.model.kinds.cluster import Container
from skywright.model.plan import Reversibility

WORKLOAD = "container.workload"
CONTAINER = msgspec.to_builtins(
    Container(name="app", image="web:1", cpu_request_millis=100, cpu_limit_millis=200, privileged=False, privilege_escalation=False)
)


def contained(**columns: Any) -> dict[str, Any]:
    return {"containers": [{**CONTAINER, **columns}]}


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        (WORKLOAD, {"desired": 2, "autoscaled": True}, {"desired": 3}),
        (WORKLOAD, {"desired": 2, "type": "daemon-set"}, {"desired": 3}),
        (WORKLOAD, {"desired": None}, {"desired": 3}),
        (WORKLOAD, {"desired": 2}, {"desired": -1}),
        (WORKLOAD, contained(), contained(cpu_request_millis=300)),
        (WORKLOAD, contained(), contained(image="")),
        (WORKLOAD, contained(), contained(name="other")),
        (WORKLOAD, contained(), contained(host_ports=[80])),
        (WORKLOAD, contained(), contained(privileged=True)),
        (WORKLOAD, contained(image=None), contained()),
        (WORKLOAD, contained(), {"containers": []}),
        (WORKLOAD, {**contained(), "type": "job"}, contained(image="web:2")),
        (WORKLOAD, {"budgeted": False, "desired": 1}, {"budgeted": True}),
        (WORKLOAD, {"budgeted": True}, {"budgeted": False}),
        (WORKLOAD, {"suspended": False, "type": "deployment"}, {"suspended": True}),
        (WORKLOAD, {"state": "running"}, None),
        ("container.node", {"availability": "drain"}, {"availability": "active"}),
        ("container.namespace", {"pod_security": ""}, {"pod_security": "strict"}),
        ("container.namespace", {"default_denied": True}, {"default_denied": False}),
        ("container.namespace", {"tags": {}}, {"tags": {"a b": "c"}}),
        ("container.namespace", {"tags": {}}, {"tags": {"a": "not a label value"}}),
        ("container.endpoint", {"type": "headless"}, {"type": "cluster-ip"}),
        ("container.endpoint", {"source_ranges": [], "type": "cluster-ip"}, {"source_ranges": ["10.0.0.0/8"]}),
        ("container.autoscaler", {"max_replicas": 4, "min_replicas": 3}, {"max_replicas": 2}),
        ("container.quota", {"pods_limit": -1}, {"pods_limit": 5}),
        ("container.volume", {"type": "volume"}, None),
        ("container.volume", {"type": "claim", "used": True}, None),
        ("container.config", {"used_by": 2}, None),
        ("container.secret", {"used_by": 1}, None),
        ("container.role", {"state": "available"}, None),
    ],
)
def test_what_cannot_be_done(kind: str, before: dict[str, Any], after: dict[str, Any] | None):
    assert can(kind, before, after) is None


@pytest.mark.parametrize(
    ("before", "after", "name"),
    [
        (contained(), contained(image="web:2"), "set the images of a workload"),
        (contained(), contained(cpu_limit_millis=500), "set requests and limits of a workload"),
        (contained(), contained(privilege_escalation=True), "take privileges from a workload's containers"),
        (contained(), contained(image="web:2", cpu_limit_millis=-1), "set images, sizes and privileges of a workload at once"),
    ],
)
def test_the_narrowest_way_is_taken(lab: KubernetesLab, before: Any, after: Any, name: str):
    (step,) = steps(new_calls(lab), change_of(rid(WORKLOAD, WEB), before, after))
    assert step._setting.action.name == name


def test_enough_can_be_done_and_all_of_it_says_where_it_is_documented():
    distinct = [action for action in actions() if not action.name.startswith("change the labels")]
    assert len(distinct) >= 24
    assert all(action.document.startswith("Kubernetes documentation: ") for action in distinct)


def test_an_object_that_changed_meanwhile_is_read_again(lab: KubernetesLab):
    case = scale(lab)
    body = {"kind": "Status", "reason": "Conflict", "message": "the object has been modified"}
    lab.server.faults.append(Fault(method="PATCH", status=409, times=2, body=body))
    assert Saga(case, new_calls(lab)).do() == -1
    assert case.see()["replicas"] == 5


def test_an_object_that_never_stands_still_is_planned_again(lab: KubernetesLab):
    case = scale(lab)
    lab.server.faults.append(
        Fault(method="PATCH", status=409, body={"kind": "Status", "reason": "Conflict", "message": "modified"})
    )
    with pytest.raises(PlanAgain) as error:
        Saga(case, new_calls(lab)).do()
    assert error.value.message == "patch deployments.apps in namespace shop of cluster shop: it has changed meanwhile: modified."


def test_a_target_that_is_neither_before_nor_after_is_planned_again(lab: KubernetesLab):
    case = scale(lab)
    look(lab, WORKLOAD, WEB)["spec"]["replicas"] = 7  # type: ignore[index]
    with pytest.raises(PlanAgain) as error:
        Saga(case, new_calls(lab)).do()
    assert error.value.message == (
        "kubernetes:shop:global:container.workload/deployment/shop/web: desired is 7, neither 3 as planned nor 5 as wanted."
    )


def test_what_others_own_is_not_taken_away_from_them(lab: KubernetesLab):
    ready(lab)
    web = look(lab, WORKLOAD, WEB)
    assert web is not None
    fields.noted(web, {("helm", "Update"): set(fields.paths(web))})
    for before, after in (({"tags": {"app": "web", "owner": "shop"}}, {"tags": {"app": "web"}}), ({"desired": 3}, {"desired": 4})):
        (step,) = steps(new_calls(lab), change_of(rid(WORKLOAD, WEB), before, after), lambda _: None)
        with pytest.raises(PlanAgain) as error:
            step.do("t")
        assert "belongs to helm." in error.value.message
        assert "take_over" in error.value.next_step
    mine = new_cloud(lab, take_over=["helm"])
    mine.steps(change_of(rid(WORKLOAD, WEB), {"tags": {"app": "web", "owner": "shop"}}, {"tags": {"app": "web"}}))[0].do("t")
    assert web["metadata"]["labels"] != look(lab, WORKLOAD, WEB)["metadata"]["labels"] == {"app": "web"}  # type: ignore[index]


def test_a_stalled_roll_out_raises_and_undo_leads_back(lab: KubernetesLab):
    ready(lab)
    cloud = new_cloud(lab)
    row: Any = cloud.refresh([rid(WORKLOAD, WEB)])[rid(WORKLOAD, WEB)]
    bad = [msgspec.structs.replace(one, image="registry.example/web:bad") for one in row.containers]
    change = change_of(row.id, {"containers": msgspec.to_builtins(row.containers)}, {"containers": msgspec.to_builtins(bad)})
    (step,) = cloud.steps(change)
    with pytest.raises(PlanAgain) as error:
        step.do("t")
    assert error.value.message == (
        "The roll-out of kubernetes:shop:global:container.workload/deployment/shop/web has stopped: "
        'ReplicaSet "web" has timed out progressing.'
    )
    step.undo("t", None)
    again: Any = cloud.refresh([row.id])[row.id]
    assert (again.images, again.state) == (["registry.example/web:1.0"], "running")


def test_what_its_owner_keeps_up_is_not_deleted(lab: KubernetesLab):
    owner = [{"kind": "Thing", "name": "t", "uid": "1", "controller": True}]
    made = deleted(
        "container.config",
        "shop/made",
        lambda b: b.cluster.add({"kind": "ConfigMap", "metadata": {"name": "made", "namespace": "shop", "ownerReferences": owner}}),
    )(lab)
    with pytest.raises(AskHuman) as error:
        Saga(made, new_calls(lab)).do()
    assert (
        error.value.message
        == "kubernetes:shop:global:container.config/shop/made is kept up by its owner, which would make it again."
    )


def test_without_its_copy_nothing_is_deleted(lab: KubernetesLab):
    case = claim(lab)
    saga = Saga(case, new_calls(lab))
    with pytest.raises(PlanAgain):
        saga.steps[2].do("t")
    assert case.see()["claim"] == "Bound"


def test_values_of_a_config_stay_in_the_cluster(lab: KubernetesLab):
    case = deleted("container.config", "shop/old", lambda b: b.put("ConfigMap", "old", "shop", data={"password": "do-not-tell"}))(
        lab
    )
    saga = Saga(case, new_calls(lab))
    saga.do()
    told = f"{saga.results}{[step.text for step in saga.steps]}"
    assert "do-not-tell" not in told


def test_a_service_account_of_our_own_policy_only(lab: KubernetesLab):
    """Undo deletes what we made, never what has its name and is another's."""
    ready(lab).put("NetworkPolicy", "skywright-default-deny", "default", spec={"podSelector": {}, "policyTypes": ["Ingress"]})
    change = change_of(rid("container.namespace", "default"), {"default_denied": False}, {"default_denied": True})
    (step,) = steps(new_calls(lab), change, lambda _: None)
    with pytest.raises(PlanAgain) as error:
        step.undo("t", None)
    assert error.value.message == "skywright-default-deny in namespace default was not made by Skywright."


def test_a_call_that_was_throttled_is_made_again(lab: KubernetesLab):
    case = scale(lab)
    lab.server.faults.append(Fault(method="PATCH", status=429, times=3, headers={"Retry-After": "1"}, body={"kind": "Status"}))
    assert Saga(case, new_calls(lab)).do() == -1


def test_an_unreachable_server_is_tried_again_later(lab: KubernetesLab):
    case = scale(lab)
    calls = new_calls(lab)
    calls.served("shop")
    lab.server.faults.append(Fault(cut=True))
    with pytest.raises(TryAgain):
        Saga(case, calls).steps[0].do("t")


def test_reversibility_is_told_beforehand():
    assert can("container.secret", {"used_by": 0}, None) is Reversibility.NONE
    assert can("container.config", {"used_by": 0}, None) is Reversibility.SAFETY_COPY
    assert can(WORKLOAD, {"desired": 1}, {"desired": 2}) is Reversibility.FULL


def test_without_the_library_one_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch, lab: KubernetesLab):
    monkeypatch.setitem(sys.modules, "kubernetes", None)
    with pytest.raises(AskHuman) as error:
        Kubeconfig(KubernetesConfig(kubeconfig=str(lab.kubeconfig))).clusters()
    assert str(error.value) == "The Kubernetes client is not installed. Run `pip install 'skywright[kubernetes]'`."


def test_importing_and_explaining_need_no_library():
    code = (
        "import sys; from skywright.adapters.clouds.kubernetes import Cloud, Config; "
        "from skywright.adapters.clouds.kubernetes.read import READERS; "
        "from skywright.adapters.clouds.kubernetes.write import actions; "
        "actions(); print([name for name in ('kubernetes', 'yaml', 'urllib3') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
