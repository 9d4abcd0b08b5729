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
    f"topics/cost/test_{name}.py" for name in ("estimate", "licences", "measure", "moves", "propose", "requests", "stores")
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
