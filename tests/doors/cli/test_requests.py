"""`skywright scaling requests`: from a file of usage, from a server, and what goes wrong; it ends in a plan."""

import csv
import json
from datetime import datetime, timedelta

import pytest
from tests.adapters.meters._server import matrix, serving

from skywright.doors.cli.root import run as command
from skywright.loop.plan import read_plan
from skywright.model.estate import Coverage, CoverageState, Scope, Snapshot
from skywright.model.history import UsageHistory
from skywright.model.kinds.cluster import Autoscaler, Container, Node, Workload
from skywright.model.kinds.compute import Instance
from skywright.wiring import open_house

HERE = {"cloud": "kubernetes", "account": "shop", "region": "global"}
NOW = datetime(2026, 8, 1)
MACHINE = "aws:1:us-east-1:compute.instance/i-1"


def box(name="app", **more):
    facts = {"cpu_request_millis": 1000, "memory_request_mib": 2048, "cpu_limit_millis": -1, "memory_limit_mib": 2048}
    return Container(name=name, image="app:1", init=False, **facts | more)


def workload(native, *boxes, **more):
    facts = {"desired": 2, "ready": 2, "autoscaled": False, "suspended": False, "namespace": native.split("/")[1]} | more
    facts |= {"type": native.partition("/")[0], "containers": list(boxes), "tags": {}}
    return Workload(id=f"kubernetes:shop:global:container.workload/{native}", **HERE, native_id=native, **facts)


def estate():
    yield Instance(id=MACHINE, cloud="aws", account="1", region="us-east-1", native_id="i-1", type="m5.xlarge", state="running",
                   platform="Linux/UNIX")  # fmt: skip
    yield Node(id="kubernetes:shop:global:container.node/n1", **HERE, native_id="n1", instance=MACHINE, cpu_millis=4000,
               memory_mib=16384)  # fmt: skip
    yield workload("deployment/shop/web", box(), box("sidecar", cpu_request_millis=-1, memory_request_mib=64))
    yield workload("stateful-set/shop/db", box(memory_request_mib=256), ready=1)
    yield workload("deployment/shop/scaled", box(), autoscaled=True)
    yield workload("deployment/shop/tuned", box())
    yield workload("deployment/shop/new", box())
    yield workload("deployment/shop/asleep", box(), suspended=True)
    target = "kubernetes:shop:global:container.workload/deployment/shop/tuned"
    yield Autoscaler(id="v", **HERE, native_id="vertical/shop/tuned", type="vertical", workload=target)


@pytest.fixture
def desk(tmp_path, monkeypatch):
    (tmp_path / "kubeconfig").write_text(
        "current-context: shop\ncontexts: [{name: shop, context: {cluster: shop, user: me}}]\n"
        "clusters: [{name: shop, cluster: {server: 'http://127.0.0.1:9'}}]\nusers: [{name: me, user: {token: none}}]\n"
    )
    settings = {"clouds": {"kubernetes": {"kubeconfig": str(tmp_path / "kubeconfig"), "contexts": ["shop"]}}}
    (tmp_path / "skywright.yaml").write_text(json.dumps(settings))
    house = open_house(tmp_path / "skywright.yaml", data=tmp_path / "data")
    tables = {}
    for row in estate():
        tables.setdefault(row.KIND, []).append(row)
    scope = Scope("kubernetes", "shop", "global", "all", tuple(tables))
    files = tuple(house.shelf.write(table, scope, rows) for table, rows in tables.items())
    coverage = tuple(Coverage("kubernetes", "shop", "global", kind, CoverageState.COMPLETE, NOW) for kind in tables)
    house.store.snapshots.add(Snapshot(id="s1", taken_at=NOW, files=files, coverage=coverage))
    house.close()
    return tmp_path


def usage(folder, days=8):
    """Quarters of an hour: web at 200 with noon at 400, in two copies; the data base's memory above what it asks for."""
    path = folder / "usage.csv"
    with path.open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["time", "namespace", "workload", "container", "cpu_millis", "memory_mib"])
        for step in range(days * 96):
            at = (NOW + timedelta(minutes=15 * step)).isoformat()
            web = 400 if step % 96 == 48 else 200
            lines.writerow([at, "shop", "deployment/web", "app", web, 500])
            lines.writerow([at, "shop", "deployment/web", "app", web / 2, ""])
            lines.writerow([at, "shop", "deployment/web", "sidecar", 5, 60])
            lines.writerow([at, "shop", "stateful-set/db", "app", 950, 300])
            lines.writerow([at, "shop", "deployment/gone", "app", 1, 1])
    return path


def asked(desk, capsys, *arguments):
    code = command(["--config", str(desk / "skywright.yaml"), "--data", str(desk / "data"), "scaling", "requests", *arguments])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def lines(out):
    return {
        (one["sized"]["asks"]["workload"].rpartition("/")[2], one["sized"]["asks"]["container"]): one
        for one in json.loads(out)["containers"]
    }


