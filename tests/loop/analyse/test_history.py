"""Asking the clouds' trails: what some could not tell hides nothing of what others told."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from skywright.loop.analyse.history import TRAIL_TARGETS_MAX, asked
from skywright.model.errors import TryAgain
from skywright.ports.cloud import Deed

SINCE, UNTIL = datetime(2026, 7, 1), datetime(2026, 7, 2)


def deed(target: str) -> Deed:
    return Deed(SINCE, target, "somebody", "x:Change")


class Trail:
    """Tells of each target, then fails if it is to."""

    def __init__(self, *, fails: bool = False) -> None:
        self.fails = fails
        self.asked: Sequence[str] = ()

    def deeds(self, targets: Sequence[str], _since: datetime, _until: datetime) -> Iterator[Deed]:
        self.asked = targets
        yield from map(deed, targets)
        if self.fails:
            raise TryAgain("One account did not answer.")


def told(clouds: dict[str, Any], *resources: str) -> tuple[list[Deed], list[str]]:
    return asked(clouds, resources, SINCE, UNTIL)


def test_each_cloud_is_asked_about_its_own_once_and_others_are_not():
    one, other = Trail(), Trail()
    assert told({"aws": one, "gcp": other, "hosts": object()}, "aws:b", "aws:a", "hosts:x", "aws:b") == (
        [deed("aws:a"), deed("aws:b")],
        [],
    )
    assert (one.asked, other.asked) == (["aws:a", "aws:b"], ())


def test_what_came_before_a_failure_is_kept_and_the_failure_is_told():
    clouds = {"aws": Trail(fails=True), "gcp": Trail()}
    assert told(clouds, "aws:a", "gcp:b") == ([deed("aws:a"), deed("gcp:b")], ["One account did not answer."])


def test_what_is_not_asked_is_told():
    many = [f"aws:{number:04}" for number in range(TRAIL_TARGETS_MAX + 1)]
    deeds, failures = told({"aws": Trail()}, *many)
    assert len(deeds) == TRAIL_TARGETS_MAX
    assert failures == ["Who changed the first 200 of 201 resources of aws was asked; of the others it is not known."]
