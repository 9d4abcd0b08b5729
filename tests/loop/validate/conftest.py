"""Plans by hand, for the rails."""

from datetime import datetime

import pytest

from skywright.loop.validate import Facts
from skywright.loop.validate.facts import Estate
from skywright.model.canonical import row_hash
from skywright.model.kinds import parse_id
from skywright.model.plan import Action, Change, Plan, Reversibility, Risk
from skywright.model.settings import RailSettings

NOW = datetime(2026, 3, 4, 12)


def rid(kind, native, account="1", region="r"):
    return f"aws:{account}:{region}:{kind}/{native}"


def row(target, **columns):
    """A resource's row as a query gives it."""
    name = parse_id(target)
    return {
        "id": target,
        "cloud": name.cloud,
        "account": name.account,
        "region": name.region,
        "native_id": name.native_id,
        "name": None,
        "tags": {},
        **columns,
    }


def change(target, before=None, after=None, *, delete=False, seen=None, **more):
    """A change of ``target`` that was planned on the row ``seen``."""
    before = {} if before is None else before
    known = {
        "id": f"c-{parse_id(target).native_id}",
        "kind": parse_id(target).kind,
        "action": Action.DELETE if delete else Action.UPDATE,
        "why": "because",
        "reasons": ("f-1",),
        "risk": Risk.NONE,
        "reversibility": Reversibility.FULL,
        "observed": row_hash(seen if seen is not None else row(target)),
    }
    return Change(target=target, before=before, after=None if delete else after or {}, **{**known, **more})


def facts(changes, *, rows=None, settings=None, consequences=None, **more):
    """What a rail sees: by default every target is as it was planned on, and nothing else is special."""
    estate = {key: more.pop(key) for key in ("needs", "teams", "sizes", "gaps") if key in more}
    known = {one.target: row(one.target) for one in changes} if rows is None else rows
    if consequences is not None:
        more["consequences"] = consequences
    return Facts(
        plan=Plan(id="p", created_at=NOW, snapshot="s", changes=tuple(changes)),
        settings=settings or RailSettings(),
        now=more.pop("now", NOW),
        estate=Estate(rows=known, **estate),
        **more,
    )


@pytest.fixture
def said():
    """A rail's objections as (weight, sentence)."""

    def ask(rail, known):
        return [(objection.weight.value, f"{objection.reason} {objection.next_step}") for objection in rail(known)]

    return ask