def test_a_file_of_usage_sizes_requests(desk, capsys):
    code, out, err = asked(desk, capsys, "--usage", str(usage(desk)), "--risk", "5", "--json")
    assert code == 0, err
    found = lines(out)
    web, side, db = (found[name] for name in (("web", "app"), ("web", "sidecar"), ("db", "app")))
    assert 200 <= web["sized"]["cpu"] < 220
    assert (web["sized"]["memory"], web["sized"]["memory_limit"]) == (600, 2048)
    assert web["sized"]["cpu_over_new"] == pytest.approx(1 / 96)
    assert 0 < web["sized"]["cpu_over"] < 0.02
    assert (side["sized"]["cpu"], side["sized"]["memory"]) == (None, 72)
    assert (db["sized"]["cpu"], db["sized"]["memory"], db["sized"]["memory_over_now"]) == (1000, 360, 1.0)
    assert float(web["saving"]["amount"]) > 0 > float(db["saving"]["amount"])
    assert {name: one["sized"]["why"] for name, one in found.items() if one["sized"]["why"]} == {
        ("scaled", "app"): "an autoscaler may count its copies by what they ask for: set both at once",
        ("tuned", "app"): "its vertical autoscaler sizes it",
        ("new", "app"): "nothing is known of what it used",
    }
    assert json.loads(out)["notes"] == ["Of the file, not in the snapshot: deployment/shop/gone."]


def test_people_see_what_changes_what_it_saves_and_what_it_risks(desk, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    code, out, _ = asked(desk, capsys, "--usage", str(usage(desk)), "--risk", "5")
    text = " ".join(out.split())
    assert code == 0
    assert "deployment/shop/web app 2 1,000 -> 2" in text
    assert "0.0% -> 1.0%" in text
    assert "2,048 -> 600 500" in text
    assert "a month less is asked for; saved once nodes become free." in text
    assert "1 container stays: its vertical autoscaler sizes it." in text
    assert "Of the file, not in the snapshot: deployment/shop/gone." in text


def test_it_ends_in_a_plan(desk, capsys):
    code, _, err = asked(desk, capsys, "--usage", str(usage(desk)), "--risk", "5", "-o", str(desk / "p.json"))
    assert code == 0, err
    assert "2 changes written to" in err
    house = open_house(desk / "skywright.yaml", data=desk / "data")
    changes = {change.target.rpartition("/")[2]: change for change in read_plan(desk / "p.json", house.signer).plan.changes}
    house.close()
    web = changes["web"].after["containers"]
    assert [(one["name"], one["memory_request_mib"], one["memory_limit_mib"]) for one in web] == [
        ("app", 600, 2048),
        ("sidecar", 72, 2048),
    ]
    assert web[1]["cpu_request_millis"] == -1
    assert changes["web"].why.startswith(
        "2 containers are sized by what they used. Held out, the busiest copy was over its processor "
    )
    assert changes["web"].why.endswith("Memory is 20% above the highest seen.")
    assert changes["web"].disruption == "Its copies are replaced, one after the other."
    assert changes["web"].saving_monthly.amount > 0 > changes["db"].saving_monthly.amount


def test_a_server_of_the_configuration_is_asked(desk, capsys):
    settings = json.loads((desk / "skywright.yaml").read_text())
    with serving() as told:
        settings["usage_history"] = [{"address": told.url}]
        (desk / "skywright.yaml").write_text(json.dumps(settings))

        def answer(one):
            labels = {"namespace": "shop", "pod": "web-5d9c7f8b4-aaaaa", "container": "app"}
            times = range(int(one["start"]), int(one["end"]) + 1, int(one["step"]))
            return 200, matrix((labels, [[at, "200"] for at in times]), warnings=["half of it"]), {}

        told.answer = answer
        code, out, err = asked(desk, capsys, "--days", "2", "--days-min", "1", "--step", "15", "--json")
    assert code == 0, err
    assert lines(out)["web", "app"]["sized"]["memory"] == 240
    assert json.loads(out)["notes"] == ["The history is not whole, says http://127.0.0.1: half of it"]


HEAD = "time,namespace,workload,container,cpu_millis,memory_mib\n"
OTHER = (
    "has no line of a workload that the snapshot holds. "
    "A workload is written as deployment/web, with its namespace in a column of its own."
)
COLUMNS = (
    "1: has no column namespace, workload, container, cpu_millis, memory_mib. "
    "Its columns are time, namespace, workload, container, cpu_millis, memory_mib."
)
LINE = (
    "2: has not all columns, or a time or a number that is none. "
    "Write a time as 2026-03-01T12:00:00 and numbers of 0 or more; leave unknown ones empty."
)
UNEVEN = ("2026-08-01T00:00:00", "2026-08-01T00:00:01", "2026-08-09T00:00:01")
BAD = [
    ("nothing of ours", HEAD + "2026-08-01T00:00:00,shop,deployment/other,app,1,1\n", OTHER),
    ("columns", "time,cpu\n", COLUMNS),
    ("number", HEAD + "2026-08-01T00:00:00,shop,deployment/web,app,-1,1\n", LINE),
    ("time", HEAD + "noon,shop,deployment/web,app,1,1\n", LINE),
    ("short line", HEAD + "2026-08-01T00:00:00\n", LINE),
    ("long line", HEAD + "2026-08-01T00:00:00,shop,deployment/web,app,1,1,1\n", LINE),
    ("steps", HEAD + "".join(f"{at},shop,deployment/web,app,1,1\n" for at in UNEVEN),
     "has times that are no steps of one length. Give it equal steps."),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "words"), BAD, ids=[one[0] for one in BAD])
