"""What mutmut leaves behind becomes one table."""

import importlib.util
import json
import tomllib
from collections import Counter
from pathlib import Path

import pytest

SPEC = importlib.util.spec_from_file_location("mutation_tool", Path(__file__).parents[2] / "tools/mutation.py")
assert SPEC
assert SPEC.loader
mutation = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(mutation)

PLAN, RAIL, SAGA = (f"src/skywright/{name}.py" for name in ("loop/plan/make", "topics/focus/size", "loop/execute/saga"))


@pytest.fixture
def rows(tmp_path):
    codes = {
        "planner": {PLAN: {"a": 1, "b": 0, "c": 36, "d": None}},
        "validator": {RAIL: {"e": 1, "f": 33, "g": -11}},
        "saga": {SAGA: {}},
    }
    for part, file, exit_codes in ((part, file, mutants) for part, files in codes.items() for file, mutants in files.items()):
        meta = tmp_path / part / "mutants" / f"{file}.meta"
        meta.parent.mkdir(parents=True)
        meta.write_text(json.dumps({"exit_code_by_key": exit_codes}))
    return list(mutation.scores({part: mutation.fates_of(tmp_path / part) for part in codes}))


def test_mutants_are_counted_by_file_part_and_all(rows):
    assert [(row.part, row.file, row.fates.total(), row.tried, round(row.pct, 1)) for row in rows] == [
        ("planner", "loop/plan/make.py", 4, 3, 66.7),
        ("validator", "topics/focus/size.py", 3, 3, 33.3),
        ("planner", "all", 4, 3, 66.7),
        ("validator", "all", 3, 3, 33.3),
        ("all", "all", 7, 6, 50.0),
    ]


def test_what_was_not_tried_or_broke_down_is_told(rows):
    assert list(mutation.table(rows))[1:2] + list(mutation.table(rows))[-3:] == [
        "planner     loop/plan/make.py           4       1         1        1  66.7 %",
        "all         all                         7       2         2        1  50.0 %",
        "1 mutants were not tried and are in no score.",
        "Of 1 mutants the tests broke down: they count as not found.",
    ]


def test_a_file_of_which_nothing_was_tried_has_no_score_to_boast_of():
    assert mutation.Score("planner", "x", Counter({"not tried": 3})).pct == 0


def test_of_a_sample_only_what_was_drawn_is_counted():
    fates = {"a.py": {"x.a__1": "killed", "x.a__2": "not tried"}, "b.py": {"x.b__1": "not tried"}}
    assert mutation.meant(fates, ["x.a__1"]) == {"a.py": {"x.a__1": "killed"}, "b.py": {}}
    assert mutation.meant(fates, ["x.a*"]) == {"a.py": fates["a.py"], "b.py": {}}
    assert mutation.meant(fates, []) == fates


ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("part", mutation.PARTS, ids=lambda part: part.name)
def test_every_part_names_files_and_tests_that_are_there(part):
    assert [source for source in part.sources if not list((ROOT / "src/skywright").glob(source))] == []
    assert [test for test in (*part.tests, *part.left_out) if not (ROOT / "tests" / test.partition("::")[0]).exists()] == []


def test_a_part_is_written_into_the_settings_of_its_copy(tmp_path):
    part = mutation.Part("small", ("model/money.py",), ("model",), ("model/test_chain.py",))
    mutation.lay_out(tmp_path, part)
    settings = tomllib.loads((tmp_path / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutmut"]
    assert settings["only_mutate"] == ["src/skywright/model/money.py"]
    assert settings["pytest_add_cli_args_test_selection"] == ["tests/model"]
    assert settings["pytest_add_cli_args"] == ["-p", "no:cacheprovider", "--deselect", "tests/model/test_chain.py"]
    assert (settings["source_paths"], (tmp_path / "tests/conftest.py").exists()) == (["src"], True)
