"""`skywright scaling consolidate` over a snapshot of a small estate: three nodes, of which one can go."""

import json
from datetime import datetime

import msgspec
import pytest

from skywright.doors.cli.root import run as command
from skywright.loop.plan import read_plan
from skywright.model.estate import Scope, Snapshot, Usage
from skywright.model.kinds.cluster import Container, DisruptionBudget, Node, Pod, Workload
from skywright.model.kinds.compute import Group, Instance
from skywright.model.plan import Action, Reversibility
from skywright.wiring import open_house

HERE = {"cloud": "kubernetes", "account": "shop", "region": "shop"}
WEB, LOGS = (f"kubernetes:shop:shop:container.workload/{name}" for name in ("deployment/web/web", "daemon-set/ops/logs"))


def a_node(number):
    machine = f"aws:1:us-east-1:compute.instance/i-{number}"
    yield Instance(id=machine, cloud="aws", account="1", region="us-east-1", native_id=f"i-{number}", type="m5.xlarge",
                   state="running", platform="Linux/UNIX")  # fmt: skip
    yield Node(id=node_id(number), **HERE, native_id=f"n{number}", name=f"n{number}", instance=machine, ready=True,
               schedulable=True, role="worker", cpu_millis=4000, memory_mib=16384,
               pods_max=50, pressure=[], taints=[], tags={"pool": "a"}, zone="a",
               architecture="x86_64", availability="active")  # fmt: skip
    yield a_pod(f"ops/logs-{number}", number, LOGS, host_paths=["/var/log"])


def node_id(number):
    return f"kubernetes:shop:shop:container.node/n{number}"


def a_pod(native_id, number, workload=WEB, **more):
    facts = {"cpu_request_millis": 500, "memory_request_mib": 1024, "host_paths": [], "namespace": native_id.partition("/")[0]}
    return Pod(id=f"kubernetes:shop:shop:container.pod/{native_id}", **HERE, native_id=native_id, name=native_id.partition("/")[2],
               node=node_id(number), workload=workload, state="running", **facts | more)  # fmt: skip


def estate():
    for number in (1, 2, 3):
        yield from a_node(number)
    yield from (a_pod("web/web-a", 1), a_pod("web/web-b", 2), a_pod("web/web-c", 2), a_pod("db/db", 3, "", cpu_request_millis=100))
    template = {"containers": [{"name": "app"}], "tolerations": []}
    box = [Container(name="app", cpu_request_millis=500)]
    facts = {"desired": 3, "spread": False, "containers": box}
    yield Workload(
        id=WEB, **HERE, native_id="deployment/web/web", type="deployment", budgeted=True, **facts, native={"template": template}
    )
    yield Workload(id=LOGS, **HERE, native_id="daemon-set/ops/logs", type="daemon-set", budgeted=False, **facts)


def gathered(tmp_path, *more, without=()):
    house = open_house(data=tmp_path / "data")
    tables = {}
    for row in (*(one for one in estate() if one.id not in without), *more):
        tables.setdefault("usage" if isinstance(row, Usage) else row.KIND, []).append(row)
    shelf = house.shelf
    files = tuple(shelf.write(table, Scope("kubernetes", "shop", "shop", "all", (table,)), rows) for table, rows in tables.items())
    house.store.snapshots.add(Snapshot(id="s1", taken_at=datetime(2026, 8, 1), files=files))
    return house


def asked(tmp_path, capsys, *arguments):
    code = command(["--data", str(tmp_path / "data"), "scaling", "consolidate", *arguments])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_one_node_can_go(tmp_path, capsys):
    gathered(tmp_path).close()
    code, out, _ = asked(tmp_path, capsys, "--json")
    [found] = json.loads(out)
    assert code == 0
    assert [(point["drained"], len(point["moves"]), point["saving"]) for point in found["points"]] == [
        ([], 0, "0"), (["n1"], 1, "140.160000"), (["n1", "n2"], 3, "280.320000"),
    ]  # fmt: skip
    assert (found["recommended"], found["saving_at_most"]) == (2, "280.32")
    assert found["kept"] == {"n3": "nothing would bring back db/db"}
    assert found["machines_to_let_go"] == ["aws:1:us-east-1:compute.instance/i-1", "aws:1:us-east-1:compute.instance/i-2"]


