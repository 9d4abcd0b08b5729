"""Configuration: what it says of bad input, and what wins."""

from pathlib import Path

import pytest

from skywright.adapters.settings import decode_section, load_settings, read_secret
from skywright.model.errors import AskHuman, BadInput
from skywright.model.settings import RailSettings, SecretRef


def written(folder: Path, text: str) -> Path:
    path = folder / "skywright.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rails:\n  changes_mx: 3\n", "{file}:2: unknown key 'changes_mx'. Did you mean 'changes_max'?"),
        (
            "rails:\n  changes_max: many\n",
            "{file}:2: rails.changes_max: must be a whole number, not a text. See `skywright config schema`.",
        ),
        ("data: [\n", "{file}:2: expected the node content, but found '<stream end>'. Mend the YAML there."),
        ("data: a\ndata: b\n", "{file}:2: key 'data' stands here twice (first in line 1). Keep one of them."),
        ("- a\n", "{file}:1: must be a mapping of sections. See `skywright config schema`."),
        (
            "rails:\n  windows:\n    - name: night\n      cron: '0 2 * * *'\n      hours: [1]\n",
            "{file}:5: rails.windows.0.hours: must be a number, not a list. See `skywright config schema`.",
        ),
        (
            "prices:\n  discounts:\n    - percnt: 3\n",
            "{file}:3: unknown key 'percnt'. Did you mean 'percent'?",
        ),
    ],
)
def test_bad_configuration_names_file_line_and_next_step(tmp_path: Path, text: str, message: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(BadInput) as caught:
        load_settings(path, {})
    assert str(caught.value) == message.format(file=path)


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ("{amuont: 5}", "unknown key 'amuont'. Did you mean 'amount'?"),
        ("{amount: 5, thresholds: [{percent: 5}, {percent: -5}]}",
         "cost.budgets.two.thresholds.1: percent is over 0 and at most 1000. See `skywright config schema`."),
        ("{}", "cost.budgets.two: a budget needs an amount, or amounts by month; one of them. See `skywright config schema`."),
    ],
)  # fmt: skip
def test_an_entry_of_a_mapping_is_found_by_its_name(tmp_path: Path, second: str, message: str) -> None:
    file = tmp_path / "skywright.yaml"
    file.write_text(f"cost:\n  budgets:\n    one: {{amount: 5, thresholds: [{{percent: 1}}]}}\n    two: {second}\n")
    with pytest.raises(BadInput) as caught:
        load_settings(file)
    assert str(caught.value) == f"{file}:4: {message}"


def test_a_missing_file_that_was_asked_for_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        load_settings(tmp_path / "none.yaml", {})
    assert str(caught.value) == f"{tmp_path / 'none.yaml'}: cannot be read: No such file or directory. Check the path."


def test_not_utf8_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "skywright.yaml"
    path.write_bytes(b"data: x\nrules:\n  packs: [\xff]\n")
    with pytest.raises(BadInput) as caught:
        load_settings(path, {})
    assert str(caught.value) == f"{path}:3: is not UTF-8 text. Save it as UTF-8."


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "rails:\n  changes_max: 3\n  deletes_max: 4\n")
    settings = load_settings(path, {"SKYWRIGHT__RAILS__CHANGES_MAX": "9"})
    assert (settings.rails.changes_max, settings.rails.deletes_max) == (9, 4)


def test_a_bad_variable_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        load_settings(written(tmp_path, "data: x\n"), {"SKYWRIGHT__RAILS__CHANGES_MAX": "lots"})
    assert str(caught.value) == (
        "SKYWRIGHT__RAILS__CHANGES_MAX: rails.changes_max: must be a whole number, not a text. See `skywright config schema`."
    )


def test_names_in_any_script_are_kept(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, "rails:\n  protected_names: [владелец, 所有者]\n"), {})
    assert settings.rails.protected_names == ["владелец", "所有者"]


def test_a_section_of_an_adapter_names_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, "clouds:\n  aws:\n    deletes_mx: 1\n")
    with pytest.raises(BadInput) as caught:
        decode_section("clouds.aws", {"deletes_mx": 1}, RailSettings)
    assert str(caught.value) == "skywright.yaml:3: unknown key 'deletes_mx'. Did you mean 'deletes_max'?"


def test_a_secret_is_read_from_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET", "one")
    (tmp_path / "secret").write_text("two\n")
    assert read_secret(SecretRef(env="A_SECRET")) == "one"
    assert read_secret(SecretRef(file=str(tmp_path / "secret"))) == "two"
    assert read_secret(SecretRef(command=["printf", "three"])) == "three"


def test_a_missing_secret_says_where_it_was_looked_for() -> None:
    with pytest.raises(AskHuman) as caught:
        read_secret(SecretRef(env="NOT_SET_ANYWHERE"))
    assert (
        str(caught.value)
        == "No secret in environment variable NOT_SET_ANYWHERE. Set it, or change the reference in the configuration."
    )


def test_a_secret_has_exactly_one_place() -> None:
    with pytest.raises(ValueError, match="exactly one of env, file, command"):
        SecretRef(env="A", file="b")
