"""Mutation check of what changes estates and of what counts money: source -> how many planted faults the tests find.

A mutant is the source with one small fault: an operator turned, an argument left out, a sentence altered. The tests that run
through its function must fail on it. What is mutated, and which tests are asked: ``PARTS``; how: [tool.mutmut] in pyproject.toml.
mutmut works on a copy in a temporary folder, part by part, so that it neither sees what is edited meanwhile nor leaves anything.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
COPIED = ("src", "tests", "bench")
MUTMUT = str(Path(sys.executable).with_name("mutmut"))
STOP_S = 30.0
ENVIRONMENT = os.environ | {"SKYWRIGHT_MUTATION": "1"}
"""See tests/conftest.py: hypothesis draws the same examples each time, without a deadline, and stops at the first that fails."""

FATES: Mapping[str, tuple[int | None, ...]] = {
    "killed": (1, 3),
    "survived": (0, 5, 33),  # 5 and 33: no test runs through it, which is no better
    "timeout": (24, 36, 152, 255, -24, -9),
    "not tried": (None, 2),
}
"""What mutmut's exit codes mean; any other is ``other`` (the tests broke down)."""


class Part(NamedTuple):
    """Files that are mutated (globs under src/skywright, where ``*`` goes into folders too) and the tests that are asked."""

    name: str
    sources: tuple[str, ...]
    tests: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    """Tests of seconds each, times a thousand mutants. Without them the score can only be lower than it is."""

    @property
    def settings(self) -> str:
        """What [tool.mutmut] says of this part alone (a list of texts is the same in JSON and in TOML)."""
        left_out = ["-p", "no:cacheprovider", *(word for test in self.left_out for word in ("--deselect", f"tests/{test}"))]
        lists = {
            "only_mutate": [f"src/skywright/{source}" for source in self.sources],
            "pytest_add_cli_args_test_selection": [f"tests/{test}" for test in self.tests],
            "pytest_add_cli_args": left_out,
        }
        return "".join(f"{name} = {json.dumps(values)}\n" for name, values in lists.items())


_EXECUTE = tuple(f"loop/execute/{name}.py" for name in ("gate", "rollout", "saga", "takeback", "walk"))
_ADVICE = ("estimate", "fragments", "idle", "licences", "measure", "moves", "propose", "requests", "sizing", "stores", "volumes")
_ADVICE_TESTS = tuple(
    f"topics/cost/test_{name}.py"
    for name in ("estimate", "estimate_of_a_plan", "licences", "measure", "moves", "propose", "requests", "stores")
)
_BOOKS = ("topics/cost/books", "topics/cost/sharing", "topics/cost/matching", "topics/cost/workloads")
_WATCH = ("topics/cost/budgets", "topics/cost/outlook", "topics/cost/anomalies", "topics/cost/realised")
_SLOW_BILLS = ("sums.py::test_any_bill_ties_out_and_comes_back_as_it_was", "killed_and_crowded.py")
PARTS = (
    Part("planner", ("loop/plan/*",), ("loop/plan",), ("loop/plan/test_saving.py::test_the_twin_is_priced_by_the_same_words",)),
    Part("rails", ("loop/validate/*",), ("loop/validate",)),
    Part("saga", _EXECUTE, ("loop/execute",), ("loop/execute/test_every_failure.py", "loop/execute/test_logbook.py")),
    Part("books", tuple(f"{folder}/*" for folder in _BOOKS), _BOOKS),
    Part("watch", tuple(f"{folder}/*" for folder in _WATCH), _WATCH),
    Part("advice", tuple(f"topics/cost/{name}.py" for name in _ADVICE), _ADVICE_TESTS),
    Part("commitments", ("topics/commitments/*",), ("topics/commitments",)),
    Part("validator", ("topics/focus/*",), ("topics/focus",)),
    Part("bills", ("adapters/bills/*",), ("adapters/bills",), tuple(f"adapters/bills/ledger/test_{name}" for name in _SLOW_BILLS)),
    Part("scaling", ("topics/scaling/*",), ("topics/scaling",)),
)


