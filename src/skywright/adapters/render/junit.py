"""Findings -> JUnit XML as CI servers read it: a suite a rule, a case a finding.

A failing finding is a failure; an unknown one is an error, because the check could not be made; an excepted one is skipped.
Rules without findings are a passing case of their own, so that an all-clean report is not empty.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import TextIO
from xml.etree import ElementTree as ET

from skywright.adapters.render.record import TOOL, Report, utc
from skywright.model.finding import Finding, FindingState, RuleVerdict


def as_junit(findings: Sequence[Finding], report: Report, out: TextIO) -> None:
    """One document, UTF-8."""
    open_or_excepted = [finding for finding in findings if finding.state is not FindingState.RESOLVED]
    ordered = sorted(open_or_excepted, key=lambda finding: (finding.rule, finding.resource))
    by_rule = {rule: list(group) for rule, group in groupby(ordered, key=lambda finding: finding.rule)}
    root = ET.Element("testsuites", name=TOOL)
    for rule in sorted({*report.rules, *by_rule}):
        _suite(root, rule, by_rule.get(rule, []), report)
    ET.indent(root)
    out.write('<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n")


def _suite(root: ET.Element, rule: str, findings: Sequence[Finding], report: Report) -> None:
    excepted = sum(finding.state is FindingState.EXCEPTED for finding in findings)
    failed = sum(_fails(finding) for finding in findings)
    suite = ET.SubElement(
        root,
        "testsuite",
        name=rule,
        tests=str(len(findings) or 1),
        failures=str(failed),
        errors=str(len(findings) - failed - excepted),
        skipped=str(excepted),
        timestamp=utc(report.taken_at).removesuffix("Z"),
        time="0",
    )
    for finding in findings:
        _case(suite, finding, report)
    if not findings:
        ET.SubElement(suite, "testcase", name="every resource", classname=rule, time="0")


def _case(suite: ET.Element, finding: Finding, report: Report) -> None:
    case = ET.SubElement(suite, "testcase", name=_xml(finding.resource), classname=finding.rule, time="0")
    message = _xml(f"{report.title(finding)} ({finding.severity.value})")
    if finding.state is FindingState.EXCEPTED:
        ET.SubElement(case, "skipped", message=_xml(finding.exception or ""))
        return
    found = ET.SubElement(case, "failure" if _fails(finding) else "error", type=finding.severity.value, message=message)
    rule = report.rules.get(finding.rule)
    found.text = _xml("\n".join(part for part in (finding.name, finding.reason, rule and rule.why, rule and rule.remedy) if part))


def _fails(finding: Finding) -> bool:
    return finding.state is FindingState.OPEN and finding.verdict is RuleVerdict.FAIL


def _xml(text: str) -> str:
    """Text without the control characters that XML 1.0 cannot carry (section 2.2), which are shown as their escapes."""
    return "".join(char if _allowed(ord(char)) else char.encode("unicode_escape").decode() for char in text)


def _allowed(point: int) -> bool:
    return point in (0x9, 0xA, 0xD) or 0x20 <= point <= 0xD7FF or 0xE000 <= point <= 0xFFFD or point >= 0x10000
