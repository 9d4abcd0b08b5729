"""Packs with mistakes: every one is told at once, with file, line, and the nearest name that exists."""

import re
from pathlib import Path

import pytest

from skywright.adapters.packs import RuleCache, load_packs
from skywright.adapters.packs.examples import ExampleBench
from skywright.model.errors import BadInput
from skywright.model.settings import RuleSettings

SAMPLE = Path(__file__).parent / "packs" / "sample.yaml"
NO_CACHE = RuleCache(None)

RULE = """\
topic: security
rules:
  - id: storage_volume_unencrypted
    kind: storage.volume
    title: Volume is not encrypted
    severity: high
    when: not encrypted
    why: Whoever reaches the disk reads the data.
    remedy: Encrypt it.
    source: AWS EBS User Guide
    examples:
      bad: [{encrypted: false}]
      good: [{encrypted: true}]
      unknown: [{encrypted: null}]
"""


def problems(folder: Path, text: str, settings: RuleSettings | None = None) -> list[str]:
    """The problems of one pack as ``line: text``."""
    file = folder / "pack.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as raised:
        load_packs([file], settings, NO_CACHE)
    lines = raised.value.message.splitlines()[1:]
    return [line.removeprefix("  ").replace(f"{file}:", "") for line in lines]


def changed(old: str, new: str) -> str:
    assert old in RULE
    return RULE.replace(old, new)


# what is put in place of what -> the problems that are told
MISTAKES = [
    ("when: not encrypted", "when: not encryptd", ["7: Unknown column `encryptd` of `storage_volume`. Did you mean `encrypted`?"]),
    ("storage.volume\n", "storage.volum\n", ["4: Unknown kind `storage.volum`. Did you mean `storage.volume`?"]),
    (
        "severity: high",
        "severity: hihg",
        ["6: Unknown severity `hihg`. Did you mean `high`? Known: info, low, medium, high, critical."],
    ),
    ("remedy: Encrypt it.", "remidy: Encrypt it.",
     ["3: `remedy` must be a text.", "9: Unknown key `remidy`. Did you mean `remedy`?"]),
    ("when: not encrypted", "when: encrypted ==== 1", ["7: This is not SQL: something is missing near `==`."]),
    ("when: not encrypted", "when: 1; drop table x", ["7: This is not one SQL expression: 1; drop table x"]),
    (
        "when: not encrypted",
        "when: size_gib > 'big'",
        ["7: `size_gib` is a number (BIGINT) and is compared with 'big', which is a text."],
    ),
    (
        "when: not encrypted",
        "when: encrypted = 'yes'",
        ["7: `encrypted` is true or false (BOOLEAN) and is compared with 'yes', which is a text."],
    ),
    ("when: not encrypted", "when: size_gib", ["7: The condition is BIGINT; it must be true or false."]),
    (
        "when: not encrypted",
        "when: name = :word",
        ["7: Unknown parameter `:word`."],
    ),
    ("when: not encrypted", "when: not encrypted and random() > 0.5",
     ["7: `RANDOM()` gives another answer each time; a rule may not use it."]),
    (
        "when: not encrypted",
        "when: exists (select 1 from read_csv('/etc/passwd'))",
        ["7: `READ_CSV('/etc/passwd')` is not a table that a rule may read."],
    ),
    (
        "when: not encrypted",
        "when: exists (select 1 from compute_instanse i where i.id = attached_to)",
        ["7: Unknown table `compute_instanse`. Did you mean `compute_instance`?"],
    ),
    (
        "when: not encrypted",
        "when: exists (select 1 from compute_instance i where id = storage_volume.attached_to)",
        [
            "7: `id` inside a subquery is a column of both `i` and `storage_volume`. Write `i.id` or `storage_volume.id`.",
        ],
    ),
    (
        "when: not encrypted",
        "when: not coalesce(encrypted, false)",
        ["7: The rule fails a resource of which nothing is known. Unknown is not absent: the condition must be NULL there."],
    ),
    ("      unknown: [{encrypted: null}]\n", "", ["11: The rule can be unknown and needs an example of it under `unknown`."]),
    ("      bad: [{encrypted: false}]\n", "", ["11: A rule needs at least one example that is bad."]),
    ("bad: [{encrypted: false}]", "bad: [{encrypted: 3}]", ["12: `encrypted` is BOOLEAN; 3 does not fit."]),
    ("bad: [{encrypted: false}]", "bad: [{crypted: false}]",
     ["12: Unknown column of storage.volume `crypted`. Did you mean `encrypted`?"]),
    ("    examples:", "    fix: {set: {encrypted: 1}}\n    examples:", ["11: `encrypted` is BOOLEAN; 1 does not fit."]),
    (
        "    examples:",
        "    fix: {delete: true, set: {encrypted: true}}\n    examples:",
        ["11: A fix either sets (or computes) columns or deletes the resource."],
    ),
    (
        "    examples:",
        "    fix: {compute: {size_gib: upper(nam)}}\n    examples:",
        ["11: Unknown column `nam` of `storage_volume`. Did you mean `name`?"],
    ),
    ("    examples:", "    title: Again\n    examples:", ["11: `title` is given twice."]),
    ("storage_volume_unencrypted", "Storage Volume",
     ["3: `Storage Volume` is not a rule id. Write service_noun_condition in lower case."]),
    ("topic: security", "topic: [security", ["2: This is not YAML: did not find expected ',' or ']'."]),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "told"), MISTAKES, ids=[new[:40] for _, new, _ in MISTAKES])
