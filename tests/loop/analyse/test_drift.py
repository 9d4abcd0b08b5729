"""Drift from rows of a comparison, our own changes, and declarations."""

from datetime import datetime

import pytest

from skywright.loop.analyse.drift import Declaration, DeclaredResource, Drift, foreign, told, undeclared
from skywright.model.errors import BadInput
from skywright.model.plan import Action, Change, Reversibility, Risk
from skywright.ports.cloud import Deed

VOLUME = "aws:1:r:storage.volume/v-1"


def row(change="changed", field="type", before="gp2", after="gp3", resource=VOLUME):
    kind = resource.split(":")[3].split("/")[0]
    return {
        "kind": kind,
        "resource": resource,
        "name": "v",
        "change": change,
        "field": field,
        "before": before,
        "after": after,
        "reason": "",
    }


def ours(before, after, target=VOLUME):
    action = Action.DELETE if after is None else Action.UPDATE
    return Change(
        id="c",
        target=target,
        kind="storage.volume",
        action=action,
        before=before,
        after=after,
        why="w",
        reasons=(),
        risk=Risk.LOW,
        reversibility=Reversibility.FULL,
        observed="o",
    )


@pytest.mark.parametrize(
    ("rows", "changes", "left"),
    [
        ([row()], [], [("changed", "type")]),
        ([row()], [ours({"type": "gp2"}, {"type": "gp3"})], []),
        ([row(after="io2")], [ours({"type": "gp2"}, {"type": "gp3"})], [("changed", "type")]),  # somebody changed it after us
        ([row(field="size_gib", before="8", after="9")], [ours({"type": "gp2"}, {"type": "gp3"})], [("changed", "size_gib")]),
        ([row("vanished", None, None, None)], [ours({"type": "gp2"}, None)], []),
        ([row("vanished", None, None, None)], [ours({"type": "gp2"}, {"type": "gp3"})], [("vanished", "")]),
        ([row("appeared", None, None, None)], [], [("appeared", "")]),
        ([row("unknown", None, None, None)], [], [("unknown", "")]),
        ([row(field="state", before="available", after="in-use")], [], []),
        ([row(field="tags", before="{}", after='{"a":"b"}')], [ours({"tags": {}}, {"tags": {"a": "b"}})], []),
    ],
)
def test_what_we_did_is_no_drift(rows, changes, left):
    found = foreign(rows, changes, {"*": frozenset({"state"})})
    assert [(one.change, one.field) for one in found] == left


def test_a_declaration_is_held_against_what_is_there():
    declared = Declaration(
        [
            DeclaredResource(VOLUME, {"type": "gp3", "encrypted": True, "size_gib": 8}),
            DeclaredResource("aws:1:r:storage.volume/gone"),
        ],
        complete=["storage.volume"],
    )
    rows = {VOLUME: {"type": "gp2", "encrypted": None, "size_gib": 8}}
    found = list(undeclared(declared, rows, {"storage.volume": [VOLUME, "aws:1:r:storage.volume/extra"]}))
    assert [(one.change, one.resource.split("/")[1], one.field, one.before, one.after) for one in found] == [
        ("changed", "v-1", "type", "gp3", "gp2"),
        ("unknown", "v-1", "encrypted", "true", ""),
        ("vanished", "gone", "", "", ""),
        ("appeared", "extra", "", "", ""),
    ]


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        (Declaration([DeclaredResource("v-1")]), "v-1 is not a resource id (cloud:account:region:kind/native-id)."),
        (
            Declaration([DeclaredResource("aws:1:r:storage.vol/v")]),
            "There is no kind storage.vol. docs/reference/kinds.md lists them.",
        ),
        (Declaration([DeclaredResource(VOLUME, {"sice": 1})]), f"{VOLUME}: storage.volume has no column sice."),
    ],
)
def test_a_wrong_declaration_is_refused(declared, said):
    with pytest.raises(BadInput) as caught:
        list(undeclared(declared, {}, {}))
    assert str(caught.value) == said


def test_deeds_go_to_their_resource_in_order():
    late, early = (Deed(datetime(2026, 7, day), VOLUME, "somebody", "ec2:ModifyVolume") for day in (2, 1))
    other = Deed(datetime(2026, 7, 1), "aws:1:r:storage.volume/v-2", "else", "ec2:DeleteVolume")
    (found,) = told([Drift("storage.volume", VOLUME, "changed")], [late, other, early, late])
    assert found.deeds == (early, late)
