"""FOCUS 1.4: rules that come from its data model, on bills that meet them and bills that do not."""

import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.topics.focus import bills
from tests.topics.focus.asking import bill, outcome

from skywright.model.focus import DATASETS, Dataset
from skywright.topics.focus.decide import Decider
from skywright.topics.focus.derive import checked, columns
from skywright.topics.focus.schema import schema, wrong
from skywright.topics.focus.sheet import Sheet
from skywright.topics.focus.validate import validate
from skywright.topics.focus.verdicts import Verdict

FAIL, PASS, OPEN, NONE = Verdict.FAIL, Verdict.PASS, Verdict.UNDECIDED, Verdict.NOT_APPLICABLE
NAMES = {
    "CostAndUsage": Dataset.COST_AND_USAGE,
    "ContractCommitment": Dataset.CONTRACT_COMMITMENT,
    "BillingPeriod": Dataset.BILLING_PERIOD,
    "InvoiceDetail": Dataset.INVOICE_DETAIL,
}
RENAMED = {"ProviderName": "ServiceProviderName", "PublisherName": "HostProviderName"}


def sample(**changed):
    """The sample with 1.4's names, and columns set to a value (or several in turn)."""
    rows = [{RENAMED.get(key, key): value for key, value in row.items()} for row in bills.rows()[:24]]
    for column, value in changed.items():
        for place, row in enumerate(rows):
            row[column] = value[place % len(value)] if isinstance(value, list) else value
    return {key: [row[key] for row in rows] for key in rows[0]}


CASES = [
    ("BilledCost-Present", {}, PASS),
    ("BilledCost-Type", {"BilledCost": "free"}, FAIL),
    ("BilledCost-Given", {"BilledCost": None}, FAIL),
    ("ChargeCategory-Values", {"ChargeCategory": "Rent"}, FAIL),
    ("BillingCurrency-Form", {"BillingCurrency": "usd"}, FAIL),
    ("PricingUnit-Form", {"PricingUnit": "GB*Hours"}, FAIL),
    ("ListUnitPrice-Form", {"ListUnitPrice": "-1"}, FAIL),
    ("ChargePeriodStart-Form", {"ChargePeriodStart": "2024-09-01 00:00:00"}, FAIL),
    ("ChargePeriodStart-Form", {"ChargePeriodStart": "2024-09-01T00:00:00Z"}, PASS),
    ("Tags-Form", {"Tags": '{"a": {"b": 1}}'}, FAIL),
    ("Tags-Form", {"Tags": None}, NONE),
    ("ServiceName-Form", {"ServiceName": "N/A"}, FAIL),
    ("ServiceName-Form", {"ServiceName": "Dienst für Müller"}, PASS),
    ("RegionName-NullWithRegionId", {"RegionId": None, "RegionName": "there"}, FAIL),
    ("RegionName-GivenWithRegionId", {"RegionId": "there", "RegionName": None}, FAIL),
    ("ListUnitPrice-Tax", {"ChargeCategory": "Tax", "ListUnitPrice": "1"}, FAIL),
    ("SkuId-Usage", {"SkuId": None}, FAIL),
    ("SkuId-Usage", {"SkuId": None, "ChargeClass": "Correction"}, NONE),
    ("BillingPeriodEnd-AfterStart", {"BillingPeriodEnd": "2024-09-30T23:59:59Z"}, FAIL),
    ("ListCost-Currency", {"PricingCurrency": "EUR"}, OPEN),
    ("ListCost-Product", {"ListUnitPrice": "2", "PricingQuantity": "3", "ListCost": "5"}, FAIL),
    ("EffectiveCost-TaxCredit", {"ChargeCategory": "Tax", "EffectiveCost": "1", "BilledCost": "2"}, FAIL),
    ("EffectiveCost-Covering", {"ChargeCategory": "Purchase", "CommitmentDiscountId": "c", "EffectiveCost": "1"}, FAIL),
    (
        "CommitmentDiscountId-Unused",
        {"ChargeCategory": "Usage", "CommitmentDiscountStatus": "Unused", "CommitmentDiscountId": "c", "ResourceId": "r"},
        FAIL,
    ),
    ("ConsumedQuantity-Otherwise", {"ChargeCategory": "Purchase", "ConsumedQuantity": "1"}, FAIL),
    ("ConsumedQuantity-Given", {"ConsumedQuantity": None}, FAIL),
    ("ServiceSubcategory-Parent", {"ServiceCategory": "Storage", "ServiceSubcategory": "Bots"}, FAIL),
    ("ServiceSubcategory-Parent", {"ServiceCategory": "AI and Machine Learning", "ServiceSubcategory": "Bots"}, PASS),
    ("ServiceName-Category", {"ServiceName": "s", "ServiceCategory": ["Storage", "Web"]}, FAIL),
    ("BilledCost-InvoiceSum", {}, OPEN),
    ("CustomColumns-Prefix", {}, PASS),
    ("CustomColumns-Prefix", {"Labels": "x"}, FAIL),
]


