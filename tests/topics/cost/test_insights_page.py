"""docs/concepts/insights.md tells of every measure: its title, every threshold with its default, what it ends in, its source."""

from pathlib import Path

import pytest

from skywright.topics.cost.measure import MEASURES

PAGE = (Path(__file__).parents[3] / "docs/concepts/insights.md").read_text(encoding="utf-8")
SHARED = ("days_min", "samples_min")


def told(value):
    return ", ".join(value) if isinstance(value, list) else f"{value:g}" if isinstance(value, float) else str(value)


def ends(measure):
    if measure.delete:
        return "a change: deletes it"
    return "for people" if 'NULL AS "set"' in measure.sql else "a change"


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_the_page_tells_of_it(measure):
    [row] = [line for line in PAGE.splitlines() if line.startswith(f"| `{measure.name}` |")]
    _, _, title, thresholds, end, source, _ = (cell.strip() for cell in row.split("|"))
    own = "; ".join(f"`{name}` {told(value)}".strip() for name, value in measure.params.items() if name not in SHARED) or "-"
    assert (title, thresholds, source) == (measure.title, own, measure.source)
    assert end.split(";")[0] == ends(measure)