def test_a_mistake_is_told_with_its_line_and_the_nearest_name(tmp_path: Path, old: str, new: str, told: list[str]):
    assert sorted(problems(tmp_path, changed(old, new))) == sorted(told)


def test_every_problem_of_every_file_is_told_at_once(tmp_path: Path):
    (tmp_path / "a.yaml").write_text(changed("not encrypted", "not encryptd"))
    (tmp_path / "b.yaml").write_text(changed("severity: high", "severity: worst"))
    (tmp_path / "c.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadInput) as raised:
        load_packs([tmp_path], None, NO_CACHE)
    assert raised.value.message.splitlines() == [
        "4 problems in the rule packs:",
        f"  {tmp_path}/a.yaml:7: Unknown column `encryptd` of `storage_volume`. Did you mean `encrypted`?",
        f"  {tmp_path}/b.yaml:3: There is another rule `storage_volume_unencrypted` at {tmp_path}/a.yaml:3.",
        f"  {tmp_path}/b.yaml:6: Unknown severity `worst`. Known: info, low, medium, high, critical.",
        f"  {tmp_path}/c.yaml:1: The file is not UTF-8 text.",
    ]


def test_a_function_that_does_not_exist_is_found_when_the_pack_is_loaded(tmp_path: Path):
    (told,) = problems(tmp_path, changed("when: not encrypted", "when: not_a_function(name) = 'x'"))
    assert told.startswith(
        "7: The condition cannot be computed: Catalog Error: Scalar Function with name not_a_function does not exist!"
    )


def test_aliases_of_aliases_do_not_fill_the_memory(tmp_path: Path):
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{chr(98 + level)}: &{chr(98 + level)} [{', '.join([f'*{chr(97 + level)}'] * 9)}]\n" for level in range(9)
    )
    assert problems(tmp_path, bomb) == ["1: This is not YAML: it has more than 200000 values."]


def test_parameters_from_the_configuration_are_in_force_and_checked(tmp_path: Path):
    settings = RuleSettings(params={"storage_snapshot_old": {"days": 7}})
    rules = {rule.id: rule for rule in load_packs([SAMPLE], settings, NO_CACHE)}
    assert rules["storage_snapshot_old"].params == {"days": 7}
    assert "TO_DAYS(7)" in rules["storage_snapshot_old"].condition
    wrong = RuleSettings(params={"storage_snapshot_old": {"days": "many"}}, disable=["storage_snapshot_od"])
    with pytest.raises(BadInput) as raised:
        load_packs([SAMPLE], wrong, NO_CACHE)
    told = re.sub(r"\S+/sample.yaml", "sample.yaml", raised.value.message).splitlines()[1:]
    assert told == [
        "  sample.yaml:58: The configuration sets `days` to 'many'; it must be of type int.",
        "  rules.disable in the configuration: Unknown rule `storage_snapshot_od`. Did you mean `storage_snapshot_old`?",
    ]


