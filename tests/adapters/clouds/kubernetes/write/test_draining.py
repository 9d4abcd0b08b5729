"""A node emptied with care: what stops it before it begins or half-way, what it waits for, and a crash in the middle."""

from typing import Any

import pytest
from tests.adapters.clouds.kubernetes._harness import Saga, new_calls, new_cloud, rid
from tests.adapters.clouds.kubernetes.write._worlds import drain

from skywright.adapters.clouds.kubernetes.config import Drains
from skywright.adapters.clouds.kubernetes.write.wards import KEY
from skywright.lab.kubernetes import KubernetesLab, controllers
from skywright.lab.kubernetes.cluster import Cluster
from skywright.model.errors import AskHuman

NODE = "kubernetes:shop:global:container.node/shop-node-0"
SAFE = "cluster-autoscaler.kubernetes.io/safe-to-evict"
KEEPER = {"apiVersion": "v1", "kind": "ReplicationController", "name": "rc", "uid": "rc-1", "controller": True}


def shop(lab: KubernetesLab) -> Cluster:
    return lab.clusters["shop"]


def web(lab: KubernetesLab) -> list[Any]:
    return [one for one in shop(lab).all("pods", "shop") if one["metadata"]["labels"].get("app") == "web"]


def lone(lab: KubernetesLab, *, owners: Any = (KEEPER,), annotations: Any = None, volumes: Any = (), labels: Any = None) -> None:
    """One more pod on the node."""
    metadata = {"name": "lone", "namespace": "shop", "ownerReferences": list(owners)}
    metadata |= {"annotations": annotations or {}, "labels": labels or {}}
    spec = {"containers": [{"name": "a", "image": "a:1"}], "nodeName": "shop-node-0", "volumes": list(volumes)}
    shop(lab).add({"kind": "Pod", "metadata": metadata, "spec": spec, "status": {"phase": "Running"}})


def budget(lab: KubernetesLab) -> dict[str, Any]:
    return shop(lab).get("poddisruptionbudgets.policy", "shop", "web")


def without_budget(lab: KubernetesLab) -> None:
    shop(lab).remove("poddisruptionbudgets.policy", ("shop", "web"))


def again(lab: KubernetesLab) -> None:
    body = {"metadata": {"name": "second", "namespace": "shop"}, "spec": budget(lab)["spec"], "kind": "PodDisruptionBudget"}
    shop(lab).add(body)


SCRATCH = ({"name": "scratch", "emptyDir": {}},)
REFUSED = [
    ("bare", lambda lab: lone(lab, owners=()), "Nothing would bring back shop/lone after they leave {node}."),
    ("scratch", lambda lab: lone(lab, volumes=SCRATCH), "What shop/lone keep on {node} (emptyDir) would be lost."),
    ("asked", lambda lab: lone(lab, annotations={SAFE: "false"}), f"shop/lone ({SAFE}=false) on {{node}} ask to be left alone."),
    (
        "asked otherwise",
        lambda lab: lone(lab, annotations={"karpenter.sh/do-not-disrupt": "true"}),
        "shop/lone (karpenter.sh/do-not-disrupt=true) on {node} ask to be left alone.",
    ),
]


@pytest.mark.parametrize(("name", "prepare", "words"), REFUSED, ids=[one[0] for one in REFUSED])
def test_what_must_not_be_evicted_is_seen_before_anything_is_done(lab: KubernetesLab, name: str, prepare: Any, words: str):
    case = drain(lab)
    prepare(lab)
    before = len(shop(lab).all("pods"))
    saga = Saga(case, new_calls(lab))
    with pytest.raises(AskHuman) as error:
        saga.do()
    assert error.value.message == words.format(node=NODE)
    assert (len(shop(lab).all("pods")), case.see(), saga.results) == (before, {"unschedulable": False}, {})


def test_two_budgets_over_one_pod_are_seen_before(lab: KubernetesLab):
    case = drain(lab)
    again(lab)
    with pytest.raises(AskHuman, match="are under two disruption budgets, and the API evicts no such pod"):
        Saga(case, new_calls(lab)).do()


