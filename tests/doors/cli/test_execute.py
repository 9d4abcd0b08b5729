"""The commands that change the world, on the fake cloud: what they print, their exit codes, and what they leave in the log."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.sim.office import delete, instance, update, volume

from skywright import wiring
from skywright.doors.cli import root
from skywright.lab.fake import FakeCloud, World
from skywright.loop.plan import sign_plan, write_plan
from skywright.model.plan import Change, Plan, Risk
from skywright.model.settings import Settings
from skywright.wiring import House

ROWS = (instance("a"), instance("b"), volume("v"), volume("w"))


class Desk:
    """A data folder, a fake cloud in it, and a command line."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.capsys = capsys
        self.world = World(folder / "world.db")
        for row in ROWS:
            self.world.put(row)
        self.cloud = FakeCloud(self.world)
        self.house = House(Settings(), folder)
        self.house.__dict__["clouds"] = {"fake": self.cloud}
        self.house.__dict__["rules"] = ()
        self.snapshot = self.house.gather(lambda *_: None)
        monkeypatch.setattr(wiring, "open_house", lambda *_: self.house)
        monkeypatch.setenv("SKYWRIGHT_USER", "someone")
        monkeypatch.setenv("COLUMNS", "400")

    def plan(self, *changes: Change) -> str:
        plan = Plan(id="plan-1", created_at=datetime(2026, 3, 1), snapshot=self.snapshot.id, changes=changes)
        path = self.folder / "p.json"
        write_plan(path, sign_plan(plan, self.house.signer))
        return str(path)

    def run(self, *arguments: str) -> tuple[int, str, str]:
        code = root.run(arguments)
        said = self.capsys.readouterr()
        return code, said.out, said.err

    def json(self, *arguments: str) -> Any:
        code, out, err = self.run(*arguments, "--json")
        assert code == 0, err
        return json.loads(out)


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path, capsys, monkeypatch)


RESIZE = update(ROWS[0], type="m5.large")
GP3 = update(ROWS[2], wave=1, type="gp3")


def test_a_plan_is_carried_out_shown_and_logged(desk: Desk) -> None:
    code, out, err = desk.run("execute", desk.plan(RESIZE, GP3), "--approve", "Ann", "--yes")
    run = desk.house.store.runs.all()[0]
    assert code == 0
    assert err.splitlines()[0] == "[1/2] Begun."
    assert err.splitlines()[-1] == "[2/2] Done."
    assert f"Run {run.id}: done, 2 of 2 changes in force. To take it back: `skywright rollback {run.id}`." in out
    assert (run.by, run.approvals) == ("someone", ("Ann",))
    assert desk.cloud.world.get(ROWS[0].id) == instance("a", type="m5.large")
    code, out, _ = desk.run("log", "verify")
    assert (code, out) == (0, "Nothing was altered: 6 lines, 1 checkpoint.\n")


def test_without_approval_it_is_refused_and_nothing_is_done(desk: Desk) -> None:
    code, out, _ = desk.run("execute", desk.plan(RESIZE), "--yes")
    assert code == 3
    assert "approval" in out
    assert desk.world.effects() == []
    assert [line.what for line in desk.house.store.log.entries()] == ["run.refused"]


def test_a_rail_that_blocks_refuses(desk: Desk) -> None:
    risky = msgspec.structs.replace(RESIZE, risk=Risk.HIGH)
    code, out, _ = desk.run("execute", desk.plan(risky), "--yes", "--approve", "Ann", "--json")
    assert code == 3
    assert json.loads(out)["refused"] is True
    assert desk.world.effects() == []


def test_nobody_to_ask(desk: Desk) -> None:
    code, _, err = desk.run("execute", desk.plan(RESIZE), "--approve", "Ann")
    assert code == 2
    assert err.endswith("error: --yes: There is nobody to ask. Give --yes to go on without a question.\n")