def test_people_see_the_curve_and_what_to_do(tmp_path, capsys):
    gathered(tmp_path).close()
    _, out, _ = asked(tmp_path, capsys, "--max-moves", "2")
    text = " ".join(out.split())
    assert "kubernetes:shop: 3 nodes" in text
    assert "kubernetes:shop: 3 nodes, 420.48 USD a month" in text
    assert "disruption nodes fewer saved restarts only copies budgets" in text
    assert "none 0 0.00 0 0 0 empty nodes > low 1 140.16 1 0 0 never an only copy any 1 140.16 1 0 0 only copies too" in text
    assert "Drain n1: 140.16 USD a month once their machines are gone." in text
    assert "n1: End its machine i-1; where it is of a pool, one smaller by this very machine." in text
    assert "No packing of these pods onto these nodes saves more than 280.32; the curve reaches 100.0% of it." in text
    assert "n3 stays: nothing would bring back db/db." in text


def test_levels_of_disruption_differ_by_what_restarts(tmp_path, capsys):
    alone = Workload(id=WEB.replace("web/web", "web/one"), **HERE, native_id="deployment/web/one", type="deployment", desired=1,
                     spread=False, budgeted=False, containers=[], native={"template": {"containers": []}})  # fmt: skip
    budgets = DisruptionBudget(id="b", **HERE, native_id="web/web", allowed=1, workloads=[WEB])
    gathered(tmp_path, alone, budgets, a_pod("web/one-a", 1, alone.id)).close()
    shown = {}
    for level in ("low", "any"):
        _, out, _ = asked(tmp_path, capsys, "--json", "--disruption", level)
        shown[level] = json.loads(out)[0]
    told = {name: (len(one["drained"]), one["only_copies"], one["budgets"]) for name, one in shown["low"]["levels"].items()}
    assert told == {"none": (0, 0, 0), "low": (1, 0, 1), "any": (2, 1, 1)}
    assert shown["low"]["kept"]["n1"] == "web/one-a is the only copy of its workload"
    assert (shown["low"]["machines_to_let_go"], len(shown["any"]["machines_to_let_go"])) == (
        ["aws:1:us-east-1:compute.instance/i-2"], 2,
    )  # fmt: skip
    _, out, _ = asked(tmp_path, capsys, "--disruption", "any")
    assert "1 pod that moves has no disruption budget; such pods go one at a time, each once the others are ready." in " ".join(
        out.split()
    )


def test_nodes_of_unknown_price(tmp_path, capsys):
    gathered(tmp_path, a_pod("web/web-d", 4), bare_metal()).close()
    _, out, _ = asked(tmp_path, capsys, "--json")
    assert json.loads(out)[0]["kept"]["n4"] == "what it costs is not known"
    _, out, _ = asked(tmp_path, capsys, "--json", "--node-cost", "500", "--max-moves", "1")
    [found] = json.loads(out)
    assert (found["points"][found["recommended"]]["drained"], found["machines_to_let_go"]) == (["n4"], [node_id(4)])


def bare_metal():
    """A node that is no machine of a cloud."""
    _, one, _ = a_node(4)
    return msgspec.structs.replace(one, instance="", provider_id="")


def test_other_machines(tmp_path, capsys):
    gathered(tmp_path).close()
    _, out, _ = asked(tmp_path, capsys, "--type", "m5.large", "--type", "m5.none")
    text = " ".join(out.split())
    assert "2 nodes of m5.large instead of 2: 140.16 USD a month, saves 140.16; none of this type cost less than 140.16." in text
    assert "m5.none: it has no price where the machines are, or does not suit the pods." in text
    _, out, _ = asked(tmp_path, capsys, "--type", "m5.large", "--json")
    assert json.loads(out)[0]["instead"]["m5.large"]["nodes"] == 2


