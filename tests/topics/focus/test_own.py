"""Our own checks: what proves a break, what leaves a rule undecided, and what it does not concern."""

import pytest
from tests.topics.focus import bills
from tests.topics.focus.asking import bill

from skywright.model.errors import BadInput
from skywright.topics.focus.decide import Decider
from skywright.topics.focus.own import own
from skywright.topics.focus.rules import conditions, model, types
from skywright.topics.focus.sheet import Sheet
from skywright.topics.focus.validate import criteria, validate
from skywright.topics.focus.verdicts import Verdict

FAIL, PASS, OPEN, NONE = Verdict.FAIL, Verdict.PASS, Verdict.UNDECIDED, Verdict.NOT_APPLICABLE
WHOLE = bills.rows()[:24]
USAGE = sum(row["ChargeCategory"] in {"Usage", "Purchase"} for row in WHOLE)


def verdict(rule, *, rename=None, **columns):
    """A rule's outcome on the sample with columns set to one value throughout (or a list: row by row, then again)."""
    rows = [dict(row) for row in WHOLE]
    for column, value in columns.items():
        for place, row in enumerate(rows):
            row[column] = value[place % len(value)] if isinstance(value, list) else value
    table = {(rename or {}).get(key, key): [row[key] for row in rows] for key in rows[0]}
    rules = model().rules
    decider = Decider(Sheet(bill(table), types(rules)), rules, own("own-1.2"), conditions(rules))
    return decider.outcomes([one for one in rules if one.id == rule])[rule]