def test_a_file_that_is_wrong(desk, capsys, name, text, words):
    path = desk / "bad.csv"
    path.write_text(text)
    code, _, err = asked(desk, capsys, "--usage", str(path))
    said = " ".join(err.split())
    assert (code, said.replace(f"{path}:", "").removeprefix("error: ").strip()) == (2, words)


def test_other_errors(desk, capsys):
    code, _, err = asked(desk, capsys)
    assert (code, " ".join(err.split())) == (2, (
        "error: usage_history: No server is named that keeps what containers used. Name a Prometheus there (address: https://...), "
        "or give a file: --usage FILE."
    ))  # fmt: skip
    code, _, err = asked(desk, capsys, "--cluster", "other", "--usage", str(usage(desk)))
    assert (code, " ".join(err.split())) == (
        2,
        "error: The snapshot holds no workload that runs. Gather a cluster; check --cluster.",
    )
    code, _, err = asked(desk, capsys, "--usage", str(desk / "none.csv"))
    assert (code, " ".join(err.split()).replace(str(desk), "")) == (
        2, "error: /none.csv: cannot be read: No such file or directory. Check the path.",
    )  # fmt: skip


def keep_history(folder, days=8, *, ends=NOW, gap=""):
    """The same as the file of ``usage``, as gather keeps it: of every six hours twelve numbers."""
    house = open_house(folder / "skywright.yaml", data=folder / "data")
    before = house.store.snapshots.latest()
    start = ends - timedelta(days=days)
    rows = [
        UsageHistory(resource=f"kubernetes:shop:global:container.workload/{native}", part=part, metric=metric, start=start,
                     kept=values * days)
        for native, part, cpu, memory in (("deployment/shop/web", "app", 200.0, 500.0),
                                          ("stateful-set/shop/db", "app", 950.0, 300.0))
        for metric, values in [("cpu_millis", [*[cpu] * 24, 400.0, *[cpu] * 23]), ("memory_mib", [memory] * 48)]
    ]  # fmt: skip
    file = house.shelf.write("history", Scope("kubernetes", "shop", "global", "history", ("history",)), rows)
    told = Coverage("kubernetes", "shop", "global", "usage", CoverageState.FAILED if gap else CoverageState.COMPLETE, NOW, gap)
    house.store.snapshots.add(
        Snapshot(id="s2", taken_at=NOW, files=(*before.files, file), coverage=(*before.coverage, told), previous="s1")
    )
    house.close()


def test_what_gather_kept_needs_no_argument(desk, capsys):
    keep_history(desk, gap="the server answered 503")
    code, out, err = asked(desk, capsys, "--risk", "5", "--json")
    assert code == 0, err
    kept = lines(out)
    web = kept["web", "app"]["sized"]
    assert (web["memory"], web["memory_most"], web["days"], web["cpu_over_new"]) == (600, 500.0, 8.0, pytest.approx(1 / 288))
    assert 200 <= web["cpu"] < 220
    assert kept["db", "app"]["sized"]["memory"] == 360
    assert kept["new", "app"]["sized"]["why"] == "nothing is known of what it used"
    assert json.loads(out)["notes"] == ["shop: the server answered 503"]


def test_history_that_ends_long_before_is_not_used(desk, capsys):
    keep_history(desk, ends=NOW - timedelta(days=1, hours=6))
    code, out, _ = asked(desk, capsys, "--json")
    assert code == 0
    assert not any(one["sized"]["why"] == "" for one in lines(out).values())
    assert json.loads(out)["notes"] == ["The history of 2 containers ends more than a day before the snapshot: not used."]


def test_a_week_is_needed_of_what_was_kept_too(desk, capsys):
    keep_history(desk, days=5)
    assert lines(asked(desk, capsys, "--json")[1])["web", "app"]["sized"]["why"] == "5.0 days of history; 7 are needed"


def test_something_fresh_is_asked_of_the_servers(desk, capsys):
    keep_history(desk)
    code, _, err = asked(desk, capsys, "--fresh")
    assert (code, err.split(":")[1].strip()) == (2, "usage_history")