KUBECONFIG = """
current-context: shop
contexts: [{name: shop, context: {cluster: shop, user: me}}]
clusters: [{name: shop, cluster: {server: "http://127.0.0.1:9"}}]
users: [{name: me, user: {token: none}}]
"""


def test_a_plan_drains_the_nodes(tmp_path, capsys):
    house = gathered(tmp_path)
    (tmp_path / "kubeconfig").write_text(KUBECONFIG)
    settings = tmp_path / "skywright.yaml"
    settings.write_text(f"clouds: {{kubernetes: {{kubeconfig: {tmp_path / 'kubeconfig'}, contexts: [shop]}}}}")
    wanted = ["--config", str(settings), "--data", str(tmp_path / "data"), "scaling", "consolidate", "--max-moves", "1"]
    assert command([*wanted, "-o", str(tmp_path / "p.json")]) == 0, capsys.readouterr().err
    [change] = read_plan(tmp_path / "p.json", house.signer).plan.changes
    house.close()
    assert (change.target, change.after["schedulable"], change.after["availability"]) == (node_id(1), False, "drain")


WORKERS = "aws:1:us-east-1:compute.group/workers"


def test_a_plan_ends_the_machine_after_the_drain_and_makes_its_group_smaller(tmp_path, capsys):
    instance = msgspec.structs.replace(next(a_node(1)), scaling_group=WORKERS)
    group = Group(id=WORKERS, cloud="aws", account="1", region="us-east-1", native_id="workers", desired=3, min_size=1, max_size=5,
                  instances=[f"aws:1:us-east-1:compute.instance/i-{number}" for number in (1, 2, 3)], healthy=3)  # fmt: skip
    house = gathered(tmp_path, instance, group, without={instance.id})
    (tmp_path / "kubeconfig").write_text(KUBECONFIG)
    settings = tmp_path / "skywright.yaml"
    settings.write_text(f"clouds: {{aws: {{}}, kubernetes: {{kubeconfig: {tmp_path / 'kubeconfig'}, contexts: [shop]}}}}")
    common = ["--config", str(settings), "--data", str(tmp_path / "data")]
    asked = [*common, "scaling", "consolidate", "--max-moves", "1", "-o", str(tmp_path / "p.json")]
    assert command(asked) == 0, capsys.readouterr().err
    text = " ".join(capsys.readouterr().out.split())
    assert "n1: The plan ends its machine i-1 once it is empty, and has group workers smaller by it." in text
    drain, end = read_plan(tmp_path / "p.json", house.signer).plan.changes
    assert (drain.target, drain.saving_monthly, end.target) == (node_id(1), None, instance.id)
    assert (end.action, end.after, end.depends_on, end.wave > drain.wave) == (Action.DELETE, None, (drain.id,), True)
    assert (str(end.saving_monthly.amount), end.reversibility) == ("140.160000", Reversibility.SAFETY_COPY)
    assert command([*asked[:-1], str(tmp_path / "q.json"), "--keep-machines"]) == 0
    [alone] = read_plan(tmp_path / "q.json", house.signer).plan.changes
    assert alone.why == (
        "1 pod finds room on other nodes. $140.16 a month are saved once its machine is gone, and not before. "
        "Take machine i-1 out of its group workers so that the group gets smaller by this very one."
    )
    house.close()


SHUT = DisruptionBudget(id="b", **HERE, native_id="b", allowed=0, workloads=[WEB])