class Score(NamedTuple):
    """The mutants of one file, or of many, by what became of them."""

    part: str
    file: str
    fates: Counter[str]

    @property
    def tried(self) -> int:
        """How many mutants the tests were run against."""
        return self.fates.total() - self.fates["not tried"]

    @property
    def pct(self) -> float:
        """The share that was found, of those that were tried. A mutant that never ends is found by the clock."""
        return 100 * (self.fates["killed"] + self.fates["timeout"]) / self.tried if self.tried else 0.0

    @property
    def plain(self) -> dict[str, object]:
        """As JSON has it."""
        fates = {name: self.fates[name] for name in (*FATES, "other")}
        return {"part": self.part, "file": self.file, "mutants": self.fates.total(), **fates, "score": round(self.pct, 1)}


def fate(code: int | None) -> str:
    """Exit code of a mutant's tests -> what became of it."""
    return next((name for name, codes in FATES.items() if code in codes), "other")


def lay_out(folder: Path, part: Part) -> None:
    """Copy what mutmut needs: sources, tests and settings."""
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8").replace("[tool.mutmut]\n", f"[tool.mutmut]\n{part.settings}")
    (folder / "pyproject.toml").write_text(settings, encoding="utf-8")


def draw(folder: Path, size: int, seed: int) -> list[str]:
    """So many mutants of all, by name; the same seed and the same source give the same ones."""
    # mutmut makes mutants on the way to trying some: a name that none has makes them all, and ends there with an error.
    subprocess.run([MUTMUT, "run", "none"], cwd=folder, env=ENVIRONMENT, capture_output=True, check=False)
    names = sorted(name for mutants in fates_of(folder).values() for name in mutants)
    return random.Random(seed).sample(names, min(size, len(names)))


def mutate(folder: Path, only: Sequence[str], limit_s: float, children: int) -> None:
    """Run mutmut there, to its end or for so many seconds. Exits when the tests fail without any mutant."""
    command = [MUTMUT, "run", "--max-children", str(children), *only]
    with (folder / "log").open("wb") as log:
        told = sys.stderr if sys.stderr.isatty() else log  # its counter goes round and round, which no file needs
        running = subprocess.Popen(command, cwd=folder, env=ENVIRONMENT, stdout=told, stderr=log)
        try:
            code = running.wait(limit_s)
        except subprocess.TimeoutExpired:
            code = 0
        finally:
            stop(running)
    if code:
        sys.exit(f"mutmut ended with {code}:\n{(folder / 'log').read_text(errors='replace')[-3000:]}")


def stop(running: subprocess.Popen[bytes]) -> None:
    """End mutmut with its workers, if it has not ended."""
    if running.poll() is None:
        running.send_signal(signal.SIGINT)
        try:
            running.wait(STOP_S)
        except subprocess.TimeoutExpired:
            running.kill()


def fates_of(folder: Path) -> dict[str, dict[str, str]]:
    """Source file -> mutant -> its fate."""
    return {
        meta.relative_to(folder / "mutants").as_posix().removesuffix(".meta"): {
            name: fate(code) for name, code in json.loads(meta.read_bytes())["exit_code_by_key"].items()
        }
        for meta in sorted((folder / "mutants").rglob("*.meta"))
    }


def scores(tried: Mapping[str, Mapping[str, Mapping[str, str]]]) -> Iterator[Score]:
    """Part -> file -> mutant -> fate: one score a file that has mutants, one a part, one for all."""
    parts: dict[str, Counter[str]] = {name: Counter() for name in tried}
    for part, files in tried.items():
        for file, mutants in files.items():
            counted = Counter(mutants.values())
            parts[part] += counted
            if counted:
                yield Score(part, file.removeprefix("src/skywright/"), counted)
    yield from (Score(part, "all", counted) for part, counted in parts.items() if counted)
    yield Score("all", "all", sum(parts.values(), Counter()))


