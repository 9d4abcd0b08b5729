"""Where the data lie that figures are measured on: what SKYWRIGHT_DATA names, or ``../shared/data`` beside the project."""

import os
import sys
from pathlib import Path


def data(name: str = "") -> Path:
    """A folder of the data (``data("nab")``); it may not be there, see ``missing``."""
    root = Path(os.environ.get("SKYWRIGHT_DATA") or Path(__file__).parents[2] / "shared" / "data")
    return root / name


def missing(bench: str, name: str) -> dict[str, str] | None:
    """What a bench gives instead of figures where its data are not there (and a line that says so); None where they are."""
    folder = data(name)
    if folder.exists():
        return None
    sys.stderr.write(f"{bench}: skipped, {folder} is not there (set SKYWRIGHT_DATA to the folder that holds {name}).\n")
    return {"skipped": f"{name} is not there"}