# rule, columns as they are set, verdict
CASES = [
    ("DateTimeFormat-A-004-M", {}, PASS),
    ("DateTimeFormat-A-004-M", {"ChargePeriodStart": ["2024-09-01 00:00:00", "2024-09-01T00:00:00Z"]}, FAIL),
    ("DateTimeFormat-A-006-M", {"ChargePeriodStart": "2024-09-01T00:00:00"}, FAIL),
    ("DateTimeFormat-A-001-M", {"ChargePeriodStart": "2024-09-01T00:00:00"}, OPEN),
    ("DateTimeFormat-A-001-M", {"ChargePeriodStart": "2024-09-01T00:00:00+02:00"}, FAIL),
    ("DateTimeFormat-A-005-M", {"ChargePeriodStart": "2024-09-01T0:00:00Z"}, FAIL),
    ("DateTimeFormat-A-002-M", {"ChargePeriodStart": "09/01/2024"}, FAIL),
    ("NumericFormat-A-004-M", {"BilledCost": "1/2"}, FAIL),
    ("NumericFormat-A-006-M", {"BilledCost": "1e+5"}, FAIL),
    ("NumericFormat-A-006-M", {"BilledCost": "1e-5"}, PASS),
    ("NumericFormat-A-008-M", {"BilledCost": "5 USD"}, FAIL),
    ("NumericFormat-A-009-M", {"BilledCost": "1,000.5"}, FAIL),
    ("NumericFormat-A-010-M", {"BilledCost": "+5.1"}, FAIL),
    ("NumericFormat-A-011-M", {"BilledCost": "(5.1)"}, FAIL),
    ("NumericFormat-A-011-M", {"BilledCost": "-5.1"}, PASS),
    ("NumericFormat-A-003-M", {"BilledCost": "five"}, FAIL),
    ("NumericFormat-A-002-M", {"BilledCost": "1;2"}, FAIL),
    ("NumericFormat-A-005-M", {"BilledCost": "1 x 10^5"}, FAIL),
    ("NumericFormat-A-007-M", {"BilledCost": "=1"}, FAIL),
    ("StringHandling-A-001-M", {"ServiceName": "broken \ufffd"}, FAIL),
    ("StringHandling-A-007-M", {"ServiceName": " "}, FAIL),
    ("CurrencyFormat-A-001-C", {"PricingCurrency": "usd"}, FAIL),
    ("CurrencyFormat-A-001-C", {"PricingCurrency": "DBU"}, OPEN),
    ("CurrencyFormat-A-002-C", {"PricingCurrency": "DBU"}, PASS),
    ("CurrencyFormat-A-002-C", {}, NONE),
    ("UnitFormat-A-001-M", {"PricingUnit": "GB*Hours"}, FAIL),
    ("UnitFormat-A-003-M", {"PricingUnit": "gb-hours"}, FAIL),
    ("UnitFormat-A-003-M", {"PricingUnit": "GB-Hours", "ConsumedUnit": "GB"}, PASS),
    ("UnitFormat-A-004-C", {"PricingUnit": "Widgets"}, OPEN),
    ("KeyValueFormat-A-001-M", {"Tags": "[1]"}, FAIL),
    ("KeyValueFormat-A-002-M", {"Tags": '{"a": 1, "a": 2}'}, FAIL),
    ("KeyValueFormat-A-004-M", {"Tags": '{"a": {"b": 1}}'}, FAIL),
    ("KeyValueFormat-A-003-M", {"Tags": '{"a": "[x]", "b": null, "c": true}'}, PASS),
    ("NullHandling-A-002-M", {"ResourceName": "N/A"}, FAIL),
    ("NullHandling-A-002-M", {"ResourceName": "Nathan"}, PASS),
    ("ColumnHandling-A-008-M", {"PricingCategory": "standard"}, FAIL),
    ("BilledCost-C-006-M", {}, PASS),
    ("BilledCost-C-006-M", {"PricingCurrency": "EUR"}, OPEN),
    ("PricingQuantity-C-009-C", {"PricingQuantity": "2", "ListUnitPrice": "3", "ListCost": "7"}, FAIL),
    ("ContractedCost-C-009-C", {"PricingQuantity": "2", "ContractedUnitPrice": "3", "ContractedCost": "6"}, PASS),
    ("ConsumedQuantity-C-008-C", {"ConsumedQuantity": "much"}, FAIL),
    ("CommitmentDiscountQuantity-C-009-M", {"CommitmentDiscountQuantity": None}, NONE),
    ("PricingCurrencyContractedUnitPrice-C-004-C", {"ChargeCategory": "Tax", "PricingCurrencyContractedUnitPrice": "1"}, FAIL),
    ("PricingCurrencyContractedUnitPrice-C-005-C", {"PricingCurrencyContractedUnitPrice": None}, FAIL),
    ("PricingCurrencyContractedUnitPrice-C-008-C", {"PricingCurrencyContractedUnitPrice": "-1"}, FAIL),
    ("BillingPeriodEnd-C-004-M", {"BillingPeriodEnd": "2024-09-30T23:59:59Z"}, FAIL),
    ("BillingPeriodEnd-C-004-M", {"BillingPeriodEnd": "2024-10-01T00:00:00Z"}, PASS),
    ("ChargePeriodEnd-C-004-M", {"ChargePeriodEnd": "2024-01-01T00:00:00Z"}, FAIL),
    ("ChargePeriodEnd-C-004-M", {"ChargePeriodEnd": "2025-01-01T00:00:07Z"}, OPEN),
    ("SubAccountId-C-005-C", {"SubAccountId": None, "SubAccountName": "there"}, FAIL),
    ("SubAccountId-C-005-C", {"SubAccountId": None, "SubAccountName": None, "SubAccountType": None}, OPEN),
    ("SubAccountId-C-004-C", {"SubAccountId": None}, NONE),
    ("ResourceName-C-004-C", {"ResourceId": None, "ResourceName": "there"}, FAIL),
    ("ResourceName-C-006-C", {"ResourceId": "r", "ResourceName": "r"}, OPEN),
    ("CommitmentDiscountId-C-005-C", {"PricingCategory": "Committed", "CommitmentDiscountId": None}, FAIL),
    ("CommitmentDiscountId-C-007-M", {"CommitmentDiscountId": "c", "CommitmentDiscountType": ["a", "b"]}, FAIL),
    ("CommitmentDiscountUnit-C-008-M", {"CommitmentDiscountId": "c", "CommitmentDiscountUnit": ["Hours", "USD"]}, FAIL),
    (
        "PricingCategory-C-009-C",
        {"ChargeCategory": "Usage", "CommitmentDiscountId": "c", "CommitmentDiscountStatus": "Used", "PricingCategory": "Standard"},
        FAIL,
    ),
    (
        "EffectiveCost-C-013-C",
        {"ChargeCategory": "Usage", "CommitmentDiscountId": "c", "CommitmentDiscountStatus": None, "EffectiveCost": "1"},
        FAIL,
    ),
    ("DiscountHandling-A-012-C", {"ChargeCategory": "Purchase", "CommitmentDiscountId": "c", "ResourceId": "r"}, FAIL),
    (
        "DiscountHandling-A-016-C",
        {"ChargeCategory": "Usage", "CommitmentDiscountStatus": "Used", "CommitmentDiscountId": "c", "ResourceId": "c"},
        FAIL,
    ),
    ("DiscountHandling-A-018-C", {"CommitmentDiscountStatus": "Unused", "ChargeCategory": "Credit"}, FAIL),
    ("DiscountHandling-A-019-C", {"CommitmentDiscountStatus": "Unused", "CommitmentDiscountId": "c", "ResourceId": "c"}, PASS),
    ("DiscountHandling-A-020-C", {"BilledCost": "-1", "ChargeCategory": "Usage"}, OPEN),
    ("SkuPriceId-C-009-M", {"SkuPriceId": "p", "SkuId": ["a", "b"]}, FAIL),
    ("SkuPriceId-C-010-M", {"BillingAccountId": "one", "SkuPriceId": "p", "SkuId": "a"}, OPEN),
    ("SkuPriceId-C-010-M", {"BillingAccountId": ["one", "two"], "SkuPriceId": "p", "SkuId": "a"}, PASS),
    ("SkuId-C-011-C", {"SkuId": "s", "ServiceName": None, "ResourceId": None}, FAIL),
    ("SubAccountType-C-006-M", {"SubAccountType": "123"}, FAIL),
    ("SkuPriceDetails-C-017-C", {"SkuPriceDetails": '{"Colour": "red"}'}, FAIL),
    ("SkuPriceDetails-C-017-C", {"SkuPriceDetails": '{"x_Colour": "red", "CoreCount": 4}'}, PASS),
    ("SkuPriceDetails-C-020-M", {"SkuPriceDetails": '{"corecount": 4}'}, FAIL),
    ("SkuPriceDetails-C-021-M", {"SkuPriceDetails": '{"CoreCount": "four"}'}, FAIL),
    ("SkuPriceDetails-C-021-M", {"SkuPriceDetails": '{"CoreCount": 4, "DiskType": "SSD"}'}, PASS),
    ("SkuPriceDetails-C-002-O", {"SkuPriceDetails": '{"x_core_count": 4}'}, FAIL),
    ("Tags-C-008-M", {"Tags": '{"a": ""}'}, OPEN),
    ("BilledCost-C-007-M", {}, OPEN),
    ("InvoiceId-C-006-O", {}, PASS),
]


