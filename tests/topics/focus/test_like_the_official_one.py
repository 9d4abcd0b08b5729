"""On a real bill, and on the same bill with one column broken at a time, our verdicts are the official validator's.

``official.json`` holds what focus-validator 2.2.1 says of each bill of bills.py with every criterion supported (of the whole one
also with none), rule by rule; for the broken ones only what differs from the whole. It was written by running that validator
(Python 3.12, from its own folder, since it looks for a list of currencies there) on the CSV files that bills.write makes.
"""

import json
from pathlib import Path

import pytest
from tests.topics.focus import bills

from skywright.adapters.bills.raw import open_raw
from skywright.topics.focus.validate import validate
from skywright.topics.focus.verdicts import Bill, Report

OFFICIAL = json.loads(Path(__file__).with_name("official.json").read_text())
UNDECIDED_MAX = 105


def report(folder: Path, rows: list[dict[str, str | None]], supports: tuple[str, ...] = ("all",)) -> Report:
    with open_raw(str(bills.write(folder / "bill.csv", rows)), to_the_letter=True) as raw:
        return validate(Bill(raw.query, raw.columns), "1.2", "cost_and_usage", supports)


def differences(found: Report, official: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Rules that the official validator decides, and we otherwise: (theirs, what we say theirs is)."""
    ours = {one.rule: (one.official or one.verdict).value for one in found.outcomes}
    return {rule: (verdict, ours[rule]) for rule, verdict in official.items() if verdict != "skipped" and ours[rule] != verdict}


TOLD = (
    "whole",
    "a charge",
    "bad json",
    "commitment",
    "correction",
    "no sku",
    "other parent",
    "tax",
    "two currencies",
    "without Tags",
)
BILLS = [pytest.param(name, marks=() if name in TOLD else pytest.mark.soak) for name in bills.bills()]


@pytest.mark.parametrize("name", BILLS)
def test_every_rule_that_it_decides(tmp_path, name):
    official = {**OFFICIAL["whole"], **OFFICIAL["others"].get(name, {})}
    assert differences(report(tmp_path, bills.bills()[name]), official) == {}


def test_without_any_criterion(tmp_path):
    official = {**OFFICIAL["whole"], **OFFICIAL["nothing supported"]}
    assert differences(report(tmp_path, bills.rows(), ()), official) == {}


def test_what_we_say_otherwise_is_that_every_row_must_have_an_allowed_value(tmp_path):
    found = report(tmp_path, bills.broken("a charge"))
    otherwise = {one.rule for one in found.outcomes if one.official}
    assert otherwise == {"ChargeCategory-C-003-M", "ChargeCategory-C-000-M"}


def test_we_decide_far_more(tmp_path):
    found = report(tmp_path, bills.rows())
    theirs = [rule for rule, verdict in OFFICIAL["whole"].items() if verdict == "skipped"]
    ours = [one.rule for one in found.outcomes if one.rule in OFFICIAL["whole"] and one.verdict.value == "undecided"]
    assert len(theirs) == 210
    assert len(OFFICIAL["whole"]) == 578
    assert len(ours) <= UNDECIDED_MAX
    assert all(one.why for one in found.outcomes if one.verdict.value == "undecided" and not one.composite)