def decided(dataset, rule, rows):
    """One rule's verdict on a bill."""
    known = {one.rule.id: one for one in checked(dataset)}
    kinds = {column.name: column.kind for column in columns().columns if column.dataset == dataset}
    checks = {rule: known[rule].check} if known[rule].check else {}
    decider = Decider(Sheet(bill(rows), kinds), [known[rule].rule], checks, {rule: ()}, Verdict.NOT_APPLICABLE)
    return decider.outcomes([known[rule].rule])[rule].verdict


@pytest.mark.parametrize(("rule", "changed", "expected"), CASES)
def test_cost_and_usage(rule, changed, expected):
    assert decided("CostAndUsage", f"CostAndUsage-{rule}", sample(**changed)) is expected


def test_a_column_that_need_not_be_there_is_asked_for_only_where_it_is_supported():
    rows = sample()
    del rows["SubAccountId"]
    without = validate(bill(rows), "1.4", "CostAndUsage")
    with_it = validate(bill(rows), "1.4", "CostAndUsage", ["sub_account"])
    assert outcome(without, "CostAndUsage-SubAccountId-Present").verdict is NONE
    assert outcome(with_it, "CostAndUsage-SubAccountId-Present").verdict is FAIL
    assert outcome(with_it, "CostAndUsage-SubAccountId-Type").verdict is NONE
    assert outcome(without, "CostAndUsage-SubAccountId-Present").why == "Not asked: SUB_ACCOUNT_SUPPORTED (--supports)."


OTHERS = [
    ("BillingPeriod", "BillingPeriodStatus-Values", {"BillingPeriodStatus": ["Ajar"]}, FAIL),
    (
        "BillingPeriod",
        "BillingPeriodLastUpdated-NotBeforeBillingPeriodCreated",
        {"BillingPeriodCreated": ["2024-09-02T00:00:00Z"], "BillingPeriodLastUpdated": ["2024-09-01T00:00:00Z"]},
        FAIL,
    ),
    (
        "InvoiceDetail",
        "InvoiceDetailId-One",
        {"InvoiceIssuerName": ["i", "i"], "InvoiceId": ["1", "1"], "InvoiceDetailId": ["a", "a"]},
        FAIL,
    ),
    (
        "InvoiceDetail",
        "InvoiceDetailId-One",
        {"InvoiceIssuerName": ["i", "i"], "InvoiceId": ["1", "1"], "InvoiceDetailId": ["a", "b"]},
        PASS,
    ),
    ("ContractCommitment", "ContractCommitmentDiscountPercentage-Form", {"ContractCommitmentDiscountPercentage": ["1.5"]}, FAIL),
    ("ContractCommitment", "ContractCommitmentDurationType-Form", {"ContractCommitmentDurationType": ["3 Years"]}, PASS),
    ("ContractCommitment", "ContractCommitmentDurationType-Form", {"ContractCommitmentDurationType": ["three years"]}, FAIL),
    (
        "ContractCommitment",
        "ContractCommitmentCost-Spend",
        {"ContractCommitmentCategory": ["Spend"], "ContractCommitmentCost": [None]},
        FAIL,
    ),
    (
        "ContractCommitment",
        "ContractCommitmentApplicability-Form",
        {"ContractCommitmentApplicability": ['{"IsGlobalScope": 1}']},
        FAIL,
    ),
    ("ContractCommitment", "ContractCommitmentId-Present", {"BillingCurrency": ["USD"]}, FAIL),
]


@pytest.mark.parametrize(("dataset", "rule", "rows", "expected"), OTHERS)
def test_the_other_datasets(dataset, rule, rows, expected):
    assert decided(dataset, f"{dataset}-{rule}", rows) is expected