def test_a_failing_wave_is_told(desk: Desk) -> None:
    desk.cloud.faults.fail_always("fake:Set type", "AskHuman")
    code, out, _ = desk.run("execute", desk.plan(RESIZE, GP3), "--approve", "Ann", "--yes")
    assert code == 3
    run = desk.house.store.runs.all()[0]
    assert (
        f"Run {run.id}: partial, 1 of 2 changes in force. fake:Set type {ROWS[2].id} was refused. Grant the permission. To take it "
        f"back: `skywright rollback {run.id}`." in out
    )


def test_a_world_that_moved_is_told_with_the_field(desk: Desk) -> None:
    desk.world.put(instance("a", type="m5.4xlarge"))
    plain = json.loads(desk.run("execute", desk.plan(RESIZE), "--approve", "Ann", "--yes", "--json")[1])
    assert plain["state"] == "partial"
    assert plain["results"][0]["reason"] == (
        f"{ROWS[0].id} has changed since it was planned: type was m5.2xlarge and is m5.4xlarge. Run `skywright plan` again."
    )


def test_runs_rollback_and_savings(desk: Desk) -> None:
    desk.run("execute", desk.plan(RESIZE, GP3), "--approve", "Ann", "--yes")
    (run,) = desk.json("runs")
    assert run["state"] == "done"
    shown = desk.json("runs", run["id"][:12])
    assert [step["name"] for step in shown["steps"]] == ["fake:Stop", "fake:Resize", "fake:Start", "fake:Set type"]
    savings = desk.json("savings")
    assert savings["total"]["promised"] == {"amount": "20", "currency": "USD"}
    back = desk.json("rollback", run["id"], "--yes")
    assert (back["state"], back["undoes"]) == ("done", run["id"])
    assert desk.cloud.world.get(ROWS[0].id) == ROWS[0]
    assert desk.run("savings")[1] == "No change is in force that was carried out here.\n"
    assert desk.run("runs")[1].count("rolled-back") == 1


def test_a_run_that_is_not_there(desk: Desk) -> None:
    code, _, err = desk.run("runs", "nope")
    assert (code, err) == (2, "error: There is no run nope. `skywright runs` lists them.\n")


def test_pause_and_abort_of_a_run_that_has_ended(desk: Desk) -> None:
    desk.run("execute", desk.plan(RESIZE), "--approve", "Ann", "--yes")
    run = desk.house.store.runs.all()[0].id
    for command in ("pause", "abort"):
        code, _, err = desk.run(command, run)
        assert (code, err) == (2, f"error: Run {run} has ended (done).\n")


def test_nothing_to_resume(desk: Desk) -> None:
    assert desk.run("resume")[:2] == (0, "No run is in hand.\n")


def test_a_log_that_was_altered(desk: Desk) -> None:
    desk.run("execute", desk.plan(RESIZE), "--approve", "Ann", "--yes")
    import sqlite3

    connection = sqlite3.connect(desk.folder / "control.db", isolation_level=None)
    connection.execute("DROP TRIGGER log_no_delete")
    connection.execute("DELETE FROM log WHERE seq = 2")
    connection.close()
    code, out, _ = desk.run("log", "verify")
    assert (code, out) == (3, "The log was altered: line 2 is missing: line 3 stands in its place.\n")


def test_the_log_is_filtered(desk: Desk) -> None:
    desk.run("execute", desk.plan(RESIZE, GP3), "--approve", "Ann", "--yes")
    run = desk.house.store.runs.all()[0].id
    lines = [json.loads(line) for line in desk.run("log", "--json", "--target", "compute.instance")[1].splitlines()]
    assert [line["what"] for line in lines] == ["change.applied", "change.verified"]
    assert len(desk.run("log", "--json", "--run", run)[1].splitlines()) == 6
    assert desk.run("log", "--since", "2030-01-01")[1] == "The log has no such line.\n"
    code, _, err = desk.run("log", "--since", "soon")
    assert (code, err) == (2, "error: --since: 'soon' is no time. Give ISO 8601, a date, 2h or 3d.\n")


