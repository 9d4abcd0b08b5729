"""What happens in the demo, act by act. Each act runs real commands and gives what it saw."""

import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from skywright.doors.cli.demo.cast import Cast
from skywright.doors.cli.demo.figures import cloud_of
from skywright.lab.aws.process import Lab
from skywright.model.kinds import parse_id

APPROVER = "maria"
SAFE_RISK = "low"
CRASH = "SKYWRIGHT_CRASH_AT"
ROUNDS_MAX = 3
RESIZING = "compute_instance_oversized"


class Seen(msgspec.Struct, frozen=True):
    """One look at the estate: how much there is, what fails, what could be better."""

    resources: dict[str, int]
    gaps: int
    findings: list[dict[str, Any]]
    insights: list[dict[str, Any]]


class Woven(msgspec.Struct, frozen=True):
    """How the estate hangs together: what the internet reaches; relations that lead from one cloud into another;
    what a node needs and what needs it."""

    reached: list[str]
    across: list[dict[str, str]]
    node: str
    around: dict[str, Any]


class Planned(msgspec.Struct, frozen=True):
    """A plan and the verdict on it."""

    file: Path
    plan: dict[str, Any]
    verdict: dict[str, Any]

    @property
    def changes(self) -> list[dict[str, Any]]:
        """Its changes, in their order."""
        return list(self.plan["changes"])

    @property
    def clouds(self) -> list[str]:
        """The clouds that it changes."""
        return sorted({cloud_of(change["target"]) for change in self.changes})


class Survived(msgspec.Struct, frozen=True):
    """A run that was killed, and what became of it in a new process."""

    place: str
    killed: bool
    done_before: int
    runs: list[dict[str, Any]]

    @property
    def resumed(self) -> bool:
        """Whether it went on to a good end."""
        return self.killed and bool(self.runs) and all(run["state"] == "done" for run in self.runs)


class TakenBack(msgspec.Struct, frozen=True):
    """A run into which a fault was injected, and the machine that it hit."""

    run: dict[str, Any]
    target: str
    type_before: str
    type_failing: str

    def holds(self, type_now: str) -> bool:
        """Whether the wave was taken back and the machine, read again, is what it was."""
        return self.run["state"] in ("rolled-back", "partial") and type_now == self.type_before


def look(cast: Cast) -> Seen:
    """Gather and audit."""
    gathered = cast.play("gather", "--json").json()
    findings = cast.play("audit", "--json", "--fail-on", "none").json()
    insights = cast.play("insights", "--json").json()
    gaps = sum(1 for row in gathered["coverage"] if row["state"] != "complete")
    counted: dict[str, int] = {}
    for row in gathered["coverage"]:
        if row["kind"] != "usage":
            counted[row["cloud"]] = counted.get(row["cloud"], 0) + row["rows"]
    return Seen(counted, gaps, findings, insights)


ACROSS = "select source, verb, target from relation where split_part(source, ':', 1) <> split_part(target, ':', 1) order by all"


def weave(cast: Cast) -> Woven:
    """What can be reached from the internet, and what runs on what across clouds."""
    reached = [way["target"] for way in cast.play("reach", "internet", "--json").json()["ways"]]
    across = cast.play("query", "--json", ACROSS).json()
    node = next((row["source"] for row in across if ":container.node/" in row["source"]), "")
    around = cast.play("graph", node, "--depth", "2", "--json").json() if node else {}
    return Woven(reached, across, node, around)


class Billed(msgspec.Struct, frozen=True):
    """What the ledger says of the lab's bill. ``found``: how many of the ``planted`` surprises are among its anomalies."""

    rows: int
    ties_out: bool
    billed: str
    planted: tuple[dict[str, str], ...]
    found: int
    month: dict[str, str]  # the running month: actual, expected, low, high
    saves: float  # what commitments would save a month
    gap: float
    currency: str


def bill(cast: Cast) -> Billed:
    """A bill of three months is written, read, and asked what was unusual, what is to come, and what commitments would save."""
    path = cast.data.parent / "bill.csv.gz"
    planted = cast.play("lab", "bill", str(path), "--json").json()["planted"]
    [receipt] = cast.play("cost", "import", str(path), "--json").json()["receipts"]
    anomalies = cast.play("cost", "anomalies", "--json").json()["anomalies"]
    [total] = cast.play("cost", "forecast", "--json").json()["totals"]
    advice = cast.play("cost", "commitments", "--json").json()["advice"]
    named = {resource for anomaly in anomalies for resource in anomaly["resources"]}
    billed = next(amount for column, amount in receipt["sums_out"].items() if column.startswith("BilledCost"))
    return Billed(
        rows=receipt["rows_out"],
        ties_out=receipt["sums_in"] == receipt["sums_out"],
        billed=billed,
        planted=tuple(planted),
        found=sum(any(one["resource"].endswith(name) for name in named) for one in planted),
        month=total["months"][0],
        saves=advice["on_demand_monthly"] - advice["monthly"],
        gap=advice["gap"],
        currency=total["currency"],
    )