@pytest.mark.parametrize(("more", "reason"), [
    (SHUT, "the disruption budget of web/web-a lets no pod go now"),
    (a_pod("web/odd", 1, host_paths=["/data"]), "web/odd keeps files on the node"),
    (a_pod("web/new", 1, cpu_request_millis=None), "too little is known of web/new"),
    (a_pod("web/odd", 1, native={"local_data": ["cache"]}), "web/odd keeps data on the node (emptyDir) that would be lost"),
    (a_pod("web/odd", 1, native={"left_alone": "karpenter.sh/do-not-disrupt=true"}),
     "the annotation of web/odd asks to leave it where it is"),
    (a_pod("web/odd", 1, native={"gpus": {"nvidia.com/gpu": 1}}),
     "web/odd has graphics processors, whose room on other nodes is not counted"),
], ids=["budget", "host path", "unknown", "local data", "left alone", "graphics"])  # fmt: skip
def test_what_keeps_a_node(tmp_path, capsys, more, reason):
    gathered(tmp_path, more).close()
    _, out, _ = asked(tmp_path, capsys, "--json")
    assert json.loads(out)[0]["kept"]["n1"] == reason


def test_a_pod_under_two_budgets_is_never_evicted(tmp_path, capsys):
    first, second = (DisruptionBudget(id=name, **HERE, native_id=name, allowed=1, workloads=[WEB]) for name in "ab")
    gathered(tmp_path, first, second).close()
    _, out, _ = asked(tmp_path, capsys, "--json")
    assert json.loads(out)[0]["kept"]["n1"] == "web/web-a is under two disruption budgets, and the API evicts no such pod"


def test_a_drained_node_is_an_insight_with_what_its_machine_costs(tmp_path, capsys):
    machine, row, _ = a_node(5)
    house = gathered(tmp_path, machine, msgspec.structs.replace(row, availability="drain", schedulable=False))
    [found] = [one for one in house.insights(house.store.snapshots.latest()) if one.title == "Node is drained and still costs"]
    house.close()
    assert (found.resource, str(found.saving_monthly.amount), found.note) == (
        node_id(5), "140.16", f"let go of its machine {machine.id}",
    )  # fmt: skip


def test_what_pods_used_counts_where_it_is_more_than_they_asked_for(tmp_path, capsys):
    values = dict.fromkeys(("p50", "p95", "p99", "max", "mean"), 12000.0)
    names = ("web/web-a", "web/web-b", "web/web-c")
    busy = [Usage(resource=a_pod(name, 1).id, metric="memory_mib", window_days=14.0, samples=300, **values) for name in names]
    gathered(tmp_path, *busy).close()
    _, out, _ = asked(tmp_path, capsys, "--json")
    assert [point["drained"] for point in json.loads(out)[0]["points"]] == [[], ["n1"]]


def test_errors(tmp_path, capsys):
    open_house(data=tmp_path / "data").close()
    code, _, err = asked(tmp_path, capsys)
    assert (code, " ".join(err.split())) == (2, "error: There is no snapshot yet. Run `skywright gather`.")
    gathered(tmp_path).close()
    code, _, err = asked(tmp_path, capsys, "--cluster", "other")
    assert (code, " ".join(err.split())) == (2, "error: --cluster: There is no cluster other. There are: kubernetes:shop.")


def test_pods_take_what_the_busiest_copy_of_their_workload_used(tmp_path, capsys):
    facts = {"window_days": 8, "samples": 192}
    gathered(tmp_path, Usage(resource=WEB, metric="cpu_millis", p99=1900.0, **facts)).close()
    code, out, _ = asked(tmp_path, capsys, "--json")
    assert code == 0
    [found] = json.loads(out)
    assert [len(point["drained"]) for point in found["points"]] == [0, 1]


def test_a_moment_says_nothing_of_the_busiest_copy(tmp_path, capsys):
    gathered(tmp_path, Usage(resource=WEB, metric="cpu_millis", p99=1900.0, window_days=1 / 24, samples=1)).close()
    assert [len(point["drained"]) for point in json.loads(asked(tmp_path, capsys, "--json")[1])[0]["points"]] == [0, 1, 2]
