"""Graphics processors, and slices of them, of pods and nodes."""

from typing import Any

import pytest
from tests.adapters.clouds.kubernetes._harness import new_cloud, rid

from skywright.adapters.clouds.kubernetes.containers import gpus_of
from skywright.lab.kubernetes import KubernetesLab


@pytest.mark.parametrize(
    ("containers", "first", "expected"),
    [
        ([{"nvidia.com/gpu": "2"}, {"nvidia.com/gpu": "1", "cpu": "4"}], [], {"nvidia.com/gpu": 3}),
        ([{"nvidia.com/gpu": "1"}], [{"nvidia.com/gpu": "2"}, {"nvidia.com/gpu": "1"}], {"nvidia.com/gpu": 2}),
        ([{"nvidia.com/mig-1g.5gb": 1}, {"amd.com/gpu": 1}], [], {"nvidia.com/mig-1g.5gb": 1, "amd.com/gpu": 1}),
        ([{"nvidia.com/gpu": "0", "example.com/gpu": "1", "hugepages-2Mi": "1Gi"}, {}], [], {}),
    ],
)
def test_graphics_processors_of_a_pod(containers: Any, first: Any, expected: dict[str, int]):
    parts = {"containers": containers, "initContainers": first}
    spec = {name: [{"name": "a", "resources": {"limits": one, "requests": one}} for one in part] for name, part in parts.items()}
    assert gpus_of(spec) == expected


def test_nodes_and_pods_tell_of_theirs_and_others_say_nothing(lab: KubernetesLab):
    cluster = lab.clusters["shop"]
    status = cluster.get("nodes", "", "shop-node-0")["status"]
    status["capacity"] = {**status.get("capacity", {}), "nvidia.com/gpu": "4"}
    status["allocatable"] = {**status["allocatable"], "nvidia.com/gpu": "3"}
    box = {"name": "a", "image": "a:1", "resources": {"limits": {"nvidia.com/gpu": "2"}}}
    metadata = {"name": "train", "namespace": "shop"}
    spec = {"containers": [box], "nodeName": "shop-node-0"}
    cluster.add({"kind": "Pod", "metadata": metadata, "spec": spec, "status": {"phase": "Running"}})
    names = [rid("container.node", "shop-node-0"), rid("container.node", "shop-node-1"), rid("container.pod", "shop/train")]
    found: Any = new_cloud(lab).refresh(names)
    assert [{key: value for key, value in found[name].native.items() if "gpus" in key} for name in names] == [
        {"gpus": {"nvidia.com/gpu": 4}, "gpus_allocatable": {"nvidia.com/gpu": 3}}, {}, {"gpus": {"nvidia.com/gpu": 2}},
    ]  # fmt: skip
