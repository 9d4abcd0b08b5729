"""Answers that are not as documented: a field is missing or of another type. A row then has NULLs of the right types, or there is
none and a gap says so; nothing crashes, and no column holds what its table cannot."""

import copy
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import msgspec
import pytest
from tests.adapters.clouds.aws.read._answers_machines import INSTANCE, MACHINES, SHAPES
from tests.adapters.clouds.aws.read._answers_networks import NETWORKS, PERMISSION
from tests.adapters.clouds.aws.read._answers_services import SERVICES
from tests.adapters.clouds.aws.read._documented import PLACE, Translate

from skywright.adapters.clouds.aws.read import (
    guards,
    instances,
    volumes,
)
from skywright.adapters.clouds.aws.read.base import Reading
from skywright.adapters.clouds.kit.reading import DRIFT, Desk, Memo
from skywright.model.errors import AskHuman

CASES = {**MACHINES, **NETWORKS, **SERVICES}


ODD: tuple[Any, ...] = (None, 7, -1.5, True, "", "odd", [], ["odd"], [None], [7], {}, {"odd": 1}, b"odd")


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in nested data."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in inner:
        yield (*path, key)
        yield from _paths(child, (*path, key))


def _changed(raw: dict[str, Any], path: tuple[Any, ...], value: Any, *, remove: bool = False) -> dict[str, Any]:
    result = copy.deepcopy(raw)
    here: Any = result
    for key in path[:-1]:
        here = here[key]
    if remove:
        del here[path[-1]]
    else:
        here[path[-1]] = value
    return result


def _holds(translate: Translate, raw: dict[str, Any]) -> None:
    """A row whose every column is of its type, or an error that becomes a gap."""
    try:
        row = translate(raw)
    except DRIFT:
        return
    if row is not None:
        plain = msgspec.to_builtins(row, builtin_types=(datetime,))
        msgspec.convert(plain, type(row), strict=True)


@pytest.mark.parametrize("name", CASES)
def test_the_documented_answer_becomes_a_row(name: str) -> None:
    translate, raw = CASES[name]
    row = translate(copy.deepcopy(raw))
    assert row is not None
    assert row.id.startswith("aws:111122223333:eu-west-1:")
    msgspec.convert(msgspec.to_builtins(row, builtin_types=(datetime,)), type(row), strict=True)


@pytest.mark.parametrize("name", CASES)
def test_a_missing_field_is_no_crash(name: str) -> None:
    translate, raw = CASES[name]
    for path in _paths(raw):
        _holds(translate, _changed(raw, path, None, remove=True))


@pytest.mark.parametrize("name", CASES)
def test_a_field_of_another_type_is_no_crash_and_no_wrong_column(name: str) -> None:
    translate, raw = CASES[name]
    for path in _paths(raw):
        for odd in ODD:
            _holds(translate, _changed(raw, path, odd))


class _NoCalls:
    def client_call(self, *_: Any, **__: Any) -> dict[str, Any]:
        raise AssertionError("nothing is called")

    pages = client_call


def test_one_odd_item_is_a_gap_and_the_others_are_kept() -> None:
    desk = Desk(calls=_NoCalls(), memo=Memo(), threads=ThreadPoolExecutor(1), now=datetime(2026, 7, 1))  # type: ignore[arg-type]
    reading = Reading(desk, "111122223333", "eu-west-1", "ec2")
    raws = [{"VolumeId": "vol-1"}, {"Size": 3}, {"VolumeId": "vol-2"}]
    rows = reading.take("storage.volume", raws, lambda raw: volumes.volume(raw, PLACE))
    assert [row.native_id for row in rows] == ["vol-1", "vol-2"]
    assert isinstance(reading.failures["storage.volume"], AskHuman)
    assert str(reading.failures["storage.volume"]) == (
        "AWS answered for storage.volume in a shape that is not understood: KeyError('VolumeId'). "
        "Report this with the versions of Skywright and of the provider's library."
    )


def test_what_is_known_to_be_none_is_not_unknown() -> None:
    row = volumes.volume({"VolumeId": "vol-1", "Attachments": [], "State": "available"}, PLACE)
    assert (row.attached, row.attached_to, row.size_gib) == (False, "", None)


def test_a_stopped_instance_tells_since_when() -> None:
    row = instances.instance(INSTANCE, PLACE, SHAPES, {"arn:aws:iam::111122223333:instance-profile/p": "machine"})
    assert row.stopped_at == datetime(2026, 1, 31, 10)
    assert row.role == "aws:111122223333:global:identity.role/machine"
    assert row.scaling_group == "aws:111122223333:eu-west-1:compute.group/fleet"


def test_a_metadata_service_that_is_off_needs_no_token() -> None:
    off = {**INSTANCE, "MetadataOptions": {"HttpTokens": "optional", "HttpEndpoint": "disabled"}}
    assert instances.instance(off, PLACE, {}, {}).metadata_token_required is True
    assert instances.instance(INSTANCE, PLACE, {}, {}).metadata_token_required is False


def test_every_source_of_a_permission_is_an_opening_of_its_own() -> None:
    row = guards.firewall({"GroupId": "sg-1", "IpPermissions": [PERMISSION]}, PLACE, {})
    assert {(rule.cidr, rule.peer) for rule in row.rules or ()} == {
        ("0.0.0.0/0", None),
        ("::/0", None),
        (None, "aws:444455556666:eu-west-1:network.firewall/sg-2"),
        (None, "pl-1"),
    }
