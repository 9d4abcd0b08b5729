"""FOCUS validation: how often our verdicts are the official validator's, how many rules stay undecided, and what 100,000 rows take.

The official verdicts (focus-validator 2.2.1, every criterion supported) on 48 bills are stored beside the tests. CPU seconds are of
reading and validating the stored bill's rows 1,370 times over (100,010 rows in 1.2's columns): our process without its start; the
official validator's whole process on the same file, where the peers' environment is there (else a constant that was measured so).
"""

import json
import tempfile
from pathlib import Path

from tests.topics.focus import bills

from bench import _peers
from bench.measure import measured
from skywright.adapters.bills.raw import open_raw
from skywright.topics.focus.validate import validate
from skywright.topics.focus.verdicts import Bill, Verdict

OFFICIAL = json.loads((Path(bills.__file__).parent / "official.json").read_text())
TIMES = 1370
VALIDATOR_CPU_S = 17.1


def run():
    """Rules decided alike (with and without the official verdict that stands beside ours), undecided ones, CPU seconds."""
    alike = beside = decided = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, rows in bills.bills().items():
            found = _report(bills.write(Path(folder) / "bill.csv", rows))
            for rule, theirs in {**OFFICIAL["whole"], **OFFICIAL["others"].get(name, {})}.items():
                if theirs != "skipped":
                    ours = found[rule]
                    decided += 1
                    alike += ours.verdict.value == theirs
                    beside += (ours.official or ours.verdict).value == theirs
        whole = _report(bills.write(Path(folder) / "bill.csv", bills.rows()))
        many = bills.write(Path(folder) / "many.csv", bills.rows() * TIMES)
        with measured() as figures:
            _report(many)
        official = _peers.focus_validator(many, Path(folder) / "official.xml")
    peer = VALIDATOR_CPU_S if official is None else official
    undecided = sum(whole[rule].verdict is Verdict.UNDECIDED for rule in OFFICIAL["whole"])
    return {
        "rows": len(bills.rows()) * TIMES,
        "validate_cpu_s": figures["cpu_s"],
        "rss_mib": figures["rss_mib"],
        "peer_measured": official is not None,
        "validator_cpu_s": peer,
        "ratio_to_validator": round(figures["cpu_s"] / peer, 3),
        "decided_by_both": decided,
        "alike": alike,
        "alike_or_told": beside,
        "undecided": undecided,
        "undecided_by_official": sum(verdict == "skipped" for verdict in OFFICIAL["whole"].values()),
        "rules": len(OFFICIAL["whole"]),
    }


def _report(path):
    with open_raw(str(path), to_the_letter=True) as raw:
        report = validate(Bill(raw.query, raw.columns), "1.2", "CostAndUsage", ["all"])
    return {one.rule: one for one in report.outcomes}