@pytest.mark.parametrize("dataset", list(NAMES))
def test_the_data_model_is_the_ledgers(dataset):
    long = {"ServiceSubcategory"}  # the ledger leaves its values to the pairs with their categories
    ours = {column.name: (column.nulls, column.allowed) for column in DATASETS[NAMES[dataset]] if column.name not in long}
    theirs = {
        column.name: (column.nulls, column.allowed)
        for column in columns().columns
        if column.dataset == dataset and column.name not in long
    }
    assert theirs == ours


@pytest.mark.parametrize("dataset", list(NAMES))
def test_rules_have_one_id_each_and_a_sentence(dataset):
    rules = [one.rule for one in checked(dataset)]
    assert len({rule.id for rule in rules}) == len(rules)
    assert all(rule.text.strip() for rule in rules)


SCHEMAS = sorted(path.stem for path in (Path(__file__).parents[3] / "src/skywright/topics/focus/data/schemas").glob("*.json"))
GOOD = {
    "AllocatedMethodDetails": {"Elements": [{"AllocatedRatio": 0.5, "UsageUnit": "GB", "UsageQuantity": 3}]},
    "CommitmentProgramEligibilityDetails": {"CommitmentPrograms": [{"ProgramType": "Savings Plan"}], "x_Note": 1},
    "ContractApplied": {"Elements": [{"ContractId": "c", "ContractCommitmentId": "d", "ContractCommitmentAppliedCost": 5}]},
    "ContractCommitmentApplicability": {"IsGlobalScope": True, "IsComplexScope": False},
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_documents_that_fit(name):
    assert wrong(json.dumps(GOOD[name]), schema(name)) == ""


@pytest.mark.parametrize(
    ("name", "document", "why"),
    [
        ("AllocatedMethodDetails", "{", "no JSON: Expecting property name enclosed in double quotes"),
        ("AllocatedMethodDetails", "[]", "$ is no object"),
        ("AllocatedMethodDetails", "{}", "$ has no Elements"),
        ("AllocatedMethodDetails", '{"Elements": []}', "$.Elements has fewer than 1 items"),
        ("AllocatedMethodDetails", '{"Elements": [{"AllocatedRatio": 2}]}', "$.Elements[0].AllocatedRatio is more than 1"),
        ("AllocatedMethodDetails", '{"Elements": [{"AllocatedRatio": 1, "colour": 2}]}', "$.Elements[0] must not have colour"),
        (
            "AllocatedMethodDetails",
            '{"Elements": [{"AllocatedRatio": 1, "UsageQuantity": 2}]}',
            "$.Elements[0] fits none of the forms it may have",
        ),
        (
            "ContractApplied",
            '{"Elements": [{"ContractId": "c", "ContractCommitmentId": "d"}]}',
            "$.Elements[0] does not fit exactly one of the forms it may have",
        ),
    ],
)
def test_documents_that_do_not(name, document, why):
    assert wrong(document, schema(name)) == why


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(-2, 2) | st.sampled_from(["*", "In", "x", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "Elements",
                    "AllocatedRatio",
                    "UsageUnit",
                    "UsageQuantity",
                    "ContractId",
                    "Values",
                    "ContractCommitmentId",
                    "ContractCommitmentAppliedCost",
                    "IsGlobalScope",
                    "x_Own",
                    "Inclusions",
                    "Dimension",
                    "Operator",
                    "IsComplexScope",
                    "Applicability",
                    "Cost",
                    "CommitmentPrograms",
                    "ProgramType",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(SCHEMAS), st.one_of(JSON, st.sampled_from(list(GOOD.values()))))
def test_schemas_are_read_as_others_read_them(name, document):
    theirs = jsonschema.Draft202012Validator(dict(schema(name))).is_valid(document)
    assert (wrong(json.dumps(document), schema(name)) == "") is theirs


@pytest.mark.parametrize("dataset", list(NAMES))
def test_which_dataset_it_is_shows_in_its_columns(dataset: str):
    own = {column.name: ["x"] for column in DATASETS[NAMES[dataset]]}
    assert validate(bill({**own, "x_More": ["y"]}), "1.4", "").dataset == dataset
    assert validate(bill(own), "1.2", "").dataset == "CostAndUsage"


def test_a_bill_of_no_columns_that_are_known_is_taken_for_cost_and_usage():
    assert validate(bill({"Colour": ["red"]}), "1.4", "").dataset == "CostAndUsage"