def plan(cast: Cast, name: str, *choice: str) -> Planned:
    """Plan what ``choice`` takes, and ask for the verdict."""
    file = cast.data.parent / f"{name}.json"
    signed = cast.play("plan", "-o", str(file), "--json", *choice).json()
    verdict = cast.play("validate", str(file), "--approve", APPROVER, "--json", good=(0, 3)).json()
    return Planned(file, signed["plan"], verdict["verdict"])


def safe_part(cast: Cast) -> Planned:
    """The plan of low risk, less what a guard rail blocks."""
    planned = plan(cast, "safe", "--risk-max", SAFE_RISK)
    for _ in range(ROUNDS_MAX):
        blocking = [said for said in planned.verdict["objections"] if said["weight"] == "block"]
        if not blocking:
            break
        planned = plan(cast, "safe", "--risk-max", SAFE_RISK, *_targets(allowed(planned.changes, blocking)))
    return planned


def allowed(changes: Sequence[dict[str, Any]], blocking: Sequence[dict[str, Any]]) -> list[str]:
    """The targets that are left when objections are heeded: one that names its target takes that out; one that finds that too many
    of a kind change at once (its reason names kind and account) takes out every second of them."""
    named = {said["target"] for said in blocking if said["target"]}
    crowded = [said["reason"] for said in blocking if not said["target"]]
    kept: list[str] = []
    seen: dict[str, int] = {}
    for target in (change["target"] for change in changes if change["target"] not in named):
        name = parse_id(target)
        crowd = f"{name.kind} in account {name.account}"
        if any(crowd in reason for reason in crowded):
            seen[crowd] = seen.get(crowd, 0) + 1
            if seen[crowd] % 2 == 0:
                continue
        kept.append(target)
    return kept


def survive(cast: Cast, planned: Planned) -> Survived:
    """Carry a plan out in a process that dies by SIGKILL after the deed of its middle change; let a new process go on."""
    place = f"{len(planned.changes) // 2}:0:after"
    asked = ("execute", str(planned.file), "--approve", APPROVER, "--yes", "--json")
    died = cast.play(*asked, good=(0, -9), environment={CRASH: place})
    runs = cast.play("runs", "--json").json()
    done = sum(result["state"] in ("applied", "verified") for run in runs for result in run["results"])
    resumed = cast.play("resume", "--json", good=(0, 2, 3)).json()
    return Survived(place, died.killed, done, resumed)


def take_back(cast: Cast, lab: Lab, planned: Planned) -> TakenBack:
    """Resize machines, of which the last is made to raise its alarm in its new size: its wave must be rolled back."""
    victim = planned.changes[-1]
    native = victim["target"].rpartition("/")[2]
    lab.page("PUT", "alarming", {native: victim["after"]["type"]})
    approvals = [word for name in (APPROVER, "jonas") for word in ("--approve", name)]
    ran = cast.play("execute", str(planned.file), *approvals, "--yes", "--json", good=(0, 2, 3))
    lab.page("PUT", "alarming", {})
    return TakenBack(ran.json(), victim["target"], victim["before"]["type"], victim["after"]["type"])


def type_now(cast: Cast, target: str) -> str:
    """A machine's type, as the newest snapshot has it."""
    machines = cast.play("query", "--json", "select id, type from compute_instance").json()
    return str(next(machine["type"] for machine in machines if machine["id"] == target))


def tampering_found(cast: Cast) -> bool:
    """Alter one line of a copy of the audit log behind its back; verification must find it."""
    copy = cast.data.parent / "tampered"
    shutil.copytree(cast.data, copy, ignore=shutil.ignore_patterns("estate", "workflow.db*"))
    with closing(sqlite3.connect(copy / "control.db")) as database, database:
        for (name,) in database.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            database.execute(f'drop trigger "{name}"')
        middle = "(select seq from log order by seq limit 1 offset (select count(*) / 2 from log))"
        database.execute(f"update log set body = replace(body, '\"demo\"', '\"nobody\"') where seq = {middle}")  # noqa: S608 - a constant
    return cast.play("log", "verify", "--json", good=(0, 3), data=copy).code != 0


def _targets(kept: Sequence[str]) -> list[str]:
    return [word for target in kept for word in ("--target", target)]
