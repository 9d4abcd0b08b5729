"""Mutation check of the planner, the guard rails and the saga: source -> how many planted faults the tests find.

A mutant is the source with one small fault: an operator turned, an argument left out, a sentence altered. The tests that run
through its function must fail on it. What is mutated, and which tests are asked: [tool.mutmut] in pyproject.toml. mutmut works
on a copy in a temporary folder, so that it neither sees what is edited meanwhile nor leaves anything behind.
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
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
PARTS = {"plan": "planner", "validate": "rails", "execute": "saga"}
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


def lay_out(folder: Path) -> None:
    """Copy what mutmut needs: sources, tests and settings."""
    for name in ("src", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(ROOT / "pyproject.toml", folder)


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


def scores(fates: Mapping[str, Mapping[str, str]]) -> Iterator[Score]:
    """One score a file that has mutants, one a part, one for all."""
    parts: dict[str, Counter[str]] = {name: Counter() for name in PARTS.values()}
    for file, mutants in fates.items():
        part = PARTS[Path(file).parts[3]]  # src/skywright/loop/plan/...
        counted = Counter(mutants.values())
        parts[part] += counted
        if counted:
            yield Score(part, file.removeprefix("src/skywright/loop/"), counted)
    yield from (Score(part, "all", counted) for part, counted in parts.items() if counted)
    yield Score("all", "all", sum(parts.values(), Counter()))


def table(rows: Sequence[Score]) -> Iterator[str]:
    """The scores as aligned lines."""
    width = max(len(row.file) for row in rows)
    yield f"{'part':8} {'file':{width}} {'mutants':>8} {'killed':>7} {'survived':>9} {'timeout':>8} {'score':>7}"
    for row in rows:
        counts = f"{row.fates['killed']:7} {row.fates['survived']:9} {row.fates['timeout']:8}"
        yield f"{row.part:8} {row.file:{width}} {row.fates.total():8} {counts} {row.pct:5.1f} %"
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
    parser = argparse.ArgumentParser(description="Mutation scores of planner, guard rails and saga.")
    parser.add_argument("only", nargs="*", help="globs over names of mutants, such as 'skywright.loop.plan.*'; default: all")
    parser.add_argument("--sample", type=int, default=0, help="try so many mutants, drawn at random; default: all")
    parser.add_argument("--seed", type=int, default=1, help="of the sample (default %(default)s)")
    parser.add_argument("--limit-s", type=float, default=3600, help="stop after so many seconds (default %(default)s)")
    parser.add_argument("--children", type=int, default=os.cpu_count() or 1, help="mutants at a time (default: one a core)")
    parser.add_argument("--least", type=float, default=0, help="fail when a part scores under this many percent")
    parser.add_argument("--survivors", action="store_true", help="show each survivor as a difference to the source")
    parser.add_argument("--json", action="store_true", help="one object a row")
    return parser.parse_args()


def main() -> int:
    """Print the table; 1 when a part's score is under the least that was asked for."""
    asked = options()
    with tempfile.TemporaryDirectory(prefix="skywright-mutation-") as name:
        folder = Path(name)
        lay_out(folder)
        only = draw(folder, asked.sample, asked.seed) if asked.sample else asked.only
        mutate(folder, only, asked.limit_s, asked.children)
        fates = fates_of(folder)
        rows = list(scores(fates))
        for line in (json.dumps(row.plain) for row in rows) if asked.json else table(rows):
            print(line)
        for shown in survivors(folder, fates) if asked.survivors else ():
            print(shown)
    return 1 if any(row.pct < asked.least for row in rows if row.file == "all" and row.tried) else 0


if __name__ == "__main__":
    sys.exit(main())
