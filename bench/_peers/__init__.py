"""Other tools, measured in the same run: in an environment of their own (`.venv-peers`, made by `make bench PEERS=1`).

`bench/peers.lock` pins them. Where the environment is not there, or a peer fails or takes too long, a bench says a constant instead
and `peer_measured: false` beside it.
"""

import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("SKYWRIGHT_PEERS") or ROOT / ".venv-peers")
LOCK = ROOT / "bench" / "peers.lock"
PYTHON = (3, 12)  # focus-validator needs 3.12, and a numpy that later Pythons have no build of
INSTALL_MAX_S = 900


def python() -> Path:
    """The peers' interpreter; it may not be there."""
    return FOLDER / "bin" / "python"


def cpu_s(arguments: Sequence[str | Path], limit_s: float, folder: Path | None = None) -> float | None:
    """CPU seconds of the peers' interpreter with these arguments (one thread to compute with); None where there is no figure."""
    if not python().exists():
        return None
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        ran = subprocess.run(
            [python(), *arguments], env=os.environ | threads, cwd=folder, capture_output=True, timeout=limit_s, check=False
        )
    except subprocess.TimeoutExpired:
        sys.stderr.write(f"the peer was stopped after {limit_s:.0f} s: {Path(arguments[-1]).name}\n")
        return None
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if ran.returncode:
        sys.stderr.write(f"the peer failed ({ran.returncode}): {ran.stderr.decode(errors='replace')[-500:]}\n")
        return None
    return round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 3)


def site() -> Path:
    """Where the peers' packages lie."""
    return next((FOLDER / "lib").glob("python3.*/site-packages"))


def focus_validator(bill: Path, report: Path, limit_s: float = 300) -> float | None:
    """CPU seconds of the official validator on a bill, FOCUS 1.2 with every criterion; its report is written as JUnit XML.

    It runs from its own folder: it looks for its list of currencies from where it stands. What it may fetch is what it brought.
    """
    if not (python().exists() and (site() / "focus_validator").exists()):
        return None
    how = ["--validate-version", "1.2", "--focus-dataset", "CostAndUsage", "--applicability-criteria", "ALL", "--block-download"]
    where = ["--output-type", "unittest", "--output-destination", str(report)]
    code = "import sys; from focus_validator.main import main; sys.exit(main())"
    found = cpu_s(["-c", code, *how, *where, "--data-file", str(bill)], limit_s, site())
    return found if report.exists() else None


def install() -> None:
    """Make the environment from the lock; with another Python than 3.12 some peers stay out (the lock says which)."""
    chosen = _interpreter()
    subprocess.run([chosen, "-m", "venv", "--clear", FOLDER], check=True, timeout=INSTALL_MAX_S)
    pip = [python(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", LOCK]
    subprocess.run(pip, check=True, timeout=INSTALL_MAX_S, stdout=sys.stderr)


def _interpreter() -> Path | str:
    """PEERS_PYTHON, or a Python 3.12 on the path or of pyenv, or this one."""
    if named := os.environ.get("PEERS_PYTHON"):
        return named
    kept = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    name = "python{}.{}".format(*PYTHON)
    for one in (name, *sorted(kept.glob("{}.{}.*/bin/python".format(*PYTHON)))):
        try:
            subprocess.run([one, "-c", ""], check=True, capture_output=True, timeout=30)
        except (OSError, subprocess.SubprocessError):
            continue
        return one
    sys.stderr.write(f"There is no {name}: focus-validator is left out (PEERS_PYTHON names an interpreter).\n")
    return sys.executable