@pytest.mark.parametrize(
    "given_up", [{SAFE: "true"}, {f"{SAFE}-local-volumes": "other, scratch"}, None], ids=["all", "named", "set"]
)
def test_local_data_that_was_given_up_goes(lab: KubernetesLab, given_up: Any):
    case = drain(lab)
    lone(lab, volumes=SCRATCH, annotations=given_up)
    calls = new_calls(lab)
    calls.drain = Drains(local_data=given_up is None)
    assert Saga(case, calls).do() == -1


def test_a_budget_that_lets_nothing_go_is_waited_for_then_told_and_all_is_undone(lab: KubernetesLab):
    case = drain(lab)
    budget(lab)["spec"]["maxUnavailable"] = 0
    calls = new_calls(lab)
    calls.drain = Drains(wait_s=60)
    saga = Saga(case, calls)
    with pytest.raises(AskHuman) as error:
        saga.do()
    [pod] = [one["metadata"]["name"] for one in shop(lab).all("pods", "shop") if one["spec"]["nodeName"] == "shop-node-0"]
    assert str(error.value) == (
        f"{NODE}: nothing has moved for 62 seconds. The disruption budget shop/web does not let shop/{pod} go: 3 pods are well, "
        "and 3 must be. Make room or mend what is named, or leave this node out, then plan again."
    )
    assert KEY in shop(lab).get("nodes", "", "shop-node-0")["metadata"]["annotations"]
    saga.undo(2)
    node = shop(lab).get("nodes", "", "shop-node-0")
    assert (case.see(), KEY in (node["metadata"].get("annotations") or {})) == ({"unschedulable": False}, False)


def test_a_pod_that_finds_no_other_node_stops_the_drain_and_comes_back(lab: KubernetesLab):
    case = drain(lab)
    for name in ("shop-node-1", "shop-node-2"):
        shop(lab).get("nodes", "", name)["spec"]["taints"] = [{"key": "gpu", "effect": "NoSchedule"}]
    calls = new_calls(lab)
    calls.drain = Drains(wait_s=30)
    saga = Saga(case, calls)
    with pytest.raises(AskHuman, match=r"shop/web-\w+-\w+ finds no node: 0/3 nodes are available: 3 node") as error:
        saga.do()
    assert error.value.message.startswith(f"{NODE}: nothing has moved for ")
    saga.undo(2)
    assert [one["status"]["phase"] for one in web(lab)] == ["Running"] * 3


def test_without_a_budget_copies_go_one_at_a_time(lab: KubernetesLab):
    """A new copy is ready some looks after it was made; meanwhile no other one goes."""
    case = drain(lab)
    without_budget(lab)
    for pod in shop(lab).all("pods", "shop"):
        pod["spec"]["nodeName"] = "shop-node-0"
    ready: list[int] = []
    looks = 0
    calls = new_calls(lab)
    make = calls.make

    def condition(pod: Any) -> Any:
        return next(one for one in pod["status"]["conditions"] if one["type"] == "Ready")

    def watching(account: str, call: Any) -> Any:
        nonlocal looks
        looks += 1
        evicting = call.path.endswith("/eviction") and "/web-" in call.path
        if evicting:
            ready.append(sum(condition(one)["status"] == "True" for one in web(lab)))
        elif looks > 12:
            for one in web(lab):
                condition(one)["status"] = "True"
        known = [one["metadata"]["name"] for one in web(lab)]
        answer = make(account, call)
        if evicting:
            looks = 0
            for one in web(lab):
                if one["metadata"]["name"] not in known:
                    condition(one)["status"] = "False"
        return answer

    calls.make = watching  # type: ignore[method-assign]
    assert Saga(case, calls).do() == -1
    assert ready == [3, 3, 3]
    assert {pod["spec"]["nodeName"] for pod in shop(lab).all("pods", "shop")} <= {"shop-node-1", "shop-node-2"}