def test_a_disabled_rule_is_not_loaded():
    rules = load_packs([SAMPLE], RuleSettings(disable=["network_vpc_empty"]), NO_CACHE)
    assert "network_vpc_empty" not in {rule.id for rule in rules}


def test_a_folder_that_is_not_there_is_told(tmp_path: Path):
    with pytest.raises(BadInput) as raised:
        load_packs([tmp_path / "gone"], None, NO_CACHE)
    assert str(raised.value) == (
        f"rules.packs: There is no rule pack at {tmp_path}/gone. Mend the path in the configuration, or make the folder."
    )


def test_every_example_of_the_sample_gets_its_verdict():
    with ExampleBench() as bench:
        assert [failure for rule in load_packs([SAMPLE], None, NO_CACHE) for failure in bench.run(rule)] == []


def test_an_example_that_lies_is_found(tmp_path: Path):
    file = tmp_path / "pack.yaml"
    file.write_text(changed("good: [{encrypted: true}]", "good: [{encrypted: true}, {encrypted: false}]"))
    with ExampleBench() as bench:
        (failure,) = [failure for rule in load_packs([file], None, NO_CACHE) for failure in bench.run(rule)]
    assert (failure.example.line, failure.example.verdict.value, failure.got and failure.got.value) == (13, "pass", "fail")


def test_yaml_words_stay_words(tmp_path: Path):
    file = tmp_path / "pack.yaml"
    file.write_text(
        changed("when: not encrypted", "when: type = 'on'")
        .replace("{encrypted: false}", "{type: on}")
        .replace("{encrypted: true}", "{type: off}")
        .replace("{encrypted: null}", "{type: null}")
    )
    (rule,) = load_packs([file], None, NO_CACHE)
    assert [example.row for example in rule.examples] == [{"type": "on"}, {"type": "off"}, {"type": None}]


@pytest.mark.parametrize("word", ["Zoë", "名前", "naïve'; DROP TABLE storage_volume; --", "\u202eabc", "💥" * 1000, "$$", "{x}"])
def test_a_parameter_is_a_value_whatever_is_in_it(tmp_path: Path, word: str):
    file = tmp_path / "pack.yaml"
    file.write_text(
        changed("when: not encrypted", "when: name = :word\n    params: {word: x}")
        .replace("{encrypted: false}", "{name: x}")
        .replace("{encrypted: true}", "{name: y}")
        .replace("{encrypted: null}", "{name: null}")
    )
    (rule,) = load_packs([file], RuleSettings(params={"storage_volume_unencrypted": {"word": word}}), NO_CACHE)
    with ExampleBench() as bench:
        bad = rule.examples[0]
        assert [failure.example for failure in bench.run(rule)] == [bad]  # named x, which is not the word


def test_what_was_compiled_is_taken_from_the_cache_until_something_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    cache = RuleCache(tmp_path / "cache")
    first = load_packs([SAMPLE], None, cache)
    monkeypatch.setattr("skywright.adapters.packs.check.check_packs", lambda *_: pytest.fail("compiled again"))
    assert load_packs([SAMPLE], None, cache) == first
    with pytest.raises(pytest.fail.Exception):
        load_packs([SAMPLE], RuleSettings(disable=["network_vpc_empty"]), cache)


def test_a_cache_that_is_damaged_or_cannot_be_written_is_no_error(tmp_path: Path):
    cache = RuleCache(tmp_path / "cache")
    rules = load_packs([SAMPLE], None, cache)
    for file in (tmp_path / "cache").iterdir():
        file.write_bytes(b"not msgpack")
    assert load_packs([SAMPLE], None, cache) == rules
    (tmp_path / "file").write_text("")
    assert load_packs([SAMPLE], None, RuleCache(tmp_path / "file" / "below")) == rules
