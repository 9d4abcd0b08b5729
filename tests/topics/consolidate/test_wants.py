"""What a pod's template asks of its node, and which nodes give it."""
# ruff: noqa: E501 - a table of cases reads best with one case a line

import pytest
from tests.topics.consolidate._clusters import node, pod

from skywright.topics.consolidate.nouns import Wants
from skywright.topics.consolidate.wants import may_run, wants


def required(*expressions):
    terms = [{"matchExpressions": [{"key": key, "operator": how, "values": values} for key, how, values in expressions]}]
    return {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}}


CASES = [
    # name                      template                                                            labels              taints                      may
    ("nothing asked", {}, {}, (), True),
    ("selector met", {"nodeSelector": {"disk": "ssd"}}, {"disk": "ssd"}, (), True),
    ("selector not met", {"nodeSelector": {"disk": "ssd"}}, {"disk": "hdd"}, (), False),
    ("in", required(("zone", "In", ["a", "b"])), {"zone": "b"}, (), True),
    ("not in", required(("zone", "NotIn", ["a", "b"])), {"zone": "b"}, (), False),
    ("there", required(("gpu", "Exists", None)), {"gpu": ""}, (), True),
    ("not there", required(("gpu", "DoesNotExist", None)), {"gpu": ""}, (), False),
    ("more", required(("generation", "Gt", ["4"])), {"generation": "5"}, (), True),
    ("less", required(("generation", "Lt", ["4"])), {"generation": "5"}, (), False),
    ("no number", required(("generation", "Gt", ["4"])), {}, (), False),
    ("all of a term", required(("a", "Exists", None), ("b", "Exists", None)), {"a": ""}, (), False),
    ("a term of nothing takes no node", required(), {}, (), False),
    ("taint not borne", {}, {}, ("team=data:NoSchedule",), False),
    ("taint that only prefers", {}, {}, ("team=data:PreferNoSchedule",), True),
    ("taint borne", {"tolerations": [{"key": "team", "operator": "Equal", "value": "data", "effect": "NoSchedule"}]}, {}, ("team=data:NoSchedule",), True),
    ("another value", {"tolerations": [{"key": "team", "value": "web"}]}, {}, ("team=data:NoSchedule",), False),
    ("any value", {"tolerations": [{"key": "team", "operator": "Exists"}]}, {}, ("team=data:NoSchedule",), True),
    ("another effect", {"tolerations": [{"key": "team", "operator": "Exists", "effect": "NoExecute"}]}, {}, ("team=data:NoSchedule",), False),
    ("everything", {"tolerations": [{"operator": "Exists"}]}, {}, ("team=data:NoSchedule", "x:NoExecute"), True),
]  # fmt: skip


@pytest.mark.parametrize(("name", "template", "labels", "taints", "may"), CASES, ids=[case[0] for case in CASES])
def test_may_run(name, template, labels, taints, may):
    asked = wants(template)
    assert asked is not None
    assert may_run(pod("a-1", wants=asked), node("n1"), node("n2", labels=labels, taints=taints)) is may


def test_any_of_several_terms_is_enough():
    terms = required(("zone", "In", ["a"]))
    terms["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"].append(
        {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["b"]}]}
    )
    asked = pod("a-1", wants=wants(terms))
    assert [may_run(asked, node("n1"), node("n2", labels={"zone": zone})) for zone in "abc"] == [True, True, False]


@pytest.mark.parametrize(
    "term", [{"matchFields": [{}]}, {"matchExpressions": [{"key": "a", "operator": "Near"}]}, {"matchExpressions": [3]}]
)
def test_what_is_not_understood_is_not_known(term):
    assert (
        wants({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}}})
        is None
    )


ALIKE = [
    ("the same but for its name", {"pool": "a", "kubernetes.io/hostname": "n2"}, (), "x86_64", True),
    ("another label", {"pool": "b", "kubernetes.io/hostname": "n2"}, (), "x86_64", False),
    ("one label more", {"pool": "a", "gpu": "no"}, (), "x86_64", False),
    ("a taint that its own node has", {"pool": "a"}, ("own:NoSchedule",), "x86_64", True),
    ("another taint", {"pool": "a"}, ("other:NoSchedule",), "x86_64", False),
    ("another architecture", {"pool": "a"}, (), "arm64", False),
]


@pytest.mark.parametrize(("name", "labels", "taints", "architecture", "may"), ALIKE, ids=[case[0] for case in ALIKE])
def test_a_pod_of_which_little_is_known_stays_among_nodes_like_its_own(name, labels, taints, architecture, may):
    here = node("n1", labels={"pool": "a", "kubernetes.io/hostname": "n1"}, taints=("own:NoSchedule",))
    assert may_run(pod("a-1", wants=None), here, node("n2", labels=labels, taints=taints, architecture=architecture)) is may


def test_nodes_that_take_nothing_and_other_zones():
    free = pod("a-1", wants=Wants())
    assert not may_run(free, node("n1"), node("n2", takes=False))
    assert may_run(free, node("n1"), node("n2", zone="b"))
    assert not may_run(pod("a-1", zonal=True), node("n1"), node("n2", zone="b"))
