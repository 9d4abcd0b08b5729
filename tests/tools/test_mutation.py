"""What mutmut leaves behind becomes one table."""

import importlib.util
import json
from collections import Counter
from pathlib import Path

import pytest

SPEC = importlib.util.spec_from_file_location("mutation_tool", Path(__file__).parents[2] / "tools/mutation.py")
assert SPEC
assert SPEC.loader
mutation = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(mutation)

PLAN, RAIL, SAGA = (f"src/skywright/loop/{name}.py" for name in ("plan/make", "validate/rails/size", "execute/saga"))


@pytest.fixture
def rows(tmp_path):
    codes = {PLAN: {"a": 1, "b": 0, "c": 36, "d": None}, RAIL: {"e": 1, "f": 33, "g": -11}, SAGA: {}}
    for file, exit_codes in codes.items():
        meta = tmp_path / "mutants" / f"{file}.meta"
        meta.parent.mkdir(parents=True)
        meta.write_text(json.dumps({"exit_code_by_key": exit_codes}))
    return list(mutation.scores(mutation.fates_of(tmp_path)))


def test_mutants_are_counted_by_file_part_and_all(rows):
    assert [(row.part, row.file, row.fates.total(), row.tried, round(row.pct, 1)) for row in rows] == [
        ("planner", "plan/make.py", 4, 3, 66.7),
        ("rails", "validate/rails/size.py", 3, 3, 33.3),
        ("planner", "all", 4, 3, 66.7),
        ("rails", "all", 3, 3, 33.3),
        ("all", "all", 7, 6, 50.0),
    ]


def test_what_was_not_tried_or_broke_down_is_told(rows):
    assert list(mutation.table(rows))[1:2] + list(mutation.table(rows))[-3:] == [
        "planner  plan/make.py                  4       1         1        1  66.7 %",
        "all      all                           7       2         2        1  50.0 %",
        "1 mutants were not tried and are in no score.",
        "Of 1 mutants the tests broke down: they count as not found.",
    ]


def test_a_file_of_which_nothing_was_tried_has_no_score_to_boast_of():
    assert mutation.Score("planner", "x", Counter({"not tried": 3})).pct == 0