def table(rows: Sequence[Score]) -> Iterator[str]:
    """The scores as aligned lines."""
    width = max(len(row.file) for row in rows)
    yield f"{'part':11} {'file':{width}} {'mutants':>8} {'killed':>7} {'survived':>9} {'timeout':>8} {'score':>7}"
    for row in rows:
        counts = f"{row.fates['killed']:7} {row.fates['survived']:9} {row.fates['timeout']:8}"
        yield f"{row.part:11} {row.file:{width}} {row.fates.total():8} {counts} {row.pct:5.1f} %"
    if left := rows[-1].fates["not tried"]:
        yield f"{left} mutants were not tried and are in no score."
    if broken := rows[-1].fates["other"]:
        yield f"Of {broken} mutants the tests broke down: they count as not found."


def survivors(folder: Path, fates: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """The mutants that no test found, as differences to the source."""
    for name in (name for mutants in fates.values() for name, what in mutants.items() if what == "survived"):
        yield subprocess.run([MUTMUT, "show", name], cwd=folder, capture_output=True, text=True, check=True).stdout


def options() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description="Mutation scores of what changes estates and of what counts money.")
    parser.add_argument("only", nargs="*", help="globs over names of mutants, such as 'skywright.loop.plan.*'; default: all")
    parser.add_argument(
        "--part", action="append", choices=[part.name for part in PARTS], help="one part (again for more); default: all"
    )
    parser.add_argument("--sample", type=int, default=0, help="try so many mutants a part, drawn at random; default: all")
    parser.add_argument("--seed", type=int, default=1, help="of the sample (default %(default)s)")
    parser.add_argument(
        "--limit-s", type=float, default=3600, help="stop after so many seconds, each part after its share (default %(default)s)"
    )
    parser.add_argument("--children", type=int, default=os.cpu_count() or 1, help="mutants at a time (default: one a core)")
    parser.add_argument("--least", type=float, default=0, help="fail when a part scores under this many percent")
    parser.add_argument("--survivors", action="store_true", help="show each survivor as a difference to the source")
    parser.add_argument("--json", action="store_true", help="one object a row")
    asked = parser.parse_args()
    if asked.only and len(asked.part or ()) != 1:
        parser.error("mutants are named within one part: say which with --part")
    return asked


def tried(part: Part, asked: argparse.Namespace, limit_s: float) -> tuple[dict[str, dict[str, str]], list[str]]:
    """Run one part: file -> mutant that was meant -> fate, and the survivors as differences where they are asked for."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="skywright-mutation-") as name:
        folder = Path(name)
        lay_out(folder, part)
        only = draw(folder, asked.sample, asked.seed) if asked.sample else asked.only
        mutate(folder, only, max(1.0, limit_s - (time.monotonic() - began)), asked.children)
        fates = meant(fates_of(folder), only)
        return fates, list(survivors(folder, fates)) if asked.survivors else []


def meant(fates: Mapping[str, Mapping[str, str]], only: Sequence[str]) -> dict[str, dict[str, str]]:
    """The mutants that were asked for by name or glob, all without any; mutmut tells of every one that it could make."""
    return {
        file: {name: what for name, what in mutants.items() if not only or any(fnmatch(name, one) for one in only)}
        for file, mutants in fates.items()
    }


def main() -> int:
    """Print the table; 1 when a part's score is under the least that was asked for."""
    asked = options()
    parts = [part for part in PARTS if part.name in (asked.part or [part.name])]
    found = {part.name: tried(part, asked, asked.limit_s / len(parts)) for part in parts}
    rows = list(scores({name: fates for name, (fates, _) in found.items()}))
    for line in (json.dumps(row.plain) for row in rows) if asked.json else table(rows):
        print(line)
    for shown in (shown for _, survived in found.values() for shown in survived):
        print(shown)
    return 1 if any(row.pct < asked.least for row in rows if row.file == "all" and row.tried) else 0


if __name__ == "__main__":
    sys.exit(main())
