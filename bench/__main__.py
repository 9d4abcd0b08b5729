"""Run benchmarks, each in a process of its own so that CPU and memory are its alone.

A benchmark is a module ``bench/<name with underscores>.py`` with ``run() -> dict`` (its own keys, at least those that its ``KEYS``
names); it may set up freely outside ``measured()``. Standard output carries one JSON line a benchmark and nothing else, also where
it failed (``failed``) or its data are not there (``skipped``). ``bench_cpu_s`` and ``bench_wall_s`` are of the whole benchmark,
with what it sets up and its peers.
"""

import argparse
import importlib
import json
import resource
import subprocess
import sys
import time
import traceback
from pathlib import Path
from typing import Any


def names() -> list[str]:
    """Every benchmark, by its public name."""
    return sorted(
        path.stem.replace("_", "-")
        for path in Path(__file__).parent.glob("*.py")
        if path.stem[0] != "_" and path.stem not in ("data", "measure")
    )


def main() -> int:
    """Run one or all; exit code 1 when one failed, 2 when there is none of that name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name")
    parser.add_argument("--child", action="store_true")
    asked = parser.parse_args()
    if asked.name and asked.name not in names():
        sys.stderr.write(f"no benchmark {asked.name!r}; there are: {', '.join(names())}\n")
        return 2
    if asked.child:
        return child(asked.name)
    failed = [name for name in ([asked.name] if asked.name else names()) if not told(name)]
    return 1 if failed else 0


def told(name: str) -> bool:
    """Run one in a child, print its line; whether it did not fail."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    ran = subprocess.run([sys.executable, "-m", "bench", "--name", name, "--child"], stdout=subprocess.PIPE, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    lines = [line for line in ran.stdout.splitlines() if line.startswith("{")]
    line = json.loads(lines[-1]) if lines else {"name": name, "failed": f"ended with exit code {ran.returncode}"}
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    line |= {"bench_cpu_s": round(spent, 1), "bench_wall_s": round(time.perf_counter() - began, 1)}
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
    return "failed" not in line


def child(name: str) -> int:
    """Run one here; a line also where it raises, or lacks a key that it promises."""
    result: dict[str, Any]
    try:
        bench = importlib.import_module(f"bench.{name.replace('-', '_')}")
        result = bench.run()
        if lacking := [key for key in getattr(bench, "KEYS", ()) if key not in result and "skipped" not in result]:
            result["failed"] = f"lacks {', '.join(lacking)}"
    except Exception as error:  # noqa: BLE001  the process boundary: the other benchmarks go on
        traceback.print_exc()
        result = {"failed": f"{type(error).__name__}: {error}"[:300]}
    sys.stdout.write(json.dumps({"name": name, **result}) + "\n")
    return int("failed" in result)


if __name__ == "__main__":
    sys.exit(main())