def test_as_soon_as_one_pod_finds_no_node_no_other_is_evicted(lab: KubernetesLab):
    """The copies of ``api`` may run on the tainted nodes; ``web`` may not. One of each goes, and then no more."""
    case = drain(lab)
    template = {"metadata": {"labels": {"app": "api"}}}
    template["spec"] = {"containers": [{"name": "a", "image": "a:1"}], "tolerations": [{"key": "gpu", "operator": "Exists"}]}  # type: ignore[assignment]
    spec = {"replicas": 3, "selector": {"matchLabels": {"app": "api"}}, "template": template}
    shop(lab).add({"kind": "Deployment", "metadata": {"name": "api", "namespace": "shop"}, "spec": spec})
    controllers.settle(shop(lab))
    api = [one for one in shop(lab).all("pods", "shop") if one["metadata"]["labels"].get("app") == "api"]
    for pod in api:
        pod["spec"]["nodeName"] = "shop-node-0"
    for name in ("shop-node-1", "shop-node-2"):
        shop(lab).get("nodes", "", name)["spec"]["taints"] = [{"key": "gpu", "effect": "NoSchedule"}]
    calls = new_calls(lab)
    calls.drain = Drains(wait_s=20)
    with pytest.raises(AskHuman, match=r"shop/web-\w+-\w+ finds no node"):
        Saga(case, calls).do()
    still = [one for one in shop(lab).all("pods", "shop") if one["spec"]["nodeName"] == "shop-node-0"]
    assert [one["metadata"]["labels"]["app"] for one in still if one["metadata"]["labels"].get("app") == "api"] == ["api", "api"]


def test_a_crash_in_the_middle_forgets_nothing(lab: KubernetesLab):
    """The process dies after a pod was evicted and found no place: who takes the drain up still waits for that pod."""
    case = drain(lab)
    calls = new_calls(lab)
    calls.drain = Drains(wait_s=30)
    first = Saga(case, calls)
    for step in first.steps[:2]:
        step.do("token-0")
    for name in ("shop-node-1", "shop-node-2"):
        shop(lab).get("nodes", "", name)["spec"]["taints"] = [{"key": "gpu", "effect": "NoSchedule"}]
    pod = web(lab)[0]
    shop(lab).remove("pods", ("shop", pod["metadata"]["name"]))  # evicted, and then the line went dead
    second = Saga(case, calls)
    with pytest.raises(AskHuman, match="finds no node"):
        second.steps[2].do("token-2")
    for name in ("shop-node-1", "shop-node-2"):
        shop(lab).get("nodes", "", name)["spec"].pop("taints")
    controllers.settle(shop(lab))
    second.steps[2].do("token-2")
    assert [one["status"]["phase"] for one in web(lab)] == ["Running"] * 3
    assert KEY not in (shop(lab).get("nodes", "", "shop-node-0")["metadata"].get("annotations") or {})


def test_what_was_made_smaller_meanwhile_is_not_waited_for(lab: KubernetesLab):
    case = drain(lab)
    saga = Saga(case, new_calls(lab))
    for step in saga.steps[:2]:
        step.do("token-0")
    shop(lab).get("deployments.apps", "shop", "web")["spec"]["replicas"] = 1
    keeper = next(one for one in shop(lab).all("replicasets.apps", "shop") if one["metadata"]["name"].startswith("web-"))
    keeper["spec"]["replicas"] = 1
    controllers.settle(shop(lab))
    saga.steps[2].do("token-2")


def test_a_drained_node_runs_no_guests_and_says_so(lab: KubernetesLab):
    case = drain(lab)
    assert Saga(case, new_calls(lab)).do() == -1
    assert {pod["spec"]["nodeName"] for pod in shop(lab).all("pods")} <= {"shop-node-1", "shop-node-2"}
    target = rid("container.node", "shop-node-0")
    row: Any = new_cloud(lab).refresh([target])[target]
    assert (row.availability, row.schedulable) == ("drain", False)


def test_a_node_that_went_with_its_machine_has_nothing_to_be_taken_back(lab: KubernetesLab):
    saga = Saga(drain(lab), new_calls(lab))
    assert saga.do() == -1
    shop(lab).remove("nodes", ("", "shop-node-0"))
    saga.undo()


def test_pods_say_why_they_stay(lab: KubernetesLab):
    lone(lab, volumes=SCRATCH, annotations={SAFE: "false"})
    target = rid("container.pod", "shop/lone")
    row: Any = new_cloud(lab).refresh([target])[target]
    assert {name: row.native[name] for name in ("local_data", "left_alone")} == {
        "local_data": ["scratch"], "left_alone": f"{SAFE}=false",
    }  # fmt: skip
    allowed: Any = new_cloud(lab, drain=Drains(local_data=True)).refresh([target])[target]
    assert "local_data" not in allowed.native
