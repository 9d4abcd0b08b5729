"""docs/bad-input.md names tests that exist, and leaves no cell empty."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "bad-input.md").read_text()
CLOUDS = ["aws", "gcp", "azure", "openstack", "kubernetes", "swarm", "hosts"]
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("|")]


def test_every_named_test_exists() -> None:
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE)
    assert len(named) > 60
    missing = [f"{path}::{test}" for path, test in named if not _exists(path, test)]
    assert missing == []


def _exists(path: str, test: str) -> bool:
    files = [ROOT / "tests" / folder / path for folder in ("adapters/clouds", "")]
    return any(file.is_file() and re.search(rf"^(?:async )?def {test}\(", file.read_text(), re.MULTILINE) for file in files)


def test_every_cloud_has_a_cell_for_every_trouble() -> None:
    heads, _, *rows = [row for row in ROWS if len(row) == len(CLOUDS) + 1]
    assert heads[1:] == CLOUDS
    assert len(rows) == 9
    assert [(row[0], cell) for row in rows for cell in row[1:] if "::" not in cell and cell != "–"] == []
