"""The lab's estate as it is gathered: what is planted is found, each row is right, few calls are made."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.adapters.clouds.kubernetes._harness import StillClock, new_cloud, rid

from skywright.adapters.clouds.kubernetes import KubernetesCloud, KubernetesConfig
from skywright.lab.kubernetes import KubernetesLab, controllers
from skywright.model.canonical import row_hash
from skywright.model.estate import CoverageState, Relation, Verb
from skywright.model.kinds import Resource
from skywright.model.kinds.cluster import NetworkPolicyRule

NewLab = Callable[..., KubernetesLab]


class Estate:
    """Everything that a cloud shows."""

    def __init__(self, cloud: KubernetesCloud) -> None:
        self.cloud = cloud
        scopes, self.gaps = cloud.scopes()
        self.batches = [cloud.read(scope) for scope in scopes]
        self.rows: dict[str, Any] = {row.id: row for batch in self.batches for row in batch.resources}
        self.relations = {one for batch in self.batches for one in batch.relations}

    def row(self, kind: str, native_id: str) -> Any:
        return self.rows[rid(kind, native_id)]


@pytest.fixture
def estate(new_lab: NewLab) -> Estate:
    lab = new_lab("default")
    for cluster in lab.clusters.values():
        for one in cluster.all("deployments.apps"):
            cluster.looks[one["metadata"]["uid"]] = 9
        controllers.settle(cluster)
    config = KubernetesConfig(kubeconfig=str(lab.kubeconfig), contexts=["shop", "edge"])
    return Estate(KubernetesCloud(config, StillClock()))


def test_all_is_read_and_nothing_is_a_gap(estate: Estate):
    assert list(estate.gaps) == []
    assert [
        row for batch in estate.batches for row in batch.coverage if row.state is not CoverageState.COMPLETE or row.partial
    ] == []
    assert {row.account for row in estate.rows.values()} == {"shop", "edge"}
    assert len(estate.rows) == sum(len(batch.resources) for batch in estate.batches), "an id twice"


def test_every_planted_fault_is_found_by_its_rule(new_lab: NewLab, tmp_path: Any):
    from skywright.wiring import open_house

    lab = new_lab("default")
    for cluster in lab.clusters.values():
        for _ in range(5):
            for one in cluster.all("deployments.apps"):
                controllers.looked(cluster, one)
    section = "".join(f"    {key}: {value}\n" for key, value in lab.section().items())
    (tmp_path / "skywright.yaml").write_text(f"clouds:\n  kubernetes:\n{section}")
    house = open_house(tmp_path / "skywright.yaml", tmp_path / "data")
    findings = house.audit(house.gather(lambda *_: None))
    found = {(one.rule, one.resource) for one in findings}
    planted = {(one["fault"], rid(one["kind"], one["native_id"], one["account"])) for one in lab.answers()}
    assert len(planted) >= 23
    assert planted - found == set()
    sound = {one.rule for one in findings if one.resource == rid("container.workload", "deployment/shop/web") and not one.reason}
    assert sound == set(), "the sound workload has findings"


def test_a_workload_and_its_pods(estate: Estate):
    web = estate.row("container.workload", "deployment/shop/web")
    assert (web.type, web.desired, web.ready, web.updated, web.state) == ("deployment", 3, 3, 3, "running")
    assert (web.budgeted, web.autoscaled, web.spread, web.mounts_token, web.suspended) == (True, True, True, False, False)
    assert web.service_account == rid("container.identity", "shop/web")
    (container,) = web.containers
    assert (container.cpu_request_millis, container.memory_limit_mib, container.runs_as_root, container.readiness_probe) == (
        100,
        256,
        False,
        True,
    )
    pods = [row for row in estate.rows.values() if row.KIND == "container.pod" and row.workload == web.id]
    assert len(pods) == 3
    assert {row.node for row in pods} <= {rid("container.node", f"shop-node-{number}") for number in (0, 1, 2, 9)}
    assert Relation(pods[0].id, Verb.RUNS_ON, pods[0].node) in estate.relations
    assert Relation(web.id, Verb.USES, rid("container.config", "shop/web-settings")) in estate.relations


def test_a_node_names_its_machine_as_its_cloud_does(estate: Estate):
    node = estate.row("container.node", "shop-node-0")
    assert (node.provider_id, node.instance) == ("aws:///eu-west-1a/i-shop0", None)
    assert (node.cpu_millis, node.memory_mib, node.zone, node.type, node.version) == (
        4000,
        16384,
        "eu-west-1a",
        "m5.xlarge",
        "1.34.0",
    )
    assert (estate.row("container.node", "shop-node-9").ready, node.architecture, node.role) == (False, "x86_64", "worker")


def test_how_it_is_reached(estate: Estate):
    front, debug = estate.row("container.endpoint", "shop/front"), estate.row("container.endpoint", "shop/debug")
    assert (front.type, front.public, front.source_ranges, front.balancer) == ("load-balancer", True, [], None)
    assert front.external[0].startswith("203.0.113.")
    assert front.workloads == [rid("container.workload", "deployment/shop/web")]
    assert (debug.type, debug.public, debug.balancer, debug.ports[0].node_port >= 30000) == ("node-port", True, "", True)
    door = estate.row("container.ingress", "ingress/shop/shop")
    assert (door.hosts, door.tls, door.services) == (["shop.example"], False, [rid("container.endpoint", "shop/web")])


def test_who_uses_what(estate: Estate):
    assert estate.row("container.config", "shop/web-settings").used_by == 1
    assert (
        estate.row("container.config", "shop/old-settings").used_by,
        estate.row("container.config", "shop/old-settings").keys,
    ) == (0, ["color"])
    secret = estate.row("container.secret", "shop/old-password")
    assert (secret.used_by, secret.keys, secret.type) == (0, None, None)
    claim, volume = estate.row("container.volume", "claim/shop/old-data"), estate.row("container.volume", "volume/disk")
    assert (claim.bound, claim.used, claim.volume, claim.reclaim, claim.provider_id) == (True, False, volume.id, "delete", "vol-0a")
    assert (volume.state, volume.size_gib) == ("in-use", 20.0)


def test_a_fresh_read_is_the_same_row(estate: Estate):
    """Also what is told by other lists: who uses it, what guards it."""
    some = [row for row in estate.rows.values() if row.KIND not in ("container.pod", "container.image")]
    fresh = estate.cloud.refresh([row.id for row in some])
    assert {row.id: row_hash(row) for row in some} == {target: row_hash(row) for target, row in fresh.items() if row is not None}
    for row in some[::7]:
        assert row_hash(estate.cloud.refresh([row.id])[row.id]) == row_hash(row)


def test_a_refresh_makes_few_calls(lab: KubernetesLab):
    cloud = new_cloud(lab)
    cloud.scopes()
    before = sum(cloud.api_calls.values())
    target = rid("container.node", "shop-node-0")
    cloud.refresh([target])
    assert sum(cloud.api_calls.values()) - before <= 2
    cloud.refresh([rid("container.workload", "deployment/shop/web")])
    assert sum(cloud.api_calls.values()) - before <= 6
    assert cloud.api_calls["get deployments.apps"] == 1


def test_calls_do_not_grow_with_what_is_there(new_lab: NewLab):
    small, large = (new_cloud(new_lab(name), contexts=["shop"]) for name in ("small", "large"))
    for cloud in (small, large):
        Estate(cloud)
    few, many = sum(small.api_calls.values()), sum(large.api_calls.values())
    assert (few <= 36, many - few <= 10) == (True, True), (few, many)


def test_namespaces_may_be_chosen(lab: KubernetesLab):
    lab.clusters["shop"].add({"kind": "ConfigMap", "metadata": {"name": "c", "namespace": "default"}})
    names = {
        "all": new_cloud(lab),
        "only": new_cloud(lab, namespaces=["shop"]),
        "without": new_cloud(lab, skip_namespaces=["shop"]),
    }
    seen = {
        key: {row.namespace for row in Estate(cloud).rows.values() if getattr(row, "namespace", "")} for key, cloud in names.items()
    }
    assert (seen["only"], "shop" in seen["without"], seen["all"]) == ({"shop"}, False, {"default", "kube-system", "shop"})
    spaces = {row.name for row in Estate(names["only"]).rows.values() if row.KIND == "container.namespace"}
    assert spaces == {"shop"}


def test_pods_of_a_namespace_that_is_left_out_still_hold_their_node(lab: KubernetesLab):
    shop = lab.clusters["shop"]
    for raw in shop.all("nodes"):
        shop.replace("nodes", ("", raw["metadata"]["name"]), {**raw, "spec": {**raw["spec"], "unschedulable": True}})
    whole, narrow = new_cloud(lab), new_cloud(lab, namespaces=["default"])
    held = [
        {row.name: row.availability for row in Estate(cloud).rows.values() if row.KIND == "container.node"}
        for cloud in (whole, narrow)
    ]
    assert held[0] == held[1]
    assert "pause" in held[0].values()


def test_services_may_be_skipped(lab: KubernetesLab):
    cloud = new_cloud(lab, skip_services=["secrets"])
    scopes, gaps = cloud.scopes()
    assert "container.secret" not in {kind for scope in scopes for kind in scope.kinds}
    assert [(gap.kind, gap.state) for gap in gaps] == [("container.secret", CoverageState.SKIPPED)]


def test_usage_is_of_now_and_summed_over_copies(estate: Estate):
    rows: list[Resource] = list(estate.rows.values())
    now = datetime(2026, 3, 1, 12)
    found = {(one.resource, one.metric): one for one in estate.cloud.usage(rows, now - timedelta(days=14), now)}
    web = found[rid("container.workload", "deployment/shop/web"), "cpu_pct"]
    assert (web.p50, web.max, web.samples) == (25.0, 25.0, 1)
    assert found[rid("container.node", "shop-node-0"), "memory_pct"].mean == 12.5
    assert list(estate.cloud.usage(rows, now - timedelta(days=14), now - timedelta(days=2))) == []


def test_health_by_the_clusters_own_word(estate: Estate):
    targets = [
        rid("container.workload", "deployment/shop/web"),
        rid("container.workload", "deployment/shop/beta"),
        rid("container.node", "shop-node-9"),
        rid("container.autoscaler", "horizontal/shop/web"),
        rid("container.config", "shop/web-settings"),
        rid("container.workload", "deployment/shop/never"),
    ]
    said = estate.cloud.health(targets)
    assert [one.resource for one in said] == targets
    assert [one.well for one in said] == [True, False, False, False, None, False]
    assert said[1].reason == "Its roll-out has stopped."


def test_the_doctor_says_what_is_missing(lab: KubernetesLab):
    lab.apis["shop"].denied.add("list secrets")
    said = {one.name: one for one in new_cloud(lab).doctor()}
    assert (said["list secrets"].allowed, said["list pods"].allowed) == (False, True)
    assert said["list secrets"].needed_for == "container.secret of cluster shop"
    assert said["list secrets"].reason == "No role allows it."
    assert said["list network-attachment-definitions.k8s.cni.cncf.io"].reason == "The cluster does not serve it."


def test_network_policies_are_spelled_out(lab: KubernetesLab):
    peers = [
        {"podSelector": {"matchLabels": {"app": "web"}}},
        {"namespaceSelector": {}},
        {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}},
    ]
    ports = [{"protocol": "TCP", "port": 8000, "endPort": 8080}, {"port": "http"}]
    deployment = lab.clusters["shop"].get("deployments.apps", "shop", "web")
    deployment["spec"]["template"]["spec"]["containers"][0]["ports"][0]["name"] = "http"
    spec = {
        "podSelector": {"matchExpressions": [{"key": "tier", "operator": "In", "values": ["b", "a"]}]},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{"from": peers, "ports": ports}, {}],
        "egress": [{"ports": [{"port": "nowhere"}]}],
    }
    lab.clusters["shop"].add({"kind": "NetworkPolicy", "metadata": {"name": "p", "namespace": "shop"}, "spec": spec})
    target = rid("container.policy", "shop/p")
    assert new_cloud(lab).refresh([target])[target].rules is None, "a named port that nobody has leaves the rules unknown"
    lab.clusters["shop"].get("networkpolicies.networking.k8s.io", "shop", "p")["spec"]["egress"] = []
    row: Any = new_cloud(lab).refresh([target])[target]
    assert (row.selector, row.directions) == (["tier in (a,b)"], ["egress", "ingress"])
    rule = NetworkPolicyRule(direction="ingress", protocol="tcp")
    spans = [{"from_port": 8000, "to_port": 8080}, {"from_port": 8080, "to_port": 8080}]
    import msgspec

    wanted = [
        msgspec.structs.replace(rule, **peer, **span)
        for peer in (
            {"pod_labels": ["app=web"]},
            {"namespace_labels": [], "pod_labels": []},
            {"cidr": "10.0.0.0/8", "except_cidrs": ["10.1.0.0/16"]},
        )
        for span in spans
    ]
    assert row.rules == [*wanted, NetworkPolicyRule(direction="ingress")]


@pytest.mark.parametrize(
    ("provider_id", "wanted"),
    [
        ("", ""),
        ("aws:///eu-west-1a/i-0abc", None),
        ("openstack:///6ad3b1f2-0000-4000-8000-000000000000", None),
        ("kind://docker/kind/kind-worker", None),
        ("gce://shop-1/europe-west1-b/gke-1", "gcp:shop-1:europe-west1:compute.instance/europe-west1-b/gke-1"),
        (
            "azure:///subscriptions/AAAA/resourceGroups/MC_x/providers/Microsoft.Compute/virtualMachineScaleSets/Pool/virtualMachines/3",
            "azure:aaaa:westeurope:compute.instance/mc_x/member:pool/3",
        ),
        (
            "azure:///subscriptions/aaaa/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/VM1",
            "azure:aaaa:westeurope:compute.instance/rg/vm1",
        ),
    ],
)
def test_a_machine_is_named_as_its_own_cloud_names_it(provider_id: str, wanted: str | None):
    from skywright.adapters.clouds.azure.ids import full_id
    from skywright.adapters.clouds.gcp.read.place import Place
    from skywright.adapters.clouds.kubernetes.owners import machine

    assert machine(provider_id, "westeurope") == wanted
    if provider_id.startswith("azure"):
        assert wanted == full_id(provider_id.removeprefix("azure://"), "westeurope")
        assert machine(provider_id, "") is None
    if provider_id.startswith("gce"):
        assert wanted == Place("shop-1", "europe-west1").at("compute.instance", "europe-west1-b", "gke-1")


def test_a_node_of_a_known_cloud_runs_on_its_machine(lab: KubernetesLab):
    node = lab.clusters["shop"].get("nodes", "", "shop-node-0")
    node["spec"]["providerID"] = "gce://shop-1/europe-west1-b/gke-1"
    estate = Estate(new_cloud(lab))
    machine = "gcp:shop-1:europe-west1:compute.instance/europe-west1-b/gke-1"
    assert Relation(rid("container.node", "shop-node-0"), Verb.RUNS_ON, machine) in estate.relations


def test_images_are_refreshed_from_wherever_they_run(estate: Estate):
    images = [row for row in estate.rows.values() if row.KIND == "container.image" and row.account == "shop"]
    assert len(images) == 10
    fresh = estate.cloud.refresh([row.id for row in images])
    assert {row.id: row_hash(row) for row in images} == {target: row_hash(row) for target, row in fresh.items() if row}


def test_gateways_and_their_routes(lab: KubernetesLab):
    put = lab.clusters["shop"].add
    listeners = [
        {"name": "web", "port": 443, "protocol": "HTTPS", "hostname": "*.example", "tls": {"certificateRefs": [{"name": "cert"}]}}
    ]
    put(
        {
            "kind": "Gateway",
            "metadata": {"name": "gate", "namespace": "shop"},
            "spec": {"gatewayClassName": "any", "listeners": listeners},
        }
    )
    rules = [{"backendRefs": [{"name": "web", "port": 80}]}]
    route = {"parentRefs": [{"name": "gate"}], "hostnames": ["shop.example"], "rules": rules}
    put({"kind": "HTTPRoute", "metadata": {"name": "shop", "namespace": "shop"}, "spec": route})
    put({"kind": "Secret", "metadata": {"name": "cert", "namespace": "shop"}})
    estate = Estate(new_cloud(lab))
    gate, way = estate.row("container.ingress", "gateway/shop/gate"), estate.row("container.ingress", "http-route/shop/shop")
    assert (gate.type, gate.tls, gate.hosts, gate.controller, gate.state) == ("gateway", True, ["*.example"], "any", "available")
    assert (way.type, way.tls, way.parents, way.services) == ("route", None, [gate.id], [rid("container.endpoint", "shop/web")])
    assert estate.row("container.secret", "shop/cert").used_by == 1
    assert Relation(way.id, Verb.ATTACHED_TO, gate.id) in estate.relations


def test_a_secret_that_another_namespaces_door_uses_is_used_also_by_a_fresh_read(lab: KubernetesLab):
    put = lab.clusters["shop"].add
    listeners = [{"name": "web", "protocol": "TLS", "tls": {"certificateRefs": [{"name": "cert", "namespace": "shop"}]}}]
    put({"kind": "Gateway", "metadata": {"name": "gate", "namespace": "default"}, "spec": {"listeners": listeners}})
    put({"kind": "Secret", "metadata": {"name": "cert", "namespace": "shop"}})
    target = rid("container.secret", "shop/cert")
    assert Estate(new_cloud(lab)).rows[target].used_by == 1
    fresh: Any = new_cloud(lab).refresh([target])[target]
    assert fresh.used_by == 1


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (
            [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}],
            {"administrator", "reads_secrets", "escalates", "creates_pods", "wildcards"},
        ),
        ([{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}], {"reads_secrets"}),
        ([{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"], "resourceNames": ["one"]}], set()),
        ([{"apiGroups": [""], "resources": ["pods"], "verbs": ["create"]}], {"creates_pods"}),
        ([{"apiGroups": ["batch"], "resources": ["cronjobs"], "verbs": ["create"]}], {"creates_pods"}),
        ([{"apiGroups": [""], "resources": ["users"], "verbs": ["impersonate"]}], {"escalates"}),
        ([{"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["clusterroles"], "verbs": ["bind"]}], {"escalates"}),
        ([{"apiGroups": [""], "resources": ["*"], "verbs": ["get"]}], {"reads_secrets", "wildcards"}),
        ([{"apiGroups": ["apps"], "resources": ["secrets"], "verbs": ["get"]}], set()),
        ([{"nonResourceURLs": ["/metrics"], "verbs": ["get"]}], set()),
        ([], set()),
    ],
)
def test_what_a_role_allows(lab: KubernetesLab, rules: Any, expected: set[str]):
    lab.clusters["shop"].add({"kind": "ClusterRole", "metadata": {"name": "r"}, "rules": rules})
    target = rid("container.role", "r")
    row: Any = new_cloud(lab).refresh([target])[target]
    columns = ("administrator", "reads_secrets", "escalates", "creates_pods", "wildcards")
    assert {column for column in columns if getattr(row, column)} == expected


def test_a_claim_is_used_by_what_mounts_it_and_by_the_set_that_made_it(lab: KubernetesLab):
    put = lab.clusters["shop"].add
    for name in ("mounted", "data-db-0", "data-db-1"):
        put({"kind": "PersistentVolumeClaim", "metadata": {"name": name, "namespace": "shop"}, "spec": {}})
    volumes = [{"name": "v", "persistentVolumeClaim": {"claimName": "mounted"}}]
    spec = {"containers": [{"name": "a", "image": "a:1"}], "volumes": volumes}
    put({"kind": "Pod", "metadata": {"name": "lonely", "namespace": "shop"}, "spec": spec, "status": {"phase": "Running"}})
    template = {"metadata": {"labels": {"app": "db"}}, "spec": {"containers": [{"name": "a", "image": "a:1"}]}}
    claims = [{"metadata": {"name": "data"}}]
    body = {"replicas": 1, "selector": {"matchLabels": {"app": "db"}}, "template": template, "volumeClaimTemplates": claims}
    put({"kind": "StatefulSet", "metadata": {"name": "db", "namespace": "shop"}, "spec": body})
    estate = Estate(new_cloud(lab))
    used = {name: estate.row("container.volume", f"claim/shop/{name}").used for name in ("mounted", "data-db-0", "data-db-1")}
    assert used == {"mounted": True, "data-db-0": True, "data-db-1": False}