@pytest.mark.parametrize(("rule", "columns", "expected"), CASES)
def test_verdicts(rule, columns, expected):
    assert verdict(rule, **columns).verdict is expected


@pytest.mark.parametrize(
    ("rule", "rename", "expected"),
    [
        ("ColumnHandling-A-001-M", {}, PASS),
        ("ColumnHandling-A-001-M", {"Tags": "my_tags"}, FAIL),
        ("ColumnHandling-A-003-M", {"Tags": "Tag-List"}, FAIL),
        ("ColumnHandling-A-005-O", {"Tags": "x_" + "A" * 60}, FAIL),
        ("ColumnHandling-A-002-M", {"Tags": "Tgs"}, OPEN),
        ("ColumnHandling-A-010-M", {"Tags": "Labels"}, FAIL),
        ("ColumnHandling-A-011-O", {"Tags": "x_labels"}, FAIL),
        ("ColumnHandling-A-011-O", {"Tags": "x_Labels"}, PASS),
        ("ColumnHandling-A-011-O", {}, NONE),
        ("ColumnHandling-A-012-O", {"AvailabilityZone": "x_First"}, FAIL),
        ("ColumnHandling-A-012-O", {"Tags": "x_Last"}, PASS),
    ],
)
def test_names_of_columns(rule, rename, expected):
    assert verdict(rule, rename=rename).verdict is expected


def test_every_check_is_of_a_rule_that_the_model_has_and_leaves_without_one():
    dynamic = {rule.id for rule in model().rules if rule.dynamic}
    assert set(own("own-1.2")) <= dynamic


def test_what_stays_undecided_says_why():
    undecided = [check for check in own("own-1.2").values() if check.doubt != "FALSE" or check.doubtful or check.over]
    assert all(check.because.endswith(".") for check in undecided)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [(["all"], 18), (["region", "TAGGING_SUPPORTED"], 2), (["sub-account"], 1), ([], 0)],
)
def test_criteria_in_any_spelling(wanted, expected):
    assert len(criteria(wanted, model().criteria)) == expected


def test_a_criterion_that_nobody_knows():
    with pytest.raises(BadInput) as error:
        criteria(["regions"], {"REGION_SUPPORTED": "", "TAGGING_SUPPORTED": ""})
    assert str(error.value) == "--supports: There is no criterion regions. Known: all, region, tagging."


def test_a_bill_without_rows_and_a_dataset_that_is_none():
    with pytest.raises(BadInput) as error:
        validate(bill({"BilledCost": []}), "1.2", "CostAndUsage")
    assert str(error.value) == "The bill has no rows. There is nothing to validate."
    with pytest.raises(BadInput) as error:
        validate(bill({"BilledCost": ["1"]}), "1.2", "invoice_detail")
    assert str(error.value) == "--dataset: FOCUS 1.2 has no dataset invoice_detail. It has CostAndUsage."


def test_a_fault_of_the_model_is_told_beside_its_verdict():
    found = verdict("CapacityReservationStatus-C-004-C")
    assert (found.verdict, found.by_sentence) == (FAIL, 0)
    assert found.remark == "The model's condition is malformed, so that its check asks it of every row. 0 rows break the sentence."


def test_null_is_no_correction_and_that_is_told_too():
    found = verdict("ListUnitPrice-C-005-C", ListUnitPrice=None)
    assert (found.verdict, found.by_sentence) == (PASS, USAGE)
    assert found.remark == f"The model's check passes over rows whose ChargeClass is NULL. {USAGE} rows break the sentence."
