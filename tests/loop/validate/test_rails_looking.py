"""Rails that look again: what moved, what is not known, what could not be read."""

import msgspec
import pytest
from tests.loop.validate._targets import INSTANCE, VOLUME, gap

from skywright.loop.validate.facts import Opinions
from skywright.loop.validate.rails import looking
from skywright.model.estate import Coverage, CoverageState
from skywright.model.finding import Evidence
from skywright.model.plan import Action

from .conftest import NOW, change, facts, row


def test_a_target_as_it_was_planned_passes(said):
    assert said(looking.moved, facts([change(VOLUME)])) == []


def test_a_target_that_moved_blocks_and_names_the_field(said):
    one = change(VOLUME, {"type": "gp2"}, {"type": "gp3"}, seen=row(VOLUME, type="gp2"))
    assert said(looking.moved, facts([one], rows={VOLUME: row(VOLUME, type="io2")})) == [
        ("block", f"{VOLUME} has changed since it was planned: type. Run `skywright plan` again.")
    ]


def test_a_target_that_is_not_there_blocks(said):
    assert said(looking.moved, facts([change(VOLUME)], rows={})) == [
        ("block", f"{VOLUME} is not in the snapshot that the plan is checked against. Run `skywright plan` again.")
    ]


def test_a_resource_that_is_created_need_not_be_there(said):
    planned = change(VOLUME)
    made = msgspec.structs.replace(planned, action=Action.CREATE, before=None)
    assert said(looking.moved, facts([made], rows={})) == []


def test_a_rule_that_could_not_decide_is_no_reason(said):
    assert said(looking.unknown_evidence, facts([change(VOLUME)], unknown_reasons={"c-vol-1": "storage_volume_unencrypted"})) == [
        (
            "block",
            (
                f"{VOLUME} would be changed because of storage_volume_unencrypted, which could not be decided for it. "
                "Run `skywright gather` when the cloud answers, then plan again."
            ),
        )
    ]


def test_a_column_that_could_not_be_read_blocks_only_where_something_was_not_read(said):
    one = change(VOLUME, {"encrypted": None}, {"encrypted": True})
    partial = gap("storage.volume", CoverageState.COMPLETE, partial=True)
    assert said(looking.unknown_evidence, facts([one], gaps=(partial,))) == [
        (
            "block",
            (
                f"{VOLUME} would get another encrypted, but what it is now could not be read. "
                "Run `skywright gather` when the cloud answers, then plan again."
            ),
        )
    ]
    assert said(looking.unknown_evidence, facts([one])) == []


def measured(metric, value, samples, days=14):
    return Evidence(metric=metric, statistic="p99", value=value, window_days=days, samples=samples)


@pytest.mark.parametrize(
    ("evidence", "blocked"),
    [
        ((), False),
        ((measured("cpu_pct", 0.5, 300),), False),
        ((measured("cpu_pct", None, 300),), True),
        ((measured("cpu_pct", 0.5, 0),), True),
        ((measured("cpu_pct", 0.0, 0, days=0),), False),  # a fact of the row: so many attachments, this generation
        ((measured("cpu_pct", None, 0, days=0),), True),
        ((measured("cpu_pct", 0.5, 300), measured("memory_pct", None, 300)), False),  # said to be unknown, and not built upon
    ],
)
def test_no_data_is_no_evidence(evidence, blocked, said):
    found = said(looking.unknown_evidence, facts([change(INSTANCE, evidence=evidence)]))
    expected = (
        "block",
        (
            f"{INSTANCE} would be changed because of cpu_pct, of which there is no data: no data is no evidence. "
            "Drop this change, or wait until there is data."
        ),
    )
    assert found == ([expected] if blocked else [])


def test_a_gap_over_the_targets_own_scope_blocks(said):
    assert said(looking.incomplete_coverage, facts([change(VOLUME)], gaps=(gap("storage.volume", reason="no permission"),))) == [
        (
            "block",
            (
                f"{VOLUME} would be changed, but storage.volume in account 1, region r could not be read: no permission. "
                "Run `skywright gather` when the cloud answers, then plan again."
            ),
        )
    ]


OPINIONS = Opinions(dependents={"storage.volume": ("compute.instance",)})


@pytest.mark.parametrize(
    ("what", "hole", "delete", "blocked"),
    [
        ("own scope", gap("storage.volume"), True, True),
        ("who may need it", gap("compute.instance"), True, True),
        ("who may need it, in the global region", gap("compute.instance", region="global"), True, True),
        ("who may need it, but nothing is deleted", gap("compute.instance"), False, False),
        ("who may need it, elsewhere", gap("compute.instance", region="q"), True, False),
        ("a stranger", gap("messaging.queue"), True, False),
        ("partial only", gap("storage.volume", CoverageState.COMPLETE, partial=True), True, False),
        ("another account", Coverage("aws", "2", "r", "storage.volume", CoverageState.DENIED, NOW), True, False),
    ],
)
def test_a_deletion_also_needs_sight_of_who_may_need_the_target(what, hole, delete, blocked, said):
    found = said(looking.incomplete_coverage, facts([change(VOLUME, delete=delete)], gaps=(hole,), opinions=OPINIONS))
    assert bool(found) is blocked, what
