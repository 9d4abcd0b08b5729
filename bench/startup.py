"""startup: CPU seconds of `skywright --version` and `skywright rules list`, each a process of its own; the best of several."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence

from bench.measure import measured

RUNS = 7


def run() -> dict[str, float]:
    """Both commands; the whole bench is measured too."""
    with measured(children=True) as figures:
        version, rules = _best(["--version"]), _best(["rules", "list"])
    return {**figures, "version_cpu_s": version, "rules_cpu_s": rules}


def _best(arguments: Sequence[str]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        return round(min(_cpu_s(arguments, folder) for _ in range(RUNS)), 3)


def _cpu_s(arguments: Sequence[str], folder: str) -> float:
    command = [sys.executable, "-m", "skywright", *arguments]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=folder) as child:
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0
    return used.ru_utime + used.ru_stime
