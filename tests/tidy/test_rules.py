"""Every shipped rule is complete: reasons, a source, examples that get their verdict, and a name that says what it is about."""

from collections import Counter
from pathlib import Path

import pytest

from skywright.adapters.packs import RuleCache, load_packs
from skywright.adapters.packs.examples import ExampleBench
from skywright.model.rule import Rule
from skywright.wiring import PACKAGE, TOPICS

RULES_MIN = 100
FOLDERS = [PACKAGE / "topics" / topic / "rules" for topic in TOPICS]
RULES = load_packs(FOLDERS, None, RuleCache(None))


def test_there_are_at_least_a_hundred_and_no_two_share_a_name():
    assert len(RULES) >= RULES_MIN
    assert [name for name, count in Counter(rule.id for rule in RULES).items() if count > 1] == []


def test_every_example_gets_the_verdict_that_it_says():
    with ExampleBench() as bench:
        failures = [failure for rule in RULES for failure in bench.run(rule)]
    assert [f"{f.rule.file}:{f.example.line}: {f.example.verdict} but got {f.got} {f.problem}" for f in failures] == []


@pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
def test_a_rule_says_what_why_what_to_do_and_who_says_so(rule: Rule):
    assert rule.id.startswith(rule.kind.replace(".", "_") + "_")
    assert Path(rule.file).parts[-3] == rule.topic
    for text in (rule.why, rule.remedy):
        assert text.endswith(".")
    assert len(rule.title) <= 70
    assert not rule.title.endswith(".")
    assert len(rule.source) >= 8
