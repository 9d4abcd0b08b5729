"""Rails of what is needed: what others use or are attached to, and the last healthy member."""

import pytest
from tests.loop.validate._targets import ADDRESS, INSTANCE, VOLUME

from skywright.loop.validate.facts import Need, Team
from skywright.loop.validate.rails import needed

from .conftest import change, facts, rid

FIREWALL = rid("network.firewall", "sg-1")


def test_what_is_used_is_not_deleted(said):
    known = facts([change(FIREWALL, delete=True)], needs=(Need(INSTANCE, "guarded-by", FIREWALL),))
    assert said(needed.dependency, known) == [
        (
            "block",
            (
                f"{FIREWALL} would be deleted, but {INSTANCE} needs it (guarded-by). "
                f"Plan the removal of {INSTANCE} first, or drop this change."
            ),
        )
    ]


@pytest.mark.parametrize(
    ("wave_of_user", "depends_on", "blocked"), [(0, (), False), (1, (), True), (1, ("c-i-1",), False), (2, (), True)]
)
def test_what_is_used_may_go_after_its_user(wave_of_user, depends_on, blocked, said):
    changes = [change(INSTANCE, delete=True, wave=wave_of_user), change(FIREWALL, delete=True, wave=1, depends_on=depends_on)]
    assert bool(said(needed.dependency, facts(changes, needs=(Need(INSTANCE, "guarded-by", FIREWALL),)))) is blocked


def test_what_is_attached_is_not_deleted(said):
    known = facts([change(ADDRESS, delete=True)], needs=(Need(ADDRESS, "attached-to", INSTANCE),))
    assert said(needed.dependency, known) == [
        (
            "block",
            f"{ADDRESS} would be deleted, but it is attached to {INSTANCE}. Detach it from {INSTANCE} first, or drop this change.",
        )
    ]


@pytest.mark.parametrize(
    ("wave_of_other", "depends_on", "blocked"), [(0, (), False), (1, (), True), (1, ("c-i-1",), False), (2, (), True)]
)
def test_what_is_attached_may_go_after_what_it_is_attached_to(wave_of_other, depends_on, blocked, said):
    changes = [change(INSTANCE, delete=True, wave=wave_of_other), change(ADDRESS, delete=True, wave=1, depends_on=depends_on)]
    found = said(needed.dependency, facts(changes, needs=(Need(ADDRESS, "attached-to", INSTANCE),)))
    assert any("it is attached to" in sentence for _, sentence in found) is blocked


def test_a_copy_or_an_alarm_lives_on_and_is_told(said):
    source = rid("storage.snapshot", "snap-1")
    known = facts([change(VOLUME, delete=True)], needs=(Need(source, "copy-of", VOLUME),))
    assert said(needed.dependency, known) == [
        ("warn", f"{VOLUME} would be deleted, but {source} needs it (copy-of). Nothing, if that is what you want.")
    ]


GROUP = rid("network.targets", "tg-1")
OTHER = rid("compute.instance", "i-2")


def test_the_last_healthy_member_stays(said):
    known = facts([change(INSTANCE, delete=True)], teams=(Team(GROUP, (INSTANCE, OTHER), 1),))
    assert said(needed.last_healthy, known) == [
        (
            "block",
            (
                f"{GROUP} would be left without a healthy member: {INSTANCE} would leave it. "
                "Drop one of these changes, or add healthy members first."
            ),
        )
    ]


@pytest.mark.parametrize(
    ("what", "changes", "healthy", "blocked"),
    [
        ("one of two", [change(INSTANCE, delete=True)], 2, False),
        ("stopping is leaving", [change(INSTANCE, {"state": "running"}, {"state": "stopped"})], 1, True),
        ("both", [change(INSTANCE, delete=True), change(OTHER, {}, {"state": "stopped"}, wave=3)], 2, True),
        ("a quiet change", [change(INSTANCE, {}, {"tags": {}}), change(OTHER, {}, {"tags": {}})], 2, False),
        ("both restart in one wave", [change(INSTANCE, disruption="restarts"), change(OTHER, disruption="restarts")], 2, True),
        ("one after the other", [change(INSTANCE, disruption="restarts"), change(OTHER, disruption="restarts", wave=1)], 2, False),
        ("health not known: members count", [change(INSTANCE, delete=True)], None, False),
        ("health not known, all leave", [change(INSTANCE, delete=True), change(OTHER, delete=True)], None, True),
        ("more healthy than members", [change(INSTANCE, delete=True), change(OTHER, delete=True)], 9, True),
    ],
)
def test_members_leave_for_good_or_for_a_while(what, changes, healthy, blocked, said):
    found = said(needed.last_healthy, facts(changes, teams=(Team(GROUP, (INSTANCE, OTHER), healthy),)))
    assert bool(found) is blocked, what


def test_an_interruption_is_told_with_its_wave(said):
    known = facts([change(INSTANCE, disruption="restarts", wave=2)], teams=(Team(GROUP, (INSTANCE,), 1),))
    assert said(needed.last_healthy, known) == [
        (
            "block",
            (
                f"{GROUP} would be without a healthy member during wave 2: {INSTANCE} would be interrupted. "
                "Plan with smaller waves (waves.size_max), or add healthy members first."
            ),
        )
    ]


NODE = rid("container.node", "n1")


@pytest.mark.parametrize(
    ("after", "depends_on", "blocked"),
    [
        ({"availability": "drain", "schedulable": False}, ("c-n1",), False),
        ({"availability": "drain", "schedulable": False}, (), True),  # in no order
        ({"schedulable": False}, ("c-n1",), True),  # its pods are still there
        (None, (), True),
    ],
)
def test_a_machine_may_go_once_its_node_was_emptied(after, depends_on, blocked, said):
    changes = [change(INSTANCE, delete=True, wave=2, depends_on=depends_on)]
    changes += [change(NODE, after=after, wave=1)] if after else []
    assert bool(said(needed.dependency, facts(changes, needs=(Need(NODE, "runs-on", INSTANCE),)))) is blocked
