"""The whole lab: AWS in one child process, all other clouds together in a second; one configuration for all of them."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen
from typing import Any

import msgspec

from skywright.lab.aws import process
from skywright.lab.aws.answers import ACCEPTED, Score, score
from skywright.lab.aws.process import Lab
from skywright.lab.kit import child
from skywright.lab.kit.child import Child
from skywright.lab.neighbours import CLOUDS as OTHERS
from skywright.model.errors import AskHuman, BadInput
from skywright.model.words import t

CLOUDS = ("aws", *OTHERS)
STATE_FILE = "neighbours.json"
LOG_FILE = "neighbours.log"


class Neighbours(msgspec.Struct, frozen=True, kw_only=True):
    """The second child. By cloud: its section of a configuration, what other tools need in their environment, how much was
    planted."""

    pid: int
    endpoint: str
    seed: int
    estate: str
    sections: dict[str, dict[str, Any]]
    environments: dict[str, dict[str, str]]
    planted: dict[str, int]

    def page(self, method: str, name: str, body: Any = None) -> Any:
        """One of its own pages (``calls``, ``faults``, ``answers``, ``machines``). Raises AskHuman when it is gone."""
        return child.page(self.endpoint, method, name, body)


class Town(msgspec.Struct, frozen=True, kw_only=True):
    """A lab that runs, whole or in part."""

    aws: Lab | None = None
    others: Neighbours | None = None

    @property
    def clouds(self) -> tuple[str, ...]:
        """What there is, in the order of CLOUDS."""
        there = {*(("aws",) if self.aws else ()), *(self.others.sections if self.others else ())}
        return tuple(name for name in CLOUDS if name in there)

    @property
    def planted(self) -> dict[str, int]:
        """How many faults are hidden, by cloud."""
        return ({"aws": self.aws.planted} if self.aws else {}) | (self.others.planted if self.others else {})

    def environment(self) -> dict[str, str]:
        """What Skywright needs besides the configuration: AWS's address and key. The other sections say all themselves."""
        return self.aws.environment() if self.aws else {}

    def environments(self) -> dict[str, dict[str, str]]:
        """What tools of each ecosystem need, by cloud."""
        return ({"aws": self.aws.environment()} if self.aws else {}) | (self.others.environments if self.others else {})

    def configuration(self) -> str:
        """A ``skywright.yaml`` for every cloud."""
        import yaml

        lines = ["# Made by `skywright lab up`: the clouds of the lab. The keys in it open nothing else.", "clouds:"]
        text = "\n".join(lines) + "\n" + (self.aws.section() if self.aws else "")
        for name, section in self.others.sections.items() if self.others else ():
            plain = yaml.safe_dump({name: section}, sort_keys=False, width=120)
            text += "".join(f"  {line}\n" for line in plain.splitlines())
        return text

    def answers(self) -> list[dict[str, str]]:
        """The answer sheet of every cloud; each line says which one it is about."""
        found = [{"cloud": "aws", **line} for line in process.answers(self.aws)] if self.aws else []
        return found + (self.others.page("GET", "answers") if self.others else [])

    def calls(self) -> dict[str, Any]:
        """How often it was asked: total, by cloud, by call."""
        parts: list[dict[str, Any]] = []
        if self.aws:
            counted = self.aws.page("GET", "calls")
            calls = {f"aws {name}": times for name, times in counted["calls"].items()}
            parts.append({"total": counted["total"], "clouds": {"aws": counted["total"]}, "calls": calls})
        if self.others:
            parts.append(self.others.page("GET", "calls"))
        return {
            "total": sum(part["total"] for part in parts),
            "clouds": {name: times for part in parts for name, times in part["clouds"].items()},
            "calls": dict(sorted(((n, k) for part in parts for n, k in part["calls"].items()), key=lambda one: -one[1])),
        }

    def forget_calls(self) -> None:
        """Count from zero."""
        for part in (self.aws, self.others):
            if part:
                part.page("DELETE", "calls")

    def faults(self) -> list[dict[str, Any]]:
        """What goes wrong on demand."""
        listed = [{"cloud": "aws", **fault} for fault in self.aws.page("GET", "faults")] if self.aws else []
        return listed + (self.others.page("GET", "faults") if self.others else [])

    def plant(self, cloud: str, fault: Mapping[str, Any]) -> None:
        """Let something go wrong. See lab.aws.faults.Fault and lab.neighbours.Trouble. BadInput: that cloud is not up."""
        if cloud not in self.clouds:
            raise BadInput(f"The lab has no {cloud} now.", where="--cloud", next_step=f"It has {', '.join(self.clouds)}.")
        if cloud == "aws" and self.aws:
            self.aws.page("POST", "faults", dict(fault))
        elif self.others:
            self.others.page("POST", "faults", {"cloud": cloud, **fault})

    def heal(self) -> None:
        """Take all faults back."""
        for part in (self.aws, self.others):
            if part:
                part.page("DELETE", "faults")


