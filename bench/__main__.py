"""Run benchmarks, each in a process of its own so that CPU and memory are its alone.

A benchmark is a module ``bench/<name with underscores>.py`` with ``run() -> dict`` (its own keys); it may set up freely
outside ``measured()``. Standard output carries JSON lines only.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path


def names() -> list[str]:
    """Every benchmark, by its public name."""
    return sorted(
        path.stem.replace("_", "-")
        for path in Path(__file__).parent.glob("*.py")
        if path.stem[0] != "_" and path.stem not in ("data", "measure")
    )


def main() -> int:
    """Run one or all; exit code 1 when one failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name")
    parser.add_argument("--child", action="store_true")
    asked = parser.parse_args()
    if asked.child:
        import importlib

        result = importlib.import_module(f"bench.{asked.name.replace('-', '_')}").run()
        sys.stdout.write(json.dumps({"name": asked.name, **result}) + "\n")
        return 0
    if asked.name and asked.name not in names():
        sys.stderr.write(f"no benchmark {asked.name!r}; there are: {', '.join(names())}\n")
        return 2
    failed = 0
    for name in [asked.name] if asked.name else names():
        child = subprocess.run(
            [sys.executable, "-m", "bench", "--name", name, "--child"], stdout=subprocess.PIPE, text=True, check=False
        )
        sys.stdout.write("".join(line + "\n" for line in child.stdout.splitlines() if line.startswith("{")))
        sys.stdout.flush()
        failed |= child.returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