def test_names_from_outside_are_shown_as_text(desk: Desk) -> None:
    desk.house.log_event("x.y", target="[red]\x1b[31mevil[/red]", why="名前")
    out = desk.run("log")[1]
    assert "[red]\\x1b[31mevil[/red]" in out
    assert "名前" in out


# --- killed and taken up again ---

SCRIPT = """
    import sys
    from pathlib import Path
    from skywright import wiring
    from skywright.doors.cli import root
    from skywright.lab.fake import FakeCloud, World
    from skywright.model.settings import Settings

    folder = Path(sys.argv[1])
    house = wiring.House(Settings(), folder)
    house.__dict__["clouds"] = {"fake": FakeCloud(World(folder / "world.db"))}
    house.__dict__["rules"] = ()
    wiring.open_house = lambda *_: house
    sys.exit(root.run(sys.argv[2:]))
"""


def process(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", textwrap.dedent(SCRIPT), str(folder), *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=300, check=False, env={**os.environ, "PYTHONPATH": "src", **environment}
    )


def test_a_killed_run_is_resumed_and_proven(desk: Desk) -> None:
    plan = desk.plan(RESIZE, update(ROWS[1], type="m5.large"), GP3)
    died = process(desk.folder, "execute", plan, "--approve", "Ann", "--yes", SKYWRIGHT_CRASH_AT="1:1:after")
    assert died.returncode == -signal.SIGKILL
    assert desk.json("runs")[0]["state"] == "running"
    resumed = process(desk.folder, "resume", "--json")
    (run,) = json.loads(resumed.stdout)
    assert (resumed.returncode, run["state"], run["resumed"]) == (0, "done", 1)
    effects = desk.world.effects()
    assert len(effects) == len(set(effects)) == 7
    assert desk.run("log", "verify")[0] == 0


def test_a_dead_run_is_aborted_and_rolled_back(desk: Desk) -> None:
    plan = desk.plan(RESIZE, update(ROWS[1], type="m5.large"))
    process(desk.folder, "execute", plan, "--approve", "Ann", "--yes", SKYWRIGHT_CRASH_AT="0:1:before")
    run = desk.json("runs")[0]["id"]
    code, out, _ = desk.run("abort", run)
    assert code == 0
    assert f"Run {run}: aborted, 0 of 2 changes in force. Stopped by hand. It was taken up once." in out
    assert desk.cloud.world.get(ROWS[0].id) == ROWS[0]


def test_two_runs_at_once_on_one_target(desk: Desk) -> None:
    plan = desk.plan(RESIZE)
    process(desk.folder, "execute", plan, "--approve", "Ann", "--yes", SKYWRIGHT_CRASH_AT="0:1:before")
    dead = desk.json("runs")[0]["id"]
    code, out, _ = desk.run("execute", plan, "--approve", "Ann", "--yes")
    assert code == 3
    assert (
        f"{ROWS[0].id} is in the hands of run {dead}. Wait for it, take it up (`skywright resume {dead}`) or stop it "
        f"(`skywright abort {dead}`)." in out
    )


def test_a_crash_place_that_is_none(desk: Desk) -> None:
    died = process(desk.folder, "execute", desk.plan(RESIZE), "--approve", "Ann", "--yes", SKYWRIGHT_CRASH_AT="soon")
    assert died.returncode == 2
    assert died.stderr == (
        "error: SKYWRIGHT_CRASH_AT: 'soon' is not change:step:before or change:step:after. For example: 2:0:after.\n"
    )


def test_a_deletion_is_carried_out_after_its_copy(desk: Desk) -> None:
    code, _, err = desk.run("execute", desk.plan(delete(ROWS[3])), "--approve", "Ann", "--yes")
    assert code == 0, err
    assert desk.cloud.world.get(ROWS[3].id) is None