def fault_options(cloud: str, call: str, wanted: dict[str, Any]) -> dict[str, Any]:
    """What the command line said, as the lab's pages take it. Raises BadInput for an option that the cloud has no use for."""
    status, error, contains = wanted.pop("status"), wanted.pop("error"), wanted.pop("contains")
    if cloud == "aws":
        if status is not None:
            raise BadInput(t("AWS's errors have names: give --error, such as Throttling."), where="--status")
        return {"call": call, "error": error, "contains": contains, **wanted}
    if contains:
        raise BadInput(t("Only AWS's calls have names: say in CALL what the path contains."), where="--contains")
    if error and cloud != "hosts":
        raise BadInput(t("Only AWS's errors have names: give --status, such as 429."), where="--error")
    return {"contains": call, "status": status or 0, "error": error, **wanted}


def scores(answers: Sequence[Mapping[str, str]], claims: Sequence[Mapping[str, str]]) -> dict[str, Score]:
    """Answer sheet x claims, both with ``cloud`` -> how well an audit did, by cloud. See lab.aws.answers.score; the sheets of the
    other clouds name the rule itself, and only claims of rules that they name are looked at."""
    found: dict[str, Score] = {}
    for cloud in dict.fromkeys(line["cloud"] for line in answers):
        sheet = [line for line in answers if line["cloud"] == cloud]
        accepted = ACCEPTED if cloud == "aws" else {line["fault"]: (line["fault"],) for line in sheet}
        found[cloud] = score(sheet, [claim for claim in claims if claim["cloud"] == cloud], accepted)
    return found


def wanted(text: str) -> tuple[str, ...]:
    """``gcp,azure`` -> names of clouds, each once. Raises BadInput for one that there is none of."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in CLOUDS:
            raise BadInput(f"The lab has no cloud {name}.", where="--clouds", next_step=f"It has {', '.join(CLOUDS)}.")
    return tuple(name for name in CLOUDS if name in names) if names else CLOUDS


def running(folder: Path) -> Town | None:
    """What is alive of the lab whose state is kept in this folder; None: nothing."""
    town = Town(aws=process.running(folder), others=child.running(folder / STATE_FILE, Neighbours))
    return town if town.clouds else None


def start(
    folder: Path,
    clouds: Sequence[str] = CLOUDS,
    *,
    seed: int = 1,
    estate: str = "default",
    tied: bool = True,
    tick: Callable[[float], None] | None = None,
) -> tuple[Town, "list[Popen[bytes]]"]:
    """Start the lab and wait until all of it answers. See lab.aws.process.start. Gives the children, for ``stop``.

    Raises AskHuman when one runs already or a part does not come up; then nothing is left running.
    """
    if found := running(folder):
        place = found.aws or found.others
        raise AskHuman(
            f"A lab runs already at {place.endpoint if place else folder}.",
            next_step="Use it, or end it with `skywright lab down`.",
        )
    children: list[Popen[bytes]] = []
    try:
        first = process.launch(folder, seed=seed, estate=estate, tied=tied) if "aws" in clouds else None
        children += [first[1]] if first else []
        second = _launch(folder, [name for name in clouds if name != "aws"], seed, estate, tied=tied)
        children += [second[1]] if second else []
        others = second[0].ready(second[1], Neighbours, tick, install="clouds") if second else None
        aws = first[0].ready(first[1], Lab, tick) if first else None
        if aws and others:
            others.page("PUT", "machines", list(aws.machines))
        return Town(aws=aws, others=others), children
    except BaseException:
        stop(children)
        raise


def stop(children: "Sequence[Popen[bytes]]") -> None:
    """End children of ours."""
    for one in children:
        with contextlib.suppress(OSError):
            one.terminate()
    for one in children:
        child.stop(one)


def stop_running(folder: Path) -> Town | None:
    """End the lab of this folder, whoever started it; None when there was none."""
    town = Town(aws=process.stop_running(folder), others=child.stop_running(folder / STATE_FILE, Neighbours))
    return town if town.clouds else None


@contextmanager
def town_running(folder: Path, clouds: Sequence[str] = CLOUDS, *, seed: int = 1, estate: str = "default") -> Iterator[Town]:
    """A lab for the length of a block."""
    town, children = start(folder, clouds, seed=seed, estate=estate)
    try:
        yield town
    finally:
        stop(children)


def _launch(folder: Path, clouds: Sequence[str], seed: int, estate: str, *, tied: bool) -> "tuple[Child, Popen[bytes]] | None":
    if not clouds:
        return None
    options = ("--clouds", ",".join(clouds), "--seed", str(seed), "--estate", estate)
    wanted = Child("skywright.lab.neighbours", options, folder / STATE_FILE, folder / LOG_FILE, tied)
    return wanted, wanted.launch()
