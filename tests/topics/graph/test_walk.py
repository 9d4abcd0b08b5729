"""Neighbourhoods and outages on small estates drawn by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skywright.model.estate import Relation, Verb
from skywright.topics.graph.draw import columns_of, dot, svg
from skywright.topics.graph.walk import EFFECTS, REDUNDANT, Effect, around, impact


def asks(*relations):
    made = [Relation(source, verb, target) for source, verb, target in relations]
    return lambda ids: [one for one in made if one.source in ids or one.target in ids]


WEB = asks(
    ("balancer", Verb.TARGETS, "web-1"),
    ("balancer", Verb.TARGETS, "web-2"),
    ("site", Verb.USES, "balancer"),
    ("web-1", Verb.USES, "database"),
    ("web-2", Verb.USES, "database"),
    ("web-1", Verb.GUARDED_BY, "firewall"),
    ("web-1", Verb.MADE_FROM, "image"),
    ("copy", Verb.COPY_OF, "database"),
    ("alarm", Verb.WATCHES, "web-1"),
    ("volume", Verb.ATTACHED_TO, "web-1"),
)


def told(*stopped):
    return {hit.resource: hit.effect.value for hit in impact(stopped, WEB)}


@pytest.mark.parametrize(
    ("stopped", "expected"),
    [
        (["web-1"], {"balancer": "degraded", "alarm": "degraded"}),
        (["web-1", "web-2"], {"balancer": "stops", "site": "stops", "alarm": "degraded"}),
        (["database"], {"web-1": "stops", "web-2": "stops", "balancer": "stops", "site": "stops", "alarm": "degraded"}),
        (["firewall"], {}),
        (["image"], {}),
        (["site"], {}),
        (["volume"], {"web-1": "stops", "balancer": "degraded", "alarm": "degraded"}),
    ],
)
def test_what_stops_if_this_stops(stopped, expected):
    assert told(*stopped) == expected


def test_a_hit_says_why_and_how_far():
    hits = {hit.resource: hit for hit in impact(["database"], WEB)}
    assert (hits["web-1"].distance, hits["web-1"].because, hits["web-1"].verb) == (1, "database", Verb.USES)
    assert hits["site"].distance == 3


def test_every_verb_has_an_effect():
    assert set(EFFECTS) == set(Verb)
    assert all(EFFECTS[verb] is Effect.STOPS for verb in REDUNDANT)


def test_circles_end():
    ask = asks(("a", Verb.USES, "b"), ("b", Verb.USES, "c"), ("c", Verb.USES, "a"))
    assert {hit.resource for hit in impact(["a"], ask)} == {"b", "c"}
    assert around("a", 5, ask).distance == {"a": 0, "b": 1, "c": 1}


def test_depth_and_limit_bound_a_neighbourhood():
    ask = asks(*((f"n{number}", Verb.USES, f"n{number + 1}") for number in range(20)))
    assert set(around("n0", 2, ask).distance) == {"n0", "n1", "n2"}
    assert len(around("n0", 10, ask, limit=4).distance) == 4


edges = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(list(Verb)), st.sampled_from("abcdef")), max_size=14)


def brute(stopped, relations):
    """The same fixed point, over all relations at once."""
    down = set(stopped)
    relations = [
        (target, verb, source) if verb is Verb.ATTACHED_TO else (source, verb, target) for source, verb, target in relations
    ]
    while True:
        more = set()
        for source, verb, target in relations:
            if EFFECTS[verb] is not Effect.STOPS or target not in down or source in down:
                continue
            if verb in REDUNDANT and not {t for s, v, t in relations if (s, v) == (source, verb)} <= down:
                continue
            more.add(source)
        if not more:
            return down - set(stopped)
        down |= more


@given(edges, st.sets(st.sampled_from("abcdef"), min_size=1, max_size=2))
def test_what_stops_is_the_least_fixed_point(relations, stopped):
    found = {hit.resource for hit in impact(stopped, asks(*relations)) if hit.effect is Effect.STOPS}
    assert found == brute(stopped, relations)


AWS = "aws:1:r:compute.instance/i-1"
BOX = "kubernetes:c:global:container.node/n<1>"


def test_a_picture_escapes_what_it_shows_and_puts_needs_right():
    found = around(BOX, 1, asks((BOX, Verb.RUNS_ON, AWS), ("hosts:s:global:compute.host/x", Verb.USES, BOX)))
    side = columns_of(found, BOX)
    assert side == {BOX: 0, AWS: 1, "hosts:s:global:compute.host/x": -1}
    drawn = svg(found, BOX)
    assert "n&lt;1&gt;" in drawn
    assert "n<1>" not in drawn
    assert drawn.count("<rect") == 4
    assert f'"{BOX}" -> "{AWS}" [label="runs-on"];' in dot(found, BOX)
