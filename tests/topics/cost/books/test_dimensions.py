"""Tags as they are meant, owners by date, and rules that are refused."""

from datetime import date

import msgspec
import pytest
from tests.topics.cost.books.asking import asked, lines
from tests.topics.cost.books.ledger import row

from skywright.model.cost_books import Says, TagRules, Virtual
from skywright.model.cost_settings import CostSettings
from skywright.model.errors import BadInput
from skywright.topics.cost.books.room import parse_by, parse_where

RULES = TagRules(
    keys={"team": ["squad"]},
    values={"team": {"search": ["srch", "Suche"]}},
    virtual={
        "product": Virtual(
            rules=[
                Says(take="tag:app"), Says(take="resource", match="^([a-z]+)-\\d", value="app {}"),
                Says(where={"service": ["Disks*", "Nets"]}, value="storage", until=date(2026, 9, 15)), Says(value="rest"),
            ]
        ),
        "team": Virtual(own="last", rules=[Says(where={"account": "acct-9"}, value="platform")]),
        "app": Virtual(own="first", rules=[Says(take="tag:app", value="never, since there is none")]),
    },
)  # fmt: skip


@pytest.mark.parametrize(
    ("by", "columns", "expected"),
    [
        ("tag:team", {"Tags": {"TEAM": "search"}}, "search"),
        ("tag:Team", {"Tags": {"team": " Srch "}}, "search"),
        ("tag:team", {"Tags": {"Squad": "suche"}}, "search"),
        ("tag:team", {"Tags": {"squad": "b", "team": "a"}}, "a"),
        ("tag:team", {"Tags": {"team": ""}}, None),
        ("tag:team", {"Tags": None}, None),
        ("tag:team", {"Tags": {"team": "a"}, "SubAccountId": "acct-9"}, "platform"),
        ("tag:cost center", {"Tags": {"Cost_Center": "77"}}, "77"),
        ("cost_center", {"Tags": {"cost-center": "77"}}, "77"),
        ("owner", {"Tags": {"Owner": "ops"}}, "ops"),
        ("tag:product", {"Tags": {"app": "mail"}, "ResourceId": "web-1"}, "mail"),
        ("tag:product", {"ResourceId": "web-1"}, "app web"),
        ("tag:product", {"ResourceId": "WEB"}, "rest"),
        ("tag:product", {"ServiceName": "disks of one kind"}, "storage"),
        ("tag:product", {"ServiceName": "Nets", "day": 15}, "rest"),
        ("account", {"SubAccountId": None}, "pay-1"),
        ("charge", {"ChargeClass": "Correction"}, "Usage correction"),
    ],
)
def test_tags_as_they_are_meant(by, columns, expected) -> None:
    sheet = asked([row("1", **columns)], by, settings=CostSettings(tags=RULES))
    assert sheet.lines[0].key == (expected,)


def test_owners_change_at_a_date() -> None:
    rules = [Says(where={"service": "Machines"}, value="old", until=date(2026, 9, 10)), Says(value="new", since=date(2026, 9, 10))]
    sheet = asked([row("1", day=9), row("2", day=10)], "owner", settings=CostSettings(owners=rules))
    assert lines(sheet) == [("new", "2"), ("old", "1")]


@pytest.mark.parametrize(
    ("where", "amount"),
    [
        (["tag:team=a"], 1), (["tag:team=A"], 1), (["tag:team=a", "tag:team=b"], 3), (["tag:team="], 4), (["tag:team!=a"], 6),
        (["tag:team=?"], 3), (["service=mach*", "tag:team!="], 3), (["service!=Machines"], None),
    ],
)  # fmt: skip
def test_conditions(where, amount) -> None:
    rows = [row("1", Tags={"Team": "a"}), row("2", Tags={"team": "b"}), row("4")]
    if amount is None:
        with pytest.raises(BadInput, match="No row of 2026-09 has"):
            asked(rows, where=where)
    else:
        assert asked(rows, where=where).totals[0].amount == amount


@pytest.mark.parametrize(
    ("by", "message"),
    [
        ("servce", "--by: There is no dimension servce. Did you mean service?"),
        ("service,service", "--by: service stands there twice. Name it once."),
    ],
)
def test_dimensions_that_are_wrong(by, message) -> None:
    with pytest.raises(BadInput) as caught:
        parse_by(by)
    assert str(caught.value) == message


def test_conditions_that_are_wrong() -> None:
    with pytest.raises(BadInput) as caught:
        parse_where(["service"])
    assert str(caught.value) == "--where: 'service' is no condition. Write dimension=value."


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"value": "x", "where": {"servce": "y"}}, "there is no dimension servce (did you mean service?)"),
        ({}, "a rule needs a value, or take: the dimension to take it from"),
        ({"value": "x", "match": "y"}, "match needs take: the dimension that is looked at"),
        ({"take": "service", "match": "["}, "match is no regular expression: unterminated character set at position 0"),
        ({"take": "service", "match": "(?=x)"}, "match uses (?=, which RE2 does not know"),
        ({"take": "service", "match": "(a)\\1"}, "match uses \\1, which RE2 does not know"),
        ({"value": "x", "since": "2026-09-02", "until": "2026-09-02"}, "until must come after since"),
    ],
)
def test_a_rule_that_is_wrong(rule, message) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert(rule, Says)
    assert str(caught.value).split(" - at ")[0] == message


CIRCLE = {"a": {"rules": [{"take": "tag:b"}]}, "b": {"rules": [{"take": "tag:A"}]}}


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"virtual": {"a": {"rules": []}}}, "a virtual tag needs a rule"),
        ({"virtual": {"a": {"rules": [{"value": "x"}], "own": "once"}}}, "Invalid enum value 'once'"),
        ({"values": {"a": {"x": ["q"], "y": ["Q"]}}}, "values of a: Q stands for both x and y"),
        ({"virtual": CIRCLE}, "virtual tags look at each other in a circle: a, b"),
    ],
)
def test_rules_that_are_wrong(rules, message) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert(rules, TagRules)
    assert str(caught.value).split(" - at ")[0] == message
